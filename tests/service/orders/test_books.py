"""The books: each accepted record is in exactly one bucket, by its latest verdict, and the sum is what was accepted."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.event import Event
from contracts.orders.v1 import ScansJudged
from support.scans import not_understood, read_through, reported
from support.selling import Seller, open_shop
from support.servers import Broker
from support.services import OPERATOR_KEY, Running, Starter, SteppedTime
from support.waiting import eventually

NOTHING = {"applied": 0, "duplicate": 0, "superseded": 0, "unmatched": 0, "quarantined": 0, "refused": 0, "accepted": 0}


@pytest.fixture
async def orders(start: Starter, clock: SteppedTime) -> Running:
    """An `orders` of the test's own, on the stepped clock."""
    return await start("orders", clock=clock)


@pytest.fixture
async def shop(orders: Running) -> Seller:
    """The seller of a shop in it."""
    return await open_shop(orders.pool, orders.service.clock, orders.http)


class Feed:
    """The feed into an `orders`, and what its books say afterwards."""

    def __init__(self, broker: Broker, orders: Running) -> None:
        self._broker = broker
        self._orders = orders

    async def say(self, *events: Event) -> None:
        """Say events, and wait until they are judged."""
        await self._broker.say(*events)
        await self._orders.quiet()

    async def books(self) -> dict[str, int]:
        """Give the books without their empty buckets."""
        answer = await self._orders.http.get("/v1/books", headers={"authorization": f"Bearer {OPERATOR_KEY}"})
        counts: dict[str, int] = answer.json()
        assert counts.keys() == NOTHING.keys()
        assert sum(counts.values()) == 2 * counts["accepted"]
        return {bucket: count for bucket, count in counts.items() if count}

    async def verdicts(self) -> dict[str, tuple[str, str | None]]:
        """Give the latest verdict on each record that was said to the adapter, by scan id."""
        latest: dict[str, tuple[str, str | None]] = {}
        for event in await self._broker.said("ORDERS"):
            if isinstance(event, ScansJudged):
                latest |= {str(one.scan_id): (one.verdict.value, one.reason) for one in event.judgements}
        return latest


@pytest.fixture
def feed(broker: Broker, orders: Running) -> Feed:
    """The feed."""
    return Feed(broker, orders)


async def place(shop: Seller, number: str, carrier: str = "Ninja Van") -> str:
    """Place an order whose parcel has a tracking number; gives its id."""
    order_id: str = (await shop.place())["id"]
    await shop.bind(order_id, number, carrier)
    return order_id


def timeline(order: dict[str, Any]) -> list[str]:
    return [scan["status"] for scan in order["parcels"][0]["timeline"]]


async def test_books_that_nothing_was_entered_in_are_all_there(feed: Feed) -> None:
    assert await feed.books() == {}


async def test_a_record_of_a_bound_parcel_is_applied_and_moves_it(feed: Feed, shop: Seller, clock: SteppedTime) -> None:
    order_id = await place(shop, "NV-1")
    scan = reported("nv 1", "in_transit", clock.advance(hours=1), place="Jurong hub")

    await feed.say(scan)

    order = await shop.order(order_id)
    assert (order["status"], order["parcels"][0]["place"]) == ("shipped", "in_transit")
    assert order["parcels"][0]["timeline"][0]["place"] == "Jurong hub"
    step = order["history"][-1]
    assert (step["trigger"], step["before"], step["after"]) == ("scans", "placed", "shipped")
    assert step["cause"]["scans"] == [str(scan.scan_id)]
    assert await feed.books() == {"applied": 1, "accepted": 1}
    assert await feed.verdicts() == {str(scan.scan_id): ("applied", None)}


async def test_a_note_is_applied_although_nothing_moves(feed: Feed, shop: Seller, clock: SteppedTime) -> None:
    order_id = await place(shop, "NV-1")

    await feed.say(reported("NV-1", "note", clock.advance(hours=1)))

    order = await shop.order(order_id)
    assert (order["status"], order["parcels"][0]["place"]) == ("placed", None)
    assert await feed.books() == {"applied": 1, "accepted": 1}


async def test_a_record_that_is_told_again_is_a_duplicate_whoever_tells_it(
    feed: Feed, shop: Seller, clock: SteppedTime
) -> None:
    """B12, B13."""
    order_id = await place(shop, "NV-1")
    at = clock.advance(hours=1)

    await feed.say(reported("NV-1", "in_transit", at), reported("NV-1", "in_transit", at, raw_text="in other words"))
    await feed.say(reported("NV-1", "in_transit", at, received_at=at + timedelta(days=40)))

    assert timeline(await shop.order(order_id)) == ["in_transit"]
    assert await feed.books() == {"applied": 1, "duplicate": 2, "accepted": 3}


