"""A page of 50 from a million orders, by each kind of filter: how long the database takes, and by which plan.

On a PostgreSQL of its own with the settings that services have; the orders are those of a shop that has half of them.
One line for each kind of filter and place: the first page, and one deep in the list.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import UUID

import asyncpg

from bench.processes import cpu_us
from chassis.postgres import load_queries, migrate, open_pool
from contracts.orders.v1 import Badge, Fulfilment, OrderStatus
from orders.listing.filters import Filters, Place, Sort
from orders.listing.pages import find, page_of
from sandbox.servers import PostgresServer

WITHIN_MS = 50.0
LIMIT = 50

ANY = Filters()

sql, orders_sql = load_queries("bench"), load_queries("orders")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    orders: int = 1_000_000
    runs: int = 100


QUICK = Size(orders=50_000, runs=10)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of filter, and an order of the list."""

    name: str
    filters: Filters = ANY
    sort: Sort = Sort.NEWEST


def kinds(orders: int) -> Iterator[Kind]:
    """Give every kind: what is common, what is rare, what is long past, and what there is none of."""
    now = datetime.now(UTC)
    year_ago = now - timedelta(days=400)
    middle = orders // 2 // 2 * 2
    yield Kind("none")
    yield Kind("none", sort=Sort.OLDEST)
    yield Kind("none", sort=Sort.DUE)
    for status in OrderStatus:
        yield Kind(f"status {status}", Filters(status=(status,)))
    yield Kind("status placed or confirmed", Filters(status=(OrderStatus.PLACED, OrderStatus.CONFIRMED)))
    yield Kind("status cancelled or returned", Filters(status=(OrderStatus.CANCELLED, OrderStatus.RETURNED)))
    yield Kind("badge delayed", Filters(badge=Badge.DELAYED))
    yield Kind("badge lost (rare)", Filters(badge=Badge.LOST))
    yield Kind("badge damaged (none)", Filters(badge=Badge.DAMAGED))
    yield Kind("fulfilment ship_by_seller", Filters(fulfilment=Fulfilment.SHIP_BY_SELLER))
    yield Kind("fulfilment ship_by_tiktok (rare)", Filters(fulfilment=Fulfilment.SHIP_BY_TIKTOK))
    for carrier in ("ninjavan", "spx", "givenup", "rare", "nobody"):
        yield Kind(f"carrier {carrier}", Filters(carrier=carrier))
    yield Kind("placed in a month", Filters(placed_from=year_ago, placed_to=year_ago + timedelta(days=30)))
    yield Kind("due within a day", Filters(due_before=now + timedelta(days=1)))
    yield Kind("due within a month", Filters(due_before=now + timedelta(days=30)))
    yield Kind("due within a month", Filters(due_before=now + timedelta(days=30)), Sort.DUE)
    yield Kind("tracking_number", Filters(tracking_number=f"NV{middle}P1"))
    yield Kind("tracking_number (none)", Filters(tracking_number="NOBODYHASTHIS"))
    yield Kind("number", Filters(number=f"TT-{middle}"))
    yield Kind("text: an e-mail", Filters(text=f"buyer{middle + 2}@example.com"))
    yield Kind("text: an e-mail that comes again and again", Filters(text="buyer8@example.com"))
    yield Kind("text: a name", Filters(text="mei tan88"))
    yield Kind("text: a first name", Filters(text="siti"))
    yield Kind("text: a SKU", Filters(text="SKU-4242"))
    yield Kind("text: common goods", Filters(text="blue mug"))
    yield Kind("text: in every order", Filters(text="example"))
    yield Kind("text: the beginning of a number", Filters(text=f"NV{middle // 10}"))
    yield Kind("text: one letter", Filters(text="m"))
    yield Kind("text: nobody's", Filters(text="zzyzx"))
    yield Kind("text: the beginning of many a name", Filters(text="buyer8"))
    yield Kind("carrier and due", Filters(carrier="spx", due_before=now + timedelta(days=30)))
    yield Kind("status, carrier and text", Filters(status=(OrderStatus.SHIPPED,), carrier="ninjavan", text="blue"))
    yield Kind("badge and carrier", Filters(badge=Badge.DELAYED, carrier="jtexpress"))
    yield Kind("status and due", Filters(status=(OrderStatus.PROCESSED,), due_before=now + timedelta(days=30)))


async def run(folder: Path, size: Size) -> list[dict[str, Any]]:
    """Measure; gives a line for each kind."""
    server = PostgresServer(folder)
    await asyncio.to_thread(server.start)
    try:
        await server.make_databases()
        lines = [await load(server, size.orders)]
        pool = await open_pool(server.url("orders", "orders"), name="bench", size=2)
        shop_id = await pool.fetchval("SELECT md5('shop1')::uuid")
        async with pool.acquire() as connection:
            for kind in kinds(size.orders):
                lines += [line async for line in _measure(connection, shop_id, kind, size.runs)]
        await pool.close()
    finally:
        await asyncio.to_thread(server.stop)
    slow = [line["filter"] for line in lines if not line.get("within_50_ms", True)]
    if slow:
        print(f"not within {WITHIN_MS:.0f} ms: {', '.join(slow)}", file=sys.stderr)
    return lines


