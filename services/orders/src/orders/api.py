"""The sellers' HTTP API: thin. Each change loads one order under its lock, decides, and saves."""

import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import HTMLResponse, JSONResponse

from chassis.postgres import load_queries
from chassis.service import Service
from contracts.orders.v1 import OrderStatus, Verdict
from orders import commands as c
from orders import problems, requests, schemas, store
from orders.links import order_of_link
from orders.order import Order
from orders.problems import Problem, order_unknown
from orders.requests import change_order, once
from orders.settings import OrdersSettings
from orders.tracking_page import render_tracking, render_unknown_link
from orders.views import tracking_view

sql = load_queries("orders")

#: A link is all it takes to see an order: no cache, index or other site may learn it.
_UNSEEN = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]


def create(service: Service, settings: OrdersSettings) -> FastAPI:
    """Build the API of a service that runs."""
    app = FastAPI(title="Waybill orders", version="1", description="Orders of a shop, from placement to the end.")
    problems.install(app)

    async def shop(request: Request) -> UUID:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        digest = hashlib.sha256(key.encode()).digest()
        found = await service.pool.fetchval(sql.shop_of_key, digest) if scheme.lower() == "bearer" and key else None
        if found is None:
            raise Problem(401, "not authorised", "Send the shop's API key as `Authorization: Bearer …`.")
        return UUID(str(found))

    async def operator(request: Request) -> None:
        _, _, key = request.headers.get("authorization", "").partition(" ")
        if not hmac.compare_digest(key.encode(), settings.operator_key.get_secret_value().encode()):
            raise Problem(401, "not authorised", "Send the operator's key as `Authorization: Bearer …`.")

    Shop = Annotated[UUID, Depends(shop)]  # noqa: N806 - a type

    async def change(shop_id: UUID, order_id: UUID, key: str | None, request: Request, command: c.Command) -> Any:
        return await once(service, shop_id, key, request, lambda tx: change_order(tx, shop_id, order_id, command))

    @app.post("/v1/orders", status_code=201)
    async def place_order(body: schemas.OrderGiven, shop_id: Shop, request: Request, key: Key = None) -> Any:
        """Take in an order that is firm; its clocks start now."""
        return await once(service, shop_id, key, request, lambda tx: requests.place_order(tx, shop_id, body))

    @app.get("/v1/orders")
    async def list_orders(
        shop_id: Shop,
        cursor: Annotated[str | None, Query(max_length=120)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        status: OrderStatus | None = None,
    ) -> Any:
        """List the shop's orders, newest first; *next* is the cursor of the following page."""
        at, last = _read_cursor(cursor)
        rows = await service.pool.fetch(sql.list_orders, shop_id, status, at, last, limit)
        after = f"{rows[-1]['placed_at'].isoformat()}~{rows[-1]['id']}" if len(rows) == limit else None
        return {"orders": [dict(row) for row in rows], "next": after}

    @app.get("/v1/orders/{order_id}")
    async def show_order(order_id: UUID, shop_id: Shop) -> Any:
        """Show an order with its parcels, refunds and history."""
        async with service.pool.acquire() as connection:
            return await requests.show_order(connection, shop_id, order_id)

    @app.get("/v1/orders/{order_id}/history")
    async def show_history(order_id: UUID, shop_id: Shop) -> Any:
        """Show what happened to an order, refusals too, each with its cause."""
        async with service.pool.acquire() as connection:
            if await connection.fetchval(sql.find_order, order_id, shop_id) is None:
                raise order_unknown()
            return {"history": [dict(row) for row in await connection.fetch(sql.history_of, order_id)]}

    @app.post("/v1/orders/{order_id}/confirm")
    async def confirm(order_id: UUID, _: schemas.NothingGiven, shop_id: Shop, request: Request, key: Key = None) -> Any:
        """Accept an order (R2)."""
        return await change(shop_id, order_id, key, request, c.Confirm())

    @app.post("/v1/orders/{order_id}/pack")
    async def pack(order_id: UUID, body: schemas.PackGiven, shop_id: Shop, request: Request, key: Key = None) -> Any:
        """Say what was packed; what is short is listed (R3)."""
        checks = body.checklist.model_dump(exclude={"counts"})
        return await change(shop_id, order_id, key, request, c.Pack(dict(body.checklist.counts), checks))

    @app.put("/v1/orders/{order_id}/parcels/{parcel}/tracking")
    async def set_tracking(
        order_id: UUID, parcel: int, body: schemas.TrackingGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Set a parcel's tracking number, or correct it."""
        command = c.SetTracking(parcel, body.carrier, body.number, body.account)
        return await change(shop_id, order_id, key or str(uuid4()), request, command)

    @app.post("/v1/orders/{order_id}/parcels/{parcel}/handover")
    async def hand_over(
        order_id: UUID, parcel: int, body: schemas.HandoverGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Record that a parcel was given to its carrier (R6)."""
        command = c.HandOver(parcel, body.carrier, body.number, body.condition, tuple(body.photos))
        return await change(shop_id, order_id, key, request, command)

    @app.post("/v1/orders/{order_id}/parcels/{parcel}/carriers")
    async def confirm_carrier(
        order_id: UUID, parcel: int, body: schemas.CarrierGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """After a mix-up: say that this carrier has the parcel; what it scanned so far applies (R6)."""
        return await change(shop_id, order_id, key, request, c.ConfirmCarrier(parcel, body.carrier))

    @app.post("/v1/orders/{order_id}/ship")
    async def ship(order_id: UUID, _: schemas.NothingGiven, shop_id: Shop, request: Request, key: Key = None) -> Any:
        """Mark an order shipped, after hand-over (R5)."""
        return await change(shop_id, order_id, key, request, c.Ship())

    @app.post("/v1/orders/{order_id}/cancel")
    async def cancel(
        order_id: UUID, body: schemas.CancelGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Call an order off before it is shipped (R25)."""
        return await change(shop_id, order_id, key, request, c.Cancel(body.by, body.reason))

    @app.post("/v1/orders/{order_id}/received")
    async def received(
        order_id: UUID, body: schemas.ReceivedGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Record that the buyer says to have it (R7, R22)."""
        return await change(shop_id, order_id, key, request, c.ConfirmReceipt(tuple(body.parcels)))

    @app.post("/v1/orders/{order_id}/collected")
    async def collected(
        order_id: UUID, body: schemas.CollectedGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Record what was paid at the door (R13)."""
        return await change(shop_id, order_id, key, request, c.CollectPayment(body.amount))

    @app.post("/v1/orders/{order_id}/refunds")
    async def request_refund(
        order_id: UUID, body: schemas.RefundGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Ask for money back, as the buyer (R13)."""
        return await change(shop_id, order_id, key, request, c.RequestRefund(body.reason, tuple(body.parcels)))

    @app.post("/v1/orders/{order_id}/refunds/{refund_id}/approve")
    async def approve_refund(
        order_id: UUID, refund_id: UUID, body: schemas.DecisionGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Agree to a refund that was asked for."""
        return await change(shop_id, order_id, key, request, c.DecideRefund(refund_id, True, body.reason))

    @app.post("/v1/orders/{order_id}/refunds/{refund_id}/refuse")
    async def refuse_refund(
        order_id: UUID, refund_id: UUID, body: schemas.DecisionGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Refuse a refund that was asked for."""
        return await change(shop_id, order_id, key, request, c.DecideRefund(refund_id, False, body.reason))

    @app.post("/v1/orders/{order_id}/refunds/{refund_id}/issued")
    async def refund_issued(
        order_id: UUID, refund_id: UUID, _: schemas.NothingGiven, shop_id: Shop, request: Request, key: Key = None
    ) -> Any:
        """Record that the payment system has paid a refund out."""
        return await change(shop_id, order_id, key, request, c.IssueRefund(refund_id))

    async def linked(token: str) -> Order | None:
        order_id = await order_of_link(service.pool, token, service.clock.now())
        orders = await store.load(service.pool, [order_id], lock=False) if order_id else {}
        return next(iter(orders.values()), None)

    @app.get("/v1/tracking/{token}")
    async def track(token: str) -> Any:
        """Show what the holder of a tracking link may see; unknown, expired and erased look the same."""
        order = await linked(token)
        if order is None:
            raise Problem(404, "unknown link", "This link shows nothing, or no longer. Ask the shop for a new one.")
        return JSONResponse(jsonable_encoder(tracking_view(order)), headers=_UNSEEN)

    @app.get("/t/{token}", include_in_schema=False)
    async def tracking_page(token: str) -> Any:
        """Show the same as a page."""
        order = await linked(token)
        if order is None:
            return HTMLResponse(render_unknown_link(), 404, headers=_UNSEEN)
        zone = await service.pool.fetchval(sql.buyer_zone, order.id)
        return HTMLResponse(render_tracking(order, zone or order.zone), headers=_UNSEEN)

    @app.get("/v1/books", dependencies=[Depends(operator)])
    async def books() -> Any:
        """Count the records of all feeds by bucket; the sum is what was accepted."""
        return await books_of(service.pool)

    return app


async def books_of(connection: Any) -> dict[str, int]:
    """Give the books: records by bucket, and their sum."""
    counts = {row["verdict"]: row["records"] for row in await connection.fetch(sql.books)}
    return {**{verdict.value: counts.get(verdict.value, 0) for verdict in Verdict}, "accepted": sum(counts.values())}


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
