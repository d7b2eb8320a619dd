"""What a seller does to an order, by HTTP: the way through, and what is refused on it."""

import asyncio
from typing import Any

import asyncpg
import pytest

from service.orders.conftest import Api
from support.buying import upload
from support.selling import Seller, checklist, order_body


async def refused(seller: Seller, order_id: str, what: str, **body: Any) -> dict[str, Any]:
    """Ask for what must be refused; gives the problem."""
    answer = await seller.post(f"/v1/orders/{order_id}/{what}", body)
    assert answer.status_code in (409, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    return problem


async def test_the_way_of_an_order_that_the_seller_ships(seller: Seller) -> None:
    order = await seller.place()
    order_id = order["id"]
    photo = await upload(seller, "photo")

    assert (await seller.act(order_id, "confirm"))["status"] == "confirmed"
    assert (await seller.pack(order_id))["status"] == "processed"
    handed = await seller.act(
        order_id,
        "parcels/1/handover",
        carrier="Ninja Van",
        number="nv-123 456",
        condition="intact",
        photos=[photo],
    )
    shipped = await seller.act(order_id, "ship")

    assert handed["status"] == "processed"
    assert (handed["parcels"][0]["bindings"][0]["carrier"], handed["parcels"][0]["bindings"][0]["number"]) == (
        "ninjavan",
        "NV123456",
    )
    assert (shipped["status"], shipped["shown_status"], shipped["possible"]) == ("shipped", "Shipped", [])
    assert shipped["shipped_at"] is not None
    history = [(step["trigger"], step["before"], step["after"]) for step in shipped["history"]]
    assert history == [
        ("place", None, "placed"),
        ("confirm", "placed", "confirmed"),
        ("pack", "confirmed", "processed"),
        ("hand_over", "processed", "processed"),
        ("ship", "processed", "shipped"),
    ]
    assert [step["version"] for step in shipped["history"]] == [1, 2, 3, 4, 5]
    assert shipped["history"][3]["cause"]["photos"] == [photo]
    listed = (await seller.get(f"/v1/orders/{order_id}/history")).json()["history"]
    assert [(step["trigger"], step["cause"]) for step in listed] == [
        (step["trigger"], step["cause"]) for step in shipped["history"]
    ]


async def test_a_command_that_comes_too_early_says_what_is_possible_and_is_on_record(seller: Seller) -> None:
    order = await seller.place()

    problem = await refused(seller, order["id"], "ship")

    assert problem["status"] == 409
    assert problem["order_status"] == "placed"
    assert problem["detail"].endswith("possible now: confirm, cancel")
    after = await seller.order(order["id"])
    assert (after["status"], after["version"]) == ("placed", 1)
    assert after["history"][-1]["trigger"] == "ship"
    assert "refused" in after["history"][-1]["cause"]


async def test_a_command_that_comes_late_changes_nothing(seller: Seller) -> None:
    order = await seller.place()
    await seller.act(order["id"], "confirm")

    again = await seller.act(order["id"], "confirm")

    assert (again["status"], again["version"], len(again["history"])) == ("confirmed", 2, 2)


async def test_packing_lists_all_that_is_short(seller: Seller) -> None:
    order = await seller.place()
    await seller.act(order["id"], "confirm")

    short = checklist({"MUG-BLUE": 1, "GIFT": 1}, address_checked=False, size_fits=False)
    problem = await refused(seller, order["id"], "pack", checklist=short)

    assert problem["status"] == 422
    assert [error["field"] for error in problem["errors"]] == ["checklist"]
    for part in ("MUG-BLUE: 1 of 2", "TEA: 0 of 1", "GIFT: not ordered", "address checked", "size fits"):
        assert part in problem["detail"]
    assert (await seller.order(order["id"]))["status"] == "confirmed"


async def test_a_parcel_without_a_number_is_not_handed_over_or_shipped(seller: Seller) -> None:
    order = await seller.place()
    await seller.act(order["id"], "confirm")
    await seller.pack(order["id"])

    handed = await refused(seller, order["id"], "parcels/1/handover", carrier="Ninja Van")
    shipped = await refused(seller, order["id"], "ship")

    assert [error["field"] for error in handed["errors"]] == ["number"]
    assert "parcel 1 has no tracking number" in shipped["detail"]


async def test_a_parcel_is_not_handed_to_another_carrier_than_its_own(seller: Seller) -> None:
    order = await seller.place()
    await seller.act(order["id"], "confirm")
    await seller.pack(order["id"])
    await seller.bind(order["id"], "NV-HANDOVER-1", "Ninja Van")

    problem = await refused(seller, order["id"], "parcels/1/handover", carrier="Another")

    assert [error["field"] for error in problem["errors"]] == ["carrier"]


@pytest.mark.parametrize("parcel", [2, 999])
async def test_a_parcel_that_the_order_does_not_have_is_named(seller: Seller, parcel: int) -> None:
    order = await seller.place()

    answer = await seller.post(
        f"/v1/orders/{order['id']}/parcels/{parcel}/tracking",
        {"carrier": "Ninja Van", "number": "NV-1234"},
        method="PUT",
    )

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["parcel"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"carrier": "Ninja Van"}, "number"),
        ({"carrier": "Ninja Van", "number": "N"}, "number"),
        ({"carrier": "Ninja Van", "number": "----"}, "number"),
        ({"carrier": "Ninja Van", "number": "n" * 65}, "number"),
        ({"carrier": "Ninja Van", "number": "NV-1234\r\nPUB y"}, "number"),
        ({"carrier": " ", "number": "NV-1234"}, "carrier"),
        ({"carrier": "Ninja Van", "number": "NV-1234", "canary": 1}, "canary"),
    ],
)
async def test_a_tracking_number_that_is_none_is_refused(seller: Seller, body: dict[str, Any], field: str) -> None:
    order = await seller.place()

    answer = await seller.post(f"/v1/orders/{order['id']}/parcels/1/tracking", body, method="PUT")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("left_out", ["options_match", "address_checked", "size_fits", "no_prohibited_insert"])
