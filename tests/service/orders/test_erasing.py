"""Erasing a buyer: nothing that they are known by is left, and everything that is not theirs is as it was."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from carrier_adapter.accounts import Accounts
from carrier_adapter.sealing import Seal
from contracts.orders.v1 import BuyerErased
from orders.buyers.codes import ask_code
from orders.buyers.links import mint_links
from orders.buyers.sessions import open_session
from service.carrier_adapter.conftest import known
from support.pushing import Carrier, ninjavan_body, tiktok_body, tiktok_scan
from support.selling import Seller, checklist, open_shop
from support.servers import Broker
from support.services import OPERATOR_KEY, SEALING_KEY, Ran, Running, Starter, SteppedTime, run_tool
from support.waiting import eventually
from unit.orders.files.made import photo

#: What the buyer is known by, and what was written about the order; each word stands nowhere else.
BUYER = {
    "name": "Zephyrine Quilldragon",
    "email": "Zephyrine@quilldragon.example.com",
    "phone": "+65 6999 1234",
    "zone": "Asia/Singapore",
}
ADDRESS = {"lines": ["77 Wobblestreet", "Backhouse"], "city": "Snorkelton", "postcode": "918273", "country": "SG"}
MOVED = {"lines": ["5 Crinklelane"], "city": "Mumbleford", "postcode": "918274", "country": "SG"}
KNOWN_BY = ["zephyrine", "quilldragon", "+6569991234", "wobblestreet", "snorkelton", "crinklelane", "mumbleford"]
WRITTEN = [
    f"written{what}"
    for what in (
        *(
            "condition",
            "update",
            "complaint",
            "answer",
            "verdict",
            "return",
            "instructions",
            "refund",
            "fault",
            "label",
        ),
        *("comment", "hub", "wish", "cancel", "reason"),
    )
]
WORDS = [*KNOWN_BY, *WRITTEN]


@dataclass
class Place:
    """Two services at work, a shop and its carriers."""

    orders: Running
    adapter: Running
    broker: Broker
    shop: Seller
    ninjavan: Carrier
    tiktok: Carrier

    async def quiet(self) -> None:
        """Wait until both are done, each with what the other said."""
        for _ in range(2):
            await self.adapter.quiet()
            await self.orders.quiet()

    async def erase(self, *words: str) -> Ran:
        """Run the tool."""
        return await run_tool("orders", "erase-buyer", *words, environment=self.orders.environment)

    async def erased(self, *words: str) -> dict[str, Any]:
        """Run the tool, which must succeed, and wait until all is done."""
        ran = await self.erase(*words, "--yes", "--force")
        assert ran.status == 0, ran.printed + ran.complained
        await self.quiet()
        found: dict[str, Any] = json.loads(ran.printed)
        return found

    async def export(self, *words: str) -> Any:
        """Give what the tool exports."""
        ran = await run_tool("orders", "export-buyer", *words, environment=self.orders.environment)
        assert ran.status == 0, ran.printed + ran.complained
        return json.loads(ran.printed)["orders"]

    async def books(self) -> dict[str, int]:
        """Give the books."""
        headers = {"authorization": f"Bearer {OPERATOR_KEY}"}
        books: dict[str, int] = (await self.orders.http.get("/v1/books", headers=headers)).json()
        return books


@pytest.fixture
async def place(start: Starter, broker: Broker, clock: SteppedTime, monkeypatch: pytest.MonkeyPatch) -> Place:
    """`orders` and `carrier-adapter`, a shop, and two carriers."""
    monkeypatch.setattr(Accounts, "refresh_every", 0.02)
    adapter = await start("carrier-adapter", clock=clock)
    orders = await start("orders", clock=clock)
    shop = await open_shop(orders.pool, orders.service.clock, orders.http)
    ninjavan = await known(adapter, "ninjavan")
    tiktok = await known(adapter, "tiktok", "ship-by-tiktok", carrier="Ninja Van")
    return Place(orders, adapter, broker, shop, ninjavan, tiktok)


async def pushed(carrier: Carrier, body: bytes) -> None:
    assert (await carrier.push(body)).status_code == 202


async def filed(shop: Seller, kind: str, n: int) -> str:
    """Send a file that no other is equal to."""
    headers = {**shop.headers, "idempotency-key": uuid4().hex, "content-type": "image/jpeg"}
    content = photo("JPEG", quality=60 + n)
    answer = await shop.http.post("/v1/files", params={"kind": kind}, content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def a_past(place: Place, number: str, **who: Any) -> str:
    """Have an order live through all in which somebody writes something; gives its id."""
    shop, now = place.shop, place.orders.service.clock.now()
    proof, evidence, wrong = [await filed(shop, kind, n) for n, kind in enumerate(("photo", "evidence", "evidence"))]
    order_id: str = (await shop.place(**who))["id"]
    await shop.act(order_id, "address", address=MOVED)
    await shop.act(order_id, "confirm")
    await shop.act(order_id, "pack", checklist=checklist({"MUG-BLUE": 2, "TEA": 1}))
    label = {
        "recipient": BUYER["name"],
        "address": ["77 Wobblestreet"],
        "texts": {"note": "http://writtenlabel.example"},
    }
    assert (await shop.post(f"/v1/orders/{order_id}/parcels/1/label", label)).status_code == 422
    await shop.act(
        order_id,
        "parcels/1/handover",
        carrier="Ninja Van",
        number=number,
        condition="writtencondition",
        photos=[proof],
    )
    await shop.act(order_id, "ship")
    await shop.act(order_id, "parcels/1/updates", words="writtenupdate", evidence=[evidence])
    hub = {"arrived_at_transit_hub_information": {"hub": "writtenhub", "city": "Snorkelton", "country": "SG"}}
    arrived = ninjavan_body(
        number, "Arrived at Transit Hub", now - timedelta(minutes=50), comments="writtencomment", **hub
    )
    failed = ninjavan_body(
        number, "First Attempt Delivery Fail", now - timedelta(minutes=40), comments="Ms Quilldragon"
    )
    for body in (arrived, arrived, failed):
        await pushed(place.ninjavan, body)
    complained = await shop.act(
        order_id, "complaints", kind="damaged", parcel=1, words="writtencomplaint", evidence=[wrong]
    )
    complaint = complained["complaints"][0]["id"]
    await shop.act(order_id, f"complaints/{complaint}/answer", words="writtenanswer to Zephyrine")
    operator = {"authorization": f"Bearer {OPERATOR_KEY}", "idempotency-key": uuid4().hex}
    path = f"/v1/complaints/{complaint}/uphold"
    assert (await shop.http.post(path, json={"words": "writtenverdict"}, headers=operator)).status_code == 200
    await shop.act(order_id, "refunds", reason="writtenrefund", parcels=[1])
    await place.quiet()
    await shop.act(order_id, "received", parcels=[1])
    line = {"sku": "TEA", "quantity": 1}
    asked = await shop.act(order_id, "returns", parcel=1, lines=[line], reason="writtenreturn")
    await shop.act(order_id, f"returns/{asked['returns'][0]['id']}/approve", instructions="writteninstructions")
    await shop.act(order_id, "parcels/1/fault", fault="carrier", bears="seller", words="writtenfault")
    return order_id


async def another_past(place: Place, **who: Any) -> str:
    """Have an order called off; gives its id."""
    shop = place.shop
    order_id: str = (await shop.place(**who))["id"]
    await shop.act(order_id, "confirm")
    await shop.pack(order_id)
    asked = await shop.act(order_id, "cancel", by="buyer", reason="writtenwish")
    await shop.act(order_id, f"requests/{asked['requests'][0]['id']}/refuse", reason="writtenreason")
    await shop.act(order_id, "cancel", by="seller", reason="writtencancel")
    return order_id


async def everything(running: Running) -> dict[str, str]:
    """Give all that stands in a service's database, by table and column, in lower case; sealed bodies are opened."""
    found: dict[str, list[str]] = {}
    columns = await running.pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    for table in {row["table_name"] for row in columns}:
        for row in await running.pool.fetch(f'SELECT * FROM "{table}"'):
            for column, value in row.items():
                found.setdefault(f"{table}.{column}", []).append(_text(value))
    if "pushes.sealed" in found:
        seal = Seal(SEALING_KEY)
        rows = await running.pool.fetch("SELECT first_id, sealed FROM pushes WHERE sealed IS NOT NULL")
        found["pushes.opened"] = [_text(seal.open(row["sealed"], row["first_id"].bytes)) for row in rows]
    return {name: "\n".join(values).lower() for name, values in found.items()}


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)


