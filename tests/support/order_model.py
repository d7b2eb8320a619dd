"""A small model of an order's life, written from the rules: what it is compared with, and shares no code with."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Happening, OrderState, ParcelState
from contracts.vocabulary import ScanStatus
from orders.life.order import Order, state_of

#: From which status an order may come to which; written from the rules.
LEGAL = {
    "placed": {"confirmed", "shipped", "delivered", "returned", "cancelled"},
    "confirmed": {"processed", "shipped", "delivered", "returned", "cancelled"},
    "processed": {"confirmed", "shipped", "delivered", "returned", "cancelled"},
    "shipped": {"delivered", "returned", "cancelled"},
    "delivered": {"shipped", "returned"},
    "returned": {"shipped", "delivered"},
    "cancelled": set(),
}

#: What may become of a refund.
MONEY = {
    "requested": {"approved", "refused", "due"},
    "approved": {"issued"},
    "due": {"issued"},
    "issued": set(),
    "refused": set(),
}

AFTER_CANCELLATION = {
    *(Happening.SCANNED_AFTER_CANCELLATION, Happening.DELIVERED_AFTER_CANCELLATION, Happening.MIX_UP),
    *(Happening.REFUND_REQUESTED, Happening.REFUND_ISSUED, Happening.REFUND_REFUSED, Happening.LOST_IN_RETURN),
    *(Happening.RETURN_REQUESTED, Happening.RETURN_APPROVED, Happening.RETURN_REFUSED, Happening.RETURN_RECEIVED),
    *(Happening.RETURN_LAPSED, Happening.COMPLAINT_OPENED, Happening.COMPLAINT_ANSWERED),
    *(Happening.COMPLAINT_UPHELD, Happening.COMPLAINT_REFUSED),
}

#: What alerts, and takes nothing from anybody.
ALERTS = (DeadlineKind.SHIP_BY, DeadlineKind.MARK_SHIPPED, DeadlineKind.COLLECTION)

Ahead = tuple[DeadlineKind, int | None, datetime, UUID | None]


def deadlines(state: OrderState) -> list[Ahead]:
    """The deadlines of an order, from the table of the rules; with the policy's defaults."""
    found: list[Ahead] = []
    for ask in state.asks:
        hours = 24 if ask.kind == "cancellation" else 48
        found.append((DeadlineKind.ANSWER, None, ask.asked_at + timedelta(hours=hours), ask.id))
    for one in state.returns:
        if one.status == "expected" and one.approved_at:
            found.append((DeadlineKind.RETURN_PARCEL, one.parcel, one.approved_at + timedelta(days=14), None))
        if one.status == "in_transit" and one.moved_at:
            found.append((DeadlineKind.WAY_BACK, one.parcel, one.moved_at + timedelta(days=14), None))
    found += [
        (DeadlineKind.WAY_BACK, parcel.number, parcel.returning_at + timedelta(days=14), None)
        for parcel in state.parcels
        if parcel.returning_at and is_on_its_way_back(parcel)
    ]
    if state.status == "cancelled":
        return found
    tiktok = state.fulfilment == "ship_by_tiktok"
    three_days_on = state.shipped_at + timedelta(days=3) if state.shipped_at else state.placed_at
    if state.shipped_at is None and state.status in ("placed", "confirmed", "processed"):
        found.append((DeadlineKind.SHIP_BY, None, state.placed_at + timedelta(hours=120), None))
        if tiktok and state.collected_at:
            found.append((DeadlineKind.MARK_SHIPPED, None, state.collected_at + timedelta(hours=48), None))
    if state.first_physical_at is None and state.status not in ("delivered", "returned"):
        end = max((state.updated_at or state.placed_at) + timedelta(days=15), three_days_on)
        found.append((DeadlineKind.TRACKING_UPDATE, None, end, None))
    for parcel in state.parcels:
        found += [(kind, parcel.number, due_at, None) for kind, due_at in _of_parcel(state, parcel, three_days_on)]
    on_its_way = any(map(is_on_its_way_back, state.parcels)) or any(
        one.status in ("requested", "expected", "in_transit") for one in state.returns
    )
    if state.status == "delivered" and not (state.closed_at or state.disputed or state.asks or on_its_way):
        number, came = max(
            ((one.number, one.delivered_at) for one in state.parcels if one.delivered_at), key=lambda one: one[1]
        )
        found.append((DeadlineKind.CLOSING, number, came + timedelta(days=30), None))
    return found


