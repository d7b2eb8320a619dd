"""R12: returns by HTTP and by scans: asked for, approved or refused, on their way back, received; and their numbers."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from service.orders.conftest import Api, Timed
from support.scans import reported
from support.selling import Seller
from support.stocking import add, stock

TEA = [{"sku": "TEA", "quantity": 1}]
MUG = [{"sku": "MUG-BLUE", "quantity": 1}]
ALL = [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "TEA", "quantity": 1}]


@pytest.fixture(scope="module")
def api(timed: Timed) -> Api:
    """On the stepped clock."""
    return timed


def a_number() -> str:
    return f"NV{uuid4().hex[:12]}".upper()


async def delivered(timed: Timed, seller: Seller, number: str = "", **placed: Any) -> str:
    """Have an order delivered by its carrier; gives its id."""
    number = number or a_number()
    order_id: str = (await seller.place(**placed))["id"]
    await seller.ship(order_id, number)
    await scanned(timed, number, "delivered")
    assert (await seller.order(order_id))["status"] == "delivered"
    return order_id


async def scanned(timed: Timed, number: str, status: str, at: datetime | None = None) -> None:
    """Have a carrier tell of a number."""
    await timed.broker.say(reported(number, status, at or timed.clock.now))
    await timed.running.quiet()


async def ask(seller: Seller, order_id: str, lines: list[dict[str, Any]] = TEA, parcel: int = 1) -> str:
    """Ask for a return; gives its id."""
    order = await seller.act(order_id, "returns", parcel=parcel, lines=lines, reason="too bitter")
    return_id: str = order["returns"][-1]["id"]
    return return_id


async def approve(seller: Seller, order_id: str, return_id: str) -> None:
    await seller.act(order_id, f"returns/{return_id}/approve", instructions="In its own box, please.")


async def send(seller: Seller, order_id: str, return_id: str, number: str, carrier: str = "Ninja Van") -> Any:
    path = f"/v1/orders/{order_id}/returns/{return_id}/tracking"
    return await seller.post(path, {"carrier": carrier, "number": number}, method="PUT")


async def claims(api: Api, order_id: str) -> list[str]:
    rows = await api.running.pool.fetch("SELECT tracking_number FROM claimed_numbers WHERE order_id = $1", order_id)
    return sorted(row["tracking_number"] for row in rows)


async def test_r12_a_return_goes_all_its_way_and_is_the_same_when_it_is_read_again(
    timed: Timed, seller: Seller
) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5, TEA=5)
    order_id, back = await delivered(timed, seller), a_number()
    assert {row["sku"]: row["on_hand"] for row in (await seller.get("/v1/stock")).json()["stock"]} == {
        "MUG-BLUE": 3,
        "TEA": 4,
    }

    return_id = await ask(seller, order_id)
    [one] = (await seller.order(order_id))["returns"]
    assert (one["status"], one["parcel"], one["number"], one["lines"]) == ("requested", 1, 2, TEA)
    assert (one["words"], one["instructions"]) == ("too bitter", None)
    await approve(seller, order_id, return_id)
    [one] = (await seller.order(order_id))["returns"]
    assert (one["status"], one["instructions"]) == ("expected", "In its own box, please.")
    assert one["approved_at"] == timed.clock.now.isoformat().replace("+00:00", "Z")
    assert (await send(seller, order_id, return_id, back)).status_code == 200
    timed.clock.advance(hours=1)
    await scanned(timed, back, "in_transit")
    order = await seller.order(order_id)
    [one] = order["returns"]
    assert (one["status"], one["carrier"], one["tracking_number"]) == ("in_transit", "ninjavan", back)
    assert [scan["status"] for scan in one["timeline"]] == ["in_transit"]
    assert (order["status"], order["refunds"], len(order["parcels"])) == ("delivered", [], 1)
    received = await seller.act(order_id, f"returns/{return_id}/received", intact=TEA)

    order = await seller.order(order_id)
    [one] = order["returns"]
    assert received == order
    assert (one["status"], one["intact"], one["received_at"] is not None) == ("received", TEA, True)
    assert [(r["cause"], r["amount"], r["state"], r["lines"]) for r in order["refunds"]] == [
        ("returned", "5.33", "due", TEA)  # of 32.00 the part that 5.00 is of 30.00
    ]
    assert order["status"] == "delivered"  # the mugs are with the buyer
    assert {row["sku"]: row["on_hand"] for row in (await seller.get("/v1/stock")).json()["stock"]} == {
        "MUG-BLUE": 3,
        "TEA": 5,
    }
    rows = await timed.running.pool.fetch("SELECT number, leg FROM parcels WHERE order_id = $1 ORDER BY 1", order_id)
    assert [tuple(row) for row in rows] == [(1, "outbound"), (2, "return")]


async def test_r12_a_carrier_that_brings_it_back_has_it_received_and_the_refund_due(
    timed: Timed, seller: Seller
) -> None:
    order_id, back = await delivered(timed, seller), a_number()
    return_id = await ask(seller, order_id, ALL)
    await approve(seller, order_id, return_id)
    await send(seller, order_id, return_id, back)
    await scanned(timed, back, "picked_up", timed.clock.advance(hours=1))
    await scanned(timed, back, "delivered", timed.clock.advance(hours=1))

    order = await seller.order(order_id)
    assert [(one["status"], one["received_at"]) for one in order["returns"]] == [
        ("received", timed.clock.now.isoformat().replace("+00:00", "Z"))
    ]
    assert [(one["cause"], one["amount"], one["state"]) for one in order["refunds"]] == [("returned", "32.00", "due")]
    assert (order["status"], order["shown_status"]) == ("returned", "Returned")


async def test_r12_scans_of_the_way_back_do_not_move_the_way_out(timed: Timed, seller: Seller) -> None:
    order_id, back = await delivered(timed, seller), a_number()
    before = (await seller.order(order_id))["parcels"]
    return_id = await ask(seller, order_id)
    await approve(seller, order_id, return_id)
    await send(seller, order_id, return_id, back)

    for status in ("picked_up", "attempt_failed", "damaged"):
        await scanned(timed, back, status, timed.clock.advance(minutes=30))

    order = await seller.order(order_id)
    assert (order["parcels"], order["badge"], order["status"]) == (before, None, "delivered")
    assert len(order["returns"][0]["timeline"]) == 3


async def test_r12_what_was_scanned_before_the_number_was_told_counts(timed: Timed, seller: Seller) -> None:
    order_id, back = await delivered(timed, seller), a_number()
    return_id = await ask(seller, order_id)
    await approve(seller, order_id, return_id)
    await scanned(timed, back, "in_transit", timed.clock.advance(hours=1))

    answer = await send(seller, order_id, return_id, back)

    assert answer.json()["returns"][0]["status"] == "in_transit"
    assert (await seller.order(order_id))["returns"][0]["status"] == "in_transit"


@pytest.mark.parametrize(("hours", "status"), [(30 * 24 - 1, 200), (30 * 24, 409)])
async def test_r12_returns_are_asked_for_within_30_days(timed: Timed, seller: Seller, hours: int, status: int) -> None:
    order_id = await delivered(timed, seller)
    timed.clock.advance(hours=hours)

    answer = await seller.post(f"/v1/orders/{order_id}/returns", {"parcel": 1, "lines": TEA, "reason": "too bitter"})

    assert answer.status_code == status, answer.text
    if status == 409:
        assert (answer.json()["order_status"], answer.json()["possible"]) == ("delivered", [])
        assert "30 days" in answer.json()["detail"]
        assert (await seller.order(order_id))["returns"] == []


async def test_r12_what_is_excluded_is_refused_with_its_reason(timed: Timed, seller: Seller) -> None:
    lines = [
        {"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2, "unit_price": "12.50"},
        {"sku": "TEA", "title": "Tea", "quantity": 1, "unit_price": "5.00", "exclusion": "Food cannot be returned."},
    ]
    order_id = await delivered(timed, seller, lines=lines)
    assert [one["exclusion"] for one in (await seller.order(order_id))["lines"]] == [None, "Food cannot be returned."]

    answer = await seller.post(f"/v1/orders/{order_id}/returns", {"parcel": 1, "lines": ALL, "reason": "no"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "lines", "message": "TEA cannot be returned: Food cannot be returned."}
    ]
    await ask(seller, order_id, MUG)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"parcel": 1, "lines": [{"sku": "TEA", "quantity": 2}]}, 422, "lines"),
        ({"parcel": 1, "lines": [*TEA, *TEA]}, 422, "lines"),
        ({"parcel": 1, "lines": [{"sku": "GIFT", "quantity": 1}]}, 422, "lines"),
        ({"parcel": 1, "lines": []}, 422, "lines"),
        ({"parcel": 2, "lines": TEA}, 422, "parcel"),
        ({"parcel": 1, "lines": [{"sku": "TEA", "quantity": -1}]}, 422, "lines.0.quantity"),
    ],
)
async def test_r12_no_more_is_returned_than_came(
    timed: Timed, seller: Seller, body: dict[str, Any], status: int, field: str
) -> None:
    order_id = await delivered(timed, seller)

    answer = await seller.post(f"/v1/orders/{order_id}/returns", {**body, "reason": "no"})

    assert answer.status_code == status, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_r12_nothing_is_returned_twice(timed: Timed, seller: Seller) -> None:
    order_id = await delivered(timed, seller)
    first = await ask(seller, order_id)
    again = await seller.post(f"/v1/orders/{order_id}/returns", {"parcel": 1, "lines": TEA, "reason": "no"})
    assert again.status_code == 422
    await seller.act(order_id, f"returns/{first}/refuse", reason="It was opened.")

    second = await ask(seller, order_id)

    found = (await seller.order(order_id))["returns"]
    assert [(one["id"], one["number"], one["status"], one["reason"]) for one in found] == [
        (first, 2, "refused", "It was opened."),
        (second, 3, "requested", None),
    ]


async def test_r12_what_is_asked_for_back_many_times_at_once_is_asked_for_once(timed: Timed, seller: Seller) -> None:
    order_id = await delivered(timed, seller)
    body = {"parcel": 1, "lines": TEA, "reason": "too bitter"}

    answers = await asyncio.gather(*(seller.post(f"/v1/orders/{order_id}/returns", body) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422, 422]
    assert len((await seller.order(order_id))["returns"]) == 1


async def test_r12_only_an_approved_return_is_sent(timed: Timed, seller: Seller) -> None:
    order_id = await delivered(timed, seller)
    return_id = await ask(seller, order_id)

    answer = await send(seller, order_id, return_id, a_number())
    unknown = await send(seller, order_id, str(uuid4()), a_number())

    assert (answer.status_code, answer.json()["order_status"]) == (409, "delivered")
    assert "requested" in answer.json()["detail"]
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "return_id")


async def test_r12_what_was_not_delivered_is_not_sent_back(seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.ship(order_id, a_number())

    answer = await seller.post(f"/v1/orders/{order_id}/returns", {"parcel": 1, "lines": TEA, "reason": "no"})

    assert (answer.status_code, answer.json()["order_status"]) == (409, "shipped")


async def test_r2_no_more_is_checked_in_than_was_to_come_back_and_only_once(timed: Timed, seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5, TEA=5)
    order_id = await delivered(timed, seller)
    return_id = await ask(seller, order_id, MUG)
    await approve(seller, order_id, return_id)
    path = f"/v1/orders/{order_id}/returns/{return_id}/received"

    more = await seller.post(path, {"intact": [{"sku": "MUG-BLUE", "quantity": 2}]})
    other = await seller.post(path, {"intact": TEA})
    await seller.act(order_id, f"returns/{return_id}/received", intact=MUG)
    await seller.act(order_id, f"returns/{return_id}/received", intact=MUG)

    assert [answer.json()["errors"][0]["field"] for answer in (more, other)] == ["intact", "intact"]
    order = await seller.order(order_id)
    assert len(order["refunds"]) == 1
    assert {row["sku"]: row["on_hand"] for row in (await seller.get("/v1/stock")).json()["stock"]} == {
        "MUG-BLUE": 4,
        "TEA": 4,
    }


async def test_r24_the_fault_of_a_return_names_its_parcel(timed: Timed, seller: Seller) -> None:
    order_id = await delivered(timed, seller)
    await ask(seller, order_id)

    await seller.act(order_id, "parcels/2/fault", fault="buyer", bears="buyer", words="the wrong tea was ordered")

    assert [(one["parcel"], one["fault"]) for one in (await seller.order(order_id))["faults"]] == [(2, "buyer")]


async def test_a_return_takes_the_next_number_after_parcels_that_were_combined(timed: Timed, seller: Seller) -> None:
    order_id, number = (await seller.place())["id"], a_number()
    await seller.act(order_id, "parcels/1/split", lines=TEA)
    await seller.act(order_id, "parcels/combine", into=1, parcels=[2])
    await seller.ship(order_id, number)
    await scanned(timed, number, "delivered")
    return_id, back = await ask(seller, order_id), a_number()
    await approve(seller, order_id, return_id)
    await send(seller, order_id, return_id, back)
    await scanned(timed, back, "in_transit", timed.clock.advance(hours=1))

    order = await seller.order(order_id)
    assert [one["number"] for one in order["parcels"]] == [1]
    assert [(one["number"], one["status"]) for one in order["returns"]] == [(3, "in_transit")]


# --- numbers ---------------------------------------------------------------------------------------------------------


async def test_a_return_s_number_is_its_order_s_until_it_is_back(timed: Timed, seller: Seller) -> None:
    order_id, back = await delivered(timed, seller), a_number()
    return_id = await ask(seller, order_id)
    await approve(seller, order_id, return_id)
    await send(seller, order_id, return_id, back)
    other = (await seller.place())["id"]
    path, body = f"/v1/orders/{other}/parcels/1/tracking", {"carrier": "Ninja Van", "number": back}
    assert await claims(timed, order_id) == [back]

    taken = await seller.post(path, body, method="PUT")
    await seller.act(order_id, f"returns/{return_id}/received")
    free = await seller.post(path, body, method="PUT")

    assert (taken.status_code, taken.json()["title"], free.status_code) == (409, "tracking number in use", 200)
    assert (await claims(timed, order_id), await claims(timed, other)) == ([], [back])


async def test_a_corrected_number_of_a_return_is_free_for_others(timed: Timed, seller: Seller) -> None:
    order_id, wrong, right = await delivered(timed, seller), a_number(), a_number()
    return_id = await ask(seller, order_id)
    await approve(seller, order_id, return_id)
    await send(seller, order_id, return_id, wrong)

    answer = await send(seller, order_id, return_id, right)

    assert answer.json()["returns"][0]["tracking_number"] == right
    assert await claims(timed, order_id) == [right]


async def test_a_return_is_sent_although_the_number_it_came_under_is_another_order_s_by_now(
    timed: Timed, seller: Seller
) -> None:
    out, back = a_number(), a_number()
    order_id = await delivered(timed, seller, out)
    other = (await seller.place())["id"]
    await seller.bind(other, out)  # the carrier has used it again
    return_id = await ask(seller, order_id)
    await approve(seller, order_id, return_id)

    answer = await send(seller, order_id, return_id, back)

    assert answer.status_code == 200, answer.text
    assert (await claims(timed, order_id), await claims(timed, other)) == ([back], [out])


async def test_a_number_that_another_order_has_is_no_return_s(timed: Timed, seller: Seller) -> None:
    order_id, number = await delivered(timed, seller), a_number()
    stranger = await timed.shop()
    await stranger.bind((await stranger.place())["id"], number)
    return_id = await ask(seller, order_id)
    await approve(seller, order_id, return_id)

    answer = await send(seller, order_id, return_id, number)

    assert (answer.status_code, answer.json()["title"]) == (409, "tracking number in use")
    assert (await seller.order(order_id))["returns"][0]["tracking_number"] is None


async def test_the_number_that_a_parcel_came_under_is_not_that_of_its_way_back(timed: Timed, seller: Seller) -> None:
    out = a_number()
    order_id = await delivered(timed, seller, out)
    return_id = await ask(seller, order_id)
    await approve(seller, order_id, return_id)

    answer = await send(seller, order_id, return_id, out)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["number"])
    assert (await seller.order(order_id))["returns"][0]["tracking_number"] is None


async def test_another_shop_s_return_is_unknown(timed: Timed, seller: Seller) -> None:
    order_id = await delivered(timed, seller)
    return_id = await ask(seller, order_id)
    stranger = await timed.shop()

    answers = [
        await stranger.post(f"/v1/orders/{order_id}/returns/{return_id}/{what}", body)
        for what, body in (("approve", {"instructions": "x"}), ("refuse", {"reason": "x"}), ("received", {}))
    ] + [await send(stranger, order_id, return_id, a_number())]

    assert {answer.status_code for answer in answers} == {404}
    assert (await seller.order(order_id))["returns"][0]["status"] == "requested"
