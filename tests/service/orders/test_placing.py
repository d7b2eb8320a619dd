"""Placing an order: checked field by field, done once however often it is sent."""

import asyncio
import copy
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from service.orders.conftest import Api
from support.selling import ORDER, Seller, order_body

Change = Callable[[dict[str, Any]], Any]


async def test_an_order_that_is_placed_is_shown_with_its_first_line_of_history(seller: Seller) -> None:
    body = order_body(number="TT-77")

    answer = await seller.post("/v1/orders", body)

    assert answer.status_code == 201
    order = answer.json()
    assert (order["number"], order["status"], order["shown_status"]) == ("TT-77", "placed", "Pending")
    assert (order["version"], order["policy_version"], order["progress"]) == (1, 1, "0 of 1 delivered")
    assert order["money"]["total"] == "32.00"
    assert order["possible"] == ["confirm", "cancel"]
    assert [parcel["lines"] for parcel in order["parcels"]] == [
        [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "TEA", "quantity": 1}]
    ]
    [step] = order["history"]
    assert (step["trigger"], step["before"], step["after"], step["cause"]) == (
        "place",
        None,
        "placed",
        {"number": "TT-77"},
    )


async def test_several_parcels_hold_together_what_was_ordered(seller: Seller) -> None:
    parcels = [
        {"lines": [{"sku": "MUG-BLUE", "quantity": 2}]},
        {"lines": [{"sku": "TEA", "quantity": 1}]},
    ]

    order = await seller.place(parcels=parcels)

    assert [parcel["lines"] for parcel in order["parcels"]] == [parcel["lines"] for parcel in parcels]


def put(path: str, value: Any) -> Change:
    """Change the field at *path*."""

    def change(body: dict[str, Any]) -> None:
        *places, last = [int(one) if one.isdigit() else one for one in path.split(".")]
        target: Any = body
        for place in places:
            target = target[place]
        target[last] = value

    return change


def drop(path: str) -> Change:
    """Leave the field at *path* out."""

    def change(body: dict[str, Any]) -> None:
        *places, last = [int(one) if one.isdigit() else one for one in path.split(".")]
        target: Any = body
        for place in places:
            target = target[place]
        del target[last]

    return change


WRONG = [
    (put("canary", "canary"), "canary", "an unknown field"),
    (put("buyer.canary", "canary"), "buyer.canary", "an unknown field further in"),
    (drop("number"), "number", "no number"),
    (drop("buyer.email"), "buyer.email", "no e-mail"),
    (drop("lines.1.sku"), "lines.1.sku", "no SKU"),
    (put("lines", "canary"), "lines", "another type"),
    (put("lines", []), "lines", "nothing ordered"),
    (put("number", "canary 1"), "number", "a number with a space"),
    (put("number", "c" * 65), "number", "a number of 65 characters"),
    (put("buyer.phone", "+65 canary"), "buyer.phone", "letters in a phone number"),
    (put("buyer.phone", "9" * 30), "buyer.phone", "30 digits"),
    (put("buyer.email", "canary"), "buyer.email", "no address"),
    (put("buyer.email", "canary@example.com\r\nBcc: x@example.com"), "buyer.email", "an address with a line end"),
    (put("buyer.email", "canary@example.com, x@example.com"), "buyer.email", "two addresses"),
    (put("buyer.name", "canary\x00"), "buyer.name", "NUL"),
    (put("buyer.name", "can​ary"), "buyer.name", "a zero-width space"),
    (put("buyer.name", "can‮ary"), "buyer.name", "a direction character"),
    (put("buyer.name", "   "), "buyer.name", "only spaces"),
    (put("buyer.name", "canary" * 2_000), "buyer.name", "12 KB"),
    (put("buyer.zone", "SGT"), "buyer.zone", "an abbreviation for a zone"),
    (put("buyer.zone", "+08:00"), "buyer.zone", "an offset for a zone"),
    (put("buyer.zone", "Mars/Canary"), "buyer.zone", "a zone on Mars"),
    (put("buyer.locale", "canary"), "buyer.locale", "no locale"),
    (put("address.country", "canary"), "address.country", "no country code"),
    (put("address.lines", []), "address.lines", "no address line"),
    (put("currency", "canary"), "currency", "no currency code"),
    (put("lines.0.quantity", 0), "lines.0.quantity", "none of it"),
    (put("lines.0.quantity", -1), "lines.0.quantity", "less than none"),
    (put("lines.0.quantity", "2"), "lines.0.quantity", "a number as text"),
    (put("lines.0.unit_price", "-1"), "lines.0.unit_price", "a negative price"),
    (put("lines.0.unit_price", "NaN"), "lines.0.unit_price", "no price"),
    (put("lines.0.unit_price", "1.2345"), "lines.0.unit_price", "a tenth of a mil"),
    (put("lines.1.sku", "MUG-BLUE"), "lines", "one SKU twice"),
    (put("payment.prepaid", "33"), "payment.prepaid", "more prepaid than it costs"),
    (put("payment", {"method": "cash_on_delivery", "prepaid": "1"}), "payment.prepaid", "prepaid cash on delivery"),
    (put("payment.method", "canary"), "payment.method", "an unknown way to pay"),
    (put("discount", "33"), "discount", "a discount of more than the price"),
    (put("fulfilment.type", "canary"), "fulfilment.type", "an unknown fulfilment"),
    (put("promised_at", "2026-03-01T12:00:00"), "promised_at", "a promise without a zone"),
    (put("promised_at", "canary"), "promised_at", "no instant"),
    (put("promised_at", "9999-12-31T23:59:59-12:00"), "promised_at", "an instant that UTC has not"),
    (put("address.country", "XX"), "address.country", "a country that is none"),
    (put("address.postcode", "SW1A 1AA"), "address.postcode", "a postcode of another country"),
    (put("parcels", []), "parcels", "no parcel"),
    (put("parcels", [{"lines": [{"sku": "TEA", "quantity": 1}]}]), "parcels", "parcels that lack something"),
    (put("parcels", [{"lines": [{"sku": "TEA", "quantity": 1}]}] * 21), "parcels", "21 parcels"),
]


