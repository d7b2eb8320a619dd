"""Says what became of messages, many in one event; once for each outcome, as it is marked in the same transaction."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

from chassis.postgres import load_queries
from chassis.service import Service
from contracts.notices.v1 import MOST, MessagesTold, MessageTold

sql = load_queries("notifier")

GATHER = 0.05  #: Seconds in which further messages may end and go into the same event.
LOOK_AGAIN = 1.0  #: Seconds: another process may have ended a message.


class Notices:
    """The loop that tells `orders` who was told what. Many may run."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.poke = asyncio.Event()  #: Set it when messages have ended.

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.poke.wait(), LOOK_AGAIN)
                await asyncio.sleep(GATHER)
            self.poke.clear()
            while await self.tell() == MOST:
                pass

    async def tell(self) -> int:
        """Say the outcomes that wait to be said, at most `MOST`; gives how many those were."""
        async with self._service.transaction() as tx:
            rows = await tx.connection.fetch(sql.take_unreported, MOST)
            if rows:
                messages = [_told(row) for row in rows]
                tx.say(MessagesTold(event_id=uuid4(), occurred_at=tx.now, messages=messages), "messages")
                await tx.connection.execute(sql.mark_reported, [row["id"] for row in rows])
        return len(rows)

    async def is_done(self) -> bool:
        """Say whether every outcome was said."""
        return not await self._service.pool.fetchval(sql.has_unreported)


def _told(row: Any) -> MessageTold:
    told = row["facts"] if row["told"] is None else row["told"]
    return MessageTold(
        message_id=row["id"],
        order_id=row["order_id"],
        shop_id=row["shop_id"],
        recipient=row["recipient"],
        kinds=[kind for kind, fact in zip(row["kinds"], row["facts"], strict=True) if fact in told],
        channel=row["channel"],
        outcome=row["ending"],
        at=row["settled_at"],
    )
