"""Whether a part of a message still tells the truth, and news, at the moment of sending. Pure."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.orders.v1 import Happening, OrderState, OrderStatus, ParcelState
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
    },
    Recipient.SELLER: {H.PLACED: _OVER, H.COLLECTED: _OVER, H.CARRIER_CANCELLED: _OVER},
}

#: What is still to be said of an order that is cancelled.
_AFTER_CANCELLATION = frozenset(
    {
        *(H.CANCELLED, H.REFUND_REQUESTED, H.REFUND_ISSUED, H.REFUND_REFUSED, H.MIX_UP),
        *(H.SCANNED_AFTER_CANCELLATION, H.DELIVERED_AFTER_CANCELLATION),
    }
)

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
