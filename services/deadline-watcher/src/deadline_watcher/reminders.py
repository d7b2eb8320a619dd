"""When a shop is reminded of its orders without a tracking update (D6). Pure.

Once on each local day that exists, at the policy's hour, from the day after placement. An hour that a change of clocks
skips is taken by the offset before the change; one that comes twice is taken the first time.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.policy import Policy


def reminder_instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """Give the instant of a local day's reminder, in UTC; None for a day that the zone left out."""
    local = datetime.combine(day, at, tzinfo=zone)
    instant = local.astimezone(UTC)
    # A day that a zone jumped over (Apia, 30 December 2011) comes back as another one.
    return instant if instant.astimezone(zone).date() == day else None


def next_reminder(placed_at: datetime, after: datetime, policy: Policy) -> tuple[datetime, date]:
    """Give the first reminder later than *after* of an order placed at *placed_at*, and its local day.

    Days that passed while nobody looked are left out: a reminder of the past helps nobody.
    """
    zone = ZoneInfo(policy.zone)
    day = max(placed_at.astimezone(zone).date() + timedelta(days=1), after.astimezone(zone).date())
    while True:
        instant = reminder_instant(day, policy.reminder_at, zone)
        if instant is not None and instant > after:
            return instant, day
        day += timedelta(days=1)
