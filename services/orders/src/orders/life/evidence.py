"""What new evidence does to an order: fold its parcels, see where the order stands, and say what is news."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.orders.v1 import Fulfilment, Happening, OrderStatus
from contracts.policy import Policy
from contracts.vocabulary import ScanStatus
from orders.life import news
from orders.life.changing import overtake_requests
from orders.life.fold import Terms, fold, happened_at, is_physical
from orders.life.order import Order
from orders.life.outcome import Draft, Outcome
from orders.life.parcel import DerivedMark, Evidence, Found, Parcel
from orders.life.refunds import owe_what_came_back
from orders.life.returning import fold_returns, follow_returns
from orders.life.standing import follow


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
    cause: dict[str, Any] = {"scans": scans}
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
    cause: dict[str, Any],
    found: Found = MappingProxyType({}),
    gone: frozenset[UUID] = frozenset(),
) -> None:
    """Fold every parcel again, with *found* and without *gone*; then the order follows its parcels.

    It moves where they are, the step is recorded, and what is news is announced.
    """
    order, terms = draft.order, terms_of(draft.order)
    started = order.status
    parcels = tuple(_folded(parcel, found.get(parcel.number, ()), gone, terms) for parcel in order.parcels)
    draft.change(parcels=parcels)
    fold_returns(draft, found, gone, terms)
    if started is OrderStatus.CANCELLED:
        draft.record(trigger, cause, started)
        news.after_cancellation(draft, found)
    else:
        draft.change(shipped_at=_when_shipped(order, found))
        follow(draft)
        draft.record(trigger, cause, started)
        news.announce(draft, before, found)
    owe_what_came_back(draft)
    follow_returns(draft)
    overtake_requests(draft)


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
        for parcel in order.parcels
        for scan in found.get(parcel.number, ())
        if is_physical(scan) and (collection_too or scan.status is not ScanStatus.PICKED_UP)
    ]
    if not times:
        return order.shipped_at
    seen = max(min(times), order.placed_at)
    return seen if order.shipped_at is None else min(seen, order.shipped_at)
