"""The orders that are tracked in a benchmark: two are placed over HTTP, thousands are copies of them."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from chassis.postgres import load_queries
from contracts.vocabulary import ScanStatus
from sandbox.stack import Stack
from sandbox.world.market import TICKED

sql = load_queries("bench")

CARRIER = "Ninja Van"
SLUG = "ninjavan"
FULFILMENTS = ({"type": "ship_by_seller"}, {"type": "ship_by_tiktok", "handover": "pick_up"})

#: The life of a parcel, scan by scan.
LIFE = (
    (ScanStatus.PICKED_UP, "collected"),
    (ScanStatus.IN_TRANSIT, "arrived_facility"),
    (ScanStatus.IN_TRANSIT, "departed_facility"),
    (ScanStatus.IN_TRANSIT, "arrived_local_depot"),
    (ScanStatus.OUT_FOR_DELIVERY, "loaded"),
    (ScanStatus.DELIVERED, "signed"),
)

_ORDERS_TABLES = (
    *(sql.clone_orders, sql.clone_buyers, sql.clone_parcels, sql.clone_bindings, sql.clone_claims, sql.clone_history),
)
_WATCHER_TABLES = (sql.clone_known, sql.clone_deadlines, sql.clone_reminders)

Connection = Any  #: asyncpg's connection.


class World:
    """Two orders placed over HTTP, packed and with a tracking number; their copies are open orders like them."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient) -> None:
        self._stack = stack
        self._client = client
        self._templates: list[str] = []

    async def open(self) -> None:
        """Place the two orders, and wait until everybody has heard of them."""
        words = ("--name", "Bench shop", "--email", "seller@example.com", "--zone", "Asia/Singapore")
        shop = await self._stack.tool("orders", "shops", "add", *words)
        for number, fulfilment in enumerate(FULFILMENTS):
            self._templates.append(await self._place(shop["api_key"], f"TEMPLATE{number}", fulfilment))
        async with database(self._stack, "orders") as orders, database(self._stack, "deadline_watcher") as watcher:
            said = await orders.fetchval(sql.said)
            while await watcher.fetchval(sql.heard) < said:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.05)

    async def _place(self, api_key: str, number: str, fulfilment: dict[str, str]) -> str:
        placed = await self._ask(
            *(api_key, "POST", "/v1/orders"),
            {
                "number": number,
                "buyer": {"name": "Mei Tan", "email": "mei@example.com", "zone": "Asia/Singapore"},
                "address": {"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"},
                "lines": [{"sku": "MUG", "title": "Blue mug", "quantity": 1, "unit_price": "12.50"}],
                "currency": "SGD",
                "payment": {"method": "card", "prepaid": "12.50"},
                "fulfilment": fulfilment,
            },
        )
        path = f"/v1/orders/{placed['id']}"
        await self._ask(api_key, "POST", f"{path}/confirm", {})
        await self._ask(api_key, "POST", f"{path}/pack", {"checklist": {"counts": {"MUG": 1}, **TICKED}})
        await self._ask(api_key, "PUT", f"{path}/parcels/1/tracking", {"carrier": CARRIER, "number": number})
        return str(placed["id"])

    async def _ask(self, api_key: str, method: str, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {api_key}", "Idempotency-Key": str(uuid4())}
        answer = await self._client.request(method, f"{self._stack.orders_url}{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    async def copy(self, prefix: str, count: int) -> list[str]:
        """Make *count* open orders, half of each kind; gives their tracking numbers."""
        halves = [(f"{prefix}{kind}N", (count + kind) // 2) for kind in range(len(self._templates))]
        for tables, service in ((_ORDERS_TABLES, "orders"), (_WATCHER_TABLES, "deadline_watcher")):
            async with database(self._stack, service) as connection, connection.transaction():
                for template, (name, many) in zip(self._templates, halves, strict=True):
                    for query in tables:
                        await connection.execute(query, template, name, many)
        for service in ("orders", "deadline_watcher"):
            async with database(self._stack, service) as connection:
                await connection.execute("ANALYZE")
        return [f"{name}{n}" for name, many in halves for n in range(many)]


class database:  # noqa: N801 - read as a word: `async with database(stack, "orders")`
    """A connection to a service's database, as its owner."""

    def __init__(self, stack: Stack, service: str) -> None:
        self._url = stack.postgres.url(service, service)

    async def __aenter__(self) -> Connection:
        self._connection = await asyncpg.connect(self._url)
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()
