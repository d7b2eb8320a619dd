"""The API answers whatever it is sent as its document says: no 5xx, no status, type or field that is not in it.

Requests are made up after the document, half of them as it says and half against it. ``FUZZ`` says how many there are
for each operation; `make fuzz-api` asks many more.
"""

import asyncio
import json
import os
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from orders.api.schemas import Given
from service.orders.conftest import Api
from support.buying import let_in, link, upload
from support.fuzzing import LAST, World, fuzz
from support.oddities import Odd, odd_requests
from support.scans import reported
from support.selling import Seller
from support.services import OPERATOR_KEY
from support.stocking import add, stock

FUZZ = int(os.environ.get("FUZZ", "6"))


async def in_every_state(api: Api, seller: Seller) -> list[dict[str, Any]]:
    """Give orders of a shop: placed, confirmed, packed, shipped, delivered, cancelled, with cases of every kind."""
    placed = [(await seller.place())["id"] for _ in range(8)]
    _, confirmed, packed, shipped, delivered, cancelled, returned, asked = placed
    await seller.act(confirmed, "confirm")
    for one in (packed, asked):
        await seller.act(one, "confirm")
        await seller.pack(one)
    await seller.act(asked, "cancel", by="buyer", reason="twice")
    numbers = [f"NV-{uuid4().hex}" for _ in range(3)]
    for number, one in zip(numbers, (shipped, delivered, returned), strict=True):
        await seller.ship(one, number)
    await seller.act(cancelled, "cancel", by="seller", reason="broken")
    now = datetime.now(UTC)
    states = ("damaged", "delivered", "delivered")
    await api.broker.say(*(reported(number, state, now) for number, state in zip(numbers, states, strict=True)))
    await api.running.quiet()
    await seller.act(returned, "returns", parcel=1, lines=[{"sku": "TEA", "quantity": 1}], reason="stale")
    await seller.act(shipped, "refunds", reason="chipped")
    await seller.act(delivered, "complaints", kind="damaged", parcel=1, words="chipped")
    return [await seller.order(one) for one in placed]


async def world_of(api: Api) -> World:
    """Open a shop with all that can be asked about."""
    http = api.running.http
    seller, other = await api.shop(), await api.shop()
    location = await add(seller)
    await stock(seller, location, MUG_BLUE=500, TEA=500)
    orders = await in_every_state(api, seller)
    buyer = await let_in(http, api.broker, orders[4]["id"])
    user = (await seller.post("/v1/users", {"email": f"{uuid4()}@example.com", "name": "Fuzz"})).json()
    spare = (await seller.post("/v1/users", {"email": f"{uuid4()}@example.com", "name": "Spare"})).json()
    key = (await seller.post("/v1/keys", {"name": "spare", "scopes": ["read"]})).json()
    entered = await http.post("/v1/session", json={"email": user["email"], "password": user["password"]})
    return World(
        url=str(http.base_url).rstrip("/"),
        seller_key=seller.api_key,
        operator_key=OPERATOR_KEY,
        buyer_token=buyer.token,
        session=entered.cookies.get("waybill_session") or entered.headers["set-cookie"].split("=", 1)[1].split(";")[0],
        csrf_token=entered.json()["csrf_token"],
        links=[await link(api.broker, order["id"]) for order in orders],
        orders=orders,
        others={
            "file_id": [file_id := await upload(seller)],
            "location_id": [location["id"]],
            "key_id": [key["id"]],
            "user_id": [spare["id"]],
            "shop_id": [other.shop_id],
            "sku": ["MUG-BLUE", "TEA"],
            "version": ["1", "2"],
        },
        files=[file_id],
    )


@pytest.mark.timeout(300 + 30 * FUZZ)
async def test_whatever_is_asked_the_answer_is_as_the_document_says(api: Api) -> None:
    world = await world_of(api)

    findings = await asyncio.to_thread(fuzz, world, FUZZ, os.environ.get("FUZZ_ONLY", ""))

    print(findings.line(), "never done:", sorted(set(findings.asked) - findings.done))
    assert not findings.wrong, "\n\n".join(f"{label}: {what}" for (label, _), what in findings.wrong.items())


@pytest.mark.timeout(300 + 30 * FUZZ)
async def test_what_is_odd_is_refused_as_the_document_says_and_breaks_nothing(api: Api) -> None:
    world = await world_of(api)
    document = (await api.running.http.get("/openapi.json")).json()
    statuses: Counter[int] = Counter()
    wrong: dict[tuple[str, int], str] = {}
    gate = asyncio.Semaphore(4)

    async def ask(odd: Odd) -> None:
        method = odd.label.partition(" ")[0]
        plain = {name: value.encode() for name, value in world.headers(odd.label).items()}
        named = {"idempotency-key": uuid4().hex.encode(), **plain, **odd.headers}
        headers = [(name.encode(), value) for name, value in named.items()]
        async with gate:
            answer = await api.running.http.request(method, odd.path, headers=headers, content=odd.content)
        statuses[answer.status_code] += 1
        path = odd.label.partition(" ")[2]
        declared = document["paths"][path][method.lower()]["responses"].get(str(answer.status_code))
        elsewhere = answer.status_code in (404, 405, 307)  # the path is no longer that of the operation
        is_problem = answer.status_code < 400 or answer.headers["content-type"] == "application/problem+json"
        if answer.status_code >= 500 or not is_problem or (declared is None and not elsewhere):
            wrong.setdefault((odd.label, answer.status_code), f"{odd.path[:200]} {odd.what}\n{answer.text[:500]}")

    odd = [one for one in odd_requests(document, world.ids(0), FUZZ // 8 + 1) if one.label not in LAST]
    await asyncio.gather(*(ask(one) for one in odd))

    print(json.dumps({"odd requests": len(odd), "statuses": {str(key): n for key, n in sorted(statuses.items())}}))
    assert not wrong, "\n\n".join(f"{label}, {status}: {what}" for (label, status), what in wrong.items())


def models() -> dict[str, type[Given]]:
    """Give every model of a body, by its name."""
    found, left = {}, [Given]
    while left:
        model = left.pop()
        found[model.__name__] = model
        left += model.__subclasses__()
    return found


async def test_the_document_says_of_every_route_what_it_does_takes_and_answers(api: Api) -> None:
    document = (await api.running.http.get("/openapi.json")).json()
    known = models()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            label = f"{method.upper()} {path}"
            assert operation["summary"], label
            assert operation["description"], label
            answers = operation["responses"]
            assert any(status.startswith("2") for status in answers), label
            for status in answers:
                if status >= "400":
                    assert list(answers[status]["content"]) == ["application/problem+json"], (label, status)
            taken = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if taken:
                known[taken["schema"]["$ref"].rsplit("/", 1)[-1]].model_validate(taken["example"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


@pytest.mark.parametrize("path", ["/v1/locations", "/v1/drop-off-points"])
async def test_a_text_that_cannot_be_kept_is_refused_in_a_sentence(seller: Seller, path: str) -> None:
    answer = await seller.get(path, cursor="a\x00b")

    assert answer.status_code == 422
    assert "a NUL character" in answer.json()["detail"]
