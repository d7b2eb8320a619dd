"""What the marketplaces' pushes have in common: numbers, times, and what is not understood.

A push that nobody has mapped is kept in the quarantine as one record with the problem ``unmapped_code``: it is never
taken for the next best thing.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from carrier_adapter.formats.record import Feed, Notice, Record, Unparsable, clean

LONGEST: Final = 64  #: Characters of a marketplace's number.
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800  #: 2000 to 2100, in seconds: milliseconds are far outside.


def type_of(push: Mapping[str, Any], field: str) -> int:
    """Give the number that says what a push is about. Raises `Unparsable`."""
    number = push.get(field)
    if type(number) is not int:
        raise Unparsable(f"{field} is not a number")
    return number


def without_effect(number: int, about: str) -> Feed:
    """Give a push of a type that is known, and about nothing that happens here."""
    return Feed((), f"a push of type {number} ({about}) has no effect")


def number_at(data: Mapping[str, Any], *names: str) -> str:
    """Give a number of the marketplace's, from the first of some fields that has one. Raises `Unparsable`."""
    for name in names:
        if number := number_or_none(data.get(name)):
            return number
    raise Unparsable(f"{names[0]} is missing")


def number_or_none(value: Any) -> str | None:
    """Give a number of the marketplace's as text, though it may come as a JSON number; None for what is none."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else clean(value, LONGEST + 1)
    return text if text and len(text) <= LONGEST else None


def seconds(*values: Any) -> datetime | None:
    """Give the instant of the first of *values* that is one, in Unix seconds; None where none is.

    These marketplaces write seconds. What is no plausible second (milliseconds, say) is no time.
    """
    for value in values:
        digits = value if isinstance(value, int) and not isinstance(value, bool) else None
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
            digits = int(value)
        if digits is not None and _EARLIEST <= digits < _LATEST:
            return datetime.fromtimestamp(digits, UTC)
    return None


def code_at(data: Mapping[str, Any], name: str) -> str:
    """Give a status as the marketplace writes it. Raises `Unparsable` where there is none."""
    code = clean(data.get(name), 80)
    if code is None:
        raise Unparsable(f"{name} is missing")
    return code


def identity_of(*parts: Any) -> str:
    """Give a digest that is equal for equal content, however its fields are ordered."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def noticed(notice: Notice) -> Feed:
    """Give a push that holds a notice and no scans."""
    return Feed((), f"a notice about an order ({notice.meaning}): no carrier's scan", (notice,))


def unmapped(push: Mapping[str, Any], code: str) -> Feed:
    """Give a push whose type or status nobody has mapped."""
    return _aside(push, code, "unmapped_code")


def timeless(push: Mapping[str, Any], code: str) -> Feed:
    """Give a push that says what happened, but not when."""
    return _aside(push, code, "bad_time")


def _aside(push: Mapping[str, Any], code: str, problem: str) -> Feed:
    return Feed((Record(0, None, raw_code=clean(code, 100), record_id=identity_of(push), problem=problem),))
