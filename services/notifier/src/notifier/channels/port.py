"""What a channel is: takes a finished message, says what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifier.wording import Mail


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message and whom it goes to; lives only while it is sent."""

    message_id: str  #: Never changes, however often it is tried.
    address: str
    reply_to: str | None
    sent_at: datetime
    mail: Mail
    headers: dict[str, str]


class TryLater(Exception):
    """It did not go out, or nobody knows whether it did; try again with the same id."""


class Refused(Exception):
    """It will never go out like this."""


class Channel(Protocol):
    """A way to reach a person."""

    async def send(self, envelope: Envelope) -> None:
        """Send it; raises `TryLater` or `Refused`."""
        ...