@pytest.mark.parametrize(("change", "field"), [one[:2] for one in WRONG], ids=[one[2] for one in WRONG])
async def test_what_is_wrong_is_named_by_its_path_and_not_repeated(seller: Seller, change: Change, field: str) -> None:
    body = {"number": "TT-WRONG", **copy.deepcopy(ORDER)}
    change(body)

    answer = await seller.post("/v1/orders", body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert [error["field"] for error in problem["errors"]] == [field]
    said = json.dumps([problem["title"], [error["message"] for error in problem["errors"]]])
    assert "canary" not in said.lower()
    assert (await seller.get("/v1/orders")).json()["orders"] == []


async def test_all_that_is_wrong_is_said_at_once(seller: Seller) -> None:
    body = order_body(currency="dollars", number="a b")
    del body["address"]

    answer = await seller.post("/v1/orders", body)

    assert {error["field"] for error in answer.json()["errors"]} == {"currency", "number", "address"}


@pytest.mark.parametrize(
    "content",
    [b"", b"canary", b'{"number": ', b"[]", b"null", b"\xff\xfe", b"[" * 50_000, b'{"number": 1' + b"0" * 5000],
)
async def test_a_body_that_is_no_order_at_all_is_refused_without_repeating_it(seller: Seller, content: bytes) -> None:
    headers = {**seller.headers, "idempotency-key": "one", "content-type": "application/json"}

    answer = await seller.http.post("/v1/orders", content=content, headers=headers)

    assert answer.status_code in (400, 422)
    assert "canary" not in answer.text


async def test_a_number_that_the_shop_used_already_is_refused_and_the_order_named(seller: Seller, api: Api) -> None:
    placed = await seller.place(number="TT-1")

    answer = await seller.post("/v1/orders", order_body(number="TT-1"))

    assert answer.status_code == 409
    assert answer.json()["id"] == placed["id"]
    assert (await (await api.shop()).place(number="TT-1"))["id"] != placed["id"]


# --- done once ------------------------------------------------------------------------------------------------------


async def test_a_request_without_a_key_is_refused(seller: Seller) -> None:
    answer = await seller.http.post("/v1/orders", json=order_body(), headers=seller.headers)

    assert answer.status_code == 400
    assert answer.json()["title"] == "no Idempotency-Key"
    assert (await seller.get("/v1/orders")).json()["orders"] == []


async def test_the_same_request_again_gets_the_same_answer_even_when_the_order_has_moved_on(seller: Seller) -> None:
    body, key = order_body(), uuid4().hex
    first = await seller.post("/v1/orders", body, key=key)
    await seller.act(first.json()["id"], "confirm")

    again = await seller.post("/v1/orders", body, key=key)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len((await seller.get("/v1/orders")).json()["orders"]) == 1


async def test_the_same_request_20_times_at_once_places_one_order(seller: Seller) -> None:
    body, key = order_body(), uuid4().hex

    answers = await asyncio.gather(*(seller.post("/v1/orders", body, key=key) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len((await seller.get("/v1/orders")).json()["orders"]) == 1


@pytest.mark.parametrize("change", [{"shipping_fee": "3.00"}, {"promised_at": "2026-04-01T00:00:00Z"}])
async def test_a_key_that_comes_with_another_body_is_refused(seller: Seller, change: dict[str, Any]) -> None:
    body, key = order_body(), uuid4().hex
    await seller.post("/v1/orders", body, key=key)

    answer = await seller.post("/v1/orders", {**body, **change}, key=key)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "Idempotency-Key", "message": "was used before"}]


async def test_a_key_that_comes_with_another_request_is_refused(seller: Seller) -> None:
    key = uuid4().hex
    order = (await seller.post("/v1/orders", order_body(), key=key)).json()

    answer = await seller.post(f"/v1/orders/{order['id']}/confirm", {}, key=key)

    assert answer.status_code == 422
    assert (await seller.order(order["id"]))["status"] == "placed"


async def test_two_shops_may_use_one_key(seller: Seller, api: Api) -> None:
    other = await api.shop()

    answers = [await one.post("/v1/orders", order_body(), key="the-same") for one in (seller, other)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


async def test_a_refusal_is_answered_again_as_it_was(seller: Seller) -> None:
    order, key = await seller.place(), uuid4().hex
    refused = await seller.post(f"/v1/orders/{order['id']}/ship", {}, key=key)

    again = await seller.post(f"/v1/orders/{order['id']}/ship", {}, key=key)

    assert (refused.status_code, again.content) == (409, refused.content)
    assert len((await seller.order(order["id"]))["history"]) == 2


@pytest.mark.parametrize("length", [256, 4096])
async def test_a_key_that_is_too_long_is_refused(seller: Seller, length: int) -> None:
    answer = await seller.post("/v1/orders", order_body(), key="k" * length)

    assert answer.status_code == 422
