"""Notices of marketplaces, taken in: matched with orders by number, heeded, or kept until the order is placed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.marketplace.v1 import MarketplaceNoticed
from orders import store
from orders.life.order import Order
from orders.marketplace.heeding import CameOf, heed

sql = load_queries("orders")

Row = tuple[str, MarketplaceNoticed]  #: An order's number, and a notice that names it.
_Settled = tuple[str, str, UUID, CameOf]


async def take(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep notices, each once, and do what they ask of the orders that are here."""
    rows = {
        (notice.identity, number): (number, notice)
        for notice in reversed([event for event in events if isinstance(event, MarketplaceNoticed)])
        for number in notice.order_numbers
    }
    if not rows:
        return
    await tx.connection.execute(sql.hold_placing)
    kept = await tx.connection.fetch(sql.keep_notices, *zip(*map(_kept, rows.values()), strict=True))
    fresh = [rows[row["identity"], row["number"]] for row in kept]
    if not fresh:
        return
    keys = [(notice.identity, number, notice.account, notice.seller) for number, notice in fresh]
    found = await tx.connection.fetch(sql.orders_of_notices, *zip(*keys, strict=True))
    matched: dict[UUID, list[Row]] = defaultdict(list)
    for row in found:
        matched[row["order_id"]].append(rows[row["identity"], row["number"]])
    await _heed(tx, matched)


async def claim(tx: Transaction, order: Order) -> Order:
    """Do, in the order of their time, what notices ask that were kept for an order before it was placed.

    The transaction stands behind no wall, and has held `hold_notices` since before the order was written.
    """
    kept = await tx.connection.fetch(sql.unmatched_of_number, order.shop_id, order.number)
    if not kept:
        return order
    rows = [(row["number"], MarketplaceNoticed.model_validate(row["body"])) for row in kept]
    return (await _heed(tx, {order.id: rows}))[order.id]


async def claim_linked(tx: Transaction, account: str, seller: str) -> int:
    """Do what notices ask that nobody knew the shop of; gives how many those were."""
    matched: dict[UUID, list[Row]] = defaultdict(list)
    kept = await tx.connection.fetch(sql.unmatched_of_seller, account, seller)
    for row in kept:
        matched[row["order_id"]].append((row["number"], MarketplaceNoticed.model_validate(row["body"])))
    await _heed(tx, matched)
    return len(kept)


async def _heed(tx: Transaction, matched: Mapping[UUID, Iterable[Row]]) -> dict[UUID, Order]:
    """Have orders heed the notices about them, oldest first; gives the orders afterwards."""
    orders = await store.load(tx.connection, matched, lock=True)
    earlier: dict[UUID, list[MarketplaceNoticed]] = defaultdict(list)
    for row in await tx.connection.fetch(sql.notices_of_orders, list(orders)):
        earlier[row["order_id"]].append(MarketplaceNoticed.model_validate(row["body"]))
    changes: list[Any] = []
    settled: list[_Settled] = []
    for order_id, rows in matched.items():
        for number, notice in sorted(rows, key=lambda row: (row[1].happened_at, row[1].received_at)):
            heeded = heed(orders[order_id], notice, earlier[order_id], tx.now)
            changes += heeded.changes
            orders[order_id] = heeded.order
            earlier[order_id].append(notice)
            settled.append((notice.identity, number, order_id, heeded.came_of))
    if settled:
        await tx.connection.execute(sql.settle_notices, *zip(*settled, strict=True))
        await store.save(tx, changes)
    return orders


def _kept(row: Row) -> tuple[Any, ...]:
    number, notice = row
    body = notice.model_dump_json(exclude_none=True)
    return (notice.identity, number, notice.account, notice.seller, notice.happened_at, notice.received_at, body)
