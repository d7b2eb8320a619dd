"""What carriers tell that is late, odd or impossible: what becomes of the order, and who is told.

Names begin with the case's id. Buckets and verdicts are in `test_books`, whole lives in the unit tests of the fold.
"""

import html
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.orders.v1 import OrderChanged, ScansJudged
from contracts.scans.v1 import ScanReported
from service.orders.conftest import Timed
from support.buying import link
from support.scans import not_understood, reported
from support.selling import Seller


@dataclass
class Parcel:
    """An order whose parcel has a tracking number, and what is told of it."""

    timed: Timed
    seller: Seller
    order_id: str
    number: str

    async def scanned(self, *scans: ScanReported) -> Any:
        """Tell scans, and wait until they are judged; gives the order as the seller sees it."""
        await self.timed.broker.say(*scans)
        await self.timed.running.quiet()
        return await self.seller.order(self.order_id)

    def scan(self, status: str, hours: float = 0, **told: Any) -> ScanReported:
        """Make a scan that happened *hours* from now, and is received now."""
        now = self.timed.clock.now
        return reported(self.number, status, now + timedelta(hours=hours), **{"received_at": now, **told})

    async def told(self) -> list[str]:
        """Give what was said to have happened since it was placed, in order."""
        said = [event for event in await self.timed.broker.said("ORDERS") if isinstance(event, OrderChanged)]
        mine = [event for event in said if str(event.state.order_id) == self.order_id]
        return [one.happening for event in mine for one in event.occurrences if one.happening != "placed"]

    async def verdict(self, scan: ScanReported) -> tuple[str, str | None]:
        """Give the latest verdict on a scan."""
        said = [event for event in await self.timed.broker.said("ORDERS") if isinstance(event, ScansJudged)]
        found = [one for event in said for one in event.judgements if one.scan_id == scan.scan_id]
        return found[-1].verdict, found[-1].reason


@pytest.fixture
def api(timed: Timed) -> Timed:
    """This module's `orders` is on a clock that it moves on."""
    timed.clock.advance(hours=1)
    return timed


async def placed(api: Timed, seller: Seller, **told: Any) -> Parcel:
    order_id, number = (await seller.place(**told))["id"], f"NV{uuid4().hex[:10]}".upper()
    await seller.bind(order_id, number)
    return Parcel(api, seller, order_id, number)


@pytest.fixture
async def parcel(api: Timed, seller: Seller) -> Parcel:
    """A parcel of an order that was placed six hours ago."""
    made = await placed(api, seller)
    api.clock.advance(hours=6)
    return made


def at(shown: str | None) -> datetime | None:
    return datetime.fromisoformat(shown) if shown else None


async def test_b4_a_code_that_nobody_has_mapped_changes_nothing(parcel: Parcel) -> None:
    before = await parcel.seller.order(parcel.order_id)

    await parcel.timed.broker.say(not_understood(parcel.timed.clock.now, "unmapped_code"))
    await parcel.timed.running.quiet()

    assert await parcel.seller.order(parcel.order_id) == before


async def test_b6_a_scan_without_a_time_counts_as_of_its_receipt_and_says_so(parcel: Parcel) -> None:
    scan = parcel.scan("in_transit", scanned_at=None, time_quality="none")

    [shown] = (await parcel.scanned(scan))["parcels"][0]["timeline"]

    assert (at(shown["at"]), shown["scanned_at"], shown["time_quality"]) == (parcel.timed.clock.now, None, "none")


async def test_b10_a_time_three_hours_ahead_counts_as_of_its_receipt_and_is_shown_as_it_was_told(
    parcel: Parcel,
) -> None:
    """Ahead of its receipt by more than 15 minutes (RULES.md, Races)."""
    ahead = parcel.scan("in_transit", 3)

    [shown] = (await parcel.scanned(ahead))["parcels"][0]["timeline"]

    assert (at(shown["at"]), at(shown["scanned_at"])) == (parcel.timed.clock.now, ahead.scanned_at)


async def test_b10_b27_a_time_ten_years_ago_is_of_another_parcel_that_had_the_number(parcel: Parcel) -> None:
    old = parcel.scan("delivered", -10 * 365 * 24)

    order = await parcel.scanned(old)

    assert (order["status"], order["parcels"][0]["timeline"]) == ("placed", [])
    assert await parcel.verdict(old) == ("refused", "stale_binding")
    assert await parcel.told() == []


async def test_b18_delivered_as_the_first_scan_is_delivered_and_nobody_is_told_that_it_was_shipped(
    parcel: Parcel,
) -> None:
    order = await parcel.scanned(parcel.scan("delivered", -1))

    assert (order["status"], order["parcels"][0]["place"]) == ("delivered", "delivered")
    assert await parcel.told() == ["delivered"]


