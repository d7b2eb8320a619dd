"""Many orders at once: each has its own answer, and the whole is done once however often it is sent."""

import csv
import io
from typing import Any
from uuid import uuid4

import pytest

from service.orders.conftest import Api
from support.selling import Seller


async def ready_to_ship(seller: Seller) -> Any:
    """Give an order that is confirmed, packed and has its number."""
    order = await seller.place()
    await seller.act(order["id"], "confirm")
    await seller.pack(order["id"])
    return await seller.bind(order["id"], f"NV{uuid4().hex[:10]}")


async def test_each_order_is_confirmed_or_says_why_not_in_the_order_in_which_they_were_named(seller: Seller) -> None:
    fresh, called_off, other = [await seller.place() for _ in range(3)]
    await seller.act(called_off["id"], "cancel", by="seller", reason="sold out")
    unknown = str(uuid4())

    answer = await seller.post(
        "/v1/orders/bulk/confirm", {"orders": [other["id"], unknown, called_off["id"], fresh["id"]]}
    )

    assert answer.status_code == 200
    first, second, third, fourth = answer.json()["orders"]
    assert (first["id"], first["ok"], first["status"], first["problem"]) == (other["id"], True, "confirmed", None)
    assert first["version"] == (await seller.order(other["id"]))["version"]
    assert (second["id"], second["ok"], second["status"]) == (unknown, False, None)
    assert second["problem"]["title"] == "unknown order"
    assert (third["id"], third["ok"], third["status"]) == (called_off["id"], False, "cancelled")
    assert third["problem"]["title"] == "not possible now"
    assert (fourth["id"], fourth["ok"], fourth["status"]) == (fresh["id"], True, "confirmed")
    assert (await seller.order(fresh["id"]))["status"] == "confirmed"


async def test_a_refusal_is_on_the_record_of_its_order_as_any_other_is(seller: Seller) -> None:
    order = await seller.place()

    await seller.post("/v1/orders/bulk/ship", {"orders": [order["id"]]})

    assert [step["trigger"] for step in (await seller.order(order["id"]))["history"]] == ["place", "ship"]


async def test_orders_that_are_ready_are_shipped(seller: Seller) -> None:
    ready, unready = await ready_to_ship(seller), await seller.place()

    answer = await seller.post("/v1/orders/bulk/ship", {"orders": [unready["id"], ready["id"]]})

    assert [(one["id"], one["ok"]) for one in answer.json()["orders"]] == [(unready["id"], False), (ready["id"], True)]
    assert (await seller.order(ready["id"]))["status"] == "shipped"
    assert (await seller.order(unready["id"]))["status"] == "placed"


async def test_an_order_that_is_named_twice_is_answered_twice_and_confirmed_once(seller: Seller) -> None:
    order = await seller.place()

    answer = await seller.post("/v1/orders/bulk/confirm", {"orders": [order["id"], order["id"]]})

    first, second = answer.json()["orders"]
    assert first == second
    assert first["ok"]
    assert len((await seller.order(order["id"]))["history"]) == 2


async def test_an_order_of_another_shop_is_as_unknown_as_one_that_is_not_there(api: Api) -> None:
    owner, other = await api.shop(), await api.shop()
    order, nobody = await owner.place(), str(uuid4())

    answer = await other.post("/v1/orders/bulk/confirm", {"orders": [order["id"], nobody]})

    theirs, none = answer.json()["orders"]
    assert {**theirs, "id": nobody} == none
    assert (await owner.order(order["id"]))["status"] == "placed"


# --- done once ------------------------------------------------------------------------------------------------------


async def test_the_same_request_again_gets_the_same_answers_even_when_the_orders_have_moved_on(seller: Seller) -> None:
    orders, key = [(await seller.place())["id"] for _ in range(3)], uuid4().hex
    body = {"orders": [*orders, str(uuid4())]}
    first = await seller.post("/v1/orders/bulk/confirm", body, key=key)
    await seller.pack(orders[0])
    await seller.act(orders[1], "cancel", by="buyer", reason="changed my mind")

    again = await seller.post("/v1/orders/bulk/confirm", body, key=key)

    assert (again.status_code, again.content) == (first.status_code, first.content)


