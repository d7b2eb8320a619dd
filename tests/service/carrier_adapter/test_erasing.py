"""A buyer is erased: what their parcels' pushes said goes, and nothing that was told of other parcels."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from carrier_adapter.accounts import Accounts
from carrier_adapter.erasing import Eraser
from carrier_adapter.normalising import Reader
from carrier_adapter.sealing import Seal
from contracts.orders.v1 import BuyerErased, ErasedRecord, Judgement, ScansJudged, Verdict
from contracts.scans.v1 import ScanReported
from service.carrier_adapter.conftest import known
from support.pushing import Carrier, ninjavan_body, tiktok_body, tiktok_scan
from support.servers import Broker
from support.services import SEALING_KEY, Running, SteppedTime


@pytest.fixture(autouse=True)
def _accounts_are_read_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Accounts, "refresh_every", 0.02)


async def reports(adapter: Running, broker: Broker, *numbers: str) -> list[ScanReported]:
    """Give what was said of some parcels, once all is read."""
    await adapter.quiet()
    said = [one for one in await broker.said("SCANS") if isinstance(one, ScanReported)]
    return [one for one in said if one.tracking_number in numbers]


async def erased(adapter: Running, broker: Broker, clock: SteppedTime, *records: ScanReported) -> None:
    """Say that the buyer of some records is erased, and wait until it is done."""
    named = [ErasedRecord(scan_id=one.scan_id, account=one.account, received_at=one.received_at) for one in records]
    await broker.say(BuyerErased(event_id=uuid4(), occurred_at=clock.now, order_ids=[uuid4()], records=named))
    await adapter.quiet()


async def bodies(adapter: Running) -> str:
    """Give every body that is kept, opened."""
    rows = await adapter.pool.fetch("SELECT first_id, sealed FROM pushes WHERE sealed IS NOT NULL ORDER BY place")
    seal = Seal(SEALING_KEY)
    return "\n".join(seal.open(row["sealed"], row["first_id"].bytes).decode() for row in rows)


async def said(adapter: Running) -> dict[UUID, ScanReported]:
    """Give what stands in the outbox, by record."""
    rows = await adapter.pool.fetch("SELECT body FROM outbox WHERE subject = 'scans.v1.reported' ORDER BY id")
    events = [ScanReported.model_validate_json(row["body"]) for row in rows]
    return {event.scan_id: event for event in events}


async def accepted(carrier: Carrier, body: bytes) -> None:
    assert (await carrier.push(body)).status_code == 202


async def test_the_words_of_an_erased_buyer_s_parcel_go_and_the_others_stay(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    await accepted(ninjavan, ninjavan_body("NV-MINE", "Completed", clock.now, comments="Given to Zephyrine"))
    await accepted(ninjavan, ninjavan_body("NV-OTHER", "Completed", clock.now, comments="Given to Mei"))
    [mine, other] = await reports(adapter, broker, "NVMINE", "NVOTHER")

    await erased(adapter, broker, clock, mine)

    assert "Zephyrine" not in await bodies(adapter)
    assert "Given to Mei" in await bodies(adapter)
    outbox = await said(adapter)
    assert outbox[mine.scan_id] == mine.model_copy(update={"raw_text": None, "place": None})
    assert outbox[other.scan_id] == other


async def test_what_a_shared_push_told_of_other_parcels_stays_told(
    adapter: Running, broker: Broker, clock: SteppedTime
) -> None:
    tiktok = await known(adapter, "tiktok", "ship-by-tiktok")
    scans = [tiktok_scan(f"TT-{name}", "arrived", clock.now, text=f"for {name}") for name in ("ZEPHYRINE", "MEI")]
    await accepted(tiktok, tiktok_body(*scans))
    [mine, other] = sorted(await reports(adapter, broker, "TTZEPHYRINE", "TTMEI"), key=lambda one: one.raw_text or "")[
        ::-1
    ]
    judged = [Judgement(scan_id=one.scan_id, verdict=Verdict.APPLIED) for one in (mine, other)]
    await broker.say(ScansJudged(event_id=uuid4(), occurred_at=clock.now, judgements=judged))
    records = await adapter.pool.fetchval("SELECT records FROM feed")

    await erased(adapter, broker, clock, mine)

    assert "ZEPHYRINE" not in await bodies(adapter)
    assert (await said(adapter))[other.scan_id] == other
    assert await adapter.pool.fetchval("SELECT records FROM feed") == records
    assert await adapter.pool.fetchval("SELECT count(*) FROM verdicts WHERE verdict = 'applied'") == 2
    assert await adapter.pool.fetchval("SELECT count(*) FROM unreadable WHERE reason LIKE '%dropped%'") == 0


async def test_of_a_push_that_came_again_the_one_body_goes(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    body = ninjavan_body("NV-MINE", "Completed", clock.now, comments="Given to Zephyrine")
    await accepted(ninjavan, body)
    clock.advance(minutes=5)
    await accepted(ninjavan, body)
    [_, second] = await reports(adapter, broker, "NVMINE")

    await erased(adapter, broker, clock, second)

    assert "Zephyrine" not in await bodies(adapter)


async def test_a_body_that_a_repetition_still_needs_stays_until_that_is_read(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "look_again", 3600)  # from now on it reads after a push alone
    await accepted(ninjavan, ninjavan_body("NV-MINE", "Completed", clock.now, comments="Given to Zephyrine"))
    [first] = await reports(adapter, broker, "NVMINE")
    again = uuid4()
    async with adapter.pool.acquire() as other, other.transaction():  # as another process would have kept it
        repeated = (
            "INSERT INTO pushes (id, account, received_at, digest, first_id)"
            " SELECT $1, account, received_at, digest, id FROM pushes WHERE id = $2"
        )
        await other.execute(repeated, again, first.push_id)
        await other.execute("INSERT INTO unread SELECT place, id FROM pushes WHERE id = $1", again)
        row = "INSERT INTO erasures (scan_id, account, received_at) VALUES ($1, $2, $3)"
        await other.execute(row, first.scan_id, first.account, first.received_at)

    assert await Eraser(adapter.service, Seal(SEALING_KEY)).run_once() == 0
    assert "Zephyrine" in await bodies(adapter)

    await accepted(ninjavan, ninjavan_body("NV-NEXT", "Completed", clock.now))
    assert [one.push_id for one in await reports(adapter, broker, "NVMINE")] == [first.push_id, again]
    assert "Zephyrine" not in await bodies(adapter)


async def test_erasing_again_and_erasing_what_is_not_there_changes_nothing(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    await accepted(ninjavan, ninjavan_body("NV-MINE", "Completed", clock.now, comments="Given to Zephyrine"))
    await accepted(ninjavan, ninjavan_body("NV-OTHER", "Completed", clock.now, comments="Given to Mei"))
    [mine, other] = await reports(adapter, broker, "NVMINE", "NVOTHER")
    await erased(adapter, broker, clock, mine)
    once = await bodies(adapter), await said(adapter)

    await erased(adapter, broker, clock, mine)
    nothing = other.model_copy(update={"scan_id": uuid4()})
    long_ago = other.model_copy(update={"scan_id": uuid4(), "received_at": clock.now - timedelta(days=90)})
    await erased(adapter, broker, clock, nothing, long_ago)

    assert (await bodies(adapter), await said(adapter)) == once
    assert await adapter.pool.fetchval("SELECT count(*) FROM erasures") == 0


async def test_the_carrier_may_push_the_parcel_s_next_scan(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    await accepted(ninjavan, ninjavan_body("NV-MINE", "On Vehicle for Delivery", clock.now))
    [first] = await reports(adapter, broker, "NVMINE")
    await erased(adapter, broker, clock, first)

    await accepted(ninjavan, ninjavan_body("NV-MINE", "Completed", clock.advance(hours=1)))

    assert [one.status for one in await reports(adapter, broker, "NVMINE")] == ["out_for_delivery", "delivered"]
