"""What the API answers about an order, field by field."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.orders.v1 import Badge, Fulfilment, Handover, OrderStatus, PaymentMethod, ReturnStatus
from contracts.vocabulary import ScanStatus, TimeQuality
from orders.life.cases import ComplaintKind, ComplaintState, Party, RefundState, RequestKind, RequestState
from orders.life.parcel import Mark, ParcelStep

Answer = tuple[int, Any]  #: An HTTP status, and what is written as JSON.


class LineShown(BaseModel):
    """What was bought of one thing."""

    sku: str
    title: str
    quantity: int
    unit_price: Decimal
    options: dict[str, str] = {}
    fragile: bool = False
    exclusion: str | None = Field(None, description="Why it cannot be returned (R12).")


class PackedShown(BaseModel):
    """How many of a SKU are in a parcel."""

    sku: str
    quantity: int


class BindingShown(BaseModel):
    """A tracking number of a parcel."""

    carrier: str
    number: str
    account: str | None
    since: datetime
    until: datetime | None


class ScanShown(BaseModel):
    """One record of a carrier, as it was told."""

    scan_id: UUID
    at: datetime = Field(description="The instant that counts: its own, or that of its receipt.")
    scanned_at: datetime | None
    received_at: datetime
    time_quality: TimeQuality
    status: ScanStatus
    sub_status: str | None
    carrier: str
    place: str | None
    text: str | None
    code: str | None
    signed: bool


class MarkShown(BaseModel):
    """What a rule or a person said of a parcel."""

    mark: Mark
    at: datetime


class ParcelShown(BaseModel):
    """A parcel, with all that is known of it."""

    number: int
    carrier: str | None
    step: ParcelStep
    place: ScanStatus | None
    place_at: datetime | None
    handed_over_at: datetime | None
    pickup_asked_at: datetime | None
    first_physical_at: datetime | None
    collected_at: datetime | None
    moved_at: datetime | None
    attempts: int
    delivered_at: datetime | None
    awaiting_signature_at: datetime | None
    disputed_at: datetime | None
    unsigned: bool
    returning_at: datetime | None
    returned_at: datetime | None
    delayed_at: datetime | None
    carrier_delay: bool
    lost_at: datetime | None
    damaged_at: datetime | None
    lost_in_return_at: datetime | None
    closed_at: datetime | None
    estimated_at: datetime | None
    lines: list[PackedShown]
    bindings: list[BindingShown]
    timeline: list[ScanShown]
    marks: list[MarkShown]


class MoneyShown(BaseModel):
    """What an order costs, and what was paid."""

    currency: str
    total: Decimal
    payment: PaymentMethod
    prepaid: Decimal
    collected: Decimal
    items: Decimal
    shipping_fee: Decimal
    discount: Decimal


class BuyerShown(BaseModel):
    """Whom an order is for, and where it goes."""

    name: str
    email: str
    phone: str | None
    locale: str
    zone: str
    address: dict[str, Any]


class RefundShown(BaseModel):
    """Money on its way back (R13)."""

    id: UUID
    cause: str
    parcels: list[int]
    lines: list[PackedShown]
    amount: Decimal
    state: RefundState
    reason: str | None
    asked_at: datetime | None


class RequestShown(BaseModel):
    """A change or a cancellation that was asked for (R10, R11, R25)."""

    id: UUID
    kind: RequestKind
    state: RequestState
    by: str
    asked_at: datetime
    decided_at: datetime | None
    words: str | None
    reason: str | None


class ReturnShown(BaseModel):
    """A return (R12)."""

    id: UUID
    parcel: int = Field(description="The outbound parcel that the things came in.")
    number: int = Field(description="Of the parcel that they travel back in.")
    status: ReturnStatus
    lines: list[PackedShown]
    words: str
    instructions: str | None
    reason: str | None
    asked_at: datetime
    approved_at: datetime | None
    moved_at: datetime | None
    received_at: datetime | None
    intact: list[PackedShown]
    carrier: str | None
    tracking_number: str | None
    place: ScanStatus | None
    timeline: list[ScanShown] = Field(description="What carriers told of it.")


class ComplaintShown(BaseModel):
    """A complaint (R14)."""

    id: UUID
    kind: ComplaintKind
    state: ComplaintState
    parcel: int | None
    words: str
    evidence: list[str]
    answer: str | None
    reason: str | None
    opened_at: datetime
    decided_at: datetime | None


class FaultShown(BaseModel):
    """Whose fault something was, and who bears the cost (R24)."""

    parcel: int
    fault: Party
    bears: Party
    words: str
    evidence: list[str]
    at: datetime


class AheadShown(BaseModel):
    """A deadline ahead."""

    kind: str
    rule: str
    parcel: int | None
    due_at: datetime


class MessageShown(BaseModel):
    """Who was told what."""

    message_id: UUID
    recipient: str
    kinds: list[str]
    channel: str
    outcome: str
    at: datetime


class StepShown(BaseModel):
    """A row of an order's history: what was asked or seen, what came of it, and why."""

    version: int
    at: datetime
    trigger: str
    before: OrderStatus | None
    after: OrderStatus
    cause: dict[str, Any]


