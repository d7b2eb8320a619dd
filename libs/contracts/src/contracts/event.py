"""What every event between services has in common, and how bytes become one.

An event is a fact: it is frozen, it has an id of its own, and it knows its stream and subject.
Readers are tolerant (an unknown field is ignored), so that adding a field with a default never breaks one.
"""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError


class Contract(BaseModel):
    """A frozen value that crosses a service's border; its errors never repeat the input."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Event(Contract):
    """Something that happened and will not unhappen."""

    stream: ClassVar[str]
    subjects: ClassVar[tuple[str, ...]]  #: Every subject the class is published on.

    event_id: UUID  #: One fact, one id: the ``Nats-Msg-Id``, and the key of every inbox.
    occurred_at: AwareDatetime  #: When the fact was recorded, by the business clock.

    @property
    def subject(self) -> str:
        """The subject this event is published on."""
        return self.subjects[0]


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that is no event: what it was, and why, without a word of its content."""

    subject: str
    body: bytes
    reason: str


def decode(known: dict[str, type[Event]], subject: str, body: bytes) -> Event | Poison:
    """Read one message; never raises.

    *known* maps each subject that the reader understands to its class. A subject that is not in it (another
    version, say) and a body that does not validate both come back as `Poison`.
    """
    kind = known.get(subject)
    if kind is None:
        return Poison(subject, body, "unknown subject or version")
    try:
        return kind.model_validate_json(body)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        return Poison(subject, body, f"{field}: {first['msg']}"[:300])
