"""The operator's side: shops and their records, suspensions, policies and complaints."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.orders.v1 import PolicyPublished
from orders.access.hashing import Hashing
from orders.access.users import Role, add_user
from service.orders.conftest import Api
from support.selling import Seller, order_body
from support.services import OPERATOR_KEY

SHOP = {"name": "Red shop", "email": "red@example.com", "zone": "Asia/Bangkok", "locale": "th"}
NO_COMPLAINTS = {"open": 0, "answered": 0, "upheld": 0, "refused": 0}


@dataclass
class Operator:
    """The operator of an `orders`, by the operator's key."""

    http: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(path, params=query, headers=self._headers())

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        return await self.http.post(path, json=body or {}, headers=self._headers(key or uuid4().hex))

    async def shop(self, seller: Seller) -> Any:
        answer = await self.get(f"/v1/shops/{seller.shop_id}")
        assert answer.status_code == 200
        return answer.json()

    def _headers(self, key: str | None = None) -> dict[str, str]:
        named = {"idempotency-key": key} if key else {}
        return {"authorization": f"Bearer {OPERATOR_KEY}", **named}


@pytest.fixture
def operator(api: Api) -> Operator:
    """The operator of the module's `orders`."""
    return Operator(api.running.http)


async def complaint(seller: Seller, kind: str = "fraudulent") -> tuple[str, str]:
    """Have a buyer complain; gives the complaint's id, and the order's."""
    order = await seller.place()
    answer = await seller.post(
        f"/v1/orders/{order['id']}/complaints", {"kind": kind, "words": "This is not what I saw"}
    )
    return answer.json()["complaints"][0]["id"], order["id"]


# --- who may ----------------------------------------------------------------------------------------------------------


