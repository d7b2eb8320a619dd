"""Races: two transactions about one order at a barrier; whoever wins, the end is the one that the rules name for it.

``RACES`` says how many are run; `make races` runs 10,000 and shows what came of them.
"""

import asyncio
import os

import pytest

from races.course import Course, shares
from races.pairs import PAIRS
from support.selling import Seller, order_body
from support.servers import Broker
from support.services import Starter, SteppedTime

RACES = int(os.environ.get("RACES", "500"))
POOL = 30  #: Connections: both of each race that is under way have one.


@pytest.mark.timeout(120 + RACES / 2)
async def test_whoever_wins_a_race_its_end_is_legal(start: Starter, broker: Broker, clock: SteppedTime) -> None:
    """B22."""
    orders = await start("orders", clock=clock, pool_size=POOL)
    course = await Course.laid_out(orders, broker, clock, seed=2026)

    for pair, races in zip(PAIRS, shares(RACES, len(PAIRS)), strict=True):
        tally = await course.run(pair, races)
        print(tally.line(), flush=True)

    await course.closing()


async def test_a_number_that_is_placed_several_times_at_once_is_one_order(shop: Seller) -> None:
    for _ in range(10):
        body = order_body()
        answers = await asyncio.gather(*(shop.post("/v1/orders", body) for _ in range(6)))

        assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409, 409]
        ids = {one.json()["id"] for one in answers}
        assert len(ids) == 1, "those who were late are told which order it is"
