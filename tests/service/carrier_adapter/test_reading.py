"""What was kept is read later: an event per record, each record told once per push, whatever happens in between."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.orders.v1 import Judgement, ScansJudged, Verdict
from contracts.scans.v1 import ScanQuarantined, ScanReported
from service.carrier_adapter.conftest import known
from support.pushing import Carrier, a_body, ninjavan_body, tiktok_body, tiktok_scan
from support.servers import Broker
from support.services import Running, Starter, SteppedTime
from support.waiting import eventually

Record = ScanReported | ScanQuarantined


async def records(adapter: Running, broker: Broker, push_id: str) -> list[Record]:
    """Give what was said of one push, once all is read."""
    await adapter.quiet()
    said = await broker.said("SCANS")
    return [event for event in said if isinstance(event, Record) and event.push_id == UUID(push_id)]


async def accepted(carrier: Carrier, body: bytes) -> str:
    answer = await carrier.push(body)
    assert answer.status_code == 202
    return str(answer.json()["receipt"])


async def test_a_push_becomes_an_event_that_says_what_it_says(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    at = clock.now - timedelta(hours=1)

    push_id = await accepted(ninjavan, ninjavan_body("nv-55 5", "On Vehicle for Delivery", at))

    [scan] = await records(adapter, broker, push_id)
    assert isinstance(scan, ScanReported)
    assert (scan.account, scan.carrier, scan.tracking_number) == ("ninjavan", "ninjavan", "NV555")
    assert (scan.status, scan.scanned_at, scan.time_quality) == ("out_for_delivery", at, "utc")
    assert (scan.received_at, scan.raw_code) == (clock.now, "On Vehicle for Delivery")


async def test_one_bad_record_among_good_ones_is_put_aside_alone(
    adapter: Running, broker: Broker, clock: SteppedTime
) -> None:
    """B16."""
    tiktok = await known(adapter, "tiktok", "ship-by-tiktok")
    scans: list[Any] = [tiktok_scan(f"TT-{n}", "arrived", clock.now) for n in range(20)]
    scans[7] = tiktok_scan("TT-7", "teleported", clock.now)
    scans[8] = tiktok_scan("TT-8", "arrived", clock.now) | {"at": "2026-02-30T00:00:00Z"}
    scans[9] = "no scan"

    push_id = await accepted(tiktok, tiktok_body(*scans))

    said = await records(adapter, broker, push_id)
    good = [one.tracking_number for one in said if isinstance(one, ScanReported)]
    assert sorted(good) == sorted(f"TT{n}" for n in range(20) if n not in (7, 8, 9))
    bad = {one.reason for one in said if isinstance(one, ScanQuarantined)}
    assert bad == {"unmapped_code", "bad_time", "no_record"}
    rows = await adapter.pool.fetch("SELECT record, reason, raw_code FROM unreadable WHERE push_id = $1", UUID(push_id))
    assert sorted((row["record"], row["reason"]) for row in rows) == [
        (7, "unmapped_code"),
        (8, "bad_time"),
        (9, "no_record"),
    ]


async def test_a_push_that_comes_again_is_told_again_and_counted_so_that_it_is_in_the_books(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    body = ninjavan_body("NV-1", "Completed", clock.now)
    for _ in range(3):
        await accepted(ninjavan, body)
    await adapter.quiet()

    told = [one for one in await broker.said("SCANS") if isinstance(one, ScanReported) and one.tracking_number == "NV1"]

    assert len({one.scan_id for one in told}) == 3
    assert len({one.identity for one in told}) == 1
    everything = [one for one in await broker.said("SCANS") if isinstance(one, Record)]
    assert await adapter.pool.fetchval("SELECT records FROM feed") == len(everything)


async def test_a_reader_that_dies_in_the_middle_leaves_no_record_out_and_none_double(
    start: Starter, adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    async with adapter.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("LOCK TABLE feed IN EXCLUSIVE MODE")  # reading stops short of its commit
        pushes = [await accepted(ninjavan, a_body()) for _ in range(5)]

        async def reader_waits() -> bool:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(reader_waits)
        adapter.task.cancel()
        await holding.rollback()
    await adapter.break_off()

    again = await start("carrier-adapter", database_url=adapter.database_url, clock=clock)
    await again.quiet()

    told = [one.push_id for one in await broker.said("SCANS") if isinstance(one, ScanReported)]
    assert [told.count(UUID(push_id)) for push_id in pushes] == [1] * 5
    assert await again.pool.fetchval("SELECT records FROM feed") == len(told)


@pytest.mark.usefixtures("_unhurried")
async def test_two_instances_read_each_push_once(
    start: Starter, adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    other = await start("carrier-adapter", database_url=adapter.database_url, clock=clock)
    there = replace(ninjavan, http=other.http)

    async def is_known_there() -> bool:
        return (await there.push(a_body())).status_code == 202

    await eventually(is_known_there)
    pushes = await asyncio.gather(*(accepted(carrier, a_body()) for _ in range(100) for carrier in (ninjavan, there)))
    await adapter.quiet()
    await other.quiet()

    told = [one.push_id for one in await broker.said("SCANS") if isinstance(one, ScanReported)]
    assert [told.count(UUID(push_id)) for push_id in pushes] == [1] * 200
    assert await adapter.pool.fetchval("SELECT records FROM feed") == len(told)


async def test_nothing_of_a_person_leaves_the_adapter(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    """B29."""
    body = ninjavan_body(
        "NV-1",
        "Completed",
        clock.now,
        pod={"type": "RECIPIENT", "name": "Canary Consignee", "uri": "https://canary.example.com/signature.png"},
        to={"name": "Canary", "address1": "1 Canary Road", "phone_number": "+6599999999"},
    )

    push_id = await accepted(ninjavan, body)

    [scan] = await records(adapter, broker, push_id)
    assert isinstance(scan, ScanReported)
    assert scan.signed
    everything = b"".join(body for _, body in await broker.bodies("SCANS")).lower()
    assert b"canary" not in everything
    assert b"99999999" not in everything


async def test_bodies_are_let_go_after_30_days_and_receipts_are_not(
    start: Starter, adapter: Running, ninjavan: Carrier, clock: SteppedTime
) -> None:
    old = await accepted(ninjavan, a_body())
    clock.advance(days=29)
    young = await accepted(ninjavan, a_body())
    await adapter.quiet()
    await adapter.stop()
    clock.advance(days=1, seconds=1)

    again = await start("carrier-adapter", database_url=adapter.database_url, clock=clock)  # it looks as it starts

    async def sealed(push_id: str) -> bool:
        row = await again.pool.fetchval("SELECT sealed IS NOT NULL FROM pushes WHERE id = $1", UUID(push_id))
        assert row is not None
        return bool(row)

    async def is_let_go() -> bool:
        return not await sealed(old)

    await eventually(is_let_go)
    assert await sealed(young)


async def test_a_push_whose_body_was_let_go_is_kept_anew_when_it_comes_again(
    start: Starter, adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    body = a_body()
    first = await accepted(ninjavan, body)
    await adapter.quiet()
    await adapter.pool.execute("UPDATE pushes SET sealed = NULL")

    again = await accepted(ninjavan, body)

    assert again != first
    assert isinstance((await records(adapter, broker, again))[0], ScanReported)


async def test_the_latest_verdict_on_each_record_is_kept(adapter: Running, broker: Broker) -> None:
    scan_id, other = uuid4(), uuid4()

    async def judged(*judgements: Judgement) -> None:
        event = ScansJudged(event_id=uuid4(), occurred_at=datetime.now(UTC), judgements=list(judgements))
        await broker.say(event)
        await adapter.quiet()

    await judged(
        Judgement(scan_id=scan_id, verdict=Verdict.UNMATCHED),
        Judgement(scan_id=other, verdict=Verdict.REFUSED, reason="mix_up"),
    )
    await judged(
        Judgement(scan_id=scan_id, verdict=Verdict.UNMATCHED), Judgement(scan_id=scan_id, verdict=Verdict.APPLIED)
    )

    rows = await adapter.pool.fetch("SELECT scan_id, verdict, reason FROM verdicts")
    assert {tuple(row) for row in rows} == {(scan_id, "applied", None), (other, "refused", "mix_up")}


async def test_what_the_broker_could_not_take_while_it_was_away_is_said_when_it_is_back(
    adapter: Running, ninjavan: Carrier, broker: Broker, start: Starter
) -> None:
    start.servers.nats.kill()
    push_id = await accepted(ninjavan, a_body())

    async def is_read() -> bool:
        return not await adapter.pool.fetchval("SELECT count(*) FROM unread")

    await eventually(is_read)
    await asyncio.to_thread(start.servers.nats.start)
    await eventually(lambda: broker.owner.is_connected)

    assert len(await records(adapter, broker, push_id)) == 1
