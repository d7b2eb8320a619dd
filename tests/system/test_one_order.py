"""One order through everything: placed over HTTP, scanned by a carrier's pushes, delivered, and told of by mail."""

import asyncio
import re
from typing import Any

import asyncpg

from sandbox.servers import SERVICES
from support.marketplace import Marketplace
from support.pushing import ninjavan_body
from support.selling import order_body


async def scan(market: Marketplace, number: str, status: str) -> str:
    """Have Ninja Van push a scan an hour later; gives the receipt."""
    carrier = await market.carrier()
    answer = await carrier.push(ninjavan_body(number, status, market.clock.advance(minutes=20)))
    assert answer.status_code == 202
    await market.quiet()
    return str(answer.json()["receipt"])


async def test_an_order_is_delivered_and_everybody_is_told(market: Marketplace) -> None:
    market.next_morning()
    seller, _ = await market.shop(), await market.carrier()
    order = await seller.place()
    await market.quiet()
    await seller.act(order["id"], "confirm")
    await market.quiet()  # or the message that it is confirmed would be stale before it is sent
    await seller.pack(order["id"])
    await market.quiet()
    await seller.act(order["id"], "parcels/1/handover", carrier="Ninja Van", number="NV-ONE-1")
    await seller.act(order["id"], "ship")
    await market.quiet()
    before = await market.books()

    for status in ("Successful Pickup", "Arrived at Sorting Hub", "On Vehicle for Delivery", "Successful Delivery"):
        await scan(market, "NV-ONE-1", status)

    delivered = await seller.order(order["id"])
    assert (delivered["status"], delivered["progress"]) == ("delivered", "1 of 1 delivered")
    assert [one["status"] for one in delivered["parcels"][0]["timeline"]] == [
        "picked_up",
        "in_transit",
        "out_for_delivery",
        "delivered",
    ]
    books = await market.books()
    assert {name: books[name] - before[name] for name in books if books[name] != before[name]} == {
        "applied": 4,
        "accepted": 4,
    }

    messages = market.mail(order["id"])
    facts = [fact for one in messages for fact in one["facts"]]
    kinds = ["placed", "confirmed", "processed", "shipped", "out_for_delivery", "delivered"]
    assert [next(kind for kind in kinds if kind in fact) for fact in facts] == kinds
    assert len({one["message_id"] for one in messages}) == len(messages)
    assert {address for one in messages for address in one["to"]} == {"mei@example.com"}
    assert [one["facts"] for one in market.mail(order["id"], "seller")] == [["placed"]]
    assert market.mail(order["id"], "seller")[0]["to"] == ["seller@example.com"]


async def test_the_link_in_the_mail_shows_the_order(market: Marketplace) -> None:
    market.next_morning()
    seller = await market.shop()
    order = await seller.place(number="TT-LINKED")
    await seller.ship(order["id"], "NV-LINK-1")
    await market.quiet()

    [shipped] = [one for one in market.mail(order["id"]) if "shipped" in one["facts"]]
    link = re.search(r"http://\S+/t/\S+", shipped["text"])

    assert link is not None
    page = await market.http.get(link.group())
    assert page.status_code == 200
    assert "TT-LINKED" in page.text
    assert "Mei" not in page.text


async def test_a_buyer_s_data_stays_in_orders_and_in_the_mail(market: Marketplace) -> None:
    market.next_morning()
    seller = await market.shop()
    body = order_body(number="TT-CANARY")
    body["buyer"] = {"name": "Canary Quill", "email": "canary.quill@example.com", "phone": "+65 61237777"}
    body["address"] = {"lines": ["77 Canary Quill Road"], "city": "Singapore", "country": "SG"}
    order = (await seller.post("/v1/orders", body)).json()
    await seller.ship(order["id"], "NV-CANARY-1")
    refused = await seller.post("/v1/orders", {**body, "number": "TT-CANARY-2", "currency": "canary quill"})
    assert refused.status_code == 422
    await scan(market, "NV-CANARY-1", "Successful Delivery")
    assert market.mail(order["id"])

    canary = re.compile(rb"canary.?quill|61237777", re.IGNORECASE)
    for service in SERVICES:
        log = (market.stack.folder / f"{service}.log").read_bytes()
        assert log
        assert not canary.search(log), service
    assert not [subject for subject, body in await everything_on_the_broker(market) if canary.search(body)]
    for service in SERVICES[1:]:
        assert not canary.search((await everything_in_the_database(market, service)).encode()), service
    assert canary.search((await everything_in_the_database(market, "orders")).encode())


async def everything_on_the_broker(market: Marketplace) -> list[tuple[str, bytes]]:
    """Give every message of every stream."""
    async with market.servers.look() as broker:
        streams = ("SCANS", "ORDERS", "DEADLINES")
        found: list[tuple[str, bytes]] = []
        for some in await asyncio.gather(*(broker.bodies(stream) for stream in streams)):
            found += some
    assert found
    return found


async def everything_in_the_database(market: Marketplace, service: str) -> str:
    """Give every row of every table of a service as text."""
    name = service.replace("-", "_")
    connection = await asyncpg.connect(market.servers.postgres.url(name, name))
    tables = await connection.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    rows: list[Any] = []
    for table in tables:
        rows += await connection.fetch(f"SELECT t::text FROM {table['table_name']} AS t")
    await connection.close()
    texts = [row[0] for row in rows]
    # Bodies of events show as hexadecimal.
    return "\n".join(
        [*texts, *(bytes.fromhex(one).decode("utf-8", "replace") for text in texts for one in hexadecimal(text))]
    )


def hexadecimal(text: str) -> list[str]:
    return [one if len(one) % 2 == 0 else one[:-1] for one in re.findall(r"\\x([0-9a-f]{16,})", text)]


async def test_a_commit_of_any_service_is_on_disk_when_it_is_acknowledged(market: Marketplace) -> None:
    for service in SERVICES:
        name = service.replace("-", "_")
        connection = await asyncpg.connect(market.servers.postgres.url(name, name))
        settings = [
            await connection.fetchval(f"SHOW {one}") for one in ("fsync", "synchronous_commit", "full_page_writes")
        ]
        await connection.close()
        assert settings == ["on", "on", "on"]
