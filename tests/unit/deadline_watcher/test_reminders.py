"""D6: once on each local day that exists, at the shop's hour, from the day after placement."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadline_watcher.reminders import DAY, first_day, next_reminder, reminder_from

NINE = time(9)

#: A zone, and a stretch of days in which its clocks change.
CHANGES = [
    ("America/New_York", date(2026, 3, 1), 20),
    ("America/New_York", date(2026, 10, 25), 20),
    ("Europe/London", date(2026, 3, 20), 20),
    ("Europe/London", date(2026, 10, 15), 20),
    ("Australia/Lord_Howe", date(2026, 3, 28), 20),
    ("Australia/Lord_Howe", date(2026, 9, 28), 20),
    ("Africa/Casablanca", date(2026, 2, 5), 60),
    ("Asia/Kolkata", date(2026, 2, 20), 20),
    ("Asia/Kathmandu", date(2026, 2, 20), 20),
    ("Pacific/Apia", date(2011, 12, 20), 20),
    ("America/Sao_Paulo", date(2018, 10, 28), 20),
    ("America/Sao_Paulo", date(2019, 2, 10), 20),
]


def days_that_exist(zone: str, first: date, count: int) -> list[date]:
    """Walk through the hours and see which local days they are on."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - 2 * DAY
    hours = (start + timedelta(hours=n) for n in range(24 * (count + 4)))
    found = {hour.astimezone(ZoneInfo(zone)).date() for hour in hours}
    return sorted(day for day in found if first <= day < first + count * DAY)


def reminders(zone: str, first: date, count: int, hour: time = NINE) -> Iterator[tuple[datetime, date]]:
    """Give the reminders as a watcher comes to them, each after the one before."""
    day = first
    while True:
        instant, day = reminder_from(day, hour, zone)
        if day >= first + count * DAY:
            return
        yield instant, day
        day += DAY


@pytest.mark.parametrize(("zone", "first", "count"), CHANGES)
def test_there_is_one_reminder_on_each_local_day_that_exists(zone: str, first: date, count: int) -> None:
    given_days = [day for _, day in reminders(zone, first, count)]

    assert given_days == days_that_exist(zone, first, count)


@pytest.mark.parametrize(("zone", "first", "count"), CHANGES)
def test_a_reminder_comes_at_nine_on_the_walls_of_its_own_day(zone: str, first: date, count: int) -> None:
    for instant, day in reminders(zone, first, count):
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(day, NINE)


def test_the_day_that_apia_left_out_has_no_reminder() -> None:
    given_days = [day for _, day in reminders("Pacific/Apia", date(2011, 12, 28), 5)]

    assert given_days == [date(2011, 12, 28), date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1)]


@pytest.mark.parametrize(
    ("zone", "day", "hour", "instant"),
    [
        # 02:30 is not on the walls of New York that day: by the offset before, 03:30.
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T03:30:00-04:00"),
        # 01:30 comes twice: the first.
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T01:30:00-04:00"),
        # Lord Howe skips half an hour, from 02:00 to 02:30.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-04T02:45:00+11:00"),
        # Midnight was skipped in Sao Paulo.
        ("America/Sao_Paulo", date(2018, 11, 4), time(0, 0), "2018-11-04T01:00:00-02:00"),
    ],
)
def test_an_hour_that_is_skipped_or_comes_twice_still_reminds_once_that_day(
    zone: str, day: date, hour: time, instant: str
) -> None:
    assert reminder_from(day, hour, zone) == (datetime.fromisoformat(instant), day)
    assert [one for _, one in reminders(zone, day - DAY, 3, hour)] == [day - DAY, day, day + DAY]


@pytest.mark.parametrize(
    ("placed", "zone", "day"),
    [
        ("2026-03-02T01:00:00+00:00", "Asia/Singapore", date(2026, 3, 3)),
        ("2026-03-02T15:59:59+00:00", "Asia/Singapore", date(2026, 3, 3)),
        ("2026-03-02T16:00:00+00:00", "Asia/Singapore", date(2026, 3, 4)),
        ("2026-03-02T16:00:00+00:00", "America/New_York", date(2026, 3, 3)),
    ],
)
def test_an_order_is_reminded_of_from_the_day_after_its_placement(placed: str, zone: str, day: date) -> None:
    assert first_day(datetime.fromisoformat(placed), zone) == day


@pytest.mark.parametrize(
    ("now", "instant", "day"),
    [
        ("2026-03-05T00:59:59+00:00", "2026-03-05T01:00:00+00:00", 5),  # days 3 and 4 are left out; 5 is not due yet
        ("2026-03-05T01:00:00+00:00", "2026-03-05T01:00:00+00:00", 5),
        ("2026-03-05T12:00:00+00:00", "2026-03-05T01:00:00+00:00", 5),  # due since the morning
        ("2026-03-02T12:00:00+00:00", "2026-03-03T01:00:00+00:00", 3),  # nothing was missed
    ],
)
def test_after_a_stop_the_days_that_passed_are_left_out(now: str, instant: str, day: int) -> None:
    found = next_reminder(datetime.fromisoformat(now), date(2026, 3, 3), NINE, "Asia/Singapore")

    assert found == (datetime.fromisoformat(instant), date(2026, 3, day))


zones = st.sampled_from(sorted({zone for zone, *_ in CHANGES}))
moments = st.integers(1_262_304_000, 1_893_456_000).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)  # 2010 to 2030


@given(zones, moments, st.times().map(lambda one: one.replace(microsecond=0)))
def test_a_reminder_is_of_today_or_later_and_never_of_a_day_before_the_next(
    zone: str, now: datetime, hour: time
) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    instant, day = next_reminder(now, today - 3 * DAY, hour, zone)

    assert day >= today
    assert instant.astimezone(ZoneInfo(zone)).date() == day
