"""A `carrier-adapter` and an `orders` at work together, and a carrier whose format is a mapping file that can learn."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from service.carrier_adapter.admin import Admin
from support.pushing import Carrier
from support.selling import Seller, open_shop
from support.servers import Broker, Servers
from support.services import OPERATOR_KEY, Running, SteppedTime, in_this_process
from support.waiting import eventually

MAPPING = """\
format: crow
title: Crow Couriers push
source: Crow Couriers, letter to the tests, 2026-03-02
schemes: [bearer]
recognise: push.crow
scans: push.scans
scan:
  number: scan.awb
  code: scan.code
  time: {from: scan.at}
statuses:
"""
KNOWN = {"GO": "in_transit.moving", "OUT": "out_for_delivery.loaded"}

_serial = itertools.count(1)


def crow(*scans: dict[str, Any], **told: Any) -> bytes:
    """Give a push of Crow Couriers."""
    return json.dumps({"crow": next(_serial), "scans": scans, **told}).encode()


def scan(number: str, code: str, at: datetime, **told: Any) -> dict[str, Any]:
    """Give a scan of such a push."""
    return {"awb": number, "code": code, "at": at.isoformat(), **told}


@dataclass
class Both:
    """The two services, an admin, a shop, and Crow Couriers."""

    adapter: Running
    orders: Running
    broker: Broker
    clock: SteppedTime
    admin: Admin
    shop: Seller
    folder: Path
    carrier: Carrier = field(init=False)
    known: dict[str, str] = field(default_factory=lambda: dict(KNOWN))

    def learn(self, **statuses: str) -> None:
        """Have the mapping file say what further codes mean."""
        self.known |= statuses
        self.write(MAPPING)

    def write(self, mapping: str) -> None:
        """Write the mapping file."""
        lines = "".join(f"  {code}: {status}\n" for code, status in self.known.items())
        new = self.folder / "crow.new"
        new.write_text(mapping + lines)
        new.replace(self.folder / "crow.yaml")

    async def quiet(self) -> None:
        """Wait until both are done, each with what the other said."""
        for _ in range(2):
            await self.adapter.quiet()
            await self.orders.quiet()

    async def push(self, body: bytes) -> str:
        """Push, and wait until all is judged; gives the receipt's id."""
        answer = await self.carrier.push(body)
        assert answer.status_code == 202, answer.text
        await self.quiet()
        return str(answer.json()["receipt"])

    async def receipt(self, receipt: str) -> Any:
        """Give a receipt."""
        answer = await self.adapter.http.get(f"{self.carrier.path}/receipts/{receipt}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def outcomes(self, receipt: str) -> list[str]:
        """Give what became of a push's scans."""
        return [one["outcome"] for one in (await self.receipt(receipt))["scans"]]

    async def replay(self, **choice: Any) -> dict[str, int]:
        """Replay, once for what the mapping file says now, and wait until all is judged."""
        done: dict[str, int] = await self.admin.post("/v1/quarantine/replay", choice)
        await self.quiet()
        return {name: count for name, count in done.items() if count}

    async def books(self) -> dict[str, int]:
        """Give the books of `orders`, which must balance."""
        answer = await self.orders.http.get("/v1/books", headers={"authorization": f"Bearer {OPERATOR_KEY}"})
        counts: dict[str, int] = answer.json()
        assert sum(counts.values()) == 2 * counts["accepted"]
        return counts

    async def place(self, number: str) -> str:
        """Place an order whose parcel has a tracking number of Crow Couriers; gives its id."""
        order_id: str = (await self.shop.place())["id"]
        await self.shop.bind(order_id, number, "Crow Couriers")
        return order_id

    async def timeline(self, order_id: str) -> list[str]:
        """Give the statuses of the order's parcel."""
        order = await self.shop.order(order_id)
        return [one["status"] for one in order["parcels"][0]["timeline"]]


@asynccontextmanager
async def both_at_work(servers: Servers, folder: Path, now: datetime) -> AsyncIterator[Both]:
    """Run the two inside the block."""
    clock = SteppedTime(folder / "clock", now)
    mappings = folder / "mappings"
    mappings.mkdir()
    async with servers.broker() as broker, in_this_process(servers, broker) as start:
        adapter = await start("carrier-adapter", clock=clock, mappings=mappings)
        orders = await start("orders", clock=clock)
        shop = await open_shop(orders.pool, orders.service.clock, orders.http)
        both = Both(adapter, orders, broker, clock, Admin(adapter), shop, mappings)
        both.write(MAPPING)

        async def is_known() -> bool:
            told = {"name": "crow", "carrier": "Crow Couriers", "format": "crow"}
            answer = await both.admin.ask("POST", "/v1/accounts", told)
            if answer.status_code == 201:
                made = answer.json()
                both.carrier = Carrier(adapter.http, "crow", made["endpoint"], made["key"], "bearer")
            return answer.status_code == 201

        await eventually(is_known)

        async def is_taken() -> bool:
            return (await both.carrier.push(crow())).status_code == 202

        await eventually(is_taken)
        await both.quiet()
        yield both
