"""API keys of a shop: several at a time, each for what it is needed for, shown once, and ended when it is lost."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from service.orders.conftest import Api
from support.selling import Seller, open_shop, order_body
from support.services import Starter, SteppedTime


async def make(seller: Seller, name: str, *scopes: str) -> tuple[str, Seller]:
    """Make a key; gives its id, and the seller who holds it."""
    answer = await seller.post("/v1/keys", {"name": name, "scopes": scopes})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return made["id"], Seller(seller.http, seller.shop_id, made["key"])


async def listed(seller: Seller) -> list[dict[str, Any]]:
    """Give the shop's keys as the API lists them."""
    answer = await seller.get("/v1/keys")
    assert answer.status_code == 200, answer.text
    keys: list[dict[str, Any]] = answer.json()["keys"]
    return keys


async def test_a_new_shop_s_key_may_do_everything(seller: Seller) -> None:
    (first,) = await listed(seller)

    assert first["scopes"] == ["read", "write", "admin"]
    assert seller.api_key.startswith(first["prefix"])
    assert len(first["prefix"]) <= 10


async def test_a_key_is_shown_once_and_kept_nowhere(api: Api, seller: Seller) -> None:
    body, key = {"name": "Warehouse", "scopes": ["write", "read"]}, uuid4().hex

    first = await seller.post("/v1/keys", body, key=key)
    again = await seller.post("/v1/keys", body, key=key)

    made = first.json()["key"]
    assert first.status_code == again.status_code == 201
    assert first.json()["scopes"] == ["read", "write"]
    assert again.json() == {**first.json(), "key": None}
    assert made not in (await seller.get("/v1/keys")).text
    for table in ("api_keys", "idempotency_keys"):
        rows = await api.running.pool.fetch(f"SELECT t::text AS row, t.* FROM {table} AS t")
        assert made not in "".join(row["row"] for row in rows)
        assert made.encode() not in b"".join(value for row in rows for value in row.values() if type(value) is bytes)


@pytest.mark.parametrize(
    ("scopes", "sees", "changes", "administers"),
    [
        (["read"], 200, 403, 403),
        (["write"], 200, 201, 403),
        (["admin"], 200, 201, 200),
    ],
)
async def test_a_key_does_what_its_scopes_say_and_a_refusal_says_which_is_needed(
    seller: Seller, scopes: list[str], sees: int, changes: int, administers: int
) -> None:
    _, holder = await make(seller, "Warehouse", *scopes)

    looked = await holder.get("/v1/orders")
    placed = await holder.post("/v1/orders", order_body())
    keys = await holder.get("/v1/keys")

    assert (looked.status_code, placed.status_code, keys.status_code) == (sees, changes, administers)
    for answer, scope in ((placed, "write"), (keys, "admin")):
        if answer.status_code == 403:
            assert answer.json()["title"] == f"scope {scope} needed"
            assert f"`{scope}`" in answer.json()["detail"]


async def test_a_revoked_key_opens_nothing_and_says_by_whom_it_was_revoked(seller: Seller) -> None:
    key_id, holder = await make(seller, "Warehouse", "write")

    answer = await seller.post(f"/v1/keys/{key_id}/revoke")
    again = await seller.post(f"/v1/keys/{key_id}/revoke")

    assert (await holder.get("/v1/orders")).status_code == 401
    assert answer.status_code == again.status_code == 200
    assert answer.json()["revoked_by"] == "key:First key"
    assert answer.json()["revoked_at"].endswith("Z")
    assert again.json() == answer.json()
    assert [key["revoked_at"] is None for key in await listed(seller)] == [True, False]


async def test_the_last_key_that_can_make_others_stays(seller: Seller) -> None:
    (first,) = await listed(seller)
    await make(seller, "Warehouse", "write")

    refused = await seller.post(f"/v1/keys/{first['id']}/revoke")
    other_id, other = await make(seller, "Office", "admin")
    revoked = await other.post(f"/v1/keys/{first['id']}/revoke")
    last = await other.post(f"/v1/keys/{other_id}/revoke")

    assert (refused.status_code, refused.json()["title"]) == (409, "last admin key")
    assert revoked.status_code == 200
    assert last.status_code == 409
    assert (await other.get("/v1/keys")).status_code == 200


async def test_two_keys_that_revoke_each_other_at_once_leave_one(api: Api) -> None:
    for _ in range(5):
        one = await api.shop()
        (first,) = await listed(one)
        other_id, other = await make(one, "Office", "admin")

        await asyncio.gather(one.post(f"/v1/keys/{other_id}/revoke"), other.post(f"/v1/keys/{first['id']}/revoke"))

        opening = [(await holder.get("/v1/keys")).status_code for holder in (one, other)]
        assert sorted(opening) == [200, 401]


async def test_another_shop_s_key_is_unknown_and_stays(api: Api, seller: Seller) -> None:
    other = await api.shop()
    key_id, _ = await make(other, "Theirs", "write")

    answer = await seller.post(f"/v1/keys/{key_id}/revoke")

    assert answer.status_code == 404
    assert answer.json() == (await seller.post(f"/v1/keys/{uuid4()}/revoke")).json()
    assert [key["revoked_at"] for key in await listed(other)] == [None, None]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "Warehouse", "scopes": []},
        {"name": "Warehouse", "scopes": ["root"]},
        {"name": "", "scopes": ["read"]},
        {"name": "x" * 61, "scopes": ["read"]},
        {"name": "Warehouse", "scopes": ["read"], "digest": "x"},
    ],
)
async def test_a_key_that_cannot_be_is_refused(seller: Seller, body: dict[str, Any]) -> None:
    assert (await seller.post("/v1/keys", body)).status_code == 422
    assert len(await listed(seller)) == 1


async def test_the_last_use_of_a_key_is_known_to_the_minute(start: Starter, clock: SteppedTime) -> None:
    orders = await start("orders", clock=clock)
    shop = await open_shop(orders.pool, orders.service.clock, orders.http)

    async def used() -> Any:
        await shop.get("/v1/orders")
        return await orders.pool.fetchval("SELECT last_used_at FROM api_keys")

    first = clock.now
    assert await used() == first
    clock.set(first + timedelta(seconds=59))
    assert await used() == first
    clock.set(first + timedelta(seconds=60))
    assert await used() == clock.now
