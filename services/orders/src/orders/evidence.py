"""What new evidence does to an order: fold its parcels, see where the order stands, and say what is news.

News compares the parcels before and after: what an older record adds is no news, and what was announced is not
announced again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from contracts.orders.v1 import Fulfilment, Happening, OrderStatus, ParcelState
from contracts.policy import Policy
from contracts.vocabulary import PHYSICAL, ScanStatus
from orders.lifecycle import Moved, Trigger, react
from orders.order import (
    DerivedMark,
    Evidence,
    Order,
    Parcel,
    Refund,
    RefundState,
    can_still_be_delivered,
    is_with_buyer,
    refundable,
)
from orders.outcome import Draft, Outcome
from orders.parcel import Terms, fold

BEFORE_SHIPPED = (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PROCESSED)


def terms_of(order: Order) -> Terms:
    """Give what the fold of this order's parcels needs to know."""
    return Terms(
        signature_needed=order.fulfilment is Fulfilment.SHIP_BY_TIKTOK,
        zone=ZoneInfo(order.zone),
        attempts_before_lost=_attempts(order.policy),
    )


def _attempts(policy: Policy) -> Callable[[str], int]:
    by_carrier, otherwise = policy.attempts_before_lost_by_carrier, policy.attempts_before_lost
    return lambda carrier: by_carrier.get(carrier, otherwise)


def weigh(
    order: Order,
    found: Mapping[int, Sequence[Evidence]],
    now: datetime,
    gone: frozenset[UUID] = frozenset(),
    mixed_up: Sequence[tuple[int, Evidence]] = (),
) -> Outcome:
    """Add *found* (by parcel number) to an order's evidence, without the records *gone* that were superseded.

    *mixed_up* are records of a carrier that is not the parcel's: they alert the seller and move nothing (R6).
    """
    draft = Draft(order, now)
    for number, scan in mixed_up:
        fact = f"p{number}:mix_up:{scan.carrier}"
        if fact not in draft.order.told:
            draft.announce(Happening.MIX_UP, fact, scan.received_at, number, carrier=scan.carrier)
            draft.record("mix_up", {"parcel": number, "carrier": scan.carrier, "scan": str(scan.scan_id)})
    if not found and not gone:
        return draft.finish()
    parcels = []
    for parcel in order.parcels:
        kept = tuple(scan for scan in parcel.evidence if scan.scan_id not in gone)
        parcels.append(replace(parcel, evidence=(*kept, *found.get(parcel.number, ()))))
    draft.change(parcels=tuple(parcels))
    scans = [str(scan.scan_id) for some in found.values() for scan in some]
    cause: dict[str, object] = {"scans": scans}
    if gone:
        cause["superseded"] = [str(scan_id) for scan_id in gone]
    settle(draft, order, "scans", cause, found)
    return draft.finish()


def mark(draft: Draft, number: int, mark: DerivedMark) -> None:
    """Add what a rule concluded to a parcel's evidence; `settle` draws the consequences."""
    draft.change(
        parcels=tuple(
            replace(parcel, marks=(*parcel.marks, mark)) if parcel.number == number else parcel
            for parcel in draft.order.parcels
        )
    )


def settle(
    draft: Draft,
    before: Order,
    trigger: str,
    cause: dict[str, object],
    found: Mapping[int, Sequence[Evidence]] | None = None,
) -> None:
    """Fold every parcel again, move the order where they are, record the step, and announce what is news."""
    terms = terms_of(draft.order)
    folded = tuple(
        replace(p, state=fold(p.number, p.state.carrier, p.evidence, p.marks, terms)) for p in draft.order.parcels
    )
    draft.change(parcels=folded)
    started = draft.order.status
    if started is OrderStatus.CANCELLED:
        draft.record(trigger, cause, started)
        _after_cancellation(draft, found or {})
        return
    for step in follow_parcels(draft.order):
        _apply(draft, step)
    draft.record(trigger, cause, started)
    _announce(draft, before, found or {})
    _refund_what_came_back(draft)


