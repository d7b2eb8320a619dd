"""The quarantine of the feeds: listed, shown without personal data, read again with what was learnt, or discarded."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.scans.v1 import ScanReported
from service.carrier_adapter.both import MAPPING, Both, both_at_work, crow, scan
from support.servers import Servers
from support.services import run_tool
from support.waiting import eventually


@pytest.fixture(scope="module")
async def both(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    """Both services at work, for all tests of this module: each has codes and numbers of its own."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    async with both_at_work(servers, tmp_path_factory.mktemp("both"), now) as both:
        yield both


async def replayed(both: Both, **choice: Any) -> dict[str, int]:
    """Replay until the mapping file, which is read again every moment, has said something new."""
    found: dict[str, int] = {}

    async def is_replayed() -> bool:
        nonlocal found
        found = await both.replay(**choice)
        return "replayed" in found

    await eventually(is_replayed)
    return found


def moved(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {bucket: after[bucket] - before[bucket] for bucket in after if after[bucket] != before[bucket]}


async def said_of(both: Both, receipt: str) -> list[ScanReported]:
    said = await both.broker.said("SCANS")
    return [one for one in said if isinstance(one, ScanReported) and one.push_id == UUID(receipt)]


async def waiting(both: Both, **filters: Any) -> list[Any]:
    found: list[Any] = (await both.admin.get("/v1/quarantine", **filters))["records"]
    return found


async def test_an_unmapped_code_waits_and_moves_the_parcel_once_it_is_learnt(both: Both) -> None:
    at = both.clock.advance(hours=1)
    order_id = await both.place("CR-1")
    receipt = await both.push(crow(scan("CR-1", "GO", at), scan("CR-1", "HERE", at), scan("CR-1", "WHAT", at)))
    assert await both.outcomes(receipt) == ["applied", "quarantined", "quarantined"]
    books = await both.books()

    assert await both.replay(account="crow", code="HERE") == {"still": 1}
    both.learn(HERE="delivered.recipient")
    assert await replayed(both, account="crow", code="HERE") == {"replayed": 1}

    assert (await both.shop.order(order_id))["status"] == "delivered"
    assert await both.outcomes(receipt) == ["applied", "applied", "quarantined"]
    assert moved(books, await both.books()) == {"quarantined": -1, "applied": 1}
    # Those that were understood before are not said again.
    assert sorted(one.status for one in await said_of(both, receipt)) == ["delivered", "in_transit"]
    assert await both.replay(account="crow", code="HERE") == {}


async def test_a_repetition_is_read_again_with_the_first_and_counts_once(both: Both) -> None:
    at = both.clock.advance(hours=1)
    order_id = await both.place("CR-2")
    body = crow(scan("CR-2", "TWICE", at))
    receipt = await both.push(body)
    assert await both.push(body) == receipt

    both.learn(TWICE="in_transit.moving")
    assert await replayed(both, code="TWICE") == {"replayed": 2}

    assert await both.timeline(order_id) == ["in_transit"]
    assert await both.outcomes(receipt) == ["applied"]
    await both.books()


async def test_a_push_that_nobody_could_parse_is_read_again_as_the_records_it_holds(both: Both) -> None:
    at = both.clock.advance(hours=1)
    order_id = await both.place("CR-3")
    body = json.dumps({"raven": 1, "scans": [scan("CR-3", "GO", at), scan("CR-3", "NEVER", at), "?"]}).encode()
    receipt = await both.push(body)
    [whole] = (await both.receipt(receipt))["scans"]
    assert (whole["record"], whole["outcome"], whole["reason"]) == (None, "quarantined", "unparsable")
    assert whole["explanation"].startswith("The push as a whole cannot be read: ")
    books = await both.books()

    both.write(MAPPING.replace("push.crow", "push.crow || push.raven"))
    assert await replayed(both, reason="unparsable") == {"replayed": 1, "found": 3, "still": 2}

    scans = (await both.receipt(receipt))["scans"]
    assert [(one["record"], one["outcome"]) for one in scans] == [
        (0, "applied"),
        (1, "quarantined"),
        (2, "quarantined"),
    ]
    assert scans[0]["scan_id"] == whole["scan_id"]
    assert await both.timeline(order_id) == ["in_transit"]
    # Three records where there was one: it became one of them.
    assert moved(books, await both.books()) == {"applied": 1, "quarantined": 1, "accepted": 2}

    both.known["NEVER"] = "delivered.recipient"
    both.write(MAPPING.replace("push.crow", "push.crow || push.raven"))
    assert await replayed(both, code="NEVER") == {"replayed": 1}
    assert await both.outcomes(receipt) == ["applied", "applied", "quarantined"]
    both.write(MAPPING)


async def test_a_push_whose_first_record_is_not_understood_then_is_one_that_waits_and_can_be_replayed(
    both: Both,
) -> None:
    at = both.clock.advance(hours=1)
    await both.place("CR-4")
    receipt = await both.push(json.dumps({"rook": 1, "scans": [scan("CR-4", "NOT-YET", at)]}).encode())
    books = await both.books()
    both.write(MAPPING.replace("push.crow", "push.crow || push.rook"))

    async def is_found() -> bool:
        return await both.replay(reason="unparsable") == {"found": 1, "still": 1}

    await eventually(is_found)
    assert moved(books, await both.books()) == {}
    assert [(one["reason"], one["code"]) for one in (await both.receipt(receipt))["scans"]] == [
        ("unmapped_code", "NOT-YET")
    ]

    both.known["NOT-YET"] = "picked_up.collected"
    both.write(MAPPING.replace("push.crow", "push.crow || push.rook"))
    assert await replayed(both, code="NOT-YET") == {"replayed": 1}
    assert await both.outcomes(receipt) == ["applied"]
    assert moved(books, await both.books()) == {"quarantined": -1, "applied": 1}
    both.write(MAPPING)


async def test_what_was_one_record_is_erased_with_the_buyer_of_its_first(both: Both) -> None:
    at = both.clock.advance(hours=1)
    order_id = await both.place("CR-16")
    receipt = await both.push(json.dumps({"swift": 1, "scans": [scan("CR-16", "GO", at, place="Quirina")]}).encode())
    both.write(MAPPING.replace("push.crow", "push.crow || push.swift"))
    await replayed(both, reason="unparsable")
    assert await both.timeline(order_id) == ["in_transit"]

    words = ("erase-buyer", "--order", order_id, "--yes", "--force")
    assert (await run_tool("orders", *words, environment=both.orders.environment)).status == 0

    await both.quiet()
    assert await both.adapter.pool.fetchval("SELECT sealed FROM pushes WHERE id = $1", UUID(receipt)) is None
    assert await both.outcomes(receipt) == ["applied"]
    both.write(MAPPING)


async def test_two_replays_at_once_say_each_record_once(both: Both) -> None:
    at = both.clock.advance(hours=1)
    receipt = await both.push(crow(*(scan(f"CR-5{n}", "TOGETHER", at) for n in range(150))))
    both.learn(TOGETHER="in_transit.moving")
    await replayed(both, scan_ids=[(await waiting(both, code="TOGETHER"))[0]["scan_id"]])

    done = await asyncio.gather(*(both.replay(code="TOGETHER") for _ in range(4)))

    assert sum(one.get("replayed", 0) for one in done) == 149
    said = await said_of(both, receipt)
    assert len(said) == len({one.scan_id for one in said}) == 150


async def test_what_came_a_moment_ago_waits_for_its_first_verdict(both: Both) -> None:
    await both.orders.quiet()
    scan_id = uuid4()
    push_id = UUID(await both.push(crow(scan("CR-6", "GO", both.clock.now))))
    await both.adapter.pool.execute(
        "INSERT INTO unreadable (scan_id, push_id, record, account, reason, raw_code)"
        " VALUES ($1, $2, 0, 'crow', 'unmapped_code', 'EARLY')",
        scan_id,
        push_id,
    )

    assert await both.replay(code="EARLY") == {"not_judged": 1}


async def test_it_is_listed_by_account_reason_and_code_with_its_first_and_last_time(both: Both) -> None:
    first = both.clock.advance(hours=1)
    await both.push(crow(scan("CR-7", "LISTED", first), scan("CR-8", "LISTED", first)))
    last = both.clock.advance(hours=1)
    await both.push(crow(scan("CR-9", "LISTED", last), scan("CR-9", "OTHER", last)))

    found = await both.admin.get("/v1/quarantine", carrier="Crow Couriers", code="LISTED", most=2)

    [group] = found["groups"]
    assert (group["account"], group["carrier"], group["reason"]) == ("crow", "crowcouriers", "unmapped_code")
    assert (group["code"], group["records"]) == ("LISTED", 3)
    seen = [datetime.fromisoformat(group[name]) for name in ("first_seen", "last_seen")]
    assert seen == [first, last]
    assert [datetime.fromisoformat(one["seen_at"]) for one in found["records"]] == [last, first]
    for filters in ({"carrier": "ninjavan"}, {"account": "raven"}, {"reason": "bad_time"}, {"code": "listed"}):
        other = await both.admin.get("/v1/quarantine", **{"code": "LISTED", **filters})
        assert (other["groups"], other["records"]) == ([], [])


async def test_a_record_is_shown_with_its_push_and_without_personal_data(both: Both) -> None:
    at = both.clock.advance(hours=1)
    consignee = {"name": "Quirina Vell", "phone": "+65 6999 4321", "address": "9 Wobble Lane"}
    await both.push(crow(scan("CR-10", "SHOWN", at, consignee=consignee, city="Jurong"), signed_by="Quirina"))
    [record] = await waiting(both, code="SHOWN")

    shown = await both.admin.get(f"/v1/quarantine/{record['scan_id']}")

    assert (shown["code"], shown["record"], shown["format"]) == ("SHOWN", 0, "crow")
    assert shown["settled"] is None
    assert [word for word in ("Quirina", "Vell", "6999", "4321", "Wobble") if word in json.dumps(shown)] == []
    body = json.loads(shown["body"])
    assert body["scans"][0] == {
        "awb": "CR-10",
        "code": "SHOWN",
        "at": at.isoformat(),
        "consignee": {"name": "xxxxxxx xxxx", "phone": "+00 0000 0000", "address": "0 xxxxxx xxxx"},
        "city": "Jurong",
    }
    assert (await both.admin.ask("GET", f"/v1/quarantine/{uuid4()}")).status_code == 404


async def test_what_is_discarded_stays_quarantined_in_the_books_and_on_record_with_the_reason(both: Both) -> None:
    at = both.clock.advance(hours=1)
    receipt = await both.push(crow(scan("CR-11", "JUNK", at)))
    [record] = await waiting(both, code="JUNK")
    books = await both.books()

    assert (await both.admin.post("/v1/quarantine/discard", {"code": "JUNK", "why": "a test of theirs"}))[
        "discarded"
    ] == 1

    assert await waiting(both, code="JUNK") == []
    shown = await both.admin.get(f"/v1/quarantine/{record['scan_id']}")
    assert (shown["settled"], shown["settled_by"], shown["settled_why"]) == ("discarded", "admin", "a test of theirs")
    assert datetime.fromisoformat(shown["settled_at"]) == at
    assert await both.books() == books
    [outcome] = (await both.receipt(receipt))["scans"]
    assert (outcome["outcome"], outcome["reason"]) == ("quarantined", "discarded")
    both.learn(JUNK="delivered.recipient")
    assert await both.replay(code="JUNK") == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [({"why": "all of it"}, None), ({"code": "X"}, "why"), ({"code": "X", "why": ""}, "why"), ({"scans": []}, "scans")],
)
async def test_a_discard_says_what_and_why(both: Both, body: dict[str, Any], field: str | None) -> None:
    answer = await both.admin.ask("POST", "/v1/quarantine/discard", body)

    assert answer.status_code == 422
    assert field is None or field in [one["field"] for one in answer.json()["errors"]]


