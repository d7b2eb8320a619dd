"""When a shop is reminded of its orders without a tracking update (D6). Pure.

Once on each local day that exists, at the policy's hour, of orders from the day after their placement. An hour that a
change of clocks skips is taken by the offset before the change; one that comes twice is taken the first time.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def first_day(placed_at: datetime, zone: str) -> date:
    """Give the first local day on which a shop is reminded of an order: the day after its placement."""
    return placed_at.astimezone(ZoneInfo(zone)).date() + DAY


def reminder_from(day: date, at: time, zone: str) -> tuple[datetime, date]:
    """Give the first reminder on *day* or, where the zone left that day out, after it: its instant and its day."""
    while True:
        instant = datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        # A day that a zone jumped over (Apia, 30 December 2011) comes back as another one.
        if instant.astimezone(ZoneInfo(zone)).date() == day:
            return instant, day
        day += DAY


def next_reminder(now: datetime, next_day: date, at: time, zone: str) -> tuple[datetime, date]:
    """Give the reminder that is next at *now*, where *next_day* is the first that was not given yet.

    Days that passed while nobody looked are left out: a reminder of the past helps nobody. It may be due already.
    """
    return reminder_from(max(next_day, now.astimezone(ZoneInfo(zone)).date()), at, zone)
