"""From raw pushes to events: reads what was committed, and says what each record is."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.record import Feed, Notice, Record, Unparsable
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.scorecard.keeping import Scorecard
from carrier_adapter.sealing import Seal
from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.marketplace.v1 import MarketplaceNoticed, kind_of
from contracts.scans.v1 import ScanQuarantined, ScanReported
from contracts.vocabulary import tracking_key

log = get_logger()
sql = load_queries("carrier_adapter")

TOGETHER = 200  #: Pushes read in one transaction.
LINGER_BUSY = 0.02  #: Seconds that pushes may still gather while they come faster than they are read.


@dataclass(frozen=True, slots=True)
class KeptPush:
    """A push as it was committed."""

    id: UUID
    account: str
    carrier: str
    format: str
    zone: str
    received_at: datetime
    digest: bytes
    body: bytes | None  #: None where it was dropped before it was read again.
    contradicts: bool = False  #: Another push with its id came before, with another content.
    first_id: UUID | None = None  #: Of the first push with its content, where it is not this one.


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that nobody understands yet."""

    scan_id: UUID
    record: int
    reason: str
    raw_code: str | None = None


def opened(row: Any, seal: Seal) -> KeptPush:
    """Give a push from its row, with its body decrypted where it has one still."""
    body = seal.open(row["sealed"], row["first_id"].bytes) if row["sealed"] is not None else None
    return KeptPush(
        id=row["id"],
        account=row["account"],
        carrier=row["carrier"],
        format=row["format"],
        zone=row["zone"],
        received_at=row["received_at"],
        digest=row["digest"],
        body=body,
        contradicts=row.get("contradicts", False),
        first_id=row["first_id"],
    )


def scan_id_of(push_id: UUID, record: int) -> UUID:
    """Give a record's id: the same however often its push is read."""
    return uuid5(push_id, str(record))


Said = ScanReported | ScanQuarantined | MarketplaceNoticed


def read_push(
    push: KeptPush, now: datetime, formats: Mapping[str, Format] = FORMATS
) -> tuple[list[Said], list[Unreadable]]:
    """Say what a push holds: an event per record and per notice, and what of it could not be understood."""
    try:
        return said_of(push, parsed(push, formats), now)
    except Unparsable as wrong:
        return said_of(push, wrong, now)


def said_of(push: KeptPush, feed: Feed | Unparsable, now: datetime) -> tuple[list[Said], list[Unreadable]]:
    """Say what a push holds, by what its parser made of it."""
    if isinstance(feed, Unparsable):
        scan_id = scan_id_of(push.id, -1)
        event = _quarantined(push, scan_id, f"{push.account}:{push.digest.hex()}", "unparsable", now)
        return [event], [Unreadable(scan_id, -1, f"unparsable: {feed}"[:200])]
    events: list[Said] = [_noticed(push, notice, index, now) for index, notice in enumerate(feed.notices)]
    unreadable: list[Unreadable] = []
    for record in feed.records:
        scan_id, identity = scan_id_of(push.id, record.index), record.identity(push.account)
        if record.problem is None and record.status is not None and record.tracking_number is not None:
            events.append(_reported(push, record, scan_id, identity, now))
        else:
            reason = record.problem or "unmapped_code"
            events.append(_quarantined(push, scan_id, identity, reason, now))
            unreadable.append(Unreadable(scan_id, record.index, reason, record.raw_code))
    return events, unreadable


def parsed(push: KeptPush, formats: Mapping[str, Format] = FORMATS) -> Feed:
    """Read a push's body in its account's format. Raises `Unparsable`, and nothing else."""
    if push.contradicts:
        raise Unparsable("another push with the same id and another content came before it")
    if push.body is None:
        raise Unparsable("its body was dropped")
    if push.format not in formats:
        raise Unparsable(f"there is no format {push.format}: its mapping file is missing")
    try:
        return formats[push.format].parse(push.body, ZoneInfo(push.zone))
    except Unparsable:
        raise
    except Exception as fault:
        # Ours, not the sender's. The push is set aside for a person, or it would hold up every push behind it.
        log.error("parser_failed", push_id=str(push.id), format=push.format, error=type(fault).__name__)
        raise Unparsable(f"our parser failed on it with {type(fault).__name__}") from fault


def _quarantined(push: KeptPush, scan_id: UUID, identity: str, reason: str, now: datetime) -> ScanQuarantined:
    return ScanQuarantined(
        event_id=uuid4(),
        occurred_at=now,
        scan_id=scan_id,
        push_id=push.id,
        account=push.account,
        identity=identity,
        reason=reason,
        received_at=push.received_at,
    )


