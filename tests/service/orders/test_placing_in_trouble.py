"""Placing an order while the answer is lost or the database away; and what the other services hear of it."""

import asyncio
import json
from uuid import UUID, uuid4

import httpx

from contracts.orders.v1 import OrderChanged
from support.selling import Seller, order_body
from support.servers import Broker, Servers
from support.services import Running
from support.waiting import eventually


async def test_an_answer_that_was_lost_is_given_to_whoever_asks_again(shop: Seller, orders: Running) -> None:
    content, key = json.dumps(order_body()).encode(), uuid4().hex
    port = orders.settings.http_port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    async with orders.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("LOCK TABLE buyers IN SHARE MODE")  # the request stops short of its commit
        writer.write(
            b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + f"Authorization: Bearer {shop.api_key}\r\nIdempotency-Key: {key}\r\n".encode()
            + f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        await writer.drain()

        async def request_waits() -> bool:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(request_waits)
        writer.close()  # the client is gone
        await writer.wait_closed()
        await holding.rollback()

    headers = {**shop.headers, "idempotency-key": key, "content-type": "application/json"}
    answer = await shop.http.post("/v1/orders", content=content, headers=headers)

    assert answer.status_code == 201
    listed = (await shop.get("/v1/orders")).json()["orders"]
    assert [one["id"] for one in listed] == [answer.json()["id"]]


async def test_a_request_that_failed_for_want_of_a_database_can_be_sent_again_with_its_key(
    shop: Seller, servers: Servers
) -> None:
    body, key = order_body(), uuid4().hex
    servers.postgres.kill()
    refused = await shop.post("/v1/orders", body, key=key)
    await servers.up()

    async def placed() -> httpx.Response | None:
        answer = await shop.post("/v1/orders", body, key=key)
        return answer if answer.status_code != 503 else None

    answer: httpx.Response = await eventually(placed)

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "2"
    assert refused.json()["detail"] == "The database is away; nothing was changed. Send it again."
    assert answer.status_code == 201
    assert len((await shop.get("/v1/orders")).json()["orders"]) == 1


# --- what others hear of it -----------------------------------------------------------------------------------------


async def test_the_other_services_hear_of_the_order_and_nothing_of_its_buyer(
    shop: Seller, broker: Broker, orders: Running
) -> None:
    body = order_body(number="CANARY-NUMBER")
    body["buyer"] = {"name": "Canary Name", "email": "canary@example.com", "phone": "+65 61234567"}
    body["address"] = {"lines": ["9 Canary Road"], "city": "Canary City", "country": "SG"}
    order = (await shop.post("/v1/orders", body)).json()
    await orders.quiet()

    placed = [event for event in await broker.said("ORDERS") if isinstance(event, OrderChanged)]

    assert [event.state.order_id for event in placed] == [UUID(order["id"])]
    assert [one.happening for one in placed[0].occurrences] == ["placed"]
    everything = b"".join(subject.encode() + body for subject, body in await broker.bodies("ORDERS")).lower()
    assert b"canary" not in everything
    assert b"61234567" not in everything
