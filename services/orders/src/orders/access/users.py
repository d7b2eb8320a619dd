"""Users: sellers of a shop, and operators of the installation."""

from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from chassis.postgres import load_queries
from chassis.transactions import Transaction

sql = load_queries("orders")


class Role(StrEnum):
    """What a user is here for."""

    SELLER = "seller"
    OPERATOR = "operator"


class EmailTaken(Exception):
    """A user has this e-mail already, here or in another shop."""


class UserUnknown(Exception):
    """There is no such user."""


async def add_user(
    tx: Transaction, *, email: str, name: str, password_hash: str, role: Role, shop_id: UUID | None, is_admin: bool
) -> Any:
    """Add a user with a one-time password; gives the user as lists show one. Raises `EmailTaken`."""
    row = await tx.connection.fetchrow(
        sql.insert_user, uuid4(), email, name, password_hash, role, shop_id, is_admin, tx.now
    )
    if row is None:
        raise EmailTaken
    return row


async def disable_user(tx: Transaction, shop_id: UUID, user_id: UUID, by: str) -> Any:
    """Let a seller in no more, and end the sessions; gives the user. Raises `UserUnknown`."""
    row = await tx.connection.fetchrow(sql.disable_user, shop_id, user_id, tx.now, by)
    if row is None:
        raise UserUnknown
    await end_sessions(tx, user_id)
    return row


async def end_sessions(tx: Transaction, user_id: UUID) -> None:
    """End every session of a user."""
    await tx.connection.execute(sql.revoke_sessions, user_id, tx.now, b"")
