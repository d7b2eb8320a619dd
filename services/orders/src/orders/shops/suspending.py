"""Suspended shops (R14): they take no new orders; what they have sold goes on, for their buyers' sake."""

from typing import Any, Literal
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction

sql = load_queries("orders")


class SuspendedAlready(Exception):
    """The shop is suspended; *because* is the reason that was given."""

    def __init__(self, because: str) -> None:
        super().__init__("the shop is suspended already")
        self.because = because


async def suspend(tx: Transaction, shop_id: UUID, because: str, by: str) -> bool:
    """Have a shop take no more orders; False where there is no such shop. Raises `SuspendedAlready`."""
    row = await tx.connection.fetchrow(sql.lock_shop_to_suspend, shop_id)
    if row is None:
        return False
    if row["suspended_at"] is not None:
        raise SuspendedAlready(row["suspended_because"])
    await tx.connection.execute(sql.set_suspension, shop_id, tx.now, because)
    await note(tx, shop_id, "suspended", by, because)
    return True


async def resume(tx: Transaction, shop_id: UUID, by: str) -> bool:
    """Let a shop sell again; False where there is no such shop. One that sells goes on, and nothing is noted."""
    row = await tx.connection.fetchrow(sql.lock_shop_to_suspend, shop_id)
    if row is None:
        return False
    if row["suspended_at"] is not None:
        await tx.connection.execute(sql.set_suspension, shop_id, None, None)
        await note(tx, shop_id, "resumed", by)
    return True


async def why_suspended(connection: Any, shop_id: UUID) -> str | None:
    """Give the reason why a shop takes no orders; None where it takes them."""
    because: str | None = await connection.fetchval(sql.suspension_of, shop_id)
    return because


async def note(
    tx: Transaction, shop_id: UUID, what: Literal["added", "suspended", "resumed"], by: str, words: str | None = None
) -> None:
    """Put on a shop's record what was done to it, and by whom."""
    await tx.connection.execute(sql.note_on_shop, shop_id, tx.now, what, by, words)
