"""Changes, cancellations and complaints by HTTP: asked for, applied or refused, and the same when read again."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.orders.v1 import OrderChanged, OrderState
from service.orders.conftest import Api, Timed
from support.buying import upload
from support.scans import reported
from support.selling import Seller
from support.services import OPERATOR_KEY
from support.stocking import add, stock

ELSEWHERE = {"lines": ["9 Other Road"], "city": "Singapore", "postcode": "049483", "country": "SG"}
MUG = {"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 2, "unit_price": "12.50"}
TEA = {"sku": "TEA", "title": "Tea", "quantity": 1, "unit_price": "5.00"}


@pytest.fixture(scope="module")
def api(timed: Timed) -> Api:
    """On the stepped clock."""
    return timed


async def refused(seller: Seller, order_id: str, what: str, status: int = 409, **body: Any) -> dict[str, Any]:
    answer = await seller.post(f"/v1/orders/{order_id}/{what}", body)
    assert answer.status_code == status, answer.text
    problem: dict[str, Any] = answer.json()
    return problem


async def changes(seller: Seller, order_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await seller.get(f"/v1/orders/{order_id}/address-changes")).json()["changes"]
    return found


async def packed(seller: Seller, **placed: Any) -> str:
    """Place an order and pack it; gives its id."""
    order_id: str = (await seller.place(**placed))["id"]
    await seller.act(order_id, "confirm")
    await seller.pack(order_id)
    return order_id


def asked(order: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Give kind, state and who of each request."""
    return [(one["kind"], one["state"], one["by"]) for one in order["requests"]]


# --- R10: the address ----------------------------------------------------------------------------------------------


async def test_r10_an_address_is_changed_until_shipped_and_the_change_is_on_record(
    timed: Timed, seller: Seller
) -> None:
    order_id = await packed(seller)
    before = (await seller.order(order_id))["buyer"]["address"]
    at = timed.clock.advance(minutes=5)

    answer = await seller.act(order_id, "address", address=ELSEWHERE)

    order = await seller.order(order_id)
    assert answer == order
    shown = {name: value for name, value in order["buyer"]["address"].items() if value is not None}
    assert shown == ELSEWHERE
    assert (order["status"], asked(order)) == ("processed", [("address", "applied", "seller")])
    [change] = await changes(seller, order_id)
    assert (change["by"], change["before"]) == ("seller", before)
    assert change["after"] == order["buyer"]["address"]
    assert change["id"] == order["requests"][0]["id"]
    assert change["at"] == at.isoformat().replace("+00:00", "Z")
    assert order["history"][-1]["trigger"] == "change_address"


async def test_r10_the_changes_of_an_address_are_told_oldest_first(timed: Timed, seller: Seller) -> None:
    order_id = (await seller.place())["id"]

    for road in ("A Road", "B Road", "C Road"):
        timed.clock.advance(minutes=1)
        await seller.act(order_id, "address", address={**ELSEWHERE, "lines": [road]})

    told = [(one["before"]["lines"][0], one["after"]["lines"][0]) for one in await changes(seller, order_id)]
    assert told == [("1 Example Road", "A Road"), ("A Road", "B Road"), ("B Road", "C Road")]


async def test_r10_a_change_is_said_of_labels_that_are_void(seller: Seller) -> None:
    order_id = await packed(seller)
    await seller.act(order_id, "parcels/1/booking", kind="drop_off")

    order = await seller.act(order_id, "address", address=ELSEWHERE)

    assert order["parcels"][0]["step"] == "unlabelled"
    assert order["history"][-1]["cause"]["void_labels"] == [1]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ({**ELSEWHERE, "country": "XX"}, "address.country"),
        ({**ELSEWHERE, "country": "sg"}, "address.country"),
        ({**ELSEWHERE, "postcode": "10115", "country": "SG"}, "address.postcode"),
        ({**ELSEWHERE, "postcode": "SW1A 1AA"}, "address.postcode"),
        ({**ELSEWHERE, "lines": []}, "address.lines"),
        ({**ELSEWHERE, "lines": ["\u202eRoad"]}, "address.lines.0"),
        ({**ELSEWHERE, "canary": 1}, "address.canary"),
    ],
)
async def test_r10_an_address_that_is_none_is_refused_by_its_field_at_placement_and_at_a_change(
    seller: Seller, address: dict[str, Any], field: str
) -> None:
    order = await seller.place()

    problem = await refused(seller, order["id"], "address", 422, address=address)
    placed = await seller.post("/v1/orders", {"number": "TT-NOWHERE", "address": address})

    assert [error["field"] for error in problem["errors"]] == [field]
    assert field in {error["field"] for error in placed.json()["errors"]}
    assert await seller.order(order["id"]) == order
    assert await changes(seller, order["id"]) == []