async def test_a_push_that_is_not_kept_any_more_can_only_be_discarded(both: Both) -> None:
    receipt = await both.push(crow(scan("CR-12", "GONE", both.clock.now)))
    await both.adapter.pool.execute("UPDATE pushes SET sealed = NULL WHERE id = $1", UUID(receipt))

    assert await both.replay(code="GONE") == {"not_kept": 1}
    [record] = await waiting(both, code="GONE")
    assert (await both.admin.get(f"/v1/quarantine/{record['scan_id']}"))["body"] is None


async def test_the_command_line_lists_shows_replays_and_discards(both: Both) -> None:
    async def run(*words: str) -> list[str]:
        environment = both.adapter.environment
        ran = await run_tool("carrier-adapter", "quarantine", *words, environment=environment)
        assert ran.status == 0, ran.printed + ran.complained
        return ran.printed.splitlines()

    at = both.clock.advance(hours=1)
    await both.push(crow(scan("CR-13", "TOOL", at, consignee="Quirina"), scan("CR-14", "TOOL", at)))

    [group] = map(json.loads, await run("list", "--account", "crow", "--code", "TOOL"))
    assert (group["reason"], group["records"]) == ("unmapped_code", 2)
    records = [json.loads(line) for line in await run("list", "--records", "5", "--code", "TOOL")]
    shown = "\n".join(await run("show", records[0]["scan_id"]))
    assert "CR-13" in shown
    assert "Quirina" not in shown
    [discarded] = await run("discard", records[0]["scan_id"], "--why", "seen")
    assert json.loads(discarded) == {"discarded": 1}
    both.learn(TOOL="in_transit.moving")
    [done] = await run("replay", "--code", "TOOL")
    assert json.loads(done)["replayed"] == 1
    await both.quiet()
    assert await both.books()


async def test_a_replay_keeps_the_watermark_true(both: Both) -> None:
    receipt = await both.push(crow(scan("CR-15", "LEVEL", both.clock.now)))
    both.learn(LEVEL="in_transit.moving")
    await replayed(both, code="LEVEL")
    assert receipt

    then = both.clock.advance(minutes=10)

    async def is_through() -> bool:
        through: datetime = await both.orders.pool.fetchval("SELECT through FROM feed")
        return through >= then - timedelta(seconds=1)

    await eventually(is_through)
    counted = await both.orders.pool.fetchval("SELECT records FROM feed")
    assert counted == await both.adapter.pool.fetchval("SELECT records FROM feed")
