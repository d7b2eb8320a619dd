"""Which deadlines an order has, when each is due, and on which facts it rests. Pure: the only place with these rules.

A deadline is due when now >= due_at. Days are exactly 24 hours, unless the shop's policy says business days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import (
    Ask,
    AskKind,
    Fulfilment,
    OrderState,
    OrderStatus,
    ParcelState,
    ReturnState,
    ReturnStatus,
)

#: What ends the wait for a delivery: D3, D4, D7 and D9 rest on none of it having happened.
_SETTLES_DELIVERY = ("parcel.delivered_at", "parcel.awaiting_signature_at", "parcel.returning_at", "parcel.closed_at")

_BEFORE_SHIPPED = frozenset({OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PROCESSED})
_UNDER_WAY = _BEFORE_SHIPPED | {OrderStatus.SHIPPED}

#: A return that is still to be answered, to be sent, or to come.
_OPEN_RETURN = frozenset({ReturnStatus.REQUESTED, ReturnStatus.EXPECTED, ReturnStatus.IN_TRANSIT})


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline ahead."""

    kind: DeadlineKind
    parcel: int | None  #: Of a parcel or a return; None where it is the order's. D14's is the one it counts from.
    due_at: datetime
    rests_on: dict[str, Any]  #: Facts by name, in JSON mode; `orders` compares them with the current ones.
    ask: UUID | None = None  #: What waits for an answer (D12).


def deadlines_of(state: OrderState) -> list[Deadline]:
    """Give every deadline that an order has, as it stands.

    What is asked for, sent back or on its way back goes on when the order is cancelled.
    """
    found = [*_answers(state), *_return_parcels(state), *_ways_back(state)]
    if state.status is OrderStatus.CANCELLED:
        return found
    found += _ship_by(state)
    found += _mark_shipped(state)
    found += _tracking_update(state)
    for parcel in state.parcels:
        if parcel.closed_at is None and parcel.returned_at is None:
            found += _collection(state, parcel)
            found += _delivery_period(state, parcel)
            found += _acknowledgment(state, parcel)
            found += _delay_grace(state, parcel)
            found += _abnormal_grace(state, parcel)
            found += _signature(state, parcel)
    found += _closing(state)
    return found


def needs_tracking_update(state: OrderState) -> bool:
    """Say whether D6 applies: no carrier was seen with any parcel, and the seller has recorded no update (R23)."""
    return _is_unseen(state) and state.updated_at is None


def _rests_on(state: OrderState, subject: ParcelState | ReturnState | Ask | None, *names: str) -> dict[str, Any]:
    """Give facts by name: ``order.<field>``, or a field of the *subject* under what its kind is called."""
    facts: dict[str, Any] = {}
    for name in names:
        owner, _, field = name.partition(".")
        facts[name] = _plain(getattr(state if owner == "order" else subject, field))
    return facts


