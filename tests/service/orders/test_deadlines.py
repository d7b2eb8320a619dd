"""Deadlines are proposals: judged once every push accepted before they were due is, if their facts still hold."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.deadlines.v1 import RULE, DeadlineDue, DeadlineKind
from contracts.orders.v1 import OrderChanged
from support.scans import not_understood, read_through, reported
from support.selling import Seller, open_shop
from support.servers import Broker
from support.services import Running, Starter, SteppedTime
from support.waiting import eventually

NO_SCAN = {"order.first_physical_at": None}


@pytest.fixture
async def orders(start: Starter, clock: SteppedTime) -> Running:
    """An `orders` of the test's own, on the stepped clock."""
    return await start("orders", clock=clock)


@pytest.fixture
async def shop(orders: Running) -> Seller:
    """The seller of a shop in it."""
    return await open_shop(orders.pool, orders.service.clock, orders.http)


def due(
    order: dict[str, Any],
    kind: DeadlineKind,
    at: datetime,
    rests_on: dict[str, Any],
    *,
    parcel: int | None = None,
    epoch: int = 1,
) -> DeadlineDue:
    """Propose a deadline of an order, as `deadline-watcher` does."""
    return DeadlineDue(
        event_id=uuid4(),
        occurred_at=at,
        kind=kind,
        rule=RULE[kind],
        order_id=UUID(order["id"]),
        shop_id=uuid4(),
        parcel=parcel,
        due_at=at,
        epoch=epoch,
        policy_version=1,
        order_version=order["version"],
        rests_on=rests_on,
    )


def auto_cancel(order: dict[str, Any], at: datetime, **told: Any) -> DeadlineDue:
    """Propose D5: no physical scan of any parcel."""
    return due(order, DeadlineKind.TRACKING_UPDATE, at, NO_SCAN, **told)


async def taken(broker: Broker) -> None:
    """Wait until `orders` has taken all that was said to it."""

    async def nothing_left() -> bool:
        return sum([await broker.unacknowledged(stream, "orders") for stream in ("SCANS", "DEADLINES")]) == 0

    await eventually(nothing_left)


