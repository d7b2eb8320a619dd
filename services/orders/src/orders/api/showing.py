"""An order as its shop sees it, read from the database: now, and as it stood."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres import load_queries
from chassis.problems import Problem
from orders import store
from orders.api.answers import OrderShown, OrderThen, WarningShown
from orders.api.problems import order_unknown
from orders.api.views import order_then, order_view
from orders.buyers.told import told_of
from orders.life.order import Order
from orders.linked_feeds import unlinked_carriers
from orders.listing.deadlines import deadlines_ahead_of

sql = load_queries("orders")


async def show_order(connection: Any, shop_id: UUID, order_id: UUID) -> OrderShown:
    """Show an order to its own shop; another shop's is as unknown as one that is not there."""
    return await shown(connection, await find_order(connection, shop_id, order_id))


async def find_order(connection: Any, shop_id: UUID, order_id: UUID) -> Order:
    """Give an order of a shop, only to look at."""
    if await connection.fetchval(sql.find_order, order_id, shop_id) is None:
        raise order_unknown()
    return (await store.load(connection, [order_id], lock=False))[order_id]


async def show_order_then(connection: Any, shop_id: UUID, order_id: UUID, as_of: datetime) -> OrderThen:
    """Show an order as it stood at *as_of*, by what was known then."""
    order = await find_order(connection, shop_id, order_id)
    row = await connection.fetchrow(sql.stood_at, order_id, as_of)
    if row is None and as_of >= order.placed_at:  # placed before such things were kept
        raise Problem(404, "not kept", "How the order stood then was not kept: ask for later, or for its history.")
    if row is None:
        raise Problem(404, "not there yet", f"The order was placed at {order.placed_at.isoformat()}: ask for later.")
    return order_then(order, as_of, row, await connection.fetch(sql.history_of, order_id))


async def shown(connection: Any, order: Order) -> OrderShown:
    """Show an order with all that belongs to it."""
    about = await connection.fetchrow(sql.about_order, order.id)
    ahead = (await deadlines_ahead_of(connection, [order.id])).get(order.id, [])
    history = await connection.fetch(sql.history_of, order.id)
    view = order_view(order, about, history, ahead, await told_of(connection, order.id))
    view.warnings = [no_linked_feed(carrier) for carrier in await unlinked_carriers(connection, order)]
    return view


def no_linked_feed(carrier: str) -> WarningShown:
    """Warn of a carrier whose scans do not come in."""
    message = (
        f"No feed of {carrier} is linked, so nothing will be heard of this parcel: ask the operator to link it,"
        " or record tracking updates yourself."
    )
    return WarningShown(code="no_linked_feed", carrier=carrier, message=message)
