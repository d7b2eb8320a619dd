"""Locations, drop-off points and the recommendation (R21), by HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.vocabulary import ScanStatus
from service.orders.conftest import Api
from support.selling import Seller
from support.stocking import LOCATION, add, change, recommended, stock

POINT: dict[str, Any] = {
    "name": "Corner shop",
    "address": {"lines": ["3 Example Road"], "city": "Singapore", "country": "SG"},
    "carrier": "Ninja Van",
    "opening_hours": "Mon-Fri 9-18",
}


async def test_r21_a_location_is_shown_as_it_was_added_and_changed(seller: Seller) -> None:
    added = await add(seller, pick_up_point=True)

    assert added == {
        **LOCATION,
        "id": added["id"],
        "address": {**LOCATION["address"], "region": None},
        "region": "SG-01",
        "pick_up_point": True,
        "active": True,
    }
    assert (await seller.get(f"/v1/locations/{added['id']}")).json() == added
    changed = (await change(seller, added["id"], name="Harbour", region="SG", active=False)).json()
    assert (changed["name"], changed["region"], changed["active"]) == ("Harbour", "SG", False)
    assert (await seller.get("/v1/locations")).json() == {"locations": [changed], "next": None}


async def test_locations_are_listed_by_name_page_by_page(seller: Seller) -> None:
    for name in ("C", "A", "B"):
        await add(seller, name=name)

    first = (await seller.get("/v1/locations", limit=2)).json()
    second = (await seller.get("/v1/locations", limit=2, cursor=first["next"])).json()

    assert [one["name"] for page in (first, second) for one in page["locations"]] == ["A", "B", "C"]
    assert second["next"] is None


async def test_a_name_is_used_once_in_a_shop(api: Api, seller: Seller) -> None:
    await add(seller)
    other = await add(seller, name="Other")

    again = await seller.post("/v1/locations", LOCATION)
    renamed = await change(seller, other["id"])

    for answer in (again, renamed):
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "name")
    assert (await (await api.shop()).post("/v1/locations", LOCATION)).status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"zone": "Singapore Standard Time"}, "zone"),
        ({"region": "sg"}, "region"),
        ({"region": "MY-50"}, "region"),
        ({"name": " "}, "name"),
        ({"address": {"city": "Singapore", "country": "SG"}}, "address.lines"),
        ({"stock": 1}, "stock"),
    ],
)
async def test_a_location_is_checked_field_by_field(seller: Seller, changes: dict[str, Any], field: str) -> None:
    answer = await seller.post("/v1/locations", {**LOCATION, **changes})

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


async def test_another_shop_s_location_is_as_unknown_as_one_that_is_not_there(api: Api, seller: Seller) -> None:
    theirs = await add(await api.shop())
    unknown = []
    for location_id in (theirs["id"], str(uuid4())):
        path = f"/v1/locations/{location_id}"
        csv = {**seller.headers, "idempotency-key": uuid4().hex, "content-type": "text/csv"}
        unknown += [
            await seller.get(path),
            await change(seller, location_id, name="Mine"),
            await seller.post(f"{path}/stock/MUG", {"on_hand": 1}, method="PUT"),
            await seller.post(f"{path}/stock/MUG/adjust", {"delta": 1, "reason": "found"}),
            await seller.http.post(f"{path}/stock/import", content="sku,on_hand\nMUG,1", headers=csv),
        ]

    assert {(answer.status_code, answer.json()["title"]) for answer in unknown} == {(404, "unknown location")}
    assert (await seller.get("/v1/stock", location=theirs["id"])).json()["stock"] == []


async def test_r21_drop_off_points_are_listed_with_their_carrier(api: Api, seller: Seller) -> None:
    added = (await seller.post("/v1/drop-off-points", POINT)).json()

    assert (added["carrier"], added["opening_hours"]) == ("ninjavan", "Mon-Fri 9-18")
    assert (await seller.get("/v1/drop-off-points")).json() == {"drop_off_points": [added], "next": None}
    assert (await seller.post("/v1/drop-off-points", POINT)).status_code == 409
    nobody = await seller.post("/v1/drop-off-points", {**POINT, "name": "Other", "carrier": "!"})
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (422, "carrier")
    assert (await (await api.shop()).get("/v1/drop-off-points")).json()["drop_off_points"] == []


async def test_r21_the_nearest_location_with_stock_is_recommended_with_reasons(seller: Seller) -> None:
    await stock(seller, await add(seller, name="Near", region="SG-01"), MUG_BLUE=1, TEA=1)
    await stock(seller, await add(seller, name="Abroad", region="SG-50"), MUG_BLUE=2, TEA=1)
    closed = await add(seller, name="Closed", active=False)
    await stock(seller, closed, MUG_BLUE=9, TEA=9)
    order = await seller.place()

    found = await recommended(seller, order["id"])

    assert [(one["name"], one["nearness"], one["has_all"], one["reason"]) for one in found["locations"]] == [
        ("Abroad", "same_country", True, "same country, has all of it"),
        ("Near", "same_zone", False, "same zone, has too little: MUG-BLUE: 1 of 2"),
    ]
    assert found["locations"][1]["lacks"] == [{"sku": "MUG-BLUE", "available": 1, "needed": 2}]
    held = {one["sku"]: (one["location_id"], one["reserved"], one["state"]) for one in found["stock"]}
    assert held == {
        "MUG-BLUE": (found["locations"][0]["id"], 2, "reserved"),
        "TEA": (found["locations"][0]["id"], 1, "reserved"),
    }


async def test_a_shop_without_locations_has_none_to_recommend(seller: Seller) -> None:
    order = await seller.place()

    found = await recommended(seller, order["id"])

    assert (found["locations"], found["stock"], found["lane"], found["carriers"]) == ([], [], None, [])
    assert found["carriers_note"] == "no record yet"


async def test_another_shop_s_order_has_no_recommendation(api: Api, seller: Seller) -> None:
    order = await seller.place()

    answer = await (await api.shop()).get(f"/v1/orders/{order['id']}/recommendation")

    assert (answer.status_code, answer.json()["title"]) == (404, "unknown order")


async def deliver(api: Api, seller: Seller, carrier: str, hours: int, late: bool, **changes: Any) -> None:
    """Have an order that was delivered so many hours after the carrier had it; written as the fold would."""
    order = await seller.place(promised_at="2030-01-10T00:00:00Z", **changes)
    await seller.ship(order["id"], f"NV-{order['number']}")
    await api.running.pool.execute(
        """UPDATE parcels SET state = state || jsonb_build_object('carrier', $2::text, 'place', $3::text,
        'delivered_at', t, 'first_physical_at', t - make_interval(hours => $4))
        FROM (SELECT timestamptz '2030-01-09 12:00Z' + make_interval(days => $5) AS t) AS d WHERE order_id = $1""",
        order["id"],
        carrier,
        ScanStatus.DELIVERED.value,
        hours,
        int(late),
    )


async def test_r21_the_carrier_with_the_best_record_on_the_lane_is_recommended(api: Api, seller: Seller) -> None:
    await add(seller, name="Near")
    for hours, late in ((10, False), (30, False), (20, True)):
        await deliver(api, seller, "quickbutlate", hours, late)
    for hours in (40, 50, 60):
        await deliver(api, seller, "punctual", hours, late=False)
    elsewhere = {"lines": ["1 Jalan"], "city": "Kuala Lumpur", "postcode": "50000", "country": "MY"}
    await deliver(api, seller, "abroad", 1, late=False, address=elsewhere)
    await deliver(api, await api.shop(), "other-shop", 1, late=False)
    await stock(seller, await add(seller, name="Far", region="SG-60"), KETTLE=1)
    kettle = [{"sku": "KETTLE", "title": "Kettle", "quantity": 1, "unit_price": "32.00"}]
    await deliver(api, seller, "from-elsewhere", 1, late=False, lines=kettle)
    order = await seller.place()

    found = await recommended(seller, order["id"])

    assert (found["lane"], found["carriers_note"]) == ("Near to SG-01", None)
    assert found["carriers"] == [
        {
            "carrier": "punctual",
            "delivered": 3,
            "judged": 3,
            "on_time_share": 1.0,
            "median_hours": 50.0,
            "reason": "3 of 3 on time, 3 delivered, half of them within 50 h",
        },
        {
            "carrier": "quickbutlate",
            "delivered": 3,
            "judged": 3,
            "on_time_share": 2 / 3,
            "median_hours": 20.0,
            "reason": "2 of 3 on time, 3 delivered, half of them within 20 h",
        },
    ]
