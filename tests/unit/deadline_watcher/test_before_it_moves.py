"""The deadlines of an order that nobody moves yet: D1, D2, D5 after a tracking update, D13. Hours count from placement.

Monday 08:00 UTC is hour 0; a day has 24 hours unless the policy says business days.
"""

from typing import Any

import pytest

from contracts.deadlines.v1 import DeadlineKind as K
from contracts.orders.v1 import OrderState, OrderStatus
from deadline_watcher.deadlines import deadlines_of, needs_tracking_update
from unit.deadline_watcher.standing import deadline, due, seen, standing, still_holds

DAY = 24
CANCELLED: dict[str, Any] = {"status": OrderStatus.CANCELLED, "cancelled_at": 90}
COLLECTED: dict[str, Any] = {"collected_at": 12, "first_physical_at": 12}

D1 = standing()
D2 = standing(seen(), tiktok=True, **COLLECTED)
D13 = standing({"handed_over_at": 20})


@pytest.mark.parametrize("tiktok", [False, True], ids=["by seller", "by tiktok"])
@pytest.mark.parametrize("status", [OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PROCESSED])
def test_d1_every_order_is_to_be_shipped_120_hours_after_placement(tiktok: bool, status: OrderStatus) -> None:
    assert due(standing(tiktok=tiktok, status=status), K.SHIP_BY, None) == 120


def test_d1_stays_while_only_a_collection_was_seen() -> None:
    assert due(standing(seen(), **COLLECTED), K.SHIP_BY, None) == 120


@pytest.mark.parametrize(
    "facts",
    [
        {"shipped_at": 90},
        {"status": OrderStatus.PROCESSED, "shipped_at": 90},  # by a scan: the instant alone says so
        CANCELLED,
    ],
    ids=["shipped", "shipped by a scan", "cancelled"],
)
@pytest.mark.parametrize(("kind", "collected"), [(K.SHIP_BY, {}), (K.MARK_SHIPPED, COLLECTED)], ids=["D1", "D2"])
def test_d1_and_d2_are_cleared_by_shipped_and_cancelled(
    facts: dict[str, Any], kind: K, collected: dict[str, Any]
) -> None:
    proposed = deadline(standing(tiktok=True, **collected), kind, None)
    assert proposed is not None

    after = standing(tiktok=True, **collected, **facts)

    assert deadline(after, kind, None) is None
    assert not still_holds(proposed, after)


def test_d2_ship_by_tiktok_is_to_be_marked_shipped_48_hours_after_the_collection_scan() -> None:
    assert due(D2, K.MARK_SHIPPED, None) == 12 + 48


def test_d2_counts_from_the_first_parcel_that_was_collected() -> None:
    state = standing(seen(30), seen(12), {}, tiktok=True, **COLLECTED)

    assert due(state, K.MARK_SHIPPED, None) == 12 + 48
    assert [one.kind for one in deadlines_of(state)].count(K.MARK_SHIPPED) == 1


@pytest.mark.parametrize(
    "state",
    [standing(seen(), **COLLECTED), standing({"first_physical_at": 12}, tiktok=True, first_physical_at=12)],
    ids=["by seller", "no collection scan"],
)
def test_d2_applies_to_nothing_else(state: OrderState) -> None:
    assert deadline(state, K.MARK_SHIPPED, None) is None


def test_d2_moves_when_an_earlier_collection_becomes_known() -> None:
    proposed = deadline(D2, K.MARK_SHIPPED, None)
    assert proposed is not None

    after = standing(seen(10), tiktok=True, collected_at=10, first_physical_at=10)

    assert due(after, K.MARK_SHIPPED, None) == 10 + 48
    assert not still_holds(proposed, after)


@pytest.mark.parametrize(
    ("facts", "hour"),
    [
        ({"handed_over_at": 20}, 20 + 48),
        ({"pickup_asked_at": 14}, 14 + 48),
        ({"pickup_asked_at": 14, "handed_over_at": 20}, 20 + 48),
        ({"pickup_asked_at": 31, "handed_over_at": 20}, 31 + 48),
    ],
    ids=["handed over", "pick-up asked for", "asked, then handed over", "handed over, then asked"],
)
@pytest.mark.parametrize("tiktok", [False, True], ids=["by seller", "by tiktok"])
def test_d13_what_was_handed_over_is_scanned_within_48_hours(facts: dict[str, Any], hour: float, tiktok: bool) -> None:
    assert due(standing(facts, tiktok=tiktok, shipped_at=21), K.COLLECTION) == hour


def test_d13_waits_for_no_parcel_that_was_given_to_nobody() -> None:
    assert deadline(standing(shipped_at=21), K.COLLECTION) is None


@pytest.mark.parametrize("fact", ["first_physical_at", "closed_at", "delivered_at"])
def test_d13_is_cleared_by_a_scan_a_closing_and_a_delivery(fact: str) -> None:
    proposed = deadline(D13, K.COLLECTION)
    assert proposed is not None

    after = standing({"handed_over_at": 20, fact: 60})

    assert deadline(after, K.COLLECTION) is None
    assert not still_holds(proposed, after)


