"""The deadlines of what is asked for, sent back and over: D8, D11, D12, D14. Hours count from placement.

Monday 08:00 UTC is hour 0; a day has 24 hours unless the policy says business days.
"""

from typing import Any
from uuid import UUID

import pytest

from contracts.deadlines.v1 import DeadlineKind as K
from contracts.orders.v1 import AskKind, OrderState, OrderStatus, ReturnStatus
from deadline_watcher.deadlines import deadlines_of
from unit.deadline_watcher.standing import a_return, an_ask, deadline, due, hours_of, seen, standing, still_holds

DAY = 24
SHIPPED: dict[str, Any] = {"shipped_at": 6, "first_physical_at": 12, "collected_at": 12}
CANCELLED: dict[str, Any] = {**SHIPPED, "status": OrderStatus.CANCELLED, "cancelled_at": 200}
DELIVERED: dict[str, Any] = {**SHIPPED, "status": OrderStatus.DELIVERED}
THERE = seen(delivered_at=90)
ANY_STATUS = [SHIPPED, DELIVERED, CANCELLED, {**SHIPPED, "status": OrderStatus.RETURNED}]
IDS = ["shipped", "delivered", "cancelled", "returned"]

EXPECTED = a_return(ReturnStatus.EXPECTED, approved_at=130)
IN_TRANSIT = a_return(ReturnStatus.IN_TRANSIT, approved_at=130, moved_at=150)


# --- D8: the return parcel ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", ANY_STATUS, ids=IDS)
def test_d8_an_approved_return_is_sent_within_14_days(facts: dict[str, Any]) -> None:
    assert due(standing(THERE, returns=[EXPECTED], **facts), K.RETURN_PARCEL, 2) == 130 + 14 * DAY


@pytest.mark.parametrize(
    "status", [one for one in ReturnStatus if one is not ReturnStatus.EXPECTED], ids=lambda status: str(status)
)
def test_d8_is_cleared_when_the_return_is_anything_but_expected(status: ReturnStatus) -> None:
    proposed = deadline(standing(THERE, returns=[EXPECTED], **DELIVERED), K.RETURN_PARCEL, 2)
    assert proposed is not None

    after = standing(THERE, returns=[a_return(status, approved_at=130)], **DELIVERED)

    assert deadline(after, K.RETURN_PARCEL, 2) is None
    assert not still_holds(proposed, after)


def test_d8_the_first_scan_of_the_return_leg_ends_it_and_starts_d11() -> None:
    proposed = deadline(standing(THERE, returns=[EXPECTED], **DELIVERED), K.RETURN_PARCEL, 2)
    assert proposed is not None

    after = standing(THERE, returns=[IN_TRANSIT], **DELIVERED)

    assert deadline(after, K.RETURN_PARCEL, 2) is None
    assert due(after, K.WAY_BACK, 2) == 150 + 14 * DAY
    assert not still_holds(proposed, after)


def test_d8_each_return_waits_for_itself() -> None:
    returns = [EXPECTED, a_return(ReturnStatus.EXPECTED, 3, approved_at=140), a_return(ReturnStatus.REQUESTED, 4)]
    before = standing(THERE, returns=returns, **DELIVERED)
    proposed = deadline(before, K.RETURN_PARCEL, 3)
    assert proposed is not None
    assert hours_of(proposed.due_at) == 140 + 14 * DAY

    after = standing(THERE, returns=[IN_TRANSIT, *returns[1:]], **DELIVERED)

    assert due(after, K.RETURN_PARCEL, 3) == 140 + 14 * DAY
    assert deadline(after, K.RETURN_PARCEL, 4) is None
    assert still_holds(proposed, after)


# --- D11: the way back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", ANY_STATUS, ids=IDS)
@pytest.mark.parametrize(
    "parcel",
    [{}, {"delivered_at": 90}, {"closed_at": 80}, {"lost_at": 120}],
    ids=["out", "delivered", "closed", "lost"],
)
def test_d11_a_parcel_that_turned_back_is_there_within_14_days(facts: dict[str, Any], parcel: dict[str, Any]) -> None:
    """Also one that was given up, and one of an order that is cancelled."""
    assert due(standing(seen(returning_at=100, **parcel), **facts), K.WAY_BACK) == 100 + 14 * DAY


@pytest.mark.parametrize("facts", ANY_STATUS, ids=IDS)
def test_d11_a_return_in_transit_is_there_within_14_days_of_its_first_scan(facts: dict[str, Any]) -> None:
    assert due(standing(THERE, returns=[IN_TRANSIT], **facts), K.WAY_BACK, 2) == 150 + 14 * DAY