async def test_a_corrected_record_takes_the_place_of_the_one_before(
    feed: Feed, shop: Seller, clock: SteppedTime
) -> None:
    """B14."""
    order_id = await place(shop, "NV-1")
    at = clock.advance(hours=1)
    wrong = reported("NV-1", "delivered", at, identity="ninjavan:event-7")
    right = reported("NV-1", "attempt_failed", at, identity="ninjavan:event-7", received_at=at + timedelta(minutes=5))

    await feed.say(wrong)
    assert (await shop.order(order_id))["status"] == "delivered"
    await feed.say(right)

    order = await shop.order(order_id)
    assert (order["status"], timeline(order)) == ("shipped", ["attempt_failed"])
    assert order["history"][-1]["cause"]["superseded"] == [str(wrong.scan_id)]
    assert await feed.books() == {"applied": 1, "superseded": 1, "accepted": 2}
    assert await feed.verdicts() == {
        str(wrong.scan_id): ("superseded", "corrected"),
        str(right.scan_id): ("applied", None),
    }


async def test_a_correction_that_overtakes_what_it_corrects_stands(
    feed: Feed, shop: Seller, clock: SteppedTime
) -> None:
    order_id = await place(shop, "NV-1")
    at = clock.advance(hours=1)
    right = reported("NV-1", "attempt_failed", at, identity="ninjavan:event-7", received_at=at + timedelta(minutes=5))

    await feed.say(right)
    await feed.say(reported("NV-1", "delivered", at, identity="ninjavan:event-7"))

    assert timeline(await shop.order(order_id)) == ["attempt_failed"]
    assert await feed.books() == {"applied": 1, "superseded": 1, "accepted": 2}


async def test_an_unknown_number_is_kept_and_folded_when_an_order_claims_it(
    feed: Feed, shop: Seller, clock: SteppedTime
) -> None:
    """B1."""
    at = clock.advance(hours=1)
    scans = [reported("NV-9", "picked_up", at), reported("NV-9", "in_transit", at + timedelta(minutes=1))]
    await feed.say(*scans)
    assert await feed.books() == {"unmatched": 2, "accepted": 2}

    clock.advance(hours=1)
    order_id = await place(shop, "nv-9")

    order = await shop.order(order_id)
    assert (order["status"], timeline(order)) == ("shipped", ["picked_up", "in_transit"])
    assert await feed.books() == {"applied": 2, "accepted": 2}
    await feed.say()
    assert set((await feed.verdicts()).values()) == {("applied", None)}


async def test_an_unknown_number_that_nobody_claims_is_let_go_after_30_days_and_still_counted(
    feed: Feed, orders: Running, start: Starter, clock: SteppedTime
) -> None:
    await feed.say(reported("NV-9", "in_transit", clock.advance(hours=1), place="somewhere"))
    await orders.stop()
    clock.advance(days=31)

    again = await start("orders", clock=clock, database_url=orders.database_url)  # it looks as it starts

    async def is_let_go() -> bool:
        [row] = await again.pool.fetch("SELECT verdict, reason, place FROM scans")
        return tuple(row) == ("refused", "never_claimed", None)

    await eventually(is_let_go)


async def test_another_carrier_s_scan_is_a_mix_up_that_moves_nothing_until_the_seller_confirms_it(
    feed: Feed, shop: Seller, clock: SteppedTime
) -> None:
    order_id = await place(shop, "NV-1")
    scan = reported("NV-1", "in_transit", clock.advance(hours=1), carrier="jtexpress", account="jt")

    await feed.say(scan)

    order = await shop.order(order_id)
    assert (order["status"], timeline(order)) == ("placed", [])
    assert (order["history"][-1]["trigger"], order["history"][-1]["cause"]["carrier"]) == ("mix_up", "jtexpress")
    assert await feed.books() == {"refused": 1, "accepted": 1}
    assert await feed.verdicts() == {str(scan.scan_id): ("refused", "mix_up")}

    order = await shop.act(order_id, "parcels/1/carriers", carrier="J&T Express")

    assert (order["status"], timeline(order)) == ("shipped", ["in_transit"])
    assert await feed.books() == {"applied": 1, "accepted": 1}
    await feed.say()
    assert await feed.verdicts() == {str(scan.scan_id): ("applied", None)}


async def test_a_recycled_number_s_old_scans_never_fold(feed: Feed, shop: Seller, clock: SteppedTime) -> None:
    """B27."""
    order_id = await place(shop, "NV-1")
    placed_at = clock.now
    too_old = reported("NV-1", "delivered", placed_at - timedelta(hours=24, seconds=1), received_at=placed_at)
    old_enough = reported("NV-1", "picked_up", placed_at - timedelta(hours=24), received_at=placed_at)

    await feed.say(too_old, old_enough)

    assert timeline(await shop.order(order_id)) == ["picked_up"]
    assert await feed.books() == {"applied": 1, "refused": 1, "accepted": 2}
    assert (await feed.verdicts())[str(too_old.scan_id)] == ("refused", "stale_binding")


