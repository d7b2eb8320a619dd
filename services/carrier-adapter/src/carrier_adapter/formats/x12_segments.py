"""Splits an X12 file into interchanges, segments and elements; each interchange header says how.

Why no library does it: docs/decisions/0010-edi-libraries.md.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from carrier_adapter.formats.record import Unparsable

_BLANK: Final = " \r\n"  #: Around segments. No other white space: some use FS, GS or US, which it would take along.
_HEADER_ELEMENTS: Final = 16  #: Of an ISA.
_LONGEST_HEADER: Final = 400  #: Characters; it has 106, and a few senders pad more.
_TEST: Final = "T"  #: ISA15, usage indicator.


@dataclass(frozen=True, slots=True)
class Interchange:
    """An ISA … IEA, as it was written."""

    separator: str  #: Of elements.
    component: str  #: Separator of components; empty where the header leaves it out.
    terminator: str  #: Of segments.
    text: str

    def segments(self) -> Iterator[list[str]]:
        """Give its segments, as their elements, name first; blank ones are left out."""
        for segment in self.text.split(self.terminator):
            if plain := segment.strip(_BLANK):
                yield [element.strip() for element in plain.split(self.separator)]


def decoded(body: bytes) -> str:
    """Give a file's text: UTF-8 where it is that, else ISO 8859-1. Raises `Unparsable`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    if "\x00" in text:
        raise Unparsable("the file holds a NUL")
    return text


def interchanges(text: str) -> Iterator[Interchange]:
    """Give a file's interchanges; one whose ISA was cut off counts too. Raises `Unparsable`."""
    text = text.strip(_BLANK)
    if not text.startswith(("ISA", "GS", "ST")):
        raise Unparsable("the file does not begin with ISA")
    start = 0
    while start < len(text):
        separator, component, terminator = _separators(text, start)
        # Up to the next ISA, if there is one more: separators may differ from there on.
        another = re.compile(rf"{re.escape(terminator)}[{_BLANK}]{{0,8}}(?=ISA[^0-9A-Za-z{_BLANK}])").search(
            text, start
        )
        end = another.end() if another else len(text)
        yield Interchange(separator, component, terminator, text[start:end])
        start = end


def is_test(elements: list[str]) -> bool:
    """Say whether an ISA calls its interchange a test."""
    return at(elements, 15) == _TEST


def at(elements: list[str], place: int) -> str:
    """Give an element; those left out at the end are empty."""
    return elements[place] if place < len(elements) else ""


def _separators(text: str, start: int) -> tuple[str, str, str]:
    """Give the separators of elements and of components, and the segment terminator: the header has them in it."""
    has_envelope = text.startswith("ISA", start)
    separator = text[start + 3 : start + 4] if has_envelope else text[start + 2 : start + 3]
    if not separator or separator.isalnum() or separator in _BLANK:
        raise Unparsable("the header names no element separator")
    if not has_envelope:  # somebody cut it off
        return separator, "", "~" if "~" in text else "\n"
    # After the sixteenth separator: one character that separates components, then the terminator. Counted rather than
    # measured, because not everybody pads the header's elements to their length.
    place = start
    for _ in range(_HEADER_ELEMENTS):
        place = text.find(separator, place + 1, start + _LONGEST_HEADER)
        if place < 0:
            raise Unparsable("the interchange header is cut short")
    component, terminator = text[place + 1 : place + 2], text[place + 2 : place + 3]
    if terminator.isalnum():  # the components' separator was left out
        component, terminator = "", component
    if not terminator or terminator.isalnum() or terminator == separator:
        raise Unparsable("the interchange header names no segment terminator")
    if terminator == "\r" and text.startswith("\r\n", place + 2):
        terminator = "\n"
    return separator, component, terminator
