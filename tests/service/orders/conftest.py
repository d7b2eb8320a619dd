"""A running `orders`, and a shop in it.

``api`` and ``seller`` are shared by the tests of a module; ``orders`` and ``shop`` are a test's own. A module uses one
pair or the other: both pairs at once would be two services on one broker.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from support.selling import Seller, open_shop
from support.servers import Broker, Servers
from support.services import Running, Starter, SteppedTime, in_this_process


@dataclass
class Api:
    """The API of an `orders` that the tests of one module share: each opens its own shop."""

    running: Running
    broker: Broker

    async def shop(self) -> Seller:
        """Open a new shop."""
        return await open_shop(self.running.pool, self.running.service.clock, self.running.http)


@pytest.fixture(scope="module")
async def api(servers: Servers) -> AsyncIterator[Api]:
    """`orders` at work, for tests that need no more than its API and their own shop."""
    async with servers.broker() as broker, in_this_process(servers, broker) as start:
        yield Api(await start("orders"), broker)


@dataclass
class Timed(Api):
    """The same, on a clock that the module's tests move on."""

    clock: SteppedTime


@pytest.fixture(scope="module")
async def timed(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Timed]:
    """`orders` on a stepped clock that the tests of one module share; such a module has `api` give this one."""
    clock = SteppedTime(tmp_path_factory.mktemp("time") / "clock", datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with servers.broker() as broker, in_this_process(servers, broker) as start:
        yield Timed(await start("orders", clock=clock), broker, clock)


@pytest.fixture
async def seller(api: Api) -> Seller:
    """The seller of a new shop."""
    return await api.shop()


@pytest.fixture
async def orders(start: Starter) -> Running:
    """An `orders` of the test's own, on the real clock."""
    return await start("orders")


@pytest.fixture
async def shop(orders: Running) -> Seller:
    """The seller of a shop in `orders`."""
    return await open_shop(orders.pool, orders.service.clock, orders.http)
