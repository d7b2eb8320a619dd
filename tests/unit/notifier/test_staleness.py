"""Never a message that is already stale: what was true when announced must be so, and be news, when it is sent."""

from typing import Any

import pytest

from contracts.orders.v1 import AskKind, Happening, OrderState, OrderStatus, ReturnStatus
from contracts.vocabulary import ScanStatus
from notifier.messages import Recipient, code_of, messages_of
from notifier.staleness import out_of_date, settling_facts, stale
from unit.notifier.happened import (
    ZONE,
    at,
    changed,
    code_asked,
    occurrence,
    parcel,
    sent_back,
    standing,
    waiting,
    with_detail,
)

H, S, P = Happening, OrderStatus, ScanStatus
BUYER, SELLER = Recipient.BUYER, Recipient.SELLER


def is_stale(
    kind: Happening,
    recipient: Recipient,
    state: OrderState,
    hour: float = 26,
    said_of: float = 25.5,
    said_in: OrderState | None = None,
    **detail: str,
) -> bool:
    event = changed(with_detail(occurrence(kind, hour=said_of), **detail), state=said_in or standing(tiktok=True))
    message = next(one for one in messages_of(event) if one.recipient is recipient)
    return stale(message.parts[0], recipient, state, at(hour), ZONE) is not None


def in_status(status: OrderStatus, **facts: Any) -> OrderState:
    return standing(parcel(**facts), status=status)


@pytest.mark.parametrize(
    ("kind", "news_in"),
    [
        (H.PLACED, {S.PLACED, S.CONFIRMED, S.PROCESSED}),
        (H.CONFIRMED, {S.PLACED, S.CONFIRMED}),
        (H.PROCESSED, {S.PLACED, S.CONFIRMED, S.PROCESSED}),
        (H.SHIPPED, {S.PLACED, S.CONFIRMED, S.PROCESSED, S.SHIPPED}),
    ],
)
@pytest.mark.parametrize("status", S)
def test_a_step_is_news_to_a_buyer_until_a_later_one(
    kind: Happening, news_in: set[OrderStatus], status: OrderStatus
) -> None:
    assert is_stale(kind, BUYER, in_status(status)) == (status not in news_in)


@pytest.mark.parametrize("status", S)
def test_a_new_order_is_news_to_its_seller_until_it_is_over(status: OrderStatus) -> None:
    over = {S.DELIVERED, S.CANCELLED, S.RETURNED}

    assert is_stale(H.PLACED, SELLER, in_status(status)) == (status in over)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        *((None, False), (P.PICKED_UP, False), (P.IN_TRANSIT, False), (P.OUT_FOR_DELIVERY, True)),
        *((P.READY_FOR_PICKUP, True), (P.ATTEMPT_FAILED, True)),
    ],
)
def test_shipped_is_old_news_when_the_parcel_is_further_on(place: ScanStatus | None, expected: bool) -> None:
    assert is_stale(H.SHIPPED, BUYER, in_status(S.SHIPPED, place=place)) == expected


def test_shipped_is_news_while_one_of_the_parcels_is_under_way() -> None:
    state = standing(parcel(1, place=P.OUT_FOR_DELIVERY), parcel(2, place=P.IN_TRANSIT))

    assert not is_stale(H.SHIPPED, BUYER, state)


PLACES = {
    H.OUT_FOR_DELIVERY: P.OUT_FOR_DELIVERY,
    H.ATTEMPT_FAILED: P.ATTEMPT_FAILED,
    H.READY_FOR_PICKUP: P.READY_FOR_PICKUP,
}


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("place", P)
def test_a_place_is_news_while_the_parcel_is_there(kind: Happening, place: ScanStatus) -> None:
    assert is_stale(kind, BUYER, in_status(S.SHIPPED, place=place)) == (place is not PLACES[kind])


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("facts", [{"lost_at": 26}, {"closed_at": 26}])
def test_a_place_is_old_news_of_a_parcel_that_is_lost_or_given_up(kind: Happening, facts: dict[str, Any]) -> None:
    assert is_stale(kind, BUYER, in_status(S.SHIPPED, place=PLACES[kind], **facts))


