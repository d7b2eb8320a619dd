"""Several orders of one buyer in one package: one tracking number, and a parcel of each (RULES, races)."""

from datetime import timedelta

from support.scans import reported
from support.selling import Seller, open_shop
from support.servers import Broker
from support.services import Running


async def bind(seller: Seller, order_id: str, number: str, shared_with: str | None = None) -> int:
    body = {"carrier": "Ninja Van", "number": number, "shared_with": shared_with}
    answer = await seller.post(f"/v1/orders/{order_id}/parcels/1/tracking", body, method="PUT")
    return answer.status_code


async def told(orders: Running, broker: Broker, number: str, *statuses: str) -> None:
    now = orders.service.clock.now()
    await broker.say(*(reported(number, status, now + timedelta(seconds=n)) for n, status in enumerate(statuses)))
    await orders.quiet()


async def timeline(seller: Seller, order_id: str) -> list[str]:
    return [scan["status"] for scan in (await seller.order(order_id))["parcels"][0]["timeline"]]


async def test_what_is_scanned_of_the_package_is_evidence_of_each_parcel_in_it(
    orders: Running, broker: Broker, shop: Seller
) -> None:
    one, other = (await shop.place())["id"], (await shop.place())["id"]
    assert await bind(shop, one, "NV-TWO-1") == 200
    await told(orders, broker, "NVTWO1", "picked_up")

    assert await bind(shop, other, "NV-TWO-1", shared_with=one) == 200
    assert await timeline(shop, other) == ["picked_up"]
    await told(orders, broker, "NVTWO1", "in_transit", "delivered")

    for order_id in (one, other):
        assert (await shop.order(order_id))["status"] == "delivered"
        assert sorted(await timeline(shop, order_id)) == ["delivered", "in_transit", "picked_up"]
    assert await orders.pool.fetchval("SELECT count(*) FROM scans WHERE verdict = 'applied'") == 3


async def test_a_number_is_shared_only_where_it_is_said_and_the_buyer_is_the_same(shop: Seller) -> None:
    one, other = (await shop.place())["id"], (await shop.place())["id"]
    somebody = {"name": "Ann Lee", "email": "ann@example.com", "zone": "Asia/Singapore"}
    strangers = (await shop.place(buyer=somebody))["id"]
    third = (await shop.place())["id"]
    await bind(shop, one, "NV-TWO-2")

    assert await bind(shop, other, "NV-TWO-2") == 409
    assert await bind(shop, strangers, "NV-TWO-2", shared_with=one) == 422
    assert await bind(shop, other, "NV-TWO-2", shared_with=other) == 422
    assert await bind(shop, other, "NV-TWO-2", shared_with=one) == 200
    assert await bind(shop, third, "NV-TWO-2", shared_with=one) == 200


async def test_another_shop_cannot_join_a_package(orders: Running, shop: Seller) -> None:
    one = (await shop.place())["id"]
    await bind(shop, one, "NV-TWO-3")
    elsewhere = await open_shop(orders.pool, orders.service.clock, orders.http, "Red shop")
    theirs = (await elsewhere.place())["id"]

    assert await bind(elsewhere, theirs, "NV-TWO-3", shared_with=one) == 422
    assert await bind(elsewhere, theirs, "NV-TWO-3") == 409


async def test_a_corrected_scan_of_the_package_is_corrected_for_each(
    orders: Running, broker: Broker, shop: Seller
) -> None:
    one, other = (await shop.place())["id"], (await shop.place())["id"]
    await bind(shop, one, "NV-TWO-4")
    await bind(shop, other, "NV-TWO-4", shared_with=one)
    now = orders.service.clock.now()
    was = reported("NVTWO4", "delivered", now, identity="the-same")
    await broker.say(was)
    await orders.quiet()
    corrected = reported("NVTWO4", "attempt_failed", now, identity="the-same", received_at=now + timedelta(seconds=5))
    await broker.say(corrected)
    await orders.quiet()

    for order_id in (one, other):
        assert await timeline(shop, order_id) == ["attempt_failed"]
        assert (await shop.order(order_id))["parcels"][0]["delivered_at"] is None
