"""What whoever holds a tracking link may see, as JSON and as a page."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from orders import store
from orders.api.buyer_schemas import TrackingShown
from orders.api.buyer_views import tracking_view
from orders.api.tracking_page import render_tracking, render_unknown_link
from orders.buyers.links import order_of_link
from orders.life.order import Order

sql = load_queries("orders")

#: A link is all it takes to see an order: no cache, index or other site may learn it.
UNSEEN = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def link_unknown() -> Problem:
    """The answer for a link that opens nothing: the same whether it never did, or is over, revoked or erased."""
    return Problem(404, "unknown link", "This link shows nothing, or no longer. Ask the shop for a new one.")


def router(service: Service) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()

    async def linked(token: str) -> Order | None:
        order_id = await order_of_link(service.pool, token, service.clock.now())
        orders = await store.load(service.pool, [order_id], lock=False) if order_id else {}
        return next(iter(orders.values()), None)

    @router.get("/v1/tracking/{token}", response_model=TrackingShown)
    async def track(token: str, response: Response) -> Any:
        """Show what the holder of a tracking link may see; unknown, expired and erased look the same."""
        order = await linked(token)
        if order is None:
            raise link_unknown()
        response.headers.update(UNSEEN)
        return tracking_view(order)

    @router.get("/t/{token}", include_in_schema=False)
    async def tracking_page(token: str) -> Any:
        """Show the same as a page."""
        order = await linked(token)
        if order is None:
            return HTMLResponse(render_unknown_link(), 404, headers=UNSEEN)
        zone = await service.pool.fetchval(sql.buyer_zone, order.id)
        return HTMLResponse(render_tracking(order, zone or order.zone), headers=UNSEEN)

    return router
