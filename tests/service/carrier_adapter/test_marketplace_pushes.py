"""A marketplace's notices come in by the carriers' door and go out as notices: no records, and none is guessed."""

from datetime import timedelta
from uuid import UUID

from contracts.marketplace.v1 import MarketplaceNoticed
from contracts.scans.v1 import ScanQuarantined, Watermark
from support.servers import Broker
from support.services import Running, SteppedTime
from support.tiktok_shop import SHOP, add_app, webhook
from support.waiting import eventually


async def test_a_signed_webhook_becomes_a_notice_and_what_is_not_understood_a_record_in_the_quarantine(
    adapter: Running, broker: Broker, clock: SteppedTime
) -> None:
    app = await add_app(adapter.pool, adapter.service.clock, adapter.http)
    at = clock.now - timedelta(minutes=3)
    cancelled = webhook(1, at, order_id="580000000000000011", order_status="CANCEL")

    for body in (cancelled, cancelled, webhook(1, at, order_id="580000000000000012", order_status="TELEPORTED")):
        answer = await app.push(body)
        assert (answer.status_code, answer.content) == (200, b""), "as the marketplace wants it"
        assert UUID(answer.headers["waybill-receipt"])
    await adapter.quiet()

    async def levels() -> list[Watermark]:
        said = [event for event in await broker.said("SCANS") if isinstance(event, Watermark)]
        return said if said and said[-1].records else []

    level = (await eventually(levels))[-1]
    first, again = [event for event in await broker.said("MARKETPLACE") if isinstance(event, MarketplaceNoticed)]
    assert (first.meaning, first.raw_status, first.order_numbers) == ("cancelled", "CANCEL", ["580000000000000011"])
    assert (first.account, first.marketplace, first.seller) == ("tiktok-shop", "tiktok-shop", SHOP)
    assert (first.happened_at, first.received_at) == (at, clock.now)
    assert first.identity == again.identity, "two tellings of one notice"
    assert first.notice_id != again.notice_id
    scans = await broker.said("SCANS")
    assert [event.reason for event in scans if isinstance(event, ScanQuarantined)] == ["unmapped_code"]
    assert (level.through, level.records) == (clock.now, 1), "a notice is no record, and none is waited for"
    rows = await adapter.pool.fetch("SELECT reason, raw_code FROM unreadable")
    assert [tuple(row) for row in rows] == [("unmapped_code", "1 TELEPORTED")]


async def test_a_webhook_that_is_not_the_marketplace_s_is_refused_and_says_nothing(
    adapter: Running, broker: Broker, clock: SteppedTime
) -> None:
    app = await add_app(adapter.pool, adapter.service.clock, adapter.http)
    body = webhook(1, clock.now, order_id="580000000000000011", order_status="CANCEL")
    before = await adapter.pool.fetchval("SELECT count(*) FROM pushes")

    forged = app.signed(body.replace(b"CANCEL", b"ON_HOLD"))
    for headers in ({}, forged, {"authorization": f"Bearer {app.key}"}):
        assert (await app.push(body, headers)).status_code == 401
    await adapter.quiet()

    assert await adapter.pool.fetchval("SELECT count(*) FROM pushes") == before
    assert await broker.said("MARKETPLACE") == []


async def test_reading_a_push_again_gives_the_same_notice(adapter: Running, broker: Broker, clock: SteppedTime) -> None:
    app = await add_app(adapter.pool, adapter.service.clock, adapter.http)
    await app.push(webhook(11, clock.now, order_id="58", cancel_status="CANCELLATION_REQUEST_PENDING", cancel_id="1"))
    await adapter.quiet()
    push_id: UUID = await adapter.pool.fetchval("SELECT id FROM pushes ORDER BY place DESC LIMIT 1")

    await adapter.pool.execute("INSERT INTO unread SELECT place, id FROM pushes WHERE id = $1", push_id)
    await adapter.quiet()

    first, again = [event for event in await broker.said("MARKETPLACE") if isinstance(event, MarketplaceNoticed)]
    assert (first.notice_id, first.identity, first.push_id) == (again.notice_id, again.identity, push_id)
