"""A shop as its seller's programs drive it: the orders API, with a fresh Idempotency-Key for each request."""

import copy
import itertools
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from chassis.clock import Clock
from chassis.transactions import begin
from orders.shops.register import add_shop

_numbers = itertools.count(1)

ORDER: dict[str, Any] = {
    "buyer": {"name": "Mei Tan", "email": "mei@example.com", "phone": "+65 6123 4567", "zone": "Asia/Singapore"},
    "address": {"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"},
    "lines": [
        {"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2, "unit_price": "12.50"},
        {"sku": "TEA", "title": "Tea", "quantity": 1, "unit_price": "5.00"},
    ],
    "currency": "SGD",
    "shipping_fee": "2.00",
    "payment": {"method": "card", "prepaid": "32.00"},
    "fulfilment": {"type": "ship_by_seller"},
}


def checklist(counts: dict[str, int], **changes: Any) -> dict[str, Any]:
    """Give a packing checklist on which everything is ticked."""
    ticked = {"options_match": True, "address_checked": True, "size_fits": True, "no_prohibited_insert": True}
    return {"counts": counts, **ticked, **changes}


def order_body(**changes: Any) -> dict[str, Any]:
    """Give an order that is accepted, under a number of its own."""
    return {"number": f"TT-{next(_numbers)}", **copy.deepcopy(ORDER), **changes}


async def open_shop(pool: Any, clock: Clock, http: httpx.AsyncClient, name: str = "Blue shop") -> "Seller":
    """Add a shop, and give its seller."""
    async with begin(pool, clock) as tx:
        made = await add_shop(tx, name=name, email="seller@example.com", zone="Asia/Singapore")
    return Seller(http, made["shop_id"], made["api_key"])


@dataclass
class Seller:
    """The seller of one shop."""

    http: httpx.AsyncClient
    shop_id: str
    api_key: str

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"authorization": f"Bearer {self.api_key}"}

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Look at something."""
        return await self.http.get(path, params=query, headers=self.headers)

    async def post(
        self, path: str, body: Any = None, *, key: str | None = None, method: str = "POST"
    ) -> httpx.Response:
        """Ask for something, with *key* as Idempotency-Key or a fresh one."""
        headers = {**self.headers, "idempotency-key": key or uuid4().hex}
        return await self.http.request(method, path, json={} if body is None else body, headers=headers)

    async def place(self, **changes: Any) -> Any:
        """Place an order; gives it as the API shows it."""
        return _accepted(await self.post("/v1/orders", order_body(**changes)))

    async def order(self, order_id: str) -> Any:
        """Give an order as it is now."""
        return _accepted(await self.get(f"/v1/orders/{order_id}"))

    async def act(self, order_id: str, what: str, **body: Any) -> Any:
        """Do what must succeed: ``confirm``, ``ship``, ``cancel``, ``parcels/1/handover`` …"""
        return _accepted(await self.post(f"/v1/orders/{order_id}/{what}", body))

    async def pack(self, order_id: str) -> Any:
        """Pack all that was ordered."""
        lines = (await self.order(order_id))["lines"]
        return await self.act(order_id, "pack", checklist=checklist({one["sku"]: one["quantity"] for one in lines}))

    async def bind(self, order_id: str, number: str, carrier: str = "Ninja Van", parcel: int = 1) -> Any:
        """Set a parcel's tracking number."""
        path = f"/v1/orders/{order_id}/parcels/{parcel}/tracking"
        return _accepted(await self.post(path, {"carrier": carrier, "number": number}, method="PUT"))

    async def ship(self, order_id: str, number: str, carrier: str = "Ninja Van") -> Any:
        """Do all that a seller does with an order of one parcel."""
        await self.act(order_id, "confirm")
        await self.pack(order_id)
        await self.act(order_id, "parcels/1/handover", carrier=carrier, number=number)
        return await self.act(order_id, "ship")


def _accepted(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    return json.loads(answer.content)
