"""What buyers may send, and what they are shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from contracts.orders.v1 import Badge, ReturnStatus
from contracts.vocabulary import ScanStatus
from orders.api.answers import LineShown, PackedShown, RefundShown, RequestShown, ReturnShown
from orders.api.parcel_schemas import Words
from orders.api.schemas import AddressGiven, Code, Given, ParcelNumber, Quantity
from orders.life.cases import ComplaintKind, ComplaintState


class CodeGiven(Given):
    """The code that came by mail."""

    challenge: UUID
    code: Annotated[str, Field(min_length=4, max_length=16)]


class BuyerCancelGiven(Given):
    """Why the buyer calls it off."""

    reason: Words


class QuantitiesGiven(Given):
    """Fewer of what was ordered, or a wish in words for another size, colour or quantity (R11)."""

    quantities: Annotated[dict[Code, Annotated[int, Field(ge=0, le=10_000)]], Field(max_length=200)] = {}
    wish: Words | None = None

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.quantities and self.wish is not None:
            raise ValueError("wish: send either quantities or a wish; the wish may say both")
        return self


class NotReceivedGiven(Given):
    """What did not come (R22)."""

    parcel: ParcelNumber | None = None
    words: Words


class BuyerComplaintGiven(Given):
    """What is wrong (R14)."""

    kind: ComplaintKind
    parcel: ParcelNumber | None = None
    words: Words


class BuyerReturnGiven(Given):
    """What is to be sent back, of one parcel, and why (R12)."""

    parcel: ParcelNumber
    quantities: Annotated[dict[Code, Quantity], Field(min_length=1, max_length=200)]
    reason: Words


class PoliciesShown(BaseModel):
    """What the shop allows, in numbers."""

    return_window_days: int
    modification_window_hours: int
    cancellation_answer_hours: int
    answer_hours: int
    exclusions: dict[str, str] = Field(description="What cannot be returned, by SKU, and why (R12).")


class SeenShown(BaseModel):
    """One thing that happened to a parcel."""

    at: datetime
    status: ScanStatus
    place: str | None


class TrackedParcelShown(BaseModel):
    """A parcel as whoever holds the link sees it."""

    number: int
    carrier: str | None
    tracking_number: str | None
    place: ScanStatus | None
    delivered_at: datetime | None
    estimated_at: datetime | None
    timeline: list[SeenShown]


class SentBackShown(BaseModel):
    """A return as whoever holds the link sees it: what its sender must know."""

    number: int
    status: ReturnStatus
    lines: list[PackedShown]
    instructions: str | None


class TrackingShown(BaseModel):
    """An order as whoever holds its tracking link sees it: no name, no address, no price."""

    number: str
    status: str
    badge: Badge | None
    over: bool
    progress: str
    promised_at: datetime | None
    estimated_at: datetime | None
    parcels: list[TrackedParcelShown]
    returns: list[SentBackShown]
    policies: PoliciesShown


class ChallengeShown(BaseModel):
    """A code is on its way."""

    challenge: UUID
    sent_to: str = Field(description="The address on record, as far as its owner needs to know it again.")
    expires_at: datetime


class BuyerTokenShown(BaseModel):
    """What the buyer sends as `Authorization: Bearer …` from now on."""

    token: str
    expires_at: datetime


class BuyerListedShown(BaseModel):
    """An order in a buyer's list."""

    id: UUID
    number: str
    seller: str
    shown_status: str
    badge: Badge | None
    currency: str
    total: Decimal
    placed_at: datetime
    bought_at: datetime | None
    promised_at: datetime | None


class TotalShown(BaseModel):
    """What a buyer has ordered in one currency."""

    currency: str
    orders: int
    total: Decimal


class BuyerOrdersShown(BaseModel):
    """A page of a buyer's orders at this marketplace, and what they come to."""

    orders: list[BuyerListedShown]
    totals: list[TotalShown]
    next: str | None


class BuyerComplaintShown(BaseModel):
    """A complaint, as the buyer who made it sees it."""

    id: UUID
    kind: ComplaintKind
    state: ComplaintState
    parcel: int | None
    words: str
    answer: str | None
    reason: str | None
    opened_at: datetime
    decided_at: datetime | None


class BuyerOrderShown(BaseModel):
    """An order as its buyer sees it (R16)."""

    id: UUID
    version: int
    seller: str
    tracking: TrackingShown
    placed_at: datetime
    bought_at: datetime | None
    currency: str
    items: Decimal
    shipping_fee: Decimal
    discount: Decimal
    total: Decimal
    address: AddressGiven | None
    lines: list[LineShown]
    refunds: list[RefundShown]
    requests: list[RequestShown]
    returns: list[ReturnShown]
    complaints: list[BuyerComplaintShown]
