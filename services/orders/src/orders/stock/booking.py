"""Moves stock with orders, many orders at a time in a fixed number of queries.

The caller holds the orders' locks; levels are locked after orders, by SKU and location.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.orders.v1 import OrderStatus
from orders.life import commands as c
from orders.life.order import Line, Order
from orders.stock.holding import Entry, Held, HeldState, Holding, Shelves
from orders.stock.moves import Level, Move, StockMove, checked_in, is_moving, may_reserve, moves_of
from orders.stock.nearness import Destination, Lack, Place

sql = load_queries("orders")


async def apply(
    tx: Transaction,
    changes: Iterable[tuple[Order | None, Order]],
    check_ins: Iterable[tuple[Order, Sequence[tuple[str, int]]]] = (),
) -> None:
    """Move the stock of orders that have changed, as (before, after); *before* is None where an order is new.

    *check_ins* are (order, what came back intact of it as (SKU, quantity)), of orders that are in *changes*.
    An order is in *changes* once. One whose shop counts nothing costs a look into an index, and most changes nothing.
    """
    back: dict[UUID, list[StockMove]] = defaultdict(list)
    for order, lines in check_ins:
        if lines:
            back[order.id].extend(checked_in(order, lines))
    moving = [(before, after) for before, after in changes if is_moving(before, after) or after.id in back]
    if not moving:
        return
    rows = await _records(tx, [after.id for before, after in moving if before is not None])
    reserving = {after.id: after for before, after in moving if may_reserve(before, after)}
    desk = await _open(tx, rows, list(reserving.values()))
    if desk is None:
        return
    for before, after in moving:
        if after.id in rows or after.id in reserving:
            desk.holding(after).do((*moves_of(before, after), *back.get(after.id, ())))
    await desk.save(tx)


async def with_shortage(tx: Transaction, order: Order, command: c.Command) -> c.Command:
    """Tell a command what is not in stock for it; an order that is to be confirmed takes hold of what there is."""
    if isinstance(command, c.Confirm):
        return replace(command, short=await fill(tx, order))
    if isinstance(command, c.Modify) or (isinstance(command, c.DecideRequest) and command.approve and command.lines):
        return replace(command, short=await missing(tx, order, command.lines))
    return command


async def fill(tx: Transaction, order: Order) -> tuple[str, ...]:
    """Reserve what an order that is to be confirmed does not hold yet (R2).

    Gives a sentence for each SKU of which there is too little; then nothing was moved.
    """
    if order.status is not OrderStatus.PLACED:
        return ()
    desk = await _open(tx, await _records(tx, [order.id]), [order])
    if desk is None:
        return ()
    holding = desk.holding(order)
    holding.want_all(quantities_of(order))
    lacks = holding.fill("order confirmed")
    if lacks:
        return _sentences(lacks, desk.places.get(order.shop_id, ()))
    await desk.save(tx)
    return ()


async def missing(tx: Transaction, order: Order, lines: tuple[Line, ...]) -> tuple[str, ...]:
    """Say what an order lacks if *lines* are ordered from now on (R11); moves nothing, but holds the levels.

    One that could not be filled before is not asked: confirming it asks.
    """
    after = replace(order, lines=lines)
    moves = moves_of(order, after)
    if not any(move.kind is Move.RESERVE for move in moves):
        return ()
    desk = await _open(tx, await _records(tx, [order.id]), [after])
    if desk is None:
        return ()
    was_short = desk.is_short(after)
    holding = desk.holding(after)
    holding.do(moves)
    if was_short or all(row.state is not HeldState.SHORT for row in holding.rows.values()):
        return ()
    return _sentences(holding.fill("order changed"), desk.places.get(after.shop_id, ()))


class _Desk:
    """Levels and records under lock, while moves are done to them."""

    def __init__(
        self,
        shelves: Shelves,
        rows: Mapping[UUID, Sequence[Held]],
        places: Mapping[UUID, Sequence[Place]],
        destinations: Mapping[UUID, Destination],
    ) -> None:
        self._shelves, self._rows, self._destinations = shelves, rows, destinations
        self.places = places
        self._read = dict(shelves.levels)
        self._holdings: list[tuple[Order, Holding]] = []

    def holding(self, order: Order) -> Holding:
        """Give what an order holds, to be changed."""
        holding = Holding(
            self._shelves,
            order.shop_id,
            order.id,
            self._rows.get(order.id, ()),
            self.places.get(order.shop_id, ()),
            self._destinations.get(order.id),
        )
        self._holdings.append((order, holding))
        return holding

    def is_short(self, order: Order) -> bool:
        """Say whether the order could not be filled so far."""
        return any(row.state is HeldState.SHORT for row in self._rows.get(order.id, ()))

    async def save(self, tx: Transaction) -> None:
        """Write what has changed."""
        levels = [
            (*key, level.on_hand, level.reserved)
            for key, level in self._shelves.levels.items()
            if self._read.get(key) != level
        ]
        if levels:
            await tx.connection.execute(sql.save_levels, *zip(*levels, strict=True))
        rows = [
            (order.id, row.sku, order.shop_id, row.location_id, row.quantity, row.held, row.state, row.checked_in)
            for order, holding in self._holdings
            for row in holding.rows.values()
            if row not in self._rows.get(order.id, ())
        ]
        if rows:
            await tx.connection.execute(sql.save_order_stock, *zip(*rows, strict=True))
        await write_down(tx, self._shelves.entries)


async def write_down(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Add moves to the ledger."""
    if not entries:
        return
    rows = [
        (e.shop_id, e.location_id, e.move.sku, e.move.kind, e.move.quantity, e.order_id, e.move.why) for e in entries
    ]
    *columns, whys = zip(*rows, strict=True)
    await tx.connection.execute(sql.add_to_ledger, *columns, tx.now, whys)


