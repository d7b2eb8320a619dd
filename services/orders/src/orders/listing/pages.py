"""Pages of a shop's orders: found by what is asked for, in a fixed number of queries.

A page starts behind the place where the one before ended, never after so many rows: orders that come in between move
nothing. With `Sort.DUE` the place itself may move, because deadlines do: an order whose deadline changes while somebody
turns pages may be met twice, or not.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from chassis.postgres import load_queries
from chassis.service import Service
from contracts.orders.v1 import Badge, Fulfilment, OrderStatus, ParcelState
from orders.access.wall import for_shop
from orders.life.parcel import is_with_buyer
from orders.listing.deadlines import Ahead, read_ahead
from orders.listing.filters import Filters, Place, Sort

sql = load_queries("orders")

_WAYS = {Sort.NEWEST: ("DESC", "<"), Sort.OLDEST: ("ASC", ">"), Sort.DUE: ("ASC", ">")}
_FIRST_VALUE = 5  #: $1 to $4 are the shop, the limit and the place.

#: Orders with the words of a text that are sorted. Where more have them, a walk along the list soon meets a page full.
MOST_SORTED = 5_000
KNOWN_COMMON = 0.01  #: Of all orders; what the planner guesses of a word that it does not know is far below.

EXPORTED_TOGETHER = 500  #: Orders of an export that are read in one transaction.


@dataclass(frozen=True, slots=True)
class Listed:
    """An order as a list shows it."""

    id: UUID
    number: str
    version: int
    status: OrderStatus
    badge: Badge | None
    fulfilment: Fulfilment
    carriers: list[str]  #: Slugs of those that have its parcels now.
    tracking_numbers: list[str]  #: Of its parcels now, the first parcel's first.
    placed_at: datetime
    bought_at: datetime | None
    promised_at: datetime | None
    shipped_at: datetime | None
    total: Decimal
    currency: str
    parcels: int
    delivered: int  #: How many of the parcels the buyer has.
    next_deadline: Ahead | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some orders of a list, and the place where they end; None where nothing comes after them."""

    orders: list[Listed]
    end: Place | None


def query_of(filters: Filters, sort: Sort, few_words: bool) -> tuple[str, list[Any]]:
    """Give the query of a page, and the values of the filters in it; *few_words* where few orders have the text's.

    Only the conditions that are asked for stand in the text; every value is a parameter. Which index finds the page is
    decided here: that of what is rarest as a rule, so that no filter has many orders to walk along or to sort.
    """
    values: list[Any] = []
    if len(filters.status) < 2 or sort is Sort.DUE or not is_walked(filters, few_words):
        text = _page(filters, sort, few_words, values)
    else:
        pages = (_page(replace(filters, status=(status,)), sort, few_words, values) for status in filters.status)
        text = sql.pages_of_statuses.replace("/* pages */", sql.beside_it.join(pages))
    way, beyond = _WAYS[sort]
    return text.replace(":way", way).replace(":beyond", beyond), values


def is_walked(filters: Filters, few_words: bool) -> bool:
    """Say whether an index has the orders in their order; where not, they are few, and are sorted."""
    few = (filters.ids, filters.number, filters.tracking_number, filters.due_before)
    return all(one is None for one in few) and not few_words


def _page(filters: Filters, sort: Sort, few_words: bool, values: list[Any]) -> str:
    """Give the query of a page from one source; appends to *values*."""

    def ask(condition: str, value: Any) -> str:
        values.append(value)
        return condition.replace(":value", f"${_FIRST_VALUE + len(values) - 1}")

    carrier, due_before, placed = filters.carrier, filters.due_before, "o.placed_at"
    is_rare = filters.badge is not None or filters.status not in ((), (OrderStatus.DELIVERED,))
    if sort is Sort.DUE:
        head = sql.page_by_due
    elif due_before is not None:
        head, due_before, placed = ask(sql.page_of_due, due_before), None, "d.placed_at"
    elif carrier is not None and not is_rare and is_walked(filters, few_words):
        head, carrier, placed = ask(sql.page_of_carrier, carrier), None, "c.placed_at"
    else:
        head = sql.page_of_orders
    conditions = [
        ask(condition, value)
        for condition, value in (
            (sql.where_status, filters.status[0] if len(filters.status) == 1 else None),
            (sql.where_statuses, list(filters.status) if len(filters.status) > 1 else None),
            (sql.where_badge, filters.badge),
            (sql.where_fulfilment, filters.fulfilment),
            (sql.where_placed_from, filters.placed_from),
            (sql.where_placed_to, filters.placed_to),
            (sql.where_number, filters.number),
            (sql.where_carrier, carrier),
            (sql.where_tracking_number, filters.tracking_number),
            (sql.where_due_before, due_before),
            (sql.where_words if few_words else sql.where_text, filters.text),
            (sql.where_ids, list(filters.ids) if filters.ids is not None else None),
        )
        if value is not None
    ]
    return head.replace("/* filters */", "\n".join(conditions)).replace(":placed", placed)


