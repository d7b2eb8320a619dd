"""A notifier for each test, with a real mail server that the test may have misbehave."""

from collections.abc import AsyncIterator

import pytest

from service.notifier.post import Desk, Letterbox, Post
from support.servers import Broker
from support.services import Starter, SteppedTime


@pytest.fixture
async def box() -> AsyncIterator[Letterbox]:
    """Give a mail server."""
    async with Letterbox().open() as box:
        yield box


@pytest.fixture
async def desk(broker: Broker) -> Desk:
    """Give somebody who answers for `orders`."""
    desk = Desk()
    await desk.open(broker)
    return desk


@pytest.fixture
async def post(start: Starter, broker: Broker, clock: SteppedTime, box: Letterbox, desk: Desk) -> Post:
    """Give a notifier at work, at eight in the evening of its buyers and sellers."""
    return Post(await start("notifier", clock=clock, smtp_port=box.port), box, desk, broker, clock)
