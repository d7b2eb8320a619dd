"""Sessions of users who are logged in: a cookie with 256 random bits, of which only the digest is kept."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from orders.access.keys import digest_of

sql = load_queries("orders")

COOKIE: Final = "waybill_session"
IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=14)
NOTED_EVERY: Final = timedelta(minutes=1)  #: How exact the last use of a session, or of a key, is kept.


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is open, and whose it is."""

    digest: bytes
    csrf_token: str
    expires_at: datetime  #: Unless it is used before; at the latest 14 days after the log-in.
    user_id: UUID
    email: str
    name: str
    role: str
    shop_id: UUID | None
    is_admin: bool
    one_time: bool  #: The password was given out; the user must choose another one before anything else.


def csrf_token_of(token: str) -> str:
    """Give the synchronizer token of a session: made of its secret, so that it is bound to it, and kept nowhere."""
    made = hmac.digest(token.encode("utf-8", "replace"), b"waybill csrf", "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


async def open_session(tx: Transaction, user_id: UUID) -> str:
    """Open a session; gives its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    await tx.connection.execute(sql.insert_session, digest_of(token), user_id, tx.now)
    return token


async def find_session(connection: Any, token: str, now: datetime) -> Session | None:
    """Give the session that a token opens, and note that it was used; None for one that is over, or never was."""
    digest = digest_of(token)
    row = await connection.fetchrow(sql.caller_of_session, digest, now - IDLE, now - LONGEST)
    if row is None:
        return None
    if now - row["last_seen_at"] >= NOTED_EVERY:
        await connection.execute(sql.session_was_seen, digest, now, now - NOTED_EVERY)
    return Session(
        digest=digest,
        csrf_token=csrf_token_of(token),
        expires_at=min(now + IDLE, row["created_at"] + LONGEST),
        user_id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        shop_id=row["shop_id"],
        is_admin=row["is_admin"],
        one_time=row["one_time"],
    )