async def test_a_proposal_waits_for_the_watermark_and_is_judged_once_it_has_passed(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    due_at = clock.advance(days=15)
    await broker.say(auto_cancel(order, due_at))
    await broker.say(read_through(due_at - timedelta(microseconds=1), 0))
    await taken(broker)
    assert (await shop.order(order["id"]))["status"] == "placed"
    assert await orders.pool.fetchval("SELECT count(*) FROM proposals") == 1

    await broker.say(read_through(due_at, 0))
    await orders.quiet()

    after = await shop.order(order["id"])
    assert (after["status"], after["cancelled_at"] is not None) == ("cancelled", True)
    assert [(one["cause"], one["amount"], one["state"]) for one in after["refunds"]] == [("cancelled", "32.00", "due")]
    step = after["history"][-1]
    assert (step["trigger"], step["before"], step["after"]) == ("tracking_update", "placed", "cancelled")
    assert {name: step["cause"][name] for name in ("rule", "epoch", "policy_version", "rests_on")} == {
        "rule": "D5",
        "epoch": 1,
        "policy_version": 1,
        "rests_on": NO_SCAN,
    }


async def test_a_proposal_that_comes_after_its_watermark_is_judged_at_once(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    due_at = clock.advance(days=15)
    await broker.say(read_through(due_at + timedelta(hours=1), 0))
    await taken(broker)

    await broker.say(auto_cancel(order, due_at))
    await orders.quiet()

    assert (await shop.order(order["id"]))["status"] == "cancelled"


async def test_a_scan_that_was_judged_in_the_meantime_voids_the_proposal_on_record(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    await shop.bind(order["id"], "NV-1")
    due_at = clock.advance(days=15)
    await broker.say(auto_cancel(order, due_at))
    await taken(broker)

    await broker.say(
        reported("NV-1", "in_transit", due_at - timedelta(hours=1), received_at=due_at - timedelta(minutes=1)),
        read_through(due_at, 1),
    )
    await orders.quiet()

    after = await shop.order(order["id"])
    assert (after["status"], after["refunds"]) == ("shipped", [])
    [step] = [step for step in after["history"] if step["trigger"] == "tracking_update"]
    assert (step["before"], step["after"]) == ("shipped", "shipped")
    assert step["cause"]["dropped"] == "no longer so: order.first_physical_at"


async def test_a_watermark_that_overtakes_the_records_it_counts_is_not_relied_on_until_they_are_there(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    await shop.bind(order["id"], "NV-1")
    due_at = clock.advance(days=15)
    before = due_at - timedelta(hours=1)
    await broker.say(auto_cancel(order, due_at), read_through(due_at, 3))
    await broker.say(reported("NV-2", "in_transit", before), not_understood(before))  # two of the three
    await taken(broker)
    assert (await shop.order(order["id"]))["status"] == "placed"

    await broker.say(reported("NV-1", "picked_up", before))
    await orders.quiet()

    after = await shop.order(order["id"])
    assert after["status"] == "placed"
    assert after["history"][-1]["cause"]["dropped"] == "no longer so: order.first_physical_at"


async def test_records_that_come_twice_do_not_count_twice(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    await shop.bind(order["id"], "NV-1")
    due_at = clock.advance(days=15)
    before = due_at - timedelta(hours=1)
    other = reported("NV-2", "in_transit", before)
    await broker.say(auto_cancel(order, due_at), read_through(due_at, 2), other)
    await broker.put(other.subject, other.model_dump_json().encode())  # redelivered under another message id
    await taken(broker)
    assert (await shop.order(order["id"]))["status"] == "placed"

    await broker.say(reported("NV-1", "picked_up", before))
    await orders.quiet()

    assert (await shop.order(order["id"]))["status"] == "placed"


async def test_an_older_watermark_does_not_take_back_what_a_newer_one_said(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    due_at = clock.advance(days=15)
    await broker.say(read_through(due_at, 0), read_through(due_at - timedelta(days=1), 0))
    await taken(broker)

    await broker.say(auto_cancel(order, due_at))
    await orders.quiet()

    assert (await shop.order(order["id"]))["status"] == "cancelled"


async def test_a_proposal_that_comes_twice_is_judged_once(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    due_at = clock.advance(days=15)
    proposal = auto_cancel(order, due_at)
    again = auto_cancel(order, due_at)  # the same deadline, as a watcher says it that forgot that it had

    await broker.say(proposal, read_through(due_at, 0))
    await orders.quiet()
    await broker.put(proposal.subject, proposal.model_dump_json().encode())
    await broker.say(again)
    await orders.quiet()

    after = await shop.order(order["id"])
    assert len(after["refunds"]) == 1
    steps = [step for step in after["history"] if step["trigger"] == "tracking_update"]
    assert [step["before"] for step in steps] == ["placed", "cancelled"]
    assert "dropped" in steps[1]["cause"]
    told = [
        one.happening.value
        for event in await broker.said("ORDERS")
        if isinstance(event, OrderChanged)
        for one in event.occurrences
    ]
    assert told.count("cancelled") == 1


async def test_a_proposal_for_an_order_that_is_not_there_holds_nobody_up(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    due_at = clock.advance(days=15)
    unknown = {"id": str(uuid4()), "version": 1}

    await broker.say(auto_cancel(unknown, due_at), auto_cancel(order, due_at), read_through(due_at, 0))
    await orders.quiet()

    assert (await shop.order(order["id"]))["status"] == "cancelled"


async def test_a_proposal_that_cannot_be_judged_is_put_aside_and_the_others_are_judged(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    other = await open_shop(orders.pool, orders.service.clock, orders.http)
    broken = await other.place()
    await orders.pool.execute(
        "UPDATE policies SET terms = '{\"auto_cancel_days\": 0}' WHERE shop_id = $1", UUID(other.shop_id)
    )
    due_at = clock.advance(days=15)
    spoiled = auto_cancel(broken, due_at)

    await broker.say(spoiled, auto_cancel(order, due_at), read_through(due_at, 0))
    await orders.quiet()

    assert (await shop.order(order["id"]))["status"] == "cancelled"
    [row] = await orders.pool.fetch("SELECT stream, subject, event_id FROM quarantine")
    assert tuple(row) == ("DEADLINES", "deadlines.v1.tracking_update", spoiled.event_id)


async def test_proposals_that_are_due_together_are_judged_in_the_order_they_were_due(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    """D4 presumes it lost; D9, which rests on that, gives it up: both are judged in one go after an outage."""
    order = await shop.place()
    await shop.ship(order["id"], "NV-1")
    await broker.say(reported("NV-1", "picked_up", clock.advance(hours=1)))
    await orders.quiet()
    lost_at = clock.advance(days=12)
    lost = {"parcel.lost_at": None, "parcel.delivered_at": None}
    still_lost = {"parcel.lost_at": lost_at.isoformat().replace("+00:00", "Z")}
    given_up_at = clock.advance(hours=24)
    facts = {"epoch": 1, "parcel": 1}

    await broker.say(
        due(order, DeadlineKind.ABNORMAL_GRACE, given_up_at, still_lost, **facts),
        due(order, DeadlineKind.ACKNOWLEDGMENT, lost_at, lost, **facts),
    )
    await taken(broker)  # both wait for the watermark
    await broker.say(read_through(given_up_at, 1))
    await orders.quiet()

    after = await shop.order(order["id"])
    assert after["status"] == "cancelled"
    assert [step["trigger"] for step in after["history"]][-3:] == ["acknowledgment", "abnormal_grace", "abnormal_grace"]


async def test_a_scan_of_before_the_due_time_that_is_pushed_after_the_cancellation_changes_nothing(
    broker: Broker, shop: Seller, orders: Running, clock: SteppedTime
) -> None:
    order = await shop.place()
    await shop.bind(order["id"], "NV-1")
    due_at = clock.advance(days=15)
    await broker.say(auto_cancel(order, due_at), read_through(due_at, 0))
    await orders.quiet()

    clock.advance(hours=1)
    late = reported("NV-1", "in_transit", due_at - timedelta(hours=1), received_at=clock.now)
    await broker.say(late)
    await orders.quiet()

    after = await shop.order(order["id"])
    assert (after["status"], len(after["refunds"])) == ("cancelled", 1)
    changes = [event for event in await broker.said("ORDERS") if isinstance(event, OrderChanged)]
    assert [one.happening for one in changes[-1].occurrences] == ["scanned_after_cancellation"]