def follow_parcels(order: Order) -> list[Trigger]:
    """Say what the parcels do to the order's status (RULES, "Order from its parcels")."""
    states = [parcel.state for parcel in order.parcels]
    open_ones = [state for state in states if can_still_be_delivered(state)]
    there = [state for state in states if is_with_buyer(state)]
    back = [state for state in states if state.returned_at is not None]
    on_the_way_back = [state for state in states if state.returning_at and state.returned_at is None]
    steps = []
    if order.shipped_at is None and _was_shipped(order, states):
        steps.append(Trigger.MOVED)
    if there and not open_ones:
        if order.status is not OrderStatus.DELIVERED:
            steps.append(Trigger.ARRIVED)
    elif back and not open_ones:
        if order.status is not OrderStatus.RETURNED:
            steps.append(Trigger.CAME_BACK)
    elif order.status in (OrderStatus.DELIVERED, OrderStatus.RETURNED) and (on_the_way_back or open_ones):
        steps.append(Trigger.LEFT)
    return steps


def _was_shipped(order: Order, states: Sequence[ParcelState]) -> bool:
    """R5: any physical scan past collection; the collection scan itself only where the policy says so."""
    return any(_past_collection_at(order, state) is not None for state in states)


def _past_collection_at(order: Order, state: ParcelState) -> datetime | None:
    if state.first_physical_at is None:
        return None
    if order.policy.collection_marks_shipped:
        return state.first_physical_at
    parcel = next(parcel for parcel in order.parcels if parcel.number == state.number)
    past = PHYSICAL - {ScanStatus.PICKED_UP}
    times = [scan.scanned_at or scan.received_at for scan in parcel.evidence if scan.status in past]
    return min(times, default=None)


def _apply(draft: Draft, trigger: Trigger) -> None:
    outcome = react(draft.order.status, trigger)
    if trigger is Trigger.MOVED:
        times = [_past_collection_at(draft.order, parcel.state) for parcel in draft.order.parcels]
        first = min((at for at in times if at is not None), default=draft.now)
        draft.change(shipped_at=max(first, draft.order.placed_at))
    if isinstance(outcome, Moved):
        draft.change(status=outcome.to)


def _announce(draft: Draft, before: Order, found: Mapping[int, Sequence[Evidence]]) -> None:
    order = draft.order
    if before.shipped_at is None and order.shipped_at is not None and order.status is not OrderStatus.CANCELLED:
        draft.announce(Happening.SHIPPED, "shipped", order.shipped_at)
    for was, parcel in zip(before.parcels, order.parcels, strict=True):
        _announce_parcel(draft, was.state, parcel)
        for scan in found.get(parcel.number, ()):
            if scan.status is ScanStatus.CANCELLED:
                fact = f"p{parcel.number}:carrier_cancelled"
                draft.announce(Happening.CARRIER_CANCELLED, fact, scan.received_at, parcel.number, carrier=scan.carrier)


#: Places that are announced when a parcel has come to them, and stays there for now.
_PLACES = {
    ScanStatus.OUT_FOR_DELIVERY: Happening.OUT_FOR_DELIVERY,
    ScanStatus.READY_FOR_PICKUP: Happening.READY_FOR_PICKUP,
}


def _announce_parcel(draft: Draft, was: ParcelState, parcel: Parcel) -> None:
    now, number, zone = parcel.state, parcel.number, ZoneInfo(draft.order.zone)

    def tell(happening: Happening, name: str, at: datetime, **detail: str) -> None:
        draft.announce(happening, f"p{number}:{name}", at, number, **detail)

    if now.collected_at and not was.collected_at:
        tell(Happening.COLLECTED, "collected", now.collected_at)
    if now.place_at and (now.place, now.place_at) != (was.place, was.place_at):
        day = now.place_at.astimezone(zone).date()
        if now.place in _PLACES:
            tell(_PLACES[now.place], f"{now.place}:{day}", now.place_at)
        elif now.place is ScanStatus.ATTEMPT_FAILED and now.attempts > was.attempts:
            tell(Happening.ATTEMPT_FAILED, f"attempt:{now.attempts}", now.place_at, attempt=str(now.attempts))
        elif now.place is ScanStatus.RETURNING:
            tell(Happening.RETURNING, "returning", now.place_at)
        elif now.place is ScanStatus.RETURNED:
            tell(Happening.RETURNED, "returned", now.place_at)
    if was.lost_at and not now.lost_at and not now.closed_at:
        at = now.moved_at or now.delivered_at or draft.now
        tell(Happening.CORRECTED, f"corrected:{was.lost_at.isoformat()}", at)
    if is_with_buyer(now) and not is_with_buyer(was) and now.delivered_at:
        tell(Happening.DELIVERED, "delivered", now.delivered_at, unsigned="yes" if now.unsigned else "no")
    if now.awaiting_signature_at and not was.awaiting_signature_at:
        tell(Happening.AWAITING_SIGNATURE, "awaiting_signature", now.awaiting_signature_at)
    if now.delayed_at and not was.delayed_at:
        tell(Happening.DELAYED, f"delayed:{now.delayed_at.isoformat()}", now.delayed_at)
    if now.lost_at and not was.lost_at:
        tell(Happening.LOST, f"lost:{now.lost_at.isoformat()}", now.lost_at)
    if now.damaged_at and not was.damaged_at:
        tell(Happening.DAMAGED, "damaged", now.damaged_at)


