"""Splits an X12 file into segments and elements; each interchange header says how."""

import re
from collections.abc import Iterator
from typing import Final

from carrier_adapter.formats.record import Unparsable

_BLANK: Final = " \r\n"  #: Around segments. No other white space: some use FS, GS or US, which it would take along.
_HEADER_ELEMENTS: Final = 16  #: Of an ISA.
_LONGEST_HEADER: Final = 400  #: Characters; it has 106, and a few senders pad more.


def segments(text: str) -> Iterator[list[str]]:
    """Give a file's segments, as their elements, name first. Raises `Unparsable`."""
    text = text.strip(_BLANK)
    if not text.startswith(("ISA", "GS", "ST")):
        raise Unparsable("the file does not begin with ISA")
    start = 0
    while start < len(text):
        separator, terminator = _separators(text, start)
        # Up to the next ISA, if there is one more: separators may differ from there on.
        another = re.compile(rf"{re.escape(terminator)}[{_BLANK}]{{0,8}}(?=ISA[^0-9A-Za-z{_BLANK}])").search(
            text, start
        )
        end = another.end() if another else len(text)
        for segment in text[start:end].split(terminator):
            if plain := segment.strip(_BLANK):
                yield [element.strip() for element in plain.split(separator)]
        start = end


def at(elements: list[str], place: int) -> str:
    """Give an element; those left out at the end are empty."""
    return elements[place] if place < len(elements) else ""


def _separators(text: str, start: int) -> tuple[str, str]:
    """Give the element separator and the segment terminator, which are where the header has them."""
    has_envelope = text.startswith("ISA", start)
    separator = text[start + 3 : start + 4] if has_envelope else text[start + 2 : start + 3]
    if not separator or separator.isalnum() or separator in _BLANK:
        raise Unparsable("the header names no element separator")
    if not has_envelope:  # somebody cut it off
        return separator, "~" if "~" in text else "\n"
    # After the sixteenth separator: one character that separates components, then the terminator. Counted rather than
    # measured, because not everybody pads the header's elements to their length.
    place = start
    for _ in range(_HEADER_ELEMENTS):
        place = text.find(separator, place + 1, start + _LONGEST_HEADER)
        if place < 0:
            raise Unparsable("the interchange header is cut short")
    terminator = text[place + 2 : place + 3]
    if terminator.isalnum():  # the components' separator was left out
        terminator = text[place + 1 : place + 2]
    if not terminator or terminator.isalnum() or terminator == separator:
        raise Unparsable("the interchange header names no segment terminator")
    return separator, "\n" if terminator == "\r" and text.startswith("\r\n", place + 2) else terminator
