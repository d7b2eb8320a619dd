"""An order as `orders` holds it: what was placed, its parcels with their evidence, and what is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from contracts.orders.v1 import Badge, Fulfilment, Handover, OrderState, OrderStatus, ParcelState, PaymentMethod
from contracts.policy import Policy
from contracts.vocabulary import Leg, ScanStatus, TimeQuality


class Origin(StrEnum):
    """Who a piece of evidence comes from."""

    REPORTED = "reported"  #: A carrier said so.
    DERIVED = "derived"  #: A deadline that was applied, a rule's conclusion.


class Mark(StrEnum):
    """What derived evidence says of a parcel."""

    DELAYED = "delayed"  #: D3 was applied.
    LOST = "lost"  #: D4 was applied.
    UNSIGNED = "unsigned"  #: D10 was applied: delivered without a signature.
    CONFIRMED = "confirmed"  #: The buyer confirmed receipt (R22).
    CLOSED = "closed"  #: Given up after its grace (R9).


@dataclass(frozen=True, slots=True)
class Evidence:
    """One scan record that was applied to a parcel."""

    scan_id: UUID
    identity: str
    carrier: str
    status: ScanStatus
    scanned_at: datetime | None
    received_at: datetime
    time_quality: TimeQuality = TimeQuality.UTC
    sub_status: str | None = None
    leg: Leg | None = None
    signed: bool = False
    attempt_no: int | None = None
    raw_code: str | None = None
    raw_text: str | None = None
    place: str | None = None
    estimated_at: datetime | None = None


Found = Mapping[int, Sequence[Evidence]]  #: New evidence, by the number of the parcel that it is about.


@dataclass(frozen=True, slots=True)
class DerivedMark:
    """What a rule concluded about a parcel; kept beside its scans for ever."""

    mark: Mark
    at: datetime  #: The due time of the deadline that was applied.


@dataclass(frozen=True, slots=True)
class Binding:
    """A tracking number of a parcel: with whom, by which account, from when to when."""

    carrier: str  #: Slug.
    tracking_number: str  #: As `contracts.vocabulary.tracking_key` folds it.
    valid_from: datetime
    valid_to: datetime | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What was bought of one thing."""

    sku: str
    title: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Parcel:
    """One package of an order."""

    number: int
    lines: tuple[tuple[str, int], ...]  #: (SKU, quantity)
    state: ParcelState
    bindings: tuple[Binding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    marks: tuple[DerivedMark, ...] = ()
    handed_over_at: datetime | None = None


class RefundState(StrEnum):
    """Where a refund stands (R13)."""

    DUE = "due"  #: Owed by rule; on its way to the shop's payment system.
    REQUESTED = "requested"  #: The buyer asked; the seller decides.
    APPROVED = "approved"  #: The seller agreed; on its way to the shop's payment system.
    ISSUED = "issued"  #: The payment system has paid it out.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back: at most one per cause and set of parcels."""

    id: UUID
    cause: str  #: ``cancelled``, ``returned``, ``request``
    parcels: tuple[int, ...]  #: Empty: the whole order.
    amount: Decimal
    state: RefundState
    reason: str | None = None


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
    told: frozenset[str] = frozenset()  #: Facts that were announced; none is announced twice.


def refunded(order: Order) -> Decimal:
    """Give what is refunded already, on its way, or asked for."""
    return sum((r.amount for r in order.refunds if r.state is not RefundState.REFUSED), Decimal(0))


def refundable(order: Order) -> Decimal:
    """Give what may still be refunded: prepaid + collected at the door - refunded (R13)."""
    return max(Decimal(0), order.prepaid + order.collected - refunded(order))


def state_of(order: Order) -> OrderState:
    """Give what other services may know of *order*: no word about its buyer."""
    firsts = [p.state.first_physical_at for p in order.parcels if p.state.first_physical_at]
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
        first_physical_at=min(firsts, default=None),
        cancelled_at=order.cancelled_at,
        refund_due=any(r.state in (RefundState.DUE, RefundState.APPROVED) for r in order.refunds),
        refundable=refundable(order) > 0,
        badge=badge_of(order),
        policy=order.policy,
        parcels=[parcel.state for parcel in order.parcels],
    )


def is_with_buyer(parcel: ParcelState) -> bool:
    """Say whether the buyer has it: delivered, and not on its way back since."""
    return parcel.delivered_at is not None and parcel.returning_at is None and parcel.returned_at is None


def can_still_be_delivered(parcel: ParcelState) -> bool:
    """Say whether delivery is still possible: it is neither there, nor given up, nor going back, nor destroyed."""
    gone = parcel.closed_at or parcel.returning_at or parcel.returned_at
    return not gone and parcel.delivered_at is None and parcel.place is not ScanStatus.DESTROYED


def badges_of(parcel: ParcelState) -> list[Badge]:
    """Give what stands beside one parcel; nothing beside one that is given up or back, no delay once it is there."""
    if parcel.closed_at or parcel.returned_at:
        return []
    found = []
    if parcel.awaiting_signature_at:
        found.append(Badge.AWAITING_SIGNATURE)
    elif not parcel.delivered_at and (parcel.delayed_at or parcel.carrier_delay):
        found.append(Badge.DELAYED)
    if parcel.damaged_at:
        found.append(Badge.DAMAGED)
    if parcel.lost_at:
        found.append(Badge.LOST)
    return found


def parcel_of(order: Order, number: int) -> Parcel | None:
    """Give the parcel of that number, or None."""
    return next((parcel for parcel in order.parcels if parcel.number == number), None)


def badge_of(order: Order) -> Badge | None:
    """Give the worst badge of the order's open parcels (R1)."""
    if order.status is OrderStatus.CANCELLED:
        return None
    found = {badge for parcel in order.parcels for badge in badges_of(parcel.state)}
    return next(badge for badge in reversed(Badge) if badge in found) if found else None
