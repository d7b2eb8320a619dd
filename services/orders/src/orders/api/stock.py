"""Locations, drop-off points and stock by HTTP (R2, R21): thin."""

from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.vocabulary import carrier_slug
from orders import store
from orders.access.wall import for_shop
from orders.api import stock_schemas as shown
from orders.api.answers import Answer
from orders.api.gate import Caller, Gate
from orders.api.problems import order_unknown
from orders.api.requests import Asking, asking
from orders.api.schemas import Code
from orders.stock import counting
from orders.stock.carriers import Record
from orders.stock.nearness import Ranked, region_of
from orders.stock.recommending import Recommendation, recommend
from orders.stock.sheet import read_sheet

sql = load_queries("orders")

MAX_FILE_BYTES = 1_000_000
_CSV = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}

Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter(tags=["stock"])
    Seller = Annotated[Caller, Depends(gate.seller)]  # noqa: N806 - a type
    Change = Annotated[Asking, Depends(asking(service, gate))]  # noqa: N806 - a type

    @router.post("/v1/locations", status_code=201, response_model=shown.LocationShown)
    async def add_location(body: shown.LocationGiven, change: Change) -> Any:
        """Add a location that orders ship from."""
        return await change.once(lambda tx: _add_location(tx, change.shop_id, body))

    @router.get("/v1/locations", response_model=shown.LocationsShown)
    async def list_locations(caller: Seller, cursor: After = None, limit: Limit = 50) -> Any:
        """List the shop's locations by name."""
        async with for_shop(service, caller.shop_id) as tx:
            rows = await tx.connection.fetch(sql.list_locations, caller.shop_id, cursor, limit)
        return {"locations": [dict(row) for row in rows], "next": rows[-1]["name"] if len(rows) == limit else None}

    @router.get("/v1/locations/{location_id}", response_model=shown.LocationShown)
    async def show_location(location_id: UUID, caller: Seller) -> Any:
        """Show a location."""
        async with for_shop(service, caller.shop_id) as tx:
            return dict(await _location(tx.connection, caller.shop_id, location_id))

    @router.put("/v1/locations/{location_id}", response_model=shown.LocationShown)
    async def change_location(location_id: UUID, body: shown.LocationGiven, change: Change) -> Any:
        """Change a location; what orders hold there stays theirs."""
        return await change.once(lambda tx: _change_location(tx, change.shop_id, location_id, body))

    @router.put("/v1/locations/{location_id}/stock/{sku:path}", response_model=shown.LevelShown)
    async def count_stock(location_id: UUID, sku: Code, body: shown.CountGiven, change: Change) -> Any:
        """Say how many there are, after stock-taking; goods that are packed and have not left count."""
        return await change.once(lambda tx: _count(tx, change.shop_id, location_id, sku, body.on_hand))

    @router.post("/v1/locations/{location_id}/stock/import", response_model=shown.StockImported, openapi_extra=_CSV)
    async def import_stock(location_id: UUID, request: Request, change: Change) -> Any:
        """Take a stock-taking in as CSV, `sku,on_hand`: all of the file, or nothing and what is wrong with it."""
        body = await _csv_of(request)
        return await change.once(lambda tx: _import(tx, change.shop_id, location_id, body))

    @router.post("/v1/locations/{location_id}/stock/{sku:path}/adjust", response_model=shown.LevelShown)
    async def adjust_stock(location_id: UUID, sku: Code, body: shown.AdjustmentGiven, change: Change) -> Any:
        """Correct how many there are."""
        return await change.once(lambda tx: _adjust(tx, change.shop_id, location_id, sku, body))

    @router.get("/v1/stock", response_model=shown.StockShown)
    async def list_stock(
        caller: Seller, sku: Code | None = None, location: UUID | None = None, cursor: After = None, limit: Limit = 50
    ) -> Any:
        """List what there is, by SKU and location."""
        after = _read_cursor(cursor)
        async with for_shop(service, caller.shop_id) as tx:
            rows = await tx.connection.fetch(sql.list_stock, caller.shop_id, sku, location, *after, limit)
        more = f"{rows[-1]['sku']}~{rows[-1]['location_id']}" if len(rows) == limit else None
        return {"stock": [dict(row) for row in rows], "next": more}

    @router.get("/v1/stock/{sku:path}/ledger", response_model=shown.LedgerShown)
    async def show_ledger(
        sku: Code, caller: Seller, cursor: Annotated[int | None, Query(ge=0, lt=2**63)] = None, limit: Limit = 50
    ) -> Any:
        """Show what happened to a SKU, newest first."""
        async with for_shop(service, caller.shop_id) as tx:
            rows = await tx.connection.fetch(sql.list_ledger, caller.shop_id, sku, cursor, limit)
        return {"ledger": [dict(row) for row in rows], "next": rows[-1]["id"] if len(rows) == limit else None}

    @router.post("/v1/drop-off-points", status_code=201, response_model=shown.DropOffPointShown)
    async def add_drop_off_point(body: shown.DropOffPointGiven, change: Change) -> Any:
        """Add a point where a carrier takes parcels in."""
        return await change.once(lambda tx: _add_drop_off_point(tx, change.shop_id, body))

    @router.get("/v1/drop-off-points", response_model=shown.DropOffPointsShown)
    async def list_drop_off_points(caller: Seller, cursor: After = None, limit: Limit = 50) -> Any:
        """List the shop's drop-off points by name."""
        async with for_shop(service, caller.shop_id) as tx:
            rows = await tx.connection.fetch(sql.list_drop_off_points, caller.shop_id, cursor, limit)
        more = rows[-1]["name"] if len(rows) == limit else None
        return {"drop_off_points": [dict(row) for row in rows], "next": more}

    @router.get("/v1/orders/{order_id}/recommendation", response_model=shown.RecommendationShown)
    async def show_recommendation(order_id: UUID, caller: Seller) -> Any:
        """Say from where an order had best ship, and by whom, with reasons."""
        async with for_shop(service, caller.shop_id) as tx:
            if await tx.connection.fetchval(sql.find_order, order_id, caller.shop_id) is None:
                raise order_unknown()
            order = (await store.load(tx.connection, [order_id], lock=False))[order_id]
            return _recommendation(order_id, await recommend(tx.connection, order))

    return router


