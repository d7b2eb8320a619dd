"""Orders from CSV: good ones come in as any other does, bad ones say where they are wrong."""

import asyncio
import csv
import io
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from service.orders.conftest import Api
from support.selling import Seller

CELLS = {
    "number": "TT-1",
    "buyer_name": "Mei Tan",
    "buyer_email": "mei@example.com",
    "address_1": "1 Example Road",
    "city": "Singapore",
    "postcode": "018956",
    "country": "SG",
    "currency": "SGD",
    "payment": "card",
    "prepaid": "25.00",
    "fulfilment": "ship_by_seller",
    "sku": "MUG",
    "title": "Blue mug",
    "quantity": "2",
    "unit_price": "12.50",
    "placed_at": "2026-02-01T10:00:00+08:00",
}


def a_file(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, tuple(CELLS), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


async def send(seller: Seller, data: bytes, kind: str = "text/csv") -> httpx.Response:
    """Import a file."""
    return await seller.http.post("/v1/orders/import", content=data, headers={**seller.headers, "content-type": kind})


async def imported(seller: Seller, *rows: dict[str, str]) -> Any:
    """Import a file that can be read; gives the answer."""
    answer = await send(seller, a_file(*rows))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_order_of_a_file_is_the_order_that_the_api_would_have_placed(seller: Seller) -> None:
    answer = await imported(
        seller,
        CELLS,
        {"number": "TT-1", "sku": "TEA", "title": "Tea", "quantity": "1", "unit_price": "5.00"},
    )

    [one] = answer["orders"]
    assert (answer["taken"], answer["here_already"], answer["refused"]) == (1, 0, 0)
    assert (one["number"], one["line"], one["ok"], one["result"], one["errors"]) == ("TT-1", 2, True, "taken", [])
    order = await seller.order(one["id"])
    assert (order["number"], order["status"], order["version"]) == ("TT-1", "placed", 1)
    assert order["money"]["total"] == "30.00"
    assert [(line["sku"], line["quantity"]) for line in order["lines"]] == [("MUG", 2), ("TEA", 1)]


async def test_the_clocks_of_an_imported_order_start_at_its_import(api: Api) -> None:
    seller = await api.shop()
    before = datetime.now(UTC)

    [one] = (await imported(seller, CELLS))["orders"]

    [listed] = (await seller.get("/v1/orders")).json()["orders"]
    assert before <= datetime.fromisoformat(listed["placed_at"]) <= datetime.now(UTC)
    assert listed["bought_at"] == "2026-02-01T02:00:00Z"
    assert listed["id"] == one["id"]
    assert (await seller.order(one["id"]))["placed_at"] == listed["placed_at"]


async def test_good_orders_come_in_although_others_of_the_file_are_wrong(seller: Seller) -> None:
    wrong = {**CELLS, "number": "TT-2", "buyer_email": "nobody", "quantity": "two"}

    answer = await imported(seller, CELLS, wrong, {**CELLS, "number": "TT-3"})

    assert [(one["number"], one["result"]) for one in answer["orders"]] == [
        ("TT-1", "taken"),
        ("TT-2", "refused"),
        ("TT-3", "taken"),
    ]
    refused = answer["orders"][1]
    assert (refused["ok"], refused["id"], refused["line"]) == (False, None, 3)
    assert [(error["line"], error["column"]) for error in refused["errors"]] == [(3, "buyer_email"), (3, "quantity")]
    assert (await seller.get("/v1/orders", number="TT-2")).json()["orders"] == []
    assert (answer["taken"], answer["refused"]) == (2, 1)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"number": "TT 1"}, "number"),
        ({"buyer_name": ""}, "buyer_name"),
        ({"buyer_email": "canary"}, "buyer_email"),
        ({"address_1": ""}, "address_1"),
        ({"address_1": "1\tExample Road"}, "address_1"),
        ({"country": "Singapore"}, "country"),
        ({"currency": "S$"}, "currency"),
        ({"payment": "canary"}, "payment"),
        ({"payment": "cash_on_delivery"}, "prepaid"),
        ({"prepaid": "25.01"}, "prepaid"),
        ({"prepaid": "1,00"}, "prepaid"),
        ({"fulfilment": ""}, "fulfilment"),
        ({"sku": ""}, "sku"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"unit_price": "-1"}, "unit_price"),
        ({"unit_price": "NaN"}, "unit_price"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"placed_at": "2026-02-01T10:00:00"}, "placed_at"),
        ({"placed_at": "2999-01-01T00:00:00Z"}, "placed_at"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at"),
    ],
)
async def test_what_is_wrong_in_a_cell_is_said_by_line_and_column(
    seller: Seller, change: dict[str, str], column: str
) -> None:
    answer = await imported(seller, {**CELLS, **change})

    [one] = answer["orders"]
    assert (one["ok"], one["result"]) == (False, "refused")
    assert [(error["line"], error["column"]) for error in one["errors"]] == [(2, column)]
    assert all("canary" not in error["message"] for error in one["errors"])