async def test_what_was_cut_short_is_finished_by_the_same_request_and_nothing_is_done_twice(api: Api) -> None:
    seller = await api.shop()
    done, left = await seller.place(), await seller.place()
    key, body = uuid4().hex, {"orders": [done["id"], left["id"]]}
    whole = (await seller.post("/v1/orders/bulk/confirm", body, key=key)).json()["orders"]
    await api.running.pool.execute("DELETE FROM idempotency_keys WHERE key = $1", f"{key}\n{left['id']}")

    again = (await seller.post("/v1/orders/bulk/confirm", body, key=key)).json()["orders"]

    assert again[0] == whole[0]
    assert (again[1]["ok"], again[1]["status"]) == (True, "confirmed")
    assert len((await seller.order(done["id"]))["history"]) == 2


@pytest.mark.parametrize("path", ["confirm", "ship"])
async def test_a_key_that_was_used_for_other_orders_is_refused_and_nothing_is_done(seller: Seller, path: str) -> None:
    first, second, key = await seller.place(), await seller.place(), uuid4().hex
    await seller.post("/v1/orders/bulk/confirm", {"orders": [first["id"]]}, key=key)

    answer = await seller.post(f"/v1/orders/bulk/{path}", {"orders": [second["id"]]}, key=key)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "Idempotency-Key", "message": "was used before"}]
    assert (await seller.order(second["id"]))["status"] == "placed"


async def test_a_request_without_a_key_is_refused(seller: Seller) -> None:
    order = await seller.place()

    answer = await seller.http.post("/v1/orders/bulk/confirm", json={"orders": [order["id"]]}, headers=seller.headers)

    assert (answer.status_code, answer.json()["title"]) == (400, "no Idempotency-Key")
    assert (await seller.order(order["id"]))["status"] == "placed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"orders": []}, "orders"),
        ({"orders": [str(uuid4()) for _ in range(501)]}, "orders"),
        ({"orders": ["canary"]}, "orders.0"),
        ({"orders": [str(uuid4())], "colour": "canary"}, "colour"),
    ],
)
@pytest.mark.parametrize("path", ["confirm", "ship", "export"])
async def test_a_request_that_names_no_orders_or_too_many_is_refused(
    seller: Seller, path: str, body: dict[str, Any], field: str
) -> None:
    answer = await seller.post(f"/v1/orders/bulk/{path}", body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "canary" not in answer.text


@pytest.mark.parametrize("path", ["confirm", "ship"])
async def test_a_change_that_names_nothing_is_refused(seller: Seller, path: str) -> None:
    answer = await seller.post(f"/v1/orders/bulk/{path}", {})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["orders"]


async def test_as_many_orders_as_are_allowed_are_answered(seller: Seller) -> None:
    order = await seller.place()
    ids = [str(uuid4()) for _ in range(499)]

    answer = await seller.post("/v1/orders/bulk/confirm", {"orders": [*ids, order["id"]]})

    shown = answer.json()["orders"]
    assert [one["id"] for one in shown] == [*ids, order["id"]]
    assert [one["ok"] for one in shown] == [False] * 499 + [True]


# --- export ---------------------------------------------------------------------------------------------------------


async def exported(seller: Seller, body: dict[str, Any]) -> list[dict[str, str]]:
    """Give the lines of an export."""
    answer = await seller.post("/v1/orders/bulk/export", body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_named_orders_are_exported_and_no_others(api: Api) -> None:
    seller, other = await api.shop(), await api.shop()
    first, _, third = [await seller.place() for _ in range(3)]
    theirs = await other.place()

    lines = await exported(seller, {"orders": [first["id"], third["id"], theirs["id"], str(uuid4())]})

    assert [line["id"] for line in lines] == [third["id"], first["id"]]


async def test_orders_with_something_in_common_are_exported(seller: Seller) -> None:
    first, second = await seller.place(), await seller.place()
    await seller.act(second["id"], "confirm")

    assert [line["id"] for line in await exported(seller, {"filters": {"status": ["placed"]}})] == [first["id"]]
    assert [line["id"] for line in await exported(seller, {})] == [second["id"], first["id"]]
    both = {"orders": [first["id"]], "filters": {"status": ["confirmed"]}}
    assert await exported(seller, both) == []


async def test_a_number_that_a_spreadsheet_would_run_is_exported_as_text(seller: Seller) -> None:
    order = await seller.place(number="-2-TT")

    [line] = await exported(seller, {"orders": [order["id"]]})

    assert line["number"] == "'-2-TT"
