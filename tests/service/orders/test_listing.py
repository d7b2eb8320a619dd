"""Listing and searching orders (R16): every filter, pages that are stable, and nobody else's orders."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from contracts.deadlines.v1 import DeadlineAhead, DeadlineKind, DeadlinesSet, OrderAhead
from contracts.orders.v1 import Badge, Fulfilment, OrderStatus
from orders.listing.deadlines import deadlines_ahead_of, keep
from orders.listing.forgetting import forget_search_of_orders
from service.orders.conftest import Api
from support.listing import NOON, Given, some_orders, write
from support.selling import Seller
from support.waiting import eventually

Orders = tuple[Seller, list[Given]]


@pytest.fixture(scope="module")
async def listed(api: Api) -> Orders:
    """A shop with orders of every kind; another has as many."""
    seller, other = await api.shop(), await api.shop()
    orders = some_orders(seed=16, count=90)
    await write(api.running.pool, seller.shop_id, orders)
    await write(api.running.pool, other.shop_id, some_orders(seed=17, count=90))
    return seller, orders


async def pages(seller: Seller, limit: int = 7, **query: Any) -> AsyncIterator[list[Any]]:
    """Turn the pages of a list."""
    cursor: dict[str, str] = {}
    while True:
        answer = await seller.get("/v1/orders", limit=limit, **query, **cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page["orders"]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


async def numbers(seller: Seller, **query: Any) -> list[str]:
    """Give the numbers of a whole list."""
    return [order["number"] async for page in pages(seller, **query) for order in page]


def newest_first(orders: list[Given]) -> list[str]:
    """Give the numbers of orders as a list has them."""
    return [one.number for one in sorted(orders, key=lambda one: (one.placed_at, one.id), reverse=True)]


# --- what a list shows ---------------------------------------------------------------------------------------------


async def test_a_list_shows_what_it_takes_to_go_on_working(seller: Seller) -> None:
    two = [{"lines": [{"sku": "MUG-BLUE", "quantity": 2}]}, {"lines": [{"sku": "TEA", "quantity": 1}]}]
    order = await seller.place(number="TT-500", parcels=two, promised_at="2027-01-01T00:00:00+08:00")
    await seller.act(order["id"], "confirm")
    await seller.pack(order["id"])
    await seller.bind(order["id"], "NV 500-1")
    await seller.bind(order["id"], "JT5002", carrier="J&T Express", parcel=2)

    [shown] = (await seller.get("/v1/orders")).json()["orders"]

    placed_at = shown.pop("placed_at")
    assert placed_at.endswith("Z")
    assert datetime.fromisoformat(placed_at).tzinfo is not None
    assert shown == {
        "id": order["id"],
        "number": "TT-500",
        "version": (await seller.order(order["id"]))["version"],
        "status": "processed",
        "shown_status": "Processed",
        "badge": None,
        "fulfilment": "ship_by_seller",
        "carriers": ["jtexpress", "ninjavan"],
        "tracking_numbers": ["NV5001", "JT5002"],
        "bought_at": None,
        "promised_at": "2026-12-31T16:00:00Z",
        "shipped_at": None,
        "total": "32.00",
        "currency": "SGD",
        "parcels": {"total": 2, "delivered": 0},
        "next_deadline": None,
    }


async def test_a_parcel_that_the_buyer_has_counts_as_delivered(seller: Seller) -> None:
    two = [{"lines": [{"sku": "MUG-BLUE", "quantity": 2}]}, {"lines": [{"sku": "TEA", "quantity": 1}]}]
    order = await seller.place(parcels=two)
    await seller.act(order["id"], "confirm")
    await seller.pack(order["id"])
    await seller.bind(order["id"], f"NV{uuid4().hex[:8]}")
    await seller.bind(order["id"], f"NV{uuid4().hex[:8]}", parcel=2)
    await seller.act(order["id"], "ship")
    await seller.act(order["id"], "received", parcels=[1])

    [shown] = (await seller.get("/v1/orders")).json()["orders"]

    assert shown["parcels"] == {"total": 2, "delivered": 1}


# --- every filter, against plain Python -----------------------------------------------------------------------------

SOON = NOON + timedelta(hours=12)

FILTERS: list[tuple[dict[str, Any], Callable[[Given], bool]]] = [
    ({}, lambda _: True),
    *(({"status": status}, lambda one, s=status: one.status is s) for status in OrderStatus),
    ({"status": ["placed", "returned"]}, lambda one: one.status in ("placed", "returned")),
    *(({"badge": badge}, lambda one, b=badge: one.badge is b) for badge in Badge),
    *(({"fulfilment": kind}, lambda one, k=kind: one.fulfilment is k) for kind in Fulfilment),
    ({"carrier": "Ninja Van"}, lambda one: "ninjavan" in one.carriers),
    ({"carrier": "spx"}, lambda one: "spx" in one.carriers),
    ({"carrier": "nobody"}, lambda _: False),
    ({"placed_from": SOON.isoformat()}, lambda one: one.placed_at >= SOON),
    ({"placed_to": SOON.isoformat()}, lambda one: one.placed_at < SOON),
    (
        {"placed_from": "2026-03-02T22:00:00+08:00", "placed_to": "2026-03-02T18:00:00Z"},
        lambda one: NOON + timedelta(hours=2) <= one.placed_at < NOON + timedelta(hours=6),
    ),
    ({"due_before": SOON.isoformat()}, lambda one: one.due_at is not None and one.due_at < SOON),
    ({"number": "TT-1007"}, lambda one: one.number == "TT-1007"),
    ({"number": "TT-100"}, lambda _: False),
    ({"text": "mei"}, lambda one: one.has("mei")),
    ({"text": "MEI TA"}, lambda one: one.has("mei ta")),
    ({"text": "tan mei"}, lambda one: one.name == "Mei Tan"),
    ({"text": "李"}, lambda one: one.name == "李 明"),
    ({"text": "müll"}, lambda one: one.name == "José Müller"),
    ({"text": "buyer3@example.com"}, lambda one: one.email == "buyer3@example.com"),
    ({"text": "TT-1007"}, lambda one: one.number == "TT-1007"),
    ({"text": "tt-100"}, lambda one: one.number.startswith("TT-100")),
    ({"text": "sku-4"}, lambda one: one.sku == "SKU-4"),
    ({"text": "blue mug"}, lambda one: one.title == "Blue mug"),
    ({"text": "blue"}, lambda one: "lue" in one.title),
    ({"text": "NV1"}, lambda one: one.has("nv1")),
    ({"text": "nothing"}, lambda _: False),
    ({"text": "lue"}, lambda _: False),
    (
        {"status": "shipped", "carrier": "spx", "fulfilment": "ship_by_seller"},
        lambda one: one.status == "shipped" and "spx" in one.carriers and one.fulfilment == "ship_by_seller",
    ),
    (
        {"carrier": "jtexpress", "due_before": SOON.isoformat(), "placed_from": SOON.isoformat()},
        lambda one: "jtexpress" in one.carriers and bool(one.due_at and one.due_at < SOON) and one.placed_at >= SOON,
    ),
    (
        {"badge": "lost", "text": "blue", "carrier": "ninjavan"},
        lambda one: one.badge == "lost" and one.has("blue") and "ninjavan" in one.carriers,
    ),
]


@pytest.mark.parametrize(("query", "wanted"), FILTERS, ids=lambda part: str(part) if isinstance(part, dict) else "")
async def test_each_filter_lists_the_orders_that_have_it_and_no_others(
    listed: Orders, query: dict[str, Any], wanted: Callable[[Given], bool]
) -> None:
    seller, orders = listed
    expected = newest_first([one for one in orders if wanted(one)])

    assert await numbers(seller, **query) == expected
    assert await numbers(seller, sort="placed", **query) == expected[::-1]


@pytest.mark.parametrize(("query", "wanted"), FILTERS, ids=lambda part: str(part) if isinstance(part, dict) else "")
async def test_each_filter_holds_where_the_soonest_deadline_comes_first(
    listed: Orders, query: dict[str, Any], wanted: Callable[[Given], bool]
) -> None:
    seller, orders = listed
    due = sorted((one.due_at, one.id, one.number) for one in orders if one.due_at is not None and wanted(one))

    assert await numbers(seller, sort="due", **query) == [number for _, _, number in due]


async def test_a_tracking_number_is_found_in_any_spelling_also_one_that_was_corrected(listed: Orders) -> None:
    seller, orders = listed
    now = next(one for one in orders if one.carriers)
    former = next(one for one in orders if one.former)

    for one, number in ((now, next(iter(now.carriers.values()))), (former, next(iter(former.former.values())))):
        spaced = f" {number[:3].lower()}-{number[3:]}"
        assert await numbers(seller, tracking_number=spaced) == [one.number]
    assert await numbers(seller, tracking_number="NV") == []


@pytest.mark.parametrize("most_sorted", [-1, 3])  # known to be common; counted, and too many
async def test_a_search_that_many_orders_answer_lists_the_same_orders(
    listed: Orders, monkeypatch: pytest.MonkeyPatch, most_sorted: int
) -> None:
    seller, orders = listed
    monkeypatch.setattr("orders.listing.pages.MOST_SORTED", most_sorted)

    assert await numbers(seller, text="blue") == newest_first([one for one in orders if one.has("blue")])
    assert (
        await numbers(seller, text="blue", carrier="spx", sort="placed")
        == newest_first([one for one in orders if one.has("blue") and "spx" in one.carriers])[::-1]
    )


async def test_a_carrier_that_was_corrected_has_the_order_no_longer(seller: Seller) -> None:
    order = await seller.place()
    await seller.bind(order["id"], f"NV{uuid4().hex[:8]}")
    await seller.bind(order["id"], f"JT{uuid4().hex[:8]}", carrier="J&T Express")

    assert await numbers(seller, carrier="ninjavan") == []
    assert await numbers(seller, carrier="j&t express") == [order["number"]]


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 89, 90, 200])
async def test_pages_of_any_size_hold_every_order_once(listed: Orders, limit: int) -> None:
    seller, orders = listed

    turned = [page async for page in pages(seller, limit=limit)]

    assert [order["number"] for page in turned for order in page] == newest_first(orders)
    assert all(len(page) == limit for page in turned[:-1])
    assert turned[-1]


@pytest.mark.parametrize("sort", ["-placed", "placed"])
async def test_orders_that_come_in_while_pages_are_turned_move_none(api: Api, sort: str) -> None:
    seller = await api.shop()
    before = some_orders(seed=3 if sort == "placed" else 33, count=40)
    later = [
        one
        for one in some_orders(seed=4 if sort == "placed" else 44, count=400)
        if one.number not in {other.number for other in before}
    ]
    await write(api.running.pool, seller.shop_id, before)

    seen: list[str] = []
    async for page in pages(seller, limit=3, sort=sort):
        seen += [order["number"] for order in page]
        some, later = later[:9], later[9:]  # at the same instants as the others: before, on and after the page
        await write(api.running.pool, seller.shop_id, some)

    first = {one.number for one in before}
    assert len(seen) == len(set(seen))
    assert [number for number in seen if number in first] == newest_first(before)[:: 1 if sort == "-placed" else -1]


async def test_a_page_holds_while_orders_are_placed_at_the_same_time(seller: Seller) -> None:
    first = [(await seller.place())["number"] for _ in range(10)]

    async def place_more() -> None:
        for _ in range(10):
            await seller.place()

    placing = asyncio.create_task(place_more())
    seen = await numbers(seller, limit=2)
    await placing

    assert len(seen) == len(set(seen))
    assert [number for number in seen if number in first] == first[::-1]


@pytest.mark.parametrize("change", [{"status": "placed"}, {"sort": "placed"}, {"sort": "due"}, {"text": "blue"}])
async def test_a_cursor_continues_only_the_list_that_gave_it(listed: Orders, change: dict[str, str]) -> None:
    seller, _ = listed
    cursor = (await seller.get("/v1/orders", limit=5)).json()["next"]

    assert (await seller.get("/v1/orders", limit=9, cursor=cursor)).status_code == 200
    answer = await seller.get("/v1/orders", limit=5, cursor=cursor, **change)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


async def test_a_cursor_of_another_shop_is_refused(listed: Orders, api: Api) -> None:
    cursor = (await listed[0].get("/v1/orders", limit=5)).json()["next"]

    answer = await (await api.shop()).get("/v1/orders", cursor=cursor)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


async def test_a_cursor_stands_in_a_url_as_it_is(listed: Orders) -> None:
    cursor = (await listed[0].get("/v1/orders", limit=5)).json()["next"]

    assert quote(cursor, safe="") == cursor


# --- what is asked wrongly ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"colour": "canary"}, "colour"),
        ({"status": ["placed", "canary"]}, "status"),
        ({"badge": "canary"}, "badge"),
        ({"fulfilment": "canary"}, "fulfilment"),
        ({"sort": "canary"}, "sort"),
        ({"placed_from": "canary"}, "placed_from"),
        ({"placed_to": "2026-03-01T00:00:00"}, "placed_to"),
        ({"due_before": "0001-01-01T00:00:00+14:00"}, "due_before"),
        ({"carrier": ""}, "carrier"),
        ({"number": "canary\x00"}, "number"),
        ({"text": "canary\x1f"}, "text"),
        ({"text": "c" * 201}, "text"),
        ({"text": "-- '!"}, "text"),
        ({"text": "a b c d e f g h i j k"}, "text"),
        ({"cursor": "=" * 20}, "cursor"),
        ({"cursor": ""}, "cursor"),
    ],
)
async def test_a_filter_that_cannot_be_is_named(seller: Seller, query: dict[str, Any], field: str) -> None:
    answer = await seller.get("/v1/orders", **query)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "canary" not in answer.text


@pytest.mark.parametrize("text", ["' | 'x", "a' & !b:*", "x:*", "\\", "%", "(mei)", "mei\\", "<->", "'mei'"])
async def test_what_has_a_meaning_to_the_database_is_only_text(seller: Seller, text: str) -> None:
    order = await seller.place()

    answer = await seller.get("/v1/orders", text=text)

    assert answer.status_code in (200, 422)
    if "mei" in text:
        assert [one["id"] for one in answer.json()["orders"]] == [order["id"]]
    elif answer.status_code == 200:
        assert answer.json()["orders"] == []


# --- walls ----------------------------------------------------------------------------------------------------------


async def test_no_filter_finds_an_order_of_another_shop(api: Api) -> None:
    owner, other = await api.shop(), await api.shop()
    [order] = [one for one in some_orders(seed=5, count=50) if one.carriers and one.due_at and one.badge][:1]
    await write(api.running.pool, owner.shop_id, [order])
    tracking_number = next(iter(order.carriers.values()))
    queries: list[dict[str, Any]] = [
        {},
        {"status": order.status},
        {"badge": order.badge},
        {"carrier": next(iter(order.carriers))},
        {"fulfilment": order.fulfilment},
        {"placed_from": order.placed_at.isoformat()},
        {"due_before": (NOON + timedelta(days=9)).isoformat()},
        {"tracking_number": tracking_number},
        {"number": order.number},
        {"text": order.email},
        {"sort": "due"},
    ]

    for query in queries:
        assert await numbers(owner, **query) == [order.number], query
        assert await numbers(other, **query) == [], query
    for path in ("/v1/orders/export", "/v1/orders"):
        assert order.number not in (await other.get(path)).text


# --- what is ahead --------------------------------------------------------------------------------------------------


def said(*orders: tuple[str, int, list[tuple[DeadlineKind, int]]]) -> DeadlinesSet:
    """Say what is ahead of orders: (order, version, [(kind, hours from noon)])."""
    return DeadlinesSet(
        event_id=uuid4(),
        occurred_at=NOON,
        orders=[
            OrderAhead(
                order_id=UUID(order_id),
                order_version=version,
                ahead=[
                    DeadlineAhead(kind=kind, rule="D4", parcel=1, due_at=NOON + timedelta(hours=hours))
                    for kind, hours in ahead
                ],
            )
            for order_id, version, ahead in orders
        ],
    )


async def ahead_of(api: Api, order_id: str) -> list[tuple[str, datetime]] | None:
    """Give what is ahead of an order, as it is kept."""
    found = await deadlines_ahead_of(api.running.pool, [UUID(order_id)])
    ahead = found.get(UUID(order_id))
    return None if ahead is None else [(one.kind, one.due_at) for one in ahead]


K = DeadlineKind


async def test_what_the_watcher_says_is_shown_and_listed_by(api: Api) -> None:
    seller = await api.shop()
    late, soon, none = [await seller.place() for _ in range(3)]
    await api.broker.say(said((late["id"], 1, [(K.ACKNOWLEDGMENT, 30), (K.TRACKING_UPDATE, 40)])))
    await api.broker.say(said((soon["id"], 1, [(K.TRACKING_UPDATE, 20), (K.ACKNOWLEDGMENT, 10)]), (none["id"], 1, [])))

    async def is_known() -> bool:
        return await ahead_of(api, none["id"]) == []

    await eventually(is_known)
    [shown] = (await seller.get("/v1/orders", number=soon["number"])).json()["orders"]

    assert shown["next_deadline"] == {
        "kind": "acknowledgment",
        "rule": "D4",
        "parcel": 1,
        "due_at": "2026-03-02T22:00:00Z",
    }
    assert await numbers(seller, sort="due") == [soon["number"], late["number"]]
    assert await numbers(seller, due_before="2026-03-02T22:00:00Z") == []
    assert await numbers(seller, due_before="2026-03-02T22:00:01Z") == [soon["number"]]


async def test_what_is_ahead_is_replaced_whole_by_a_newer_version_and_by_no_older_one(api: Api) -> None:
    seller = await api.shop()
    order = await seller.place()
    for version, ahead, kept in (
        (2, [(K.TRACKING_UPDATE, 40), (K.ACKNOWLEDGMENT, 30)], [("acknowledgment", 30), ("tracking_update", 40)]),
        (4, [(K.CLOSING, 50)], [("closing", 50)]),
        (3, [(K.ACKNOWLEDGMENT, 1)], [("closing", 50)]),
        (4, [(K.ACKNOWLEDGMENT, 2)], [("closing", 50)]),
        (5, [], []),
        (4, [(K.ACKNOWLEDGMENT, 3)], []),
    ):
        marker = await seller.place()
        await api.broker.say(said((order["id"], version, ahead)))
        await api.broker.say(said((marker["id"], 1, [])))

        async def is_known(marker: Any = marker) -> bool:
            return await ahead_of(api, marker["id"]) == []

        await eventually(is_known)
        assert await ahead_of(api, order["id"]) == [(kind, NOON + timedelta(hours=hours)) for kind, hours in kept]
    assert await numbers(seller, sort="due") == []


async def test_of_what_comes_together_the_newest_version_stays(api: Api) -> None:
    seller = await api.shop()
    order = await seller.place()
    async with api.running.service.transaction() as tx:
        await keep(
            tx,
            [
                said((order["id"], 3, [(K.ACKNOWLEDGMENT, 3)])),
                said((order["id"], 7, [(K.ACKNOWLEDGMENT, 7)]), (order["id"], 5, [(K.ACKNOWLEDGMENT, 5)])),
            ],
        )

    assert await ahead_of(api, order["id"]) == [("acknowledgment", NOON + timedelta(hours=7))]


async def test_news_of_an_order_that_nobody_knows_is_dropped(api: Api) -> None:
    seller = await api.shop()
    marker, nobody = await seller.place(), str(uuid4())
    await api.broker.say(said((nobody, 1, [(K.ACKNOWLEDGMENT, 1)]), (marker["id"], 1, [])))

    async def is_known() -> bool:
        return await ahead_of(api, marker["id"]) == []

    await eventually(is_known)

    assert await ahead_of(api, nobody) is None


# --- erasure --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "erase",
    [
        "UPDATE buyers SET name = 'erased', email = 'erased' WHERE order_id = $1",
        "DELETE FROM buyers WHERE order_id = $1",
    ],
)
async def test_a_buyer_who_was_erased_is_found_by_no_word_and_the_order_by_its_own(api: Api, erase: str) -> None:
    seller = await api.shop()
    order = await seller.place()
    assert await numbers(seller, text="mei@example.com") == [order["number"]]

    await api.running.pool.execute(erase, UUID(order["id"]))

    for text in ("mei", "tan", "mei@example.com", "example"):
        assert await numbers(seller, text=text) == []
    assert await numbers(seller, text=order["number"]) == [order["number"]]
    words = await api.running.pool.fetchval(
        "SELECT words::text FROM order_search WHERE order_id = $1", UUID(order["id"])
    )
    assert "mei" not in words


async def test_forgetting_the_search_leaves_what_the_rows_still_say(api: Api) -> None:
    seller = await api.shop()
    order = await seller.place()
    order_id = UUID(order["id"])
    words = "SELECT words::text FROM order_search WHERE order_id = $1"
    before = await api.running.pool.fetchval(words, order_id)
    async with api.running.service.transaction() as tx:
        await tx.connection.execute("UPDATE order_search SET words = 'left:1' WHERE order_id = $1", order_id)
        await forget_search_of_orders(tx, [order_id])

    assert await api.running.pool.fetchval(words, order_id) == before


async def test_goods_that_changed_are_found_by_their_new_words(api: Api) -> None:
    seller = await api.shop()
    order = await seller.place()
    goods = '[{"sku": "CUP", "title": "Green cup", "quantity": 1, "unit_price": "5"}]'
    await api.running.pool.execute("UPDATE orders SET lines = $2::text::jsonb WHERE id = $1", UUID(order["id"]), goods)

    assert await numbers(seller, text="green") == [order["number"]]
    assert await numbers(seller, text="mug") == []


# --- export ---------------------------------------------------------------------------------------------------------


async def test_a_list_is_exported_whole_with_the_same_filters_and_order(listed: Orders) -> None:
    seller, orders = listed
    blue = [one for one in orders if one.has("blue")]

    answer = await seller.get("/v1/orders/export", text="blue", sort="placed")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [line["number"] for line in lines] == newest_first(blue)[::-1]


async def test_an_export_of_more_than_one_page_misses_none(api: Api) -> None:
    seller = await api.shop()
    orders = some_orders(seed=8, count=1001)
    await write(api.running.pool, seller.shop_id, orders)

    answer = await seller.get("/v1/orders/export")

    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [line["number"] for line in lines] == newest_first(orders)


async def test_an_export_with_a_filter_that_cannot_be_is_refused_before_a_line_is_sent(seller: Seller) -> None:
    for query in ({"text": "--"}, {"colour": "blue"}, {"limit": 5}):
        assert (await seller.get("/v1/orders/export", **query)).status_code == 422


async def test_nobody_lists_or_exports_without_a_key(api: Api) -> None:
    for path in ("/v1/orders", "/v1/orders/export"):
        assert (await api.running.http.get(path)).status_code == 401
