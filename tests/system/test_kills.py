"""Kill -9 of any part while orders are placed and scans are pushed: nothing is lost, nothing is done twice."""

import asyncio
import itertools
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from support.marketplace import Marketplace, until_taken
from support.pushing import Carrier, ninjavan_body
from support.selling import Seller, order_body

ORDERS = 12
WAY = ("Successful Pickup", "Arrived at Sorting Hub", "On Vehicle for Delivery", "Successful Delivery")
TOLD = ("placed", "shipped", "delivered")
_runs = itertools.count(1)


async def sell(seller: Seller, number: str) -> str:
    """Place an order and give its parcel a number, as a patient program does; gives the order's id."""
    body, key = order_body(), uuid4().hex
    placed = await until_taken(lambda: seller.post("/v1/orders", body, key=key))
    assert placed.status_code == 201, placed.text
    order_id = str(placed.json()["id"])
    path, binding = f"/v1/orders/{order_id}/parcels/1/tracking", {"carrier": "Ninja Van", "number": number}
    key = uuid4().hex
    bound = await until_taken(lambda: seller.post(path, binding, key=key, method="PUT"))
    assert bound.status_code == 200, bound.text
    return order_id


async def carry(carrier: Carrier, number: str, since: datetime) -> int:
    """Push a parcel's way, each scan until it is accepted; gives how often a push was accepted."""
    for minute, status in enumerate(WAY):
        body = ninjavan_body(number, status, since + timedelta(minutes=minute))
        answer = await until_taken(lambda body=body: carrier.push(body))  # type: ignore[misc]
        assert answer.status_code == 202
    return len(WAY)


@pytest.mark.parametrize("victim", ["orders", "carrier-adapter", "deadline-watcher", "notifier", "nats", "postgres"])
async def test_a_part_that_is_killed_while_all_are_at_work_loses_and_doubles_nothing(
    market: Marketplace, victim: str
) -> None:
    market.next_morning()
    run = next(_runs)
    seller, carrier = await market.shop(), await market.carrier()
    await market.quiet()
    before = await market.books()
    numbers = [f"NV-KILL-{run}-{n}" for n in range(ORDERS)]
    since = market.clock.advance(minutes=30)
    under_way = asyncio.Event()

    async def live(place: int, number: str) -> str:
        order_id = await sell(seller, number)
        if place == ORDERS // 3:
            under_way.set()
        await carry(carrier, number, since - timedelta(minutes=29))
        return order_id

    async def strike() -> None:
        await under_way.wait()
        market.kill(victim)

    orders, _ = await asyncio.gather(asyncio.gather(*(live(*one) for one in enumerate(numbers))), strike())
    await market.stack.ready()
    await market.quiet()

    books = await market.books()
    entered = {bucket: books[bucket] - before[bucket] for bucket in books}
    again = entered["duplicate"]  # a push that was kept although its answer was lost, and sent again
    assert entered["applied"] == ORDERS * len(WAY)
    assert entered["accepted"] == entered["applied"] + again
    for order_id in orders:
        assert_delivered_once(await seller.order(order_id))
        assert_told_once(market, order_id, victim)


def assert_delivered_once(order: dict[str, Any]) -> None:
    assert order["status"] == "delivered"
    statuses = [one["status"] for one in order["parcels"][0]["timeline"]]
    assert statuses == ["picked_up", "in_transit", "out_for_delivery", "delivered"]
    counted = Counter(scan for step in order["history"] for scan in step["cause"].get("scans", []))
    assert sorted(counted.values()) == [1] * len(WAY)
    versions = [step["version"] for step in order["history"]]
    assert versions == sorted(set(versions))
    assert order["refunds"] == []


def assert_told_once(market: Marketplace, order_id: str, victim: str) -> None:
    """Each fact has one Message-ID; plain mail may come twice when its sender was killed."""
    messages = market.mail(order_id)
    ids_of: dict[str, set[str]] = {}
    for one in messages:
        for fact in one["facts"]:
            ids_of.setdefault(fact, set()).add(one["message_id"])
    assert all(len(ids) == 1 for ids in ids_of.values())
    told = [kind for kind in TOLD if any(kind in fact for fact in ids_of)]
    assert "delivered" in told
    if victim not in ("notifier", "postgres"):
        assert len(messages) == len({one["message_id"] for one in messages})