def _plain(value: Any) -> Any:
    """Give a fact as JSON has it, and as `OrderState.model_dump(mode="json")` writes it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return to_jsonable_python(value)


def _is_unseen(state: OrderState) -> bool:
    """Say whether no carrier was seen with any parcel of an order that is under way.

    One that is Delivered all the same (the buyer confirmed it, R22) needs no tracking update any more.
    """
    return state.status in _UNDER_WAY and state.first_physical_at is None


def _ship_by(state: OrderState) -> Iterator[Deadline]:
    """D1: not Shipped, by command or by scan."""
    if state.status in _BEFORE_SHIPPED and state.shipped_at is None:
        due_at = state.placed_at + timedelta(hours=state.policy.ship_by_hours)
        facts = _rests_on(state, None, "order.placed_at", "order.shipped_at", "order.cancelled_at")
        yield Deadline(DeadlineKind.SHIP_BY, None, due_at, facts)


def _mark_shipped(state: OrderState) -> Iterator[Deadline]:
    """D2: Ship by TikTok, collected and not Shipped."""
    if state.fulfilment is not Fulfilment.SHIP_BY_TIKTOK or state.collected_at is None:
        return
    if state.status in _BEFORE_SHIPPED and state.shipped_at is None:
        due_at = state.collected_at + timedelta(hours=state.policy.mark_shipped_hours)
        facts = _rests_on(state, None, "order.collected_at", "order.shipped_at", "order.cancelled_at")
        yield Deadline(DeadlineKind.MARK_SHIPPED, None, due_at, facts)


def _delivery_period(state: OrderState, parcel: ParcelState) -> Iterator[Deadline]:
    """D3: the promised date; else, Ship by TikTok, the service's period from the collection scan."""
    if _settled(parcel) or parcel.delayed_at is not None:
        return
    due_at, names = state.promised_at, ["order.promised_at"]
    if due_at is None and state.fulfilment is Fulfilment.SHIP_BY_TIKTOK:
        by_service = state.policy.delivery_period_hours_by_service
        hours = by_service.get(state.service or "", state.policy.delivery_period_hours)
        start, known_by = _period_start(state, parcel)
        due_at = start + timedelta(hours=hours) if start is not None else None
        names += ["order.service", *known_by]
    if due_at is not None:
        names += ["order.cancelled_at", *_SETTLES_DELIVERY, "parcel.delayed_at"]
        yield Deadline(DeadlineKind.DELIVERY_PERIOD, parcel.number, due_at, _rests_on(state, parcel, *names))


def _period_start(state: OrderState, parcel: ParcelState) -> tuple[datetime | None, tuple[str, ...]]:
    """Give when the delivery period starts, and the facts that say so.

    Where no carrier reports the collection, the first scan of the parcel stands for it; for a parcel that is never
    scanned, the first of the order does: none may wait without an end.
    """
    names = ("parcel.collected_at", "parcel.first_physical_at", "order.first_physical_at")
    instants = (parcel.collected_at, parcel.first_physical_at, state.first_physical_at)
    for count, instant in enumerate(instants, start=1):
        if instant is not None:
            return instant, names[:count]
    return None, ()


def _acknowledgment(state: OrderState, parcel: ParcelState) -> Iterator[Deadline]:
    """D4: Ship by Seller, Shipped, after a physical scan: 12 days, never less than 3 after Shipped.

    The scan may be of another parcel of the order: it ends D5, and a parcel that nobody ever sees must not wait without
    an end. One that moves after its time (it was Lost, and found) has its days anew.
    """
    if state.fulfilment is not Fulfilment.SHIP_BY_SELLER or state.shipped_at is None or _settled(parcel):
        return
    if state.first_physical_at is None or parcel.lost_at is not None:
        return
    policy = state.policy
    due_at = max(
        policy.days_after(state.placed_at, policy.acknowledgment_days),
        policy.days_after(state.shipped_at, policy.acknowledgment_after_shipped_days),
    )
    names = ["order.placed_at", "order.shipped_at", "order.first_physical_at"]
    if parcel.moved_at is not None and parcel.moved_at > due_at:
        due_at = policy.days_after(parcel.moved_at, policy.acknowledgment_days)
        names.append("parcel.moved_at")
    names += ["order.cancelled_at", *_SETTLES_DELIVERY, "parcel.lost_at"]
    yield Deadline(DeadlineKind.ACKNOWLEDGMENT, parcel.number, due_at, _rests_on(state, parcel, *names))


def _tracking_update(state: OrderState) -> Iterator[Deadline]:
    """D5: no physical scan of any parcel: 15 days, never less than 3 after Shipped.

    The seller's first tracking update clears it once (R23), where the policy says so: its days begin anew there.
    """
    if not _is_unseen(state):
        return
    policy = state.policy
    start, names = state.placed_at, ["order.placed_at", "order.shipped_at"]
    if policy.seller_update_clears_auto_cancel:
        start = state.updated_at or start
        names.append("order.updated_at")
    due_at = policy.days_after(start, policy.auto_cancel_days)
    if state.shipped_at is not None:
        due_at = max(due_at, policy.days_after(state.shipped_at, policy.auto_cancel_after_shipped_days))
    names += ["order.first_physical_at", "order.cancelled_at"]
    yield Deadline(DeadlineKind.TRACKING_UPDATE, None, due_at, _rests_on(state, None, *names))


