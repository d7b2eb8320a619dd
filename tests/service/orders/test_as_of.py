"""``?as_of=``: an order as it stood at an instant, by what was known then. Every answer equals what was shown then."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.scans.v1 import ScanReported
from service.orders.conftest import Api, Timed
from support.buying import upload
from support.scans import reported
from support.selling import Seller, order_body


@pytest.fixture(scope="module")
def api(timed: Timed) -> Api:
    """On the stepped clock."""
    return timed


def facts(parcel: dict[str, Any]) -> dict[str, Any]:
    """Give what carriers and people said of a parcel, without what is not so."""
    names = [
        "number",
        "carrier",
        "place",
        "place_at",
        "handed_over_at",
        "pickup_asked_at",
        "first_physical_at",
        "collected_at",
        "moved_at",
        "attempts",
        "delivered_at",
        "returning_at",
        "returned_at",
        "delayed_at",
        "lost_at",
        "damaged_at",
        "closed_at",
        "estimated_at",
        "disputed_at",
    ]
    return {name: parcel[name] for name in names if parcel.get(name)}


def shown(order: dict[str, Any]) -> dict[str, Any]:
    """Give what a later ``as_of`` is to know of an order that is shown."""
    return {
        "version": order["version"],
        "status": order["status"],
        "shown_status": order["shown_status"],
        "badge": order["badge"],
        "parcels": [facts(parcel) for parcel in order["parcels"]],
        "money": [order["money"][name] for name in ("total", "prepaid", "collected")],
        "lines": [(one["sku"], one["quantity"], one["unit_price"]) for one in order["lines"]],
        "refunds": sorted((one["cause"], one["amount"], one["state"]) for one in order["refunds"]),
        "requests": [(one["kind"], one["state"]) for one in order["requests"]],
        "complaints": [(one["kind"], one["state"]) for one in order["complaints"]],
        "returns": [one["status"] for one in order["returns"]],
        "timelines": {
            str(one["number"]): [scan["scan_id"] for scan in one["timeline"]]
            for one in [*order["parcels"], *order["returns"]]
        },
        "history": order["history"],
    }


def then(answer: dict[str, Any]) -> dict[str, Any]:
    """Give the same of an answer to ``as_of``."""
    stood = answer["stood"]
    return {
        "version": answer["version"],
        "status": answer["status"],
        "shown_status": answer["shown_status"],
        "badge": stood.get("badge"),
        "parcels": [facts(parcel) for parcel in stood["parcels"]],
        "money": [stood["money"][name] for name in ("total", "prepaid", "collected")],
        "lines": [(one["sku"], one["quantity"], one["unit_price"]) for one in stood["lines"]],
        "refunds": sorted((cause, amount, state) for _, cause, _, amount, state in stood.get("refunds", [])),
        "requests": [(kind, state) for _, kind, state in stood.get("requests", [])],
        "complaints": [(kind, state) for _, kind, state in stood.get("complaints", [])],
        "returns": [one["status"] for one in stood.get("returns", [])],
        "timelines": {
            number: [scan["scan_id"] for scan in timeline] for number, timeline in answer["timelines"].items()
        },
        "history": answer["history"],
    }


@dataclass
class Diary:
    """What was shown of an order, with the time at which it was."""

    timed: Timed
    seller: Seller
    order_id: str
    pages: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    async def look(self) -> None:
        """Write down what is shown, at the instant of the change and until a minute before the next."""
        order = await self.seller.order(self.order_id)
        self.pages += [(self.timed.clock.now, order), (self.timed.clock.advance(minutes=59), order)]
        self.timed.clock.advance(minutes=1)

    async def scan(self, *scans: ScanReported) -> None:
        """Have carriers tell."""
        await self.timed.broker.say(*scans)
        await self.timed.running.quiet()
        await self.look()

    async def act(self, what: str, **body: Any) -> Any:
        """Do something, and look."""
        answer = await self.seller.act(self.order_id, what, **body)
        await self.look()
        return answer

    async def ask(self, at: datetime) -> Any:
        """Ask how it stood."""
        return await self.seller.get(f"/v1/orders/{self.order_id}", as_of=at.isoformat())


async def begin(timed: Timed, seller: Seller) -> Diary:
    diary = Diary(timed, seller, (await seller.place())["id"])
    await diary.look()
    return diary


async def test_at_every_instant_of_a_long_life_the_answer_is_what_was_shown_then(timed: Timed, seller: Seller) -> None:
    number, back = "NV-ASOF-1", "NV-ASOF-2"
    diary = await begin(timed, seller)
    order_id, clock = diary.order_id, timed.clock
    await diary.act("parcels/1/split", lines=[{"sku": "TEA", "quantity": 1}])
    await diary.act("parcels/combine", into=1, parcels=[2])
    await diary.act("confirm")
    lines = [{"sku": "MUG-BLUE", "title": "Blue mug", "quantity": 1, "unit_price": "12.50"}]
    await diary.act("lines", lines=[*lines, {"sku": "TEA", "title": "Tea", "quantity": 1, "unit_price": "5.00"}])
    await seller.pack(order_id)
    await diary.look()
    photo = await upload(seller, "photo")
    await diary.act("parcels/1/handover", carrier="Ninja Van", number=number, photos=[photo])
    await diary.act("ship")
    refused = await seller.post(f"/v1/orders/{order_id}/cancel", {"by": "seller", "reason": "too late"})
    assert refused.status_code == 409
    await diary.look()
    await diary.scan(reported(number, "picked_up", clock.now), reported(number, "delayed", clock.now))
    await diary.scan(reported(number, "in_transit", clock.now, place="Jurong hub"))
    await diary.scan(reported(number, "delivered", clock.now))
    asked = await diary.act("returns", parcel=1, lines=[{"sku": "TEA", "quantity": 1}], reason="too bitter")
    [one] = asked["returns"]
    await diary.act(f"returns/{one['id']}/approve", instructions="In its box.")
    await seller.post(
        f"/v1/orders/{order_id}/returns/{one['id']}/tracking", {"carrier": "Ninja Van", "number": back}, method="PUT"
    )
    await diary.look()
    await diary.scan(reported(back, "in_transit", clock.now))
    await diary.act(f"returns/{one['id']}/received", intact=[{"sku": "TEA", "quantity": 1}])
    await diary.act("complaints", kind="damaged", words="the mug has a crack")

    for at, order in diary.pages:
        answer = await diary.ask(at)
        assert answer.status_code == 200, answer.text
        assert then(answer.json()) == shown(order), at
    assert {order["status"] for _, order in diary.pages} == {"placed", "confirmed", "processed", "shipped", "delivered"}


async def test_before_the_placement_there_is_nothing_to_show_and_a_sentence_says_so(
    timed: Timed, seller: Seller
) -> None:
    diary = await begin(timed, seller)
    placed_at = datetime.fromisoformat((await seller.order(diary.order_id))["placed_at"])

    answer = await diary.ask(placed_at - timedelta(microseconds=1))

    assert answer.status_code == 404
    assert answer.json()["title"] == "not there yet"
    assert answer.json()["detail"].startswith("The order was placed at ")
    assert (await diary.ask(placed_at)).json()["version"] == 1


async def test_of_a_time_whose_state_was_not_kept_nothing_is_made_up(timed: Timed, seller: Seller) -> None:
    diary = await begin(timed, seller)
    async with timed.running.pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE history DISABLE TRIGGER history_is_append_only")
        await connection.execute("UPDATE history SET stood = NULL WHERE order_id = $1", diary.order_id)
        await connection.execute("ALTER TABLE history ENABLE TRIGGER history_is_append_only")

    answer = await diary.ask(timed.clock.now)
    await diary.act("confirm")

    assert (answer.status_code, answer.json()["title"]) == (404, "not kept")
    assert (await diary.ask(timed.clock.now)).json()["status"] == "confirmed"


async def test_an_instant_in_the_future_shows_the_order_as_it_is(timed: Timed, seller: Seller) -> None:
    diary = await begin(timed, seller)
    order = await seller.order(diary.order_id)

    answer = await diary.ask(timed.clock.now + timedelta(days=400))

    assert then(answer.json()) == shown(order)


async def test_an_instant_in_another_zone_is_the_same_instant(timed: Timed, seller: Seller) -> None:
    diary = await begin(timed, seller)
    at = timed.clock.now

    answers = [
        (await seller.get(f"/v1/orders/{diary.order_id}", as_of=text)).json()
        for text in (at.isoformat(), at.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    ]
    east = (at + timedelta(hours=8)).replace(tzinfo=None).isoformat() + "+08:00"
    answers.append((await seller.get(f"/v1/orders/{diary.order_id}", as_of=east)).json())

    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["as_of"].endswith("Z")


@pytest.mark.parametrize(
    "text", ["2026-03-02T12:00:00", "canary", "", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]
)
async def test_what_is_no_instant_is_refused(timed: Timed, seller: Seller, text: str) -> None:
    order = await seller.place()

    answer = await seller.get(f"/v1/orders/{order['id']}", as_of=text)

    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["as_of"]
    assert "canary" not in answer.text


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+12:00"])
async def test_the_beginning_of_time_is_before_the_placement(timed: Timed, seller: Seller, text: str) -> None:
    order = await seller.place()

    answer = await seller.get(f"/v1/orders/{order['id']}", as_of=text)

    assert answer.status_code in (404, 422), answer.text


async def test_a_scan_of_earlier_that_came_later_is_not_in_an_earlier_answer(timed: Timed, seller: Seller) -> None:
    diary = await begin(timed, seller)
    await seller.bind(diary.order_id, "NV-ASOF-LATE")
    await diary.look()
    scanned = timed.clock.now
    told = timed.clock.advance(hours=5)
    scan = reported("NV-ASOF-LATE", "in_transit", scanned, received_at=told)
    await diary.scan(scan)

    before, after = await diary.ask(told - timedelta(minutes=1)), await diary.ask(told)

    assert (before.json()["status"], before.json()["timelines"]) == ("placed", {"1": []})
    assert [one["scan_id"] for one in after.json()["timelines"]["1"]] == [str(scan.scan_id)]
    assert after.json()["status"] == "shipped"


async def test_what_a_carrier_told_before_the_number_was_set_is_not_in_an_answer_of_before(
    timed: Timed, seller: Seller
) -> None:
    diary = await begin(timed, seller)
    await diary.scan(reported("NV-ASOF-KEPT", "in_transit", timed.clock.now))
    await seller.bind(diary.order_id, "NV-ASOF-KEPT")
    await diary.look()

    for at, order in diary.pages:
        assert then((await diary.ask(at)).json()) == shown(order), at
    assert diary.pages[-1][1]["status"] == "shipped"


async def test_another_shop_s_order_is_unknown_at_every_instant(timed: Timed, seller: Seller) -> None:
    theirs = await (await timed.shop()).place()

    answer = await seller.get(f"/v1/orders/{theirs['id']}", as_of=timed.clock.now.isoformat())

    assert (answer.status_code, answer.json()["title"]) == (404, "unknown order")


async def test_it_says_nothing_of_the_buyer(timed: Timed, seller: Seller) -> None:
    order = await seller.place(buyer=order_body()["buyer"] | {"name": "Canary Tan"})

    answer = await seller.get(f"/v1/orders/{order['id']}", as_of=timed.clock.now.isoformat())

    for word in ("Canary", "mei@example.com", "6123", "Example Road", "018956"):
        assert word not in answer.text
