"""What `notifier` says: who was told what, when, by which channel, and with what outcome."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Contract, Event

MOST: Final = 200  #: Messages in one event.


class TellingOutcome(StrEnum):
    """How a message ended."""

    SENT = "sent"
    STALE = "stale"  #: Nothing of it was true and news any more when it was to be sent.
    NO_ADDRESS = "no_address"  #: Nobody is on record whom it could go to.
    GIVEN_UP = "given_up"  #: The channel refused it for good, or it could not be written.


class MessageTold(Contract):
    """A message that reached its outcome. No address, and no text."""

    message_id: UUID
    order_id: UUID | None = None  #: None for a digest of many.
    shop_id: UUID
    recipient: Literal["buyer", "seller"]
    kinds: list[str]  #: What it told, the most important first; what it was to tell, if it was not sent.
    channel: str
    outcome: TellingOutcome
    at: AwareDatetime  #: When the outcome was reached.


class MessagesTold(Event):
    """Outcomes of messages, many at a time; a later one of the same message replaces the earlier."""

    stream: ClassVar[str] = "NOTICES"
    subjects: ClassVar[tuple[str, ...]] = ("notices.v1.sent",)

    messages: Annotated[list[MessageTold], Field(max_length=MOST)]
