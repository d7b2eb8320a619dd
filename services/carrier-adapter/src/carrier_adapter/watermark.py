"""Says how far the feed has been read: everything accepted before T is among the first n records put out.

Why it is true: pushes are committed under a shared lock, with a time of receipt that is read under that lock. The level
is read under the same lock held alone. So each push is either committed and seen here, or will bear a time that is not
before T. Of those seen, the oldest that is not read bounds T; the others' records are counted in n, because reading a
push and counting its records are one transaction.
"""

import asyncio
from uuid import uuid4

from nats.errors import Error as NatsError
from nats.js.errors import APIError

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.service import Service
from chassis.transactions import begin
from contracts.scans.v1 import Watermark

log = get_logger()
sql = load_queries("carrier_adapter")


async def read_watermark(service: Service) -> Watermark:
    """Read the level as it is now."""
    async with begin(service.pool, service.clock) as tx:
        await tx.connection.execute(sql.close_intake)
        now = service.clock.now()
        row = await tx.connection.fetchrow(sql.read_level)
        through = min(now, row["oldest_unread"] or now)
        return Watermark(event_id=uuid4(), occurred_at=now, through=through, records=row["records"])


class Gauge:
    """The loop that publishes the level when it has risen."""

    def __init__(self, service: Service, drained: asyncio.Event, *, every: float) -> None:
        self._service = service
        self._drained = drained
        self._every = every  # seconds between two levels at most
        self._said: Watermark | None = None

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            try:
                await self.run_once()
            except (*TRANSIENT, NatsError, APIError) as outage:  # type: ignore[misc] # mypy: starred tuples
                log.warning("watermark_waits", error=type(outage).__name__)
            await asyncio.sleep(self._every)

    async def run_once(self) -> None:
        """Publish the level if it differs from the last one."""
        level = await read_watermark(self._service)
        if self._said is None or (level.through, level.records) != (self._said.through, self._said.records):
            await self._service.publish_level(level)
            self._said = level

    async def is_done(self) -> bool:
        """Say whether the last level that was published is the newest there can be."""
        return self._said is not None and self._said.through >= self._service.clock.now()
