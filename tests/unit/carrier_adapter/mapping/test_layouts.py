"""Times as feeds write them, by the layouts of mapping files."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.instants import BadInstant
from carrier_adapter.mapping.instants import read_as
from carrier_adapter.mapping.layouts import BadLayout, layout_of, normal_offset
from contracts.vocabulary import TimeQuality as Q

BERLIN = ZoneInfo("Europe/Berlin")
SINGAPORE = timezone(timedelta(hours=8))


def read(text: str, *layouts: str, zone: ZoneInfo = BERLIN, **more: object) -> tuple[datetime, Q]:
    return read_as(text, tuple(map(layout_of, layouts)), zone, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("02.03.2026 14:05", "%d.%m.%Y %H:%M"),
        ("2/3/2026  14:05:00", "%d/%m/%Y %H:%M:%S"),
        ("20260302 140500", "%Y%m%d %H%M%S"),
        ("202603021405", "%Y%m%d%H%M"),
        ("Mar 2, 2026 2:05 PM", "%b %d, %Y %I:%M %p"),
        ("March 2, 2026 02:05 p.m.", "%B %d, %Y %I:%M %p"),
        ("Monday, 2 March 2026, 14:05", "%A, %d %B %Y, %H:%M"),
        ("03/02/26 14:05", "%m/%d/%y %H:%M"),
        ("2026-03-02T14:05:00.0000000", "%Y-%m-%dT%H:%M:%S.%f"),
        ("2026-03-02T14:05:00.0000000", "iso"),
        ("2026-03-02 14:05", "iso"),
        ("2026-03-02 14:05:00", "%F %T"),
        ("DELIVERED [02-03-2026 14:05 | HUB 7]", "{*}[%d-%m-%Y %H:%M |{*}]"),
        ("at 2026-03-02 14:05:00 in Berlin", "at {iso} in{*}"),
    ],
)
def test_a_time_without_an_offset_is_local(text: str, layout: str) -> None:
    """B7."""
    assert read(text, layout) == (datetime(2026, 3, 2, 14, 5, tzinfo=BERLIN), Q.NAIVE_LOCAL)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("2026-03-02T14:05:00+0800", "iso"),
        ("2026-03-02 14:05:00 +08:00", "iso"),
        ("02-03-2026 14:05 +0800", "%d-%m-%Y %H:%M %z"),
        ("20260302140500+0800", "%Y%m%d%H%M%S%z"),
        ("2026-03-02 14:05 UTC+8", "%Y-%m-%d %H:%M %z"),
        ("2026-03-02T14:05:00.1234567+08:00", "%Y-%m-%dT%H:%M:%S.%f%z"),
    ],
)
def test_a_time_with_an_offset_needs_no_zone(text: str, layout: str) -> None:
    moment, quality = read(text, layout)

    assert (moment.replace(microsecond=0), quality) == (datetime(2026, 3, 2, 14, 5, tzinfo=SINGAPORE), Q.OFFSET)
    assert moment.microsecond == (123456 if "." in text else 0)


@pytest.mark.parametrize(
    ("text", "layout"), [("2026-03-02T14:05:00Z", "iso"), ("2026-03-02 14:05Z", "%Y-%m-%d %H:%M%z")]
)
def test_a_z_is_utc(text: str, layout: str) -> None:
    assert read(text, layout) == (datetime(2026, 3, 2, 14, 5, tzinfo=UTC), Q.UTC)


@pytest.mark.parametrize(("text", "layout"), [("2026-03-02", "iso"), ("02.03.2026", "%d.%m.%Y")])
def test_a_date_alone_is_the_end_of_that_day(text: str, layout: str) -> None:
    assert read(text, layout) == (datetime(2026, 3, 2, 23, 59, 59, tzinfo=BERLIN), Q.DATE_ONLY)


@pytest.mark.parametrize(
    ("text", "layout", "moment"),
    [
        ("1700000000", "epoch-seconds", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000.5", "epoch-seconds", datetime(2023, 11, 14, 22, 13, 20, 500000, tzinfo=UTC)),
        ("1700000000123", "epoch-milliseconds", datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)),
        (
            "/Date(1700000000123)/",
            "/Date({epoch-milliseconds})/",
            datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC),
        ),
        (
            "/Date(1700000000123+0800)/",
            "/Date({epoch-milliseconds}{*})/",
            datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC),
        ),
    ],
)
def test_a_number_counts_from_1970_in_the_unit_that_is_said(text: str, layout: str, moment: datetime) -> None:
    """B9."""
    assert read(text, layout) == (moment, Q.UTC)
    assert read(text, layout, offset="+05:00", trust_offset=False) == (moment, Q.UTC)


@pytest.mark.parametrize(("text", "layout"), [("1700000000", "epoch-milliseconds"), ("1700000000000", "epoch-seconds")])
def test_a_number_in_the_other_unit_is_no_time(text: str, layout: str) -> None:
    """B9."""
    with pytest.raises(BadInstant):
        read(text, layout)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("20260302 0905", "%Y%m%d %H%M%S"),  # strptime takes this for 09:00:05
        ("2026132", "%Y%m%d"),
        ("2026121", "%Y%m%d"),  # the 1st of December or the 21st of January
        ("31.02.2026 14:05", "%d.%m.%Y %H:%M"),
        ("02.03.2026 25:05", "%d.%m.%Y %H:%M"),
        ("02.03.2026 13:05 PM", "%d.%m.%Y %I:%M %p"),
        ("02.03.1926 14:05", "%d.%m.%Y %H:%M"),
        ("2026-03-02 14:05 +99:00", "%Y-%m-%d %H:%M %z"),
        ("٠٢.٠٣.2026 14:05", "%d.%m.%Y %H:%M"),
        ("", "iso"),
        ("-1", "epoch-seconds"),
        ("1e9", "epoch-seconds"),
        ("9" * 300, "epoch-seconds"),
    ],
)
def test_what_is_written_otherwise_is_no_time(text: str, layout: str) -> None:
    """B8."""
    with pytest.raises(BadInstant):
        read(text, layout)


def test_of_several_layouts_the_first_that_fits_counts() -> None:
    assert read("02.03.2026", "iso", "%d.%m.%Y %H:%M", "%d.%m.%Y")[1] is Q.DATE_ONLY


def test_a_local_time_that_a_change_of_clocks_skipped_is_taken_by_the_offset_before_it() -> None:
    """B11."""
    moment, _ = read("29.03.2026 02:30", "%d.%m.%Y %H:%M")

    assert moment.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_local_time_that_happened_twice_is_taken_the_first_time() -> None:
    """B11."""
    moment, _ = read("25.10.2026 02:30", "%d.%m.%Y %H:%M")

    assert moment.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_twelve_is_midnight_in_the_morning_and_noon_in_the_afternoon() -> None:
    assert read("02.03.2026 12:05 AM", "%d.%m.%Y %I:%M %p")[0].hour == 0
    assert read("02.03.2026 12:05 PM", "%d.%m.%Y %I:%M %p")[0].hour == 12


def test_a_leap_second_is_the_second_before_it() -> None:
    """B8."""
    assert read("31.12.2016 23:59:60", "%d.%m.%Y %H:%M:%S")[0] == datetime(2016, 12, 31, 23, 59, 59, tzinfo=BERLIN)


def test_an_offset_that_lies_is_not_trusted_where_the_mapping_says_so() -> None:
    assert read("2026-03-02T14:05:00Z", "iso", trust_offset=False) == (
        datetime(2026, 3, 2, 14, 5, tzinfo=BERLIN),
        Q.NAIVE_LOCAL,
    )


@pytest.mark.parametrize("offset", ["+08:00", "+0800", "8", "+8", "08:00", "UTC+8", "+08:00:00"])
def test_an_offset_may_stand_in_a_field_of_its_own(offset: str) -> None:
    assert read("02.03.2026 14:05", "%d.%m.%Y %H:%M", offset=offset) == (
        datetime(2026, 3, 2, 14, 5, tzinfo=SINGAPORE),
        Q.OFFSET,
    )


def test_that_field_may_name_a_zone() -> None:
    moment, quality = read("02.03.2026 14:05", "%d.%m.%Y %H:%M", offset="America/New_York")

    assert (moment.utcoffset(), quality) == (timedelta(hours=-5), Q.NAIVE_LOCAL)


def test_an_offset_of_its_own_that_is_none_spoils_the_time() -> None:
    with pytest.raises(BadInstant):
        read("02.03.2026 14:05", "%d.%m.%Y %H:%M", offset="soon")


def test_letters_after_a_time_are_a_zone_only_where_the_mapping_knows_them() -> None:
    zones = {"est": ZoneInfo("America/New_York")}

    assert read("20260802 140500 EST", "%Y%m%d %H%M%S %Z", zones=zones)[0].utcoffset() == timedelta(hours=-4)
    assert read("20260802 140500 XYZ", "%Y%m%d %H%M%S %Z", zones=zones)[0].tzinfo is BERLIN


@pytest.mark.parametrize(
    "text",
    [
        *("tomorrow", "", "%Q", "%Y", "%d.%m %H:%M", "%Y-%m-%d %Y", "%d.%m.%Y %I:%M", "%", "%Y-%m-%d {*} %H:%M"),
        *("{epoch-years}", "{*}", "{*}a{*}b{*}%Y-%m-%d", "%%Y"),
    ],
)
def test_a_layout_that_makes_no_time_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(BadLayout):
        layout_of(text)


@pytest.mark.parametrize(
    ("text", "normal"), [("-5", "-05:00"), ("530", "+05:30"), ("z", "Z"), ("GMT", "Z"), ("-0330", "-03:30")]
)
def test_offsets_are_read_however_they_are_written(text: str, normal: str) -> None:
    assert normal_offset(text) == normal