async def load(server: PostgresServer, orders: int) -> dict[str, Any]:
    """Fill a database of `orders`; gives how long that took, and how large the list's indexes are."""
    started = time.monotonic()
    pool = await open_pool(server.url("orders", "orders"), name="bench", size=1)
    await migrate(pool, "orders")
    await pool.close()
    connection = await asyncpg.connect(server.url("orders"))
    # What the triggers would do for each row is done once at the end, and the indexes are made of what is there.
    await connection.execute(
        "SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'"
    )
    await connection.execute("SET synchronous_commit = off")
    indexes = await connection.fetch(sql.listing_indexes)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    await connection.execute(sql.load_shops)
    await connection.execute(sql.load_orders, orders)
    for query in (sql.load_buyers, sql.load_parcels, sql.load_bindings, sql.load_deadlines, sql.derive_carriers):
        await connection.execute(query)
    await asyncio.gather(*(_derive_words(server, half) for half in (True, False)))
    for index in indexes:
        await connection.execute(index["definition"])
    await connection.execute("VACUUM ANALYZE")
    sizes = {
        index["name"]: await connection.fetchval("SELECT pg_relation_size($1::regclass)", index["name"])
        for index in indexes
    }
    await connection.close()
    return {
        "bench": "listing",
        "orders": orders,
        "loaded_in_s": round(time.monotonic() - started),
        "index_mb": {name: round(size / 2**20) for name, size in sizes.items()},
    }


async def _derive_words(server: PostgresServer, half: bool) -> None:
    connection = await asyncpg.connect(server.url("orders"))
    await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await connection.execute(sql.derive_words, half)
    await connection.close()


async def _measure(connection: Any, shop_id: UUID, kind: Kind, runs: int) -> AsyncIterator[dict[str, Any]]:
    async with _walled(connection, shop_id):
        first = await page_of(connection, shop_id, kind.filters, kind.sort, None, LIMIT)
    yield await _line(connection, shop_id, kind, "first", None, len(first.orders), runs)
    if first.end is None:
        return
    deep = await _deep(connection, shop_id, kind, first.end)
    async with _walled(connection, shop_id):
        page = await page_of(connection, shop_id, kind.filters, kind.sort, deep, LIMIT)
    yield await _line(connection, shop_id, kind, "deep", deep, len(page.orders), runs)


@asynccontextmanager
async def _walled(connection: Any, shop_id: UUID) -> AsyncIterator[None]:
    """Open a transaction as the service does for a shop."""
    async with connection.transaction():
        await connection.execute(orders_sql.stand_behind_the_wall, str(shop_id))
        yield


async def _deep(connection: Any, shop_id: UUID, kind: Kind, end: Place) -> Place:
    """Give a place some way down: half of the two years, or of the days in which deadlines are."""
    half = timedelta(days=3 if kind.sort is Sort.DUE else 365)
    at = end.at - half if kind.sort is Sort.NEWEST else end.at + half
    return replace(end, at=at)


async def _line(
    connection: Any, shop_id: UUID, kind: Kind, where: str, after: Place | None, found: int, runs: int
) -> dict[str, Any]:
    took = []
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    cpu = cpu_us(backend)
    for _ in range(runs):
        async with _walled(connection, shop_id):
            started = time.perf_counter()
            rows = await find(connection, shop_id, kind.filters, kind.sort, after, LIMIT + 1)
            await connection.fetch(orders_sql.listed_of, [row["id"] for row in rows[:LIMIT]])
            took.append(1000 * (time.perf_counter() - started))
    cpu = cpu_us(backend) - cpu
    plan = await _plan(connection, shop_id, kind, after)
    p99 = quantiles(took, n=100, method="inclusive")[98]
    return {
        "bench": "listing",
        "filter": kind.name,
        "sort": kind.sort.value,
        "page": where,
        "p50_ms": round(median(took), 2),
        "p99_ms": round(p99, 2),
        "cpu_ms": round(cpu / runs / 1000, 2),
        "within_50_ms": p99 <= WITHIN_MS,
        "orders": found,
        "plan": next(one["Node Type"] for one in plan["Plans"] if one["Parent Relationship"] == "Outer"),
        "indexes": sorted(set(_indexes(plan))),
    }


async def _plan(connection: Any, shop_id: UUID, kind: Kind, after: Place | None) -> dict[str, Any]:
    """Give the plan of the query that finds the page."""
    asked: list[tuple[Any, ...]] = []

    class Listening:
        """Notes what is asked of the connection."""

        async def execute(self, *query: Any) -> Any:
            return await connection.execute(*query)

        async def fetchval(self, *query: Any) -> Any:
            return await connection.fetchval(*query)

        async def fetch(self, *query: Any) -> Any:
            asked.append(query)
            return await connection.fetch(*query)

    async with _walled(connection, shop_id):
        await find(Listening(), shop_id, kind.filters, kind.sort, after, LIMIT + 1)
        text, *values = asked[-1]
        explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {text}", *values)
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return plan


def _indexes(plan: dict[str, Any]) -> Iterator[str]:
    if name := plan.get("Index Name"):
        yield name
    for part in plan.get("Plans", ()):
        yield from _indexes(part)
