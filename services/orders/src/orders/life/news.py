"""What is news about an order's parcels: compares them before and after, and announces no fact twice.

What an older record adds is no news, nor is a place that the parcel has left by now.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.orders.v1 import Happening, OrderStatus, ParcelState
from contracts.vocabulary import ScanStatus
from orders.life.cases import RefundState
from orders.life.fold import happened_at, is_physical
from orders.life.order import Order
from orders.life.outcome import Draft
from orders.life.parcel import Found, Parcel, is_with_buyer


def announce(draft: Draft, before: Order, found: Found) -> None:
    """Announce what the parcels' new states and the records *found* tell of an order that is not cancelled."""
    order = draft.order
    if before.shipped_at is None and order.shipped_at is not None and order.status is OrderStatus.SHIPPED:
        draft.announce(Happening.SHIPPED, "shipped", order.shipped_at)
    for was, parcel in zip(before.parcels, order.parcels, strict=True):
        _announce_parcel(draft, was.state, parcel)
        for scan in found.get(parcel.number, ()):
            if scan.status is ScanStatus.CANCELLED:
                fact = f"p{parcel.number}:carrier_cancelled"
                at, happening = happened_at(scan), Happening.CARRIER_CANCELLED
                draft.announce(happening, fact, at, parcel.number, carrier=scan.carrier)


def after_cancellation(draft: Draft, found: Found) -> None:
    """The cancellation stands; the seller hears of what was scanned all the same, once each."""
    for parcel in draft.order.parcels:
        for scan in filter(is_physical, found.get(parcel.number, ())):
            at = happened_at(scan)
            if scan.status is ScanStatus.DELIVERED and parcel.state.returning_at is None:
                refund = _refund_word(draft.order)
                _tell(
                    draft,
                    parcel,
                    Happening.DELIVERED_AFTER_CANCELLATION,
                    "delivered_after_cancellation",
                    at,
                    refund=refund,
                )
            else:
                _tell(draft, parcel, Happening.SCANNED_AFTER_CANCELLATION, "scanned_after_cancellation", at)


def _refund_word(order: Order) -> str:
    """Give how far the money is: the furthest of the order's refunds."""
    states = {refund.state for refund in order.refunds}
    furthest = (RefundState.ISSUED, RefundState.APPROVED, RefundState.DUE, RefundState.REQUESTED, RefundState.REFUSED)
    return next((state.value for state in furthest if state in states), "none")


def _tell(draft: Draft, parcel: Parcel, happening: Happening, name: str, at: datetime, **detail: str) -> None:
    draft.announce(happening, f"p{parcel.number}:{name}", at, parcel.number, **detail)


def _announce_parcel(draft: Draft, was: ParcelState, parcel: Parcel) -> None:
    now = parcel.state
    if now.collected_at and not was.collected_at and not (now.delivered_at or now.returning_at):
        _tell(draft, parcel, Happening.COLLECTED, "collected", now.collected_at)
    if now.place_at and (now.place, now.place_at) != (was.place, was.place_at):
        _announce_place(draft, was, parcel, now.place_at)
    if was.lost_at and not now.lost_at and not now.closed_at:
        at = now.moved_at or now.delivered_at or draft.now
        _tell(draft, parcel, Happening.CORRECTED, f"corrected:{was.lost_at.isoformat()}", at)
    if is_with_buyer(now) and not is_with_buyer(was) and now.delivered_at:
        unsigned = "yes" if now.unsigned else "no"
        _tell(draft, parcel, Happening.DELIVERED, "delivered", now.delivered_at, unsigned=unsigned)
    if now.awaiting_signature_at and not was.awaiting_signature_at:
        _tell(draft, parcel, Happening.AWAITING_SIGNATURE, "awaiting_signature", now.awaiting_signature_at)
    if now.closed_at is None and now.returned_at is None:
        _announce_trouble(draft, was, parcel)


def _announce_place(draft: Draft, was: ParcelState, parcel: Parcel, at: datetime) -> None:
    now = parcel.state
    match now.place:
        case ScanStatus.OUT_FOR_DELIVERY:
            day = at.astimezone(ZoneInfo(draft.order.zone)).date()
            _tell(draft, parcel, Happening.OUT_FOR_DELIVERY, f"out_for_delivery:{day}", at)
        case ScanStatus.READY_FOR_PICKUP if was.place is not ScanStatus.READY_FOR_PICKUP:
            day = at.astimezone(ZoneInfo(draft.order.zone)).date()
            _tell(draft, parcel, Happening.READY_FOR_PICKUP, f"ready_for_pickup:{day}", at)
        case ScanStatus.ATTEMPT_FAILED if now.attempts > was.attempts:
            attempt = str(now.attempts)
            _tell(draft, parcel, Happening.ATTEMPT_FAILED, f"attempt:{attempt}", at, attempt=attempt)
        case ScanStatus.RETURNING:
            _tell(draft, parcel, Happening.RETURNING, "returning", at)
        case ScanStatus.RETURNED:
            _tell(draft, parcel, Happening.RETURNED, "returned", at)
        case _:
            pass


def _announce_trouble(draft: Draft, was: ParcelState, parcel: Parcel) -> None:
    now = parcel.state
    if now.delayed_at and not was.delayed_at:
        _tell(draft, parcel, Happening.DELAYED, f"delayed:{now.delayed_at.isoformat()}", now.delayed_at)
    if now.lost_at and not was.lost_at:
        _tell(draft, parcel, Happening.LOST, f"lost:{now.lost_at.isoformat()}", now.lost_at)
    if now.damaged_at and not was.damaged_at:
        _tell(draft, parcel, Happening.DAMAGED, "damaged", now.damaged_at)