async def _records(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, list[Held]]:
    """Give what some orders hold; an order of which nothing is counted is not among them."""
    rows: dict[UUID, list[Held]] = {}
    for row in await tx.connection.fetch(sql.stock_of_orders, ids) if ids else ():
        rows.setdefault(row["order_id"], []).append(held_of_row(row))
    return rows


async def _open(tx: Transaction, rows: Mapping[UUID, Sequence[Held]], reserving: Sequence[Order]) -> _Desk | None:
    """Lock the levels of what orders hold, and of what *reserving* may be filled with; None where there are none."""
    if not rows and not reserving:
        return None
    here = {(row.location_id, row.sku) for some in rows.values() for row in some if row.location_id}
    anywhere = {(order.shop_id, line.sku) for order in reserving for line in order.lines}
    anywhere |= {(order.shop_id, row.sku) for order in reserving for row in rows.get(order.id, ())}
    found = await tx.connection.fetch(sql.lock_stock, *_columns(here), *_columns(anywhere))
    if not found:
        return None
    shelves = shelves_of(found)
    places, destinations = await whereabouts(tx.connection, reserving)
    return _Desk(shelves, rows, places, destinations)


async def whereabouts(
    connection: Any, orders: Sequence[Order]
) -> tuple[dict[UUID, list[Place]], dict[UUID, Destination]]:
    """Give the locations that these orders may ship from, by shop, and where they go, by order."""
    places: dict[UUID, list[Place]] = defaultdict(list)
    if not orders:
        return places, {}
    for row in await connection.fetch(sql.shipping_locations, list({order.shop_id for order in orders})):
        places[row["shop_id"]].append(Place(row["id"], row["name"], row["region"]))
    addressed = await connection.fetch(sql.destinations_of, [order.id for order in orders])
    return places, {row["order_id"]: Destination(row["country"], row["postcode"]) for row in addressed}


def held_of_row(row: Mapping[str, Any]) -> Held:
    """Read an order's record of one SKU."""
    state = HeldState(row["state"])
    return Held(row["sku"], row["location_id"], row["quantity"], row["held"], state, row["checked_in"])


def shelves_of(rows: Iterable[Mapping[str, Any]]) -> Shelves:
    """Read levels."""
    found = list(rows)
    levels = {(row["location_id"], row["sku"]): Level(row["on_hand"], row["reserved"]) for row in found}
    return Shelves(levels, {(row["shop_id"], row["sku"]) for row in found})


def _columns(pairs: Iterable[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
    some = list(pairs)
    return [first for first, _ in some], [second for _, second in some]


def quantities_of(order: Order) -> dict[str, int]:
    """Give how many of each SKU were ordered."""
    quantities: dict[str, int] = defaultdict(int)
    for line in order.lines:
        quantities[line.sku] += line.quantity
    return quantities


def _sentences(lacks: Sequence[Lack], places: Sequence[Place]) -> tuple[str, ...]:
    several = len(places) > 1
    return tuple(
        f"SKU {lack.sku}: {lack.available} of {lack.needed} in stock" + (f" at {lack.place}" if several else "")
        for lack in lacks
    )
