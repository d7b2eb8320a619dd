"""UN/EDIFACT IFTSTA, "International multimodal status report message", directories D.93A to D.10B.

One record for each STS. Several UNH in a UNB, several UNB in a file. Control counts are not insisted on: carriers get
them wrong. Codes: UN/CEFACT's directories (see docs/feeds/edifact-iftsta.md). Names, addresses and free text (NAD, CTA,
FTX) may be a person's, and are not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.edifact_codes import NUMBERS, REASONS, Meaning, meaning_of_words
from carrier_adapter.formats.edifact_segments import Segment, at, interchanges
from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import END_OF_DAY, WIDEST, BadInstant, local_instant, without_leap
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable, clean, number_of
from contracts.vocabulary import ScanStatus as S
from contracts.vocabulary import TimeQuality

#: Element 1153: references that name a consignment, the surest first: waybill, transport document, the carrier's own.
_WAYBILLS: Final = ("AAM", "AAS", "CN")
_BOOKINGS: Final = ("BM", "BN")  #: Bill of lading and booking: of a container's journey, where nothing else is said.
_SSCC: Final = "BJ"  #: Element 7405.

_EVENT_TIMES: Final = (
    "78",
    "334",
    "35",
    "178",
    "186",
    "200",
    "7",
)  #: Element 2005: when it happened, the surest first.
_ESTIMATES: Final = ("17", "191")  #: Element 2005: delivery, estimated or expected.
_PLACES: Final = ("14", "175")  #: Element 3227: location of goods, location of an activity.

_TRANSPORT: Final = ("", "1")  #: Element 9015; another category has codes of its own.
_UNITED_NATIONS: Final = ("", "6")  #: Element 3055: the code is of UN/CEFACT's list.
_OLD_REASONS: Final = frozenset({"92", "93", "94", "95", "96"})  #: Years of directories that number reasons otherwise.
_CANCELLATION: Final = "1"  #: Element 1225: what was told before is not so.
_TEST: Final = "1"  #: Element 0035.

_DAY = r"(?P<year>\d{4}|\d{2})(?P<month>\d{2})(?P<day>\d{2})"
_HOUR = r"(?P<hour>\d{2})(?P<minute>\d{2})"
_SECOND = r"(?P<second>\d{2})"
_ZONE = r"(?P<zone>[A-Z]{3}|[+-]\d{2}(?:\d{2})?|Z)"

#: Element 2379: how a date and time are written.
_FORMATS: Final = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "2": r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{2})",
        "3": r"(?P<month>\d{2})(?P<day>\d{2})(?P<year>\d{2})",
        "4": r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})",
        "101": _DAY,
        "102": _DAY,
        "201": _DAY + _HOUR,
        "202": _DAY + _HOUR + _SECOND,
        "203": _DAY + _HOUR,
        "204": _DAY + _HOUR + _SECOND,
        "205": _DAY + _HOUR + r"(?P<zone>Z|[+-]?\d{2}:?\d{2})",
        "301": _DAY + _HOUR + _ZONE,
        "302": _DAY + _HOUR + _SECOND + _ZONE,
        "303": _DAY + _HOUR + _ZONE,
        "304": _DAY + _HOUR + _SECOND + _ZONE,
    }.items()
}
_SHORT_YEARS: Final = frozenset({"2", "3", "101", "201", "202", "301", "302"})
_NO_SHIFT: Final = frozenset({"UTC", "GMT", "Z"})


@dataclass(slots=True)
class _Status:
    """An STS, and what goes with it."""

    segment: Segment
    times: dict[str, Segment] = field(default_factory=dict)
    places: dict[str, Segment] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    marks: str | None = None  #: Of its first package.
    on_its_way: bool = False  #: What follows is about the means of transport and where it calls.


@dataclass(slots=True)
class _Consignment:
    """A CNI, and its statuses."""

    number: str | None = None
    references: dict[str, str] = field(default_factory=dict)
    statuses: list[_Status] = field(default_factory=list)


@dataclass(slots=True)
class _Message:
    """A UNH … UNT."""

    old_reasons: bool
    test: bool
    number: str | None = None  #: Of its BGM.
    cancels: bool = False
    references: dict[str, str] = field(default_factory=dict)
    consignments: list[_Consignment] = field(default_factory=list)

    def take(self, segment: Segment) -> None:
        """Read a segment."""
        match segment[0][0].strip():
            case "BGM":
                self.number = number_of(at(segment, 2))
                self.cancels = at(segment, 3) == _CANCELLATION
            case "CNI":
                self.consignments.append(_Consignment(number_of(at(segment, 2))))
            case "STS":
                if not self.consignments:
                    self.consignments.append(_Consignment())
                self.consignments[-1].statuses.append(_Status(segment))
            case "RFF":
                if number := number_of(at(segment, 1, 1)):
                    self._references().setdefault(at(segment, 1), number)
            case "DTM" | "LOC" | "TDT" | "GIN" | "PCI" if self.consignments and self.consignments[-1].statuses:
                _detail(self.consignments[-1].statuses[-1], segment)

    def _references(self) -> dict[str, str]:
        if not self.consignments:
            return self.references
        last = self.consignments[-1]
        return last.statuses[-1].references if last.statuses else last.references

    def number_of(self, consignment: _Consignment, status: _Status) -> str | None:
        """Give the tracking number of a status: the surest reference there is."""
        own, shared, head = status.references, consignment.references, self.references
        document = self.number if len(self.consignments) == 1 else None  # it cannot be the number of several
        candidates = (
            consignment.number,
            *(own.get(one) or shared.get(one) for one in _WAYBILLS),
            document,
            *(head.get(one) for one in _WAYBILLS),
            status.marks,
            *(own.get(one) or shared.get(one) or head.get(one) for one in _BOOKINGS),
        )
        return next((one for one in candidates if one), None)


def _detail(status: _Status, segment: Segment) -> None:
    """Read a segment that goes with a status."""
    name = segment[0][0].strip()
    if name == "TDT":
        status.on_its_way = True
    elif name == "GIN" and at(segment, 1) == _SSCC:
        status.marks = number_of(at(segment, 2)) or status.marks
    elif name == "PCI":
        status.marks = status.marks or number_of(at(segment, 2))
    elif name == "DTM" and not status.on_its_way:
        status.times.setdefault(at(segment, 1), segment)
    elif name == "LOC" and not status.on_its_way:
        status.places.setdefault(at(segment, 1), segment)


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one file. Raises `Unparsable`."""
    records: list[Record] = []
    for message in _messages(body):
        for consignment in message.consignments:
            if len(records) + len(consignment.statuses) > MOST_RECORDS:
                raise Unparsable(f"more than {MOST_RECORDS} records in one push")
            records += [
                _record(len(records) + n, message, message.number_of(consignment, one), one, zone)
                for n, one in enumerate(consignment.statuses)
            ]
    return Feed(tuple(records), None if records else "no message has a status (STS)")


