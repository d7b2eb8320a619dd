"""Reading records of the quarantine again, with what the formats have learnt since; and giving them up.

What has become readable is said under the id that it had, so that `orders` judges it again, and it moves to its new
bucket of the books. The other records of a push were understood before: they are not said again.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from carrier_adapter.formats.format import Format
from carrier_adapter.normalising import KeptPush, Said, Unreadable, opened, read_push, scan_id_of
from carrier_adapter.quarantine.listing import Choice
from carrier_adapter.sealing import Seal
from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.marketplace.v1 import MarketplaceNoticed
from contracts.scans.v1 import ScanQuarantined, ScanReported

sql = load_queries("carrier_adapter")

TOGETHER: Final = 100  #: Records in one transaction: each may be a whole push, of a thousand records.
BODIES: Final = 20  #: Pushes whose bodies are in memory at a time.
WHOLE: Final = -1  #: The number of the one record that an unparsable push is.

Begin = Callable[[], AbstractAsyncContextManager[Transaction]]


@dataclass(slots=True)
class Replayed:
    """What came of reading again."""

    replayed: int = 0  #: Records of the quarantine that are understood now, and have been said.
    found: int = 0  #: Records that pushes held which could not be parsed, and have been said.
    still: int = 0  #: Records that are not understood yet.
    not_kept: int = 0  #: Records whose push was dropped since: they can only be discarded.
    not_judged: int = 0  #: Records that came a moment ago: try again.


@dataclass(slots=True)
class Reread:
    """What reading one push again gives, to be written."""

    say: list[Said] = field(default_factory=list)
    settled: list[UUID] = field(default_factory=list)
    still: list[tuple[UUID, int, str, str | None]] = field(default_factory=list)
    aside: list[Unreadable] = field(default_factory=list)  #: Records that are new to the quarantine.
    records: int | None = None  #: How many a push holds that was one while nobody could parse it.
    no_scans: list[UUID] = field(default_factory=list)  #: Records in whose place there are notices of orders now.


def reread(push: KeptPush, waiting: Mapping[int, UUID], now: datetime, formats: Mapping[str, Format]) -> Reread:
    """Read a push again; *waiting* gives the ids of those of its records that wait in the quarantine, by number."""
    events, unreadable = read_push(push, now, formats)
    if WHOLE in waiting:
        return _reread_whole(push, waiting[WHOLE], events, unreadable)
    found = Reread()
    natural = {event.scan_id: event for event in events if not isinstance(event, MarketplaceNoticed)}
    notices = [event for event in events if isinstance(event, MarketplaceNoticed)]
    reasons = {one.record: one for one in unreadable}
    for number, scan_id in waiting.items():
        event = natural.get(scan_id_of(push.id, number))
        if isinstance(event, ScanReported):
            found.say.append(_under(event, scan_id))
            found.settled.append(scan_id)
        elif number in reasons:
            found.still.append((scan_id, number, reasons[number].reason, reasons[number].raw_code))
        elif notices:
            found.no_scans.append(scan_id)
    if found.no_scans:
        found.say += notices
    return found


def _reread_whole(push: KeptPush, scan_id: UUID, events: Sequence[Said], unreadable: Sequence[Unreadable]) -> Reread:
    """Read a push that was one record: its first record takes that one's place, so that the books count no more."""
    found = Reread()
    if any(one.record == WHOLE for one in unreadable):
        found.still = [(scan_id, WHOLE, one.reason, None) for one in unreadable]
        return found
    records = [event for event in events if not isinstance(event, MarketplaceNoticed)]
    notices = [event for event in events if isinstance(event, MarketplaceNoticed)]
    found.say += notices
    if not records:
        if notices:
            found.no_scans = [scan_id]
        else:
            found.still = [(scan_id, WHOLE, "no_scans: it can be read now, and holds no scans", None)]
        return found
    first, *others = records
    found.records = len(records)
    found.say += [_under(first, scan_id), *others]
    reasons = {scan_id_of(push.id, one.record): one for one in unreadable}
    if isinstance(first, ScanQuarantined):
        why = reasons[first.scan_id]
        found.still = [(scan_id, why.record, why.reason, why.raw_code)]
    else:
        found.settled = [scan_id]
    found.aside = [reasons[event.scan_id] for event in others if event.scan_id in reasons]
    return found