async def _location(connection: Any, shop_id: UUID, location_id: UUID) -> Any:
    row = await connection.fetchrow(sql.find_location, shop_id, location_id)
    if row is None:
        raise Problem(404, "unknown location", "This shop has no location with that id.")
    return row


def _columns_of(body: shown.LocationGiven) -> tuple[Any, ...]:
    region = body.region or region_of(body.address.country, body.address.postcode)
    address = body.address.model_dump(exclude_none=True)
    return body.name, address, body.zone, region, body.pick_up_point, body.active


def _name_taken(what: str) -> Problem:
    errors = [{"field": "name", "message": "is in use"}]
    return Problem(409, "name in use", f"This shop has another {what} of that name: choose another one.", errors)


def _as(model: type[BaseModel], row: Any) -> dict[str, Any]:
    return model.model_validate(dict(row)).model_dump(mode="json")


async def _add_location(tx: Transaction, shop_id: UUID, body: shown.LocationGiven) -> Answer:
    row = await tx.connection.fetchrow(sql.insert_location, uuid4(), shop_id, *_columns_of(body), tx.now)
    if row is None:
        raise _name_taken("location")
    return 201, _as(shown.LocationShown, row)


async def _change_location(tx: Transaction, shop_id: UUID, location_id: UUID, body: shown.LocationGiven) -> Answer:
    await _location(tx.connection, shop_id, location_id)
    try:
        row = await tx.connection.fetchrow(sql.update_location, shop_id, location_id, *_columns_of(body))
    except asyncpg.UniqueViolationError:
        raise _name_taken("location") from None
    return 200, _as(shown.LocationShown, row)


async def _add_drop_off_point(tx: Transaction, shop_id: UUID, body: shown.DropOffPointGiven) -> Answer:
    carrier = carrier_slug(body.carrier)
    if not carrier:
        errors = [{"field": "carrier", "message": "a carrier's name has letters or digits"}]
        raise Problem(422, "invalid request", "Correct these fields and send it again: carrier.", errors)
    address = body.address.model_dump(exclude_none=True)
    columns = (uuid4(), shop_id, body.name, address, carrier, body.opening_hours, tx.now)
    row = await tx.connection.fetchrow(sql.insert_drop_off_point, *columns)
    if row is None:
        raise _name_taken("drop-off point")
    return 201, _as(shown.DropOffPointShown, row)


async def _count(tx: Transaction, shop_id: UUID, location_id: UUID, sku: str, on_hand: int) -> Answer:
    await _location(tx.connection, shop_id, location_id)
    try:
        done = await counting.count(tx, shop_id, location_id, {sku: on_hand}, "stock-taking")
    except counting.CountsTooLow as low:
        raise _too_low(low.low[0]) from None
    return 200, _level(location_id, done[0])


