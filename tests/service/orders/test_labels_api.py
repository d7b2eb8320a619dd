"""R4 by HTTP: a label is read against its order, field by field, with its picture; each finding says what to do."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
import segno

from service.orders.conftest import Api
from support.buying import picture, upload
from support.selling import Seller

NUMBER = "NV123456789SG"


@pytest.fixture
async def order(seller: Seller) -> dict[str, Any]:
    """An order with something fragile, whose parcel has a tracking number."""
    vase = {"sku": "VASE", "title": "Glass vase", "quantity": 1, "unit_price": "5.00", "fragile": True}
    mug = {"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2, "unit_price": "12.50"}
    placed: dict[str, Any] = await seller.place(lines=[mug, vase])
    bound: dict[str, Any] = await seller.bind(placed["id"], f"NV-{uuid4().hex[:12]}")
    return bound


def label(order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Give a good label of the order."""
    good = {
        "recipient": "Mei Tan",
        "address": ["1 Example Road", "Singapore 018956"],
        "items": [
            {"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2},
            {"sku": "VASE", "title": "Glass vase", "quantity": 1},
        ],
        "tracking_number": order["parcels"][0]["bindings"][0]["number"],
        "handling": ["FRAGILE"],
        "phone": "+65 6123 4567",
        "texts": {"sender": "Blue shop, 2 Example Road", "reference": order["number"]},
    }
    return good | changes


async def put(seller: Seller, order: dict[str, Any], body: dict[str, Any], parcel: int = 1) -> Any:
    return await seller.post(f"/v1/orders/{order['id']}/parcels/{parcel}/label", body)


async def test_a_good_label_is_put_on_the_parcel(api: Api, seller: Seller, order: dict[str, Any]) -> None:
    file = await upload(seller, "label")

    answer = await put(seller, order, label(order, file=file))

    assert answer.status_code == 200, answer.text
    after = await seller.order(order["id"])
    assert after["parcels"][0]["step"] == "labelled"
    assert (after["history"][-1]["trigger"], after["history"][-1]["cause"]) == (
        "put_label",
        {"parcel": 1, "file": file},
    )
    assert (
        str(await api.running.pool.fetchval("SELECT order_id FROM order_files WHERE file_id = $1", file)) == order["id"]
    )


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no name", {"recipient": ""}, "recipient"),
    ("another name", {"recipient": "Ah Beng"}, "recipient"),
    ("no address", {"address": []}, "address"),
    ("another address", {"address": ["9 Other Road", "Singapore 018956"]}, "address"),
    ("no items", {"items": []}, "items"),
    ("fewer items", {"items": [{"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2}]}, "items"),
    ("no tracking number", {"tracking_number": ""}, "tracking_number"),
    ("another tracking number", {"tracking_number": "NV000000000SG"}, "tracking_number"),
    ("no handling mark", {"handling": []}, "handling"),
    ("a hyperlink", {"texts": {"note": "see www.example.com/gift"}}, "note"),
    ("the text of a QR code", {"texts": {"note": "WIFI:S:mynet;T:WPA;P:secret;;"}}, "note"),
    ("another platform", {"texts": {"note": "WhatsApp me: +65 9123 4567"}}, "note"),
    ("an e-mail", {"texts": {"note": "mail shop@example.com"}}, "note"),
    ("advertising", {"texts": {"note": "20% off your next order with code BLUE20"}}, "note"),
    ("a link in the name", {"recipient": "Mei Tan https://example.com"}, "recipient"),
]


@pytest.mark.parametrize(("change", "field"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
async def test_each_finding_names_its_field_its_rule_and_what_to_do(
    seller: Seller, order: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    answer = await put(seller, order, label(order, **change))

    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert field in {error["field"] for error in problem["errors"]}
    assert all("(R4." in error["message"] for error in problem["errors"])
    after = await seller.order(order["id"])
    assert (after["parcels"][0]["step"], after["version"]) == ("unlabelled", order["version"])
    assert after["history"][-1]["cause"] == {"refused": problem["detail"]}


async def test_all_that_is_wrong_is_said_at_once(seller: Seller, order: dict[str, Any]) -> None:
    answer = await put(seller, order, {})

    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"recipient", "address", "items", "tracking_number", "handling"}


def qr(text: str) -> bytes:
    sink = BytesIO()
    segno.make(text).save(sink, kind="png", scale=8, border=4)
    return sink.getvalue()


@pytest.mark.parametrize("text", ["https://example.com/gift", "anything", "NV123456789SG"])
async def test_a_label_whose_picture_has_a_qr_code_is_refused_whatever_it_holds(
    api: Api, seller: Seller, order: dict[str, Any], text: str
) -> None:
    file = await upload(seller, "label", qr(text))

    answer = await put(seller, order, label(order, file=file))

    assert answer.status_code == 422, answer.text
    found = [error for error in answer.json()["errors"] if error["field"] == "codes"]
    assert found
    assert "R4.qr" in found[0]["message"]
    assert await api.running.pool.fetchval("SELECT order_id FROM order_files WHERE file_id = $1", file) is None


async def test_a_file_of_another_shop_is_as_unknown_as_one_that_is_not_there(
    api: Api, seller: Seller, order: dict[str, Any]
) -> None:
    theirs = await upload(await api.shop(), "label", picture())

    answers = [await put(seller, order, label(order, file=file)) for file in (theirs, str(uuid4()))]

    assert {(answer.status_code, answer.text) for answer in answers} == {(422, answers[0].text)}
    assert [error["field"] for error in answers[0].json()["errors"]] == ["file"]
    assert (await seller.order(order["id"]))["parcels"][0]["step"] == "unlabelled"


@pytest.mark.parametrize(
    "change",
    [
        {"recipient": "Mei\x00Tam"},
        {"address": ["\x00"]},
        {"tracking_number": "\x00\x01"},
        {"texts": {"note": "www.exam\x00ple.com"}},
        {"texts": {"no\x00te": "www.example.com"}},
        {"handling": ["\x00"]},
    ],
    ids=["recipient", "address", "tracking number", "text", "name of a text", "handling"],
)
async def test_what_no_database_keeps_is_refused_like_anything_else(
    seller: Seller, order: dict[str, Any], change: dict[str, Any]
) -> None:
    answer = await put(seller, order, label(order, **change))

    assert answer.status_code == 422, answer.text
    assert (await seller.order(order["id"]))["parcels"][0]["step"] == "unlabelled"


async def test_a_parcel_that_is_not_there_is_named(seller: Seller, order: dict[str, Any]) -> None:
    answer = await put(seller, order, label(order), parcel=7)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "parcel")


async def test_another_shop_s_order_has_no_label_to_put(api: Api, order: dict[str, Any]) -> None:
    answer = await put(await api.shop(), order, label(order))

    assert (answer.status_code, answer.json()["title"]) == (404, "unknown order")
    assert "Mei" not in answer.text


async def test_r10_r11_a_label_is_void_once_the_address_or_the_lines_change(
    seller: Seller, order: dict[str, Any]
) -> None:
    async def labelled() -> str:
        step: str = (await seller.order(order["id"]))["parcels"][0]["step"]
        return step

    assert (await put(seller, order, label(order))).status_code == 200
    assert await labelled() == "labelled"
    moved = {**order["buyer"]["address"], "lines": ["9 Other Road"]}
    await seller.act(order["id"], "address", address=moved)
    assert await labelled() == "unlabelled"

    old = await put(seller, order, label(order))
    new = await put(seller, order, label(order, address=["9 Other Road", "Singapore 018956"]))

    assert (old.status_code, new.status_code) == (422, 200)
    vase = {"sku": "VASE", "title": "Glass vase", "quantity": 1, "unit_price": "5.00", "fragile": True}
    await seller.act(order["id"], "lines", lines=[vase])
    assert await labelled() == "unlabelled"
