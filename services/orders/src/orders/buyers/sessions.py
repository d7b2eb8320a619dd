"""Buyers who have proven, by a one-time code, that they read the mail of an address (R16)."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction

sql = load_queries("orders")

LIFETIME: Final = timedelta(hours=2)


async def open_session(tx: Transaction, order_id: UUID) -> tuple[str, datetime] | None:
    """Let the buyer of an order in; gives the token, which is kept nowhere, and until when it counts.

    None where the buyer was erased meanwhile.
    """
    email = await tx.connection.fetchval(sql.email_of_order, order_id)
    if email is None:
        return None
    token, expires_at = f"wbb_{secrets.token_urlsafe(32)}", tx.now + LIFETIME
    await tx.connection.execute(sql.insert_buyer_session, _digest(token), email, expires_at)
    return token, expires_at


async def buyer_of(connection: Any, token: str, now: datetime) -> str | None:
    """Give the address that a token proves, or None."""
    email: str | None = await connection.fetchval(sql.buyer_of_session, _digest(token), now)
    return email


async def end_session(connection: Any, token: str) -> None:
    """Have a token prove nothing any more."""
    await connection.execute(sql.end_buyer_session, _digest(token))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