@pytest.mark.parametrize(
    "parcel",
    [
        {"returning_at": 100, "returned_at": 160},
        {"returning_at": 100, "lost_in_return_at": 436},
        {"moved_at": 160},
    ],
    ids=["returned", "lost in return", "out again"],
)
@pytest.mark.parametrize("facts", [SHIPPED, CANCELLED], ids=["shipped", "cancelled"])
def test_d11_is_cleared_when_the_parcel_is_back_or_given_up_or_goes_out_again(
    parcel: dict[str, Any], facts: dict[str, Any]
) -> None:
    proposed = deadline(standing(seen(returning_at=100), **facts), K.WAY_BACK)
    assert proposed is not None

    after = standing(seen(**parcel), **facts)

    assert deadline(after, K.WAY_BACK) is None
    assert not still_holds(proposed, after)


@pytest.mark.parametrize("status", [ReturnStatus.RECEIVED, ReturnStatus.LOST], ids=["received", "lost"])
def test_d11_is_cleared_when_the_return_is_received_or_lost(status: ReturnStatus) -> None:
    proposed = deadline(standing(THERE, returns=[IN_TRANSIT], **DELIVERED), K.WAY_BACK, 2)
    assert proposed is not None

    after = standing(THERE, returns=[a_return(status, approved_at=130, moved_at=150)], **DELIVERED)

    assert deadline(after, K.WAY_BACK, 2) is None
    assert not still_holds(proposed, after)


def test_d11_is_not_voided_by_a_cancellation() -> None:
    """RULES, "Final": cancelled, with its refund settled."""
    proposed = deadline(standing(seen(returning_at=100), seen(), **SHIPPED), K.WAY_BACK)
    assert proposed is not None

    assert still_holds(proposed, standing(seen(returning_at=100), seen(), **CANCELLED))


def test_d11_a_return_whose_only_scan_was_corrected_away_counts_from_its_approval() -> None:
    proposed = deadline(standing(THERE, returns=[IN_TRANSIT], **DELIVERED), K.WAY_BACK, 2)
    assert proposed is not None

    after = standing(THERE, returns=[a_return(ReturnStatus.IN_TRANSIT, approved_at=130)], **DELIVERED)

    assert due(after, K.WAY_BACK, 2) == 130 + 14 * DAY
    assert not still_holds(proposed, after)


def test_d11_each_parcel_and_each_return_comes_back_for_itself() -> None:
    back = [seen(returning_at=100), seen(returning_at=110, returned_at=140), THERE]
    returns = [a_return(ReturnStatus.IN_TRANSIT, 4, moved_at=150), a_return(ReturnStatus.IN_TRANSIT, 5, moved_at=160)]
    state = standing(*back, returns=returns, **SHIPPED)

    found = {one.parcel: hours_of(one.due_at) for one in deadlines_of(state) if one.kind is K.WAY_BACK}

    assert found == {1: 100 + 14 * DAY, 4: 150 + 14 * DAY, 5: 160 + 14 * DAY}


# --- D12: the answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "hours"), [(AskKind.CANCELLATION, 24), (AskKind.REFUND, 48), (AskKind.RETURN, 48)], ids=lambda it: str(it)
)
@pytest.mark.parametrize("facts", ANY_STATUS, ids=IDS)
def test_d12_a_cancellation_is_answered_within_24_hours_and_anything_else_within_48(
    kind: AskKind, hours: int, facts: dict[str, Any]
) -> None:
    ask = an_ask(kind, 60)

    assert due(standing(seen(), asks=[ask], **facts), K.ANSWER, None, ask.id) == 60 + hours


def test_d12_each_question_waits_for_its_own_answer() -> None:
    refund, back = an_ask(AskKind.REFUND, 60), an_ask(AskKind.RETURN, 70, 2)
    before = standing(THERE, asks=[refund, back], **DELIVERED)
    proposed = {one.ask: one for one in deadlines_of(before) if one.kind is K.ANSWER}
    assert {ask: hours_of(one.due_at) for ask, one in proposed.items()} == {refund.id: 60 + 48, back.id: 70 + 48}

    after = standing(THERE, asks=[back], **DELIVERED)

    assert deadline(after, K.ANSWER, None, refund.id) is None
    assert not still_holds(proposed[refund.id], after)
    assert still_holds(proposed[back.id], after)


# --- D14: the closing -----------------------------------------------------------------------------------------------

D14 = standing(THERE, **DELIVERED)