class HistoryShown(BaseModel):
    """All that happened to an order."""

    history: list[StepShown]


class AddressChangeShown(BaseModel):
    """A change of a shipping address (R10)."""

    id: UUID
    at: datetime
    by: str
    before: dict[str, Any]
    after: dict[str, Any]


class AddressChangesShown(BaseModel):
    """All changes of an order's address, oldest first."""

    changes: list[AddressChangeShown]


class WarningShown(BaseModel):
    """What the seller should look after."""

    code: str = Field(description="`no_linked_feed`: nothing will be heard of the parcel, and D4 or D5 will end it.")
    carrier: str | None
    message: str


class OrderShown(BaseModel):
    """An order whole, as its shop sees it (R16)."""

    id: UUID
    number: str
    version: int
    seller: str
    status: OrderStatus
    shown_status: str
    badge: Badge | None
    possible: list[str]
    fulfilment: Fulfilment
    handover: Handover | None
    service: str | None
    bought_at: datetime | None = Field(description="When the buyer bought it, where an import says so.")
    placed_at: datetime
    promised_at: datetime | None
    estimated_at: datetime | None = Field(description="When the last parcel is expected (R16).")
    shipped_at: datetime | None
    cancelled_at: datetime | None
    closed_at: datetime | None
    progress: str
    policy_version: int
    money: MoneyShown
    buyer: BuyerShown | None = Field(description="null once the buyer's data was erased.")
    lines: list[LineShown]
    parcels: list[ParcelShown]
    refunds: list[RefundShown]
    requests: list[RequestShown]
    returns: list[ReturnShown]
    complaints: list[ComplaintShown]
    faults: list[FaultShown]
    deadlines: list[AheadShown]
    messages: list[MessageShown]
    history: list[StepShown]
    warnings: list[WarningShown] = []


class OrderThen(BaseModel):
    """An order as it stood at an instant, by what was known then, and why."""

    id: UUID
    number: str
    as_of: datetime
    since: datetime = Field(description="When it came to stand so.")
    version: int
    status: OrderStatus
    shown_status: str
    stood: dict[str, Any] = Field(description="Its facts then; what it had not is left out.")
    timelines: dict[int, list[ScanShown]] = Field(description="What carriers had told until then, by parcel.")
    history: list[StepShown]


class FindingShown(BaseModel):
    """Why a label or an insert is refused."""

    field: str
    words: str
    rule: str
    reason: str


class FindingsShown(BaseModel):
    """All that is wrong with it; nothing means that it may be used."""

    findings: list[FindingShown]


class ProblemShown(BaseModel):
    """An error (RFC 9457)."""

    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []
    order_status: OrderStatus | None = None
    possible: list[str] | None = None
    version: int | None = None
