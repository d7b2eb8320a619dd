"""An order as `orders` holds it, and what other services may know of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from contracts.orders.v1 import (
    Ask,
    AskKind,
    Badge,
    Fulfilment,
    Handover,
    OrderState,
    OrderStatus,
    PaymentMethod,
    ReturnState,
    ReturnStatus,
)
from contracts.policy import Policy
from orders.life.cases import (
    Complaint,
    ComplaintState,
    Fault,
    Refund,
    RefundState,
    Request,
    RequestKind,
    RequestState,
    Return,
)
from orders.life.parcel import Mark, Parcel, badges_of


@dataclass(frozen=True, slots=True)
class Line:
    """What was bought of one thing."""

    sku: str
    title: str
    quantity: int
    unit_price: Decimal
    options: tuple[tuple[str, str], ...] = ()  #: Size, colour …, by name.
    fragile: bool = False  #: Packed in layers, and marked (R3).
    exclusion: str | None = None  #: Why it cannot be returned (R12); shown to the buyer.


@dataclass(frozen=True, slots=True)
class Order:
    """An order with everything that decisions about it need."""

    id: UUID
    shop_id: UUID
    number: str  #: The marketplace's own number.
    version: int
    status: OrderStatus
    commanded: OrderStatus  #: What the commands alone have reached: placed, confirmed, processed or shipped.
    fulfilment: Fulfilment
    handover: Handover | None
    service: str | None
    payment: PaymentMethod
    currency: str
    total: Decimal
    prepaid: Decimal
    collected: Decimal  #: Paid at the door.
    placed_at: datetime
    promised_at: datetime | None
    shipped_at: datetime | None
    cancelled_at: datetime | None
    zone: str  #: Of the shop; a local day is its day.
    policy: Policy
    lines: tuple[Line, ...]
    parcels: tuple[Parcel, ...]
    refunds: tuple[Refund, ...] = ()
    requests: tuple[Request, ...] = ()
    returns: tuple[Return, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    faults: tuple[Fault, ...] = ()
    closed_at: datetime | None = None  #: D14 was applied.
    last_number: int = 0  #: The highest number that a parcel ever had which is no more; 0 where there is none.
    told: frozenset[str] = frozenset()  #: Facts that were announced; none is announced twice.


def refunded(order: Order) -> Decimal:
    """Give what is refunded already, on its way, or asked for."""
    return sum((r.amount for r in order.refunds if r.state is not RefundState.REFUSED), Decimal(0))


def refundable(order: Order) -> Decimal:
    """Give what may still be refunded: prepaid + collected at the door - refunded (R13)."""
    return max(Decimal(0), order.prepaid + order.collected - refunded(order))


def state_of(order: Order) -> OrderState:
    """Give what other services may know of *order*: no word about its buyer."""
    states = [parcel.state for parcel in order.parcels]
    return OrderState(
        order_id=order.id,
        shop_id=order.shop_id,
        version=order.version,
        status=order.status,
        fulfilment=order.fulfilment,
        handover=order.handover,
        service=order.service,
        payment=order.payment,
        placed_at=order.placed_at,
        promised_at=order.promised_at,
        shipped_at=order.shipped_at,
        first_physical_at=_earliest(state.first_physical_at for state in states),
        collected_at=_earliest(state.collected_at for state in states),
        updated_at=_earliest(mark.at for p in order.parcels for mark in p.marks if mark.mark is Mark.UPDATED),
        cancelled_at=order.cancelled_at,
        closed_at=order.closed_at,
        disputed=any(one.state in (ComplaintState.OPEN, ComplaintState.ANSWERED) for one in order.complaints),
        refund_due=any(r.state in (RefundState.DUE, RefundState.APPROVED) for r in order.refunds),
        refundable=refundable(order) > 0,
        badge=badge_of(order),
        asks=_asks(order),
        returns=[_return_state(one) for one in order.returns],
        policy=order.policy,
        parcels=states,
    )


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in instants if one is not None), default=None)


def _asks(order: Order) -> list[Ask]:
    """Give what the buyer asked for and the seller has not answered (D12)."""
    found = [
        Ask(id=one.id, kind=AskKind.CANCELLATION, asked_at=one.asked_at)
        for one in order.requests
        if one.kind is RequestKind.CANCELLATION and one.state is RequestState.REQUESTED
    ]
    found += [
        Ask(id=one.id, kind=AskKind.REFUND, asked_at=one.asked_at)
        for one in order.refunds
        if one.state is RefundState.REQUESTED and one.asked_at is not None
    ]
    found += [
        Ask(id=one.id, kind=AskKind.RETURN, asked_at=one.asked_at)
        for one in order.returns
        if one.status is ReturnStatus.REQUESTED
    ]
    return found


def _return_state(one: Return) -> ReturnState:
    return ReturnState(
        id=one.id,
        parcel=one.parcel.number,
        status=one.status,
        approved_at=one.approved_at,
        moved_at=one.parcel.state.returning_at,
        received_at=one.received_at,
    )


def parcel_of(order: Order, number: int) -> Parcel | None:
    """Give the parcel of that number, or None."""
    return next((parcel for parcel in order.parcels if parcel.number == number), None)


def chosen(order: Order, numbers: tuple[int, ...]) -> list[Parcel] | None:
    """Give the parcels of these numbers, all where there are none; None where one is not of the order."""
    found = [parcel for parcel in order.parcels if not numbers or parcel.number in numbers]
    return found if len(found) >= len(set(numbers)) else None


def parcels_of(order: Order) -> list[Parcel]:
    """Give all parcels of an order, those on their way back too."""
    return [*order.parcels, *(one.parcel for one in order.returns)]


def return_of(order: Order, number: int) -> Return | None:
    """Give the return that travels in the parcel of that number, or None."""
    return next((one for one in order.returns if one.parcel.number == number), None)


def next_number(order: Order) -> int:
    """Give the number of the next parcel or return: they share one count, and none is given twice."""
    return max(order.last_number, *(parcel.number for parcel in parcels_of(order))) + 1


def left_with_buyer(order: Order, parcel: Parcel) -> dict[str, int]:
    """Give what of a delivered parcel the buyer still has: its lines, less what came back or was lost on its way."""
    left = dict(parcel.lines)
    for one in order.returns:
        if one.of_parcel == parcel.number and one.status in (ReturnStatus.RECEIVED, ReturnStatus.LOST):
            for sku, quantity in one.parcel.lines:
                left[sku] = left.get(sku, 0) - quantity
    return {sku: quantity for sku, quantity in left.items() if quantity > 0}


def badge_of(order: Order) -> Badge | None:
    """Give the worst badge of the order's open parcels (R1)."""
    if order.status is OrderStatus.CANCELLED:
        return None
    found = {badge for parcel in order.parcels for badge in badges_of(parcel.state)}
    return next(badge for badge in reversed(Badge) if badge in found) if found else None