async def test_a_sku_that_stands_twice_in_an_order_is_refused(seller: Seller) -> None:
    answer = await imported(seller, CELLS, CELLS)

    [one] = answer["orders"]
    assert [(error["column"], error["message"]) for error in one["errors"]] == [("sku", "each SKU stands once")]


async def test_a_file_that_is_sent_again_changes_nothing_and_gives_the_same_ids(seller: Seller) -> None:
    rows = [{**CELLS, "number": f"TT-{n}"} for n in range(3)]
    first = await imported(seller, *rows)
    await seller.act(first["orders"][0]["id"], "confirm")

    again = await imported(seller, *[{**row, "buyer_name": "Somebody Else"} for row in rows])

    assert (again["taken"], again["here_already"], again["refused"]) == (0, 3, 0)
    assert [one["id"] for one in again["orders"]] == [one["id"] for one in first["orders"]]
    assert {(one["ok"], one["result"], one["message"]) for one in again["orders"]} == {
        (True, "here_already", "is here already, and was not changed")
    }
    assert (await seller.get("/v1/orders", text="somebody")).json()["orders"] == []
    assert len((await seller.get("/v1/orders")).json()["orders"]) == 3


async def test_a_file_that_is_sent_twice_at_once_takes_each_order_in_once(seller: Seller) -> None:
    rows = [{**CELLS, "number": f"TT-{n}"} for n in range(12)]

    answers = await asyncio.gather(*(imported(seller, *rows) for _ in range(3)))

    assert sum(answer["taken"] for answer in answers) == 12
    assert sum(answer["here_already"] for answer in answers) == 24
    assert len({tuple(one["id"] for one in answer["orders"]) for answer in answers}) == 1


async def test_two_shops_may_import_the_same_numbers(api: Api) -> None:
    one, other = await api.shop(), await api.shop()

    answers = [await imported(seller, CELLS) for seller in (one, other)]

    assert [answer["taken"] for answer in answers] == [1, 1]
    assert answers[0]["orders"][0]["id"] != answers[1]["orders"][0]["id"]


async def test_a_spreadsheets_file_is_read(seller: Seller) -> None:
    data = b"\xef\xbb\xbf" + a_file({**CELLS, "buyer_name": "李 明"}).replace(b",", b";")

    answer = (await send(seller, data, "text/csv; charset=utf-8")).json()

    assert answer["taken"] == 1
    assert len((await seller.get("/v1/orders", text="李")).json()["orders"]) == 1


async def test_a_file_that_cannot_be_read_takes_nothing_in_and_says_where_it_goes_wrong(seller: Seller) -> None:
    answer = await send(seller, a_file(CELLS) + b'TT-2,"open\r\n')

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], error["line"]) == ("file", "3")
    assert (await seller.get("/v1/orders")).json()["orders"] == []


async def test_a_column_that_nobody_knows_is_named(seller: Seller) -> None:
    answer = await send(seller, a_file(CELLS).replace(b"city", b"town", 1))

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["town"]


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(seller: Seller) -> None:
    answer = await send(seller, b"x" * (5 * 1024 * 1024 + 1))

    assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
async def test_what_is_not_sent_as_csv_is_refused(seller: Seller, kind: str) -> None:
    assert (await send(seller, a_file(CELLS), kind)).status_code == 415


async def test_nobody_imports_without_a_key(api: Api) -> None:
    answer = await api.running.http.post(
        "/v1/orders/import", content=a_file(CELLS), headers={"content-type": "text/csv"}
    )

    assert answer.status_code == 401
