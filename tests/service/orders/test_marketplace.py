"""Marketplaces' notices reach the orders that they are about, once each, however late order, link or notice is."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.postgres import load_queries
from contracts.marketplace.v1 import MarketplaceNoticed
from contracts.orders.v1 import Happening, OrderChanged
from orders import handlers
from orders.access.wall import for_shop
from orders.api.placing import place_order
from orders.api.schemas import OrderGiven
from orders.app import UNMATCHED_KEPT
from service.orders.conftest import Api, Timed
from support.noticing import noticed
from support.selling import Seller, order_body
from support.services import OPERATOR_KEY
from support.waiting import eventually

ACCOUNT = "tiktok-shop"


@pytest.fixture
def api(timed: Timed) -> Api:
    """The module's `orders`, on a stepped clock."""
    return timed


class Market:
    """A marketplace with one seller, whose notices come in by an account."""

    def __init__(self, api: Timed, seller: Seller) -> None:
        self.api, self.seller, self.id = api, seller, uuid4().hex[:16]

    def notice(self, number: str, meaning: str, minutes: float = 0, **told: Any) -> MarketplaceNoticed:
        """Give a notice about an order of that number, of something so many minutes from now."""
        at = self.api.clock.now + timedelta(minutes=minutes)
        identity = f"{ACCOUNT}:{self.id}/{number}/{meaning}/{at}/{told}"
        fields: dict[str, Any] = {
            "event_id": uuid4(),
            "notice_id": uuid4(),
            "push_id": uuid4(),
            "seller": self.id,
            "happened_at": at,
            "received_at": self.api.clock.now,
            "order_numbers": [number],
            "identity": identity,
        }
        return noticed(meaning, **fields, **told)

    async def say(self, *notices: MarketplaceNoticed) -> None:
        """Say notices, and wait until they are heard."""
        await self.api.broker.say(*notices)
        await self.api.running.quiet()

    async def link(self, shop: Seller | None = None, what: str = "") -> httpx.Response:
        """Have the operator link the seller with the shop."""
        headers = {"authorization": f"Bearer {OPERATOR_KEY}", "idempotency-key": uuid4().hex}
        path = f"/v1/shops/{(shop or self.seller).shop_id}/marketplaces{what}"
        body = {"account": ACCOUNT, "seller": self.id}
        return await self.api.running.http.post(path, json=body, headers=headers)

    async def rows(self, order_id: str) -> list[tuple[str, str]]:
        """Give what came of each notice about an order, as its history has it: what was said, and what came of it."""
        found = await self.api.running.pool.fetch(
            "SELECT cause FROM history WHERE order_id = $1 AND trigger = 'marketplace' ORDER BY id", UUID(order_id)
        )
        return [(row["cause"]["said"], row["cause"]["came_of"]) for row in found]


@pytest.fixture
async def market(timed: Timed) -> Market:
    """A marketplace whose seller is linked with a new shop."""
    made = Market(timed, await timed.shop())
    assert (await made.link()).is_success
    return made


def number() -> str:
    return f"58{uuid4().int % 10**16}"


async def test_an_order_is_cancelled_by_a_notice_about_its_number_and_the_refund_is_due(market: Market) -> None:
    order = await market.seller.place(number=(mine := number()))

    await market.say(market.notice(mine, "cancelled", raw_status="CANCEL"))

    now = await market.seller.order(order["id"])
    assert (now["status"], [one["state"] for one in now["refunds"]]) == ("cancelled", ["due"])
    assert await market.rows(order["id"]) == [("cancelled", "done")]


async def test_a_notice_told_many_times_acts_once(market: Market) -> None:
    order = await market.seller.place(number=(mine := number()))
    asked = market.notice(mine, "cancellation_requested", case="C1", by="buyer")
    again = [asked.model_copy(update={"event_id": uuid4(), "push_id": uuid4()}) for _ in range(3)]

    await market.say(asked, *again[:2])
    await market.say(again[2])

    assert await market.rows(order["id"]) == [("cancellation_requested", "done")]
    version = (await market.seller.order(order["id"]))["version"]
    told = [
        one
        for event in await market.api.broker.said("ORDERS")
        if isinstance(event, OrderChanged) and event.state.order_id == UUID(order["id"])
        for one in event.occurrences
    ]
    assert [one.happening for one in told].count(Happening.CANCELLATION_REQUESTED) == 1
    assert version == 2


async def test_one_that_is_late_is_overtaken_and_of_a_batch_the_oldest_is_heard_first(market: Market) -> None:
    order = await market.seller.place(number=(mine := number()))
    asked = market.notice(mine, "cancellation_requested", 1, case="C1", by="buyer")
    withdrawn = market.notice(mine, "cancellation_withdrawn", 2, case="C1", by="buyer")

    async with market.api.running.service.transaction() as tx:  # the broker may deliver them one by one
        await handlers.on_marketplace(tx, [withdrawn, asked])
    assert await market.rows(order["id"]) == [("cancellation_requested", "done"), ("cancellation_withdrawn", "done")]

    await market.say(market.notice(mine, "cancellation_requested", 0, case="C1", by="buyer"))
    assert (await market.rows(order["id"]))[-1] == ("cancellation_requested", "overtaken")


