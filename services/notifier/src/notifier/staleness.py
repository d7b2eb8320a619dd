"""Whether a part of a message still tells the truth, and news, at the moment of sending. Pure."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.orders.v1 import Happening, OrderState, OrderStatus, ParcelState, ReturnStatus
from contracts.vocabulary import ScanStatus
from notifier.messages import Recipient

H = Happening
S = OrderStatus

_OVER = (S.DELIVERED, S.CANCELLED, S.RETURNED)

#: Statuses of an order that make what was to be said of an earlier step old news.
_PAST: dict[Recipient, dict[Happening, tuple[OrderStatus, ...]]] = {
    Recipient.BUYER: {
        H.PLACED: (S.SHIPPED, *_OVER),
        H.CONFIRMED: (S.PROCESSED, S.SHIPPED, *_OVER),
        H.PROCESSED: (S.SHIPPED, *_OVER),
        H.SHIPPED: _OVER,
        H.CHANGE_APPLIED: _OVER,
        H.CHANGE_REFUSED: _OVER,
    },
    Recipient.SELLER: {
        **dict.fromkeys((H.PLACED, H.COLLECTED, H.CARRIER_CANCELLED, H.COLLECTION_OVERDUE), _OVER),
        **dict.fromkeys(
            (H.CHANGE_REQUESTED, H.CHANGE_APPLIED, H.SHIP_OVERDUE, H.MARK_SHIPPED_OVERDUE), (S.SHIPPED, *_OVER)
        ),
    },
}

#: What is still to be said of an order that is cancelled.
_AFTER_CANCELLATION = frozenset(
    {
        *(H.CANCELLED, H.REFUND_REQUESTED, H.REFUND_ISSUED, H.REFUND_REFUSED, H.MIX_UP),
        *(H.SCANNED_AFTER_CANCELLATION, H.DELIVERED_AFTER_CANCELLATION, H.LOST_IN_RETURN),
        *(H.COMPLAINT_OPENED, H.COMPLAINT_ANSWERED, H.COMPLAINT_UPHELD, H.COMPLAINT_REFUSED),
    }
)

#: Where a return stands while each of these is true of it, and news.
_RETURN = {
    H.RETURN_REQUESTED: ReturnStatus.REQUESTED,
    H.RETURN_APPROVED: ReturnStatus.EXPECTED,
    H.RETURN_REFUSED: ReturnStatus.REFUSED,
    H.RETURN_RECEIVED: ReturnStatus.RECEIVED,
    H.RETURN_LAPSED: ReturnStatus.LAPSED,
    H.LOST_IN_RETURN: ReturnStatus.LOST,
}

#: What is done by a certain instant, and not asked for after it.
_IN_TIME = frozenset({H.READY_FOR_PICKUP, H.RETURN_APPROVED})

#: What settles each of these; the state does not say so, but it is announced under the same name.
SETTLED_BY = {
    H.CHANGE_REQUESTED: (H.CHANGE_APPLIED, H.CHANGE_REFUSED),
    H.COMPLAINT_OPENED: (H.COMPLAINT_ANSWERED, H.COMPLAINT_UPHELD, H.COMPLAINT_REFUSED),
    H.COMPLAINT_ANSWERED: (H.COMPLAINT_UPHELD, H.COMPLAINT_REFUSED),
    H.REFUND_REQUESTED: (H.REFUND_ISSUED, H.REFUND_REFUSED),
}

#: The place that each of these says a parcel is at; elsewhere, it is old news.
_PLACE = {
    H.OUT_FOR_DELIVERY: ScanStatus.OUT_FOR_DELIVERY,
    H.ATTEMPT_FAILED: ScanStatus.ATTEMPT_FAILED,
    H.READY_FOR_PICKUP: ScanStatus.READY_FOR_PICKUP,
}

#: Where a parcel is that was shipped, and of which nothing more is to be told yet.
_UNDER_WAY = (None, ScanStatus.PRE_TRANSIT, ScanStatus.PICKED_UP, ScanStatus.IN_TRANSIT)


def stale(part: dict[str, Any], recipient: Recipient, state: OrderState, now: datetime, zone: str) -> str | None:
    """Say why a part of a message is no longer true, or no longer news; None while it is both.

    *zone* is the reader's: what is said of a day is said of theirs.
    """
    happening = H(part["kind"])
    if state.status is S.CANCELLED and happening not in _AFTER_CANCELLATION:
        return "the order is cancelled"
    if state.status in _PAST[recipient].get(happening, ()):
        return f"the order is {state.status}"
    if part.get("ask") and part["ask"] not in {str(one.id) for one in state.asks}:
        return "it was answered"
    if happening in (H.COMPLAINT_OPENED, H.COMPLAINT_ANSWERED) and not state.disputed:
        return "the complaint is settled"
    if happening in _IN_TIME and part.get("until") and datetime.fromisoformat(part["until"]) <= now:
        return "its time is over"
    if part.get("return"):
        return _return_is_elsewhere(part["return"], happening, state)
    if happening is H.SHIPPED and not any(map(_is_under_way, state.parcels)):
        return "its parcels are further on"
    parcel = next((one for one in state.parcels if one.number == part["parcel"]), None)
    if parcel is None:
        return None
    if happening in _PLACE and (parcel.place is not _PLACE[happening] or parcel.lost_at or parcel.closed_at):
        return f"the parcel is {parcel.place or 'elsewhere'}, or given up"
    if happening is H.OUT_FOR_DELIVERY and _day(datetime.fromisoformat(part["at"]), zone) < _day(now, zone):
        return "that day is over"
    return _no_longer_so(happening, parcel)


def out_of_date(part: dict[str, Any], now: datetime) -> str | None:
    """Say that a one-time code, of which *part* tells, proves nothing any more; None while it does."""
    return "the code's time is over" if datetime.fromisoformat(part["until"]) <= now else None


def settling_facts(part: dict[str, Any]) -> list[str]:
    """Name the facts that would settle what a part of a message tells of; none where it cannot be settled.

    Facts about one request or complaint end alike: ``change_requested:<id>``, ``change_applied:<id>``.
    """
    _, colon, name = part["fact"].partition(":")
    return [f"{kind}:{name}" for kind in SETTLED_BY.get(part["kind"], ())] if colon else []


def _return_is_elsewhere(return_id: str, happening: Happening, state: OrderState) -> str | None:
    sent_back = next((one for one in state.returns if str(one.id) == return_id), None)
    if sent_back is None or sent_back.status is _RETURN[happening]:
        return None
    return f"the return is {sent_back.status}"


def _no_longer_so(happening: Happening, parcel: ParcelState) -> str | None:
    match happening:
        case H.DELAYED if not parcel.delayed_at or _is_settled(parcel) or parcel.lost_at or parcel.closed_at:
            return "the parcel is not merely late"
        case H.LOST if not parcel.lost_at or parcel.closed_at:
            return "the parcel was found, or given up"
        case H.DAMAGED if not parcel.damaged_at or parcel.closed_at:
            return "the parcel is not damaged, or given up"
        case H.CORRECTED if parcel.lost_at or parcel.closed_at:
            return "the parcel is lost again"
        case H.AWAITING_SIGNATURE if not parcel.awaiting_signature_at:
            return "the signature is there"
        case H.SIGNATURE_MISSING if not parcel.awaiting_signature_at and not parcel.unsigned:
            return "the signature is there"
        case H.DELIVERED if not parcel.delivered_at or parcel.returning_at:
            return "the parcel is on its way back"
        case H.RETURNED if not parcel.returned_at:
            return "the parcel went out again"
        case H.PARCEL_CLOSED if not parcel.closed_at or parcel.delivered_at:
            return "the parcel arrived after all"
        case H.COLLECTION_OVERDUE if parcel.first_physical_at or parcel.closed_at:
            return "a carrier has the parcel, or it is given up"
        case H.LOST_IN_RETURN if not parcel.lost_in_return_at or parcel.returned_at:
            return "the parcel is back"
        case H.SCANNED_AFTER_CANCELLATION if parcel.delivered_at or parcel.returned_at:
            return "the parcel arrived, or is back"
        case _:
            return None


def _is_settled(parcel: ParcelState) -> bool:
    return bool(parcel.delivered_at or parcel.awaiting_signature_at or parcel.returning_at)


def _is_under_way(parcel: ParcelState) -> bool:
    return parcel.place in _UNDER_WAY and not (parcel.lost_at or parcel.closed_at or parcel.returning_at)


def _day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()
