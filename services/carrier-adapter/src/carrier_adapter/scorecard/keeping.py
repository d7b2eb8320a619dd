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
from carrier_adapter.scorecard.tally import Newest, Tallies, count_push, count_records
from chassis.clock import Clock
from chassis.postgres import load_queries
from contracts.orders.v1 import Judgement, ParcelsUnheard

sql = load_queries("carrier_adapter")

EVERY: Final = 2.0  #: Seconds between two times that counts are written.
KEPT: Final = timedelta(days=400)


@dataclass(slots=True)
class _Rejections:
    first_at: datetime
    reasons: Counter[str] = field(default_factory=Counter)


class Scorecard:
    """The counts of one process."""

    def __init__(self, pool: Callable[[], Any], clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._tallies = Tallies()
        self._newest = Newest()
        self._heard: dict[str, datetime] = {}
        self._rejected: dict[str, _Rejections] = {}
        self._levels: dict[tuple[str, date, str], int] = {}

    def pushed(
        self, account: str, received_at: datetime, records: Iterable[Record] | None, *, seen_before: bool
    ) -> None:
        """Count a push that was read; *records* is None where it could not be."""
        tally = self._tallies.of(account, received_at)
        count_push(tally, seen_before=seen_before)
        if records is None:
            tally.counts["unparsable"] += not seen_before
        elif not seen_before:
            count_records(tally, self._newest, account, received_at, records)
        self._heard[account] = max(received_at, self._heard.get(account, received_at))

    def rejected(self, account: str, reason: str) -> None:
        """Count a push to an account's endpoint that was not genuine."""
        now = self._clock.now()
        self._tallies.of(account, now).counts[f"rejected_{reason}"] += 1
        self._rejected.setdefault(account, _Rejections(now)).reasons[reason] += 1

    def judged(self, judgements: Iterable[Judgement]) -> None:
        """Count what became of records; of one judged again, nothing more."""
        now = self._clock.now()
        for one in judgements:
            if one.account is not None:
                self._tallies.of(one.account, now).counts[one.verdict] += 1

    def unheard(self, event: ParcelsUnheard, carriers: Mapping[str, str]) -> None:
        """Keep how many parcels each account should have spoken of by now; *carriers* gives each account's.

        A parcel whose binding names no account may be spoken of by any account of its carrier.
        """
        day = event.occurred_at.astimezone(UTC).date()
        for account, carrier in carriers.items():
            mine = (one for one in event.unheard if one.carrier == carrier and one.account in (None, account))
            self._levels[account, day, "unheard_parcels"] = sum(one.parcels for one in mine)

    async def write(self) -> None:
        """Write down what was counted since the last time."""
        tallies, self._tallies = self._tallies, Tallies()
        heard, self._heard = self._heard, {}
        rejected, self._rejected = self._rejected, {}
        levels, self._levels = self._levels, {}
        rows = [
            (account, day, what, count)
            for (account, day), tally in tallies.by_day.items()
            for what, count in (*tally.counts.items(), *((f"lag_{n}", count) for n, count in enumerate(tally.lags)))
            if count
        ]
        if not (rows or heard or rejected or levels):
            return
        async with self._pool().acquire() as connection, connection.transaction():
            if rows:
                await connection.execute(sql.add_to_scorecard, *zip(*sorted(rows), strict=True))
            if levels:
                told = [(*key, count) for key, count in sorted(levels.items())]
                await connection.execute(sql.set_on_scorecard, *zip(*told, strict=True))
            if rejected:
                knocks = [
                    (account, one.first_at, one.reasons.total(), dict(one.reasons))
                    for account, one in sorted(rejected.items())
                    if account not in heard
                ]
                if knocks:
                    await connection.execute(sql.rejected_from, *zip(*knocks, strict=True))
            if heard:
                await connection.execute(sql.heard_from, *zip(*sorted(heard.items()), strict=True))

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self.write()
            await asyncio.sleep(EVERY)
