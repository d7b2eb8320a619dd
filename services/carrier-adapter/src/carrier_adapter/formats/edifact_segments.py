"""Splits a UN/EDIFACT file into interchanges, segments, elements and components (ISO 9735, syntax versions 1 to 4).

Separators are those of the UNA before an interchange, or the usual ones; the character set is that of its UNB. Why no
library does it: docs/decisions/0010-edi-libraries.md.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from carrier_adapter.formats.record import Unparsable

Segment = list[list[str]]  #: Its elements, each a list of its components; the first one's first is the name.

_BLANK: Final = " \t\r\n"  #: Around segments.
_USUAL: Final = ":+.? '"  #: What a UNA would say: component, element, decimal mark, release, repetition, terminator.
_LEVEL_B: Final = "\x1f\x1d,  \x1c"  #: The same of character set UNOB, whose separators do not print.
_ADVICE: Final = 3 + len(_USUAL)  #: Length of a UNA.
_MOST_PARTS: Final = 100  #: Elements of a segment, and components of an element, that are split.
_LONGEST_HEADER: Final = 40  #: Characters of a UNB up to the end of its first element.

#: The character sets of UNB's first component (ISO 9735-1, annex A, and UN/EDIFACT syntax identifiers 0001). UNOA and
#: UNOB are ASCII by their letter, and senders that take no notice of it are read as UTF-8 or else as ISO 8859-1; so is
#: UNOX, code extension by ISO 2022, which nobody is known to send.
CHARACTER_SETS: Final = {
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
}


@dataclass(frozen=True, slots=True)
class Interchange:
    """A UNB … UNZ, as it was written, with each byte as one letter."""

    component: str
    element: str
    release: str
    terminator: str
    charset: str | None  #: Python's name of it; None: UTF-8 where it is that, else ISO 8859-1.
    text: str

    def segments(self) -> Iterator[Segment]:
        """Give its segments; blank ones are left out."""
        # A released character becomes one that no byte gives, and so separates nothing, until the text is apart.
        released = self.release != " " and self.release in self.text
        text = re.sub(rf"{re.escape(self.release)}(.)", _aside, self.text, flags=re.DOTALL) if released else self.text
        plain = text.isascii()
        for segment in text.split(self.terminator):
            if kept := segment.strip(_BLANK):
                elements = kept.split(self.element, _MOST_PARTS)
                parts = [element.split(self.component, _MOST_PARTS) for element in elements]
                yield parts if plain else [[self._read(one) for one in part] for part in parts]

    def _read(self, text: str) -> str:
        if text.isascii():
            return text
        raw = "".join(chr(ord(letter) & 0xFF) for letter in text).encode("latin-1")
        if self.charset is not None:
            return raw.decode(self.charset, "replace")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("latin-1")


def _aside(found: re.Match[str]) -> str:
    return chr(0xE000 + ord(found[1]))


def interchanges(body: bytes) -> Iterator[Interchange]:
    """Give a file's interchanges. Raises `Unparsable`."""
    text = body.removeprefix(b"\xef\xbb\xbf").decode("latin-1").strip(_BLANK)
    if "\x00" in text:
        raise Unparsable("the file holds a NUL")
    if not text.startswith(("UNA", "UNB")):
        raise Unparsable("the file does not begin with UNA or UNB")
    start, advice = 0, _USUAL
    while start < len(text):
        advice = _advice(text, start, advice)
        component, element, release, terminator = _separators(advice)
        header = text.find("UNB", start, start + _ADVICE + 8)
        if header < 0:
            raise Unparsable("the file has no interchange header (UNB)")
        # Up to the next UNA or UNB, if there is one more: separators may differ from there on.
        unreleased = "" if release == " " else f"(?<!{re.escape(release)})"
        another = re.compile(
            rf"{unreleased}{re.escape(terminator)}[{_BLANK}]{{0,8}}"
            rf"(?=UNA[^0-9A-Za-z]{{6}}[{_BLANK}]{{0,8}}UNB|UNB[^0-9A-Za-z{_BLANK}])"
        ).search(text, header)
        end = another.end() if another else len(text)
        syntax = text[header + 4 : header + _LONGEST_HEADER].split(element)[0].split(component)[0]
        yield Interchange(component, element, release, terminator, CHARACTER_SETS.get(syntax), text[header:end])
        start = end


def _advice(text: str, start: int, before: str) -> str:
    """Give what a UNA says, or would say: without one, what was said *before* holds if the header looks like it."""
    if text.startswith("UNA", start):
        return text[start + 3 : start + _ADVICE]
    element = text[start + 3 : start + 4]
    return next((advice for advice in (before, _USUAL, _LEVEL_B) if advice[1] == element), _USUAL)


def _separators(advice: str) -> tuple[str, str, str, str]:
    """Read the six characters of a UNA: give the separators of components and elements, release and terminator."""
    if len(advice) < len(_USUAL):
        raise Unparsable("the service string advice (UNA) is cut short")
    component, element, _, release, _, terminator = tuple(advice)
    separators = {component, element, terminator}
    if len(separators) < 3 or release in separators or any(one.isalnum() or one == " " for one in separators):
        raise Unparsable("the service string advice (UNA) names separators that separate nothing")
    return component, element, release, terminator


def at(segment: Segment, element: int, component: int = 0) -> str:
    """Give a component, without blanks around it; what was left out is empty."""
    if element >= len(segment) or component >= len(segment[element]):
        return ""
    return segment[element][component].strip()
