"""Parcels by HTTP: split and combined, booked, handed over with photos, updated, and whose fault it was."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.orders.v1 import OrderChanged
from service.orders.conftest import Api
from support.buying import upload
from support.scans import reported
from support.selling import Seller
from support.stocking import add


def content(order: dict[str, Any]) -> dict[int, dict[str, int]]:
    """Give what is in each parcel."""
    return {
        parcel["number"]: {line["sku"]: line["quantity"] for line in parcel["lines"]} for parcel in order["parcels"]
    }


async def refused(seller: Seller, order_id: str, what: str, body: dict[str, Any], status: int) -> dict[str, Any]:
    answer = await seller.post(f"/v1/orders/{order_id}/{what}", body)
    assert answer.status_code == status, answer.text
    problem: dict[str, Any] = answer.json()
    return problem


async def packed(seller: Seller) -> str:
    """Place an order and pack it; gives its id."""
    order_id: str = (await seller.place())["id"]
    await seller.act(order_id, "confirm")
    await seller.pack(order_id)
    return order_id


MUG = [{"sku": "MUG-BLUE", "quantity": 1}]
TEA = [{"sku": "TEA", "quantity": 1}]


# --- split and combined ---------------------------------------------------------------------------------------------


async def test_a_parcel_is_split_and_put_together_again_and_no_number_is_given_twice(api: Api, seller: Seller) -> None:
    order_id = (await seller.place())["id"]

    await seller.act(order_id, "parcels/1/split", lines=MUG)
    await seller.act(order_id, "parcels/1/split", lines=TEA)
    assert content(await seller.order(order_id)) == {1: {"MUG-BLUE": 1}, 2: {"MUG-BLUE": 1}, 3: {"TEA": 1}}
    await seller.act(order_id, "parcels/combine", into=2, parcels=[1, 3])
    assert content(await seller.order(order_id)) == {2: {"MUG-BLUE": 2, "TEA": 1}}
    answer = await seller.act(order_id, "parcels/2/split", lines=TEA)

    order = await seller.order(order_id)
    assert content(order) == content(answer) == {2: {"MUG-BLUE": 2}, 4: {"TEA": 1}}
    assert order["progress"] == "0 of 2 delivered"
    rows = await api.running.pool.fetch(
        "SELECT number, leg, step FROM parcels WHERE order_id = $1 ORDER BY 1", order_id
    )
    assert [tuple(row) for row in rows] == [(2, "outbound", "unlabelled"), (4, "outbound", "unlabelled")]
    assert [step["trigger"] for step in order["history"]] == [
        "place",
        "split_parcel",
        "split_parcel",
        "combine_parcels",
        "split_parcel",
    ]


async def test_a_parcel_that_came_after_one_that_is_no_more_is_scanned_like_any_other(api: Api, seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.act(order_id, "parcels/1/split", lines=TEA)
    await seller.act(order_id, "parcels/combine", into=1, parcels=[2])
    await seller.act(order_id, "parcels/1/split", lines=MUG)
    await seller.bind(order_id, "NV-AFTER-1", parcel=3)

    await api.broker.say(reported("NV-AFTER-1", "in_transit", api.running.service.clock.now()))
    await api.running.quiet()

    order = await seller.order(order_id)
    assert [(one["number"], one["place"], len(one["timeline"])) for one in order["parcels"]] == [
        (1, None, 0),
        (3, "in_transit", 1),
    ]
    assert order["status"] == "shipped"


async def test_a_split_parcel_has_no_label_any_more(seller: Seller) -> None:
    order_id = await packed(seller)
    await seller.act(order_id, "parcels/1/booking", kind="drop_off")
    assert (await seller.order(order_id))["parcels"][0]["step"] == "booked"

    await seller.act(order_id, "parcels/1/split", lines=MUG)

    assert [one["step"] for one in (await seller.order(order_id))["parcels"]] == ["unlabelled", "unlabelled"]


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("parcels/1/split", {"lines": [{"sku": "MUG-BLUE", "quantity": 3}]}, "lines"),
        ("parcels/1/split", {"lines": [{"sku": "MUG-BLUE", "quantity": 1}] * 3}, "lines"),
        ("parcels/1/split", {"lines": [{"sku": "GIFT", "quantity": 1}]}, "lines"),
        ("parcels/1/split", {"lines": [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "TEA", "quantity": 1}]}, "lines"),
        ("parcels/1/split", {"lines": []}, "lines"),
        ("parcels/1/split", {"lines": [{"sku": "TEA", "quantity": 0}]}, "lines.0.quantity"),
        ("parcels/7/split", {"lines": TEA}, "parcel"),
        ("parcels/combine", {"into": 1, "parcels": [1]}, "parcels"),
        ("parcels/combine", {"into": 1, "parcels": [2]}, "parcels"),
        ("parcels/combine", {"into": 9, "parcels": [1]}, "parcels"),
        ("parcels/combine", {"into": 1, "parcels": []}, "parcels"),
    ],
)
async def test_what_a_parcel_does_not_hold_is_not_taken_out_of_it(
    seller: Seller, what: str, body: dict[str, Any], field: str
) -> None:
    order = await seller.place()

    problem = await refused(seller, order["id"], what, body, 422)

    assert [error["field"] for error in problem["errors"]] == [field]
    after = await seller.order(order["id"])
    assert (after["version"], content(after)) == (1, content(order))


async def test_a_parcel_with_a_number_is_not_put_into_another(seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.act(order_id, "parcels/1/split", lines=TEA)
    await seller.bind(order_id, "NV-BOUND-2", parcel=2)

    problem = await refused(seller, order_id, "parcels/combine", {"into": 1, "parcels": [2]}, 422)
    other_way = await seller.act(order_id, "parcels/combine", into=2, parcels=[1])

    assert "parcel 2 has a tracking number" in problem["detail"]
    assert content(other_way) == {2: {"TEA": 1, "MUG-BLUE": 2}}
    assert (await seller.order(order_id))["parcels"][0]["bindings"][0]["number"] == "NVBOUND2"


async def test_a_parcel_that_its_carrier_has_stays_as_it_is(seller: Seller) -> None:
    order_id = await packed(seller)
    await seller.act(order_id, "parcels/1/handover", carrier="Ninja Van", number="NV-GONE-1")
    await refused(seller, order_id, "parcels/1/split", {"lines": TEA}, 422)
    await seller.act(order_id, "ship")

    problem = await refused(seller, order_id, "parcels/1/split", {"lines": TEA}, 409)

    assert (problem["order_status"], problem["possible"]) == ("shipped", [])


# --- booked, handed over, updated -----------------------------------------------------------------------------------


async def test_r5_a_pick_up_is_asked_for_at_a_place_of_the_shop(seller: Seller, api: Api) -> None:
    order_id = await packed(seller)
    mine, theirs = await add(seller), await add(await api.shop())

    for place in (theirs["id"], str(uuid4())):
        problem = await refused(seller, order_id, "parcels/1/booking", {"kind": "pick_up", "place": place}, 422)
        assert [error["field"] for error in problem["errors"]] == ["place"]
    await seller.act(order_id, "parcels/1/booking", kind="pick_up", place=mine["id"], window="today, 14 to 16 h")

    order = await seller.order(order_id)
    parcel = order["parcels"][0]
    assert (parcel["step"], parcel["pickup_asked_at"] is not None) == ("booked", True)
    assert [one["mark"] for one in parcel["marks"]] == ["pickup_asked"]
    assert order["history"][-1]["cause"]["window"] == "today, 14 to 16 h"


async def test_r6_a_hand_over_is_kept_with_its_condition_and_photos(seller: Seller) -> None:
    order_id = await packed(seller)
    photos = [await upload(seller, "photo"), await upload(seller, "photo")]

    await seller.act(
        order_id, "parcels/1/handover", carrier="Ninja Van", number="NV-PHOTO-1", condition="a dent", photos=photos
    )

    order = await seller.order(order_id)
    assert (order["parcels"][0]["step"], order["parcels"][0]["handed_over_at"] is not None) == ("handed_over", True)
    cause = order["history"][-1]["cause"]
    assert (cause["condition"], cause["photos"], cause["carrier"]) == ("a dent", photos, "ninjavan")


WITH_FILES = [
    ("parcels/1/handover", "photos", {"carrier": "Ninja Van", "number": "NV-FILES"}),
    ("parcels/1/updates", "evidence", {"words": "it stands at the depot"}),
    ("complaints", "evidence", {"kind": "fraudulent", "words": "it is a fake"}),
    ("parcels/1/fault", "evidence", {"fault": "carrier", "bears": "carrier", "words": "it was dropped"}),
]


@pytest.mark.parametrize(("what", "field", "body"), WITH_FILES, ids=[what for what, _, _ in WITH_FILES])
async def test_r23_evidence_is_a_file_of_the_shop(
    api: Api, seller: Seller, what: str, field: str, body: dict[str, Any]
) -> None:
    order_id = await packed(seller)
    before = await seller.order(order_id)

    for file in (str(uuid4()), await upload(await api.shop())):
        problem = await refused(seller, order_id, what, {**body, field: [file]}, 422)
        assert problem["errors"] == [{"field": field, "message": f"the shop has no file {file}"}]
        assert "POST /v1/files" in problem["detail"]
    url = await refused(seller, order_id, what, {**body, field: ["https://example.com/1.jpg"]}, 422)

    assert [error["field"] for error in url["errors"]] == [f"{field}.0"]
    assert await seller.order(order_id) == before


async def test_r23_an_update_needs_evidence_and_is_told_to_those_who_remind(api: Api, seller: Seller) -> None:
    order_id = await packed(seller)
    file = await upload(seller)

    bare = await refused(seller, order_id, "parcels/1/updates", {"words": "on its way", "evidence": []}, 422)
    await seller.act(order_id, "parcels/1/updates", words="It stands\nat the depot.", evidence=[file])

    order = await seller.order(order_id)
    assert [error["field"] for error in bare["errors"]] == ["evidence"]
    assert [one["mark"] for one in order["parcels"][0]["marks"]] == ["updated"]
    assert order["history"][-1]["cause"] == {"parcel": 1, "words": "It stands\nat the depot.", "evidence": [file]}
    await api.running.quiet()
    said = [one.state for one in await api.broker.said("ORDERS") if isinstance(one, OrderChanged)]
    [*_, before, after] = [one.updated_at for one in said if str(one.order_id) == order_id]
    assert (before, after is not None) == (None, True)  # D5 and D6 rest on it


async def test_r23_the_file_of_an_update_stays_with_the_order(api: Api, seller: Seller) -> None:
    order_id, file = await packed(seller), await upload(seller)

    await seller.act(order_id, "parcels/1/updates", words="on its way", evidence=[file])

    assert str(await api.running.pool.fetchval("SELECT order_id FROM order_files WHERE file_id = $1", file)) == order_id


# --- whose fault ----------------------------------------------------------------------------------------------------


async def test_r24_a_fault_is_said_of_what_went_wrong_and_the_last_word_is_the_last(api: Api, seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.ship(order_id, "NV-FAULT-1")
    body = {"fault": "carrier", "bears": "carrier", "words": "they dropped it"}
    early = await refused(seller, order_id, "parcels/1/fault", body, 409)
    now = api.running.service.clock.now()
    await api.broker.say(reported("NV-FAULT-1", "in_transit", now), reported("NV-FAULT-1", "damaged", now))
    await api.running.quiet()
    file = await upload(seller)

    await seller.act(order_id, "parcels/1/fault", **body, evidence=[file])
    await seller.act(order_id, "parcels/1/fault", fault="weather", bears="platform", words="it was the flood")

    order = await seller.order(order_id)
    assert early["possible"] == []
    assert [(one["parcel"], one["fault"], one["bears"], one["evidence"]) for one in order["faults"]] == [
        (1, "carrier", "carrier", [file]),
        (1, "weather", "platform", []),
    ]
    assert order["badge"] == "damaged"
    assert (await refused(seller, order_id, "parcels/5/fault", body, 422))["errors"][0]["field"] == "parcel"


@pytest.mark.parametrize("party", ["seller", "carrier", "buyer", "customs", "weather", "platform", "unknown", "moon"])
async def test_r24_fault_is_one_of_seven_parties(api: Api, seller: Seller, party: str) -> None:
    order_id = (await seller.place())["id"]
    await seller.ship(order_id, f"NV-PARTY-{party}")
    now = api.running.service.clock.now()
    await api.broker.say(reported(f"NV-PARTY-{party}", "attempt_failed", now))
    await api.running.quiet()

    answer = await seller.post(
        f"/v1/orders/{order_id}/parcels/1/fault", {"fault": party, "bears": party, "words": "so it is"}
    )

    if party == "moon":
        assert {error["field"] for error in answer.json()["errors"]} == {"fault", "bears"}
    else:
        assert [(one["fault"], one["bears"]) for one in (await seller.order(order_id))["faults"]] == [(party, party)]


# --- inserts --------------------------------------------------------------------------------------------------------


async def test_r3_an_insert_can_be_looked_at_before_it_is_printed(seller: Seller) -> None:
    good = await seller.post("/v1/inserts/check", {"text": "Thank you for your order."})
    bad = await seller.post("/v1/inserts/check", {"text": "Give us five stars for a gift."})

    assert (good.status_code, good.json()) == (200, {"findings": []})
    assert {one["field"] for one in bad.json()["findings"]} == {"insert"}
    assert all(one["rule"].startswith("R3") and one["reason"] for one in bad.json()["findings"])


@pytest.mark.parametrize("what", ["parcels/1/split", "parcels/combine", "parcels/1/booking", "parcels/1/updates"])
async def test_another_shop_s_parcels_are_unknown(api: Api, seller: Seller, what: str) -> None:
    theirs = await (await api.shop()).place()
    bodies: dict[str, dict[str, Any]] = {
        "parcels/1/split": {"lines": TEA},
        "parcels/combine": {"into": 1, "parcels": [2]},
        "parcels/1/booking": {"kind": "drop_off"},
        "parcels/1/updates": {"words": "on its way", "evidence": [await upload(seller)]},
    }

    for order_id in (theirs["id"], str(uuid4())):
        assert (await refused(seller, order_id, what, bodies[what], 404))["title"] == "unknown order"
