"""When a feed needs a person: it has fallen silent, or everything it sends is rejected. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from contracts.scans.v1 import FeedTrouble

REJECTIONS_AT_LEAST: Final = 5  #: In the window; fewer may be anybody's knocking.
REJECTED_FOR: Final = timedelta(minutes=15)  #: Without one genuine push between.


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of an account's pushes."""

    last_push: datetime | None  #: The last one that was genuine.
    silent_after: timedelta  #: How long the account may say nothing.
    first_rejection: datetime | None  #: Since the last genuine push.
    rejections: int  #: Likewise.


def trouble_of(heard: Heard, now: datetime) -> FeedTrouble | None:
    """Say what is wrong with a feed now; rejections first, for they explain a silence.

    An account that never pushed is not silent: it has not begun.
    """
    rejecting = (
        heard.first_rejection is not None
        and heard.rejections >= REJECTIONS_AT_LEAST
        and now - heard.first_rejection >= REJECTED_FOR
    )
    if rejecting:
        return FeedTrouble.EVERYTHING_REJECTED
    if heard.last_push is not None and now - heard.last_push >= heard.silent_after:
        return FeedTrouble.SILENT
    return None
