"""Each deadline of RULES: when it is due, what it is counted from, what clears it. Hours count from placement."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.deadlines.v1 import DeadlineKind as K
from contracts.orders.v1 import OrderState, OrderStatus, ParcelState
from contracts.policy import Policy
from contracts.vocabulary import ScanStatus
from deadline_watcher.deadlines import deadlines_of
from unit.deadline_watcher.standing import at, deadline, due, hours_of, seen, standing, still_holds

DAY = 24

D3_BY_SELLER = standing(seen(), promised_at=96, shipped_at=6, first_physical_at=12)
D3_COLLECTED = standing(seen(), tiktok=True, shipped_at=6, first_physical_at=12)
D4 = standing(seen(), shipped_at=6, first_physical_at=12)
D5 = standing()
D7 = standing(seen(delayed_at=156), tiktok=True, shipped_at=6, first_physical_at=12)
D9_LOST = standing(seen(lost_at=78), shipped_at=6, first_physical_at=12)
D9_DAMAGED = standing(seen(damaged_at=48), shipped_at=6, first_physical_at=12)
D10 = standing(seen(awaiting_signature_at=54), tiktok=True, shipped_at=6, first_physical_at=12)

RULES = [
    (D3_BY_SELLER, K.DELIVERY_PERIOD, 96, "D3: the promised date of any order"),
    (standing(promised_at=96), K.DELIVERY_PERIOD, 96, "D3: also of one that nobody has shipped yet"),
    (standing(seen(), tiktok=True, promised_at=96), K.DELIVERY_PERIOD, 96, "D3: a promise before the period"),
    (D3_COLLECTED, K.DELIVERY_PERIOD, 12 + 6 * DAY, "D3: Ship by TikTok, 6 x 24 h from collection"),
    (D4, K.ACKNOWLEDGMENT, 12 * DAY, "D4: 12 days from placement"),
    (
        standing(seen(280), shipped_at=277, first_physical_at=280),
        K.ACKNOWLEDGMENT,
        277 + 3 * DAY,
        "D4: never less than 3 days after Shipped",
    ),
    (standing(seen(), shipped_at=216, first_physical_at=12), K.ACKNOWLEDGMENT, 12 * DAY, "D4: 3 days after, exactly"),
    (D5, K.TRACKING_UPDATE, 15 * DAY, "D5: 15 days from placement"),
    (standing(tiktok=True), K.TRACKING_UPDATE, 15 * DAY, "D5: both types"),
    (standing(shipped_at=6), K.TRACKING_UPDATE, 15 * DAY, "D5: marked shipped early"),
    (standing(shipped_at=350), K.TRACKING_UPDATE, 350 + 3 * DAY, "D5: never less than 3 days after Shipped"),
    (D7, K.DELAY_GRACE, 156 + 72, "D7: 72 h after Delayed"),
    (D9_LOST, K.ABNORMAL_GRACE, 78 + 24, "D9: 24 h after Lost"),
    (D9_DAMAGED, K.ABNORMAL_GRACE, 48 + 24, "D9: 24 h after Damaged"),
    (standing(seen(damaged_at=48, lost_at=60)), K.ABNORMAL_GRACE, 72, "D9: after the first of both"),
    (
        standing(seen(damaged_at=48, moved_at=50, lost_at=60)),
        K.ABNORMAL_GRACE,
        84,
        "D9: it moved after the damage, and then was lost",
    ),
    (D10, K.SIGNATURE, 54 + 72, "D10: 72 h after it was delivered unsigned"),
]


@pytest.mark.parametrize(("state", "kind", "hour", "rule"), RULES, ids=[rule for *_, rule in RULES])
def test_due_times_are_as_the_rules_give_them(state: OrderState, kind: K, hour: float, rule: str) -> None:
    parcel = None if kind is K.TRACKING_UPDATE else 1

    assert due(state, kind, parcel) == hour


NOT = [
    (standing(seen(), shipped_at=6, first_physical_at=12), K.DELIVERY_PERIOD, "D3: Ship by Seller without a promise"),
    (standing(tiktok=True), K.DELIVERY_PERIOD, "D3: Ship by TikTok before any carrier has it"),
    (standing(seen(), tiktok=True, shipped_at=6, first_physical_at=12), K.ACKNOWLEDGMENT, "D4: Ship by TikTok"),
    (standing(seen(), first_physical_at=12), K.ACKNOWLEDGMENT, "D4: not Shipped"),
    (standing(shipped_at=6), K.ACKNOWLEDGMENT, "D4: no physical scan"),
    (standing(seen(delayed_at=96), promised_at=96, shipped_at=6), K.DELAY_GRACE, "D7: Ship by Seller only informs"),
    (standing(seen(carrier_delay=True), tiktok=True), K.DELAY_GRACE, "D7: a carrier's own delay"),
    (standing(seen()), K.ABNORMAL_GRACE, "D9: neither lost nor damaged"),
    (standing(seen(), tiktok=True), K.SIGNATURE, "D10: nothing is delivered"),
]


@pytest.mark.parametrize(("state", "kind", "case"), NOT, ids=[case for *_, case in NOT])
def test_a_deadline_applies_to_nothing_else(state: OrderState, kind: K, case: str) -> None:
    assert due(state, kind) is None


SETTLED = {"delivered_at": 90, "awaiting_signature_at": 90, "returning_at": 90, "closed_at": 90}
SIGNED = {"delivered_at": 100, "awaiting_signature_at": None}
CLEARED: list[tuple[OrderState, K, dict[str, Any]]] = [
    *((D3_BY_SELLER, K.DELIVERY_PERIOD, {name: hour}) for name, hour in SETTLED.items()),
    *((D3_COLLECTED, K.DELIVERY_PERIOD, {name: hour}) for name, hour in SETTLED.items()),
    (D3_COLLECTED, K.DELIVERY_PERIOD, {"delayed_at": 156}),
    *((D4, K.ACKNOWLEDGMENT, {name: hour}) for name, hour in SETTLED.items()),
    (D4, K.ACKNOWLEDGMENT, {"lost_at": 78}),
    *((D7, K.DELAY_GRACE, {name: hour}) for name, hour in SETTLED.items()),
    *((D9_LOST, K.ABNORMAL_GRACE, {name: hour}) for name, hour in SETTLED.items()),
    (D9_LOST, K.ABNORMAL_GRACE, {"moved_at": 90, "lost_at": None}),
    (D9_DAMAGED, K.ABNORMAL_GRACE, {"moved_at": 50}),
    (D10, K.SIGNATURE, SIGNED),
    (D10, K.SIGNATURE, {"returning_at": 90, "awaiting_signature_at": None}),
    (D10, K.SIGNATURE, {"disputed_at": 90}),
]


@pytest.mark.parametrize(("state", "kind", "facts"), CLEARED, ids=[f"{k}: {'+'.join(f)}" for _, k, f in CLEARED])
def test_what_clears_a_deadline_ends_it_and_voids_a_proposal_that_is_on_its_way(
    state: OrderState, kind: K, facts: dict[str, Any]
) -> None:
    proposed = deadline(state, kind)
    assert proposed is not None
    assert still_holds(proposed, state)

    after = with_parcel(state, facts)

    assert deadline(after, kind) is None
    assert not still_holds(proposed, after)


@pytest.mark.parametrize(
    "facts",
    [{"first_physical_at": 12}, {"status": OrderStatus.CANCELLED, "cancelled_at": 12}],
    ids=["scan", "cancelled"],
)
def test_the_first_physical_scan_and_a_cancellation_clear_d5(facts: dict[str, Any]) -> None:
    proposed = deadline(D5, K.TRACKING_UPDATE, None)
    assert proposed is not None

    after = standing(**facts)

    assert deadline(after, K.TRACKING_UPDATE, None) is None
    assert not still_holds(proposed, after)


@pytest.mark.parametrize(("state", "kind", "hour", "rule"), RULES, ids=[rule for *_, rule in RULES])
def test_a_cancelled_order_has_no_deadline_and_its_proposals_are_void(
    state: OrderState, kind: K, hour: float, rule: str
) -> None:
    proposed = deadlines_of(state)

    after = state.model_copy(update={"status": OrderStatus.CANCELLED, "cancelled_at": at(1)})

    assert deadlines_of(after) == []
    assert not any(still_holds(one, after) for one in proposed)


@pytest.mark.parametrize(("state", "kind", "hour", "rule"), RULES, ids=[rule for *_, rule in RULES])
def test_what_a_deadline_does_not_rest_on_may_change(state: OrderState, kind: K, hour: float, rule: str) -> None:
    proposed = deadlines_of(state)

    unrelated = {"place": ScanStatus.OUT_FOR_DELIVERY, "place_at": at(20), "attempts": 1, "estimated_at": at(90)}
    after = with_parcel(state, unrelated).model_copy(update={"version": 9, "badge": None, "refundable": True})

    assert all(still_holds(one, after) for one in proposed)


def test_marking_shipped_moves_d5_and_voids_what_was_proposed_before() -> None:
    proposed = deadline(D5, K.TRACKING_UPDATE, None)
    assert proposed is not None

    after = standing(shipped_at=359)

    assert due(after, K.TRACKING_UPDATE, None) == 359 + 3 * DAY
    assert not still_holds(proposed, after)


def test_the_policy_that_came_with_the_order_gives_every_number() -> None:
    policy = {
        "auto_cancel_days": 10,
        "auto_cancel_after_shipped_days": 1,
        "acknowledgment_days": 8,
        "acknowledgment_after_shipped_days": 2,
        "delivery_period_hours": 100,
        "delivery_period_hours_by_service": {"express": 30},
        "delay_grace_hours": 5,
        "abnormal_grace_hours": 7,
        "signature_hours": 9,
    }

    def given(*parcels: dict[str, Any], tiktok: bool = False, **order: Any) -> OrderState:
        return standing(*parcels, tiktok=tiktok, policy=policy, **order)

    assert due(given(), K.TRACKING_UPDATE, None) == 10 * DAY
    assert due(given(shipped_at=239), K.TRACKING_UPDATE, None) == 239 + DAY
    assert due(given(seen(), shipped_at=6, first_physical_at=12), K.ACKNOWLEDGMENT) == 8 * DAY
    assert due(given(seen(), shipped_at=180, first_physical_at=12), K.ACKNOWLEDGMENT) == 180 + 2 * DAY
    assert due(given(seen(), tiktok=True), K.DELIVERY_PERIOD) == 12 + 100
    assert due(given(seen(), tiktok=True, service="express"), K.DELIVERY_PERIOD) == 12 + 30
    assert due(given(seen(), tiktok=True, service="slow"), K.DELIVERY_PERIOD) == 12 + 100
    assert due(given(seen(delayed_at=50), tiktok=True), K.DELAY_GRACE) == 55
    assert due(given(seen(lost_at=50)), K.ABNORMAL_GRACE) == 57
    assert due(given(seen(awaiting_signature_at=50), tiktok=True), K.SIGNATURE) == 59


def test_each_parcel_has_its_own_deadlines() -> None:
    state = standing(seen(12, lost_at=78), seen(30), seen(14, delivered_at=60), tiktok=True, first_physical_at=12)

    found = {(one.kind, one.parcel): hours_of(one.due_at) for one in deadlines_of(state) if one.parcel}

    assert found == {
        (K.DELIVERY_PERIOD, 1): 12 + 144,
        (K.ABNORMAL_GRACE, 1): 78 + 24,
        (K.DELIVERY_PERIOD, 2): 30 + 144,
    }


def test_a_proposal_about_one_parcel_does_not_rest_on_another() -> None:
    before = standing(seen(), seen(), shipped_at=6, first_physical_at=12)
    proposed = deadline(before, K.ACKNOWLEDGMENT, 2)
    assert proposed is not None

    after = standing(seen(delivered_at=60), seen(), shipped_at=6, first_physical_at=12)

    assert still_holds(proposed, after)


def test_a_parcel_that_no_carrier_sees_while_its_sister_moves_does_not_wait_for_ever() -> None:
    by_seller = standing(seen(12), {}, shipped_at=6, first_physical_at=12)
    by_tiktok = standing(seen(12), {}, tiktok=True, shipped_at=6, first_physical_at=12)

    assert due(by_seller, K.ACKNOWLEDGMENT, 2) == 12 * DAY
    assert due(by_tiktok, K.DELIVERY_PERIOD, 2) == 12 + 6 * DAY


def test_where_no_collection_is_reported_the_first_scan_starts_the_period_until_it_is() -> None:
    moving = {"first_physical_at": 24, "moved_at": 24}
    state = standing(moving, tiktok=True, shipped_at=24, first_physical_at=24)
    proposed = deadline(state, K.DELIVERY_PERIOD)
    assert proposed is not None
    assert hours_of(proposed.due_at) == 24 + 144

    after = standing(seen(12), tiktok=True, shipped_at=24, first_physical_at=12)

    assert due(after, K.DELIVERY_PERIOD) == 12 + 144
    assert not still_holds(proposed, after)


def test_a_lost_parcel_that_was_found_has_its_days_again_from_its_last_movement() -> None:
    assert due(standing(seen(moved_at=300), shipped_at=6, first_physical_at=12), K.ACKNOWLEDGMENT) == 300 + 12 * DAY
    assert due(standing(seen(moved_at=288), shipped_at=6, first_physical_at=12), K.ACKNOWLEDGMENT) == 288


SINGAPORE, NEW_YORK = "Asia/Singapore", "America/New_York"


@pytest.mark.parametrize(
    ("start", "days", "zone", "end"),
    [
        ("2026-03-02T08:00:00+08:00", 1, SINGAPORE, "2026-03-03T08:00:00+08:00"),
        ("2026-03-06T15:00:00+08:00", 1, SINGAPORE, "2026-03-09T15:00:00+08:00"),
        ("2026-03-07T10:00:00+08:00", 1, SINGAPORE, "2026-03-09T10:00:00+08:00"),
        ("2026-03-08T10:00:00+08:00", 3, SINGAPORE, "2026-03-11T10:00:00+08:00"),
        ("2026-03-02T08:00:00+08:00", 15, SINGAPORE, "2026-03-23T08:00:00+08:00"),
        # It is Friday in New York, and Saturday already in UTC.
        ("2026-03-07T01:00:00+00:00", 1, NEW_YORK, "2026-03-09T20:00:00-04:00"),
        # The clocks go forward in between: the same hour of the wall.
        ("2026-03-06T09:00:00-05:00", 2, NEW_YORK, "2026-03-10T09:00:00-04:00"),
        ("2026-03-02T08:00:00+08:00", 0, SINGAPORE, "2026-03-02T08:00:00+08:00"),
    ],
)
def test_business_days_are_monday_to_friday_in_the_shops_zone(start: str, days: int, zone: str, end: str) -> None:
    policy = Policy(business_days=True, zone=zone)

    assert policy.days_after(datetime.fromisoformat(start).astimezone(UTC), days) == datetime.fromisoformat(end)


def test_days_are_24_hours_across_a_change_of_clocks_unless_the_policy_says_business_days() -> None:
    start = datetime(2026, 3, 7, 17, tzinfo=UTC)  # the clocks of New York go forward the next morning

    assert Policy(zone=NEW_YORK).days_after(start, 15) - start == timedelta(hours=360)


def with_parcel(state: OrderState, facts: dict[str, Any]) -> OrderState:
    """Give the order with facts of its first parcel changed; numbers are hours."""
    instants = {
        name: at(value) if isinstance(value, int) and name.endswith("_at") else value for name, value in facts.items()
    }
    first, *others = state.parcels
    return state.model_copy(update={"parcels": [ParcelState(**first.model_dump() | instants), *others]})
