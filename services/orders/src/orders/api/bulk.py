"""The same for many orders at once; each has a transaction of its own, and an answer of its own."""

import asyncio
import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from chassis.problems import Problem
from chassis.service import Service
from chassis.transactions import Transaction
from orders.api.answers import Answer
from orders.api.bulk_schemas import BulkShown, DoneShown, OrdersGiven
from orders.api.changing import change_order
from orders.api.gate import Caller, Gate
from orders.api.listing import CSV, csv_of
from orders.api.listing_schemas import OrdersOrFiltersGiven
from orders.api.requests import Asking
from orders.life import commands as c
from orders.listing.filters import Filters

SIDE_BY_SIDE = 4  #: Transactions of one request at a time: half of the connections that a service has by default.


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    Seller = Annotated[Caller, Depends(gate.seller)]  # noqa: N806 - a type
    Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]  # noqa: N806 - a type

    @router.post("/v1/orders/bulk/confirm", response_model=BulkShown)
    async def confirm(request: Request, body: OrdersGiven, caller: Seller, key: Key = None) -> Any:
        """Accept many orders (R2); an order that is refused holds up no other."""
        return await _each(service, request, caller, key, body.orders, c.Confirm())

    @router.post("/v1/orders/bulk/ship", response_model=BulkShown)
    async def ship(request: Request, body: OrdersGiven, caller: Seller, key: Key = None) -> Any:
        """Mark many orders shipped (R5); an order that is refused holds up no other."""
        return await _each(service, request, caller, key, body.orders, c.Ship())

    @router.post("/v1/orders/bulk/export", response_class=StreamingResponse, responses=CSV)
    async def export(body: OrdersOrFiltersGiven, caller: Annotated[Caller, Depends(gate.reader)]) -> Any:
        """Give orders as CSV: those that are named, or every one that the filters let through.

        Of the named ones the filters must hold too; one that the shop does not have is left out.
        """
        given = body.filters.filters
        ids = tuple(sorted(set(body.orders))) if body.orders is not None else None
        filters = Filters(**{name: getattr(given, name) for name in Filters.__slots__} | {"ids": ids})
        return await csv_of(service, caller.shop_id, filters, body.sort)

    return router


async def _each(
    service: Service, request: Request, caller: Caller, key: str | None, ids: list[UUID], command: c.Command
) -> BulkShown:
    """Do one command to each order, once: under keys of their own that follow from the request's.

    The request's key is taken first and says what was asked for. Repeated, also after it was cut short, each order that
    was dealt with is answered as before, and the others are dealt with then.
    """
    await Asking(service, caller, request, key).once(_nothing)
    turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(order_id: UUID) -> DoneShown:
        own = Asking(
            service, caller, request, f"{key}\n{order_id}"
        )  # no header holds a line break: it is nobody else's
        async with turns:
            answer = await own.once(lambda tx: _do(tx, caller.shop_id, order_id, command))
        return DoneShown.model_validate(json.loads(bytes(answer.body)))

    try:
        async with asyncio.TaskGroup() as tasks:
            done = {order_id: tasks.create_task(one(order_id)) for order_id in dict.fromkeys(ids)}
    except ExceptionGroup as failures:  # an outage: what is not done yet is done when the request is sent again
        raise failures.exceptions[0] from None
    return BulkShown(orders=[done[order_id].result() for order_id in ids])


async def _nothing(_: Transaction) -> Answer:
    return 200, {}


async def _do(tx: Transaction, shop_id: UUID, order_id: UUID, command: c.Command) -> Answer:
    try:
        status, answer = await change_order(tx, shop_id, order_id, command)
    except Problem as unknown:  # raised before anything is written
        return 200, {"id": order_id, "ok": False, "problem": unknown.body}
    if status >= 400:
        return 200, {"id": order_id, "ok": False, "status": answer.get("order_status"), "problem": answer}
    return 200, {"id": order_id, "ok": True, "status": answer.status, "version": answer.version}
