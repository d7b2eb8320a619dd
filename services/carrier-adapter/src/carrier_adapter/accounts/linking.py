"""Tells `orders` which feeds are linked, so that a seller is warned whose own 3PL has none."""

import asyncio
from uuid import uuid4

from chassis.postgres import load_queries
from chassis.service import Service
from contracts.scans.v1 import FeedLinked

sql = load_queries("carrier_adapter")

LOOK_EVERY = 1.0  #: Seconds; accounts change by the command line too, which cannot say so.


async def tell(service: Service) -> None:
    """Tell of the accounts that have changed."""
    if await is_told(service):
        return
    async with service.transaction() as tx:
        for row in await tx.connection.fetch(sql.take_untold):
            event = FeedLinked(
                event_id=uuid4(),
                occurred_at=tx.now,
                account=row["name"],
                carrier=row["carrier"],
                enabled=row["enabled"],
                shops=row["shops"],
            )
            tx.say(event, row["name"])


async def keep_telling(service: Service) -> None:
    """Tell of what changes, until cancelled."""
    while True:
        await tell(service)
        await asyncio.sleep(LOOK_EVERY)


async def is_told(service: Service) -> bool:
    """Say whether `orders` was told of every account as it is."""
    return not await service.pool.fetchval(sql.count_untold)