def where(word: str, database: dict[str, str]) -> list[str]:
    """Give the columns that a word stands in."""
    return sorted(name for name, content in database.items() if word.lower() in content)


# --- the whole of it --------------------------------------------------------------------------------------------------


async def test_nothing_that_the_buyer_is_known_by_is_left_anywhere(place: Place) -> None:
    buyer = {"buyer": BUYER, "address": ADDRESS}
    order_id = await a_past(place, "NV-ZEPH-1", **buyer)
    called_off = await another_past(place, **buyer)
    before = await place.shop.order(order_id)
    books = await place.books()
    async with place.orders.service.transaction() as tx:
        [link] = (await mint_links(tx.connection, [UUID(order_id)], tx.now)).values()
        await open_session(tx, UUID(order_id))
        await ask_code(tx, UUID(order_id), tx.now)
    assert (await place.orders.http.get(link)).status_code == 200
    await place.quiet()
    held = [await everything(place.orders), await everything(place.adapter)]
    for word in WORDS:
        assert any(where(word, database) for database in held), f"{word} was never kept: the test shows nothing"
    assert {"outbox.body", "pushes.opened"} <= set(where("writtencomment", held[1]))

    exported = json.dumps(await place.export("--email", BUYER["email"]), ensure_ascii=False).lower()
    for word in [*WORDS, "918273", "918274"]:
        assert word in exported or word == "writtenlabel", word  # a refusal is kept for its sender alone

    did = await place.erased("--email", BUYER["email"].upper())

    assert did["orders"] == sorted([order_id, called_off])
    assert (did["buyers"], did["address_changes"], did["files"], did["sessions"], did["codes"]) == (2, 1, 3, 1, 1)
    left = [await everything(place.orders), await everything(place.adapter)]
    for word in [*WORDS, "918273", "918274"]:
        assert [where(word, database) for database in left] == [[], []], word

    after = await place.shop.order(order_id)
    assert after["buyer"] is None
    assert after["version"] == before["version"]
    for name in ("status", "badge", "progress", "money", "lines", "possible", "closed_at", "deadlines"):
        assert after[name] == before[name], name
    for parcel in (*before["parcels"], *after["parcels"]):
        for scan in parcel["timeline"]:
            scan["text"] = scan["place"] = None
    assert after["parcels"] == before["parcels"]
    assert [step["trigger"] for step in after["history"]] == [
        *(step["trigger"] for step in before["history"]),
        "erase_buyer",
    ]
    assert await place.books() == books
    assert (await place.orders.http.get(link)).status_code == 404