async def test_b18_where_the_marketplace_ships_it_waits_for_the_signature(api: Timed, seller: Seller) -> None:
    """R7."""
    parcel = await placed(api, seller, fulfilment={"type": "ship_by_tiktok", "handover": "pick_up"})
    api.clock.advance(hours=6)

    order = await parcel.scanned(parcel.scan("delivered", -1))

    assert order["status"] == "shipped"
    assert order["parcels"][0]["awaiting_signature_at"] is not None
    assert "delivered" not in await parcel.told()


async def test_b19_what_is_stamped_after_the_delivery_is_kept_and_moves_nothing(parcel: Parcel) -> None:
    await parcel.scanned(parcel.scan("delivered", -2))
    later = parcel.scan("in_transit", -1)

    order = await parcel.scanned(later)

    assert (order["status"], order["parcels"][0]["place"]) == ("delivered", "delivered")
    assert [scan["status"] for scan in order["parcels"][0]["timeline"]] == ["delivered", "in_transit"]
    assert await parcel.verdict(later) == ("applied", None)
    assert await parcel.told() == ["delivered"]


async def test_b20_delivered_after_lost_is_delivered_and_the_loss_is_taken_back(parcel: Parcel) -> None:
    lost = await parcel.scanned(parcel.scan("lost", -2))

    found = await parcel.scanned(parcel.scan("delivered", -1))

    assert (lost["badge"], found["badge"], found["status"]) == ("lost", None, "delivered")
    assert found["parcels"][0]["lost_at"] is None
    assert await parcel.told() == ["lost", "corrected", "delivered"]


async def test_b23_only_what_goes_back_leaves_delivered(parcel: Parcel) -> None:
    await parcel.scanned(parcel.scan("delivered", -3))

    back = await parcel.scanned(parcel.scan("returned", -1))

    assert (back["status"], back["parcels"][0]["place"]) == ("returned", "returned")


@pytest.mark.parametrize(("status", "since"), [("lost", "lost_at"), ("damaged", "damaged_at")])
async def test_b24_what_a_carrier_says_is_lost_or_damaged_is_so_at_once_and_cancels_nothing_yet(
    parcel: Parcel, status: str, since: str
) -> None:
    """Without waiting for D4; D9 gives it a day to turn up (R9)."""
    await parcel.scanned(parcel.scan("in_transit", -3))

    order = await parcel.scanned(parcel.scan(status, -1))

    assert (order["status"], order["badge"]) == ("shipped", status)
    assert at(order["parcels"][0][since]) == parcel.timed.clock.now - timedelta(hours=1)
    assert order["parcels"][0]["marks"] == [], "no rule concluded it"
    assert status in await parcel.told()


async def test_b25_one_parcel_of_three_does_not_make_the_order_delivered(api: Timed, seller: Seller) -> None:
    parcels = [{"lines": [{"sku": sku, "quantity": 1}]} for sku in ("MUG-BLUE", "MUG-BLUE", "TEA")]
    order = await seller.place(parcels=parcels)
    numbers = [f"NV{uuid4().hex[:10]}".upper() for _ in parcels]
    for parcel, number in enumerate(numbers, 1):
        await seller.bind(order["id"], number, parcel=parcel)
    api.clock.advance(hours=6)

    seen = []
    for number in (numbers[1], numbers[0], numbers[2]):
        order = await Parcel(api, seller, order["id"], number).scanned(reported(number, "delivered", api.clock.now))
        seen.append((order["status"], [one["delivered_at"] is not None for one in order["parcels"]]))

    assert seen == [
        ("shipped", [False, True, False]),
        ("shipped", [True, True, False]),
        ("delivered", [True, True, True]),
    ]


async def test_b26_what_is_told_of_a_number_goes_to_the_one_order_that_has_it(parcel: Parcel) -> None:
    """The second order that claims it is refused (RULES.md, Races)."""
    other = (await parcel.seller.place())["id"]
    refused = await parcel.seller.post(
        f"/v1/orders/{other}/parcels/1/tracking", {"carrier": "Ninja Van", "number": parcel.number}, method="PUT"
    )

    first = await parcel.scanned(parcel.scan("in_transit", -1))

    assert refused.status_code == 409
    assert (first["status"], (await parcel.seller.order(other))["status"]) == ("shipped", "placed")


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "%n%s", "'; DROP TABLE scans; --"]


async def test_b30_a_place_is_a_text_on_every_page(parcel: Parcel) -> None:
    scans = [
        parcel.scan("in_transit", n - len(HOSTILE), place=place, raw_text=place) for n, place in enumerate(HOSTILE)
    ]

    order = await parcel.scanned(*scans)
    token = await link(parcel.timed.broker, parcel.order_id)
    page = (await parcel.timed.running.http.get(f"/t/{token}")).text

    assert [scan["place"] for scan in order["parcels"][0]["timeline"]] == HOSTILE
    for place in HOSTILE:
        assert html.escape(place) in page.replace("&#34;", "&quot;").replace("&#39;", "&#x27;"), place
    assert "<script" not in page
    assert "<img" not in page