async def test_r3_a_checklist_is_given_whole(seller: Seller, left_out: str) -> None:
    order = await seller.place()
    await seller.act(order["id"], "confirm")
    given = checklist({"MUG-BLUE": 2, "TEA": 1})
    del given[left_out]

    problem = await refused(seller, order["id"], "pack", checklist=given)

    assert [error["field"] for error in problem["errors"]] == [f"checklist.{left_out}"]


@pytest.mark.parametrize("marked", [None, False, True])
async def test_r3_what_is_fragile_is_packed_only_when_it_is_marked(seller: Seller, marked: bool | None) -> None:
    vase = {"sku": "VASE", "title": "Vase", "quantity": 1, "unit_price": "30.00", "fragile": True}
    order = await seller.place(lines=[vase])
    await seller.act(order["id"], "confirm")
    said = {} if marked is None else {"fragile_marked": marked}

    answer = await seller.post(f"/v1/orders/{order['id']}/pack", {"checklist": checklist({"VASE": 1}, **said)})

    assert answer.status_code == (200 if marked else 422)
    assert marked or "fragile marked" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["Give us 5 stars and get a gift!", "A bad review, and we will find you."])
async def test_r3_a_prohibited_insert_is_named_and_the_order_is_not_packed(seller: Seller, text: str) -> None:
    order = await seller.place()
    await seller.act(order["id"], "confirm")
    given = checklist({"MUG-BLUE": 2, "TEA": 1}, inserts=["Thank you for your order.", text])

    problem = await refused(seller, order["id"], "pack", checklist=given)

    assert "insert: " in problem["detail"]
    assert (await seller.order(order["id"]))["status"] == "confirmed"


@pytest.mark.parametrize("by", ["buyer", "seller"])
async def test_an_order_that_is_called_off_early_is_refunded_at_once(seller: Seller, by: str) -> None:
    order = await seller.place()

    cancelled = await seller.act(order["id"], "cancel", by=by, reason="changed my mind")

    assert (cancelled["status"], cancelled["shown_status"]) == ("cancelled", "Cancelled")
    assert [(one["cause"], one["amount"], one["state"]) for one in cancelled["refunds"]] == [
        ("cancelled", "32.00", "due")
    ]


async def test_calling_an_order_off_twice_refunds_it_once(seller: Seller) -> None:
    order = await seller.place()
    await seller.act(order["id"], "cancel", by="buyer", reason="one")

    again = await seller.act(order["id"], "cancel", by="seller", reason="two")

    assert len(again["refunds"]) == 1
    assert len([step for step in again["history"] if step["trigger"] == "cancel"]) == 1


async def test_an_order_that_is_shipped_is_not_called_off(seller: Seller) -> None:
    order = await seller.place()
    await seller.ship(order["id"], "NV-SHIPPED-1")

    problem = await refused(seller, order["id"], "cancel", by="seller", reason="too late")

    assert (problem["status"], problem["order_status"]) == (409, "shipped")


