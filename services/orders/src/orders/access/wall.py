"""The second wall between shops: PostgreSQL's row-level security, behind the queries' own ``shop_id = …``.

Whatever is done for a shop is done inside `for_shop`. What works for all shops at once (the feed, deadlines, messages)
opens an ordinary transaction, and sees all. Migration 0003 says which tables are walled, and how others become so.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg

from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction

sql = load_queries("orders")


@asynccontextmanager
async def for_shop(service: Service, shop_id: UUID) -> AsyncIterator[Transaction]:
    """Open a transaction that sees, adds and changes the rows of one shop alone, whatever its queries say."""
    async with service.transaction() as tx:
        await tx.connection.execute(sql.stand_behind_the_wall, str(shop_id))
        yield tx


@asynccontextmanager
async def beyond(tx: Transaction, shop_id: UUID) -> AsyncIterator[None]:
    """Open the wall of a `for_shop` transaction inside the block, for the books of the feed, which all shops share."""
    await tx.connection.execute(sql.stand_behind_the_wall, "")
    try:
        yield
    finally:
        with suppress(asyncpg.InFailedSQLTransactionError):  # it ends, or goes back to before the wall was opened
            await tx.connection.execute(sql.stand_behind_the_wall, str(shop_id))


async def has_a_gap(connection: Any) -> str | None:
    """Say what is wrong where the service's role sees through the wall; None where it stands."""
    if await connection.fetchval(sql.sees_through_walls, timeout=1.5):
        return "the database role passes row-level security by: take SUPERUSER and BYPASSRLS from it"
    return None
