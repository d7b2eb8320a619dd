"""What is counted of a feed reaches its scorecard, and an alarm goes out once when a feed is in trouble."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from carrier_adapter.scorecard.keeping import Scorecard
from carrier_adapter.scorecard.watching import Watch
from contracts.orders.v1 import Judgement, ParcelsUnheard, ScansJudged, Unheard, Verdict
from contracts.scans.v1 import FeedAlarmed
from service.carrier_adapter.admin import Admin
from support.pushing import Carrier, ninjavan_body, tiktok_body, tiktok_scan
from support.servers import Broker, Servers
from support.services import Running, SteppedTime, in_this_process
from support.waiting import eventually

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Scored:
    """An adapter whose scorecard is looked at."""

    running: Running
    admin: Admin
    clock: SteppedTime
    broker: Broker

    async def card(self, account: str, **wanted: Any) -> dict[str, Any]:
        """Give the card of today, once it says what is *wanted*."""

        async def is_there() -> Any:
            found = (await self.admin.get("/v1/scorecard", account=account, days=1))["cards"]
            return [one for one in found if all(one[name] == value for name, value in wanted.items())]

        (card,) = await eventually(is_there)
        return dict(card)

    async def alarms(self) -> list[tuple[str, str, bool]]:
        """Look for trouble, and give what was ever said of it."""
        await Watch(self.running.service).look()
        rows = await self.running.pool.fetch(
            "SELECT body FROM outbox WHERE subject = 'scans.v1.feed_alarmed' ORDER BY id"
        )
        events = [FeedAlarmed.model_validate_json(row["body"]) for row in rows]
        return [(event.account, event.trouble, event.over) for event in events]

    async def in_health(self, account: str, column: str) -> Any:
        return await self.running.pool.fetchval(f"SELECT {column} FROM feed_health WHERE account = $1", account)


@pytest.fixture(scope="module")
async def scored(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scored]:
    clock = SteppedTime(tmp_path_factory.mktemp("scored") / "clock", DAY)
    async with servers.broker() as broker, in_this_process(servers, broker) as start:
        running = await start("carrier-adapter", clock=clock)
        yield Scored(running, Admin(running), clock, broker)


async def account(scored: Scored, name: str, format_name: str, scheme: str, **told: Any) -> Carrier:
    asked = {"name": name, "carrier": name, "format": format_name, "scheme": scheme, **told}
    made = await scored.admin.post("/v1/accounts", asked, status=201)
    return Carrier(scored.running.http, name, made["endpoint"], made["key"], scheme)


async def pushed(carrier: Carrier, body: bytes) -> None:
    async def is_taken() -> bool:
        return (await carrier.push(body)).is_success

    await eventually(is_taken)


async def test_a_feed_s_pushes_and_records_are_counted(scored: Scored) -> None:
    carrier = await account(scored, "counted", "ship-by-tiktok", "standard-webhooks")
    first = tiktok_scan("WB1", "collected", DAY - timedelta(minutes=3))
    good = tiktok_body(first, {**tiktok_scan("WB2", "arrived", DAY), "at": "2026-03-02T19:59:00"})
    await pushed(carrier, good)
    await pushed(carrier, good)
    await pushed(carrier, tiktok_body(tiktok_scan("WB1", "label_created", DAY - timedelta(hours=2))))
    await pushed(carrier, tiktok_body(tiktok_scan("WB3", "teleported", DAY), {"code": "arrived"}))
    await pushed(carrier, b"no scans at all")

    card = await scored.card("counted", pushes=5, unparsable=2)

    assert (card["pushes_repeated"], card["records"]) == (1, 5)
    assert (card["unmapped"], card["naive_times"], card["no_times"], card["out_of_order"]) == (1, 1, 1, 1)
    assert card["lag_p50_s"] is not None


async def test_rejected_pushes_are_counted_by_reason_and_a_stranger_s_are_nobody_s(scored: Scored) -> None:
    carrier = await account(scored, "rejected", "ninjavan-webhook", "ninjavan")
    await pushed(carrier, ninjavan_body("NV1", "Completed", DAY))
    http, path = scored.running.http, carrier.path
    await http.post(path, content=b"{}")
    await http.post(path, content=b"{}", headers={"x-ninjavan-hmac-sha256": "no base64"})
    await http.post(path, content=b"{}", headers={"x-ninjavan-hmac-sha256": "AAAA"})
    await http.post("/v1/feeds/nobody", content=b"{}")

    # Rejections are counted as they come, a push once it is read.
    card = await scored.card("rejected", pushes=1, rejected={"malformed": 1, "missing": 1, "wrong": 1})

    assert card["records"] == 1


async def test_verdicts_are_counted_the_first_time_and_unheard_parcels_as_they_stand(scored: Scored) -> None:
    carrier = await account(scored, "judged", "ninjavan-webhook", "ninjavan")
    await pushed(carrier, ninjavan_body("NV9", "Completed", DAY))

    def judged(verdict: Verdict, name: str | None) -> Judgement:
        return Judgement(scan_id=uuid4(), verdict=verdict, account=name)

    said = [judged(Verdict.APPLIED, "judged"), judged(Verdict.DUPLICATE, "judged"), judged(Verdict.APPLIED, None)]
    await scored.broker.say(ScansJudged(event_id=uuid4(), occurred_at=DAY, judgements=said))
    for parcels in (7, 4):
        unheard = [Unheard(carrier="judged", parcels=parcels), Unheard(carrier="another", parcels=99)]
        await scored.broker.say(ParcelsUnheard(event_id=uuid4(), occurred_at=DAY, unheard=unheard))

    unlisted = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    verdicts = {**unlisted, "applied": 1, "duplicate": 1}
    card = await scored.card("judged", pushes=1, unheard_parcels=4, verdicts=verdicts)

    assert card["records"] == 1


async def test_a_feed_that_falls_silent_is_told_of_once_and_again_when_it_speaks(scored: Scored) -> None:
    carrier = await account(scored, "silent", "ninjavan-webhook", "ninjavan", silent_after_hours=2)
    await pushed(carrier, ninjavan_body("NV2", "Completed", DAY))
    await eventually(lambda: scored.in_health("silent", "last_push_at"))

    def mine(told: list[tuple[str, str, bool]]) -> list[tuple[str, bool]]:
        return [(trouble, over) for name, trouble, over in told if name == "silent"]

    scored.clock.advance(hours=2, seconds=-1)
    assert mine(await scored.alarms()) == []
    scored.clock.advance(seconds=1)
    assert mine(await scored.alarms()) == [("silent", False)]
    assert mine(await scored.alarms()) == [("silent", False)]

    before = await scored.in_health("silent", "last_push_at")
    await pushed(carrier, ninjavan_body("NV3", "Completed", DAY))

    async def is_heard() -> bool:
        return bool(await scored.in_health("silent", "last_push_at") != before)

    await eventually(is_heard)
    assert mine(await scored.alarms()) == [("silent", False), ("silent", True)]


async def test_a_feed_of_which_everything_is_rejected_is_told_of_with_the_reasons(scored: Scored) -> None:
    carrier = await account(scored, "refused", "ninjavan-webhook", "ninjavan")
    await pushed(carrier, ninjavan_body("NV4", "Completed", scored.clock.now))
    await eventually(lambda: scored.in_health("refused", "last_push_at"))
    for _ in range(5):
        await scored.running.http.post(carrier.path, content=b"{}")

    async def are_counted() -> bool:
        return bool(await scored.in_health("refused", "rejections") == 5)

    await eventually(are_counted)
    scored.clock.advance(minutes=15)

    assert ("refused", "everything_rejected", False) in await scored.alarms()
    reasons = await scored.in_health("refused", "reasons")
    assert reasons == {"missing": 5}


async def test_what_was_counted_survives_a_write_that_fails(scored: Scored) -> None:
    card = Scorecard(_Away, scored.running.service.clock)
    card.rejected("counted", "wrong")

    with pytest.raises(ConnectionError):
        await card.write()

    assert card.waiting


class _Away:
    """A pool whose database is away."""

    def acquire(self) -> Any:
        raise ConnectionError