async def test_r10_once_shipped_the_address_stays_and_the_refused_request_is_shown(seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    before = await seller.ship(order_id, "NV-ADDRESS-1")

    problem = await refused(seller, order_id, "address", address=ELSEWHERE)

    order = await seller.order(order_id)
    assert (problem["order_status"], problem["possible"]) == ("shipped", [])
    assert "shipped" in problem["detail"]
    assert order["buyer"]["address"] == before["buyer"]["address"]
    assert asked(order) == [("address", "refused", "seller")]
    assert order["requests"][0]["reason"] == problem["detail"]
    assert await changes(seller, order_id) == []


async def test_r10_another_shop_s_address_is_unknown(api: Api, seller: Seller) -> None:
    theirs = await (await api.shop()).place()

    await refused(seller, theirs["id"], "address", 404, address=ELSEWHERE)

    assert (await seller.get(f"/v1/orders/{theirs['id']}/address-changes")).status_code == 404


# --- R11: the lines ------------------------------------------------------------------------------------------------


async def test_r11_fewer_lines_are_cheaper_the_rest_is_refunded_and_stock_comes_free(seller: Seller) -> None:
    location = await add(seller)
    await stock(seller, location, MUG_BLUE=5, TEA=5)
    order_id = (await seller.place())["id"]

    await seller.act(order_id, "lines", lines=[{**MUG, "quantity": 1}])

    order = await seller.order(order_id)
    assert [(one["sku"], one["quantity"]) for one in order["lines"]] == [("MUG-BLUE", 1)]
    assert order["money"]["total"] == "14.50"  # 12.50 and 2.00 shipping
    assert [(one["cause"], one["amount"], one["state"]) for one in order["refunds"]] == [("modified", "17.50", "due")]
    assert [parcel["lines"] for parcel in order["parcels"]] == [[{"sku": "MUG-BLUE", "quantity": 1}]]
    assert asked(order) == [("lines", "applied", "seller")]
    rows = (await seller.get("/v1/stock")).json()["stock"]
    assert {row["sku"]: (row["on_hand"], row["reserved"]) for row in rows} == {"MUG-BLUE": (5, 1), "TEA": (5, 0)}


async def test_r11_more_and_other_things_are_reserved_and_cost_what_they_cost(seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=5, TEA=5, MUG_RED=5)
    order_id = (await seller.place())["id"]
    red = {"sku": "MUG-RED", "title": "Red mug", "quantity": 3, "unit_price": "12.50", "options": {"Colour": "red"}}

    await seller.act(order_id, "lines", lines=[red, TEA], paid="12.50")

    order = await seller.order(order_id)
    assert (order["money"]["total"], order["money"]["prepaid"], order["refunds"]) == ("44.50", "44.50", [])
    assert order["lines"][0]["options"] == {"Colour": "red"}
    rows = (await seller.get("/v1/stock")).json()["stock"]
    assert {row["sku"]: row["reserved"] for row in rows} == {"MUG-BLUE": 0, "TEA": 1, "MUG-RED": 3}


async def test_r11_what_is_not_in_stock_is_not_changed_to(seller: Seller) -> None:
    await stock(seller, await add(seller), MUG_BLUE=3, TEA=5)
    order_id = (await seller.place())["id"]
    before = await seller.order(order_id)

    problem = await refused(seller, order_id, "lines", lines=[{**MUG, "quantity": 4}, TEA], paid="25.00")

    order = await seller.order(order_id)
    assert "MUG-BLUE" in problem["detail"]
    assert (order["lines"], order["money"]) == (before["lines"], before["money"])
    assert asked(order) == [("lines", "refused", "seller")]
    rows = (await seller.get("/v1/stock", sku="MUG-BLUE")).json()["stock"]
    assert [row["reserved"] for row in rows] == [2]


@pytest.mark.parametrize(("minutes", "status"), [(24 * 60 - 1, 200), (24 * 60, 409)])
async def test_r11_lines_change_within_24_hours(timed: Timed, seller: Seller, minutes: int, status: int) -> None:
    order_id = (await seller.place())["id"]
    timed.clock.advance(minutes=minutes)

    answer = await seller.post(f"/v1/orders/{order_id}/lines", {"lines": [MUG]})

    assert answer.status_code == status, answer.text
    assert asked(await seller.order(order_id)) == [("lines", "applied" if status == 200 else "refused", "seller")]
    if status == 409:
        assert (answer.json()["order_status"], answer.json()["possible"]) == ("placed", ["confirm", "cancel"])
        assert "24 hours" in answer.json()["detail"]


async def test_r11_a_packed_order_is_not_changed(seller: Seller) -> None:
    order_id = await packed(seller)

    problem = await refused(seller, order_id, "lines", lines=[MUG])

    assert (problem["order_status"], problem["possible"]) == ("processed", ["ship", "cancel"])
    assert [one["quantity"] for one in (await seller.order(order_id))["lines"]] == [2, 1]


async def test_r11_a_change_after_confirmation_keeps_it_confirmed_and_it_can_be_packed(seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.act(order_id, "confirm")

    assert (await seller.act(order_id, "lines", lines=[MUG]))["status"] == "confirmed"
    assert (await seller.pack(order_id))["status"] == "processed"


async def test_r11_where_the_shop_changes_lines_until_shipped_a_packed_order_is_to_be_packed_again(
    seller: Seller,
) -> None:
    terms = {"modification_until_shipped": True, "label_required": True}
    assert (await operator(seller, "POST", f"/v1/shops/{seller.shop_id}/policies", terms)).is_success
    order_id = await packed(seller)
    bound = await seller.bind(order_id, "NV-UNPACKED")
    label = {
        "recipient": "Mei Tan",
        "address": ["1 Example Road", "Singapore 018956"],
        "items": [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "TEA", "quantity": 1}],
        "tracking_number": bound["parcels"][0]["bindings"][0]["number"],
    }
    assert (await seller.act(order_id, "parcels/1/label", **label))["parcels"][0]["step"] == "labelled"

    order = await seller.act(order_id, "lines", lines=[MUG])

    assert (order["status"], order["parcels"][0]["step"]) == ("confirmed", "unlabelled")
    assert order["history"][-1]["cause"]["void_labels"] == [1]
    assert (await refused(seller, order_id, "ship"))["possible"] == ["pack", "cancel"]
    await seller.pack(order_id)
    bare = await refused(seller, order_id, "parcels/1/handover", 422, carrier="Ninja Van")
    assert [error["field"] for error in bare["errors"]] == ["label"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{**MUG, "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [MUG], "paid": "-1"}, "paid"),
        ({"lines": [MUG, TEA, MUG]}, "lines"),
        ({}, "lines"),
    ],
)
async def test_r11_lines_that_are_none_are_refused_by_field(seller: Seller, body: dict[str, Any], field: str) -> None:
    order = await seller.place()

    answer = await seller.post(f"/v1/orders/{order['id']}/lines", body)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert await seller.order(order["id"]) == order


async def test_r11_lines_in_several_parcels_are_taken_out_of_them(seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.act(order_id, "parcels/1/split", lines=[{"sku": "TEA", "quantity": 1}])

    await seller.act(order_id, "lines", lines=[MUG])

    order = await seller.order(order_id)
    assert [(one["number"], one["lines"]) for one in order["parcels"]] == [(1, [{"sku": "MUG-BLUE", "quantity": 2}])]


async def state(timed: Timed, order_id: str) -> OrderState:
    """Give what other services were told last of an order."""
    await timed.running.quiet()
    said = [one for one in await timed.broker.said("ORDERS") if isinstance(one, OrderChanged)]
    return [one.state for one in said if str(one.state.order_id) == order_id][-1]


# --- R25: cancellations --------------------------------------------------------------------------------------------


async def test_r25_a_buyer_s_cancellation_of_a_packed_order_is_a_request(timed: Timed, seller: Seller) -> None:
    order_id = await packed(seller)

    order = await seller.act(order_id, "cancel", by="buyer", reason="too late for the party")

    assert (order["status"], asked(order)) == ("processed", [("cancellation", "requested", "buyer")])
    assert order["requests"][0]["words"] == "too late for the party"
    [ask] = (await state(timed, order_id)).asks  # what D12 counts from
    assert (str(ask.id), ask.kind, ask.asked_at) == (order["requests"][0]["id"], "cancellation", timed.clock.now)


@pytest.mark.parametrize("answer", ["approve", "refuse"])
async def test_r25_the_seller_answers_a_cancellation(seller: Seller, answer: str) -> None:
    order_id = await packed(seller)
    [request] = (await seller.act(order_id, "cancel", by="buyer", reason="no"))["requests"]
    body = {} if answer == "approve" else {"reason": "it is at the door already"}

    await seller.act(order_id, f"requests/{request['id']}/{answer}", **body)
    again = await seller.act(order_id, f"requests/{request['id']}/{answer}", **body)

    order = await seller.order(order_id)
    assert again["version"] == order["version"]
    if answer == "approve":
        assert (order["status"], asked(order)) == ("cancelled", [("cancellation", "applied", "buyer")])
        assert [(one["amount"], one["state"]) for one in order["refunds"]] == [("32.00", "due")]
    else:
        assert (order["status"], asked(order)) == ("processed", [("cancellation", "refused", "buyer")])
        assert order["requests"][0]["reason"] == "it is at the door already"


async def test_r25_the_seller_cancels_a_packed_order_at_once_with_a_reason(seller: Seller) -> None:
    order_id = await packed(seller)

    await refused(seller, order_id, "cancel", 422, by="seller")
    order = await seller.act(order_id, "cancel", by="seller", reason="broken in the shop")

    assert order["status"] == "cancelled"
    assert order["history"][-1]["cause"] == {"by": "seller", "reason": "broken in the shop"}


async def test_r25_a_request_that_shipping_overtakes_is_refused(seller: Seller) -> None:
    order_id = await packed(seller)
    await seller.act(order_id, "cancel", by="buyer", reason="no")
    await seller.act(order_id, "parcels/1/handover", carrier="Ninja Van", number="NV-OVERTAKEN")

    order = await seller.act(order_id, "ship")

    assert asked(order) == [("cancellation", "refused", "buyer")]
    assert order["requests"][0]["reason"]


async def test_a_request_that_is_not_there_is_named(seller: Seller) -> None:
    order_id = (await seller.place())["id"]

    problem = await refused(seller, order_id, f"requests/{uuid4()}/approve", 422)

    assert [error["field"] for error in problem["errors"]] == ["request_id"]


# --- R14, R22: complaints ------------------------------------------------------------------------------------------


async def operator(seller: Seller, method: str, path: str, body: Any = None) -> Any:
    headers = {"authorization": f"Bearer {OPERATOR_KEY}", "idempotency-key": uuid4().hex}
    return await seller.http.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize("verdict", ["uphold", "refuse"])
async def test_r14_a_complaint_is_opened_answered_and_decided(seller: Seller, verdict: str) -> None:
    order_id = (await seller.place())["id"]
    await seller.ship(order_id, f"NV-COMPLAINT-{verdict}")
    file = await upload(seller)

    opened = await seller.act(
        order_id, "complaints", kind="damaged", parcel=1, words="A crack.\nAnd a chip.", evidence=[file]
    )
    [one] = opened["complaints"]
    assert (one["state"], one["parcel"], one["evidence"]) == ("open", 1, [file])
    await seller.act(order_id, f"complaints/{one['id']}/answer", words="We are sorry.")
    assert [(c["state"], c["answer"]) for c in (await seller.order(order_id))["complaints"]] == [
        ("answered", "We are sorry.")
    ]
    decided = await operator(seller, "POST", f"/v1/complaints/{one['id']}/{verdict}", {"words": "The photo shows it."})
    assert decided.is_success, decided.text

    [kept] = (await seller.order(order_id))["complaints"]
    assert kept["state"] == {"uphold": "upheld", "refuse": "refused"}[verdict]
    assert (kept["words"], kept["reason"], kept["kind"]) == (
        "A crack.\nAnd a chip.",
        "The photo shows it.",
        "damaged",
    )
    late = await seller.post(f"/v1/orders/{order_id}/complaints/{one['id']}/answer", {"words": "But no."})
    assert late.status_code == 409


KINDS = ["empty", "incomplete", "wrong_item", "damaged", "fraudulent", "hazardous", "false_label", "not_received"]


async def test_r14_each_kind_of_complaint_is_kept(seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.ship(order_id, "NV-KINDS")

    for kind in KINDS:
        await seller.act(order_id, "complaints", kind=kind, words=f"it is {kind}")

    kept = (await seller.order(order_id))["complaints"]
    assert [(one["kind"], one["words"]) for one in kept] == [(kind, f"it is {kind}") for kind in KINDS]
    problem = await refused(seller, order_id, "complaints", 422, kind="canary", words="x")
    assert [error["field"] for error in problem["errors"]] == ["kind"]


async def test_r14_before_anything_was_sent_only_fraud_and_false_labels_are_complained_of(seller: Seller) -> None:
    order_id = (await seller.place())["id"]

    await refused(seller, order_id, "complaints", kind="empty", words="nothing in it")
    await seller.act(order_id, "complaints", kind="fraudulent", words="there is no such shop")

    assert [one["kind"] for one in (await seller.order(order_id))["complaints"]] == ["fraudulent"]


async def test_r22_receipt_is_confirmed_for_the_buyer(seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.ship(order_id, "NV-RECEIPT-1")

    await seller.act(order_id, "received")

    order = await seller.order(order_id)
    assert (order["status"], [one["mark"] for one in order["parcels"][0]["marks"]]) == (
        "delivered",
        ["handed_over", "confirmed"],
    )


async def test_r22_what_a_buyer_says_not_to_have_is_disputed(timed: Timed, seller: Seller) -> None:
    order_id = (await seller.place())["id"]
    await seller.ship(order_id, "NV-DISPUTED-1")
    await timed.broker.say(reported("NV-DISPUTED-1", "delivered", timed.clock.now))
    await timed.running.quiet()

    await seller.act(order_id, "complaints", kind="not_received", words="not here")

    order = await seller.order(order_id)
    assert order["parcels"][0]["disputed_at"] == timed.clock.now.isoformat().replace("+00:00", "Z")
    assert [one["kind"] for one in order["complaints"]] == ["not_received"]


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("complaints", {"kind": "damaged", "words": ""}, "words"),
        ("complaints", {"kind": "damaged", "words": "\n\n"}, "words"),
        ("complaints", {"kind": "damaged", "words": "a\x00b"}, "words"),
        ("complaints", {"kind": "damaged", "words": "w" * 2_001}, "words"),
        ("complaints", {"kind": "fraudulent", "words": "x", "parcel": 5}, "parcel"),
        ("complaints", {"kind": "fraudulent", "words": "x", "parcel": 0}, "parcel"),
        ("complaints/00000000-0000-4000-8000-000000000000/answer", {"words": "we are sorry"}, "complaint_id"),
    ],
)
async def test_r14_a_complaint_that_is_none_is_refused_by_field(
    seller: Seller, what: str, body: dict[str, Any], field: str
) -> None:
    order = await seller.place()

    problem = await refused(seller, order["id"], what, 422, **body)

    assert [error["field"] for error in problem["errors"]] == [field]
    assert (await seller.order(order["id"]))["complaints"] == []
