"""What a feed format is: how it is read, signed and answered."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from carrier_adapter.formats.record import Feed


@dataclass(frozen=True, slots=True)
class Format:
    """A feed format."""

    name: str
    description: str
    parse: Callable[[bytes, ZoneInfo], Feed]  #: (body, zone of the account) -> what it says; raises `Unparsable`.
    schemes: tuple[str, ...]  #: Signature schemes that go with it, the usual one first.
    answer: str = "receipt"  #: How its senders want to be answered, unless an account says otherwise.
