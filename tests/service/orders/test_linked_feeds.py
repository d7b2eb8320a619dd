"""A seller is warned whose own 3PL nobody hears: no feed of it is linked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.orders.v1 import ParcelsUnheard
from contracts.scans.v1 import FeedLinked
from orders.unheard import tell
from support.scans import reported
from support.selling import Seller, open_shop
from support.servers import Broker, Servers
from support.services import Running, SteppedTime, in_this_process


class Place:
    """An `orders` that the tests of this module share; each has carriers of its own."""

    def __init__(self, broker: Broker, orders: Running, clock: SteppedTime, shop: Seller) -> None:
        self.broker, self.orders, self.clock, self.shop = broker, orders, clock, shop

    async def link(self, account: str, carrier: str, **told: Any) -> None:
        """Say how an account is now, and wait until it is known."""
        fields: dict[str, Any] = {"event_id": uuid4(), "occurred_at": self.clock.now, "enabled": True}
        await self.broker.say(FeedLinked(**{**fields, "account": account, "carrier": carrier, **told}))
        await self.orders.quiet()

    async def warned(self, order_id: str) -> list[tuple[str, str]]:
        """Give the warnings about an order: code and carrier."""
        return [(one["code"], one["carrier"]) for one in (await self.shop.order(order_id))["warnings"]]

    async def shipped(self, carrier: str, **changes: Any) -> str:
        """Place an order whose parcel goes with a carrier, and is marked shipped; gives its id."""
        order_id: str = (await self.shop.place(**changes))["id"]
        await self.shop.ship(order_id, f"NR-{uuid4().hex[:8]}", carrier)
        return order_id


@pytest.fixture(scope="module")
async def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """An `orders` at work, and a shop in it."""
    clock = SteppedTime(tmp_path_factory.mktemp("linked") / "clock", datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with servers.broker() as broker, in_this_process(servers, broker) as start:
        orders = await start("orders", clock=clock)
        yield Place(broker, orders, clock, await open_shop(orders.pool, orders.service.clock, orders.http))


async def test_the_answer_to_marking_shipped_and_the_order_say_that_no_feed_is_linked(place: Place) -> None:
    order_id = (await place.shop.place())["id"]
    assert await place.warned(order_id) == []

    answer = await place.shop.ship(order_id, "HE-1", "Heron Freight")

    [warning] = answer["warnings"]
    assert (warning["code"], warning["carrier"]) == ("no_linked_feed", "heronfreight")
    assert "heronfreight" in warning["message"]
    assert await place.warned(order_id) == [("no_linked_feed", "heronfreight")]


async def test_the_warning_is_gone_while_a_feed_is_linked_and_enabled(place: Place) -> None:
    order_id = await place.shipped("Ibis Lines")

    await place.link("ibis-1", "ibislines")
    assert await place.warned(order_id) == []

    place.clock.advance(seconds=1)
    await place.link("ibis-1", "ibislines", enabled=False)
    assert await place.warned(order_id) == [("no_linked_feed", "ibislines")]


async def test_what_was_said_earlier_does_not_count_when_it_comes_later(place: Place) -> None:
    order_id = await place.shipped("Jay Post")
    await place.link("jay-1", "jaypost")

    await place.link("jay-1", "jaypost", enabled=False, occurred_at=place.clock.now - timedelta(minutes=1))

    assert await place.warned(order_id) == []


async def test_a_feed_of_another_shop_s_own_3pl_is_none_for_this_one(place: Place) -> None:
    order_id = await place.shipped("Kite Couriers")

    await place.link("kite-1", "kitecouriers", shops=[uuid4()])
    assert await place.warned(order_id) == [("no_linked_feed", "kitecouriers")]

    shop_id = await place.orders.pool.fetchval("SELECT shop_id FROM orders WHERE id = $1::text::uuid", order_id)
    place.clock.advance(seconds=1)
    await place.link("kite-1", "kitecouriers", shops=[uuid4(), shop_id])
    assert await place.warned(order_id) == []


async def test_a_carrier_that_an_aggregator_s_account_speaks_for_is_linked_by_that_account(place: Place) -> None:
    order_id = (await place.shop.place())["id"]
    await place.link("aggregator", "lark")
    answer = await place.shop.bind(order_id, "MI-1", "Mistral")
    assert [one["carrier"] for one in answer["warnings"]] == ["mistral"]

    await place.orders.pool.execute(
        "UPDATE bindings SET account = 'aggregator' WHERE order_id = $1::text::uuid", order_id
    )

    assert await place.warned(order_id) == []


async def test_nobody_is_warned_of_what_has_arrived(place: Place) -> None:
    order_id = (await place.shop.place())["id"]
    await place.shop.bind(order_id, "NV-1", "Nuthatch")
    at = place.clock.advance(hours=1)
    assert await place.warned(order_id) == [("no_linked_feed", "nuthatch")]

    await place.broker.say(reported("NV-1", "delivered", at, carrier="nuthatch", account="other"))
    await place.orders.quiet()

    assert await place.warned(order_id) == []


async def test_ship_by_tiktok_is_the_marketplace_s_business(place: Place) -> None:
    order_id = await place.shop.place(fulfilment={"type": "ship_by_tiktok", "handover": "pick_up"})

    await place.shop.bind(order_id["id"], "OW-1", "Owl")

    assert await place.warned(order_id["id"]) == []


async def test_parcels_that_no_feed_speaks_of_are_counted_by_carrier_after_a_day(place: Place) -> None:
    async def unheard() -> dict[str, int]:
        await tell(place.orders.service)
        row = await place.orders.pool.fetchval(
            "SELECT body FROM outbox WHERE subject = 'orders.v1.parcels_unheard' ORDER BY id DESC LIMIT 1"
        )
        return {one.carrier: one.parcels for one in ParcelsUnheard.model_validate_json(row).unheard}

    await place.shop.place()  # not handed over: no carrier has it
    for number in ("KT-1", "KT-2"):
        order_id = (await place.shop.place())["id"]
        await place.shop.ship(order_id, number, "Kite Cargo")
    place.clock.advance(hours=24)
    assert "kitecargo" not in await unheard()

    place.clock.advance(seconds=1)
    assert (await unheard())["kitecargo"] == 2

    scan = reported("kt-1", "in_transit", place.clock.now, tracking_number="KT1", carrier="kitecargo", identity="kt-1")
    await place.broker.say(scan)
    await place.orders.quiet()
    assert (await unheard())["kitecargo"] == 1
