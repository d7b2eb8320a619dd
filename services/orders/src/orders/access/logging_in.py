"""Logging in, and changing a password: each try is counted before it is verified."""

import hashlib
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from orders.access.delays import failures_held, neighbourhood_of, wait_left
from orders.access.hashing import Hashing
from orders.access.sessions import Session, open_session

sql = load_queries("orders")


class NotKnown(Exception):
    """The e-mail or the password is wrong, or the user is disabled: nobody is told which."""


class WaitFirst(Exception):
    """There were too many failures; nothing was verified."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s")
        self.seconds = seconds


class Logins:
    """Verifies passwords."""

    def __init__(self, service: Service, hashing: Hashing) -> None:
        self._service = service
        self._hashing = hashing

    async def log_in(self, email: str, password: str, address: str) -> str:
        """Give the token of a new session; raises `WaitFirst`, `NotKnown`."""
        who = _names(email, address)
        await self._count(who)
        user = await self._service.pool.fetchrow(sql.user_by_email, email)
        kept = user["password_hash"] if user else None
        if not await self._hashing.matches(kept, password) or user is None or kept is None:
            raise NotKnown
        stronger = await self._hashing.make(password) if self._hashing.is_outdated(kept) else kept
        async with self._succeeded(who, user["id"], kept) as tx:
            if stronger != kept:
                await tx.connection.execute(sql.hash_again, user["id"], kept, stronger)
            return await open_session(tx, user["id"])

    async def change_password(self, session: Session, current: str, new: str, address: str) -> None:
        """Give a user who knows the current password another one, and end the user's other sessions.

        Raises `WaitFirst`, `NotKnown`.
        """
        who = _names(session.email, address)
        await self._count(who)
        user = await self._service.pool.fetchrow(sql.user_by_email, session.email)
        kept = user["password_hash"] if user else None
        if not await self._hashing.matches(kept, current):
            raise NotKnown
        made = await self._hashing.make(new)
        async with self._succeeded(who, session.user_id, kept) as tx:
            await tx.connection.execute(sql.set_password, session.user_id, made, False)
            await tx.connection.execute(sql.revoke_sessions, session.user_id, tx.now, session.digest)

    async def _count(self, who: tuple[bytes, bytes]) -> None:
        """Count a try as a failure; raises `WaitFirst`, and counts nothing, while a wait lasts."""
        names = sorted(who)
        async with self._service.transaction() as tx:
            await tx.connection.execute(sql.meet_tries, names, tx.now)
            rows = await tx.connection.fetch(sql.lock_tries, names)
            wait = max(wait_left(row["failures"], row["last_at"], tx.now) for row in rows)
            if wait:
                raise WaitFirst(math.ceil(wait.total_seconds()))
            counts = [failures_held(row["failures"], row["last_at"], tx.now) + 1 for row in rows]
            await tx.connection.execute(sql.count_tries, [row["who"] for row in rows], counts, tx.now)

    @asynccontextmanager
    async def _succeeded(self, who: tuple[bytes, bytes], user_id: Any, kept: str | None) -> AsyncIterator[Transaction]:
        """Open the transaction that a try leads to; raises `NotKnown` if the password changed while it was verified."""
        async with self._service.transaction() as tx:
            if await tx.connection.fetchval(sql.password_of, user_id) != kept:
                raise NotKnown
            await tx.connection.fetch(sql.lock_tries, sorted(who))
            await tx.connection.execute(sql.try_succeeded, *who)
            yield tx


def _names(email: str, address: str) -> tuple[bytes, bytes]:
    """Give the names that a try is counted under: digests, as people type passwords where an e-mail belongs."""
    account = hashlib.sha256(b"account\0" + email.casefold().encode("utf-8", "replace")).digest()
    return account, hashlib.sha256(b"address\0" + neighbourhood_of(address).encode("utf-8", "replace")).digest()
