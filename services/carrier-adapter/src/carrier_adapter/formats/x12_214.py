"""ANSI X12 transaction set 214, "Transportation Carrier Shipment Status Message", releases 4010 to 5010.

One record for each AT7. Several ST in a GS, and several ISA in a file; separators are read from each ISA; a segment may
end in any character, a line break too. Control counts are not insisted on: carriers get them wrong. Codes: data
elements 1650, 1651, 1652 and 623 of the X12 dictionary (see docs/feeds/x12-214.md).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import END_OF_DAY, BadInstant, local_instant, without_leap
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable, clean, number_of
from carrier_adapter.formats.x12_codes import APPOINTMENTS, FAULTS, OFFSETS, REASONS, STATUSES, ZONES
from carrier_adapter.formats.x12_segments import at, decoded, interchanges, is_test
from contracts.vocabulary import ScanStatus as S
from contracts.vocabulary import TimeQuality

_DATE = re.compile(r"(\d{4}|\d{2})(\d{2})(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{2})(\d{2})(?:(\d{2})\d{0,2})?", re.ASCII)

#: Which reference is the shipment's number, the surest first: (segment, qualifier); B10-01 has no qualifier.
_NUMBERS = (
    ("B10", "01"),
    ("REF", "2I"),  # tracking number
    ("B10", "02"),  # the shipper's number for it
    ("REF", "CN"),  # the carrier's reference, the PRO or invoice number
    ("MAN", "CP"),  # a package's number, as its carrier assigned it
    ("REF", "97"),  # package number
)

#: Statuses whose time is when something is to be, which is the carrier's estimate of delivery.
_ESTIMATES = frozenset({"AG", "X2"})


@dataclass(slots=True)
class _Status:
    """An AT7, and where it was."""

    elements: list[str]
    place: str | None = None


@dataclass(slots=True)
class _Shipment:
    """What one ST … SE says around its AT7."""

    test: bool = False  #: Its interchange is one.
    numbers: dict[tuple[str, str], str] = field(default_factory=dict)
    statuses: list[_Status] = field(default_factory=list)
    place: str | None = None  #: Of an MS1 that stands before its AT7.
    unplaced: bool = False  #: The last AT7 of this LX has had no MS1 yet.

    def number(self) -> str | None:
        """Give its tracking number."""
        return next((self.numbers[one] for one in _NUMBERS if one in self.numbers), None)

    def take(self, elements: list[str]) -> None:
        """Read a segment."""
        match elements[0]:
            case "B10":
                self._number("B10", "01", at(elements, 1))
                self._number("B10", "02", at(elements, 2))
            case "L11":
                self._number("REF", at(elements, 2), at(elements, 1))
            case "REF" | "N9":
                self._number("REF", at(elements, 1), at(elements, 2))
            case "MAN":
                self._number("MAN", at(elements, 1), at(elements, 2))
            case "LX":
                self.place, self.unplaced = None, False
            case "AT7":
                self.statuses.append(_Status(elements, self.place))
                self.place, self.unplaced = None, self.place is None
            case "MS1" if self.unplaced:
                self.statuses[-1].place, self.unplaced = _place(elements), False
            case "MS1":
                self.place = _place(elements)

    def _number(self, segment: str, qualifier: str, value: str) -> None:
        if number := number_of(value):
            self.numbers.setdefault((segment, qualifier), number)


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one file. Raises `Unparsable`."""
    records: list[Record] = []
    for shipment in _shipments(decoded(body)):
        number = shipment.number()
        if len(records) + len(shipment.statuses) > MOST_RECORDS:
            raise Unparsable(f"more than {MOST_RECORDS} records in one push")
        first = len(records)
        records += [_record(first + n, number, one, zone, shipment.test) for n, one in enumerate(shipment.statuses)]
    return Feed(tuple(records), None if records else "no transaction set has a shipment status (AT7)")


