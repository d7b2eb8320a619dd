"""What a feed's scorecard counts, and when a feed is in trouble."""

from datetime import UTC, datetime, timedelta

import pytest

from carrier_adapter.formats.record import Record
from carrier_adapter.scorecard.alarms import REJECTED_FOR, REJECTIONS_AT_LEAST, Heard, trouble_of
from carrier_adapter.scorecard.tally import LAGS, Newest, Tallies, Tally, count_push, count_records, lag_within
from contracts.scans.v1 import FeedTrouble
from contracts.vocabulary import ScanStatus, TimeQuality

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def scan(minutes_ago: float, number: str = "WB1", quality: TimeQuality = TimeQuality.UTC) -> Record:
    at = NOW - timedelta(minutes=minutes_ago)
    return Record(0, number, ScanStatus.IN_TRANSIT, "moving", occurred_at=at, time_quality=quality)


def counted(*pushes: list[Record]) -> Tally:
    tally, newest = Tally(), Newest()
    for records in pushes:
        count_push(tally, seen_before=False)
        count_records(tally, newest, "acme", NOW, records)
    return tally


def test_records_are_counted_by_what_is_wrong_with_them() -> None:
    tally = counted(
        [
            scan(1),
            Record(1, "WB1", raw_code="??", occurred_at=NOW, time_quality=TimeQuality.UTC, problem="unmapped_code"),
            Record(2, "WB1", ScanStatus.DELIVERED, "recipient", problem="bad_time"),
            Record(3, None, ScanStatus.DELIVERED, "recipient", problem="no_tracking_number"),
            scan(1, quality=TimeQuality.NAIVE_LOCAL),
            scan(1, quality=TimeQuality.DATE_ONLY),
        ]
    )

    assert +tally.counts == {
        "pushes": 1,
        "records": 6,
        "unmapped": 1,
        "bad_times": 1,
        "unparsable": 1,
        "naive_times": 2,
        "no_times": 2,
    }


def test_a_push_that_came_before_adds_to_the_repeated_ones() -> None:
    tally = Tally()

    count_push(tally, seen_before=True)

    assert +tally.counts == {"pushes": 1, "pushes_repeated": 1}


def test_the_lag_of_a_push_is_that_of_its_newest_scan_of_each_number() -> None:
    tally = counted([scan(9_000), scan(3), scan(70, "WB2")])

    assert tally.lags[1] == 1  # three minutes: within five
    assert tally.lags[4] == 1  # 70 minutes: within four hours
    assert sum(tally.lags) == 2


def test_a_scan_later_than_every_class_is_in_the_last() -> None:
    assert counted([scan(8 * 24 * 60)]).lags[len(LAGS)] == 1


def test_a_scan_of_the_future_lags_least() -> None:
    assert counted([scan(-30)]).lags[0] == 1


@pytest.mark.parametrize(
    ("pushes", "late"),
    [
        ([[scan(30)], [scan(20)], [scan(10)]], 0),
        ([[scan(10)], [scan(20)]], 1),
        ([[scan(10), scan(20), scan(30)]], 0),  # newest first, within one push
        ([[scan(10)], [scan(20, "WB2")]], 0),  # another number
        ([[scan(10)], [scan(10)]], 0),
        ([[scan(10, "wb 1")], [scan(20, "WB1")]], 1),  # one number, however it is spelt
    ],
)
def test_out_of_order_is_what_comes_after_a_newer_scan_of_its_number(pushes: list[list[Record]], late: int) -> None:
    assert counted(*pushes).counts["out_of_order"] == late


def test_each_utc_day_is_counted_for_itself() -> None:
    tallies = Tallies()

    assert tallies.of("acme", NOW) is tallies.of("acme", NOW + timedelta(hours=11))
    assert tallies.of("acme", NOW) is not tallies.of("acme", NOW + timedelta(hours=12))


def test_the_lag_within_which_a_share_was_pushed_is_the_end_of_its_class() -> None:
    lags = [90, 0, 9, 0, 0, 0, 0, 0, 0, 1]

    assert lag_within(lags, 0.5) == timedelta(minutes=1)
    assert lag_within(lags, 0.95) == timedelta(minutes=15)
    assert lag_within(lags, 1.0) is None
    assert lag_within([0] * 10, 0.5) is None


def heard(**said: object) -> Heard:
    whole = {"last_push": NOW, "silent_after": timedelta(hours=24), "first_rejection": None, "rejections": 0}
    return Heard(**(whole | said))  # type: ignore[arg-type]


def test_a_feed_is_silent_from_the_moment_its_account_allows() -> None:
    assert trouble_of(heard(), NOW + timedelta(hours=24) - timedelta(seconds=1)) is None
    assert trouble_of(heard(), NOW + timedelta(hours=24)) is FeedTrouble.SILENT


def test_an_account_that_never_pushed_is_not_silent() -> None:
    assert trouble_of(heard(last_push=None), NOW + timedelta(days=90)) is None


def test_everything_is_rejected_when_enough_was_for_long_enough() -> None:
    def at(rejections: int, after: timedelta) -> FeedTrouble | None:
        return trouble_of(heard(first_rejection=NOW, rejections=rejections), NOW + after)

    assert at(REJECTIONS_AT_LEAST, REJECTED_FOR) is FeedTrouble.EVERYTHING_REJECTED
    assert at(REJECTIONS_AT_LEAST - 1, REJECTED_FOR) is None
    assert at(REJECTIONS_AT_LEAST, REJECTED_FOR - timedelta(seconds=1)) is None


def test_rejections_explain_a_silence() -> None:
    wrong = heard(first_rejection=NOW, rejections=99)

    assert trouble_of(wrong, NOW + timedelta(days=2)) is FeedTrouble.EVERYTHING_REJECTED