@pytest.mark.parametrize(
    ("said_of", "hour", "expected"),
    [(25.5, 39.9, False), (25.5, 40, True), (39.9, 40, True), (40, 50, False)],  # the buyer's day ends at hour 40
)
def test_arriving_today_is_said_on_that_day_of_the_buyer_only(said_of: float, hour: float, expected: bool) -> None:
    state = in_status(S.SHIPPED, place=P.OUT_FOR_DELIVERY)

    assert is_stale(H.OUT_FOR_DELIVERY, BUYER, state, hour, said_of) == expected


@pytest.mark.parametrize(
    ("kind", "true", "no_longer"),
    [
        (H.DELAYED, {"delayed_at": 25}, {"delayed_at": 25, "delivered_at": 26}),
        (H.DELAYED, {"delayed_at": 25}, {"delayed_at": 25, "awaiting_signature_at": 26}),
        (H.DELAYED, {"delayed_at": 25}, {"delayed_at": 25, "returning_at": 26}),
        (H.DELAYED, {"delayed_at": 25}, {"delayed_at": 25, "lost_at": 26}),
        (H.DELAYED, {"delayed_at": 25}, {"delayed_at": 25, "closed_at": 26}),
        (H.LOST, {"lost_at": 25}, {}),
        (H.LOST, {"lost_at": 25}, {"delivered_at": 26}),
        (H.LOST, {"lost_at": 25}, {"lost_at": 25, "closed_at": 26}),
        (H.DAMAGED, {"damaged_at": 25}, {}),
        (H.DAMAGED, {"damaged_at": 25}, {"damaged_at": 25, "closed_at": 26}),
        (H.DAMAGED, {"damaged_at": 25, "delivered_at": 26}, {}),
        (H.CORRECTED, {"moved_at": 25}, {"moved_at": 25, "lost_at": 26}),
        (H.DELIVERED, {"delivered_at": 25}, {"delivered_at": 25, "returning_at": 26}),
        (H.DELIVERED, {"delivered_at": 25}, {}),
        (H.RETURNED, {"returning_at": 20, "returned_at": 25}, {"delivered_at": 26}),
        (H.PARCEL_CLOSED, {"closed_at": 25}, {"closed_at": 25, "delivered_at": 26}),
    ],
)
def test_a_condition_is_news_to_a_buyer_while_it_lasts(
    kind: Happening, true: dict[str, Any], no_longer: dict[str, Any]
) -> None:
    assert not is_stale(kind, BUYER, in_status(S.SHIPPED, **true))
    assert is_stale(kind, BUYER, in_status(S.SHIPPED, **no_longer))


@pytest.mark.parametrize(
    ("kind", "true", "no_longer"),
    [
        (H.AWAITING_SIGNATURE, {"awaiting_signature_at": 25}, {"delivered_at": 26}),
        (H.SIGNATURE_MISSING, {"delivered_at": 25, "unsigned": True}, {"delivered_at": 26}),
        (H.SIGNATURE_MISSING, {"awaiting_signature_at": 25}, {"delivered_at": 26}),
    ],
)
def test_a_signature_is_missed_until_it_comes(kind: Happening, true: dict[str, Any], no_longer: dict[str, Any]) -> None:
    assert not is_stale(kind, SELLER, in_status(S.DELIVERED, **true))
    assert is_stale(kind, SELLER, in_status(S.DELIVERED, **no_longer))


LIVING: dict[str, Any] = {"delayed_at": 25, "place": P.OUT_FOR_DELIVERY}


