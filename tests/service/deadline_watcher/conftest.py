"""A watcher for each test."""

import pytest

from service.deadline_watcher.watching import Watch
from support.servers import Broker
from support.services import Starter, SteppedTime
from unit.deadline_watcher.standing import PLACED_AT


@pytest.fixture
async def watch(start: Starter, broker: Broker, clock: SteppedTime) -> Watch:
    """Give a watcher at work, at the hour of placement."""
    clock.set(PLACED_AT)
    return Watch(await start("deadline-watcher", clock=clock), broker, clock)
