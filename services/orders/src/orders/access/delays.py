"""How long whoever failed to log in must wait: longer each time, and never for good."""

import ipaddress
from datetime import datetime, timedelta
from typing import Final

FREE: Final = 5  #: Failures that cost nothing.
SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(minutes=15)
FORGOTTEN: Final = timedelta(hours=24)  #: Without another failure for so long, nothing is held against anybody.


def wait_after(failures: int) -> timedelta:
    """Give the wait that the last of so many failures starts: 1 s after the fifth, twice as long after each other."""
    if failures < FREE:
        return timedelta(0)
    return min(SHORTEST * (1 << min(failures - FREE, 16)), LONGEST)


def failures_held(failures: int, last_at: datetime, now: datetime) -> int:
    """Give how many failures still count at *now*."""
    return 0 if now - last_at >= FORGOTTEN else failures


def wait_left(failures: int, last_at: datetime, now: datetime) -> timedelta:
    """Give how long to wait from *now*; zero where a try is free."""
    free_at = last_at + wait_after(failures_held(failures, last_at, now))
    return max(free_at - now, timedelta(0))


def neighbourhood_of(address: str) -> str:
    """Give what tries are counted by: an IPv4 address; of IPv6 the /64, which one subscriber has whole."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
