"""Never a message that is already stale: what was true when announced must be so, and be news, when it is sent."""

from typing import Any

import pytest

from contracts.orders.v1 import Happening, OrderState, OrderStatus
from contracts.vocabulary import ScanStatus
from notifier.messages import Recipient, messages_of
from notifier.staleness import stale
from unit.notifier.happened import ZONE, at, changed, occurrence, parcel, standing

H, S, P = Happening, OrderStatus, ScanStatus
BUYER, SELLER = Recipient.BUYER, Recipient.SELLER


def is_stale(kind: Happening, recipient: Recipient, state: OrderState, hour: float = 26, said_of: float = 25.5) -> bool:
    event = changed(occurrence(kind, hour=said_of), state=standing(tiktok=True))
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
        *(H.SCANNED_AFTER_CANCELLATION, H.DELIVERED_AFTER_CANCELLATION),
    }
    event = changed(occurrence(kind), state=standing(tiktok=True))

    for message in messages_of(event):
        found = stale(message.parts[0], message.recipient, in_status(S.CANCELLED, **LIVING), at(26), ZONE)
        assert (found is None) == (kind in still_told)


@pytest.mark.parametrize("kind", [H.CANCELLED, H.REFUND_ISSUED, H.REFUND_REFUSED])
@pytest.mark.parametrize("status", S)
def test_a_cancellation_and_money_are_never_old_news(kind: Happening, status: OrderStatus) -> None:
    assert not is_stale(kind, BUYER, in_status(status), hour=2000)


def test_a_scan_after_cancellation_is_old_news_once_the_parcel_arrived() -> None:
    assert not is_stale(H.SCANNED_AFTER_CANCELLATION, SELLER, in_status(S.CANCELLED))
    assert is_stale(H.SCANNED_AFTER_CANCELLATION, SELLER, in_status(S.CANCELLED, delivered_at=26))
