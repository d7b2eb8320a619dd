"""The sellers' HTTP API: thin. Each change loads one order under its lock, decides, and saves."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from chassis.postgres import load_queries
from chassis.service import Service
from contracts.orders.v1 import OrderStatus
from orders.api import requests, schemas
from orders.api.gate import Caller, Gate
from orders.api.problems import Problem, order_unknown
from orders.api.requests import Asking, asking
from orders.life import commands as c

sql = load_queries("orders")


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    Seller = Annotated[Caller, Depends(gate.seller)]  # noqa: N806 - a type
    Change = Annotated[Asking, Depends(asking(service, gate))]  # noqa: N806 - a type

    @router.post("/v1/orders", status_code=201)
    async def place_order(body: schemas.OrderGiven, change: Change) -> Any:
        """Take in an order that is firm; its clocks start now."""
        return await change.once(lambda tx: requests.place_order(tx, change.shop_id, body))

    @router.get("/v1/orders")
    async def list_orders(
        caller: Seller,
        cursor: Annotated[str | None, Query(max_length=120)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        status: OrderStatus | None = None,
    ) -> Any:
        """List the shop's orders, newest first; *next* is the cursor of the following page."""
        at, last = _read_cursor(cursor)
        rows = await service.pool.fetch(sql.list_orders, caller.shop_id, status, at, last, limit)
        after = f"{rows[-1]['placed_at'].isoformat()}~{rows[-1]['id']}" if len(rows) == limit else None
        return {"orders": [dict(row) for row in rows], "next": after}

    @router.get("/v1/orders/{order_id}")
    async def show_order(order_id: UUID, caller: Seller) -> Any:
        """Show an order with its parcels, refunds and history."""
        async with service.pool.acquire() as connection:
            return await requests.show_order(connection, caller.shop_id, order_id)

    @router.get("/v1/orders/{order_id}/history")
    async def show_history(order_id: UUID, caller: Seller) -> Any:
        """Show what happened to an order, refusals too, each with its cause."""
        async with service.pool.acquire() as connection:
            if await connection.fetchval(sql.find_order, order_id, caller.shop_id) is None:
                raise order_unknown()
            return {"history": [dict(row) for row in await connection.fetch(sql.history_of, order_id)]}

    @router.post("/v1/orders/{order_id}/confirm")
    async def confirm(order_id: UUID, _: schemas.NothingGiven, change: Change) -> Any:
        """Accept an order (R2)."""
        return await change(order_id, c.Confirm())

    @router.post("/v1/orders/{order_id}/pack")
    async def pack(order_id: UUID, body: schemas.PackGiven, change: Change) -> Any:
        """Say what was packed; what is short is listed (R3)."""
        checks = body.checklist.model_dump(exclude={"counts"})
        return await change(order_id, c.Pack(dict(body.checklist.counts), checks))

    @router.put("/v1/orders/{order_id}/parcels/{parcel}/tracking")
    async def set_tracking(order_id: UUID, parcel: int, body: schemas.TrackingGiven, change: Change) -> Any:
        """Set a parcel's tracking number, or correct it."""
        command = c.SetTracking(parcel, body.carrier, body.number, body.account)
        return await change(order_id, command)

    @router.post("/v1/orders/{order_id}/parcels/{parcel}/handover")
    async def hand_over(order_id: UUID, parcel: int, body: schemas.HandoverGiven, change: Change) -> Any:
        """Record that a parcel was given to its carrier (R6)."""
        command = c.HandOver(parcel, body.carrier, body.number, body.condition, tuple(body.photos))
        return await change(order_id, command)

    @router.post("/v1/orders/{order_id}/parcels/{parcel}/carriers")
    async def confirm_carrier(order_id: UUID, parcel: int, body: schemas.CarrierGiven, change: Change) -> Any:
        """After a mix-up: say that this carrier has the parcel; what it scanned so far applies (R6)."""
        return await change(order_id, c.ConfirmCarrier(parcel, body.carrier))

    @router.post("/v1/orders/{order_id}/ship")
    async def ship(order_id: UUID, _: schemas.NothingGiven, change: Change) -> Any:
        """Mark an order shipped, after hand-over (R5)."""
        return await change(order_id, c.Ship())

    @router.post("/v1/orders/{order_id}/cancel")
    async def cancel(order_id: UUID, body: schemas.CancelGiven, change: Change) -> Any:
        """Call an order off before it is shipped (R25)."""
        return await change(order_id, c.Cancel(body.by, body.reason))

    @router.post("/v1/orders/{order_id}/received")
    async def received(order_id: UUID, body: schemas.ReceivedGiven, change: Change) -> Any:
        """Record that the buyer says to have it (R7, R22)."""
        return await change(order_id, c.ConfirmReceipt(tuple(body.parcels)))

    @router.post("/v1/orders/{order_id}/collected")
    async def collected(order_id: UUID, body: schemas.CollectedGiven, change: Change) -> Any:
        """Record what was paid at the door (R13)."""
        return await change(order_id, c.CollectPayment(body.amount))

    @router.post("/v1/orders/{order_id}/refunds")
    async def request_refund(order_id: UUID, body: schemas.RefundGiven, change: Change) -> Any:
        """Ask for money back, as the buyer (R13)."""
        return await change(order_id, c.RequestRefund(body.reason, tuple(body.parcels)))

    @router.post("/v1/orders/{order_id}/refunds/{refund_id}/approve")
    async def approve_refund(order_id: UUID, refund_id: UUID, body: schemas.DecisionGiven, change: Change) -> Any:
        """Agree to a refund that was asked for."""
        return await change(order_id, c.DecideRefund(refund_id, True, body.reason))

    @router.post("/v1/orders/{order_id}/refunds/{refund_id}/refuse")
    async def refuse_refund(order_id: UUID, refund_id: UUID, body: schemas.DecisionGiven, change: Change) -> Any:
        """Refuse a refund that was asked for."""
        return await change(order_id, c.DecideRefund(refund_id, False, body.reason))

    @router.post("/v1/orders/{order_id}/refunds/{refund_id}/issued")
    async def refund_issued(order_id: UUID, refund_id: UUID, _: schemas.NothingGiven, change: Change) -> Any:
        """Record that the payment system has paid a refund out."""
        return await change(order_id, c.IssueRefund(refund_id))

    return router


def _read_cursor(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    if cursor is None:
        return None, None
    at, _, last = cursor.partition("~")
    try:
        instant, order_id = datetime.fromisoformat(at), UUID(last)
        if instant.tzinfo is None:
            raise ValueError(at)
    except ValueError:
        errors = [{"field": "cursor", "message": "take it from `next` of the page before"}]
        raise Problem(422, "invalid request", "The cursor is not one of ours.", errors) from None
    return instant, order_id
