"""API keys of a shop: shown once, kept as a digest."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from orders.access.scopes import Scope, allows

sql = load_queries("orders")

SHOWN = 10  #: Characters of a key that lists show: 42 of its 256 bits.


class KeyUnknown(Exception):
    """The shop has no such key."""


class LastAdminKey(Exception):
    """Without this key, no key of the shop could make another."""


def digest_of(secret: str) -> bytes:
    """Give what is kept of a key or a token: it has 256 random bits, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


async def make_key(tx: Transaction, shop_id: UUID, name: str, scopes: Iterable[Scope]) -> tuple[UUID, str]:
    """Add a key to a shop; gives its id, and the key itself, which is kept nowhere."""
    key_id, key = uuid4(), f"wb_{secrets.token_urlsafe(32)}"
    held = [scope for scope in Scope if scope in set(scopes)]
    await tx.connection.execute(sql.insert_key, key_id, digest_of(key), shop_id, name, held, key[:SHOWN], tx.now)
    return key_id, key


async def revoke_key(tx: Transaction, shop_id: UUID, key_id: UUID, by: str) -> Any:
    """End a key, for good; gives it as the list shows it. Ending it again changes nothing.

    Raises `KeyUnknown`, `LastAdminKey`.
    """
    active = {row["id"]: allows(map(Scope, row["scopes"]), Scope.ADMIN) for row in await _lock(tx, shop_id)}
    if active.get(key_id) and sum(active.values()) == 1:
        raise LastAdminKey(str(key_id))
    await tx.connection.execute(sql.revoke_key, shop_id, key_id, tx.now, by)
    row = await tx.connection.fetchrow(sql.find_key, shop_id, key_id)
    if row is None:
        raise KeyUnknown(str(key_id))
    return row


async def _lock(tx: Transaction, shop_id: UUID) -> Any:
    return await tx.connection.fetch(sql.lock_keys, shop_id)