async def test_cancelling_and_confirming_at_once_leaves_one_legal_history(seller: Seller) -> None:
    order = await seller.place()

    await asyncio.gather(
        seller.post(f"/v1/orders/{order['id']}/cancel", {"by": "buyer", "reason": "no"}),
        seller.post(f"/v1/orders/{order['id']}/confirm", {}),
    )

    after = await seller.order(order["id"])
    assert after["status"] == "cancelled"
    changed = [step for step in after["history"] if "refused" not in step["cause"]]
    assert [step["version"] for step in changed] == list(range(1, after["version"] + 1))


async def test_refunds_are_never_more_than_was_paid(seller: Seller) -> None:
    order = await seller.place()
    cancelled = await seller.act(order["id"], "cancel", by="seller", reason="no stock")
    [refund] = cancelled["refunds"]

    issued = await seller.act(order["id"], f"refunds/{refund['id']}/issued")
    again = await seller.act(order["id"], f"refunds/{refund['id']}/issued")
    problem = await refused(seller, order["id"], "refunds", reason="once more")

    assert [one["state"] for one in issued["refunds"]] == ["issued"]
    assert again["version"] == issued["version"]
    assert problem["status"] == 409


async def test_cash_on_delivery_is_refunded_only_as_far_as_it_was_collected(seller: Seller) -> None:
    nothing_paid = await seller.place(payment={"method": "cash_on_delivery"})
    cancelled = await seller.act(nothing_paid["id"], "cancel", by="seller", reason="no stock")
    assert cancelled["refunds"] == []

    order = await seller.place(payment={"method": "cash_on_delivery"})
    collected = await seller.act(order["id"], "collected", amount="10.00")
    too_much = await refused(seller, order["id"], "collected", amount="30.00")

    assert collected["money"]["collected"] == "10.00"
    assert [error["field"] for error in too_much["errors"]] == ["amount"]


# --- numbers that two orders claim ------------------------------------------------------------------------------------


async def test_a_number_that_another_active_order_has_is_refused(seller: Seller, api: Api) -> None:
    """B26."""
    first, second = await seller.place(), await (other := await api.shop()).place()
    await seller.bind(first["id"], "NV-TAKEN-1")

    answer = await other.post(
        f"/v1/orders/{second['id']}/parcels/1/tracking", {"carrier": "Ninja Van", "number": "nv taken 1"}, method="PUT"
    )

    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["title"], problem["order_status"]) == ("tracking number in use", "placed")
    assert problem["possible"] == ["confirm", "cancel"]
    assert (await other.order(second["id"]))["parcels"][0]["bindings"] == []


async def test_of_two_orders_that_claim_a_number_at_once_one_gets_it(seller: Seller) -> None:
    """B26."""
    orders = [(await seller.place())["id"] for _ in range(6)]

    answers = await asyncio.gather(
        *(
            seller.post(
                f"/v1/orders/{one}/parcels/1/tracking", {"carrier": "Ninja Van", "number": "NV-RACE-1"}, method="PUT"
            )
            for one in orders
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


async def test_a_number_can_be_claimed_again_when_its_order_is_over_or_has_another(seller: Seller) -> None:
    cancelled, corrected, next_one = [(await seller.place())["id"] for _ in range(3)]
    await seller.bind(cancelled, "NV-AGAIN-1")
    await seller.act(cancelled, "cancel", by="seller", reason="no stock")
    await seller.bind(corrected, "NV-AGAIN-2")
    await seller.bind(corrected, "NV-AGAIN-3")

    await seller.bind(next_one, "NV-AGAIN-1")
    bound = await seller.bind(next_one, "NV-AGAIN-2")

    assert [one["number"] for one in bound["parcels"][0]["bindings"]] == ["NVAGAIN1", "NVAGAIN2"]
    assert [one["until"] is None for one in bound["parcels"][0]["bindings"]] == [False, True]


# --- on record --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["UPDATE history SET after = 'shipped'", "DELETE FROM history"])
async def test_history_is_only_ever_added_to(api: Api, seller: Seller, statement: str) -> None:
    await seller.place()

    with pytest.raises(asyncpg.RaiseError, match="history is only ever added to"):
        await api.running.pool.execute(statement)


async def test_what_is_not_there_is_said_in_the_same_shape(api: Api) -> None:
    for method, path in (
        ("GET", "/v1/nothing"),
        ("DELETE", "/v1/orders"),
        ("PATCH", f"/v1/orders/{order_body()['number']}"),
    ):
        answer = await api.running.http.request(method, path)

        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == {"title", "status", "detail"}