async def test_later_scans_still_apply_and_their_words_are_not_kept(place: Place) -> None:
    """B28."""
    order_id = (await place.shop.place(buyer=BUYER, address=ADDRESS))["id"]
    await place.shop.ship(order_id, "NV-LATER")
    now = place.orders.service.clock.now()
    await pushed(place.ninjavan, ninjavan_body("NV-LATER", "On Vehicle for Delivery", now - timedelta(hours=1)))
    await place.quiet()
    await place.erased("--order", order_id)

    late = ninjavan_body("NV-LATER", "Completed", now - timedelta(minutes=5), comments="Took it: Zephyrine")
    await pushed(place.ninjavan, late)
    await place.quiet()

    order = await place.shop.order(order_id)
    assert order["status"] == "delivered"
    assert [scan["text"] for scan in order["parcels"][0]["timeline"]] == [None, None]
    for service in (place.orders, place.adapter):
        assert where("zephyrine", await everything(service)) == []


async def test_repetitions_that_came_before_the_order_had_its_number_are_erased_too(place: Place) -> None:
    order_id = (await place.shop.place(buyer=BUYER, address=ADDRESS))["id"]
    at = place.orders.service.clock.now() - timedelta(minutes=5)
    for comment in ("For Zephyrine", "For Zephyrine", "For Ms Quilldragon"):
        await pushed(place.ninjavan, ninjavan_body("NV-EARLY", "Arrived at Sorting Hub", at, comments=comment))
    await place.quiet()
    await place.shop.ship(order_id, "NV-EARLY")
    rows = await place.orders.pool.fetch("SELECT verdict, order_id FROM scans WHERE tracking_number = 'NVEARLY'")
    assert sorted((row["verdict"], str(row["order_id"])) for row in rows) == [
        ("applied", order_id),
        ("duplicate", "None"),
        ("duplicate", "None"),
    ]

    await place.erased("--order", order_id)

    for service in (place.orders, place.adapter):
        database = await everything(service)
        assert [where(word, database) for word in ("zephyrine", "quilldragon")] == [[], []]