async def test_what_nobody_has_placed_yet_waits_and_is_heard_in_the_order_of_its_time(market: Market) -> None:
    mine = number()
    await market.say(market.notice(mine, "awaiting_collection", 2))
    await market.say(market.notice(mine, "awaiting_shipment", 1), market.notice(number(), "cancelled"))

    order = await market.seller.place(number=mine)

    assert await market.rows(order["id"]) == [("awaiting_shipment", "noted"), ("awaiting_collection", "noted")]
    assert order["status"] == "placed"


async def test_an_order_that_the_marketplace_has_called_off_already_is_placed_and_cancelled_at_once(
    market: Market,
) -> None:
    mine = number()
    await market.say(market.notice(mine, "cancelled"))

    order = await market.seller.place(number=mine)

    assert order["status"] == "cancelled"
    assert [one["state"] for one in order["refunds"]] == ["due"]
    assert (await market.seller.order(order["id"]))["status"] == "cancelled"


async def test_a_notice_that_comes_while_its_order_is_being_placed_waits_for_it(market: Market) -> None:
    mine, running, shop_id = number(), market.api.running, UUID(market.seller.shop_id)
    waits_or_was_kept = (
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
        " OR EXISTS (SELECT FROM marketplace_notices WHERE number = $1)"
    )

    async with for_shop(running.service, shop_id) as tx:
        _, order = await place_order(tx, shop_id, OrderGiven.model_validate(order_body(number=mine)))
        await market.api.broker.say(market.notice(mine, "cancelled"))
        await eventually(lambda: running.pool.fetchval(waits_or_was_kept, mine))
    await running.quiet()

    assert (await market.seller.order(str(order.id)))["status"] == "cancelled"


async def test_a_marketplace_that_is_linked_with_no_shop_touches_no_order_until_it_is(timed: Timed) -> None:
    market = Market(timed, await timed.shop())
    order = await market.seller.place(number=(mine := number()))
    await market.say(market.notice(mine, "cancelled"))
    assert (await market.seller.order(order["id"]))["status"] == "placed"

    linked = await market.link()

    assert [one["seller"] for one in linked.json()["marketplaces"]] == [market.id]
    assert (await market.seller.order(order["id"]))["status"] == "cancelled"


async def test_an_account_speaks_for_the_shop_it_is_linked_with_and_for_no_other(market: Market) -> None:
    other = await market.api.shop()
    mine = number()
    theirs = await other.place(number=mine)

    await market.say(market.notice(mine, "cancelled"))
    forged = market.notice(mine, "cancelled", 1).model_copy(update={"account": "another-account"})
    await market.say(forged)

    assert (await other.order(theirs["id"]))["status"] == "placed"
    assert (await market.link(other)).status_code == 409


async def test_a_link_is_made_once_and_taken_away(market: Market) -> None:
    assert len((await market.link()).json()["marketplaces"]) == 1

    assert (await market.link(what="/unlink")).json() == {"marketplaces": []}
    assert (await market.link(what="/unlink")).status_code == 404
    order = await market.seller.place(number=(mine := number()))
    await market.say(market.notice(mine, "cancelled"))
    assert (await market.seller.order(order["id"]))["status"] == "placed"


async def test_only_the_operator_links_and_only_what_there_is(market: Market) -> None:
    path, body = f"/v1/shops/{market.seller.shop_id}/marketplaces", {"account": ACCOUNT, "seller": "1"}

    assert (await market.seller.post(path, body)).status_code == 401
    assert (await market.link(Seller(market.seller.http, str(uuid4()), ""))).status_code == 404


async def test_a_package_of_two_orders_is_noted_at_both(market: Market) -> None:
    one, two = number(), number()
    orders = [await market.seller.place(number=each) for each in (one, two)]
    together = market.notice(one, "packages_combined", packages=[{"id": "P1", "order_numbers": [one, two]}])

    await market.say(together.model_copy(update={"order_numbers": [one, two]}))

    for order in orders:
        assert await market.rows(order["id"]) == [("packages_combined", "noted")]


async def test_a_notice_that_no_order_claims_is_forgotten_after_thirty_days(market: Market) -> None:
    mine = number()
    await market.say(market.notice(mine, "cancelled"))
    pool, sql = market.api.running.pool, load_queries("orders")

    await pool.execute(sql.forget_unmatched_notices, market.api.clock.now - UNMATCHED_KEPT + timedelta(days=30))
    assert await pool.fetchval("SELECT count(*) FROM marketplace_notices WHERE number = $1", mine) == 1
    await pool.execute(
        sql.forget_unmatched_notices, market.api.clock.now + timedelta(days=30, seconds=1) - UNMATCHED_KEPT
    )
    assert await pool.fetchval("SELECT count(*) FROM marketplace_notices WHERE number = $1", mine) == 0