def _after_cancellation(draft: Draft, found: Mapping[int, Sequence[Evidence]]) -> None:
    """The cancellation stands; the seller hears of it, once each."""
    for number, scans in found.items():
        for scan in scans:
            at = scan.scanned_at or scan.received_at
            if scan.status is ScanStatus.DELIVERED:
                happening, refund = Happening.DELIVERED_AFTER_CANCELLATION, _refund_word(draft.order)
                draft.announce(happening, f"p{number}:{happening}", at, number, refund=refund)
            elif scan.status in PHYSICAL:
                happening = Happening.SCANNED_AFTER_CANCELLATION
                draft.announce(happening, f"p{number}:{happening}", at, number)


def _refund_word(order: Order) -> str:
    return order.refunds[-1].state.value if order.refunds else "none"


def _refund_what_came_back(draft: Draft) -> None:
    """R12: what a carrier brought back is refunded when it is there."""
    for parcel in draft.order.parcels:
        if parcel.state.returned_at is not None:
            owe(draft, "returned", (parcel.number,), worth(draft.order, parcel))


def worth(order: Order, parcel: Parcel) -> Decimal:
    """Give the price of what is in a parcel; of the whole order where it is the only one."""
    if len(order.parcels) == 1:
        return order.total
    prices = {line.sku: line.unit_price for line in order.lines}
    return sum((prices[sku] * quantity for sku, quantity in parcel.lines), Decimal(0))


def owe(draft: Draft, cause: str, parcels: tuple[int, ...], amount: Decimal) -> Refund | None:
    """Make a refund due, at most one per cause and parcels, and never more than was paid (R13)."""
    order = draft.order
    refund_id = refund_id_of(order, cause, parcels)
    sum_due = min(amount, refundable(order))
    if sum_due <= 0 or any(refund.id == refund_id for refund in order.refunds):
        return None
    refund = Refund(refund_id, cause, parcels, sum_due, RefundState.DUE)
    draft.change(refunds=(*order.refunds, refund))
    return refund


def refund_id_of(order: Order, cause: str, parcels: tuple[int, ...]) -> UUID:
    """Give the one id that a refund of this cause and these parcels can have."""
    return uuid5(NAMESPACE_OID, f"{order.id}/{cause}/{','.join(map(str, parcels))}")


def cancel(draft: Draft, before: OrderStatus, trigger: str, cause: dict[str, Any], *, by: str) -> None:
    """Write a cancellation down. Before Shipped, or by D5, what was paid is owed at once (R13)."""
    draft.change(cancelled_at=draft.now)
    refund = owe(draft, "cancelled", (), refundable(draft.order)) if before in BEFORE_SHIPPED or by == "D5" else None
    draft.record(trigger, cause, before)
    detail = {"by": by, "refund": "none"}
    if refund:
        detail |= {"refund": "due", "amount": money(draft.order, refund.amount)}
    elif refundable(draft.order) > 0:
        detail |= {"refund": "on_request", "amount": money(draft.order, refundable(draft.order))}
    if reason := cause.get("reason"):
        detail["reason"] = str(reason)
    draft.announce(Happening.CANCELLED, "cancelled", draft.now, None, **detail)


def money(order: Order, amount: Decimal) -> str:
    """Give an amount with the order's currency."""
    return f"{amount} {order.currency}"


def parcel_of(order: Order, number: int) -> Parcel | None:
    """Give the parcel of that number, or None."""
    return next((parcel for parcel in order.parcels if parcel.number == number), None)
