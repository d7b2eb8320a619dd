"""R16: a buyer proves to read the mail on record, and then sees and changes own orders, and no others."""

import asyncio
import html
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from orders.buyers.erasing import erase
from service.orders.conftest import Api, Timed
from support.buying import Buyer, code, let_in, link
from support.scans import reported
from support.selling import ORDER, Seller
from support.stocking import add, stock

ELSEWHERE = {"lines": ["9 Other Road"], "city": "Singapore", "postcode": "049483", "country": "SG"}
UNKNOWN_LINK = {
    "title": "unknown link",
    "status": 404,
    "detail": "This link shows nothing, or no longer. Ask the shop for a new one.",
}
PERSONAL = ("Mei", "mei@example.com", "example.com", "6123", "4567", "Example Road", "018956", "12.5", "32.0", "5.00")


@pytest.fixture(scope="module")
def api(timed: Timed) -> Api:
    """On the stepped clock."""
    return timed


@pytest.fixture
def http(timed: Timed) -> httpx.AsyncClient:
    """Anybody's client."""
    return timed.running.http


def person(email: str | None = None) -> dict[str, Any]:
    """Give a buyer whom no other test has."""
    return {**ORDER["buyer"], "email": email or f"{uuid4().hex}@example.com"}


async def bought(timed: Timed, seller: Seller, **placed: Any) -> tuple[str, Buyer]:
    """Place an order of a new buyer; gives its id, and the buyer."""
    order = await seller.place(**{"buyer": person(), **placed})
    return order["id"], await let_in(timed.running.http, timed.broker, order["id"])


async def asked(http: httpx.AsyncClient, token: str) -> str:
    """Ask for a code; gives its challenge."""
    answer = await http.post(f"/v1/tracking/{token}/code")
    assert answer.status_code == 202, answer.text
    challenge: str = answer.json()["challenge"]
    return challenge


async def prove(http: httpx.AsyncClient, token: str, challenge: str, given: str) -> httpx.Response:
    return await http.post(f"/v1/tracking/{token}/buyer", json={"challenge": challenge, "code": given})


def another(than: str) -> str:
    """Give a wrong code."""
    return f"{(int(than) + 1) % 10**6:06}"


async def erased(timed: Timed, order_id: str) -> None:
    async with timed.running.service.transaction() as tx:
        await erase(tx, [UUID(order_id)], force=True)


# --- what the link alone shows -------------------------------------------------------------------------------------


