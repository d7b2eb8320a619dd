"""If-Match: a change is made to the order that its caller has seen, or not at all."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from service.orders.conftest import Api
from support.buying import let_in
from support.selling import Seller, order_body


async def ask(seller: Seller, order_id: str, what: str, if_match: str, body: Any = None, key: str | None = None) -> Any:
    headers = {**seller.headers, "idempotency-key": key or uuid4().hex, "if-match": if_match}
    return await seller.http.post(f"/v1/orders/{order_id}/{what}", json=body or {}, headers=headers)


async def test_an_order_is_shown_with_its_version_as_entity_tag(seller: Seller) -> None:
    order = await seller.place()

    answer = await seller.get(f"/v1/orders/{order['id']}")

    assert answer.headers["etag"] == '"1"'
    await seller.act(order["id"], "confirm")
    assert (await seller.get(f"/v1/orders/{order['id']}")).headers["etag"] == '"2"'


@pytest.mark.parametrize(
    "tag", ['"1"', "*", '"7", "1"', '"7","1"', 'W/"1"'], ids=["its own", "any", "one of a list", "no blanks", "weak"]
)
async def test_the_version_that_was_seen_may_be_changed(seller: Seller, tag: str) -> None:
    order = await seller.place()

    answer = await ask(seller, order["id"], "confirm", tag)

    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "confirmed", 2)


@pytest.mark.parametrize("tag", ['"1"', '"3"', "2", '""', "canary", '"1", "3"', 'W/"1"', '"22"', '"*"'])
async def test_a_stale_version_changes_nothing_and_is_told_the_one_there_is(seller: Seller, tag: str) -> None:
    order_id = (await seller.place())["id"]
    seen = await seller.act(order_id, "confirm")

    answer = await ask(seller, order_id, "cancel", tag, {"by": "seller", "reason": "no stock"})

    assert answer.status_code == 412
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["version"], problem["order_status"]) == (412, 2, "confirmed")
    assert problem["detail"].endswith("Look at it, and ask again.")
    assert "canary" not in answer.text
    assert await seller.order(order_id) == seen


async def test_who_looks_and_asks_again_with_the_same_key_is_heard(seller: Seller) -> None:
    order_id, key = (await seller.place())["id"], uuid4().hex
    stale = await ask(seller, order_id, "confirm", '"9"', key=key)

    again = await ask(seller, order_id, "confirm", '"1"', key=key)

    assert (stale.status_code, again.status_code, again.json()["status"]) == (412, 200, "confirmed")


async def test_a_repetition_of_what_was_done_is_answered_as_it_was_although_the_version_has_moved(
    seller: Seller,
) -> None:
    order_id, key = (await seller.place())["id"], uuid4().hex
    first = await ask(seller, order_id, "confirm", '"1"', key=key)

    again = await ask(seller, order_id, "confirm", '"1"', key=key)

    assert (again.status_code, again.content) == (200, first.content)


async def test_of_changes_at_once_to_one_version_one_is_made(seller: Seller) -> None:
    order = await seller.place()
    addresses = [{**order["buyer"]["address"], "lines": [f"{number} Race Road"]} for number in range(5)]

    answers = await asyncio.gather(
        *(ask(seller, order["id"], "address", '"1"', {"address": address}) for address in addresses)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]
    assert len((await seller.get(f"/v1/orders/{order['id']}/address-changes")).json()["changes"]) == 1


CHANGES: list[tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = [
    ("address", lambda order: {"address": {**order["buyer"]["address"], "lines": ["9 Other Road"]}}),
    ("lines", lambda order: {"lines": [{"sku": "TEA", "title": "Tea", "quantity": 1, "unit_price": "5.00"}]}),
    ("parcels/1/label", lambda _: {"recipient": "Mei Tan"}),
    ("parcels/1/split", lambda _: {"lines": [{"sku": "TEA", "quantity": 1}]}),
    ("complaints", lambda _: {"kind": "fraudulent", "words": "a canary"}),
]


@pytest.mark.parametrize(("what", "body"), CHANGES, ids=[what for what, _ in CHANGES])
async def test_every_kind_of_change_heeds_it(
    seller: Seller, what: str, body: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    order = await seller.place()

    answer = await ask(seller, order["id"], what, '"2"', body(order))

    assert answer.status_code == 412, answer.text
    assert await seller.order(order["id"]) == order
    assert (await seller.get(f"/v1/orders/{order['id']}/address-changes")).json() == {"changes": []}


async def test_a_buyer_s_change_heeds_it(api: Api, seller: Seller) -> None:
    order = await seller.place()
    buyer = await let_in(api.running.http, api.broker, order["id"])
    path = f"/v1/buyer/orders/{order['id']}"
    seen = await buyer.get(path)
    await seller.act(order["id"], "confirm")

    stale = await buyer.post(f"{path}/cancel", {"reason": "no"}, if_match=seen.headers["etag"])
    fresh = await buyer.post(f"{path}/cancel", {"reason": "no"}, if_match=(await buyer.get(path)).headers["etag"])

    assert (stale.status_code, stale.json()["version"], stale.json()["order_status"]) == (412, 2, "confirmed")
    assert (fresh.status_code, fresh.json()["tracking"]["status"]) == (200, "Cancelled")


async def test_another_shop_s_order_stays_unknown_whatever_its_version(api: Api, seller: Seller) -> None:
    theirs = await (await api.shop()).place()

    answers = [await ask(seller, one, "confirm", tag) for one in (theirs["id"], str(uuid4())) for tag in ('"1"', '"9"')]

    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}


# --- what a refusal says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("pack", {"checklist": "all"}),
        ("ship", {}),
        ("parcels/1/handover", {"carrier": "Ninja Van", "number": "NV-EARLY"}),
        ("parcels/1/booking", {"kind": "pick_up"}),
        ("complaints", {"kind": "empty", "words": "nothing came"}),
        ("returns", {"parcel": 1, "lines": [{"sku": "TEA", "quantity": 1}], "reason": "too much"}),
        ("received", {}),
        ("refunds", {"reason": "I want it back"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_refusal_says_where_the_order_is_and_what_is_possible(
    seller: Seller, what: str, body: dict[str, Any]
) -> None:
    order = await seller.place()
    if body.get("checklist") == "all":
        ticked = {"options_match": True, "address_checked": True, "size_fits": True, "no_prohibited_insert": True}
        body = {"checklist": {"counts": {"MUG-BLUE": 2, "TEA": 1}, **ticked}}

    answer = await seller.post(f"/v1/orders/{order['id']}/{what}", body)

    problem = answer.json()
    assert (answer.status_code, problem["order_status"], problem["possible"]) == (409, "placed", ["confirm", "cancel"])
    assert len(problem["detail"]) > 20
    after = await seller.order(order["id"])
    assert (after["version"], after["history"][-1]["cause"]) == (1, {"refused": problem["detail"]})


async def test_an_order_body_is_placed_whatever_if_match_says(seller: Seller) -> None:
    headers = {**seller.headers, "idempotency-key": uuid4().hex, "if-match": '"5"'}

    answer = await seller.http.post("/v1/orders", json=order_body(), headers=headers)

    assert answer.status_code == 201
