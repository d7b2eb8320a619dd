"""Which deadlines an order has, when each is due, and on which facts it rests. Pure: the only place with these rules.

A deadline is due when now >= due_at. Days are exactly 24 hours, unless the shop's policy says business days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Fulfilment, OrderState, OrderStatus, ParcelState
from contracts.policy import Policy

FRIDAY = 4

#: What ends the wait for a delivery: D3, D4, D7 and D9 rest on none of it having happened.
_SETTLES_DELIVERY = ("parcel.delivered_at", "parcel.awaiting_signature_at", "parcel.returning_at", "parcel.closed_at")


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline ahead."""

    kind: DeadlineKind
    parcel: int | None  #: None where it is the order's.
    due_at: datetime
    rests_on: dict[str, Any]  #: Facts by name, in JSON mode; `orders` compares them with the current ones.


def deadlines_of(state: OrderState) -> list[Deadline]:
    """Give every deadline that an order has, as it stands."""
    if state.status is OrderStatus.CANCELLED:
        return []
    found = list(_tracking_update(state))
    for parcel in state.parcels:
        if parcel.closed_at is None and parcel.returned_at is None:
            found += _delivery_period(state, parcel)
            found += _acknowledgment(state, parcel)
            found += _delay_grace(state, parcel)
            found += _abnormal_grace(state, parcel)
            found += _signature(state, parcel)
    return found


def needs_tracking_update(state: OrderState) -> bool:
    """Say whether D5, and so D6, applies: no carrier was seen with any parcel."""
    return state.status is not OrderStatus.CANCELLED and state.first_physical_at is None


def add_days(start: datetime, days: int, policy: Policy) -> datetime:
    """Give the instant *days* after *start*: times 24 hours, or that many days from Monday to Friday in the zone."""
    if not policy.business_days:
        return start + timedelta(days=days)
    local = start.astimezone(ZoneInfo(policy.zone))
    left = days
    while left:
        local += timedelta(days=1)
        left -= local.weekday() <= FRIDAY
    return local.astimezone(start.tzinfo)


def _rests_on(state: OrderState, parcel: ParcelState | None, *names: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name in names:
        owner, _, field = name.partition(".")
        value = getattr(state if owner == "order" else parcel, field)
        facts[name] = _plain(value)
    return facts


def _plain(value: Any) -> Any:
    """Give a fact as JSON has it, and as `OrderState.model_dump(mode="json")` writes it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


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
        add_days(state.placed_at, policy.acknowledgment_days, policy),
        add_days(state.shipped_at, policy.acknowledgment_after_shipped_days, policy),
    )
    names = ["order.placed_at", "order.shipped_at", "order.first_physical_at"]
    if parcel.moved_at is not None and parcel.moved_at > due_at:
        due_at = add_days(parcel.moved_at, policy.acknowledgment_days, policy)
        names.append("parcel.moved_at")
    names += ["order.cancelled_at", *_SETTLES_DELIVERY, "parcel.lost_at"]
    yield Deadline(DeadlineKind.ACKNOWLEDGMENT, parcel.number, due_at, _rests_on(state, parcel, *names))


def _tracking_update(state: OrderState) -> Iterator[Deadline]:
    """D5: no physical scan of any parcel: 15 days, never less than 3 after Shipped."""
    if not needs_tracking_update(state):
        return
    policy = state.policy
    due_at = add_days(state.placed_at, policy.auto_cancel_days, policy)
    if state.shipped_at is not None:
        due_at = max(due_at, add_days(state.shipped_at, policy.auto_cancel_after_shipped_days, policy))
    names = ("order.placed_at", "order.shipped_at", "order.first_physical_at", "order.cancelled_at")
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
    """D10: delivered, but not signed for (R7)."""
    if parcel.awaiting_signature_at is None:
        return
    due_at = parcel.awaiting_signature_at + timedelta(hours=state.policy.signature_hours)
    names = ("order.cancelled_at", *_SETTLES_DELIVERY)
    yield Deadline(DeadlineKind.SIGNATURE, parcel.number, due_at, _rests_on(state, parcel, *names))


def _settled(parcel: ParcelState) -> bool:
    """Delivered, awaiting its signature, or on its way back: what stops D3, D4, D7 and D9."""
    return bool(parcel.delivered_at or parcel.awaiting_signature_at or parcel.returning_at)


def _moved_since(parcel: ParcelState, at: datetime) -> bool:
    return parcel.moved_at is not None and parcel.moved_at > at
