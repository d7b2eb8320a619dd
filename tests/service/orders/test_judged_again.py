"""Records that nobody understood, read again: each moves to its new bucket, and what it says is told if it is news."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contracts.orders.v1 import Happening, OrderChanged
from contracts.scans.v1 import ScanQuarantined, ScanReported
from support.scans import not_understood, reported
from support.selling import Seller, open_shop
from support.servers import Broker, Servers
from support.services import OPERATOR_KEY, Running, SteppedTime, in_this_process


class Feed:
    """The feed into an `orders` that the tests of this module share, each with tracking numbers of its own."""

    def __init__(self, broker: Broker, orders: Running, clock: SteppedTime, shop: Seller) -> None:
        self.broker, self.orders, self.clock, self.shop = broker, orders, clock, shop

    async def say(self, *events: ScanReported | ScanQuarantined) -> None:
        """Say events, and wait until they are judged."""
        await self.broker.say(*events)
        await self.orders.quiet()

    async def books(self) -> dict[str, int]:
        """Give the books."""
        answer = await self.orders.http.get("/v1/books", headers={"authorization": f"Bearer {OPERATOR_KEY}"})
        counts: dict[str, int] = answer.json()
        return counts

    async def verdict(self, scan: ScanReported | ScanQuarantined) -> tuple[str, str | None]:
        """Give the bucket of a record, and its status, as the books have them."""
        row = await self.orders.pool.fetchrow("SELECT verdict, status FROM scans WHERE scan_id = $1", scan.scan_id)
        assert row is not None
        return row["verdict"], row["status"]

    async def place(self, number: str) -> str:
        """Place an order whose parcel has a tracking number; gives its id."""
        order_id: str = (await self.shop.place())["id"]
        await self.shop.bind(order_id, number, "Ninja Van")
        return order_id

    async def statuses(self, order_id: str) -> list[str]:
        """Give the timeline of the order's parcel."""
        order = await self.shop.order(order_id)
        return [scan["status"] for scan in order["parcels"][0]["timeline"]]

    async def told(self, order_id: str) -> set[Happening]:
        """Give what was said to have happened to the order."""
        said = [event for event in await self.broker.said("ORDERS") if isinstance(event, OrderChanged)]
        return {one.happening for event in said if str(event.state.order_id) == order_id for one in event.occurrences}


@pytest.fixture(scope="module")
async def feed(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Feed]:
    """The feed into an `orders` at work."""
    clock = SteppedTime(tmp_path_factory.mktemp("again") / "clock", datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with servers.broker() as broker, in_this_process(servers, broker) as start:
        orders = await start("orders", clock=clock)
        yield Feed(broker, orders, clock, await open_shop(orders.pool, orders.service.clock, orders.http))


def moved(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Give the buckets that differ, and by how much."""
    return {bucket: after[bucket] - before[bucket] for bucket in after if after[bucket] != before[bucket]}


def learnt(unread: ScanQuarantined, number: str, status: str, at: datetime) -> ScanReported:
    """Give a quarantined record as it is read again, once its code is mapped."""
    return reported(
        number, status, at, scan_id=unread.scan_id, identity=unread.identity, received_at=unread.received_at
    )


async def test_a_record_that_is_understood_now_leaves_the_quarantine_and_the_sum_stays(feed: Feed) -> None:
    order_id, at = await feed.place("NV-A1"), feed.clock.advance(hours=1)
    unread = not_understood(at, "unmapped_code")
    await feed.say(unread)
    before = await feed.books()

    await feed.say(learnt(unread, "NV-A1", "in_transit", at))

    assert moved(before, await feed.books()) == {"quarantined": -1, "applied": 1}
    assert await feed.statuses(order_id) == ["in_transit"]
    assert Happening.SHIPPED in await feed.told(order_id)


async def test_what_the_parcel_has_left_behind_by_now_is_folded_and_told_to_nobody(feed: Feed) -> None:
    order_id, at = await feed.place("NV-A2"), feed.clock.advance(hours=1)
    unread = not_understood(at, "unmapped_code")
    await feed.say(unread, reported("NV-A2", "delivered", at + timedelta(hours=3)))
    told = await feed.told(order_id)

    await feed.say(learnt(unread, "NV-A2", "out_for_delivery", at))

    assert await feed.statuses(order_id) == ["out_for_delivery", "delivered"]
    assert (await feed.shop.order(order_id))["status"] == "delivered"
    assert Happening.DELIVERED in told
    assert await feed.told(order_id) == told


async def test_a_repetition_that_is_read_again_alone_takes_the_place_of_the_first(feed: Feed) -> None:
    order_id, at = await feed.place("NV-A3"), feed.clock.advance(hours=1)
    first = not_understood(at, "unmapped_code", identity="ninjavan:a3")
    second = not_understood(at, "unmapped_code", identity="ninjavan:a3", received_at=at + timedelta(minutes=1))
    await feed.say(first, second)
    assert [await feed.verdict(one) for one in (first, second)] == [("quarantined", None), ("duplicate", None)]

    await feed.say(learnt(second, "NV-A3", "in_transit", at))
    assert await feed.verdict(second) == ("applied", "in_transit")
    assert await feed.statuses(order_id) == ["in_transit"]

    await feed.say(learnt(first, "NV-A3", "in_transit", at))
    assert await feed.verdict(first) == ("duplicate", "in_transit")
    assert await feed.statuses(order_id) == ["in_transit"]


async def test_a_record_that_was_sent_again_after_its_code_was_learnt_is_no_second_one(feed: Feed) -> None:
    order_id, at = await feed.place("NV-A4"), feed.clock.advance(hours=1)
    unread = not_understood(at, "unmapped_code", identity="ninjavan:a4")
    again = reported("NV-A4", "attempt_failed", at, identity="ninjavan:a4", received_at=at)  # in the same commit
    await feed.say(unread, again)
    assert await feed.verdict(again) == ("applied", "attempt_failed")

    await feed.say(learnt(unread, "NV-A4", "attempt_failed", at))

    assert await feed.verdict(unread) == ("duplicate", "attempt_failed")
    assert await feed.statuses(order_id) == ["attempt_failed"]


async def test_a_push_that_was_one_record_becomes_as_many_as_it_holds_and_nothing_is_left_over(feed: Feed) -> None:
    order_id, at = await feed.place("NV-A5"), feed.clock.advance(hours=1)
    whole = not_understood(at, "unparsable")
    await feed.say(whole)
    before = await feed.books()

    first = learnt(whole, "NV-A5", "picked_up", at).model_copy(update={"identity": f"ninjavan:{uuid4()}"})
    await feed.say(first, reported("NV-A5", "in_transit", at + timedelta(minutes=5)), not_understood(at, "bad_time"))

    assert moved(before, await feed.books()) == {"applied": 2, "accepted": 2}  # one left the quarantine, one came
    assert await feed.verdict(whole) == ("applied", "picked_up")
    assert await feed.statuses(order_id) == ["picked_up", "in_transit"]


async def test_a_push_whose_first_record_is_not_understood_either_is_still_one_in_quarantine(feed: Feed) -> None:
    whole = not_understood(feed.clock.now, "unparsable")
    await feed.say(whole)
    before = await feed.books()

    await feed.say(not_understood(feed.clock.now, "unmapped_code", scan_id=whole.scan_id))

    assert moved(before, await feed.books()) == {}
    reason = await feed.orders.pool.fetchval("SELECT reason FROM scans WHERE scan_id = $1", whole.scan_id)
    assert reason == "unmapped_code"