async def _adjust(tx: Transaction, shop_id: UUID, location_id: UUID, sku: str, body: shown.AdjustmentGiven) -> Answer:
    await _location(tx.connection, shop_id, location_id)
    done = await counting.adjust(tx, shop_id, location_id, sku, body.delta, body.reason)
    if done is None:
        raise Problem(404, "SKU not counted", "This location does not count that SKU yet: PUT how many there are.")
    if isinstance(done, counting.TooLow):
        raise _too_low(done)
    return 200, _level(location_id, done)


async def _csv_of(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
        raise Problem(415, "not CSV", "Send the file as it is, with Content-Type: text/csv.")
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise Problem(411, "no length", "Send the file with its Content-Length.")
    if int(length) > MAX_FILE_BYTES:  # before any of it is read; the server lets no more in than was announced
        raise Problem(413, "file too large", f"A file has at most {MAX_FILE_BYTES} bytes: send it in parts.")
    return await request.body()


async def _import(tx: Transaction, shop_id: UUID, location_id: UUID, body: bytes) -> Answer:
    await _location(tx.connection, shop_id, location_id)
    counted, faults = read_sheet(body)
    if not faults and not counted:
        errors = [{"field": "line 2", "message": "is not there"}]
        raise Problem(422, "nothing to import", "The file has no line under its header: add one per SKU.", errors)
    if faults:
        errors = [{"field": f"line {one.line}, column {one.column}", "message": one.message} for one in faults]
        raise Problem(422, "invalid file", f"Nothing was taken: correct {len(faults)} and send it again.", errors)
    lines = {one.sku: one.line for one in counted}
    try:
        counts = {one.sku: one.on_hand for one in counted}
        done = await counting.count(tx, shop_id, location_id, counts, "stock-taking, from a file")
    except counting.CountsTooLow as low:
        errors = [{"field": f"line {lines[one.sku]}, column on_hand", "message": one.sentence} for one in low.low]
        raise Problem(409, "below what is reserved", "Nothing was taken: see each line.", errors) from None
    taken = [
        {
            "line": lines[one.sku],
            "sku": one.sku,
            "before": one.before.on_hand,
            "on_hand": one.after.on_hand,
            "reserved": one.after.reserved,
        }
        for one in done
    ]
    return 200, _as(shown.StockImported, {"lines": taken})


def _too_low(low: counting.TooLow) -> Problem:
    problem = Problem(409, "below what is reserved", f"{low.sentence}.")
    problem.body["reserved"] = low.reserved
    return problem


def _level(location_id: UUID, done: counting.Recount) -> dict[str, Any]:
    level = {"on_hand": done.after.on_hand, "reserved": done.after.reserved, "available": done.after.available}
    return _as(shown.LevelShown, {"sku": done.sku, "location_id": location_id, **level})


def _read_cursor(cursor: str | None) -> tuple[str | None, UUID | None]:
    if cursor is None:
        return None, None
    sku, _, location = cursor.partition("~")
    try:
        return sku, UUID(location)
    except ValueError:
        errors = [{"field": "cursor", "message": "take it from `next` of the page before"}]
        raise Problem(422, "invalid request", "The cursor is not one of ours.", errors) from None


def _recommendation(order_id: UUID, found: Recommendation) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "stock": [
            {
                "sku": row.sku,
                "location_id": row.location_id,
                "quantity": row.quantity,
                "reserved": row.held,
                "state": row.state,
                "checked_in": row.checked_in,
            }
            for row in sorted(found.held, key=lambda row: row.sku)
        ],
        "locations": [_ranked_location(one) for one in found.locations],
        "lane": found.lane,
        "carriers": [_ranked_carrier(one) for one in found.carriers],
        "carriers_note": None if found.carriers else "no record yet",
    }


def _ranked_location(one: Ranked) -> dict[str, Any]:
    return {
        "id": one.place.id,
        "name": one.place.name,
        "nearness": one.nearness.name.lower(),
        "has_all": not one.lacks,
        "lacks": [{"sku": lack.sku, "available": lack.available, "needed": lack.needed} for lack in one.lacks],
        "reason": one.reason,
    }


def _ranked_carrier(one: Record) -> dict[str, Any]:
    return {
        "carrier": one.carrier,
        "delivered": one.parcels,
        "judged": one.judged,
        "on_time_share": one.share,
        "median_hours": one.median_hours,
        "reason": one.reason,
    }
