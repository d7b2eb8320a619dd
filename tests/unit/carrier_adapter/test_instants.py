"""Times as feeds write them, and how sure each is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_adapter.formats.instants import BadInstant, read_instant
from contracts.vocabulary import TimeQuality as Q

BERLIN = ZoneInfo("Europe/Berlin")
SINGAPORE = ZoneInfo("Asia/Singapore")


@pytest.mark.parametrize(
    ("text", "instant", "quality"),
    [
        ("2026-03-02T06:05:00Z", "2026-03-02T06:05:00+00:00", Q.UTC),
        ("2026-03-02T06:05:00z", "2026-03-02T06:05:00+00:00", Q.UTC),
        ("2026-03-02T06:05:00+00:00", "2026-03-02T06:05:00+00:00", Q.UTC),
        ("2026-03-02T06:05:00-0000", "2026-03-02T06:05:00+00:00", Q.UTC),
        ("2026-03-02T14:05:00+0800", "2026-03-02T06:05:00+00:00", Q.OFFSET),
        ("2026-03-02T14:05:00+08:00", "2026-03-02T06:05:00+00:00", Q.OFFSET),
        ("2026-03-02T14:05:00+08", "2026-03-02T06:05:00+00:00", Q.OFFSET),
        ("2026-03-02T02:35:00-03:30", "2026-03-02T06:05:00+00:00", Q.OFFSET),
        ("2026-03-02 14:05:00 +0800", "2026-03-02T06:05:00+00:00", Q.OFFSET),
        ("2026-03-02T14:05", "2026-03-02T06:05:00+00:00", Q.NAIVE_LOCAL),
        ("2026-03-02 14:05:00", "2026-03-02T06:05:00+00:00", Q.NAIVE_LOCAL),
        ("2026-03-02", "2026-03-02T15:59:59+00:00", Q.DATE_ONLY),
        ("2026-03-02T06:05:00.5Z", "2026-03-02T06:05:00.500000+00:00", Q.UTC),
        ("2026-03-02T06:05:00,123Z", "2026-03-02T06:05:00.123000+00:00", Q.UTC),
        ("2026-03-02T06:05:00.123456789Z", "2026-03-02T06:05:00.123456+00:00", Q.UTC),
        (" 2026-03-02T06:05:00Z ", "2026-03-02T06:05:00+00:00", Q.UTC),
    ],
)
def test_an_instant_and_how_sure_it_is(text: str, instant: str, quality: Q) -> None:
    """B7."""
    moment, found = read_instant(text, SINGAPORE)

    assert moment.astimezone(UTC) == datetime.fromisoformat(instant)
    assert found is quality


def test_a_leap_second_is_the_second_before_it() -> None:
    """B8."""
    assert read_instant("2016-12-31T23:59:60Z", BERLIN)[0] == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_an_hour_that_summer_time_skipped_goes_by_the_offset_before() -> None:
    """B11. Berlin's clocks went from 02:00 to 03:00 on 29 March 2026; 02:30 by the clock of the winter is 01:30 UTC."""
    assert read_instant("2026-03-29T02:30:00", BERLIN)[0].astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_an_hour_that_came_twice_is_the_first_one() -> None:
    """B11. Berlin's clocks went from 03:00 back to 02:00 on 25 October 2026; the first 02:30 was 00:30 UTC."""
    assert read_instant("2026-10-25T02:30:00", BERLIN)[0].astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "1772431500", "1772431500000", "02/03/2026", "20260302T060500Z", "2026-3-2", "2026-W10-1"),
        *("2026-02-30", "2026-13-01T00:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T06:60:00Z"),
        *("2026-03-02T06:05:61Z", "2026-03-02T06:05:00+08:60", "2026-03-02T06:05:00+23:00", "2026-03-02T06:05:00 PST"),
        *("2026-03-02+08:00", "2026-03-02T06Z", "0001-01-01T00:00:00Z", "1989-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        *("٢٠٢٦-03-02T06:05:00Z", "2026-03-02T06:05:00Z\x00", "2026-03-02T06:05:00Z" + " " * 64),
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    """B8."""
    with pytest.raises(BadInstant):
        read_instant(text, SINGAPORE)


@pytest.mark.parametrize("value", [None, 1772431500, 1772431500.5, True, ["2026-03-02"], {}])
def test_a_number_is_no_instant_for_nobody_says_what_it_counts(value: object) -> None:
    """B9."""
    with pytest.raises(BadInstant):
        read_instant(value, SINGAPORE)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2200, 12, 31)),  # noqa: DTZ001 - the zones follow
    st.integers(-15 * 60, 15 * 60),
)
def test_an_offset_is_taken_off(local: datetime, minutes: int) -> None:
    sign, rest = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{local.isoformat()}{sign}{rest // 60:02}:{rest % 60:02}"

    assert read_instant(text, BERLIN)[0] == (local - timedelta(minutes=minutes)).replace(tzinfo=UTC)


@given(st.text(max_size=40) | st.from_regex(r"\A\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([+-]\d\d:?\d\d|Z)?\Z"))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    try:
        moment, quality = read_instant(text, BERLIN)
    except BadInstant:
        return
    assert moment.astimezone(UTC)
    assert quality is not Q.NONE
