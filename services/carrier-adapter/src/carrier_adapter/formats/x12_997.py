"""Functional acknowledgments of X12 files: transaction set 997, release 004010.

One 997 for each functional group, in an interchange back to its sender; what is acknowledged is how a file is built,
not what it says of a parcel. Codes: elements 715 to 718 and 723 of the X12 dictionary, as in
https://learn.microsoft.com/en-us/biztalk/core/x12-997-acknowledgment-error-codes (read 2026-11-28).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.instants import BadInstant
from carrier_adapter.formats.record import MOST_RECORDS, Unparsable, number_of
from carrier_adapter.formats.x12_214 import instant_of
from carrier_adapter.formats.x12_segments import Interchange, at, decoded, interchanges, is_test

_RELEASE: Final = "004010"
_ACKNOWLEDGMENTS: Final = "FA"  #: Functional identifier of a group of these; nobody acknowledges an acknowledgment.
_STATUS_MESSAGES: Final = "QM"  #: Functional identifier of a group of 214s.
_NAMING: Final = frozenset({"L11", "REF", "N9", "MAN"})  #: Segments that may name the shipment where B10 does not.
_MOST_NOTES: Final = 100  #: Segments pointed out in one set; the rest is no use to anybody.
_MOST_SETS: Final = 10 * MOST_RECORDS  #: In one file; not every set has a record.
_UTC: Final = ZoneInfo("UTC")

Segment = tuple[str, ...]  #: Its elements, name first.

# Element 718, transaction set syntax error.
_NOT_SUPPORTED, _NO_TRAILER, _NUMBERS_DIFFER, _COUNT_DIFFERS, _BAD_SEGMENT, _BAD_SET, _BAD_CONTROL = "1234567"
# Element 716, functional group syntax error.
_GROUP_NOT_SUPPORTED, _, _NO_GROUP_TRAILER, _GROUP_NUMBERS_DIFFER, _SETS_DIFFER, _BAD_GROUP_CONTROL = "123456"


@dataclass(slots=True)
class _Set:
    """An ST … SE, and what is wrong with it."""

    kind: str
    control: str
    length: int = 1  #: Segments so far, ST among them.
    beginning: int | None = None  #: Where its B10 is.
    named: bool = False
    statuses: int = 0
    errors: list[str] = field(default_factory=list)
    notes: list[Segment] = field(default_factory=list)  #: AK3 and AK4.

    def take(self, elements: list[str]) -> None:
        """Read a segment of it, up to SE."""
        self.length += 1
        name = elements[0]
        if name == "B10":
            self.beginning = self.beginning or self.length
        if name == "B10" or name in _NAMING:
            self.named |= any(number_of(one) for one in elements[1:3])
        elif name == "AT7":
            self.statuses += 1
            if (wrong := _wrong_time(elements)) and len(self.notes) < 2 * _MOST_NOTES:
                self.notes += [("AK3", name, str(self.length), "", "8"), wrong]

    def end(self, trailer: list[str] | None) -> None:
        """Read its SE, or find that there is none."""
        if trailer is None:
            self.errors.append(_NO_TRAILER)
        else:
            self.length += 1
            if at(trailer, 2) != self.control:
                self.errors.append(_NUMBERS_DIFFER)
            if _count(at(trailer, 1)) != self.length:
                self.errors.append(_COUNT_DIFFERS)
        if not 4 <= len(self.control) <= 9:
            self.errors.append(_BAD_CONTROL)
        if self.kind != "214":
            self.errors.append(_NOT_SUPPORTED if self.kind else _BAD_SET)
            self.notes.clear()
        elif self.beginning is None:
            self.notes.append(("AK3", "B10", "2", "", "3"))
        elif not self.named:
            self.notes += [("AK3", "B10", str(self.beginning), "", "8"), ("AK4", "1", "127", "2")]
        if self.notes:
            self.errors.append(_BAD_SEGMENT)

    @property
    def verdict(self) -> str:
        """Element 717: A accepted; E accepted, with errors noted; R rejected, for no parcel can be found in it."""
        if self.kind != "214" or not self.named:
            return "R"
        return "E" if self.errors else "A"

    def response(self) -> Iterator[Segment]:
        """Give its AK2 … AK5."""
        yield "AK2", self.kind or "000", self.control or "0000"
        yield from self.notes
        yield "AK5", self.verdict, *self.errors[:5]


@dataclass(slots=True)
class _Group:
    """A GS … GE."""

    header: list[str]
    sets: list[_Set] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    included: int | None = None  #: Sets, as its GE counts them.

    def end(self, trailer: list[str] | None) -> None:
        """Read its GE, or find that there is none."""
        if at(self.header, 1) != _STATUS_MESSAGES:
            self.errors.append(_GROUP_NOT_SUPPORTED)
        if trailer is None:
            self.errors.append(_NO_GROUP_TRAILER)
        else:
            self.included = _count(at(trailer, 1))
            if at(trailer, 2) != at(self.header, 6):
                self.errors.append(_GROUP_NUMBERS_DIFFER)
            if self.included != len(self.sets):
                self.errors.append(_SETS_DIFFER)
        if _count(at(self.header, 6)) is None:
            self.errors.append(_BAD_GROUP_CONTROL)

    @property
    def accepted(self) -> int:
        """Give how many of its sets can be used."""
        return sum(one.verdict != "R" for one in self.sets)

    @property
    def verdict(self) -> str:
        """Element 715: A, E and R as for a set; P, some sets were rejected."""
        if not self.accepted:
            return "R"
        if self.accepted < len(self.sets):
            return "P"
        return "E" if self.errors or any(one.errors for one in self.sets) else "A"

    def response(self) -> Iterator[Segment]:
        """Give its AK1 … AK9."""
        yield "AK1", at(self.header, 1) or "00", at(self.header, 6) or "0"
        for one in self.sets:
            yield from one.response()
        received = len(self.sets)
        included = received if self.included is None else self.included
        yield "AK9", self.verdict, str(included), str(received), str(self.accepted), *self.errors[:5]


def acknowledge(body: bytes, moment: datetime | None = None) -> bytes:
    """Acknowledge an X12 file: a 997 for each functional group of each of its interchanges.

    Stamped with *moment*, in UTC; without it with the file's own date and time, so that the same file always gets the
    same answer. Control numbers are the file's own. Groups of acknowledgments get none, so the answer may be empty.
    Raises `Unparsable` for what is no X12 file, has no ISA to answer to, or is refused as a whole for its many records.
    """
    answers: list[str] = []
    statuses = sets = 0
    for interchange in interchanges(decoded(body)):
        segments = interchange.segments()
        header = next(segments, [""])
        if header[0] != "ISA":
            raise Unparsable("the file has no interchange header to answer to")
        groups = [group for group in _groups(segments) if at(group.header, 1) != _ACKNOWLEDGMENTS]
        statuses += sum(one.statuses for group in groups for one in group.sets if one.kind == "214")
        sets += sum(len(group.sets) for group in groups)
        if statuses > MOST_RECORDS or sets > _MOST_SETS:
            raise Unparsable(f"more than {MOST_RECORDS} records in one push")
        if groups:
            answers.append(_answer(interchange, header, groups, moment))
    return "".join(answers).encode()


def _answer(interchange: Interchange, header: list[str], groups: list[_Group], moment: datetime | None) -> str:
    control, first = _control(at(header, 13)), groups[0].header
    date, time = f"{moment.astimezone(UTC):%Y%m%d %H%M}".split() if moment else [at(first, 4), at(first, 5)]
    sets = [_transaction_set(number, list(group.response())) for number, group in enumerate(groups, 1)]
    written: Iterator[Segment] = chain(
        [
            _interchange_header(header, control, date[-6:], time[:4], interchange.component or ">"),
            ("GS", _ACKNOWLEDGMENTS, at(first, 3), at(first, 2), date, time, control, "X", _RELEASE),
        ],
        *sets,
        [("GE", str(len(groups)), control), ("IEA", "1", f"{control:0>9}")],
    )
    # An interchange may end its segments in blanks; in ours, the header's own blanks would.
    terminator = interchange.terminator if interchange.terminator != " " else "\n"
    return "".join(f"{interchange.separator.join(map(_printable, segment))}{terminator}" for segment in written)


def _groups(segments: Iterator[list[str]]) -> Iterator[_Group]:
    """Give an interchange's groups; a set outside of any is in one that has no header."""
    group: _Group | None = None
    current: _Set | None = None
    for elements in segments:
        name = elements[0]
        if name in ("SE", "ST", "GE", "GS", "IEA") and current is not None:  # SE may have been forgotten
            current.end(elements if name == "SE" else None)
            current = None
        if name in ("GE", "GS", "IEA") and group is not None:
            group.end(elements if name == "GE" else None)
            yield group
            group = None
        if name == "GS":
            group = _Group(elements)
        elif name == "ST":
            group = group or _Group(["GS"])
            current = _Set(at(elements, 1), at(elements, 2))
            group.sets.append(current)
        elif current is not None:
            current.take(elements)
    if current is not None:
        current.end(None)
    if group is not None:
        group.end(None)
        yield group