def _messages(body: bytes) -> Iterator[_Message]:
    current: _Message | None = None
    kinds: set[str] = set()
    for interchange in interchanges(body):
        test = False
        for segment in interchange.segments():
            name = segment[0][0].strip()
            if current is not None and name in (
                "UNT",
                "UNH",
                "UNZ",
                "UNB",
                "UNE",
                "UNG",
            ):  # UNT may have been forgotten
                yield current
                current = None
            if name == "UNB":
                test = at(segment, 11) == _TEST
            elif name == "UNH":
                kind = at(segment, 2)
                kinds.add(kind)
                current = _Message(at(segment, 2, 2)[:2] in _OLD_REASONS, test) if kind == "IFTSTA" else None
            elif current is not None:
                current.take(segment)
    if current is not None:
        yield current
    if not kinds:
        raise Unparsable("the interchange has no message")
    if "IFTSTA" not in kinds:
        raise Unparsable("the interchange has no message IFTSTA")


def _record(index: int, message: _Message, number: str | None, status: _Status, zone: ZoneInfo) -> Record:
    segment = status.segment
    code, words = clean(at(segment, 2), 60), clean(at(segment, 2, 3))
    problem = None if number else "no_tracking_number"
    told = next((status.times[one] for one in _EVENT_TIMES if one in status.times), None)
    moment, quality = None, TimeQuality.NONE
    if told is not None:
        try:
            moment, quality = _instant(told, zone)
        except BadInstant:
            problem = problem or "bad_time"
    meaning: Meaning = (S.NOTE, "information") if message.cancels else _meaning(segment, message.old_reasons)
    if meaning is None:
        problem = problem or "unmapped_code"
    return Record(
        index=index,
        tracking_number=number,
        status=meaning[0] if meaning else None,
        sub_status=meaning[1] if meaning else None,
        occurred_at=moment,
        time_quality=quality,
        raw_time=clean(at(told, 1, 1), 64) if told else None,
        raw_code=code or words,
        raw_text=_text(segment, message.cancels),
        place=_place(status.places),
        estimated_at=_estimate(status.times, zone),
        problem=problem or ("test_mode" if message.test else None),
    )


