"""Receipts: what became of each scan of a push, in words for whoever sent it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.record import Feed, Record, Unparsable
from carrier_adapter.normalising import opened, parsed, scan_id_of
from carrier_adapter.sealing import Seal
from chassis.postgres import load_queries

sql = load_queries("carrier_adapter")

KEPT: Final = timedelta(days=30)  #: For as long as bodies and verdicts are.

AT_ONCE: Final = 2  #: Bodies that are read for receipts at a time: the endpoint comes first.


class Gone(Exception):
    """The receipt was kept for 30 days, which are over."""


class Outcome(StrEnum):
    """What became of a scan."""

    WAITING = "waiting"
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    UNMATCHED = "unmatched"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


class ScanOutcome(BaseModel):
    """What became of one scan of a push."""

    record: int | None = Field(description="its number in the push, from 0 as listed there; null: the push as a whole")
    scan_id: UUID
    tracking_number: str | None = Field(None, description="as the push writes it; null once the body is not kept")
    code: str | None = Field(None, description="as the push writes it")
    outcome: Outcome
    reason: str | None = Field(None, description="a word of docs/receipts.md, where there is more to say")
    explanation: str


class Receipt(BaseModel):
    """What became of a push."""

    receipt: UUID
    received_at: AwareDatetime
    state: str = Field(description="`waiting` until the push was read, then `read`")
    kept_until: AwareDatetime
    counts: dict[Outcome, int] = Field(description="how many scans there are of each outcome")
    scans: list[ScanOutcome]
    notices: int | None = Field(None, description="notices of orders, which are no scans; null: not known any more")
    note: str | None = Field(None, description="why the push holds no scans")


_MEANS: Final[Mapping[tuple[str, str | None], str]] = {
    (Outcome.WAITING, None): "Kept, and not judged yet: ask again in a few seconds.",
    (Outcome.APPLIED, None): "It counts for the parcel with this tracking number.",
    (Outcome.DUPLICATE, None): "The same record was sent before, and counted then.",
    (Outcome.SUPERSEDED, None): "A newer telling of the same record has taken its place.",
    (Outcome.UNMATCHED, None): "No order has this tracking number. It counts as soon as one has, within 30 days.",
    (Outcome.REFUSED, None): "It does not count for any parcel.",
    (Outcome.REFUSED, "mix_up"): (
        "The parcel with this tracking number is with another carrier. The seller is asked; it counts if they agree."
    ),
    (Outcome.REFUSED, "stale_binding"): (
        "The scan lies outside the time in which a parcel had this tracking number: the number was used again."
    ),
    (Outcome.QUARANTINED, None): "It could not be understood. It is kept, and read again once we have learnt how.",
    (Outcome.QUARANTINED, "unparsable"): (
        "The push as a whole is not in the format agreed on. It is kept; please send it again in the right one."
    ),
    (Outcome.QUARANTINED, "unmapped_code"): (
        "We do not know this status code yet. It is kept, and counts once somebody here has said what it means."
    ),
    (Outcome.QUARANTINED, "no_tracking_number"): "It has no tracking number, or none that can be one.",
    (Outcome.QUARANTINED, "bad_time"): "Its time cannot be read as the format writes times.",
    (Outcome.QUARANTINED, "no_record"): "At this place in the push there is no record of a scan.",
    (Outcome.QUARANTINED, "test_mode"): "It is marked as a test, and changes nothing.",
    (Outcome.QUARANTINED, "discarded"): "It could not be understood. Somebody here has looked at it and let it be.",
}


def explain(outcome: Outcome, reason: str | None, detail: str = "") -> str:
    """Say what an outcome means, for a carrier; *detail* is why a push cannot be read, without its content."""
    if reason == "unparsable" and detail:
        return f"The push as a whole cannot be read: {detail}. It is kept; please send it again as it should be."
    return _MEANS.get((outcome, reason)) or _MEANS[outcome, None]


class Receipts:
    """Finds receipts."""

    def __init__(self, pool: Callable[[], Any], seal: Seal, formats: Mapping[str, Format]) -> None:
        self._pool = pool
        self._seal = seal
        self._formats = formats
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def find(self, account: str, receipt: UUID, now: datetime) -> Receipt | None:
        """Give a receipt of an account's; None where it never gave one of that id. Raises `Gone` after 30 days."""
        row = await self._pool().fetchrow(sql.receipt_of, receipt, account)
        if row is None:
            return None
        if row["received_at"] + KEPT < now:
            raise Gone
        feed = await self._read_again(row)
        if row["is_unread"]:
            return _receipt(row, "waiting", [], feed)
        ids = _ids(row)
        outcomes = await self._pool().fetch(sql.outcomes_of, [scan_id for _, scan_id in ids])
        found = {one["scan_id"]: one for one in outcomes}
        if not row["replayed_whole"]:
            # A push that could not be parsed is one record, and that one has another id.
            whole = scan_id_of(row["id"], -1)
            is_whole = found[whole]["record"] == -1
            ids = [(number, scan_id) for number, scan_id in ids if (scan_id == whole) is is_whole]
        records = {one.index: one for one in feed.records} if feed else {}
        scans = [_scan(number, found[scan_id], records.get(number)) for number, scan_id in ids]
        return _receipt(row, "read", scans, feed)

    async def _read_again(self, row: Any) -> Feed | None:
        """Read the push again for what it says of its scans; None where that is not known any more."""
        if row["sealed"] is None:
            return None
        try:
            async with self._turns:
                return await asyncio.to_thread(parsed, opened(row, self._seal), self._formats)
        except Unparsable:
            return None


def _ids(row: Any) -> list[tuple[int, UUID]]:
    """Give the numbers and ids that the records of a push may have."""
    push_id, count = row["id"], row["records"]
    natural = [(number, scan_id_of(push_id, number)) for number in range(count)]
    whole = scan_id_of(push_id, -1)
    if row["replayed_whole"]:
        return [(0, whole), *natural[1:]]
    return [*natural, (-1, whole)]


def _scan(number: int, found: Any, record: Record | None) -> ScanOutcome:
    outcome = Outcome(found["verdict"] or Outcome.WAITING)
    reason, detail = found["reason"], ""
    if outcome is Outcome.QUARANTINED:
        reason, _, detail = str(found["unreadable"] or reason).partition(": ")
        if found["settled"] == "discarded":
            reason = "discarded"
    return ScanOutcome(
        record=number if number >= 0 else None,
        scan_id=found["scan_id"],
        tracking_number=record.tracking_number if record else None,
        code=(record.raw_code if record else None) or found["raw_code"],
        outcome=outcome,
        reason=reason,
        explanation=explain(outcome, reason, detail),
    )


def _receipt(row: Any, state: str, scans: Sequence[ScanOutcome], feed: Feed | None) -> Receipt:
    counts: dict[Outcome, int] = {}
    for scan in scans:
        counts[scan.outcome] = counts.get(scan.outcome, 0) + 1
    return Receipt(
        receipt=row["id"],
        received_at=row["received_at"],
        state=state,
        kept_until=row["received_at"] + KEPT,
        counts=counts,
        scans=list(scans),
        notices=len(feed.notices) if feed else None,
        note=feed.silence if feed and state == "read" and not scans else None,
    )