def _transaction_set(number: int, response: list[Segment]) -> list[Segment]:
    return [("ST", "997", f"{number:04}"), *response, ("SE", str(len(response) + 2), f"{number:04}")]


def _interchange_header(received: list[str], control: str, date: str, time: str, component: str) -> Segment:
    """Write an ISA back to who sent *received*: its elements have their full length."""
    ids = [f"{at(received, place)[:length]:{length}}" for place, length in ((7, 2), (8, 15), (5, 2), (6, 15))]
    usage = "T" if is_test(received) else "P"
    return (
        *("ISA", "00", " " * 10, "00", " " * 10, *ids, f"{date:6}", f"{time:4}"),
        *("U", "00401", f"{control:0>9}", "0", usage, component),
    )


def _control(text: str) -> str:
    """Give a control number as a number: without what is no digit, and without leading zeros."""
    digits = "".join(letter for letter in text if letter in "0123456789")[-9:]
    return digits.lstrip("0") or "1"


def _count(text: str) -> int | None:
    """Read a count; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def _wrong_time(elements: list[str]) -> Segment | None:
    """Give the AK4 for an AT7 whose date or time is none."""
    date, time = at(elements, 5), at(elements, 6)
    for place, name, code, text, alone in (("5", "373", "8", date, ""), ("6", "337", "9", time, time)):
        try:
            if date:
                instant_of(date, alone, "UT", _UTC)
        except BadInstant:
            return "AK4", place, name, code, text[:35]
    return None


def _printable(element: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in element)
