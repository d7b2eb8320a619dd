"""Until when a policy allows something. The deadlines themselves are the watcher's; this is what a command checks."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.policy import Policy

_FRIDAY = 4


def return_window_ends(delivered_at: datetime, policy: Policy) -> datetime:
    """Give when a delivered parcel can be returned no more (R12): N x 24 h, or N days from Monday to Friday."""
    if not policy.business_days:
        return delivered_at + timedelta(days=policy.return_window_days)
    local, left = delivered_at.astimezone(ZoneInfo(policy.zone)), policy.return_window_days
    while left:
        local += timedelta(days=1)
        left -= local.weekday() <= _FRIDAY
    return local.astimezone(delivered_at.tzinfo)
