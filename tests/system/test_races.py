"""Scans against the automatic cancellation (D5), let go together: one legal end each, and what was in time wins."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from support.marketplace import Marketplace
from support.pushing import ninjavan_body

ORDERS = 36
SURE = 6  #: Whose scans are accepted before the due time, and as many whose scans come when all is decided.


async def test_a_scan_and_the_cancellation_that_it_prevents_are_never_both_in_force(market: Marketplace) -> None:
    """B22."""
    market.next_morning()
    seller, carrier = await market.shop(), await market.carrier()
    orders = [(await seller.place())["id"] for _ in range(ORDERS)]
    placed_at = market.clock.now
    for number, order_id in enumerate(orders):
        await seller.bind(order_id, f"NV-RACE-{number}")
    due_at = placed_at + timedelta(days=15)
    market.clock.set(due_at - timedelta(seconds=1))
    await market.quiet()
    scanned_at = due_at - timedelta(minutes=5)

    async def push(number: int) -> None:
        answer = await carrier.push(ninjavan_body(f"NV-RACE-{number}", "Arrived at Sorting Hub", scanned_at))
        assert answer.status_code == 202

    async def push_about_then(number: int) -> None:
        await barrier.wait()
        await asyncio.sleep(0.004 * number)  # so that some come before the due time, some at it, some after
        await push(number)

    async def let_it_be_due() -> None:
        await barrier.wait()
        await asyncio.sleep(0.05)
        market.clock.set(due_at)
        await asyncio.sleep(0.05)
        market.clock.advance(seconds=1)

    early, racing, late = range(SURE), range(SURE, ORDERS - SURE), range(ORDERS - SURE, ORDERS)
    barrier = asyncio.Barrier(len(racing) + 1)
    await asyncio.gather(*(push(number) for number in early))
    await asyncio.gather(let_it_be_due(), *(push_about_then(number) for number in racing))
    await market.quiet()
    await asyncio.gather(*(push(number) for number in late))
    await market.quiet()

    ends = [assert_one_legal_end(await seller.order(order_id), due_at) for order_id in orders]
    for order_id, end in zip(orders, ends, strict=True):
        facts = [fact for one in market.mail(order_id) for fact in one["facts"]]
        assert facts.count("cancelled") == (end == "cancelled")
        assert facts.count("shipped") == (end == "shipped")
    assert {ends[number] for number in early} == {"shipped"}
    assert {ends[number] for number in late} == {"cancelled"}


def assert_one_legal_end(order: dict[str, Any], due_at: datetime) -> str:
    """Check an order's end against the rules; gives its status."""
    [scan] = order["parcels"][0]["timeline"]
    received_at = datetime.fromisoformat(scan["received_at"])
    decided = [step for step in order["history"] if step["trigger"] == "tracking_update"]
    if order["status"] == "cancelled":
        assert received_at >= due_at, "a push accepted before the due time was not waited for"
        assert len(order["refunds"]) == 1
        [step] = decided
        assert (step["before"], step["after"]) == ("placed", "cancelled")
    else:
        assert (order["status"], order["refunds"]) == ("shipped", [])
        assert all("dropped" in step["cause"] for step in decided)
    versions = [step["version"] for step in order["history"] if "dropped" not in step["cause"]]
    assert versions == sorted(set(versions)), "a version is missing or there twice"
    return str(order["status"])


async def test_a_seller_s_commands_and_a_carrier_s_scans_at_once_lose_nothing(market: Marketplace) -> None:
    market.next_morning()
    seller, carrier = await market.shop(), await market.carrier()
    orders = [(await seller.place())["id"] for _ in range(12)]
    for number, order_id in enumerate(orders):
        await seller.bind(order_id, f"NV-BOTH-{number}")
    at = market.clock.advance(minutes=10)

    async def sell(order_id: str) -> None:
        """Confirm and pack; either may come late, which is no error."""
        await seller.act(order_id, "confirm")
        await seller.pack(order_id)

    async def carry(number: int) -> None:
        for minute, status in enumerate(("Successful Pickup", "Arrived at Sorting Hub", "Successful Delivery")):
            body = ninjavan_body(f"NV-BOTH-{number}", status, at - timedelta(minutes=9 - minute))
            assert (await carrier.push(body)).status_code == 202

    async def look(order_id: str) -> None:
        for _ in range(3):
            await seller.order(order_id)

    await asyncio.gather(
        *(sell(one) for one in orders), *(carry(n) for n in range(len(orders))), *(look(one) for one in orders)
    )
    await market.quiet()

    for order_id in orders:
        order = await seller.order(order_id)
        assert order["status"] == "delivered"
        assert len(order["parcels"][0]["timeline"]) == 3
        facts = [fact for one in market.mail(order_id) for fact in one["facts"]]
        assert len(facts) == len(set(facts))
