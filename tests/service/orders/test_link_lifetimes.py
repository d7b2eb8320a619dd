"""A tracking link works for 90 days; afterwards it looks like one that never was."""

from datetime import timedelta

from service.orders.test_links import linked
from support.selling import open_shop
from support.servers import Broker
from support.services import Starter, SteppedTime


async def test_a_link_that_is_unknown_malformed_or_expired_shows_the_same(
    start: Starter, broker: Broker, clock: SteppedTime
) -> None:
    orders = await start("orders", clock=clock)
    shop = await open_shop(orders.pool, orders.service.clock, orders.http)
    order = await shop.place()
    token = await linked(broker, order["id"])
    clock.advance(days=91)

    wrong = (token, token.upper(), token[:-1], "x", "%00", "x" * 5_000, "%F0%9F%98%80")
    for kind in ("v1/tracking", "t"):
        answers = [await orders.http.get(f"/{kind}/{one}") for one in wrong]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1


async def test_a_link_works_for_90_days(start: Starter, broker: Broker, clock: SteppedTime) -> None:
    orders = await start("orders", clock=clock)
    shop = await open_shop(orders.pool, orders.service.clock, orders.http)
    token = await linked(broker, (await shop.place())["id"])

    clock.set(clock.now + timedelta(days=90) - timedelta(seconds=1))

    assert (await orders.http.get(f"/v1/tracking/{token}")).status_code == 200