def _of_parcel(state: OrderState, parcel: ParcelState, three_days_on: datetime) -> list[tuple[DeadlineKind, datetime]]:
    found: list[tuple[DeadlineKind, datetime]] = []
    tiktok = state.fulfilment == "ship_by_tiktok"
    if parcel.closed_at or parcel.returned_at:
        return found
    if (since := max(filter(None, (parcel.handed_over_at, parcel.pickup_asked_at)), default=None)) and not (
        parcel.first_physical_at or parcel.delivered_at
    ):
        found.append((DeadlineKind.COLLECTION, since + timedelta(hours=48)))
    if parcel.awaiting_signature_at and not parcel.disputed_at:
        found.append((DeadlineKind.SIGNATURE, parcel.awaiting_signature_at + timedelta(hours=72)))
    if parcel.delivered_at or parcel.awaiting_signature_at or parcel.returning_at:
        return found
    period = parcel.collected_at + timedelta(days=6) if tiktok and parcel.collected_at else None
    if not parcel.delayed_at and (end := state.promised_at or period):
        found.append((DeadlineKind.DELIVERY_PERIOD, end))
    if parcel.delayed_at and tiktok:
        found.append((DeadlineKind.DELAY_GRACE, parcel.delayed_at + timedelta(hours=72)))
    if not tiktok and state.shipped_at and parcel.first_physical_at and not parcel.lost_at:
        found.append((DeadlineKind.ACKNOWLEDGMENT, max(state.placed_at + timedelta(days=12), three_days_on)))
    troubles = [since for since in (parcel.lost_at, parcel.damaged_at) if since]
    if still := [since for since in troubles if not (parcel.moved_at and parcel.moved_at > since)]:
        found.append((DeadlineKind.ABNORMAL_GRACE, min(still) + timedelta(hours=24)))
    return found


def is_on_its_way_back(parcel: ParcelState) -> bool:
    """A carrier is bringing it back, and it was neither received nor lost yet (D11)."""
    return bool(parcel.returning_at) and not parcel.returned_at and not parcel.lost_in_return_at


def is_open(parcel: ParcelState) -> bool:
    """It may still come: not there, not given up, not on its way back, not destroyed."""
    over = (parcel.delivered_at, parcel.closed_at, parcel.returning_at, parcel.place == ScanStatus.DESTROYED)
    return not any(over)


Sent = dict[int, tuple[int, Counter[str]]]  #: What was asked to be sent back, by the return's number: of which parcel.


def standing(order: Order, commanded: str, sent: Sent) -> str:
    """Where parcels and returns put an order that is not cancelled (RULES, "Order from its parcels").

    What was lost on its way back is not with the buyer any more, either (D11).
    """
    state = state_of(order)
    gone = {one.parcel for one in state.returns if one.status in ("received", "lost")}
    if not any(map(is_open, state.parcels)):
        for parcel in order.parcels:
            left = Counter(dict(parcel.lines))
            for number in gone:
                of_parcel, lines = sent[number]
                left -= lines if of_parcel == parcel.number else Counter()
            if parcel.state.delivered_at and not parcel.state.returning_at and left:
                return "delivered"
        if gone or any(parcel.returned_at or parcel.lost_in_return_at for parcel in state.parcels):
            return "returned"
    return "shipped" if state.shipped_at else commanded
