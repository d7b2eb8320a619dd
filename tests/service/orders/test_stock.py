"""Stock (R2, R11, R12, R21): reserved at placement, given back or gone, counted, and never twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.vocabulary import ScanStatus
from orders import store
from orders.life.commands import Cancel
from orders.life.decide import act
from orders.stock import booking
from service.orders.conftest import Api
from support.scans import reported
from support.selling import Seller
from support.stocking import add, recommended, stock


async def levels(seller: Seller, sku: str = "MUG-BLUE") -> dict[str, tuple[int, int]]:
    """Give (on hand, reserved) of a SKU by the name of the location; what is available is the difference."""
    rows = (await seller.get("/v1/stock", sku=sku)).json()["stock"]
    assert all(row["available"] == row["on_hand"] - row["reserved"] for row in rows)
    return {row["location"]: (row["on_hand"], row["reserved"]) for row in rows}


async def ledger(seller: Seller, sku: str = "MUG-BLUE") -> list[tuple[str, int, str]]:
    """Give the moves of a SKU, oldest first."""
    rows = (await seller.get(f"/v1/stock/{sku}/ledger")).json()["ledger"]
    return [(row["kind"], row["quantity"], row["why"]) for row in reversed(rows)]


async def state(seller: Seller, order_id: str) -> dict[str, str]:
    return {one["sku"]: one["state"] for one in (await recommended(seller, order_id))["stock"]}


async def send_file(seller: Seller, location: Any, text: str, content_type: str = "text/csv") -> Any:
    headers = {**seller.headers, "idempotency-key": uuid4().hex, "content-type": content_type}
    return await seller.http.post(f"/v1/locations/{location['id']}/stock/import", content=text, headers=headers)


async def test_r2_an_order_reserves_its_items_when_it_is_placed(seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5)

    order = await seller.place()

    assert await levels(seller) == {"Main": (5, 2)}
    assert await ledger(seller) == [("count", 5, "stock-taking"), ("reserve", 2, "order placed")]
    assert await state(seller, order["id"]) == {"MUG-BLUE": "reserved"}  # nobody counts the tea


async def test_a_shop_that_counts_nothing_is_never_refused(seller: Seller) -> None:
    await add(seller)
    order = await seller.place()

    assert (await seller.act(order["id"], "confirm"))["status"] == "confirmed"
    assert (await seller.get("/v1/stock")).json() == {"stock": [], "next": None}


async def test_r2_a_confirmation_that_cannot_be_filled_is_refused_with_the_way_to_cancel(seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=1, TEA=5)
    order = await seller.place()
    assert await state(seller, order["id"]) == {"MUG-BLUE": "short", "TEA": "short"}

    answer = await seller.post(f"/v1/orders/{order['id']}/confirm")

    problem = answer.json()
    assert (answer.status_code, problem["possible"], problem["order_status"]) == (409, ["cancel"], "placed")
    assert problem["detail"] == (
        "cannot be filled: SKU MUG-BLUE: 1 of 2 in stock; cancel the order, or add stock and confirm again"
    )
    assert (await levels(seller), await levels(seller, "TEA")) == ({"Main": (1, 0)}, {"Main": (5, 0)})
    after = await seller.order(order["id"])
    assert (after["status"], after["version"]) == ("placed", 1)
    assert after["history"][-1]["cause"] == {"refused": problem["detail"]}
    assert (await seller.act(order["id"], "cancel", by="seller", reason="no stock"))["status"] == "cancelled"
    assert await state(seller, order["id"]) == {"MUG-BLUE": "released", "TEA": "released"}


async def test_r2_stock_that_came_since_is_reserved_by_the_confirmation(seller: Seller) -> None:
    main = await add(seller)
    await stock(seller, main, MUG_BLUE=1)
    order = await seller.place()
    await stock(seller, main, MUG_BLUE=2)

    assert (await seller.act(order["id"], "confirm"))["status"] == "confirmed"

    assert await levels(seller) == {"Main": (2, 2)}
    assert (await ledger(seller))[-1] == ("reserve", 2, "order confirmed")
    assert (await seller.act(order["id"], "confirm"))["status"] == "confirmed"
    assert await levels(seller) == {"Main": (2, 2)}


async def test_what_is_counted_since_an_order_was_placed_is_asked_for_at_its_confirmation(seller: Seller) -> None:
    order = await seller.place()
    await stock(seller, await add(seller), MUG_BLUE=1)

    assert (await seller.post(f"/v1/orders/{order['id']}/confirm")).status_code == 409


async def test_where_several_locations_are_short_the_refusal_says_of_which_it_speaks(seller: Seller) -> None:
    await stock(seller, await add(seller, name="Abroad", region="SG-60"), MUG_BLUE=1)
    await stock(seller, await add(seller, name="Near"), MUG_BLUE=1)
    order = await seller.place()

    problem = (await seller.post(f"/v1/orders/{order['id']}/confirm")).json()

    assert "SKU MUG-BLUE: 1 of 2 in stock at Near;" in problem["detail"]


async def test_r2_a_cancellation_gives_back_what_never_left(seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=2)
    order = await seller.place()
    await seller.act(order["id"], "confirm")

    for _ in range(2):
        await seller.act(order["id"], "cancel", by="seller", reason="asked")

    assert await levels(seller) == {"Main": (2, 0)}
    assert (await ledger(seller))[1:] == [("reserve", 2, "order placed"), ("release", 2, "order cancelled")]


async def test_goods_leave_when_the_order_is_shipped_and_only_once(api: Api, seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5)
    order = await seller.place()

    await seller.ship(order["id"], "NV-STOCK-1")
    assert await levels(seller) == {"Main": (3, 0)}
    await scanned(api, "NVSTOCK1", ScanStatus.IN_TRANSIT, ScanStatus.DELIVERED)

    assert (await seller.order(order["id"]))["status"] == "delivered"
    assert await levels(seller) == {"Main": (3, 0)}
    assert await state(seller, order["id"]) == {"MUG-BLUE": "dispatched"}


async def scanned(api: Api, number: str, *statuses: ScanStatus) -> None:
    """Have a carrier scan a parcel now, and wait until that is judged."""
    start = api.running.service.clock.now()
    for n, status in enumerate(statuses):
        await api.broker.say(reported(number, status, start + timedelta(seconds=n)))
    await api.running.quiet()


async def test_r2_what_a_carrier_collected_does_not_come_back_by_a_cancellation(api: Api, seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5)
    order = await seller.place()
    await seller.act(order["id"], "confirm")
    await seller.pack(order["id"])
    await seller.bind(order["id"], "NV-STOCK-2")
    await scanned(api, "NVSTOCK2", ScanStatus.PICKED_UP)

    cancelled = await seller.act(order["id"], "cancel", by="seller", reason="asked")

    assert cancelled["status"] == "cancelled"
    assert await levels(seller) == {"Main": (3, 0)}


async def test_r12_a_return_that_comes_back_intact_is_in_stock_again(api: Api, seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5)
    order = await seller.place()
    await seller.ship(order["id"], "NV-STOCK-3")
    order_id = UUID(order["id"])

    for _ in range(2):  # the second brings one more than left
        async with api.running.service.transaction() as tx:
            held = (await store.load(tx.connection, [order_id], lock=True))[order_id]
            back = [("MUG-BLUE", 1), ("TEA", 1)]
            await booking.apply(tx, [(held, held)], [(held, back), (held, back)])

    assert await levels(seller) == {"Main": (5, 0)}
    assert (await ledger(seller))[-1] == ("check_in", 1, "return checked in")


async def test_r11_a_modification_moves_stock_with_it_and_says_what_it_lacks(api: Api, seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=2, MUG_RED=1)
    order_id = UUID((await seller.place())["id"])

    async with api.running.service.transaction() as tx:
        before = (await store.load(tx.connection, [order_id], lock=True))[order_id]
        two, one = (
            replace(before, lines=(replace(before.lines[0], sku="MUG-RED", quantity=n), *before.lines[1:]))
            for n in (2, 1)
        )
        assert await booking.missing(tx, before, two.lines) == ("SKU MUG-RED: 1 of 2 in stock",)
        assert await booking.missing(tx, before, one.lines) == ()
        await booking.apply(tx, [(before, one)])

    assert (await levels(seller), await levels(seller, "MUG-RED")) == ({"Main": (2, 0)}, {"Main": (1, 1)})
    assert (await ledger(seller))[-1] == ("release", 2, "order changed")


async def test_of_concurrent_orders_for_the_last_item_exactly_one_gets_it(seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=2)

    orders = await asyncio.gather(*(seller.place() for _ in range(8)))
    confirmed = await asyncio.gather(*(seller.post(f"/v1/orders/{one['id']}/confirm") for one in orders))

    assert await levels(seller) == {"Main": (2, 2)}
    assert sorted(answer.status_code for answer in confirmed) == [200, *[409] * 7]
    assert (await ledger(seller))[1:] == [("reserve", 2, "order placed")]


async def test_a_cancellation_and_a_shipment_at_once_move_the_goods_once(seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=20)
    orders = [await seller.place() for _ in range(8)]
    for n, order in enumerate(orders):
        await seller.act(order["id"], "confirm")
        await seller.pack(order["id"])
        await seller.bind(order["id"], f"NV-RACE-{n}")

    await asyncio.gather(
        *(seller.post(f"/v1/orders/{one['id']}/ship") for one in orders),
        *(seller.post(f"/v1/orders/{one['id']}/cancel", {"by": "seller", "reason": "asked"}) for one in orders),
    )

    shipped = [one for one in orders if (await seller.order(one["id"]))["status"] == "shipped"]
    assert await levels(seller) == {"Main": (20 - 2 * len(shipped), 0)}


async def test_batches_that_touch_the_same_goods_do_not_block_each_other(api: Api, seller: Seller) -> None:
    """Two SKUs in opposite order, many times at once: no transaction is given up for a deadlock."""
    lines = [{"sku": sku, "title": sku, "quantity": 1, "unit_price": "1.00"} for sku in ("AAA", "ZZZ")]
    payment = {"method": "card", "prepaid": "0"}
    await stock(seller, await add(seller, name="One"), AAA=500, ZZZ=500)
    await stock(seller, await add(seller, name="Two"), AAA=500, ZZZ=500)
    placed = await asyncio.gather(
        *(seller.place(lines=lines[:: 1 if n % 2 else -1], payment=payment) for n in range(40))
    )
    ids = [UUID(one["id"]) for one in placed]

    async def cancel_some(some: list[UUID]) -> None:
        async with api.running.service.transaction() as tx:
            held = await store.load(tx.connection, some, lock=True)
            changes = [(held[key], act(held[key], Cancel("seller", "asked"), tx.now)) for key in some]
            await store.save(tx, changes)

    await asyncio.gather(*(cancel_some(ids[n::4][:: 1 if n % 2 else -1]) for n in range(4)))

    for sku in ("AAA", "ZZZ"):
        assert await levels(seller, sku) == {"One": (500, 0), "Two": (500, 0)}


async def test_the_ledger_adds_up_to_the_stock(api: Api, seller: Seller) -> None:
    main = await add(seller)
    await stock(seller, main, MUG_BLUE=9, TEA=9)
    first, second, third = [await seller.place() for _ in range(3)]
    await seller.ship(first["id"], "NV-STOCK-4")
    await seller.act(second["id"], "cancel", by="buyer", reason="asked")
    await seller.post(f"/v1/locations/{main['id']}/stock/TEA/adjust", {"delta": -2, "reason": "broken"})
    await stock(seller, main, MUG_BLUE=8)

    rows = await api.running.pool.fetch(
        """SELECT s.sku, s.on_hand, s.reserved,
            sum(CASE kind WHEN 'dispatch' THEN -quantity WHEN 'reserve' THEN 0 WHEN 'release' THEN 0
                ELSE quantity END) AS there,
            sum(CASE kind WHEN 'reserve' THEN quantity WHEN 'release' THEN -quantity WHEN 'dispatch' THEN -quantity
                ELSE 0 END) AS held
        FROM stock AS s JOIN stock_ledger AS l USING (shop_id, location_id, sku) WHERE s.shop_id = $1
        GROUP BY s.sku, s.on_hand, s.reserved""",
        UUID(seller.shop_id),
    )

    assert {row["sku"]: (row["on_hand"], row["reserved"]) for row in rows} == {"MUG-BLUE": (8, 2), "TEA": (6, 1)}
    assert all((row["there"], row["held"]) == (row["on_hand"], row["reserved"]) for row in rows)
    assert third["status"] == "placed"


async def test_a_count_is_the_truth_but_not_below_what_orders_hold(seller: Seller) -> None:
    main = await add(seller)
    await stock(seller, main, MUG_BLUE=5)
    await seller.place()
    path = f"/v1/locations/{main['id']}/stock/MUG-BLUE"

    low = await seller.post(path, {"on_hand": 1}, method="PUT")
    just = await seller.post(path, {"on_hand": 2}, method="PUT")

    assert (low.status_code, low.json()["reserved"]) == (409, 2)
    assert low.json()["detail"].startswith("2 of MUG-BLUE are reserved for orders")
    assert just.json() == {
        "sku": "MUG-BLUE",
        "location_id": main["id"],
        "on_hand": 2,
        "reserved": 2,
        "available": 0,
    }
    assert (await ledger(seller))[-1] == ("count", -3, "stock-taking")


async def test_a_correction_has_a_reason_and_leaves_what_orders_hold(seller: Seller) -> None:
    main = await add(seller)
    await stock(seller, main, MUG_BLUE=5)
    await seller.place()
    path = f"/v1/locations/{main['id']}/stock/MUG-BLUE/adjust"

    assert (await seller.post(path, {"delta": -4, "reason": "broken"})).status_code == 409
    assert (await seller.post(path, {"delta": -3, "reason": "broken"})).json()["available"] == 0
    assert (await seller.post(path, {"delta": -1})).status_code == 422
    assert (await seller.post(path, {"delta": 0, "reason": "nothing"})).json()["errors"][0]["field"] == "delta"
    unknown = await seller.post(f"/v1/locations/{main['id']}/stock/OTHER/adjust", {"delta": 1, "reason": "found"})
    assert (unknown.status_code, unknown.json()["title"]) == (404, "SKU not counted")
    assert await ledger(seller) == [
        ("count", 5, "stock-taking"),
        ("reserve", 2, "order placed"),
        ("adjust", -3, "broken"),
    ]


async def test_a_correction_that_is_sent_twice_is_done_once(seller: Seller) -> None:
    main = await add(seller)
    await stock(seller, main, MUG_BLUE=5)

    for _ in range(2):
        path = f"/v1/locations/{main['id']}/stock/MUG-BLUE/adjust"
        await seller.post(path, {"delta": 1, "reason": "found"}, key="the same")

    assert await levels(seller) == {"Main": (6, 0)}


async def test_a_file_is_taken_whole_and_answered_line_by_line(seller: Seller) -> None:
    main = await add(seller)
    await stock(seller, main, MUG_BLUE=5)
    await seller.place()

    answer = await send_file(seller, main, "sku,on_hand\r\nMUG-BLUE,4\r\n\r\nBOX/LARGE,7\r\n")

    assert answer.json() == {
        "lines": [
            {"line": 2, "sku": "MUG-BLUE", "before": 5, "on_hand": 4, "reserved": 2},
            {"line": 4, "sku": "BOX/LARGE", "before": 0, "on_hand": 7, "reserved": 0},
        ]
    }
    assert await levels(seller) == {"Main": (4, 2)}
    assert await ledger(seller, "BOX/LARGE") == [("count", 7, "stock-taking, from a file")]


@pytest.mark.parametrize(
    ("text", "status", "fields"),
    [
        ("sku,on_hand\nNEW,1\nMUG-BLUE,x\n?,2\n", 422, ["line 3, column on_hand", "line 4, column sku"]),
        ("sku,on_hand\nNEW,1\nMUG-BLUE,1\n", 409, ["line 3, column on_hand"]),
        ("sku,on_hand\n", 422, ["line 2"]),
    ],
)
async def test_nothing_is_taken_of_a_file_with_a_mistake(
    seller: Seller, text: str, status: int, fields: list[str]
) -> None:
    main = await add(seller)
    await stock(seller, main, MUG_BLUE=5)
    await seller.place()

    answer = await send_file(seller, main, text)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (status, fields)
    assert (await levels(seller), await levels(seller, "NEW")) == ({"Main": (5, 2)}, {})


async def test_a_file_must_be_csv_and_not_too_large(seller: Seller) -> None:
    main = await add(seller)

    assert (await send_file(seller, main, "{}", "application/json")).status_code == 415
    assert (await send_file(seller, main, "sku,on_hand\n" + " " * 1_000_000)).status_code == 413


async def test_stock_is_listed_page_by_page_and_by_location(seller: Seller) -> None:
    one, two = await add(seller, name="One"), await add(seller, name="Two")
    await stock(seller, one, A=1, B=2)
    await stock(seller, two, B=3)

    rows: list[tuple[str, str, int]] = []
    cursor = None
    while cursor or not rows:
        page = (await seller.get("/v1/stock", limit=1, **({"cursor": cursor} if cursor else {}))).json()
        rows += [(row["sku"], row["location"], row["on_hand"]) for row in page["stock"]]
        cursor = page["next"]

    assert sorted(rows) == [("A", "One", 1), ("B", "One", 2), ("B", "Two", 3)]
    assert [row["sku"] for row in (await seller.get("/v1/stock", location=two["id"])).json()["stock"]] == ["B"]
    assert (await seller.get("/v1/stock", cursor="nonsense")).status_code == 422


async def test_the_ledger_is_read_page_by_page_and_only_ever_added_to(api: Api, seller: Seller) -> None:
    main = await add(seller)
    for n in (1, 2, 3):
        await stock(seller, main, A=n)

    first = (await seller.get("/v1/stock/A/ledger", limit=2)).json()
    second = (await seller.get("/v1/stock/A/ledger", limit=2, cursor=first["next"])).json()

    assert [len(page["ledger"]) for page in (first, second)] == [2, 1]
    assert second["next"] is None
    with pytest.raises(asyncpg.RaiseError, match="only ever added to"):
        await api.running.pool.execute("DELETE FROM stock_ledger WHERE shop_id = $1", UUID(seller.shop_id))


async def test_another_shop_sees_nothing_of_it(api: Api, seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5)
    other = await api.shop()

    assert (await other.get("/v1/stock")).json()["stock"] == []
    assert (await other.get("/v1/stock/MUG-BLUE/ledger")).json()["ledger"] == []
    order = await other.place()
    assert (await other.act(order["id"], "confirm"))["status"] == "confirmed"
    assert await levels(seller) == {"Main": (5, 0)}
