"""When a person may be written to. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_waking(now: datetime, zone: str, start: time, end: time) -> datetime:
    """Give *now* if it is between *start* and *end* in *zone*, else the next *start* there, in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    if start <= local.time() < end:
        return now
    day = local.date() if local.time() < start else local.date() + timedelta(days=1)
    return datetime.combine(day, start, tzinfo=ZoneInfo(zone)).astimezone(UTC)