async def page_of(
    connection: Any, shop_id: UUID, filters: Filters, sort: Sort, after: Place | None, limit: int
) -> Page:
    """Give the page of *limit* orders after a place, or the first one, in a transaction that does nothing else."""
    found = await find(connection, shop_id, filters, sort, after, limit + 1)
    rows = await connection.fetch(sql.listed_of, [row["id"] for row in found[:limit]]) if found else []
    by_id = {row["id"]: row for row in rows}
    shown = [_listed(by_id[row["id"]]) for row in found[:limit]]
    end = Place(found[limit - 1]["place"], found[limit - 1]["id"]) if len(found) > limit else None
    return Page(shown, end)


async def find(
    connection: Any, shop_id: UUID, filters: Filters, sort: Sort, after: Place | None, limit: int
) -> list[Any]:
    """Give id and place of the orders after a place, in a transaction that does nothing else."""
    await connection.execute(sql.plan_each_page)
    few_words = filters.text is not None and await _have_few(connection, shop_id, filters.text)
    if is_walked(filters, few_words):
        await connection.execute(sql.walk_along_an_index)
    text, values = query_of(filters, sort, few_words)
    place = (after.at, after.order_id) if after else (None, None)
    found: list[Any] = await connection.fetch(text, shop_id, limit, *place, *values)
    return found


async def _have_few(connection: Any, shop_id: UUID, text: str) -> bool:
    """Say whether so few orders have the words of a text that they are sorted; else the list is walked.

    Words that one order in a hundred has are known to be common, and need not be counted; of others the planner guesses
    the same for all, so they are.
    """
    plan = from_json(await connection.fetchval(sql.guess_with_words, shop_id, text))
    guessed, searched = plan[0]["Plan"]["Plan Rows"], await connection.fetchval(sql.count_searched)
    if guessed > max(4 * MOST_SORTED, searched * KNOWN_COMMON):
        return False
    counted: int = await connection.fetchval(sql.count_with_words, shop_id, text, MOST_SORTED + 1)
    return counted <= MOST_SORTED


async def pages_of(service: Service, shop_id: UUID, filters: Filters, sort: Sort) -> AsyncIterator[Sequence[Listed]]:
    """Give every order of a list, some at a time; between two pages no connection is held."""
    after: Place | None = None
    while True:
        async with for_shop(service, shop_id) as tx:
            page = await page_of(tx.connection, shop_id, filters, sort, after, EXPORTED_TOGETHER)
        if page.orders:
            yield page.orders
        if page.end is None:
            return
        after = page.end


def _listed(row: Any) -> Listed:
    states = [ParcelState.model_validate_json(state) for state in row["parcels"]]
    ahead = read_ahead(row["ahead"] or [])
    return Listed(
        id=row["id"],
        number=row["number"],
        version=row["version"],
        status=OrderStatus(row["status"]),
        badge=Badge(row["badge"]) if row["badge"] else None,
        fulfilment=Fulfilment(row["fulfilment"]),
        carriers=row["carriers"],
        tracking_numbers=row["tracking_numbers"],
        placed_at=row["placed_at"],
        bought_at=row["bought_at"],
        promised_at=row["promised_at"],
        shipped_at=row["shipped_at"],
        total=row["total"],
        currency=row["currency"],
        parcels=len(states),
        delivered=sum(is_with_buyer(state) for state in states),
        next_deadline=ahead[0] if ahead else None,
    )