def _noticed(push: KeptPush, notice: Notice, index: int, now: datetime) -> MarketplaceNoticed:
    return MarketplaceNoticed(
        event_id=uuid4(),
        occurred_at=now,
        notice_id=uuid5(push.id, f"notice/{index}"),
        push_id=push.id,
        account=push.account,
        marketplace=notice.marketplace,
        seller=notice.seller,
        identity=f"{push.account}:{notice.identity}",
        kind=kind_of(notice.meaning),
        meaning=notice.meaning,
        raw_status=notice.raw_status,
        order_numbers=list(notice.order_numbers),
        packages=list(notice.packages),
        line=notice.line,
        case=notice.case,
        return_kind=notice.return_kind,
        by=notice.by,
        happened_at=notice.happened_at,
        received_at=push.received_at,
    )


def _reported(push: KeptPush, record: Record, scan_id: UUID, identity: str, now: datetime) -> ScanReported:
    assert record.status is not None
    assert record.tracking_number is not None
    return ScanReported.model_construct(
        event_id=uuid4(),
        occurred_at=now,
        scan_id=scan_id,
        push_id=push.id,
        account=push.account,
        carrier=record.carrier or push.carrier,
        tracking_number=tracking_key(record.tracking_number),
        identity=identity,
        status=record.status,
        sub_status=record.sub_status,
        leg=record.leg,
        scanned_at=record.occurred_at,
        time_quality=record.time_quality,
        raw_time=record.raw_time,
        received_at=push.received_at,
        raw_code=record.raw_code,
        raw_text=record.raw_text,
        place=record.place,
        signed=record.signed,
        attempt_no=record.attempt_no,
        fault=record.fault,
        estimated_at=record.estimated_at,
    )


class Reader:
    """The loop that reads what was committed."""

    look_again = 0.5  #: Seconds; another process may have committed something, and cannot say so.

    def __init__(
        self,
        service: Service,
        seal: Seal,
        committed: asyncio.Event,
        scorecard: Scorecard,
        formats: Mapping[str, Format] = FORMATS,
    ) -> None:
        self._service = service
        self._seal = seal
        self._formats = formats
        self._scorecard = scorecard
        self._committed = committed
        self.drained = asyncio.Event()  #: Set whenever nothing was left to read.

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                read = await self.run_once()
            except TRANSIENT as outage:
                log.warning("reader_waits", error=type(outage).__name__)
                await asyncio.sleep(0.5)
                continue
            if not read:
                self.drained.set()
                try:
                    await asyncio.wait_for(self._committed.wait(), self.look_again)
                except TimeoutError:
                    continue
                self._committed.clear()
            elif read < TOGETHER and self._committed.is_set():
                self._committed.clear()
                await asyncio.sleep(LINGER_BUSY)

    async def run_once(self) -> int:
        """Read the oldest pushes, in one transaction; gives how many those were."""
        async with self._service.transaction() as tx:
            rows = await tx.connection.fetch(sql.take_unread, TOGETHER)
            if not rows:
                return 0
            await self._read(tx, [opened(row, self._seal) for row in rows])
            await tx.connection.execute(sql.mark_read, [row["place"] for row in rows])
        return len(rows)

    async def is_done(self) -> bool:
        """Say whether nothing is left to read."""
        return not await self._service.pool.fetchval(sql.count_unread)

    async def _read(self, tx: Transaction, pushes: list[KeptPush]) -> None:
        count = 0
        aside: list[tuple[Any, ...]] = []
        readings: list[tuple[UUID, int]] = []
        for push in pushes:
            feed = self._feed_of(push)
            events, unreadable = said_of(push, feed, tx.now)
            for event in events:
                tx.say(event, push.account)
            records = sum(not isinstance(event, MarketplaceNoticed) for event in events)  # they are no records
            count += records
            if records != 1:
                readings.append((push.id, records))
            tx.afterwards(partial(self._count, push, feed))
            aside += [(one.scan_id, push.id, one.record, push.account, one.reason, one.raw_code) for one in unreadable]
            await asyncio.sleep(0)  # requests are answered between two pushes
        if aside:
            await tx.connection.execute(sql.keep_unreadable, *zip(*aside, strict=True), tx.now)
        if readings:
            await tx.connection.execute(sql.keep_readings, *zip(*readings, strict=True))
        await tx.connection.execute(sql.count_records, count)

    def _feed_of(self, push: KeptPush) -> Feed | Unparsable:
        try:
            return parsed(push, self._formats)
        except Unparsable as wrong:
            return wrong

    def _count(self, push: KeptPush, feed: Feed | Unparsable) -> None:
        records = feed.records if isinstance(feed, Feed) else None
        seen_before = push.first_id not in (None, push.id)
        self._scorecard.pushed(push.account, push.received_at, records, seen_before=seen_before)
