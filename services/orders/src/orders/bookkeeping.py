"""The books: judges each record of the feed into its bucket, and brings what was applied to its order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.orders.v1 import Judgement, ScansJudged, Verdict
from contracts.scans.v1 import ScanQuarantined, ScanReported
from orders import store
from orders.buyers.erasing import say_erased
from orders.life.decide import weigh
from orders.life.matching import Candidate, Matched, match, same_content
from orders.life.parcel import Binding, Evidence
from orders.rows import binding_of_row, evidence_of_event, evidence_of_row

sql = load_queries("orders")


@dataclass(slots=True)
class Entry:
    """A record on its way into the books."""

    scan: Evidence
    account: str
    tracking_number: str
    matched: Matched
    new: bool = True  #: False: it is kept already, and only its verdict is new.


@dataclass(slots=True)
class _Telling:
    """An earlier record with the same identity."""

    scan: Evidence | None  #: None where it was not understood.
    matched: Matched


class Books:
    """What one transaction writes into the books."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._entries: list[Entry] = []
        self._quarantined: list[tuple[ScanQuarantined, Verdict]] = []
        self._again: dict[UUID, Matched] = {}
        self._gone: dict[UUID, set[UUID]] = defaultdict(set)
        self._shared: list[tuple[Evidence, UUID, int]] = []  #: Evidence that another order's parcel has already.

    async def judge(self, events: Sequence[ScanReported | ScanQuarantined]) -> None:
        """Find each record's bucket, in the order in which they came."""
        connection = self._tx.connection
        await connection.execute(sql.hold_bindings)
        told = await self._tellings([event.identity for event in events])
        numbers = {event.tracking_number for event in events if isinstance(event, ScanReported)}
        candidates = await self._candidates(numbers)
        for event in events:
            earlier = told.get(event.identity)
            if isinstance(event, ScanQuarantined):
                verdict = Verdict.DUPLICATE if earlier else Verdict.QUARANTINED
                self._quarantined.append((event, verdict))
                if not earlier:
                    told[event.identity] = _Telling(None, Matched(Verdict.QUARANTINED))
                continue
            scan = evidence_of_event(event)
            matched = self._judge_one(scan, earlier, candidates[event.tracking_number])
            self._entries.append(Entry(scan, event.account, event.tracking_number, matched))
            if matched.verdict not in (Verdict.DUPLICATE, Verdict.SUPERSEDED):
                told[event.identity] = _Telling(scan, matched)

    def _judge_one(self, scan: Evidence, earlier: _Telling | None, candidates: Sequence[Candidate]) -> Matched:
        if earlier is None or earlier.scan is None or earlier.scan.scan_id == scan.scan_id:
            return match(scan, candidates)
        if same_content(scan, earlier.scan):
            return Matched(Verdict.DUPLICATE, None, earlier.matched.order_id, earlier.matched.parcel)
        if scan.received_at < earlier.scan.received_at:
            return Matched(Verdict.SUPERSEDED, "corrected", earlier.matched.order_id, earlier.matched.parcel)
        self._supersede(earlier)
        return match(scan, candidates)

    def _supersede(self, earlier: _Telling) -> None:
        assert earlier.scan is not None
        order_id, parcel = earlier.matched.order_id, earlier.matched.parcel
        gone = Matched(Verdict.SUPERSEDED, "corrected", order_id, parcel)
        for entry in self._entries:
            if entry.scan.scan_id == earlier.scan.scan_id:
                entry.matched = gone
                return
        self._again[earlier.scan.scan_id] = gone
        if order_id is not None and earlier.matched.verdict is Verdict.APPLIED:
            self._gone[order_id].add(earlier.scan.scan_id)

    async def claim(self, bindings: Iterable[Binding]) -> None:
        """Judge the records again that were kept for numbers that a parcel has now (R6, unknown numbers)."""
        numbers = {binding.tracking_number for binding in bindings}
        if not numbers:
            return
        candidates = await self._candidates(numbers)
        for row in await self._tx.connection.fetch(sql.kept_for_numbers, list(numbers)):
            scan = evidence_of_row(row)
            matched = match(scan, candidates[row["tracking_number"]])
            if (matched.verdict, matched.reason) != (row["verdict"], row["reason"]):
                self._entries.append(Entry(scan, row["account"], row["tracking_number"], matched, new=False))

    async def share(self, order_id: UUID, parcel: int, binding: Binding) -> None:
        """Give a parcel what was applied to the one in whose package it travels (combined packages)."""
        partner, number = binding.shared_with, binding.tracking_number
        if partner is None:
            return
        for row in await self._tx.connection.fetch(sql.applied_to_others, [partner], [number]):
            if row["carrier"] == binding.carrier:
                self._shared.append((evidence_of_row(row), order_id, parcel))

    async def close(self) -> None:
        """Write the verdicts, bring what was applied to the orders, and say both."""
        await self._bring_to_orders()
        await self._keep()
        said = [
            Judgement(
                scan_id=e.scan.scan_id,
                verdict=e.matched.verdict,
                reason=e.matched.reason,
                account=e.account if e.new else None,
            )
            for e in self._entries
        ]
        said += [Judgement(scan_id=key, verdict=m.verdict, reason=m.reason) for key, m in self._again.items()]
        said += [
            Judgement(scan_id=e.scan_id, verdict=v, reason=e.reason, account=e.account) for e, v in self._quarantined
        ]
        if said:
            event = ScansJudged(event_id=uuid4(), occurred_at=self._tx.now, judgements=said)
            self._tx.say(event, "books")

    async def _bring_to_orders(self) -> None:
        found: dict[UUID, dict[int, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
        mixed_up: dict[UUID, list[tuple[int, Evidence]]] = defaultdict(list)
        for entry in self._entries:
            order_id, parcel = entry.matched.order_id, entry.matched.parcel
            if order_id is None or parcel is None:
                continue
            if entry.matched.verdict is Verdict.APPLIED:
                found[order_id][parcel].append(entry.scan)
                for other_id, other in entry.matched.also:
                    self._shared.append((entry.scan, other_id, other))
            elif entry.matched.reason == "mix_up":
                mixed_up[order_id].append((parcel, entry.scan))
        for scan, order_id, parcel in self._shared:
            found[order_id][parcel].append(scan)
        superseded = {scan_id for scans in self._gone.values() for scan_id in scans}
        for row in await self._tx.connection.fetch(sql.shares_of, list(superseded)) if superseded else ():
            self._gone[row["order_id"]].add(row["scan_id"])
        touched = found.keys() | mixed_up.keys() | self._gone.keys()
        orders = await store.load(self._tx.connection, touched, lock=True)
        changes = []
        for order_id, order in orders.items():
            gone = frozenset(self._gone.get(order_id, ()))
            outcome = weigh(order, found.get(order_id, {}), self._tx.now, gone, mixed_up.get(order_id, ()))
            changes.append((order, outcome))
        await store.save(self._tx, changes)

    async def _keep(self) -> None:
        rows = [row_of_entry(entry) for entry in self._entries if entry.new]
        rows += [_quarantined_row(event, verdict) for event, verdict in self._quarantined]
        if rows:
            say_erased(self._tx, await self._tx.connection.fetch(sql.keep_scans, *zip(*rows, strict=True)))
        if self._shared:
            shares = [(scan.scan_id, order_id, parcel) for scan, order_id, parcel in self._shared]
            await self._tx.connection.execute(sql.share_scans, *zip(*shares, strict=True))
        again = {entry.scan.scan_id: entry.matched for entry in self._entries if not entry.new} | self._again
        if again:
            columns = [(key, m.verdict, m.reason, m.order_id, m.parcel) for key, m in again.items()]
            await self._tx.connection.execute(sql.judge_again, *zip(*columns, strict=True))

    async def _tellings(self, identities: Sequence[str]) -> dict[str, _Telling]:
        rows = await self._tx.connection.fetch(sql.tellings, list(identities))
        return {
            row["identity"]: _Telling(
                evidence_of_row(row) if row["status"] else None,
                Matched(Verdict(row["verdict"]), None, row["order_id"], row["parcel"]),
            )
            for row in rows
        }

    async def _candidates(self, numbers: Iterable[str]) -> dict[str, list[Candidate]]:
        found: dict[str, list[Candidate]] = defaultdict(list)
        for row in await self._tx.connection.fetch(sql.candidates, list(numbers)):
            candidate = Candidate(row["order_id"], row["parcel"], row["placed_at"], binding_of_row(row))
            found[row["tracking_number"]].append(candidate)
        return found


async def books_of(connection: Any) -> dict[str, int]:
    """Give the books: records by bucket, and their sum."""
    counts = {row["verdict"]: row["records"] for row in await connection.fetch(sql.books)}
    return {**{verdict.value: counts.get(verdict.value, 0) for verdict in Verdict}, "accepted": sum(counts.values())}


def feed_records(events: Sequence[Event]) -> list[ScanReported | ScanQuarantined]:
    """Give the events that are records of the feed, in order."""
    return [event for event in events if isinstance(event, ScanReported | ScanQuarantined)]


def identity_of(event: Event) -> str | None:
    """Give what two tellings of one record share: they must be judged one after the other."""
    return event.identity if isinstance(event, ScanReported | ScanQuarantined) else None


def row_of_entry(entry: Entry) -> tuple[Any, ...]:
    """Write a record with its verdict, as `keep_scans` takes it."""
    scan, matched = entry.scan, entry.matched
    return (
        *(scan.scan_id, scan.identity, matched.verdict, matched.reason, matched.order_id, matched.parcel),
        *(entry.account, scan.carrier, entry.tracking_number, scan.status, scan.sub_status, scan.leg),
        *(scan.scanned_at, scan.received_at, scan.time_quality, scan.raw_code, scan.raw_text, scan.place),
        *(scan.signed, scan.attempt_no, scan.estimated_at),
    )


def _quarantined_row(event: ScanQuarantined, verdict: Verdict) -> tuple[Any, ...]:
    return (
        *(event.scan_id, event.identity, verdict, event.reason, None, None, event.account, "", ""),
        *(None, None, None, None, event.received_at, None, None, None, None, False, None, None),
    )
