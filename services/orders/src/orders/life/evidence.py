"""What new evidence does to an order: fold its parcels, see where the order stands, and say what is news."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.orders.v1 import Fulfilment, Happening, OrderStatus
from contracts.policy import Policy
from contracts.vocabulary import ScanStatus
from orders.life import news
from orders.life.lifecycle import Moved, Trigger, react
from orders.life.order import (
    DerivedMark,
    Evidence,
    Found,
    Order,
    Parcel,
    can_still_be_delivered,
    is_with_buyer,
    refundable,
)
from orders.life.outcome import Draft, Outcome
from orders.life.parcel import Terms, fold, happened_at, is_physical
from orders.life.refunds import money, owe, owe_what_came_back

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
    found: Found,
    now: datetime,
    gone: frozenset[UUID] = frozenset(),
    mixed_up: Sequence[tuple[int, Evidence]] = (),
) -> Outcome:
    """Add *found* to an order's evidence, without the records *gone* that were superseded.

    *mixed_up* are records of a carrier that is not the parcel's: they alert the seller and move nothing (R6).
    """
    draft = Draft(order, now)
    for number, scan in mixed_up:
        fact = f"p{number}:mix_up:{scan.carrier}"
        if draft.is_news(fact):
            draft.announce(Happening.MIX_UP, fact, happened_at(scan), number, carrier=scan.carrier)
            draft.record("mix_up", {"parcel": number, "carrier": scan.carrier, "scan": str(scan.scan_id)})
    if not found and not gone:
        return draft.finish()
    scans = [str(scan.scan_id) for some in found.values() for scan in some]
    cause: dict[str, object] = {"scans": scans}
    if gone:
        cause["superseded"] = [str(scan_id) for scan_id in gone]
    settle(draft, order, "scans", cause, found, gone)
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
    found: Found = MappingProxyType({}),
    gone: frozenset[UUID] = frozenset(),
) -> None:
    """Fold every parcel again, with *found* and without *gone*; then the order follows its parcels.

    It moves where they are, the step is recorded, and what is news is announced.
    """
    order, terms = draft.order, terms_of(draft.order)
    started = order.status
    parcels = tuple(_folded(parcel, found.get(parcel.number, ()), gone, terms) for parcel in order.parcels)
    if started is OrderStatus.CANCELLED:
        draft.change(parcels=parcels)
        draft.record(trigger, cause, started)
        news.after_cancellation(draft, found)
    else:
        draft.change(parcels=parcels, shipped_at=_when_shipped(order, found))
        for step in follow_parcels(draft.order):
            _apply(draft, step)
        draft.record(trigger, cause, started)
        news.announce(draft, before, found)
    owe_what_came_back(draft)


def _folded(parcel: Parcel, found: Sequence[Evidence], gone: frozenset[UUID], terms: Terms) -> Parcel:
    evidence = (*(scan for scan in parcel.evidence if scan.scan_id not in gone), *found)
    state = fold(parcel.number, parcel.state.carrier, evidence, parcel.marks, terms)
    return replace(parcel, evidence=evidence, state=state)


def _when_shipped(order: Order, found: Found) -> datetime | None:
    """R5: any physical scan past collection ships the order; the collection scan itself where the policy says so.

    The first one counts, whichever came first.
    """
    collection_too = order.policy.collection_marks_shipped
    times = [
        happened_at(scan)
        for scans in found.values()
        for scan in scans
        if is_physical(scan) and (collection_too or scan.status is not ScanStatus.PICKED_UP)
    ]
    if not times:
        return order.shipped_at
    seen = max(min(times), order.placed_at)
    return seen if order.shipped_at is None else min(seen, order.shipped_at)


def follow_parcels(order: Order) -> list[Trigger]:
    """Say what the parcels do to the order's status (RULES, "Order from its parcels")."""
    states = [parcel.state for parcel in order.parcels]
    open_ones = any(can_still_be_delivered(state) for state in states)
    there = any(is_with_buyer(state) for state in states)
    back = any(state.returned_at is not None for state in states)
    steps = []
    if order.status in BEFORE_SHIPPED and order.shipped_at is not None:
        steps.append(Trigger.MOVED)
    if there and not open_ones:
        if order.status is not OrderStatus.DELIVERED:
            steps.append(Trigger.ARRIVED)
    elif back and not open_ones:
        if order.status is not OrderStatus.RETURNED:
            steps.append(Trigger.CAME_BACK)
    elif order.status in (OrderStatus.DELIVERED, OrderStatus.RETURNED):
        steps.append(Trigger.LEFT)
    return steps


def _apply(draft: Draft, trigger: Trigger) -> None:
    outcome = react(draft.order.status, trigger)
    if isinstance(outcome, Moved):
        draft.change(status=outcome.to)


def cancel(draft: Draft, before: OrderStatus, trigger: str, cause: dict[str, Any], *, by: str) -> None:
    """Write a cancellation down. Before Shipped, or by D5, what was paid is owed at once (R13)."""
    draft.change(cancelled_at=draft.now)
    due = owe(draft, "cancelled", ()) if before in BEFORE_SHIPPED or by == "D5" else Decimal(0)
    draft.record(trigger, cause, before)
    detail = {"by": by, "refund": "none"}
    if amount := due or refundable(draft.order):
        detail |= {"refund": "due" if due else "on_request", "amount": money(draft.order, amount)}
    draft.announce(Happening.CANCELLED, "cancelled", draft.now, None, **detail)
