"""EDI with the personal data blacked out: X12 and EDIFACT.

Which elements hold what is in the directories: X12 004010 segments N1 to N4, PER, MS1, and EDIFACT D.96A NAD, CTA, COM.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from carrier_adapter.masking.policy import Kind, black, mask_prose, mask_value

#: X12 segments in which only these elements stay as they are; the others are blacked out.
_X12_KEPT: Final[Mapping[str, frozenset[int]]] = {
    "N1": frozenset({1, 3}),
    "N2": frozenset(),
    "N3": frozenset(),
    "N4": frozenset({1, 2, 4}),
    "PER": frozenset({1}),
    "G61": frozenset({1}),
    "MS1": frozenset({1, 2, 3, 6, 7, 8}),
    "G62": frozenset({1, 2, 3, 4, 5}),
}
#: X12 segments that say nothing of a person.
_X12_SAFE_NAMES = "ISA GS ST B10 LX AT5 AT7 AT8 MS2 M7 CD3 SPO Q7 OID TD1 SE GE IEA BX DTM R4 V1"
_X12_SAFE: Final = frozenset(_X12_SAFE_NAMES.split())
#: X12 segments whose elements are numbers and free text.
_X12_PROSE: Final = frozenset({"L11", "K1", "NTE", "MSG", "MTX", "REF"})

_EDIFACT_KEPT: Final[Mapping[str, frozenset[int]]] = {
    "NAD": frozenset({1}),
    "CTA": frozenset({1}),
    "COM": frozenset(),
    "GEO": frozenset(),
    "IMD": frozenset({1, 2}),
}
_EDIFACT_SAFE_NAMES = (
    "UNB UNG UNH BGM DTM STS RFF CNI LOC TDT EQD CNT GID TSR UNT UNE UNZ UNS PCI GIN PAC QTY MEA DOC TMP PCD"
)
_EDIFACT_SAFE: Final = frozenset(_EDIFACT_SAFE_NAMES.split())


def mask_x12(text: str) -> str | None:
    """Mask an X12 interchange; None for what is none."""
    start = text.lstrip()
    if not start.startswith("ISA") or len(start) < 106:
        return None
    element, end = start[3], start[105]
    if element.isalnum() or end.isalnum():
        return None
    return end.join(_x12_segment(segment, element) for segment in text.split(end))


def _x12_segment(segment: str, separator: str) -> str:
    name, *elements = segment.split(separator)
    known = name.strip()
    if known in _X12_SAFE or not elements:
        return segment if known in _X12_SAFE or not known else black(segment)
    if known in _X12_PROSE:
        return separator.join([name, *(mask_value(one, Kind.KEPT) for one in elements)])
    return separator.join([name, *_elements(elements, _X12_KEPT.get(known), black)])


def mask_edifact(text: str) -> str | None:
    """Mask an EDIFACT interchange; None for what is none."""
    start = text.lstrip()
    if not start.startswith(("UNA", "UNB")):
        return None
    una = start[3:9] if start.startswith("UNA") and len(start) >= 9 else ":+.? '"
    element, release, end = una[1], una[3], una[5]
    if element.isalnum() or end.isalnum():
        return None
    escaped = f"(?<!{re.escape(release)})" if not release.isspace() else ""
    head = text[: text.index("UNA") + 9] if start.startswith("UNA") else ""
    segments = re.split(escaped + re.escape(end), text[len(head) :])
    return head + end.join(_edifact_segment(one, element, escaped) for one in segments)


def _edifact_segment(segment: str, separator: str, escaped: str) -> str:
    name, *elements = re.split(escaped + re.escape(separator), segment)
    known = name.strip()
    if known in _EDIFACT_SAFE or not elements:
        return segment if known in _EDIFACT_SAFE or not known else black(segment)
    if known == "FTX":
        return separator.join([name, *elements[:3], *(mask_prose(one) for one in elements[3:])])
    return separator.join([name, *_elements(elements, _EDIFACT_KEPT.get(known), black)])


def _elements(elements: list[str], kept: frozenset[int] | None, rest: Callable[[str], str]) -> list[str]:
    """Keep some elements, counted from 1; of a segment nobody knows, what looks like a code."""
    if kept is None:
        return [mask_value(one, Kind.UNKNOWN) for one in elements]
    return [one if number in kept else rest(one) for number, one in enumerate(elements, 1)]
