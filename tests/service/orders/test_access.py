"""Who may see and do what: a shop its own orders, the operator the books."""

import hashlib
from typing import Any
from uuid import uuid4

import pytest

from service.orders.conftest import Api
from support.selling import Seller, order_body
from support.services import OPERATOR_KEY

NOT_AUTHORISED = {
    "title": "not authorised",
    "status": 401,
    "detail": "Send the shop's API key as `Authorization: Bearer …`.",
}


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wb_wrong", "Basic wb_wrong", f"Bearer {OPERATOR_KEY}", "Bearer \xff"],
)
async def test_without_a_shop_s_key_nothing_is_shown_or_done(api: Api, authorization: str | None) -> None:
    headers = {} if authorization is None else {b"authorization": authorization.encode("latin-1")}

    for answer in (
        await api.running.http.get("/v1/orders", headers=headers),
        await api.running.http.post("/v1/orders", json=order_body(), headers={**headers, b"idempotency-key": b"one"}),
        await api.running.http.get(f"/v1/orders/{uuid4()}", headers=headers),
    ):
        assert (answer.status_code, answer.json()) == (401, NOT_AUTHORISED)


async def test_a_key_that_was_revoked_opens_nothing(api: Api, seller: Seller) -> None:
    digest = hashlib.sha256(seller.api_key.encode()).digest()
    await api.running.pool.execute("UPDATE api_keys SET revoked_at = now() WHERE digest = $1", digest)

    assert (await seller.get("/v1/orders")).json() == NOT_AUTHORISED


async def test_a_key_is_kept_as_a_digest_only(api: Api, seller: Seller) -> None:
    rows = await api.running.pool.fetch("SELECT * FROM api_keys")

    assert seller.api_key.encode() not in b"".join(row["digest"] for row in rows)


ON_AN_ORDER: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "", None),
    ("GET", "?as_of=2100-01-01T00:00:00Z", None),
    ("GET", "/history", None),
    ("GET", "/address-changes", None),
    ("DELETE", "/links", None),
    ("POST", "/confirm", {}),
    ("POST", "/address", {"address": order_body()["address"]}),
    ("POST", "/complaints", {"kind": "fraudulent", "words": "a fake"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ON_AN_ORDER, ids=[f"{m} {p}" for m, p, _ in ON_AN_ORDER])
async def test_another_shop_s_order_is_as_unknown_as_one_that_is_not_there(
    api: Api, seller: Seller, method: str, path: str, body: dict[str, Any] | None
) -> None:
    stranger = await api.shop()
    theirs = await stranger.place()

    async def ask(order_id: str) -> tuple[int, dict[str, Any]]:
        full = f"/v1/orders/{order_id}{path}"
        answer = await (seller.get(full) if method == "GET" else seller.post(full, body, method=method))
        return answer.status_code, answer.json()

    unknown = {"title": "unknown order", "status": 404, "detail": "This shop has no order with that id."}
    assert await ask(theirs["id"]) == (404, unknown)
    assert await ask(str(uuid4())) == (404, unknown)
    assert await stranger.order(theirs["id"]) == theirs


async def test_a_list_shows_a_shop_its_own_orders(api: Api, seller: Seller) -> None:
    await (await api.shop()).place()
    mine = await seller.place()

    assert [one["id"] for one in (await seller.get("/v1/orders")).json()["orders"]] == [mine["id"]]


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer wrong", "Bearer \xff"])
async def test_the_books_are_the_operator_s(api: Api, seller: Seller, authorization: str | None) -> None:
    headers = {} if authorization is None else {b"authorization": authorization.encode("latin-1")}

    assert (await api.running.http.get("/v1/books", headers=headers)).status_code == 401
    assert (await seller.get("/v1/books")).status_code == 401


# --- pages of the list ----------------------------------------------------------------------------------------------


async def test_pages_show_every_order_once_newest_first_although_more_are_placed(seller: Seller) -> None:
    placed = [(await seller.place())["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = (await seller.get("/v1/orders", limit=2, **({"cursor": cursor} if cursor else {}))).json()
        seen += [one["id"] for one in page["orders"]]
        cursor = page["next"]
        if cursor is None:
            break
        await seller.place()

    assert seen == placed[::-1]


async def test_a_list_can_be_of_one_status(seller: Seller) -> None:
    await seller.place()
    confirmed = await seller.place()
    await seller.act(confirmed["id"], "confirm")

    listed = (await seller.get("/v1/orders", status="confirmed")).json()["orders"]

    assert [one["id"] for one in listed] == [confirmed["id"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": -1}, "limit"),
        ({"limit": 10**9}, "limit"),
        ({"limit": "canary"}, "limit"),
        ({"cursor": "canary"}, "cursor"),
        ({"cursor": f"2026-03-01T00:00:00~{uuid4()}"}, "cursor"),
        ({"cursor": "2026-03-01T00:00:00+00:00~canary"}, "cursor"),
        ({"cursor": "c" * 200}, "cursor"),
        ({"status": "canary"}, "status"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(seller: Seller, query: dict[str, Any], field: str) -> None:
    answer = await seller.get("/v1/orders", **query)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "canary" not in answer.text