def _under(event: Any, scan_id: UUID) -> Any:
    return event.model_copy(update={"scan_id": scan_id})


async def replay(begin: Begin, seal: Seal, formats: Mapping[str, Format], choice: Choice, by: str) -> Replayed:
    """Read the records of a choice again, a slice at a time; cut short, what was done stays done."""
    formats = dict(formats)  # as they are now: a mapping file that changes meanwhile must not split the choice
    done = Replayed()
    behind = (-1, WHOLE - 1)
    while True:
        async with begin() as tx:
            rows = await tx.connection.fetch(sql.take_quarantined, *choice.filters, choice.ids, *behind, TOGETHER)
            if not rows:
                break
            behind = (rows[-1]["place"], rows[-1]["record"])
            await _replay_slice(tx, seal, formats, rows, by, done)
    async with begin() as tx:
        done.not_judged = await tx.connection.fetchval(sql.count_unjudged, *choice.filters, choice.ids)
    return done


async def _replay_slice(
    tx: Transaction, seal: Seal, formats: Mapping[str, Format], rows: Sequence[Any], by: str, done: Replayed
) -> None:
    waiting = {
        push_id: {row["record"]: row["scan_id"] for row in group}
        for push_id, group in groupby(rows, key=lambda row: row["push_id"])
    }
    ids = list(waiting)
    found: list[tuple[KeptPush, Reread]] = []
    for start in range(0, len(ids), BODIES):
        for row in await tx.connection.fetch(sql.pushes_to_read_again, ids[start : start + BODIES]):
            push = opened(row, seal)
            if push.body is None:
                done.not_kept += len(waiting[push.id])
            else:
                found.append((replace(push, body=None), reread(push, waiting[push.id], tx.now, formats)))
    await _write(tx, found, by, done)


async def _write(tx: Transaction, found: Sequence[tuple[KeptPush, Reread]], by: str, done: Replayed) -> None:
    said = [(event, push.account) for push, one in found for event in one.say]
    for event, account in said:
        tx.say(event, account)
    settled = [scan_id for _, one in found for scan_id in one.settled]
    still = [row for _, one in found for row in one.still]
    aside = [
        (one.scan_id, push.id, one.record, push.account, one.reason, one.raw_code)
        for push, again in found
        for one in again.aside
    ]
    whole = [(push.id, one.records) for push, one in found if one.records is not None]
    no_scans = [scan_id for _, one in found for scan_id in one.no_scans]
    if records := sum(not isinstance(event, MarketplaceNoticed) for event, _ in said):
        await tx.connection.execute(sql.count_records, records)
    if settled:
        await tx.connection.execute(sql.settle_replayed, settled, tx.now, by)
    if still:
        await tx.connection.execute(sql.still_unreadable, *zip(*still, strict=True))
    if aside:
        await tx.connection.execute(sql.keep_unreadable, *zip(*aside, strict=True), tx.now)
    if whole:
        await tx.connection.execute(sql.keep_whole_readings, *zip(*whole, strict=True))
    if no_scans:
        await discard(tx, Choice(scan_ids=tuple(no_scans)), by, "read again: it holds notices of orders, and no scans")
    done.found += sum(count for _, count in whole)
    done.replayed += len(settled) + len(no_scans)
    done.still += len(still) + len(aside)


async def discard(tx: Transaction, choice: Choice, by: str, why: str) -> int:
    """Give records up for a reason that stays on record; gives how many. In the books they stay quarantined."""
    answer = await tx.connection.execute(sql.discard_quarantined, *choice.filters, choice.ids, tx.now, by, why)
    return int(str(answer).rpartition(" ")[2])
