"""The whole system from outside: shops over HTTP, carriers over HTTP, mail in a sink, and faults."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import httpx

from sandbox import stack as sandbox_stack
from sandbox.servers import NatsServer, PostgresServer
from sandbox.stack import Stack
from support.pushing import SCHEMES, Carrier
from support.selling import Seller
from support.servers import Servers, make_servers
from support.services import SteppedTime
from support.waiting import eventually

SINGAPORE = ZoneInfo("Asia/Singapore")
ACK_WAIT = 1.0  #: Seconds after which what a killed service had taken is delivered again.


@dataclass
class Marketplace:
    """The running system."""

    stack: Stack
    servers: Servers
    clock: SteppedTime
    http: httpx.AsyncClient
    _sellers: dict[str, Seller] = field(default_factory=dict)
    _carriers: dict[str, Carrier] = field(default_factory=dict)
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path, clock: SteppedTime) -> "AsyncIterator[Marketplace]":
        """Run everything under *folder*."""
        servers: list[Servers] = []

        async def start_both(inside: Path) -> tuple[NatsServer, PostgresServer]:
            made = make_servers(inside)
            servers.append(made)
            await asyncio.gather(asyncio.to_thread(made.nats.start), asyncio.to_thread(made.postgres.start))
            await asyncio.gather(asyncio.to_thread(made.nats.provision, ACK_WAIT), made.postgres.make_databases())
            return made.nats, made.postgres

        with mock.patch.object(sandbox_stack, "start_both", start_both):
            async with (
                sandbox_stack.running(folder / "stack", clock.file) as stack,
                httpx.AsyncClient(timeout=60) as http,
            ):
                market = cls(stack, servers[0], clock, http)
                yield market
                await asyncio.gather(*(client.aclose() for client in market._clients.values()))

    def _at(self, url: str) -> httpx.AsyncClient:
        """Give a client of one service."""
        if url not in self._clients:
            self._clients[url] = httpx.AsyncClient(base_url=url, timeout=60)
        return self._clients[url]

    async def shop(self, name: str = "Blue shop") -> Seller:
        """Give a shop; the first time, it is added, and keeps no stock."""
        if name not in self._sellers:
            words = ("--name", name, "--email", "seller@example.com", "--zone", SINGAPORE.key)
            made = await self.stack.tool("orders", "shops", "add", *words)
            self._sellers[name] = Seller(self._at(self.stack.orders_url), made["shop_id"], made["api_key"])
        return self._sellers[name]

    async def carrier(self, name: str = "ninjavan", format_name: str = "ninjavan-webhook") -> Carrier:
        """Give a carrier; the first time, its account is added."""
        if name not in self._carriers:
            words = ("--name", name, "--carrier", "Ninja Van", "--format", format_name, "--zone", "Asia/Singapore")
            made = await self.stack.tool("carrier-adapter", "accounts", "add", *words)
            http = self._at(self.stack.feeds_url.removesuffix("/v1/feeds"))
            self._carriers[name] = Carrier(http, name, made["endpoint"], made["key"], SCHEMES[format_name])
            await eventually(lambda: self._is_known(self._carriers[name]))
        return self._carriers[name]

    async def _is_known(self, carrier: Carrier) -> bool:
        return (await carrier.push(b"the account is known")).status_code == 202

    async def quiet(self) -> None:
        """Wait until nothing is left to do at this instant."""
        await self.stack.idle(self.http, self.clock.now.isoformat())

    async def books(self) -> dict[str, int]:
        """Give the books."""
        headers = {"authorization": f"Bearer {self.stack.operator_key}"}
        found: dict[str, int] = (await self.http.get(f"{self.stack.orders_url}/v1/books", headers=headers)).json()
        return found

    def mail(self, order_id: str, recipient: str = "buyer") -> list[dict[str, Any]]:
        """Give the messages about an order that have come for somebody, oldest first."""
        messages = [json.loads(line) for line in self.stack.mail_file.read_text().splitlines()]
        return [one for one in messages if (one["order"], one["recipient"]) == (order_id, recipient)]

    def next_morning(self) -> datetime:
        """Make it ten in the morning of the next day in Singapore, when everybody may be written to."""
        there = self.clock.now.astimezone(SINGAPORE) + timedelta(days=1)
        self.clock.set(there.replace(hour=10, minute=0, second=0, microsecond=0))
        return self.clock.now

    def kill(self, name: str) -> None:
        """Kill -9 a service, ``nats`` or ``postgres``; it is started again by its supervisor."""
        match name:
            case "nats":
                self.servers.nats.kill()
            case "postgres":
                self.servers.postgres.kill()
            case _:
                self.stack.kill(name)


async def until_taken(ask: Callable[[], Awaitable[httpx.Response]], within: float = 60) -> httpx.Response:
    """Ask again, as a patient client does, while there is nobody to answer or the answer is "try again"."""

    async def taken() -> httpx.Response | None:
        try:
            answer = await ask()
        except httpx.HTTPError:
            return None
        return answer if answer.status_code < 500 else None

    answer: httpx.Response = await eventually(taken, within, every=0.05)
    return answer