ROUTES = [
    ("GET", "/v1/shops"),
    ("POST", "/v1/shops"),
    ("GET", "/v1/shops/{shop}"),
    ("POST", "/v1/shops/{shop}/suspend"),
    ("POST", "/v1/shops/{shop}/resume"),
    ("GET", "/v1/shops/{shop}/policies"),
    ("POST", "/v1/shops/{shop}/policies"),
    ("GET", "/v1/shops/{shop}/policies/1"),
    ("GET", "/v1/complaints"),
    ("GET", "/v1/complaints/{shop}"),
    ("POST", "/v1/complaints/{shop}/uphold"),
    ("POST", "/v1/complaints/{shop}/refuse"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{m} {p}" for m, p in ROUTES])
async def test_a_shop_s_key_opens_nothing_of_the_operator_s(seller: Seller, method: str, path: str) -> None:
    headers = {**seller.headers, "idempotency-key": "one"}

    answer = await seller.http.request(method, path.format(shop=seller.shop_id), json={}, headers=headers)

    assert (answer.status_code, answer.json()["title"]) == (401, "not authorised")


async def test_a_user_who_is_an_operator_needs_the_session_s_token_and_is_on_record(api: Api, seller: Seller) -> None:
    made = await Hashing().make("correct horse battery staple")
    async with api.running.service.transaction() as tx:
        user = await add_user(
            tx,
            email=f"{uuid4().hex}@example.com",
            name="Olga",
            password_hash=made,
            role=Role.OPERATOR,
            shop_id=None,
            is_admin=False,
        )
        await tx.connection.execute("UPDATE users SET one_time = false WHERE id = $1", user["id"])
    async with httpx.AsyncClient(base_url=seller.http.base_url) as browser:
        login = {"email": user["email"], "password": "correct horse battery staple"}
        session = (await browser.post("/v1/session", json=login)).json()
        cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
        path, body = f"/v1/shops/{seller.shop_id}/suspend", {"reason": "Empty parcels"}

        without = await browser.post(path, json=body, headers={**cookie, "idempotency-key": "one"})
        token = {"x-csrf-token": session["csrf_token"]}
        answer = await browser.post(path, json=body, headers={**cookie, **token, "idempotency-key": "one"})

    assert without.status_code == 403
    assert answer.status_code == 200
    assert answer.json()["history"][-1]["actor"] == f"user:{user['id']}"


# --- shops ------------------------------------------------------------------------------------------------------------


async def test_a_shop_that_was_added_sells_with_its_key_which_is_shown_once(api: Api, operator: Operator) -> None:
    payment_url = "https://pay.example.com/refunds"
    first = await operator.post("/v1/shops", {**SHOP, "payment_url": payment_url}, key="red")
    again = await operator.post("/v1/shops", {**SHOP, "payment_url": payment_url}, key="red")

    made = first.json()
    assert (first.status_code, again.status_code) == (201, 201)
    assert made["webhook_secret"].startswith("whsec_")
    assert again.json() == {"id": made["id"], "api_key": None, "webhook_secret": None}
    assert (await Seller(operator.http, made["id"], made["api_key"]).place())["policy_version"] == 1
    shop = (await operator.get(f"/v1/shops/{made['id']}")).json()
    assert {name: shop[name] for name in SHOP} == SHOP
    assert (shop["payment_url"], shop["suspended_at"]) == (payment_url, None)
    kept = await api.running.pool.fetch("SELECT answer FROM operator_keys")
    assert all(made["api_key"].encode() not in row["answer"] for row in kept)
    assert all(made["webhook_secret"].encode() not in row["answer"] for row in kept)


async def test_a_key_that_was_used_for_another_request_is_refused(operator: Operator) -> None:
    await operator.post("/v1/shops", SHOP, key="used")

    other = await operator.post("/v1/shops", {**SHOP, "name": "Other shop"}, key="used")

    assert (other.status_code, other.json()["title"]) == (422, "key reused")


async def test_without_an_idempotency_key_nothing_is_changed(operator: Operator) -> None:
    answer = await operator.http.post("/v1/shops", json=SHOP, headers={"authorization": f"Bearer {OPERATOR_KEY}"})

    assert (answer.status_code, answer.json()["title"]) == (400, "no Idempotency-Key")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "SGT"),
        ("zone", "Mars/X"),
        ("email", "nobody"),
        ("name", "  "),
        ("locale", "english"),
        ("payment_url", "ftp://pay.example.com"),
        ("payment_url", "pay"),
        ("colour", "red"),
    ],
)
async def test_a_shop_that_cannot_be_is_refused_by_field(operator: Operator, field: str, value: str) -> None:
    answer = await operator.post("/v1/shops", {**SHOP, field: value})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_shops_are_listed_once_each_newest_first(api: Api, operator: Operator) -> None:
    added = [(await api.shop()).shop_id for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await operator.get("/v1/shops", limit=2, **cursor)).json()
        seen += [shop["id"] for shop in page["shops"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    assert len(set(seen)) == len(seen)
    assert [one for one in seen if one in added] == added[::-1]


async def test_a_page_of_shops_that_cannot_be_is_refused(operator: Operator) -> None:
    for query in ({"cursor": "canary"}, {"limit": "0"}, {"limit": "201"}):
        answer = await operator.get("/v1/shops", **query)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, list(query))


@pytest.mark.parametrize("path", ["", "/policies", "/policies/1"])
async def test_a_shop_that_is_not_there_is_unknown(operator: Operator, path: str) -> None:
    assert (await operator.get(f"/v1/shops/{uuid4()}{path}")).status_code == 404


@pytest.mark.parametrize("what", ["suspend", "resume", "policies"])
async def test_nothing_is_done_to_a_shop_that_is_not_there(operator: Operator, what: str) -> None:
    body = {"suspend": {"reason": "Fraud"}, "resume": {}, "policies": {"auto_cancel_days": 20}}[what]

    assert (await operator.post(f"/v1/shops/{uuid4()}/{what}", body)).status_code == 404


# --- suspension (R14) -------------------------------------------------------------------------------------------------


async def test_a_suspended_shop_takes_no_orders_and_is_told_why(seller: Seller, operator: Operator) -> None:
    """R14."""
    await operator.post(f"/v1/shops/{seller.shop_id}/suspend", {"reason": "Parcels came empty"})

    answer = await seller.post("/v1/orders", order_body())
    imported = await seller.http.post(
        "/v1/orders/import", content="number\n", headers={**seller.headers, "content-type": "text/csv"}
    )

    for refused in (answer, imported):
        assert (refused.status_code, refused.json()["title"]) == (403, "shop suspended")
        assert refused.json()["detail"].startswith("shop suspended: Parcels came empty.")


async def test_what_a_suspended_shop_has_sold_goes_on(seller: Seller, operator: Operator) -> None:
    """R14: buyers must get their parcels and their money."""
    parcel, called_off = await seller.place(), await seller.place()
    await operator.post(f"/v1/shops/{seller.shop_id}/suspend", {"reason": "Parcels came empty"})

    shipped = await seller.ship(parcel["id"], "NV-SUSPENDED")
    cancelled = await seller.act(called_off["id"], "cancel", by="buyer", reason="I do not trust it")

    assert shipped["status"] == "shipped"
    assert [refund["state"] for refund in cancelled["refunds"]] == ["due"]


async def test_an_order_that_was_placed_before_is_answered_as_before(seller: Seller, operator: Operator) -> None:
    body = order_body()
    placed = await seller.post("/v1/orders", body, key="placed")
    await operator.post(f"/v1/shops/{seller.shop_id}/suspend", {"reason": "Parcels came empty"})

    assert (await seller.post("/v1/orders", body, key="placed")).json() == placed.json()


async def test_a_shop_that_may_sell_again_takes_the_order_that_was_refused(seller: Seller, operator: Operator) -> None:
    body = order_body()
    await operator.post(f"/v1/shops/{seller.shop_id}/suspend", {"reason": "Parcels came empty"})
    await seller.post("/v1/orders", body, key="refused")
    await operator.post(f"/v1/shops/{seller.shop_id}/resume")

    assert (await seller.post("/v1/orders", body, key="refused")).status_code == 201


async def test_every_suspension_stays_on_record(seller: Seller, operator: Operator) -> None:
    path = f"/v1/shops/{seller.shop_id}"
    for reason in ("Empty parcels", "False labels"):
        assert (await operator.post(f"{path}/suspend", {"reason": reason})).status_code == 200
        assert (await operator.post(f"{path}/resume")).status_code == 200
    await operator.post(f"{path}/resume")

    shop = await operator.shop(seller)

    assert shop["suspended_at"] is None
    assert [(note["what"], note["actor"], note["words"]) for note in shop["history"]] == [
        ("added", "command line", None),
        ("suspended", "operator", "Empty parcels"),
        ("resumed", "operator", None),
        ("suspended", "operator", "False labels"),
        ("resumed", "operator", None),
    ]


async def test_a_shop_is_not_suspended_twice(seller: Seller, operator: Operator) -> None:
    path = f"/v1/shops/{seller.shop_id}/suspend"
    await operator.post(path, {"reason": "Empty parcels"})

    again = await operator.post(path, {"reason": "False labels"})

    assert (again.status_code, again.json()["title"]) == (409, "suspended already")
    assert (await operator.shop(seller))["suspended_because"] == "Empty parcels"


async def test_another_shop_sells_on(api: Api, seller: Seller, operator: Operator) -> None:
    await operator.post(f"/v1/shops/{seller.shop_id}/suspend", {"reason": "Empty parcels"})

    assert (await (await api.shop()).place())["status"] == "placed"


# --- policies ---------------------------------------------------------------------------------------------------------


async def test_a_policy_gets_a_new_version_and_each_is_shown_with_its_orders(
    api: Api, seller: Seller, operator: Operator
) -> None:
    path = f"/v1/shops/{seller.shop_id}/policies"
    over, _ = await seller.place(), await seller.place()
    await seller.act(over["id"], "cancel", by="seller", reason="no stock")

    published = await operator.post(path, {"auto_cancel_days": 20, "zone": "Asia/Bangkok"})
    new = await seller.place()

    assert published.status_code == 201
    second = published.json()
    assert (second["version"], second["published_by"]) == (2, "operator")
    assert (second["terms"]["auto_cancel_days"], second["terms"]["zone"]) == (20, "Asia/Bangkok")
    assert second["terms"]["acknowledgment_days"] == 12
    assert (over["policy_version"], new["policy_version"]) == (1, 2)
    listed = (await operator.get(path)).json()["policies"]
    assert [(one["version"], one["orders"], one["open_orders"]) for one in listed] == [(2, 1, 1), (1, 2, 1)]
    assert (await operator.get(f"{path}/2")).json() == second
    await api.running.quiet()
    said = [one for one in await api.broker.said("ORDERS") if isinstance(one, PolicyPublished)]
    assert [one.policy.version for one in said if one.shop_id == UUID(seller.shop_id)] == [1, 2]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"auto_cancel_days": 0}, "auto_cancel_days"),
        ({"auto_cancel_days": "soon"}, "auto_cancel_days"),
        ({"auto_cancel_days": None}, "auto_cancel_days"),
        ({"zone": "Mars/X"}, "zone"),
        ({"reminder_at": "25:00"}, "reminder_at"),
        ({"attempts_before_lost_by_carrier": {"ninjavan": "x"}}, "attempts_before_lost_by_carrier.ninjavan"),
        ({"auto_cancel": 20}, "auto_cancel"),
        ({"version": 9}, "version"),
        ({}, "body"),
    ],
)
async def test_a_policy_that_cannot_be_is_refused_by_field(
    seller: Seller, operator: Operator, change: dict[str, Any], field: str
) -> None:
    path = f"/v1/shops/{seller.shop_id}/policies"

    answer = await operator.post(path, change)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert len((await operator.get(path)).json()["policies"]) == 1


