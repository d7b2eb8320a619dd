"""Whether a message still tells the truth at the moment of sending. Pure."""

from contracts.orders.v1 import Happening, OrderState, OrderStatus, ParcelState
from contracts.vocabulary import ScanStatus

H = Happening

#: The place that each of these says a parcel is at; elsewhere, it is old news.
_PLACE = {
    H.OUT_FOR_DELIVERY: ScanStatus.OUT_FOR_DELIVERY,
    H.ATTEMPT_FAILED: ScanStatus.ATTEMPT_FAILED,
    H.READY_FOR_PICKUP: ScanStatus.READY_FOR_PICKUP,
}

#: Steps of an order that a later status makes old news.
_STEP = {
    H.PLACED: (OrderStatus.DELIVERED, OrderStatus.RETURNED),
    H.CONFIRMED: (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.RETURNED, OrderStatus.CANCELLED),
    H.PROCESSED: (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.RETURNED, OrderStatus.CANCELLED),
    H.SHIPPED: (OrderStatus.DELIVERED, OrderStatus.RETURNED, OrderStatus.CANCELLED),
}


def stale(kind: str, parcel: int | None, state: OrderState) -> str | None:
    """Say why a part of a message is no longer true, or None while it is."""
    happening = Happening(kind)
    if state.status in _STEP.get(happening, ()):
        return f"the order is {state.status}"
    found = next((one for one in state.parcels if one.number == parcel), None)
    if found is None:
        return None
    if happening in _PLACE and found.place is not _PLACE[happening]:
        return f"the parcel is {found.place or 'elsewhere'}"
    return _badge_gone(happening, found)


def _badge_gone(happening: Happening, parcel: ParcelState) -> str | None:
    there = parcel.delivered_at is not None and parcel.returning_at is None
    match happening:
        case H.DELAYED if there or parcel.awaiting_signature_at:
            return "the parcel was delivered"
        case H.LOST if parcel.lost_at is None:
            return "the parcel was found"
        case H.CORRECTED if parcel.lost_at is not None:
            return "the parcel is lost again"
        case H.AWAITING_SIGNATURE if parcel.awaiting_signature_at is None:
            return "the signature is there"
        case H.DELIVERED if not there:
            return "the parcel is on its way back"
        case _:
            return None