def _meaning(segment: Segment, old_reasons: bool) -> Meaning:
    code, agency = at(segment, 2), at(segment, 2, 2)
    known = at(segment, 1) in _TRANSPORT and agency in _UNITED_NATIONS and not at(segment, 2, 1)
    if known and code in NUMBERS:
        reason = "" if old_reasons or at(segment, 3, 2) not in _UNITED_NATIONS else at(segment, 3)
        return REASONS.get((code, reason), NUMBERS[code])
    return meaning_of_words(at(segment, 2, 3))


def _text(segment: Segment, cancels: bool) -> str | None:
    """Give the status's own words, and its reasons."""
    reasons = [" ".join(filter(None, (at(segment, place), at(segment, place, 3)))) for place in range(3, len(segment))]
    parts = ["cancelled" if cancels else "", at(segment, 2, 3), *(f"reason {one}" for one in reasons if one)]
    return clean("; ".join(part for part in parts if part))


def _place(places: dict[str, Segment]) -> str | None:
    """Read a LOC: its name, or else its code, and the first place that it lies in."""
    found = next((places[one] for one in _PLACES if one in places), next(iter(places.values()), None))
    if found is None:
        return None
    name = at(found, 2, 3) or at(found, 2)
    within = at(found, 3, 3) or at(found, 3)
    return clean(", ".join(part for part in (name, within) if part))


def _estimate(times: dict[str, Segment], zone: ZoneInfo) -> datetime | None:
    told = next((times[one] for one in _ESTIMATES if one in times), None)
    try:
        return _instant(told, zone)[0] if told else None
    except BadInstant:
        return None


def _instant(segment: Segment, zone: ZoneInfo) -> tuple[datetime, TimeQuality]:
    """Read a DTM. Raises `BadInstant`."""
    name = at(segment, 1, 2)
    found = _FORMATS[name].fullmatch(at(segment, 1, 1)) if name in _FORMATS else None
    if found is None or (len(found["year"]) == 2) is not (name in _SHORT_YEARS):
        raise BadInstant("not a date and time of EDIFACT")
    told = found.groupdict()
    year = int(told["year"]) + (2000 if name in _SHORT_YEARS else 0)
    if told.get("hour") is None:
        moment, _ = local_instant(year, int(told["month"]), int(told["day"]), *END_OF_DAY, None, zone)
        return moment, TimeQuality.DATE_ONLY
    second = without_leap(int(told.get("second") or 0))
    clock = (int(told["hour"]), int(told["minute"]), second, 0)
    moment, quality = local_instant(year, int(told["month"]), int(told["day"]), *clock, None, zone)
    shift = _shift(told.get("zone"))
    if shift is None:
        return moment, quality
    return moment.replace(tzinfo=timezone(shift) if shift else UTC), TimeQuality.OFFSET if shift else TimeQuality.UTC


def _shift(text: str | None) -> timedelta | None:
    """Read how far from UTC a time is; None where nothing says so: most zones' letters are several zones'."""
    if text in _NO_SHIFT:
        return timedelta(0)
    digits = (text or "").lstrip("+-").replace(":", "")
    if not digits.isdigit():
        return None
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    if shift > WIDEST or int(digits[2:] or 0) > 59:
        raise BadInstant("an offset that no clock has")
    return -shift if text and text.startswith("-") else shift


FORMAT: Final = Format(
    "edifact-iftsta", "UN/EDIFACT IFTSTA status reports, EDI", parse, ("bearer", "hmac-sha256", "basic")
)