@pytest.mark.parametrize("kind", H)
def test_of_a_cancelled_order_only_its_end_and_its_money_are_told(kind: Happening) -> None:
    still_told = {
        *(H.CANCELLED, H.REFUND_REQUESTED, H.REFUND_ISSUED, H.REFUND_REFUSED, H.MIX_UP),
        *(H.SCANNED_AFTER_CANCELLATION, H.DELIVERED_AFTER_CANCELLATION, H.LOST_IN_RETURN),
        *(H.COMPLAINT_OPENED, H.COMPLAINT_ANSWERED, H.COMPLAINT_UPHELD, H.COMPLAINT_REFUSED),
    }
    living = standing(
        parcel(**LIVING, returning_at=20, lost_in_return_at=25), status=S.CANCELLED, disputed=True, tiktok=True
    )
    event = changed(occurrence(kind), state=standing(tiktok=True))

    for message in messages_of(event):
        found = stale(message.parts[0], message.recipient, living, at(26), ZONE)
        assert (found is None) == (kind in still_told)


@pytest.mark.parametrize("kind", [H.CANCELLED, H.REFUND_ISSUED, H.REFUND_REFUSED])
@pytest.mark.parametrize("status", S)
def test_a_cancellation_and_money_are_never_old_news(kind: Happening, status: OrderStatus) -> None:
    assert not is_stale(kind, BUYER, in_status(status), hour=2000)


def test_a_scan_after_cancellation_is_old_news_once_the_parcel_arrived() -> None:
    assert not is_stale(H.SCANNED_AFTER_CANCELLATION, SELLER, in_status(S.CANCELLED))
    assert is_stale(H.SCANNED_AFTER_CANCELLATION, SELLER, in_status(S.CANCELLED, delivered_at=26))


# --- requests, changes, returns, complaints, what is overdue ----------------------------------------------------------

REQUESTS = [
    (H.CANCELLATION_REQUESTED, BUYER, AskKind.CANCELLATION),
    (H.CANCELLATION_REQUESTED, SELLER, AskKind.CANCELLATION),
    (H.RETURN_REQUESTED, SELLER, AskKind.RETURN),
    (H.REFUND_REQUESTED, SELLER, AskKind.REFUND),
]


@pytest.mark.parametrize(("kind", "recipient", "ask"), REQUESTS)
def test_a_request_is_news_while_that_very_one_waits_for_its_answer(
    kind: Happening, recipient: Recipient, ask: AskKind
) -> None:
    asked = standing(asks=[waiting(ask, number=1)])
    another = standing(asks=[waiting(ask, hour=26, number=2)])

    assert not is_stale(kind, recipient, asked, said_in=asked)
    assert is_stale(kind, recipient, standing(), said_in=asked)
    assert is_stale(kind, recipient, another, said_in=asked)


RETURNS = {
    H.RETURN_REQUESTED: (SELLER, ReturnStatus.REQUESTED),
    H.RETURN_APPROVED: (BUYER, ReturnStatus.EXPECTED),
    H.RETURN_REFUSED: (BUYER, ReturnStatus.REFUSED),
    H.RETURN_RECEIVED: (BUYER, ReturnStatus.RECEIVED),
    H.RETURN_LAPSED: (SELLER, ReturnStatus.LAPSED),
    H.LOST_IN_RETURN: (SELLER, ReturnStatus.LOST),
}


@pytest.mark.parametrize("kind", RETURNS)
@pytest.mark.parametrize("status", ReturnStatus)
def test_what_is_told_of_a_return_is_news_while_it_stands_so(kind: Happening, status: ReturnStatus) -> None:
    recipient, told = RETURNS[kind]
    # It is the second parcel that way; another return of the order stands elsewhere.
    one = occurrence(kind).model_copy(update={"parcel": 2})
    others = [sent_back(ReturnStatus.IN_TRANSIT, number=22, parcel=3)]
    said = changed(one, state=standing(returns=[*others, sent_back(told)]))
    message = next(one for one in messages_of(said) if one.recipient is recipient)
    now = standing(status=S.DELIVERED, returns=[*others, sent_back(status)])

    assert (stale(message.parts[0], recipient, now, at(26), ZONE) is None) == (status is told)


