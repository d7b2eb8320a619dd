"""What is counted of a feed: pure sums, put together where pushes are read and verdicts come in."""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from carrier_adapter.formats.record import Record
from contracts.vocabulary import TimeQuality, tracking_key

#: Upper ends of the classes in which the time from a scan to its push is counted; the last class has none.
LAGS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60, 48 * 60, 7 * 24 * 60)
)

NUMBERS_REMEMBERED: Final = 50_000  #: Of the latest scan's time, over all accounts.

#: Problems of records, by the count they go to; any other is `unparsable`.
_PROBLEMS: Final = {"unmapped_code": "unmapped", "bad_time": "bad_times", "test_mode": "tests"}


@dataclass(slots=True)
class Tally:
    """Counts of one account and day (UTC)."""

    counts: Counter[str] = field(default_factory=Counter)
    lags: list[int] = field(default_factory=lambda: [0] * (len(LAGS) + 1))


@dataclass(slots=True)
class Tallies:
    """Counts that are not written yet, by account and day."""

    by_day: dict[tuple[str, date], Tally] = field(default_factory=dict)

    def of(self, account: str, day: datetime) -> Tally:
        """Give the counts of an account on the UTC day of an instant."""
        return self.by_day.setdefault((account, day.astimezone(UTC).date()), Tally())


class Newest:
    """The time of the newest scan of each number of late, so that one that comes after a newer one is seen.

    In memory, and only for so many numbers: a measure of the feed, not a fact that anything rests on.
    """

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def is_older(self, account: str, number: str, moment: datetime) -> bool:
        """Say whether a newer scan of this number has come already, and remember this one."""
        key = (account, number)
        newest = self._times.pop(key, None)
        self._times[key] = max(newest, moment) if newest is not None else moment
        if len(self._times) > NUMBERS_REMEMBERED:
            self._times.popitem(last=False)
        return newest is not None and moment < newest


def count_push(tally: Tally, *, seen_before: bool) -> None:
    """Count a push; one that came before says nothing new."""
    tally.counts["pushes"] += 1
    tally.counts["pushes_repeated"] += seen_before


def count_records(tally: Tally, newest: Newest, account: str, received_at: datetime, records: Iterable[Record]) -> None:
    """Count the records of a push.

    A list that is sent newest first is in order if the list before it was: within one push, order says nothing.
    """
    latest: dict[str, datetime] = {}
    for record in records:
        tally.counts["records"] += 1
        if record.problem is not None:
            tally.counts[_PROBLEMS.get(record.problem, "unparsable")] += 1
        if record.time_quality is TimeQuality.NAIVE_LOCAL or record.time_quality is TimeQuality.DATE_ONLY:
            tally.counts["naive_times"] += 1
        if record.occurred_at is None:
            tally.counts["no_times"] += 1
            continue
        if record.tracking_number is not None and record.problem is None:
            key = tracking_key(record.tracking_number)
            latest[key] = max(latest.get(key, record.occurred_at), record.occurred_at)
    for key, moment in latest.items():
        lag = received_at - moment
        tally.lags[next((n for n, end in enumerate(LAGS) if lag <= end), len(LAGS))] += 1
        tally.counts["out_of_order"] += newest.is_older(account, key, moment)


def lag_within(lags: list[int], share: float) -> timedelta | None:
    """Give the end of the class within which *share* of the scans were pushed; None: later than any, or no scans."""
    wanted, so_far = share * sum(lags), 0
    if not sum(lags):
        return None
    for end, count in zip(LAGS, lags, strict=False):
        so_far += count
        if so_far >= wanted:
            return end
    return None
