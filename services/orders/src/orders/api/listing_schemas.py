"""What may be asked of a list of orders, and what it shows."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from contracts.orders.v1 import Badge, Fulfilment, OrderStatus
from contracts.vocabulary import carrier_slug, tracking_key
from orders.api.schemas import Given, Instant, Text
from orders.life.lifecycle import SHOWN
from orders.listing.filters import Filters, Sort
from orders.listing.pages import Listed

MOST_ORDERS = 500  #: Orders that one request may name.


def _statuses(given: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Name the parameter in an error, not a place in a list that nobody wrote."""
    try:
        return read(given)
    except ValidationError as invalid:
        raise ValueError(f"must be any of {', '.join(OrderStatus)}") from invalid


Statuses = Annotated[list[OrderStatus], Field(max_length=len(OrderStatus)), WrapValidator(_statuses)]


class FiltersGiven(Given):
    """What the orders have in common; every one that is given must hold (R16)."""

    status: Statuses = Field([], description="any of these")
    badge: Badge | None = None
    carrier: Text | None = Field(None, description="has one of its parcels now; any spelling of the carrier's name")
    fulfilment: Fulfilment | None = None
    placed_from: Instant | None = Field(None, description="placed then or later")
    placed_to: Instant | None = Field(None, description="placed before")
    due_before: Instant | None = Field(None, description="the next deadline is due before")
    tracking_number: Text | None = Field(None, description="of one of its parcels, now or earlier; any spelling")
    number: Text | None = Field(None, description="the marketplace's order number, whole")
    text: Text | None = Field(
        None,
        description="beginnings of words of its number, SKUs, titles, tracking numbers, the buyer's name and e-mail; "
        "each of them must be found",
    )

    @property
    def filters(self) -> Filters:
        """The same as the list understands it."""
        return Filters(
            status=tuple(dict.fromkeys(self.status)),
            badge=self.badge,
            carrier=carrier_slug(self.carrier) if self.carrier is not None else None,
            fulfilment=self.fulfilment,
            placed_from=self.placed_from,
            placed_to=self.placed_to,
            due_before=self.due_before,
            tracking_number=tracking_key(self.tracking_number) if self.tracking_number is not None else None,
            number=self.number,
            text=self.text,
        )


class ListAsked(FiltersGiven):
    """A page of a list."""

    sort: Sort = Field(
        Sort.NEWEST, description="`-placed`: newest first; `due`: soonest deadline first, only orders with one"
    )
    cursor: str | None = Field(None, max_length=120, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=200)


class ExportAsked(FiltersGiven):
    """A list as a file."""

    sort: Sort = Sort.NEWEST


class OrdersOrFiltersGiven(Given):
    """The orders of a file: these, or those with something in common."""

    orders: Annotated[list[UUID], Field(min_length=1, max_length=MOST_ORDERS)] | None = None
    filters: FiltersGiven = FiltersGiven()
    sort: Sort = Sort.NEWEST


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class DeadlineShown(Shown):
    """A deadline ahead."""

    kind: str
    rule: str
    parcel: int | None = Field(description="null where it is the order's")
    due_at: datetime


class ParcelsShown(Shown):
    """How many parcels there are, and how many of them the buyer has."""

    total: int
    delivered: int


class ListedShown(Shown):
    """An order in a list."""

    id: UUID
    number: str
    version: int
    status: OrderStatus
    shown_status: str
    badge: Badge | None
    fulfilment: Fulfilment
    carriers: list[str]
    tracking_numbers: list[str]
    placed_at: datetime
    bought_at: datetime | None = Field(description="of an imported order: when the buyer bought it")
    promised_at: datetime | None
    shipped_at: datetime | None
    total: str
    currency: str
    parcels: ParcelsShown
    next_deadline: DeadlineShown | None


class PageShown(Shown):
    """A page of a list."""

    orders: list[ListedShown]
    next: str | None = Field(description="cursor of the following page; null where this is the last")


def listed_shown(order: Listed) -> ListedShown:
    """Show an order in a list."""
    ahead = order.next_deadline
    return ListedShown(
        id=order.id,
        number=order.number,
        version=order.version,
        status=order.status,
        shown_status=SHOWN[order.status],
        badge=order.badge,
        fulfilment=order.fulfilment,
        carriers=order.carriers,
        tracking_numbers=order.tracking_numbers,
        placed_at=order.placed_at,
        bought_at=order.bought_at,
        promised_at=order.promised_at,
        shipped_at=order.shipped_at,
        total=str(order.total),
        currency=order.currency,
        parcels=ParcelsShown(total=order.parcels, delivered=order.delivered),
        next_deadline=DeadlineShown(kind=ahead.kind, rule=ahead.rule, parcel=ahead.parcel, due_at=ahead.due_at)
        if ahead
        else None,
    )
