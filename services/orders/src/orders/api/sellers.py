"""A seller's way with an order: place, look, confirm, pack, ship. A change loads it locked, decides, and saves."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from chassis.postgres import load_queries
from chassis.service import Service
from orders.access.wall import for_shop
from orders.api import placing, schemas, showing
from orders.api.answers import AddressChangesShown, HistoryShown, OrderShown, OrderThen
from orders.api.gate import Caller, Gate
from orders.api.requests import Asking, asking
from orders.api.views import steps
from orders.labels.checking import check_insert
from orders.life import commands as c

sql = load_queries("orders")

AsOf = Annotated[schemas.Instant | None, Query(description="Show it as it stood then, by what was known, and why.")]


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    Seller = Annotated[Caller, Depends(gate.reader)]  # noqa: N806 - a type
    Change = Annotated[Asking, Depends(asking(service, gate))]  # noqa: N806 - a type

    @router.post("/v1/orders", status_code=201, response_model=OrderShown)
    async def place_order(body: schemas.OrderGiven, change: Change) -> Any:
        """Take in an order that is firm; its clocks start now."""
        return await change.once(lambda tx: placing.place_order(tx, change.shop_id, body))

    @router.get("/v1/orders/{order_id}", response_model=OrderShown | OrderThen)
    async def show_order(order_id: UUID, caller: Seller, response: Response, as_of: AsOf = None) -> Any:
        """Show an order whole: parcels with their timelines, cases, deadlines ahead, messages and history (R16)."""
        async with for_shop(service, caller.shop_id) as tx:
            if as_of is not None:
                return await showing.show_order_then(tx.connection, caller.shop_id, order_id, as_of)
            shown = await showing.show_order(tx.connection, caller.shop_id, order_id)
        response.headers["ETag"] = f'"{shown.version}"'
        return shown

    @router.get("/v1/orders/{order_id}/history", response_model=HistoryShown)
    async def show_history(order_id: UUID, caller: Seller) -> Any:
        """Show what happened to an order, refusals too, each with its cause."""
        async with for_shop(service, caller.shop_id) as tx:
            await showing.find_order(tx.connection, caller.shop_id, order_id)
            return HistoryShown(history=steps(await tx.connection.fetch(sql.history_of, order_id)))

    @router.get("/v1/orders/{order_id}/address-changes", response_model=AddressChangesShown)
    async def show_address_changes(order_id: UUID, caller: Seller) -> Any:
        """Show each change of the shipping address, with what it was before and after (R10)."""
        async with for_shop(service, caller.shop_id) as tx:
            await showing.find_order(tx.connection, caller.shop_id, order_id)
            rows = await tx.connection.fetch(sql.address_changes_of, order_id)
        return AddressChangesShown.model_validate({"changes": [dict(row) for row in rows]})

    @router.delete("/v1/orders/{order_id}/links", status_code=204)
    async def revoke_links(order_id: UUID, caller: Annotated[Caller, Depends(gate.writer)]) -> Response:
        """Have the tracking links that were sent show nothing any more; new messages bring new ones."""
        async with for_shop(service, caller.shop_id) as tx:
            await showing.find_order(tx.connection, caller.shop_id, order_id)
            await tx.connection.execute(sql.revoke_links, order_id)
        return Response(status_code=204)

    @router.post("/v1/orders/{order_id}/confirm", response_model=OrderShown)
    async def confirm(order_id: UUID, _: schemas.NothingGiven, change: Change) -> Any:
        """Accept an order (R2)."""
        return await change(order_id, c.Confirm())

    @router.post("/v1/orders/{order_id}/pack", response_model=OrderShown)
    async def pack(order_id: UUID, body: schemas.PackGiven, change: Change) -> Any:
        """Say what was packed; what is short is listed (R3)."""
        given = body.checklist
        checks = given.model_dump(exclude={"counts", "inserts"}, exclude_none=True)
        wrong = [f"insert: {one.words!r}: {one.reason}" for text in given.inserts for one in check_insert(text)]
        return await change(order_id, c.Pack(dict(given.counts), checks, tuple(wrong)))

    @router.post("/v1/orders/{order_id}/ship", response_model=OrderShown)
    async def ship(order_id: UUID, _: schemas.NothingGiven, change: Change) -> Any:
        """Mark an order shipped, after hand-over (R5)."""
        return await change(order_id, c.Ship())

    return router