async def test_a_scan_of_a_number_that_the_parcel_no_longer_has_is_refused(
    feed: Feed, shop: Seller, clock: SteppedTime
) -> None:
    order_id = await place(shop, "NV-1")
    clock.advance(hours=2)
    await shop.bind(order_id, "NV-2")

    late = reported("NV-1", "delivered", clock.advance(hours=2))
    await feed.say(late, reported("NV-1", "picked_up", clock.now - timedelta(hours=3), received_at=clock.now))

    assert timeline(await shop.order(order_id)) == ["picked_up"]
    assert (await feed.verdicts())[str(late.scan_id)] == ("refused", "stale_binding")


async def test_what_the_adapter_could_not_read_is_quarantined_once_and_applied_after_a_replay(
    feed: Feed, shop: Seller, clock: SteppedTime
) -> None:
    """B4."""
    order_id = await place(shop, "NV-1")
    at = clock.advance(hours=1)
    unmapped = not_understood(at, "unmapped_code", identity="ninjavan:event-8")
    again = not_understood(at, "unmapped_code", identity="ninjavan:event-8")

    await feed.say(unmapped, again, not_understood(at))
    assert await feed.books() == {"quarantined": 2, "duplicate": 1, "accepted": 3}

    await feed.say(reported("NV-1", "in_transit", at, scan_id=unmapped.scan_id, identity="ninjavan:event-8"))

    assert timeline(await shop.order(order_id)) == ["in_transit"]
    assert await feed.books() == {"applied": 1, "quarantined": 1, "duplicate": 1, "accepted": 3}


async def test_records_in_any_order_and_repeated_make_the_same_parcel(
    feed: Feed, shop: Seller, clock: SteppedTime
) -> None:
    """B17."""
    first, second = await place(shop, "NV-1"), await place(shop, "NV-2")
    start_at = clock.advance(hours=1)
    told = ["picked_up", "in_transit", "out_for_delivery", "attempt_failed", "delivered"]

    def scans(number: str) -> list[Event]:
        return [reported(number, status, start_at + timedelta(minutes=n)) for n, status in enumerate(told)]

    await feed.say(*scans("NV-1"))
    for scan in [*scans("NV-2")[::-1], *scans("NV-2")]:
        await feed.say(scan)

    one, other = await shop.order(first), await shop.order(second)
    assert timeline(one) == timeline(other) == told
    differing = {"timeline", "bindings"}
    assert {k: v for k, v in one["parcels"][0].items() if k not in differing} == {
        k: v for k, v in other["parcels"][0].items() if k not in differing
    }
    assert (one["status"], other["status"]) == ("delivered", "delivered")
    assert await feed.books() == {"applied": 10, "duplicate": 5, "accepted": 15}


async def test_the_books_balance_whatever_comes_in_one_batch(feed: Feed, shop: Seller, clock: SteppedTime) -> None:
    await place(shop, "NV-1")
    at = clock.advance(hours=1)
    late = at + timedelta(minutes=1)

    await feed.say(
        reported("NV-1", "picked_up", at),
        reported("NV-1", "picked_up", at),
        reported("NV-1", "in_transit", at, carrier="jtexpress"),
        reported("NV-1", "delivered", at - timedelta(days=60)),
        reported("NV-404", "delivered", at),
        reported("NV-1", "out_for_delivery", at, identity="ninjavan:event-9"),
        reported("NV-1", "out_for_delivery", late, identity="ninjavan:event-9", received_at=late),
        not_understood(at),
        read_through(at, 8),
    )

    assert await feed.books() == {
        "applied": 2,
        "duplicate": 1,
        "superseded": 1,
        "unmatched": 1,
        "quarantined": 1,
        "refused": 2,
        "accepted": 8,
    }


async def test_a_scan_after_a_cancellation_changes_nothing_but_is_on_record(
    feed: Feed, shop: Seller, clock: SteppedTime, broker: Broker
) -> None:
    """B21."""
    order_id = await place(shop, "NV-1")
    await shop.act(order_id, "cancel", by="seller", reason="no stock")

    await feed.say(reported("NV-1", "delivered", clock.now))

    order = await shop.order(order_id)
    assert (order["status"], len(order["refunds"])) == ("cancelled", 1)
    assert timeline(order) == ["delivered"]
    assert await feed.books() == {"applied": 1, "accepted": 1}


async def test_a_number_that_looks_like_a_subject_or_a_path_is_only_a_number(
    feed: Feed, clock: SteppedTime, broker: Broker
) -> None:
    """B3."""
    at = clock.advance(hours=1)
    numbers = ["../../X", "ORDERS.>", "*", "A B", "X\r\nPUB Y", "🚚", "'; DROP TABLE scans; --", "X" * 4096]

    await feed.say(*(reported("X1", "in_transit", at, tracking_number=one, identity=one) for one in numbers))

    assert await feed.books() == {"unmatched": len(numbers), "accepted": len(numbers)}
    assert {subject for subject, _ in await broker.bodies("ORDERS")} <= {
        "orders.v1.scans_judged",
        "orders.v1.parcels_unheard",
        "orders.v1.policy_published",
    }
