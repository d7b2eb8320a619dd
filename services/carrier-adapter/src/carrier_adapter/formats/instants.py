"""Instants as feeds write them: with an offset, without one, or not at all; and how sure the result is."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from contracts.vocabulary import TimeQuality

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|z|[+-]\d{2}:?\d{2})?")


class BadInstant(ValueError):
    """A text that is no instant."""


def read_instant(text: object, zone: ZoneInfo) -> tuple[datetime, TimeQuality]:
    """Read an ISO 8601 instant; one without an offset is local time in *zone*.

    A leap second counts as the second before it. A local time that a change of clocks skipped is taken by the offset
    before the change; one that happened twice is taken the first time.
    """
    found = _ISO.fullmatch(text.strip()) if isinstance(text, str) and len(text) <= 64 else None
    if found is None:
        raise BadInstant("not an ISO 8601 instant")
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    second, fraction, offset = int(found[6] or 0), (found[7] or "0")[:6].ljust(6, "0"), found[8]
    if second == 60:
        second = 59
    return local_instant(year, month, day, hour, minute, second, int(fraction), offset, zone)


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
        if not 1990 <= year <= 2200:
            raise BadInstant("a year that no parcel was sent in")
        if offset is None:
            return naive.replace(tzinfo=zone), TimeQuality.NAIVE_LOCAL
        if offset in "Zz":
            return naive.replace(tzinfo=UTC), TimeQuality.UTC
        sign = -1 if offset[0] == "-" else 1
        shift = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        return naive.replace(tzinfo=timezone(shift)), TimeQuality.OFFSET if shift else TimeQuality.UTC
    except (ValueError, OverflowError) as wrong:
        raise BadInstant("no such instant") from wrong