def test_d13_is_cleared_by_a_cancellation() -> None:
    proposed = deadline(D13, K.COLLECTION)
    assert proposed is not None

    after = standing({"handed_over_at": 20}, **CANCELLED)

    assert deadline(after, K.COLLECTION) is None
    assert not still_holds(proposed, after)


def test_d13_each_parcel_waits_for_itself() -> None:
    state = standing({"handed_over_at": 20}, seen(12, handed_over_at=10), {"handed_over_at": 30}, {}, **COLLECTED)

    assert [due(state, K.COLLECTION, number) for number in (1, 2, 3, 4)] == [20 + 48, None, 30 + 48, None]


def test_d13_a_second_hand_over_is_a_new_wait() -> None:
    proposed = deadline(D13, K.COLLECTION)
    assert proposed is not None

    after = standing({"handed_over_at": 66})

    assert due(after, K.COLLECTION) == 66 + 48
    assert not still_holds(proposed, after)


def test_d5_begins_anew_at_the_sellers_tracking_update() -> None:
    """R23: it clears D5 once."""
    proposed = deadline(standing(), K.TRACKING_UPDATE, None)
    assert proposed is not None

    after = standing(updated_at=200)

    assert due(after, K.TRACKING_UPDATE, None) == 200 + 15 * DAY
    assert not still_holds(proposed, after)


def test_d5_after_an_update_is_still_never_less_than_3_days_after_shipped() -> None:
    assert due(standing(updated_at=10, shipped_at=360), K.TRACKING_UPDATE, None) == 360 + 3 * DAY


def test_d5_after_an_update_is_cleared_by_the_first_scan() -> None:
    assert deadline(standing(seen(), updated_at=200, **COLLECTED), K.TRACKING_UPDATE, None) is None


def test_d5_an_update_clears_nothing_where_the_policy_says_so() -> None:
    policy = {"seller_update_clears_auto_cancel": False}
    proposed = deadline(standing(policy=policy), K.TRACKING_UPDATE, None)
    assert proposed is not None

    after = standing(policy=policy, updated_at=200)

    assert due(after, K.TRACKING_UPDATE, None) == 15 * DAY
    assert still_holds(proposed, after)


@pytest.mark.parametrize("clears_auto_cancel", [True, False])
def test_d6_is_cleared_by_the_sellers_tracking_update_whatever_it_does_to_d5(clears_auto_cancel: bool) -> None:
    policy = {"seller_update_clears_auto_cancel": clears_auto_cancel}

    assert needs_tracking_update(standing(policy=policy))
    assert not needs_tracking_update(standing(policy=policy, updated_at=200))


@pytest.mark.parametrize(
    "facts", [{"first_physical_at": 12}, {"status": OrderStatus.CANCELLED, "cancelled_at": 12}], ids=["scan", "off"]
)
def test_d6_ends_with_the_first_scan_and_a_cancellation(facts: dict[str, Any]) -> None:
    assert not needs_tracking_update(standing(**facts))


@pytest.mark.parametrize("status", [OrderStatus.DELIVERED, OrderStatus.RETURNED])
def test_d5_and_d6_are_not_for_what_came_though_nobody_scanned_it(status: OrderStatus) -> None:
    """R22: the buyer confirmed it."""
    state = standing({"delivered_at": 90}, shipped_at=6, status=status)

    assert deadline(state, K.TRACKING_UPDATE, None) is None
    assert not needs_tracking_update(state)


def test_the_policy_gives_every_number() -> None:
    policy = {"ship_by_hours": 50, "mark_shipped_hours": 7, "collection_hours": 9, "auto_cancel_days": 4}
    state = standing(seen(), {"handed_over_at": 20}, tiktok=True, policy=policy, collected_at=12, first_physical_at=12)

    assert due(state, K.SHIP_BY, None) == 50
    assert due(state, K.MARK_SHIPPED, None) == 12 + 7
    assert due(state, K.COLLECTION, 2) == 20 + 9
    assert due(standing(policy=policy, updated_at=30), K.TRACKING_UPDATE, None) == 30 + 4 * DAY


def test_hours_are_hours_also_where_days_are_business_days() -> None:
    """Monday 08:00 + 120 h is Saturday 08:00; 15 business days after Tuesday 08:00 is a Tuesday, three weeks on."""
    policy = {"business_days": True}
    collected = standing(seen(96), {"handed_over_at": 96}, tiktok=True, policy=policy, collected_at=96)

    assert due(collected, K.SHIP_BY, None) == 120
    assert due(collected, K.MARK_SHIPPED, None) == 96 + 48
    assert due(collected, K.COLLECTION, 2) == 96 + 48
    assert due(standing(policy=policy, updated_at=24), K.TRACKING_UPDATE, None) == 24 + 21 * DAY
