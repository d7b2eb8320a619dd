"""Says once an hour how many parcels each carrier was given that no scan speaks of: its feed may be the reason."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import uuid4

from chassis.postgres import load_queries
from chassis.service import Service
from contracts.orders.v1 import ParcelsUnheard, Unheard

sql = load_queries("orders")

HEARD_WITHIN: Final = timedelta(hours=24)  #: A carrier that has a parcel has scanned it by then.
EVERY: Final = 3600.0  #: Seconds.


async def tell(service: Service) -> None:
    """Say it now."""
    async with service.transaction() as tx:
        rows = await tx.connection.fetch(sql.unheard_parcels, tx.now - HEARD_WITHIN)
        unheard = [Unheard(**dict(row)) for row in rows]
        tx.say(ParcelsUnheard(event_id=uuid4(), occurred_at=tx.now, unheard=unheard), "feeds")


async def keep_telling(service: Service) -> None:
    """Say it every hour, until cancelled."""
    while True:
        await tell(service)
        await asyncio.sleep(EVERY)