async def test_a_seller_sees_the_shop_s_own_policy(api: Api, seller: Seller, operator: Operator) -> None:
    other = await api.shop()
    await operator.post(f"/v1/shops/{seller.shop_id}/policies", {"auto_cancel_days": 20})

    current, first = await seller.get("/v1/policies/current"), await seller.get("/v1/policies/1")

    assert (current.json()["version"], current.json()["terms"]["auto_cancel_days"]) == (2, 20)
    assert (first.json()["version"], first.json()["terms"]["auto_cancel_days"]) == (1, 15)
    assert (await other.get("/v1/policies/current")).json()["version"] == 1
    assert (await other.get("/v1/policies/2")).status_code == 404


# --- complaints (R14) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verdict", "state"), [("uphold", "upheld"), ("refuse", "refused")])
async def test_a_complaint_is_decided_and_stands_on_the_shop_s_record(
    seller: Seller, operator: Operator, verdict: str, state: str
) -> None:
    """R14."""
    complaint_id, order_id = await complaint(seller)

    answer = await operator.post(f"/v1/complaints/{complaint_id}/{verdict}", {"words": "We looked at the photos"})

    decided = answer.json()
    assert answer.status_code == 200
    assert (decided["state"], decided["reason"], decided["order_id"]) == (state, "We looked at the photos", order_id)
    assert (decided["shop_id"], decided["shop_name"]) == (seller.shop_id, "Blue shop")
    order = await seller.order(order_id)
    assert (order["complaints"][0]["state"], order["complaints"][0]["reason"]) == (state, "We looked at the photos")
    assert order["history"][-1]["trigger"] == f"complaint_{state}"
    assert (await operator.shop(seller))["record"]["complaints"] == {**NO_COMPLAINTS, state: 1}
    assert (await operator.get(f"/v1/complaints/{complaint_id}")).json() == decided


