"""Which carriers' feeds are linked, and a warning to the seller whose own 3PL has none (Ship by Seller)."""

from collections.abc import Sequence
from typing import Any, Final

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.orders.v1 import Fulfilment, OrderStatus
from contracts.scans.v1 import FeedLinked
from orders.life.order import Order
from orders.life.preparing import open_bindings

sql = load_queries("orders")

#: Orders of which nothing is to be heard any more.
OVER: Final = frozenset({OrderStatus.CANCELLED, OrderStatus.RETURNED, OrderStatus.DELIVERED})


async def keep(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep what was said of feeds."""
    told = [
        (event.account, event.carrier, event.shops, event.enabled, event.occurred_at)
        for event in events
        if isinstance(event, FeedLinked)
    ]
    if told:
        await tx.connection.executemany(sql.keep_linked_feed, told)


async def unlinked_carriers(connection: Any, order: Order) -> list[str]:
    """Give the carriers that have parcels of a Ship-by-Seller order on their way, and no feed to tell of them."""
    if order.fulfilment is not Fulfilment.SHIP_BY_SELLER or order.status in OVER:
        return []
    bound = [(one.carrier, one.account) for parcel in order.parcels for one in open_bindings(parcel)]
    if not bound:
        return []
    rows = await connection.fetch(sql.unlinked, order.shop_id, *zip(*bound, strict=True))
    return [row["carrier"] for row in rows]