@pytest.mark.parametrize(("hour", "expected"), [(26, False), (361.4, False), (361.5, True)])
def test_nobody_is_asked_to_send_or_collect_what_it_is_too_late_for(hour: float, expected: bool) -> None:
    until = at(361.5).isoformat()
    there = in_status(S.SHIPPED, place=P.READY_FOR_PICKUP)

    assert is_stale(H.RETURN_APPROVED, BUYER, in_status(S.DELIVERED), hour, until=until) == expected
    assert is_stale(H.READY_FOR_PICKUP, BUYER, there, hour, until=until) == expected


@pytest.mark.parametrize(
    ("kind", "recipient", "news_in"),
    [
        (H.CHANGE_REQUESTED, SELLER, {S.PLACED, S.CONFIRMED, S.PROCESSED}),
        (H.CHANGE_APPLIED, SELLER, {S.PLACED, S.CONFIRMED, S.PROCESSED}),
        (H.CHANGE_APPLIED, BUYER, {S.PLACED, S.CONFIRMED, S.PROCESSED, S.SHIPPED}),
        (H.CHANGE_REFUSED, BUYER, {S.PLACED, S.CONFIRMED, S.PROCESSED, S.SHIPPED}),
        (H.SHIP_OVERDUE, SELLER, {S.PLACED, S.CONFIRMED, S.PROCESSED}),  # D1 is cleared by Shipped, Cancelled
        (H.MARK_SHIPPED_OVERDUE, SELLER, {S.PLACED, S.CONFIRMED, S.PROCESSED}),  # D2 likewise
        (H.COLLECTION_OVERDUE, SELLER, {S.PLACED, S.CONFIRMED, S.PROCESSED, S.SHIPPED}),
    ],
)
@pytest.mark.parametrize("status", S)
def test_changes_and_what_is_overdue_are_news_until_the_order_is_further_on(
    kind: Happening, recipient: Recipient, news_in: set[OrderStatus], status: OrderStatus
) -> None:
    assert is_stale(kind, recipient, in_status(status)) == (status not in news_in)


def test_a_collection_is_overdue_until_a_carrier_was_seen_with_the_parcel() -> None:
    assert not is_stale(H.COLLECTION_OVERDUE, SELLER, in_status(S.PROCESSED))
    assert is_stale(H.COLLECTION_OVERDUE, SELLER, in_status(S.PROCESSED, first_physical_at=26))  # D13


def test_a_parcel_that_is_back_was_not_lost_on_its_way_back() -> None:
    lost = {"returning_at": 20, "lost_in_return_at": 25}

    assert not is_stale(H.LOST_IN_RETURN, SELLER, in_status(S.SHIPPED, **lost))
    assert is_stale(H.LOST_IN_RETURN, SELLER, in_status(S.SHIPPED, **lost, returned_at=26))
    assert is_stale(H.LOST_IN_RETURN, SELLER, in_status(S.SHIPPED, returning_at=20))


@pytest.mark.parametrize(("kind", "recipient"), [(H.COMPLAINT_OPENED, SELLER), (H.COMPLAINT_ANSWERED, BUYER)])
def test_a_complaint_is_open_or_answered_while_the_order_is_disputed(kind: Happening, recipient: Recipient) -> None:
    assert not is_stale(kind, recipient, standing(disputed=True))
    assert is_stale(kind, recipient, standing())


@pytest.mark.parametrize("hour", [1, 2000])
def test_a_code_is_out_of_date_when_its_time_is_over(hour: float) -> None:
    [part] = code_of(code_asked(until=1)).parts

    assert out_of_date(part, at(0.99)) is None
    assert out_of_date(part, at(hour)) is not None


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("change_requested:7", ["change_applied:7", "change_refused:7"]),
        ("complaint_opened:7", ["complaint_answered:7", "complaint_upheld:7", "complaint_refused:7"]),
        ("complaint_answered:7", ["complaint_upheld:7", "complaint_refused:7"]),
        ("change_requested", []),
        ("shipped", []),
    ],
)
def test_the_facts_that_settle_another_end_as_it_does(fact: str, expected: list[str]) -> None:
    assert settling_facts({"kind": fact.partition(":")[0], "fact": fact}) == expected
