"""Lists of a shop's orders: filtered, searched, turned page by page, or taken away as a file (R16)."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from orders.access.wall import for_shop
from orders.api.gate import Caller, Gate
from orders.api.listing_schemas import ExportAsked, ListAsked, PageShown, listed_shown
from orders.listing import exporting
from orders.listing.filters import CursorForeign, Filters, Sort, read_cursor, write_cursor
from orders.listing.pages import page_of, pages_of

sql = load_queries("orders")

MOST_WORDS = 10  #: That one search may be for.
CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The orders, one in a line."}
}


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    Seller = Annotated[Caller, Depends(gate.seller)]  # noqa: N806 - a type

    @router.get("/v1/orders", response_model=PageShown)
    async def list_orders(caller: Seller, asked: Annotated[ListAsked, Query()]) -> Any:
        """List the shop's orders, newest first unless `sort` says otherwise; *next* is the following page's cursor.

        Pages are stable: what is placed while they are turned moves nothing.
        """
        filters, shop_id = asked.filters, caller.shop_id
        try:
            after = read_cursor(asked.cursor, asked.sort, shop_id, filters) if asked.cursor is not None else None
        except CursorForeign as foreign:
            raise _refused("cursor", f"{foreign}: take it from `next` of the page before") from None
        async with for_shop(service, shop_id) as tx:
            await check_text(tx.connection, filters)
            page = await page_of(tx.connection, shop_id, filters, asked.sort, after, asked.limit)
        following = write_cursor(page.end, asked.sort, shop_id, filters) if page.end else None
        return PageShown(orders=[listed_shown(order) for order in page.orders], next=following)

    @router.get("/v1/orders/export", response_class=StreamingResponse, responses=CSV)
    async def export_orders(caller: Seller, asked: Annotated[ExportAsked, Query()]) -> Any:
        """Give every order of a list as CSV; a cell that a spreadsheet would run begins with an apostrophe."""
        return await csv_of(service, caller.shop_id, asked.filters, asked.sort)

    return router


async def csv_of(service: Service, shop_id: UUID, filters: Filters, sort: Sort) -> StreamingResponse:
    """Give a list as a file that is sent while it is read."""
    async with for_shop(service, shop_id) as tx:
        await check_text(tx.connection, filters)

    async def lines() -> AsyncIterator[str]:
        yield exporting.header()
        async for orders in pages_of(service, shop_id, filters, sort):
            yield exporting.rows(orders)

    disposition = {"Content-Disposition": 'attachment; filename="orders.csv"', "Cache-Control": "private, no-store"}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=disposition)


async def check_text(connection: Any, filters: Filters) -> None:
    """See that there is a word to search for, and not too many."""
    if filters.text is not None:
        words = await connection.fetchval(sql.words_in, filters.text)
        if not words:
            raise _refused("text", "must have a letter or a digit")
        if words > MOST_WORDS:
            raise _refused("text", f"must have at most {MOST_WORDS} words")


def _refused(field: str, message: str) -> Problem:
    detail = f"Correct these fields and send it again: {field}."
    return Problem(422, "invalid request", detail, [{"field": field, "message": message}])