async def test_a_complaint_that_was_decided_is_not_decided_otherwise(seller: Seller, operator: Operator) -> None:
    complaint_id, order_id = await complaint(seller)
    await operator.post(f"/v1/complaints/{complaint_id}/refuse", {"words": "It was as shown"})

    otherwise = await operator.post(f"/v1/complaints/{complaint_id}/uphold", {"words": "It was not"})

    assert otherwise.status_code == 409
    assert (await seller.order(order_id))["complaints"][0]["state"] == "refused"


async def test_a_decision_that_is_sent_twice_is_made_once(seller: Seller, operator: Operator) -> None:
    complaint_id, order_id = await complaint(seller)
    path, words = f"/v1/complaints/{complaint_id}/uphold", {"words": "We looked at the photos"}

    first, again = await operator.post(path, words, key=order_id), await operator.post(path, words, key=order_id)

    assert again.json() == first.json()
    triggers = [step["trigger"] for step in (await seller.order(order_id))["history"]]
    assert triggers.count("complaint_upheld") == 1


async def test_complaints_are_listed_newest_first_by_shop_and_state(
    api: Api, seller: Seller, operator: Operator
) -> None:
    made = [(await complaint(seller))[0] for _ in range(3)]
    await complaint(await api.shop())
    await operator.post(f"/v1/complaints/{made[1]}/uphold", {"words": "Yes"})

    async def listed(**query: Any) -> list[str]:
        seen: list[str] = []
        while True:
            page = (await operator.get("/v1/complaints", limit=1, shop=seller.shop_id, **query)).json()
            seen += [one["id"] for one in page["complaints"]]
            if page["next"] is None:
                return seen
            query["cursor"] = page["next"]

    assert await listed() == made[::-1]
    assert await listed(state="open") == [made[2], made[0]]
    assert await listed(state="upheld") == [made[1]]
    everywhere = (await operator.get("/v1/complaints", state="open")).json()["complaints"]
    assert len({one["shop_id"] for one in everywhere}) > 1


async def test_a_cursor_continues_no_other_list(seller: Seller, operator: Operator) -> None:
    for _ in range(2):
        await complaint(seller)
    cursor = (await operator.get("/v1/complaints", limit=1, shop=seller.shop_id)).json()["next"]

    for query in ({"state": "open", "shop": seller.shop_id}, {}):
        answer = await operator.get("/v1/complaints", cursor=cursor, **query)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_a_complaint_that_is_not_there_is_unknown(operator: Operator) -> None:
    path = f"/v1/complaints/{uuid4()}"

    assert (await operator.get(path)).status_code == 404
    assert (await operator.post(f"{path}/uphold", {"words": "Yes"})).status_code == 404