def _delay_grace(state: OrderState, parcel: ParcelState) -> Iterator[Deadline]:
    """D7: Ship by TikTok, Delayed by D3."""
    if state.fulfilment is not Fulfilment.SHIP_BY_TIKTOK or parcel.delayed_at is None or _settled(parcel):
        return
    due_at = parcel.delayed_at + timedelta(hours=state.policy.delay_grace_hours)
    facts = _rests_on(state, parcel, "order.cancelled_at", *_SETTLES_DELIVERY, "parcel.delayed_at")
    yield Deadline(DeadlineKind.DELAY_GRACE, parcel.number, due_at, facts)


def _abnormal_grace(state: OrderState, parcel: ParcelState) -> Iterator[Deadline]:
    """D9: Lost or Damaged, and no later movement."""
    if _settled(parcel):
        return
    since = [at for at in (parcel.lost_at, parcel.damaged_at) if at is not None and not _moved_since(parcel, at)]
    if not since:
        return
    due_at = min(since) + timedelta(hours=state.policy.abnormal_grace_hours)
    names = ("order.cancelled_at", *_SETTLES_DELIVERY, "parcel.lost_at", "parcel.damaged_at", "parcel.moved_at")
    yield Deadline(DeadlineKind.ABNORMAL_GRACE, parcel.number, due_at, _rests_on(state, parcel, *names))


def _signature(state: OrderState, parcel: ParcelState) -> Iterator[Deadline]:
    """D10: delivered, but not signed for (R7), and the buyer does not say that it never came (R22)."""
    if parcel.awaiting_signature_at is None or parcel.disputed_at is not None:
        return
    due_at = parcel.awaiting_signature_at + timedelta(hours=state.policy.signature_hours)
    names = ("order.cancelled_at", *_SETTLES_DELIVERY, "parcel.disputed_at")
    yield Deadline(DeadlineKind.SIGNATURE, parcel.number, due_at, _rests_on(state, parcel, *names))


def _collection(state: OrderState, parcel: ParcelState) -> Iterator[Deadline]:
    """D13: handed over, or pick-up asked for, whichever was last; and no carrier was seen with it."""
    since = [at for at in (parcel.handed_over_at, parcel.pickup_asked_at) if at is not None]
    if not since or parcel.first_physical_at is not None or parcel.delivered_at is not None:
        return
    due_at = max(since) + timedelta(hours=state.policy.collection_hours)
    names = ("parcel.handed_over_at", "parcel.pickup_asked_at", "parcel.first_physical_at", "parcel.delivered_at")
    facts = _rests_on(state, parcel, *names, "parcel.closed_at", "order.cancelled_at")
    yield Deadline(DeadlineKind.COLLECTION, parcel.number, due_at, facts)


def _return_parcels(state: OrderState) -> Iterator[Deadline]:
    """D8: an approved return that no carrier has seen yet. D11: a return in transit."""
    policy = state.policy
    for one in state.returns:
        if one.status is ReturnStatus.EXPECTED and one.approved_at is not None:
            due_at = policy.days_after(one.approved_at, policy.return_parcel_days)
            facts = _rests_on(state, one, "return.status", "return.approved_at", "return.moved_at")
            yield Deadline(DeadlineKind.RETURN_PARCEL, one.parcel, due_at, facts)
        # Where the scan that moved it was corrected away, it counts from the approval: it must not wait without an end.
        elif one.status is ReturnStatus.IN_TRANSIT and (start := one.moved_at or one.approved_at):
            due_at = policy.days_after(start, policy.way_back_days)
            names = ("return.status", "return.approved_at", "return.moved_at", "return.received_at")
            facts = _rests_on(state, one, *names)
            yield Deadline(DeadlineKind.WAY_BACK, one.parcel, due_at, facts)


def _ways_back(state: OrderState) -> Iterator[Deadline]:
    """D11: an outbound parcel that a carrier sends back; also one that was given up, or whose order is cancelled."""
    for parcel in state.parcels:
        if parcel.returning_at is not None and _is_on_its_way_back(parcel):
            due_at = state.policy.days_after(parcel.returning_at, state.policy.way_back_days)
            facts = _rests_on(state, parcel, "parcel.returning_at", "parcel.returned_at", "parcel.lost_in_return_at")
            yield Deadline(DeadlineKind.WAY_BACK, parcel.number, due_at, facts)