def closing(state: OrderState) -> float | None:
    """Give the hour at which an order is to be closed; None if it is not."""
    found = [one for one in deadlines_of(state) if one.kind is K.CLOSING]
    assert len(found) <= 1
    return hours_of(found[0].due_at) if found else None


def test_d14_a_delivered_order_closes_when_its_return_window_is_over() -> None:
    assert closing(D14) == 90 + 30 * DAY


def test_d14_counts_from_the_last_parcel_that_was_delivered() -> None:
    parcels = [seen(delivered_at=90), seen(delivered_at=140), seen(delivered_at=60), seen(closed_at=100)]

    assert closing(standing(*parcels, **DELIVERED)) == 140 + 30 * DAY


@pytest.mark.parametrize(
    "facts",
    [
        {"closed_at": 800},
        {"disputed": True},
        {"asks": [an_ask(AskKind.REFUND, 100)]},
        {"asks": [an_ask(AskKind.RETURN, 100)], "returns": [a_return(ReturnStatus.REQUESTED)]},
        {"returns": [a_return(ReturnStatus.REQUESTED)]},
        {"returns": [EXPECTED]},
        {"returns": [IN_TRANSIT]},
        {"status": OrderStatus.RETURNED},
        {"status": OrderStatus.CANCELLED, "cancelled_at": 100},
    ],
    ids=["closed", "complaint", "asked", "return asked", "return", "expected", "in transit", "returned", "cancelled"],
)
def test_d14_is_cleared_by_a_complaint_a_return_and_what_ends_the_order(facts: dict[str, Any]) -> None:
    proposed = deadline(D14, K.CLOSING)
    assert proposed is not None

    after = standing(THERE, **DELIVERED | facts)

    assert closing(after) is None
    assert not still_holds(proposed, after)


@pytest.mark.parametrize(
    "status", [ReturnStatus.REFUSED, ReturnStatus.RECEIVED, ReturnStatus.LAPSED, ReturnStatus.LOST]
)
def test_d14_comes_back_when_the_return_is_over(status: ReturnStatus) -> None:
    assert closing(standing(THERE, returns=[a_return(status)], **DELIVERED)) == 90 + 30 * DAY


def test_d14_waits_for_a_parcel_that_is_on_its_way_back() -> None:
    going, back = seen(delivered_at=80, returning_at=100), seen(delivered_at=80, returning_at=100, returned_at=150)

    assert closing(standing(THERE, going, **DELIVERED)) is None
    assert closing(standing(THERE, back, **DELIVERED)) == 90 + 30 * DAY


def test_d14_moves_with_a_delivery_that_was_corrected() -> None:
    proposed = deadline(D14, K.CLOSING)
    assert proposed is not None

    after = standing(seen(delivered_at=96), **DELIVERED)

    assert closing(after) == 96 + 30 * DAY
    assert not still_holds(proposed, after)


KEPT: dict[str, Any] = {"abnormal_cancels_ship_by_seller": False}


@pytest.mark.parametrize(
    ("parcel", "end"),
    [
        ({"lost_at": 288}, 288 + 24),
        ({"lost_at": 288, "damaged_at": 60}, 288 + 24),
        ({"lost_at": 288, "damaged_at": 300}, 300 + 24),
    ],
    ids=["lost", "damaged and lost", "lost and damaged"],
)
def test_d14_an_order_that_the_shops_policy_leaves_lost_is_closed_too(parcel: dict[str, Any], end: float) -> None:
    """R9, "may": nothing is cancelled, and the order must not wait without an end."""
    assert closing(standing(seen(**parcel), policy=KEPT, **SHIPPED)) == end + 30 * DAY


def test_d14_a_lost_parcel_is_not_closed_before_its_promised_date() -> None:
    assert closing(standing(seen(lost_at=288), policy=KEPT, promised_at=2000, **SHIPPED)) == 2000 + 30 * DAY


@pytest.mark.parametrize(
    ("tiktok", "policy"), [(False, {}), (True, KEPT)], ids=["by seller, cancels", "by tiktok, always cancels"]
)
def test_d14_is_not_for_a_lost_parcel_that_d9_closes(tiktok: bool, policy: dict[str, Any]) -> None:
    assert closing(standing(seen(lost_at=288), tiktok=tiktok, policy=policy, **SHIPPED)) is None


def test_d14_a_lost_parcel_that_was_found_is_not_closed() -> None:
    proposed = deadline(standing(seen(lost_at=288), policy=KEPT, **SHIPPED), K.CLOSING)
    assert proposed is not None

    after = standing(seen(moved_at=1000), policy=KEPT, **SHIPPED)

    assert closing(after) is None
    assert not still_holds(proposed, after)