async def test_nothing_of_another_buyer_changes(place: Place) -> None:
    theirs, other = [(await place.shop.place(**who))["id"] for who in ({"buyer": BUYER, "address": ADDRESS}, {})]
    await place.shop.ship(theirs, "TT-MINE")
    await place.shop.ship(other, "TT-OTHER")
    now = place.orders.service.clock.now()
    shared = [
        tiktok_scan(number, "arrived", now - timedelta(hours=2), text=f"for {name}", facility={"name": f"hub {name}"})
        for number, name in (("TT-MINE", "Zephyrine"), ("TT-OTHER", "Mei"))
    ]
    await pushed(place.tiktok, tiktok_body(*shared))
    alone = tiktok_scan("TT-OTHER", "out_for_delivery", now - timedelta(hours=1), text="Ring twice for Mei")
    await pushed(place.tiktok, tiktok_body(alone))
    async with place.orders.service.transaction() as tx:
        [link] = (await mint_links(tx.connection, [UUID(other)], tx.now)).values()
    await place.quiet()
    before, books = await place.shop.order(other), await place.books()
    exported = await place.export("--order", other)
    scans = await place.orders.pool.fetch("SELECT * FROM scans WHERE order_id = $1 ORDER BY scan_id", UUID(other))
    assert [scan["raw_text"] for scan in scans if scan["raw_text"]] != []
    verdicts = await place.adapter.pool.fetch("SELECT * FROM verdicts ORDER BY scan_id")

    await place.erased("--order", theirs)

    assert await place.shop.order(other) == before
    assert await place.export("--order", other) == exported
    assert (
        await place.orders.pool.fetch("SELECT * FROM scans WHERE order_id = $1 ORDER BY scan_id", UUID(other)) == scans
    )
    assert (await place.orders.http.get(link)).status_code == 200
    # The push that they shared has lost its body; what it told stands in the books of both services.
    assert await place.books() == books
    assert await place.adapter.pool.fetch("SELECT * FROM verdicts ORDER BY scan_id") == verdicts
    adapter = await everything(place.adapter)
    assert where("zephyrine", adapter) == []
    assert set(where("ring twice for mei", adapter)) == {"outbox.body", "pushes.opened"}
    assert "for mei" in adapter["outbox.body"]