def _answers(state: OrderState) -> Iterator[Deadline]:
    """D12: what waits for the seller's answer."""
    policy = state.policy
    for ask in state.asks:
        hours = policy.cancellation_answer_hours if ask.kind is AskKind.CANCELLATION else policy.answer_hours
        facts = _rests_on(state, ask, "ask.kind", "ask.asked_at")
        yield Deadline(DeadlineKind.ANSWER, None, ask.asked_at + timedelta(hours=hours), facts, ask.id)


def _closing(state: OrderState) -> Iterator[Deadline]:
    """D14: Delivered, and nothing open: no complaint, no question, no return, nothing on its way back.

    Also where nothing of the order can become of anything any more, though it is not Delivered: its parcels are Lost
    for good, say. Every order that is not final has a deadline ahead.
    It is the order's, and names the parcel that it is counted from: so it rests on what is known of that one, too.
    """
    if state.status is OrderStatus.RETURNED or state.closed_at is not None or state.disputed or state.asks:
        return
    if any(one.status in _OPEN_RETURN for one in state.returns) or any(map(_is_on_its_way_back, state.parcels)):
        return
    if state.status is OrderStatus.DELIVERED:
        ends = [(one.delivered_at, one) for one in state.parcels if one.delivered_at is not None]
        known_by: tuple[str, ...] = ("parcel.delivered_at", "parcel.returning_at")
    else:
        ends = [(end, one) for one in state.parcels if (end := _end_of(state, one)) is not None]
        if len(ends) < len(state.parcels) or state.first_physical_at is None:
            return
        known_by = (*_SETTLES_DELIVERY, "parcel.lost_at", "parcel.damaged_at", "parcel.lost_in_return_at")
    if ends:
        end, parcel = max(ends, key=lambda one: (one[0], one[1].number))
        due_at = state.policy.days_after(end, state.policy.return_window_days)
        names = ("order.status", "order.closed_at", "order.disputed", "order.asks", "order.returns", *known_by)
        yield Deadline(DeadlineKind.CLOSING, parcel.number, due_at, _rests_on(state, parcel, *names))


def _end_of(state: OrderState, parcel: ParcelState) -> datetime | None:
    """Give when a parcel's story ended; None where something may still become of it, or another deadline is ahead."""
    policy = state.policy
    if parcel.returning_at is not None:
        return parcel.returned_at or parcel.lost_in_return_at
    if parcel.delivered_at is not None or parcel.closed_at is not None:
        return parcel.delivered_at or parcel.closed_at
    if parcel.awaiting_signature_at is not None:
        # D10 lets it be, by policy or because the buyer disputed it.
        if policy.unsigned_becomes_delivered and parcel.disputed_at is None:
            return None
        return parcel.awaiting_signature_at + timedelta(hours=policy.signature_hours)
    closes = state.fulfilment is Fulfilment.SHIP_BY_TIKTOK or policy.abnormal_cancels_ship_by_seller
    if parcel.lost_at is None or closes:
        return None
    # D9 lets it be, by policy (R9). A promise that was made for later is told to be broken first (D3).
    end = max(parcel.lost_at, parcel.damaged_at or parcel.lost_at) + timedelta(hours=policy.abnormal_grace_hours)
    return max(end, state.promised_at or end)


def _is_on_its_way_back(parcel: ParcelState) -> bool:
    return parcel.returning_at is not None and parcel.returned_at is None and parcel.lost_in_return_at is None


def _settled(parcel: ParcelState) -> bool:
    """Delivered, awaiting its signature, or on its way back: what stops D3, D4, D7 and D9."""
    return bool(parcel.delivered_at or parcel.awaiting_signature_at or parcel.returning_at)


def _moved_since(parcel: ParcelState, at: datetime) -> bool:
    return parcel.moved_at is not None and parcel.moved_at > at
