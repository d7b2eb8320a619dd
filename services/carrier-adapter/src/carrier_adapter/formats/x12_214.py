"""ANSI X12 transaction set 214, "Transportation Carrier Shipment Status Message", releases 4010 and 5010.

One record for each AT7. Several ST in a GS, and several ISA in a file; separators are read from each ISA; a segment may
end in any character, a line break too. Control counts are not insisted on: carriers get them wrong. Codes: data element
1650 of the X12 dictionary (see docs/feeds/x12-214.md).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from carrier_adapter.formats.instants import BadInstant, local_instant
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable, clean, number_of
from contracts.vocabulary import ScanStatus as S
from contracts.vocabulary import TimeQuality

#: Element 1650, shipment status.
STATUSES: dict[str, tuple[S, str]] = {
    "A3": (S.RETURNED, "to_seller"),
    "A7": (S.UNDELIVERABLE, "refused"),
    "A9": (S.DAMAGED, "in_transit"),
    "AA": (S.PRE_TRANSIT, "pickup_scheduled"),
    "AF": (S.IN_TRANSIT, "departed_facility"),
    "AG": (S.NOTE, "information"),
    "AH": (S.ATTEMPT_FAILED, "other"),
    "AI": (S.IN_TRANSIT, "forwarded"),
    "AJ": (S.OUT_FOR_DELIVERY, "loaded"),
    "AM": (S.IN_TRANSIT, "processed"),
    "AN": (S.IN_TRANSIT, "handed_over"),
    "AP": (S.ATTEMPT_FAILED, "other"),
    "AR": (S.IN_TRANSIT, "arrived_facility"),
    "AV": (S.IN_TRANSIT, "arrived_local_depot"),
    "AW": (S.READY_FOR_PICKUP, "depot"),
    "B6": (S.NOTE, "information"),
    "BA": (S.IN_TRANSIT, "handed_over"),
    "BC": (S.ON_HOLD, "carrier"),
    "C1": (S.NOTE, "information"),
    "CA": (S.CANCELLED, "other"),
    "CD": (S.NOTE, "information"),
    "CL": (S.NOTE, "information"),
    "CP": (S.PICKED_UP, "collected"),
    "D1": (S.DELIVERED, "recipient"),
    "I1": (S.IN_TRANSIT, "arrived_facility"),
    "J1": (S.IN_TRANSIT, "handed_over"),
    "K1": (S.IN_TRANSIT, "customs_started"),
    "L1": (S.NOTE, "information"),
    "OA": (S.IN_TRANSIT, "departed_facility"),
    "OO": (S.PRE_TRANSIT, "pickup_failed"),
    "P1": (S.IN_TRANSIT, "departed_facility"),
    "PR": (S.ON_HOLD, "customs"),
    "R1": (S.IN_TRANSIT, "handed_over"),
    "RL": (S.IN_TRANSIT, "departed_facility"),
    "S1": (S.IN_TRANSIT, "arrived_local_depot"),
    "SD": (S.DELAYED, "carrier"),
    "X1": (S.IN_TRANSIT, "arrived_local_depot"),
    "X2": (S.NOTE, "information"),
    "X3": (S.PRE_TRANSIT, "pickup_started"),
    "X4": (S.IN_TRANSIT, "arrived_facility"),
    "X5": (S.IN_TRANSIT, "arrived_local_depot"),
    "X6": (S.IN_TRANSIT, "moving"),
    "X8": (S.PRE_TRANSIT, "pickup_started"),
    "XB": (S.PRE_TRANSIT, "info_received"),
}

#: Element 1652, appointment status, where AT7 has no 1650: it moves nothing.
APPOINTMENTS = frozenset({"AA", "AB", "AC", "AD", "AE", "X9"})

#: Element 623, time code: zones that keep summer time, and fixed offsets in hours.
ZONES = {
    "PT": "America/Los_Angeles",
    "MT": "America/Denver",
    "CT": "America/Chicago",
    "ET": "America/New_York",
    "AT": "America/Halifax",
    "NT": "America/St_Johns",
}
OFFSETS = {
    "PS": -8,
    "PD": -7,
    "MS": -7,
    "MD": -6,
    "CS": -6,
    "CD": -5,
    "ES": -5,
    "ED": -4,
    "TS": -4,
    "TD": -3,
    "GM": 0,
    "UT": 0,
}

_HEAD = 106  #: Characters of an ISA segment, its terminator included.
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{2})(\d{2})(\d{2})?\d{0,2}")


@dataclass(slots=True)
class _Shipment:
    """What one ST … SE says before and around its AT7."""

    number: str | None = None
    carrier: str | None = None
    statuses: list[list[str]] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one file. Raises `Unparsable`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    if "\x00" in text:
        raise Unparsable("the file holds a NUL")
    shipments = list(_shipments(text))
    records: list[Record] = []
    for shipment in shipments:
        for place, elements in enumerate(shipment.statuses):
            records.append(_record(len(records), shipment, elements, shipment.places.get(place), zone))
    if len(records) > MOST_RECORDS:
        raise Unparsable(f"more than {MOST_RECORDS} records in one push")
    return Feed(tuple(records), None if records else "no transaction set has a shipment status (AT7)")


def _segments(text: str) -> Iterator[list[str]]:
    """Split a file into segments, interchange by interchange: each ISA says how."""
    rest = text.lstrip()
    if not rest.startswith("ISA"):
        raise Unparsable("the file does not begin with ISA")
    while rest:
        if len(rest) < _HEAD:
            raise Unparsable("the interchange header is cut short")
        separator, terminator = rest[3], rest[_HEAD - 1]
        if separator.isalnum() or terminator.isalnum():
            raise Unparsable("the interchange header has the wrong length")
        after = re.search(rf"{re.escape(terminator)}\s*IEA{re.escape(separator)}[^{re.escape(terminator)}]*", rest)
        end = after.end() if after else len(rest)
        for segment in rest[:end].split(terminator):
            if segment.strip():
                yield [element.strip() for element in segment.strip().split(separator)]
        rest = rest[end:].lstrip(terminator).lstrip()
        if rest and not rest.startswith("ISA"):
            return


def _shipments(text: str) -> Iterator[_Shipment]:
    current: _Shipment | None = None
    kinds: set[str] = set()
    for elements in _segments(text):
        match elements[0]:
            case "ST":
                kinds.add(elements[1] if len(elements) > 1 else "")
                current = _Shipment() if elements[1:2] == ["214"] else None
            case "SE":
                if current is not None:
                    yield current
                current = None
            case _ if current is not None:
                _take(current, elements)
    if current is not None:
        yield current
    if not kinds:
        raise Unparsable("the interchange has no transaction set")
    if "214" not in kinds:
        raise Unparsable("the interchange has no transaction set 214")


def _take(shipment: _Shipment, elements: list[str]) -> None:
    match elements[0]:
        case "B10":
            shipment.number = number_of(_at(elements, 2)) or number_of(_at(elements, 1))
            shipment.carrier = _at(elements, 3) or None
        case "L11" if shipment.number is None and _at(elements, 2) in ("97", "2I", "CN"):
            shipment.number = number_of(_at(elements, 1))
        case "AT7":
            shipment.statuses.append(elements)
        case "MS1" if shipment.statuses:
            parts = [clean(part, 60) for part in elements[1:4]]
            shipment.places[len(shipment.statuses) - 1] = ", ".join(part for part in parts if part)


def _at(elements: list[str], place: int) -> str:
    return elements[place] if place < len(elements) else ""


def _record(index: int, shipment: _Shipment, elements: list[str], place: str | None, zone: ZoneInfo) -> Record:
    code, appointment = _at(elements, 1), _at(elements, 3)
    date, time, time_code = _at(elements, 5), _at(elements, 6), _at(elements, 7)
    problem = None if shipment.number else "no_tracking_number"
    moment, quality = None, TimeQuality.NONE
    if date:
        try:
            moment, quality = _instant(date, time, time_code, zone)
        except BadInstant:
            problem = problem or "bad_time"
    if code:
        status, sub = STATUSES.get(code, (None, None))
    elif appointment in APPOINTMENTS:
        status, sub = S.NOTE, "information"
    else:
        status, sub = None, None
    if status is None:
        problem = problem or "unmapped_code"
    reason = _at(elements, 2) or _at(elements, 4)
    return Record(
        index=index,
        tracking_number=shipment.number,
        status=status,
        sub_status=sub,
        occurred_at=moment,
        time_quality=quality,
        raw_time=" ".join(part for part in (date, time, time_code) if part) or None,
        raw_code=code or appointment or None,
        raw_text=f"reason {reason}" if reason else None,
        place=place or None,
        problem=problem,
    )


def _instant(date: str, time: str, code: str, zone: ZoneInfo) -> tuple[datetime, TimeQuality]:
    day, hour = _DATE.fullmatch(date), _TIME.fullmatch(time or "0000")
    if day is None or hour is None:
        raise BadInstant("not a date and time of X12")
    second = min(int(hour[3] or 0), 59)
    parts = (int(day[1]), int(day[2]), int(day[3]), int(hour[1]), int(hour[2]), second, 0)
    if code in OFFSETS:
        moment, _ = local_instant(*parts, None, ZoneInfo("UTC"))
        fixed = timezone(timedelta(hours=OFFSETS[code]))
        return moment.replace(tzinfo=fixed), TimeQuality.OFFSET if OFFSETS[code] else TimeQuality.UTC
    if code in ZONES:
        moment, _ = local_instant(*parts, None, ZoneInfo(ZONES[code]))
        return moment, TimeQuality.OFFSET
    return local_instant(*parts, None, zone)