async def test_a_link_shows_the_way_of_the_order_and_no_name_address_phone_or_price(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id, number = (await seller.place())["id"], f"NV{uuid4().hex[:8]}".upper()
    await seller.act(order_id, "address", address={**ELSEWHERE, "lines": ["9 Canary Road"]})
    await seller.ship(order_id, number)
    await timed.broker.say(reported(number, "delivered", timed.clock.now, place="Jurong hub"))
    await timed.running.quiet()
    await seller.act(order_id, "complaints", kind="damaged", words="canary words")
    returned = await seller.act(
        order_id, "returns", parcel=1, lines=[{"sku": "TEA", "quantity": 1}], reason="canary reason"
    )
    await seller.act(
        order_id, f"returns/{returned['returns'][0]['id']}/approve", instructions='<b>Wrap it</b>\n& tape it "well"'
    )
    token = await link(timed.broker, order_id)

    shown = await http.get(f"/v1/tracking/{token}")
    page = await http.get(f"/t/{token}")

    body = shown.json()
    assert body["parcels"][0]["timeline"][0]["place"] == "Jurong hub"
    assert body["returns"] == [
        {
            "number": 2,
            "status": "expected",
            "lines": [{"sku": "TEA", "quantity": 1}],
            "instructions": '<b>Wrap it</b>\n& tape it "well"',
        }
    ]
    assert body["policies"]["return_window_days"] == 30
    for word in (*PERSONAL, "Canary", "canary", "9 Canary Road", "049483", "SGD", "Blue mug"):
        assert word not in shown.text, word
        assert word not in page.text, word
    assert {"name", "email", "phone", "address", "total", "money", "unit_price", "lines"}.isdisjoint(body)
    assert "<b>" not in page.text
    assert html.escape("<b>Wrap it</b>\n& tape it", quote=False) in page.text
    assert "agreed, please send it" in page.text
    assert "1 × TEA" in page.text


async def test_r12_the_page_says_how_a_return_fares(timed: Timed, seller: Seller, http: httpx.AsyncClient) -> None:
    order_id, buyer = await bought(timed, seller)
    await seller.ship(order_id, f"NV{uuid4().hex[:8]}")
    await seller.act(order_id, "received")
    token = await link(timed.broker, order_id)
    said = []
    await buyer.act(order_id, "returns", parcel=1, quantities={"TEA": 1}, reason="too bitter")
    said.append((await http.get(f"/t/{token}")).text)
    [one] = (await seller.order(order_id))["returns"]
    await seller.act(order_id, f"returns/{one['id']}/approve", instructions="In its own box.")
    said.append((await http.get(f"/t/{token}")).text)
    await seller.act(order_id, f"returns/{one['id']}/received")
    said.append((await http.get(f"/t/{token}")).text)

    assert "Return: waiting for the shop&#39;s answer" in said[0]
    assert "In its own box." not in said[0]
    assert "Return: agreed, please send it" in said[1]
    assert "In its own box." in said[1]
    assert "Return: arrived" in said[2]
    assert "too bitter" not in "".join(said)


# --- codes ----------------------------------------------------------------------------------------------------------


async def test_the_code_of_the_mail_opens_all_orders_of_the_buyer(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    email = f"Mixed.{uuid4().hex}@Example.com"
    first = (await seller.place(buyer=person(email)))["id"]
    second = (await (await timed.shop()).place(buyer=person(email.lower())))["id"]
    token = await link(timed.broker, first)

    answer = await http.post(f"/v1/tracking/{token}/code")
    challenge = answer.json()["challenge"]
    proven = await prove(http, token, challenge, await code(timed.broker, first, challenge))

    assert answer.status_code == 202
    assert answer.json()["expires_at"] == (timed.clock.now + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    assert email.lower() not in answer.text.lower()
    assert email[1:10].lower() not in answer.text.lower()
    assert (proven.status_code, proven.json()["token"][:4]) == (200, "wbb_")
    assert proven.headers["cache-control"] == answer.headers["cache-control"] == "private, no-store"
    listed = (await Buyer(http, proven.json()["token"]).get("/v1/buyer/orders")).json()
    assert {one["id"] for one in listed["orders"]} == {first, second}
    kept = await timed.running.pool.fetch("SELECT buyer_sessions::text AS row FROM buyer_sessions")
    assert proven.json()["token"] not in "".join(row["row"] for row in kept)


async def test_a_code_opens_once_and_is_not_taken_when_it_is_over(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id = (await seller.place(buyer=person()))["id"]
    token = await link(timed.broker, order_id)
    first, second = await asked(http, token), await asked(http, token)
    codes = [await code(timed.broker, order_id, one) for one in (first, second)]

    once = await prove(http, token, first, codes[0])
    twice = await prove(http, token, first, codes[0])
    timed.clock.advance(minutes=10)
    late = await prove(http, token, second, codes[1])

    assert [answer.status_code for answer in (once, twice, late)] == [200, 422, 422]
    assert [error["field"] for error in late.json()["errors"]] == ["code"]


async def test_a_code_that_is_given_many_times_at_once_opens_once(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id = (await seller.place(buyer=person()))["id"]
    token = await link(timed.broker, order_id)
    challenge = await asked(http, token)
    right = await code(timed.broker, order_id, challenge)

    answers = await asyncio.gather(*(prove(http, token, challenge, right) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422, 422, 422]


async def test_five_wrong_codes_are_the_last_and_the_right_one_comes_too_late(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id = (await seller.place(buyer=person()))["id"]
    token = await link(timed.broker, order_id)
    challenge = await asked(http, token)
    right = await code(timed.broker, order_id, challenge)

    wrong = [await prove(http, token, challenge, another(right)) for _ in range(5)]
    answer = await prove(http, token, challenge, right)

    assert {one.status_code for one in wrong} == {422}
    assert answer.status_code == 422
    assert answer.text == wrong[0].text  # nobody learns that it was right


async def test_the_challenge_of_another_order_is_not_proven_with_this_link(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    mine, theirs = [(await seller.place(buyer=person()))["id"] for _ in range(2)]
    own_link, other_link = await link(timed.broker, mine), await link(timed.broker, theirs)
    challenge = await asked(http, other_link)
    before = await timed.running.pool.fetchval("SELECT count(*) FROM buyer_sessions")

    answer = await prove(http, own_link, challenge, await code(timed.broker, theirs, challenge))
    unknown = await prove(http, own_link, str(uuid4()), "123456")

    assert answer.status_code == unknown.status_code == 422
    assert answer.text == unknown.text
    assert await timed.running.pool.fetchval("SELECT count(*) FROM buyer_sessions") == before


async def test_the_sixth_code_of_an_hour_is_not_sent_and_when_to_come_back_is_said(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id = (await seller.place(buyer=person()))["id"]
    token = await link(timed.broker, order_id)
    for _ in range(5):
        await asked(http, token)

    answer = await http.post(f"/v1/tracking/{token}/code")
    timed.clock.advance(minutes=60)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await http.post(f"/v1/tracking/{token}/code")).status_code == 202


@pytest.mark.parametrize(
    "body",
    [{}, {"challenge": "canary", "code": "123456"}, {"challenge": str(UUID(int=1))}, {"code": "123456"}, "canary", []],
)
async def test_what_proves_nothing_is_refused_by_field(
    timed: Timed, seller: Seller, http: httpx.AsyncClient, body: Any
) -> None:
    token = await link(timed.broker, (await seller.place(buyer=person()))["id"])

    answer = await http.post(f"/v1/tracking/{token}/buyer", json=body)

    assert answer.status_code == 422
    assert "canary" not in answer.text


# --- links that are over ---------------------------------------------------------------------------------------------


async def gone(http: httpx.AsyncClient, token: str) -> None:
    """Have a link be as one that never was, at every door."""
    never = "A" * 22
    for one in (token, never):
        assert (await http.get(f"/v1/tracking/{one}")).json() == UNKNOWN_LINK
        assert (await http.post(f"/v1/tracking/{one}/code")).json() == UNKNOWN_LINK
        assert (await prove(http, one, str(uuid4()), "123456")).json() == UNKNOWN_LINK
    pages = [await http.get(f"/t/{one}") for one in (token, never)]
    assert [page.status_code for page in pages] == [404, 404]
    assert pages[0].text == pages[1].text


async def test_a_revoked_link_is_as_unknown_as_one_that_never_was(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id = (await seller.place(buyer=person()))["id"]
    other = await link(timed.broker, (await seller.place(buyer=person()))["id"])
    tokens = [await link(timed.broker, order_id) for _ in range(2)]
    challenge = await asked(http, tokens[0])

    answer = await http.delete(f"/v1/orders/{order_id}/links", headers=seller.headers)

    assert answer.status_code == 204
    for token in tokens:
        await gone(http, token)
    late = await prove(http, tokens[0], challenge, await code(timed.broker, order_id, challenge))
    assert late.json() == UNKNOWN_LINK
    assert (await http.get(f"/v1/tracking/{other}")).status_code == 200
    assert (await http.get(f"/v1/tracking/{await link(timed.broker, order_id)}")).status_code == 200


async def test_another_shop_s_links_are_not_revoked(timed: Timed, seller: Seller, http: httpx.AsyncClient) -> None:
    order_id = (await seller.place(buyer=person()))["id"]
    token = await link(timed.broker, order_id)

    answer = await http.delete(f"/v1/orders/{order_id}/links", headers=(await timed.shop()).headers)

    assert (answer.status_code, answer.json()["title"]) == (404, "unknown order")
    assert (await http.get(f"/v1/tracking/{token}")).status_code == 200


async def test_a_buyer_who_was_erased_leaves_nothing_behind_a_link_or_a_token(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id, buyer = await bought(timed, seller)
    token = await link(timed.broker, order_id)
    await seller.act(order_id, "cancel", by="seller", reason="no stock")

    await erased(timed, order_id)

    await gone(http, token)
    assert (await buyer.get(f"/v1/buyer/orders/{order_id}")).status_code in (401, 404)
    assert (await seller.order(order_id))["buyer"] is None


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_a_token_is_over_after_two_hours(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)

    timed.clock.advance(minutes=119)
    assert (await buyer.get(f"/v1/buyer/orders/{order_id}")).status_code == 200
    timed.clock.advance(minutes=1)

    assert (await buyer.get(f"/v1/buyer/orders/{order_id}")).status_code == 401


async def test_who_leaves_is_not_let_in_again_and_others_stay(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id, buyer = await bought(timed, seller)
    elsewhere = await let_in(http, timed.broker, order_id)

    left = await buyer.post("/v1/buyer", method="DELETE")

    assert left.status_code == 204
    assert (await buyer.get("/v1/buyer/orders")).status_code == 401
    assert (await elsewhere.get("/v1/buyer/orders")).status_code == 200


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wbb_wrong", "Basic wbb_wrong"])
async def test_without_a_token_nothing_is_shown_or_done(http: httpx.AsyncClient, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}

    for method, path in (
        ("GET", "/v1/buyer/orders"),
        ("GET", f"/v1/buyer/orders/{uuid4()}"),
        ("POST", f"/v1/buyer/orders/{uuid4()}/cancel"),
        ("DELETE", "/v1/buyer"),
    ):
        answer = await http.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (401, "not authorised")


async def test_a_shop_s_key_is_no_buyer_s_token_and_the_other_way_round(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id, buyer = await bought(timed, seller)
    as_buyer, as_seller = Buyer(http, seller.api_key), Seller(http, seller.shop_id, buyer.token)

    answers = [
        await as_buyer.get("/v1/buyer/orders"),
        await as_buyer.get(f"/v1/buyer/orders/{order_id}"),
        await as_buyer.post(f"/v1/buyer/orders/{order_id}/cancel", {"reason": "no"}),
        await as_seller.get("/v1/orders"),
        await as_seller.get(f"/v1/orders/{order_id}"),
        await as_seller.post(f"/v1/orders/{order_id}/confirm"),
        await as_seller.get("/v1/books"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert (await seller.order(order_id))["version"] == 1


# --- own orders, and others' -----------------------------------------------------------------------------------------


async def test_a_buyer_s_list_has_all_own_orders_newest_first_with_what_they_come_to(
    timed: Timed, seller: Seller
) -> None:
    me = person()
    orders = []
    for shop, currency in ((seller, "SGD"), (await timed.shop(), "SGD"), (seller, "EUR")):
        orders.append(await shop.place(buyer=me, currency=currency))
        timed.clock.advance(minutes=1)
    await seller.place(buyer=person())
    buyer = await let_in(timed.running.http, timed.broker, orders[0]["id"])

    listed = (await buyer.get("/v1/buyer/orders")).json()

    assert [one["id"] for one in listed["orders"]] == [one["id"] for one in reversed(orders)]
    assert listed["totals"] == [
        {"currency": "EUR", "orders": 1, "total": "32.00"},
        {"currency": "SGD", "orders": 2, "total": "64.00"},
    ]
    assert listed["next"] is None
    assert {one["seller"] for one in listed["orders"]} == {"Blue shop"}
    assert {one["shown_status"] for one in listed["orders"]} == {"Pending"}
    assert listed["orders"][0]["placed_at"] == orders[2]["placed_at"]


async def test_pages_show_each_order_once_although_more_are_placed_and_at_one_instant(
    timed: Timed, seller: Seller
) -> None:
    me = person()
    orders = {(await seller.place(buyer=me))["id"] for _ in range(5)}  # all at one instant of the stepped clock
    buyer = await let_in(timed.running.http, timed.broker, next(iter(orders)))
    seen: list[str] = []
    query: dict[str, Any] = {}
    while True:
        page = (await buyer.get("/v1/buyer/orders", limit=2, **query)).json()
        seen += [one["id"] for one in page["orders"]]
        if page["next"] is None:
            break
        query = {"cursor": page["next"]}
        timed.clock.advance(minutes=1)
        await seller.place(buyer=me)

    assert len(seen) == 5
    assert set(seen) == orders
    assert (await buyer.get("/v1/buyer/orders", limit=7)).json()["next"] is None  # five, and the two placed meanwhile


@pytest.mark.parametrize(
    "cursor",
    [
        "canary",
        "2026-03-02T12:00:00+00:00~canary",
        f"2026-03-02T12:00:00~{UUID(int=1)}",
        f"9999-12-31T23:59:59-12:00~{UUID(int=1)}",
        f"0001-01-01T00:00:00+12:00~{UUID(int=1)}",
        "c" * 200,
    ],
)
async def test_a_cursor_that_is_none_is_refused(timed: Timed, seller: Seller, cursor: str) -> None:
    _, buyer = await bought(timed, seller)

    answer = await buyer.get("/v1/buyer/orders", cursor=cursor)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["cursor"])
    assert "canary" not in answer.text


async def test_an_own_order_is_shown_whole_to_its_buyer(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)

    order = await buyer.order(order_id)

    assert (order["seller"], order["items"], order["shipping_fee"], order["discount"], order["total"]) == (
        "Blue shop",
        "30.00",
        "2.00",
        "0",
        "32.00",
    )
    assert order["address"]["lines"] == ["1 Example Road"]
    assert (order["tracking"]["status"], order["version"]) == ("Pending", 1)
    assert [(one["sku"], one["quantity"]) for one in order["lines"]] == [("MUG-BLUE", 2), ("TEA", 1)]


DOORS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "", None),
    ("POST", "/address", {"address": ELSEWHERE}),
    ("POST", "/lines", {"quantities": {"TEA": 0}}),
    ("POST", "/lines", {"wish": "a red one"}),
    ("POST", "/cancel", {"reason": "no"}),
    ("POST", "/received", {}),
    ("POST", "/not-received", {"words": "not here"}),
    ("POST", "/complaints", {"kind": "fraudulent", "words": "a fake"}),
    ("POST", "/refunds", {"reason": "no"}),
    ("POST", "/returns", {"parcel": 1, "quantities": {"TEA": 1}, "reason": "no"}),
    ("PUT", f"/returns/{uuid4()}/tracking", {"carrier": "Ninja Van", "number": "NV-1234"}),
]


async def test_another_buyer_s_order_is_as_unknown_as_one_that_is_not_there_and_stays_as_it_is(
    timed: Timed, seller: Seller
) -> None:
    _, buyer = await bought(timed, seller)
    stranger = await timed.shop()
    theirs = [await seller.place(buyer=person()), await stranger.place(buyer=person())]

    answers = [
        await buyer.post(f"/v1/buyer/orders/{order_id}{path}", body, method=method)
        for method, path, body in DOORS
        for order_id in (theirs[0]["id"], theirs[1]["id"], str(uuid4()))
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert {json.dumps(answer.json()) for answer in answers} == {
        json.dumps({"title": "unknown order", "status": 404, "detail": "You have no order with that id."})
    }
    assert [await seller.order(theirs[0]["id"]), await stranger.order(theirs[1]["id"])] == theirs


# --- what a buyer does -----------------------------------------------------------------------------------------------


async def test_r10_a_buyer_sends_an_own_order_elsewhere(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)

    order = await buyer.act(order_id, "address", address=ELSEWHERE)

    assert order["address"]["lines"] == ["9 Other Road"]
    assert [(one["kind"], one["state"], one["by"]) for one in order["requests"]] == [("address", "applied", "buyer")]
    [change] = (await seller.get(f"/v1/orders/{order_id}/address-changes")).json()["changes"]
    assert (change["by"], change["before"]["lines"], change["after"]["lines"]) == (
        "buyer",
        ["1 Example Road"],
        ["9 Other Road"],
    )
    wrong = await buyer.post(f"/v1/buyer/orders/{order_id}/address", {"address": {**ELSEWHERE, "postcode": "SW1A 1AA"}})
    assert [error["field"] for error in wrong.json()["errors"]] == ["address.postcode"]


async def test_r10_a_buyer_is_refused_once_it_is_shipped_and_sees_that(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)
    await seller.ship(order_id, f"NV{uuid4().hex[:8]}")

    answer = await buyer.post(f"/v1/buyer/orders/{order_id}/address", {"address": ELSEWHERE})

    assert (answer.status_code, answer.json()["order_status"], answer.json()["possible"]) == (409, "shipped", [])
    order = await buyer.order(order_id)
    assert order["address"]["lines"] == ["1 Example Road"]
    assert [(one["kind"], one["state"], one["reason"]) for one in order["requests"]] == [
        ("address", "refused", answer.json()["detail"])
    ]


async def test_r11_less_is_ordered_at_once_with_the_refund_due_and_stock_free(timed: Timed, seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5, TEA=5)
    order_id, buyer = await bought(timed, seller)

    order = await buyer.act(order_id, "lines", quantities={"MUG-BLUE": 1, "TEA": 0})

    assert [(one["sku"], one["quantity"]) for one in order["lines"]] == [("MUG-BLUE", 1)]
    assert (order["total"], order["items"]) == ("14.50", "12.50")
    assert [(one["cause"], one["amount"], one["state"]) for one in order["refunds"]] == [("modified", "17.50", "due")]
    assert [(one["kind"], one["state"], one["by"]) for one in order["requests"]] == [("lines", "applied", "buyer")]
    rows = (await seller.get("/v1/stock")).json()["stock"]
    assert {row["sku"]: row["reserved"] for row in rows} == {"MUG-BLUE": 1, "TEA": 0}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"quantities": {"MUG-BLUE": 3}}, ["quantities.MUG-BLUE"]),
        ({"quantities": {"GIFT": 1}}, ["quantities.GIFT"]),
        ({"quantities": {"GIFT": 0}}, ["quantities.GIFT"]),
        ({"quantities": {}}, ["quantities"]),
        ({"quantities": {"MUG-BLUE": 2, "TEA": 1}}, ["quantities"]),
        ({}, ["quantities"]),
        ({"quantities": {"TEA": 0}, "wish": "a red one"}, ["wish"]),
        ({"quantities": {"MUG-BLUE": -1}}, ["quantities.MUG-BLUE"]),
    ],
)
async def test_r11_only_less_is_had_at_once(
    timed: Timed, seller: Seller, body: dict[str, Any], fields: list[str]
) -> None:
    order_id, buyer = await bought(timed, seller)

    answer = await buyer.post(f"/v1/buyer/orders/{order_id}/lines", body)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, fields), answer.text
    assert (await seller.order(order_id))["version"] == 1


async def test_r11_nothing_at_all_is_a_cancellation(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)

    answer = await buyer.post(f"/v1/buyer/orders/{order_id}/lines", {"quantities": {"MUG-BLUE": 0, "TEA": 0}})

    assert (answer.status_code, "cancel" in answer.json()["detail"]) == (409, True)


async def test_r11_a_wish_is_answered_by_the_shop_with_what_is_ordered_from_now_on(
    timed: Timed, seller: Seller
) -> None:
    order_id, buyer = await bought(timed, seller)
    wished = await buyer.act(order_id, "lines", wish="The mugs in red, please.\nAnd three of them.")
    [request] = wished["requests"]
    assert (request["kind"], request["state"], request["words"]) == (
        "lines",
        "requested",
        "The mugs in red, please.\nAnd three of them.",
    )
    bare = await seller.post(f"/v1/orders/{order_id}/requests/{request['id']}/approve", {})
    red = {"sku": "MUG-RED", "title": "Red mug", "quantity": 3, "unit_price": "12.50"}

    await seller.act(order_id, f"requests/{request['id']}/approve", lines=[red], paid="12.50")

    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "lines")
    order = await buyer.order(order_id)
    assert [(one["sku"], one["quantity"]) for one in order["lines"]] == [("MUG-RED", 3)]
    assert [(one["kind"], one["state"]) for one in order["requests"]] == [("lines", "applied")]
    assert order["total"] == "39.50"


async def test_r11_a_wish_that_is_refused_says_why(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)
    [request] = (await buyer.act(order_id, "lines", wish="in gold"))["requests"]

    await seller.act(order_id, f"requests/{request['id']}/refuse", reason="There is none in gold.")

    [kept] = (await buyer.order(order_id))["requests"]
    assert (kept["state"], kept["reason"]) == ("refused", "There is none in gold.")


async def test_r11_after_the_window_the_buyer_is_refused_and_sees_that(timed: Timed, seller: Seller) -> None:
    order = await seller.place(buyer=person())
    timed.clock.advance(hours=24)
    buyer = await let_in(timed.running.http, timed.broker, order["id"])

    answers = [
        await buyer.post(f"/v1/buyer/orders/{order['id']}/lines", body)
        for body in ({"quantities": {"TEA": 0}}, {"wish": "a red one"})
    ]

    assert [(answer.status_code, answer.json()["order_status"]) for answer in answers] == [(409, "placed")] * 2
    assert [one["state"] for one in (await buyer.order(order["id"]))["requests"]] == ["refused", "refused"]


async def test_r25_a_buyer_cancels_freely_before_it_is_packed(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)
    await seller.act(order_id, "confirm")

    order = await buyer.act(order_id, "cancel", reason="changed my mind")

    assert (order["tracking"]["status"], [one["state"] for one in order["refunds"]]) == ("Cancelled", ["due"])


async def test_r25_a_buyer_asks_to_cancel_what_is_packed_and_is_refused_what_is_shipped(
    timed: Timed, seller: Seller
) -> None:
    order_id, buyer = await bought(timed, seller)
    await seller.act(order_id, "confirm")
    await seller.pack(order_id)

    order = await buyer.act(order_id, "cancel", reason="changed my mind")
    again = await buyer.act(order_id, "cancel", reason="changed my mind, really")
    await seller.act(order_id, "parcels/1/handover", carrier="Ninja Van", number=f"NV{uuid4().hex[:8]}")
    await seller.act(order_id, "ship")
    late = await buyer.post(f"/v1/buyer/orders/{order_id}/cancel", {"reason": "no"})

    assert [(one["kind"], one["state"]) for one in order["requests"]] == [("cancellation", "requested")]
    assert again["requests"] == order["requests"]
    assert (late.status_code, late.json()["order_status"], late.json()["possible"]) == (409, "shipped", [])


async def test_r22_a_buyer_confirms_receipt_or_says_it_did_not_come(timed: Timed, seller: Seller) -> None:
    came, buyer = await bought(timed, seller)
    await seller.ship(came, f"NV{uuid4().hex[:8]}")
    early = (await seller.place(buyer=person()))["id"]
    not_yet = await (await let_in(timed.running.http, timed.broker, early)).post(f"/v1/buyer/orders/{early}/received")

    missed = await buyer.act(came, "not-received", parcel=1, words="It is not here.")
    confirmed = await buyer.act(came, "received")

    assert (not_yet.status_code, not_yet.json()["order_status"]) == (409, "placed")
    assert [(one["kind"], one["state"], one["parcel"]) for one in missed["complaints"]] == [("not_received", "open", 1)]
    assert confirmed["tracking"]["status"] == "Delivered"


async def test_r14_a_buyer_reads_what_the_shop_answers(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)
    await seller.ship(order_id, f"NV{uuid4().hex[:8]}")
    [one] = (await buyer.act(order_id, "complaints", kind="empty", parcel=1, words="Nothing in it."))["complaints"]

    await seller.act(order_id, f"complaints/{one['id']}/answer", words="We look into it.")

    [kept] = (await buyer.order(order_id))["complaints"]
    assert (kept["kind"], kept["state"], kept["words"], kept["answer"]) == (
        "empty",
        "answered",
        "Nothing in it.",
        "We look into it.",
    )


async def test_r12_a_buyer_sends_something_back(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)
    await seller.ship(order_id, f"NV{uuid4().hex[:8]}")
    await buyer.act(order_id, "received")
    [one] = (await buyer.act(order_id, "returns", parcel=1, quantities={"TEA": 1}, reason="too bitter"))["returns"]
    await seller.act(order_id, f"returns/{one['id']}/approve", instructions="In its own box.")
    number = f"NV{uuid4().hex[:8]}".upper()

    sent = await buyer.act(order_id, f"returns/{one['id']}/tracking", method="PUT", carrier="Ninja Van", number=number)

    [shown] = sent["returns"]
    assert (shown["status"], shown["instructions"], shown["carrier"], shown["tracking_number"]) == (
        "expected",
        "In its own box.",
        "ninjavan",
        number,
    )
    await timed.broker.say(reported(number, "in_transit", timed.clock.now))
    await timed.running.quiet()
    assert (await buyer.order(order_id))["returns"][0]["status"] == "in_transit"


async def test_r13_a_refund_is_asked_for_only_where_something_went_wrong(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)
    number = f"NV{uuid4().hex[:8]}".upper()
    await seller.ship(order_id, number)
    early = await buyer.post(f"/v1/buyer/orders/{order_id}/refunds", {"reason": "no"})
    await timed.broker.say(reported(number, "lost", timed.clock.now))
    await timed.running.quiet()

    order = await buyer.act(order_id, "refunds", reason="it is lost")

    assert (early.status_code, early.json()["order_status"]) == (409, "shipped")
    assert [(one["cause"], one["amount"], one["state"]) for one in order["refunds"]] == [
        ("request", "32.00", "requested")
    ]


# --- done once -------------------------------------------------------------------------------------------------------


async def test_what_a_buyer_asks_for_is_done_once_however_often_it_is_sent(timed: Timed, seller: Seller) -> None:
    order_id, buyer = await bought(timed, seller)
    path, body, key = f"/v1/buyer/orders/{order_id}/complaints", {"kind": "fraudulent", "words": "a fake"}, uuid4().hex

    answers = await asyncio.gather(*(buyer.post(path, body, key=key) for _ in range(5)))
    other = await buyer.post(path, {**body, "words": "a real fake"}, key=key)

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert (other.status_code, [error["field"] for error in other.json()["errors"]]) == (422, ["Idempotency-Key"])
    assert len((await buyer.order(order_id))["complaints"]) == 1


async def test_a_buyer_s_request_without_a_key_is_refused(
    timed: Timed, seller: Seller, http: httpx.AsyncClient
) -> None:
    order_id, buyer = await bought(timed, seller)

    answer = await http.post(
        f"/v1/buyer/orders/{order_id}/cancel",
        json={"reason": "no"},
        headers={"authorization": f"Bearer {buyer.token}"},
    )

    assert (answer.status_code, answer.json()["title"]) == (400, "no Idempotency-Key")


async def test_a_shop_and_its_buyers_may_all_choose_the_same_key(timed: Timed, seller: Seller) -> None:
    (mine, buyer), (theirs, other) = await bought(timed, seller), await bought(timed, seller)
    body = {"kind": "fraudulent", "words": "a fake"}

    answers = [
        await seller.post(f"/v1/orders/{mine}/complaints", body, key="1"),
        await buyer.post(f"/v1/buyer/orders/{mine}/complaints", body, key="1"),
        await other.post(f"/v1/buyer/orders/{theirs}/complaints", body, key="1"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [len((await seller.order(one))["complaints"]) for one in (mine, theirs)] == [2, 1]
