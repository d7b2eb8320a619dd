"""Counts what comes in, and writes it down every few seconds.

Beside the transactions that pushes are kept and read in, so that measuring a feed costs it nothing: what was counted
in the last seconds before a crash is missing from the scorecard. Nothing else rests on it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from carrier_adapter.formats.record import Record
from carrier_adapter.scorecard.tally import Newest, Tallies, Tally, count_push, count_records
from chassis.clock import Clock
from chassis.postgres import load_queries
from contracts.orders.v1 import Judgement, ParcelsUnheard

sql = load_queries("carrier_adapter")

KEPT: Final = timedelta(days=400)


@dataclass(slots=True)
class _Rejections:
    first_at: datetime
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Counted:
    """What was counted since the last time that it was written."""

    tallies: Tallies = field(default_factory=Tallies)
    heard: dict[str, datetime] = field(default_factory=dict)
    rejected: dict[str, _Rejections] = field(default_factory=dict)
    levels: dict[tuple[str, date, str], int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tallies.by_day or self.heard or self.rejected or self.levels)

    def add(self, later: "_Counted") -> None:
        """Take in what was counted after this."""
        for key, tally in later.tallies.by_day.items():
            mine = self.tallies.by_day.setdefault(key, Tally())
            mine.counts.update(tally.counts)
            mine.lags = [a + b for a, b in zip(mine.lags, tally.lags, strict=True)]
        for account, moment in later.heard.items():
            self.heard[account] = max(moment, self.heard.get(account, moment))
        for account, rejections in later.rejected.items():
            self.rejected.setdefault(account, _Rejections(rejections.first_at)).reasons.update(rejections.reasons)
        self.levels |= later.levels


class Scorecard:
    """The counts of one process."""

    write_every = 2.0  #: Seconds.

    def __init__(self, pool: Callable[[], Any], clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._newest = Newest()
        self._counted = _Counted()

    @property
    def waiting(self) -> bool:
        """Whether something was counted that is not written yet."""
        return bool(self._counted)

    def pushed(
        self, account: str, received_at: datetime, records: Iterable[Record] | None, *, seen_before: bool
    ) -> None:
        """Count a push that was read; *records* is None where it could not be."""
        tally = self._counted.tallies.of(account, received_at)
        count_push(tally, seen_before=seen_before)
        if records is None:
            tally.counts["unparsable"] += not seen_before
        elif not seen_before:
            count_records(tally, self._newest, account, received_at, records)
        heard = self._counted.heard
        heard[account] = max(received_at, heard.get(account, received_at))

    def rejected(self, account: str, reason: str) -> None:
        """Count a push to an account's endpoint that was not genuine."""
        now = self._clock.now()
        self._counted.tallies.of(account, now).counts[f"rejected_{reason}"] += 1
        self._counted.rejected.setdefault(account, _Rejections(now)).reasons[reason] += 1

    def judged(self, judgements: Iterable[Judgement]) -> None:
        """Count what became of records; of one judged again, nothing more."""
        now = self._clock.now()
        for one in judgements:
            if one.account is not None:
                self._counted.tallies.of(one.account, now).counts[one.verdict] += 1

    def unheard(self, event: ParcelsUnheard, carriers: Mapping[str, str]) -> None:
        """Keep how many parcels each account should have spoken of by now; *carriers* gives each account's.

        A parcel whose binding names no account may be spoken of by any account of its carrier.
        """
        day = event.occurred_at.astimezone(UTC).date()
        for account, carrier in carriers.items():
            mine = (one for one in event.unheard if one.carrier == carrier and one.account in (None, account))
            self._counted.levels[account, day, "unheard_parcels"] = sum(one.parcels for one in mine)

    async def write(self) -> None:
        """Write down what was counted since the last time; what cannot be written now waits for the next."""
        counted, self._counted = self._counted, _Counted()
        if not counted:
            return
        is_written = False
        try:
            async with self._pool().acquire() as connection, connection.transaction():
                await _write(connection, counted)
            is_written = True
        finally:
            if not is_written:
                counted.add(self._counted)
                self._counted = counted

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self.write()
            await asyncio.sleep(self.write_every)


async def _write(connection: Any, counted: _Counted) -> None:
    rows = [
        (account, day, what, count)
        for (account, day), tally in counted.tallies.by_day.items()
        for what, count in (*tally.counts.items(), *((f"lag_{n}", count) for n, count in enumerate(tally.lags)))
        if count
    ]
    if rows:
        await connection.execute(sql.add_to_scorecard, *zip(*sorted(rows), strict=True))
    if counted.levels:
        told = [(*key, count) for key, count in sorted(counted.levels.items())]
        await connection.execute(sql.set_on_scorecard, *zip(*told, strict=True))
    # A genuine push among them ends a row of rejections; those after it are counted from the next time on.
    knocks = [
        (account, one.first_at, one.reasons.total(), dict(one.reasons))
        for account, one in sorted(counted.rejected.items())
        if account not in counted.heard
    ]
    if knocks:
        await connection.execute(sql.rejected_from, *zip(*knocks, strict=True))
    if counted.heard:
        await connection.execute(sql.heard_from, *zip(*sorted(counted.heard.items()), strict=True))