@pytest.mark.parametrize(
    "other", [{}, seen(), seen(damaged_at=60), seen(returning_at=100)], ids=["unseen", "moving", "damaged", "back"]
)
def test_d14_waits_for_a_parcel_of_which_something_may_become(other: dict[str, Any]) -> None:
    assert closing(standing(seen(lost_at=288), other, policy=KEPT, **SHIPPED)) is None


def test_d14_is_not_for_an_order_that_d5_cancels() -> None:
    assert closing(standing({"lost_at": 50}, policy=KEPT)) is None


def test_d14_an_order_whose_parcel_never_came_back_is_closed() -> None:
    """D11: the refund is decided, and nothing is cancelled."""
    state = standing(seen(returning_at=100, lost_in_return_at=436), seen(closed_at=80), **SHIPPED)

    assert closing(state) == 436 + 30 * DAY


@pytest.mark.parametrize("disputed", [{}, {"disputed_at": 100}], ids=["policy", "disputed"])
def test_d14_a_parcel_that_never_gets_its_signature_is_closed(disputed: dict[str, Any]) -> None:
    """D10: the policy waits for it, or a complaint was decided that had cleared D10."""
    policy = {"unsigned_becomes_delivered": bool(disputed)}
    state = standing(seen(awaiting_signature_at=90, **disputed), tiktok=True, policy=policy, **SHIPPED)

    assert closing(state) == 90 + 72 + 30 * DAY


def test_d14_is_not_for_a_parcel_that_d10_delivers() -> None:
    assert closing(standing(seen(awaiting_signature_at=90), tiktok=True, **SHIPPED)) is None


# --- policies -------------------------------------------------------------------------------------------------------


def test_the_policy_gives_every_number() -> None:
    policy = {
        "return_parcel_days": 3,
        "way_back_days": 4,
        "cancellation_answer_hours": 5,
        "answer_hours": 6,
        "return_window_days": 7,
    }
    cancellation, refund = an_ask(AskKind.CANCELLATION, 60, 1), an_ask(AskKind.REFUND, 60, 2)
    returns = [EXPECTED, a_return(ReturnStatus.IN_TRANSIT, 3, moved_at=150)]
    state = standing(seen(returning_at=100), asks=[cancellation, refund], returns=returns, policy=policy, **SHIPPED)

    assert due(state, K.RETURN_PARCEL, 2) == 130 + 3 * DAY
    assert due(state, K.WAY_BACK, 3) == 150 + 4 * DAY
    assert due(state, K.WAY_BACK, 1) == 100 + 4 * DAY
    assert due(state, K.ANSWER, None, cancellation.id) == 60 + 5
    assert due(state, K.ANSWER, None, refund.id) == 60 + 6
    assert closing(standing(THERE, policy=policy, **DELIVERED)) == 90 + 7 * DAY


def test_days_are_business_days_where_the_policy_says_so() -> None:
    """From a Monday, 14 business days are 18 days of the calendar, and 30 are 42; hours stay hours."""
    policy = {"business_days": True}
    returns = [
        a_return(ReturnStatus.EXPECTED, approved_at=168),
        a_return(ReturnStatus.IN_TRANSIT, 3, approved_at=168, moved_at=168),
    ]
    ask = an_ask(AskKind.REFUND, 96)  # Friday
    state = standing(seen(returning_at=168), asks=[ask], returns=returns, policy=policy, **SHIPPED)

    assert due(state, K.RETURN_PARCEL, 2) == 168 + 18 * DAY
    assert due(state, K.WAY_BACK, 3) == due(state, K.WAY_BACK, 1) == 168 + 18 * DAY
    assert due(state, K.ANSWER, None, ask.id) == 96 + 48
    assert closing(standing(seen(delivered_at=168), policy=policy, **DELIVERED)) == 168 + 42 * DAY


def test_a_deadline_names_the_question_that_it_is_about_and_no_other_has_one() -> None:
    ask = an_ask(AskKind.CANCELLATION, 60)
    state = standing(seen(lost_at=70), asks=[ask], returns=[EXPECTED], promised_at=96, **SHIPPED)

    named: dict[K, UUID | None] = {one.kind: one.ask for one in deadlines_of(state)}

    assert named.pop(K.ANSWER) == ask.id
    assert set(named) == {K.RETURN_PARCEL, K.DELIVERY_PERIOD, K.ABNORMAL_GRACE}
    assert set(named.values()) == {None}