async def test_erasing_twice_is_erasing_once(place: Place) -> None:
    order_id = await another_past(place, buyer=BUYER, address=ADDRESS)
    await place.erased("--order", order_id)
    once = await everything(place.orders)

    again = await place.erased("--order", order_id)
    by_email = await place.erased("--email", BUYER["email"])

    assert {name: count for name, count in again.items() if name != "orders" and count} == {}
    assert by_email["orders"] == []
    twice = await everything(place.orders)
    changed = {name.partition(".")[0] for name in twice if twice[name] != once.get(name)}
    assert changed <= {"outbox", "inbox"}  # it was said again


async def test_by_one_order_the_buyer_s_other_orders_stay(place: Place) -> None:
    first, second = [await another_past(place, buyer=BUYER, address=ADDRESS) for _ in range(2)]
    async with place.orders.service.transaction() as tx:
        await open_session(tx, UUID(first))

    did = await place.erased("--order", first)

    assert (did["buyers"], did["sessions"]) == (1, 0)
    assert (await place.shop.order(first))["buyer"] is None
    assert (await place.shop.order(second))["buyer"]["name"] == BUYER["name"]


# --- links, messages and answers --------------------------------------------------------------------------------------


async def test_a_link_of_an_erased_buyer_is_as_unknown_as_any(place: Place) -> None:
    order_id = await another_past(place, buyer=BUYER)
    async with place.orders.service.transaction() as tx:
        [link] = (await mint_links(tx.connection, [UUID(order_id)], tx.now)).values()
    await place.erased("--order", order_id)
    async with place.orders.service.transaction() as tx:  # one that was on its way into a message meanwhile
        [late] = (await mint_links(tx.connection, [UUID(order_id)], tx.now)).values()

    http = place.orders.http
    for form in ("/t/{}", "/v1/tracking/{}"):
        unknown = await http.get(form.format("nobody-knows-this-one"))
        for path in (link, late):
            answer = await http.get(form.format(path.removeprefix("/t/")))
            assert (answer.status_code, answer.content) == (404, unknown.content)


async def test_an_erased_buyer_is_found_by_nothing_and_their_order_by_its_number(place: Place) -> None:
    order = await place.shop.place(buyer=BUYER)
    await place.erased("--order", order["id"])

    async def found(text: str) -> list[str]:
        return [one["id"] for one in (await place.shop.get("/v1/orders", text=text)).json()["orders"]]

    assert await found("Zephyrine") == []
    assert await found("quilldragon") == []
    assert await found(order["number"]) == [order["id"]]


async def test_an_order_that_goes_on_is_erased_by_force_alone(place: Place) -> None:
    order = await place.shop.place(buyer=BUYER)

    refused = await place.erase("--order", order["id"], "--yes")

    assert refused.status == 2
    assert f"{order['id']} (placed)" in refused.printed
    assert "no message about them can be sent any more" in refused.printed
    assert (await place.shop.order(order["id"]))["buyer"]["name"] == BUYER["name"]


async def test_nothing_is_erased_without_yes(place: Place) -> None:
    order_id = await another_past(place, buyer=BUYER)

    ran = await place.erase("--order", order_id, "--force")

    assert (ran.status, ran.printed[:18]) == (2, "nothing was erased")
    assert (await place.shop.order(order_id))["buyer"]["name"] == BUYER["name"]


async def test_an_order_that_is_not_there_is_said_not_to_be(place: Place) -> None:
    nothing = str(uuid4())

    erased = await place.erase("--order", nothing, "--yes")
    exported = await run_tool("orders", "export-buyer", "--order", nothing, environment=place.orders.environment)

    for ran in (erased, exported):
        assert (ran.status, ran.printed) == (2, f"there is no order {nothing}\n")


