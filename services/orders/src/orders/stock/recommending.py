"""From where an order had best ship, and by whom (R21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.postgres import load_queries
from orders.life.order import Order
from orders.stock import booking
from orders.stock.carriers import Record, best_first
from orders.stock.holding import Held, Holding
from orders.stock.nearness import Destination, Ranked, region_of

sql = load_queries("orders")

NEWEST = 2_000  #: Delivered parcels that a lane's record is taken from.


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Locations and carriers, the best of each first."""

    held: Sequence[Held]
    locations: Sequence[Ranked]
    lane: str | None
    carriers: Sequence[Record]


async def recommend(connection: Any, order: Order) -> Recommendation:
    """Rank the locations of the order's shop, and the carriers on the lane from the first of them."""
    quantities = booking.quantities_of(order)
    held = [booking.held_of_row(row) for row in await connection.fetch(sql.stock_of_orders, [order.id])]
    skus = list({*quantities, *(row.sku for row in held)})
    shelves = booking.shelves_of(await connection.fetch(sql.read_stock, order.shop_id, skus))
    places, destinations = await booking.whereabouts(connection, [order])
    destination = destinations.get(order.id)
    holding = Holding(shelves, order.shop_id, order.id, held, places.get(order.shop_id, ()), destination)
    holding.want_all(quantities)
    locations = holding.ranked()
    if destination is None or not locations:
        return Recommendation(held, locations, None, ())
    lane, records = await _on_lane(connection, order, locations[0], destination)
    return Recommendation(held, locations, lane, best_first(records))


async def _on_lane(connection: Any, order: Order, start: Ranked, destination: Destination) -> tuple[str, list[Record]]:
    region = region_of(destination.country, destination.postcode)
    country, _, postcodes = region.partition("-")
    rows = await connection.fetch(sql.carriers_on_lane, order.shop_id, start.place.id, country, postcodes, NEWEST)
    return f"{start.place.name} to {region}", [
        Record(row["carrier"], row["parcels"], row["judged"], row["on_time"], row["median_hours"]) for row in rows
    ]