def _shipments(text: str) -> Iterator[_Shipment]:
    current: _Shipment | None = None
    kinds: set[str] = set()
    for interchange in interchanges(text):
        test = False
        for elements in interchange.segments():
            name = elements[0]
            if current is not None and name in ("SE", "ST", "GE", "GS", "IEA", "ISA"):  # SE may have been forgotten
                yield current
                current = None
            if name == "ISA":
                test = is_test(elements)
            elif name == "ST":
                kinds.add(at(elements, 1))
                current = _Shipment(test) if at(elements, 1) == "214" else None
            elif current is not None:
                current.take(elements)
    if current is not None:
        yield current
    if not kinds:
        raise Unparsable("the interchange has no transaction set")
    if "214" not in kinds:
        raise Unparsable("the interchange has no transaction set 214")


def _place(elements: list[str]) -> str | None:
    """Read an MS1: city, state and country; where it has no city, how far east and north."""
    parts = [clean(part, 60) for part in elements[1:4]]
    if any(parts):
        return ", ".join(part for part in parts if part)
    north, east = _coordinate(elements, 5, 7, "NS"), _coordinate(elements, 4, 6, "EW")
    return f"{north}, {east}" if north and east else None


def _coordinate(elements: list[str], degrees: int, direction: int, letters: str) -> str | None:
    number, letter = clean(at(elements, degrees), 12), at(elements, direction)
    return f"{number} {letter}" if number and letter and letter in letters else number


def _record(index: int, number: str | None, one: _Status, zone: ZoneInfo, test: bool) -> Record:
    elements = one.elements
    code, appointment = clean(at(elements, 1), 60), clean(at(elements, 3), 60)
    date, time, time_code = at(elements, 5), at(elements, 6), at(elements, 7)
    reason = clean(at(elements, 2) or at(elements, 4), 60)
    problem = None if number else "no_tracking_number"
    moment, quality = None, TimeQuality.NONE
    if date:
        try:
            moment, quality = instant_of(date, time, time_code, zone)
        except BadInstant:
            problem = problem or "bad_time"
    status, sub = _meaning(code, appointment, reason)
    if status is None:
        problem = problem or "unmapped_code"
    return Record(
        index=index,
        tracking_number=number,
        status=status,
        sub_status=sub,
        occurred_at=moment,
        time_quality=quality,
        raw_time=clean(" ".join(part for part in (date, time, time_code) if part), 64),
        raw_code=code or appointment,
        raw_text=f"reason {reason}" if reason and reason not in ("NS", "NA") else None,
        place=one.place,
        fault=FAULTS.get(reason or "") if status in (S.ATTEMPT_FAILED, S.DELAYED, S.ON_HOLD) else None,
        estimated_at=moment if code in _ESTIMATES else None,
        problem=problem or ("test_mode" if test else None),
    )


def _meaning(code: str | None, appointment: str | None, reason: str | None) -> tuple[S, str] | tuple[None, None]:
    if code is None:
        return (S.NOTE, "information") if appointment in APPOINTMENTS else (None, None)
    if (code, reason or "") in REASONS:
        return REASONS[code, reason or ""] or (None, None)
    return STATUSES.get(code, (None, None))


def instant_of(date: str, time: str, code: str, zone: ZoneInfo) -> tuple[datetime, TimeQuality]:
    """Read date, time and time code, as AT7-05 to 07 have them; *zone* is the local one. Raises `BadInstant`."""
    day, hour = _DATE.fullmatch(date), _TIME.fullmatch(time) if time else None
    if day is None or (time and hour is None):
        raise BadInstant("not a date and time of X12")
    year = int(day[1]) if len(day[1]) == 4 else 2000 + int(day[1])
    clock = (int(hour[1]), int(hour[2]), without_leap(int(hour[3] or 0)), 0) if hour else END_OF_DAY
    parts = (year, int(day[2]), int(day[3]), *clock)
    if code in OFFSETS:
        shift = timedelta(hours=OFFSETS[code])
        moment = local_instant(*parts, None, zone)[0].replace(tzinfo=timezone(shift) if shift else UTC)
        quality = TimeQuality.OFFSET if shift else TimeQuality.UTC
    elif code in ZONES:
        moment, quality = local_instant(*parts, None, ZoneInfo(ZONES[code]))[0], TimeQuality.OFFSET
    else:
        moment, quality = local_instant(*parts, None, zone)
    return moment, quality if hour else TimeQuality.DATE_ONLY


FORMAT: Final = Format("x12-214", "ANSI X12 214 shipment status, EDI", parse, ("bearer", "hmac-sha256", "basic"))
