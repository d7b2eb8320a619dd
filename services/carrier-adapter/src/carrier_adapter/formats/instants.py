"""Instants as feeds write them: with an offset, without one, or not at all; and how sure the result is."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from contracts.vocabulary import TimeQuality

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)

WIDEST: Final = timedelta(hours=15)  #: No clock on earth is further from UTC.
END_OF_DAY: Final = (23, 59, 59, 0)  #: What a date without a time is taken for.


def zone_named(name: str) -> ZoneInfo:
    """Give the IANA zone of a name. Raises ValueError, with a sentence."""
    if name not in available_timezones():
        raise ValueError(f"{name} is no IANA time zone: write it like Asia/Singapore")
    return ZoneInfo(name)


class BadInstant(ValueError):
    """A text that is no instant."""


def read_instant(text: object, zone: ZoneInfo) -> tuple[datetime, TimeQuality]:
    """Read an ISO 8601 instant; one without an offset is local time in *zone*, a date alone the end of that day.

    A leap second counts as the second before it. A local time that a change of clocks skipped is taken by the offset
    before the change; one that happened twice is taken the first time.
    """
    found = _ISO.fullmatch(text.strip()) if isinstance(text, str) and len(text) <= 64 else None
    if found is None:
        raise BadInstant("not an ISO 8601 instant")
    year, month, day = (int(part) for part in found.groups()[:3])
    if found[4] is None:
        moment, _ = local_instant(year, month, day, *END_OF_DAY, None, zone)
        return moment, TimeQuality.DATE_ONLY
    second, fraction = int(found[6] or 0), (found[7] or "0")[:6].ljust(6, "0")
    return local_instant(
        year, month, day, int(found[4]), int(found[5]), without_leap(second), int(fraction), found[8], zone
    )


def without_leap(second: int) -> int:
    """Give *second*, the leap second as the one before it."""
    return 59 if second == 60 else second


def local_instant(
    year: int,
    month: int,
    day: int,
    hour: int,
    minute: int,
    second: int,
    micro: int,
    offset: str | None,
    zone: ZoneInfo,
) -> tuple[datetime, TimeQuality]:
    """Put an instant together; raises `BadInstant` for a day or hour that does not exist."""
    try:
        naive = datetime(year, month, day, hour, minute, second, micro)  # noqa: DTZ001 - the zone follows
    except ValueError as wrong:
        raise BadInstant("no such instant") from wrong
    if not 1990 <= year <= 2200:
        raise BadInstant("a year that no parcel was sent in")
    if offset is None:
        return naive.replace(tzinfo=zone), TimeQuality.NAIVE_LOCAL
    shift = _shift(offset)
    return naive.replace(tzinfo=timezone(shift) if shift else UTC), TimeQuality.OFFSET if shift else TimeQuality.UTC


def _shift(offset: str) -> timedelta:
    """Read Z, +08, +0800 or +08:00."""
    if offset in "Zz":
        return timedelta(0)
    minutes = int(offset[3:].removeprefix(":") or 0)
    shift = timedelta(hours=int(offset[1:3]), minutes=minutes)
    if minutes > 59 or shift > WIDEST:
        raise BadInstant("an offset that no clock has")
    return -shift if offset[0] == "-" else shift
