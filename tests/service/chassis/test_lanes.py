"""Two full batches are dealt with side by side, where the service says what must not be."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.batches import BATCH
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.scans.v1 import Watermark
from service.chassis.trial import Trial, effects, numbered
from support.servers import Broker
from support.services import Starter
from support.waiting import eventually

KEYS = 10


def key_of(event: Event) -> int:
    assert isinstance(event, Watermark)
    return event.records % KEYS


@dataclass
class SideBySide(Trial):
    """Notes how many transactions are open at once, and whether two of them have events with one key."""

    open_now: int = 0
    most_open: int = 0
    shared: int = 0
    out_of_order: int = 0
    both_open: asyncio.Event = field(default_factory=asyncio.Event)

    def declare(self, settings: Any) -> Service:
        """Declare the service; events with the same last digit belong together."""
        service = Service(settings, name="orders", package="orders")
        keys: set[int] = set()

        async def on_feed(tx: Transaction, events: Sequence[Event]) -> None:
            mine = {key_of(event) for event in events}
            numbers = [event.records for event in events if isinstance(event, Watermark)]
            self.shared += len(keys & mine)
            self.out_of_order += numbers != sorted(numbers)
            keys.update(mine)
            self.open_now += 1
            self.most_open = max(self.most_open, self.open_now)
            if self.open_now == 2:
                self.both_open.set()
            with contextlib.suppress(TimeoutError):  # the other one may still be connecting
                await asyncio.wait_for(self.both_open.wait(), 5)
            await self._on_feed(tx, events)
            self.open_now -= 1
            keys.difference_update(mine)

        service.consumes("SCANS", on_feed, key_of)
        return service


async def test_a_backlog_is_dealt_with_in_two_transactions_at_once_that_share_no_key(
    start: Starter, broker: Broker
) -> None:
    numbers = list(range(3 * BATCH))
    await broker.say(*(numbered(n) for n in numbers))
    trial = SideBySide()

    running = await trial.start(start)

    async def all_there() -> bool:
        return await effects(running) == numbers

    await eventually(all_there, within=30)
    assert trial.most_open == 2
    assert trial.shared == 0
    assert trial.out_of_order == 0
