"""A running `orders`, and a shop in it.

``api`` and ``seller`` are shared by the tests of a module; ``orders`` and ``shop`` are a test's own. A module uses one
pair or the other: both pairs at once would be two services on one broker.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from support.selling import Seller, open_shop
from support.servers import Broker, Servers
from support.services import Running, Starter, in_this_process


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
