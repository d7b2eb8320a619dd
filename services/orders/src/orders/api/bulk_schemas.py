"""What is done to many orders at once, and what became of each."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from contracts.orders.v1 import OrderStatus
from orders.api.listing_schemas import MOST_ORDERS, Shown
from orders.api.schemas import Given


class OrdersGiven(Given):
    """The orders that it is done to."""

    orders: Annotated[list[UUID], Field(min_length=1, max_length=MOST_ORDERS)]


class DoneShown(Shown):
    """What became of one order."""

    id: UUID
    ok: bool
    status: OrderStatus | None = Field(None, description="where the order stands now, if the shop has it")
    version: int | None = None
    problem: dict[str, Any] | None = Field(None, description="why not, as the route for one order says it (RFC 9457)")


class BulkShown(Shown):
    """What became of each, in the order in which they were named."""

    orders: list[DoneShown]
