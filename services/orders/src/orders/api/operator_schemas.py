"""What the operator says and is shown: shops, policies and complaints."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, EmailStr, Field, create_model

from contracts.policy import Policy
from orders.api.answers import ComplaintShown
from orders.api.parcel_schemas import Words
from orders.api.schemas import Given, Text, Zone
from orders.life.cases import ComplaintState


def _address(url: str) -> str:
    return str(AnyHttpUrl(url))


Locale = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
PaymentUrl = Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"}), AfterValidator(_address)]


class ShopGiven(Given):
    """A shop that is to sell here."""

    name: Text
    email: EmailStr = Field(description="Where messages to the seller go.")
    zone: Zone = "UTC"
    locale: Locale = "en"
    payment_url: PaymentUrl | None = Field(None, description="Where refunds are handed over (R13).")


class ShopMade(BaseModel):
    """A shop that was added."""

    id: UUID
    api_key: str | None = Field(description="The shop's first key: shown this once, null when the request is repeated.")
    webhook_secret: str | None = Field(description="What refunds are signed with: shown this once, too.")


class SuspensionGiven(Given):
    """Why a shop may take no more orders."""

    reason: Words = Field(description="The shop is shown it when it tries to place an order.")


class RecordShown(BaseModel):
    """What stands on a shop's record (R14)."""

    orders: int
    complaints: dict[ComplaintState, int] = Field(description="How many, by state.")
    cancelled_for_want_of_tracking: int = Field(description="Orders that D5 cancelled.")
    dispatched_late: int = Field(description="Orders that were not shipped in time (D1).")


class ShopShown(BaseModel):
    """A shop, and its record."""

    id: UUID
    name: str
    email: str
    zone: str
    locale: str
    payment_url: str | None
    created_at: datetime
    suspended_at: datetime | None = Field(description="Since then it takes no new orders.")
    suspended_because: str | None
    record: RecordShown


class ShopsShown(BaseModel):
    """A page of shops, newest first."""

    shops: list[ShopShown]
    next: str | None = Field(description="Cursor of the following page; null where this is the last.")


class NoteShown(BaseModel):
    """Something that was done to a shop."""

    at: datetime
    what: str
    actor: str
    words: str | None


class ShopWhole(ShopShown):
    """A shop with all that was done to it."""

    history: list[NoteShown]


class PolicyShown(BaseModel):
    """One version of a shop's policy."""

    version: int
    published_at: datetime
    published_by: str | None = Field(description="null: it was published before that was recorded.")
    terms: Policy


class PinnedShown(PolicyShown):
    """One version of a shop's policy, and the orders that keep to it."""

    orders: int = Field(description="Orders that are pinned to it.")
    open_orders: int = Field(description="Those of them that are not over.")


class PoliciesShown(BaseModel):
    """All versions of a shop's policy, newest first: the first one is in force."""

    policies: list[PinnedShown]


def _changes() -> Any:
    """Make the model of what a new version changes: a policy's fields, all optional, and a zone that there is."""
    fields: dict[str, Any] = {
        name: (Zone if name == "zone" else Annotated[(field.annotation, Field(), *field.metadata)], field.default)
        for name, field in Policy.model_fields.items()
        if name != "version"
    }
    doc = "What is to be different from the version in force; what is left out stays as it is there."
    return create_model("PolicyChangesGiven", __base__=Given, __doc__=doc, **fields)


PolicyChangesGiven = _changes()


class ComplaintOfShop(ComplaintShown):
    """A complaint, and whom it is about."""

    order_id: UUID
    order_number: str
    shop_id: UUID
    shop_name: str


class ComplaintsShown(BaseModel):
    """A page of complaints, newest first."""

    complaints: list[ComplaintOfShop]
    next: str | None = Field(description="Cursor of the following page; null where this is the last.")


class VerdictGiven(Given):
    """How a complaint is decided."""

    words: Words = Field(description="Why.")
