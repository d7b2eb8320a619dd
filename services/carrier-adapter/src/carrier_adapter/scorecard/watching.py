"""Looks every minute whether a feed is in trouble, and says so once."""

import asyncio
from typing import Final
from uuid import uuid4

from carrier_adapter.scorecard.alarms import Heard, trouble_of
from chassis.logs import get_logger
from chassis.postgres import load_queries
from chassis.service import Service
from contracts.scans.v1 import FeedAlarmed, FeedTrouble

log = get_logger()
sql = load_queries("carrier_adapter")

EVERY: Final = 60.0  #: Seconds.


class Watch:
    """The loop that raises the alarm."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Say what has begun, and what is over."""
        async with self._service.transaction() as tx:
            for row in await tx.connection.fetch(sql.lock_feed_health):
                told = FeedTrouble(row["alarmed"]) if row["alarmed"] else None
                heard = Heard(
                    last_push=row["last_push_at"],
                    silent_after=row["silent_after"],
                    first_rejection=row["first_rejection_at"],
                    rejections=row["rejections"],
                )
                now_wrong = trouble_of(heard, tx.now)
                if now_wrong is told:
                    continue
                for trouble, over in ((told, True), (now_wrong, False)):
                    if trouble is None:
                        continue
                    log.warning("feed_alarm", account=row["name"], trouble=trouble, over=over)
                    event = FeedAlarmed(
                        event_id=uuid4(),
                        occurred_at=tx.now,
                        account=row["name"],
                        carrier=row["carrier"],
                        trouble=trouble,
                        over=over,
                        last_push_at=row["last_push_at"],
                        reasons=row["reasons"],
                    )
                    tx.say(event, row["name"])
                await tx.connection.execute(sql.set_alarmed, row["name"], now_wrong)