async def test_what_is_said_of_an_erasure_names_records_and_nobody(place: Place) -> None:
    order_id = (await place.shop.place(buyer=BUYER, address=ADDRESS))["id"]
    await place.shop.ship(order_id, "NV-SAID")
    now = place.orders.service.clock.now()
    await pushed(
        place.ninjavan, ninjavan_body("NV-SAID", "Completed", now - timedelta(minutes=5), comments="Zephyrine")
    )
    await place.quiet()

    await place.erased("--order", order_id)

    [said] = [one for one in await place.broker.said("ORDERS") if isinstance(one, BuyerErased)]
    assert said.order_ids == [UUID(order_id)]
    scans = (await place.shop.order(order_id))["parcels"][0]["timeline"]
    assert [str(one.scan_id) for one in said.records] == [scan["scan_id"] for scan in scans]
    bodies = [body for subject, body in await place.broker.bodies("ORDERS")]
    assert [body for body in bodies if any(word.encode() in body.lower() for word in KNOWN_BY)] == []


async def test_a_command_under_way_is_waited_for(place: Place) -> None:
    order_id = await another_past(place, buyer=BUYER)
    async with place.orders.pool.acquire() as other, other.transaction():
        await other.execute("SELECT 1 FROM orders WHERE id = $1 FOR NO KEY UPDATE", UUID(order_id))
        erasing = asyncio.create_task(place.erase("--order", order_id, "--yes", "--force"))

        async def waits() -> bool:
            locked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = $1"
            return bool(await place.orders.pool.fetchval(locked, "orders tool"))

        await eventually(waits)
        assert (await place.shop.order(order_id))["buyer"] is not None

    assert (await erasing).status == 0
    assert (await place.shop.order(order_id))["buyer"] is None


#: What becomes of each table that names an order when its buyer is erased.
DECIDED = {
    "rows go": {"buyers", "address_changes", "tracking_links", "one_time_codes", "order_files"},
    "rows about the order go": {"idempotency_keys"},
    "words go": {"cases", "history", "refunds", "scans"},
    "derived from what is left": {"order_search", "order_carriers", "deadlines_ahead"},
    "impersonal": {
        "parcels",
        "bindings",
        "claimed_numbers",
        "proposals",
        "messages_told",
        "order_stock",
        "stock_ledger",
        "scan_shares",
        "marketplace_notices",
    },
}


async def test_of_every_table_about_orders_it_is_decided_what_erasing_does(place: Place) -> None:
    """A new table about orders belongs into `orders.buyers.erasing`, or here as impersonal."""
    named = (
        "SELECT table_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'order_id'"
    )
    tables = {row["table_name"] for row in await place.orders.pool.fetch(named)}

    assert tables == set().union(*DECIDED.values())


# --- history is only ever added to ------------------------------------------------------------------------------------


NO_WORDS_TAKEN_OUT = [
    ("off", "cause = cause || '{\"reason\": null}'"),
    ("on", 'cause = cause || \'{"reason": "another"}\''),
    ("on", 'cause = cause || \'{"by": "buyer"}\''),
    ("on", "cause = cause - 'by'"),
    ("on", "after = 'delivered'"),
    ("on", "at = now()"),
    ("on", "version = 9"),
    ("on", "stood = NULL"),
]


async def test_history_loses_nothing_but_words_and_only_to_an_erasure(place: Place) -> None:
    order_id = await another_past(place)
    only = "order_id = $1 AND trigger = 'cancel' AND cause ? 'reason' AND stood IS NOT NULL"

    async def do(erasing: str, query: str) -> None:
        async with place.orders.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('waybill.erasing', $1, true)", erasing)
            await connection.execute(query, UUID(order_id))

    for erasing, change in [*NO_WORDS_TAKEN_OUT, ("on", None)]:
        query = f"UPDATE history SET {change} WHERE {only}" if change else "DELETE FROM history WHERE order_id = $1"
        with pytest.raises(asyncpg.RaiseError, match="only ever added to"):
            await do(erasing, query)
