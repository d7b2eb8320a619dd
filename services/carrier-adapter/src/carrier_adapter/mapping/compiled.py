"""A mapping file at work: compiled once, then it reads pushes like any format written in code."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import BadInstant
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable, number_of, slug_of
from carrier_adapter.mapping.document import MappingFile, Meaning, Time, folded
from carrier_adapter.mapping.expressions import Expression, is_there, is_true, jmespath_of, text_of, xpath_of
from carrier_adapter.mapping.instants import read_as
from carrier_adapter.mapping.layouts import Layout, layout_of
from carrier_adapter.mapping.meanings import ON_THE_WAY_BACK, StatusTable
from carrier_adapter.mapping.sources import NoRow, read_document
from contracts.vocabulary import Fault, Leg, TimeQuality
from contracts.vocabulary import ScanStatus as S

MOST_LETTERS: Final = 300  #: Of a code, a time or a place.


def format_of(mapping: MappingFile) -> Format:
    """Compile *mapping* to a format. Raises `BadExpression`."""
    compiled = CompiledMapping(mapping)
    return Format(mapping.format, mapping.title, compiled.parse, mapping.schemes, mapping.answer)


@dataclass(frozen=True, slots=True)
class _When:
    """How to find and read a time."""

    parts: tuple[Expression, ...]
    layouts: tuple[Layout, ...]
    offset: Expression | None = None
    zone: ZoneInfo | None = None  #: None: the account's.
    zone_by: Expression | None = None
    zones: dict[str, ZoneInfo] | None = None
    trust_offset: bool = True
    required: bool = False

    def raw(self, at: Any) -> str | None:
        """Give the text of the time."""
        found = [text for part in self.parts if (text := text_of(part(at)))]
        return (found[0] if len(found) == 1 else " ".join(found)[:MOST_LETTERS].rstrip()) if found else None

    def read(self, raw: str, at: Any, account_zone: ZoneInfo) -> tuple[datetime, TimeQuality]:
        """Read it. Raises `BadInstant`."""
        zone = self.zone or account_zone
        if self.zone_by is not None and self.zones is not None:
            zone = self.zones.get(folded(text_of(self.zone_by(at)) or ""), zone)
        offset = text_of(self.offset(at)) if self.offset is not None else None
        return read_as(raw, self.layouts, zone, offset, trust_offset=self.trust_offset, zones=self.zones)


class CompiledMapping:
    """The expressions and tables of a mapping file."""

    def __init__(self, mapping: MappingFile) -> None:
        self._mapping = mapping
        self._is_xml = mapping.reads == "xml"
        scan = mapping.scan
        self._recognise = self._all(mapping.recognise)
        self._shipments = self._one(mapping.shipments)
        self._parcels = self._one(mapping.parcels)
        self._scans = self._one(mapping.scans)
        self._test = self._one(mapping.test)
        self._number = self._all(scan.number)
        self._code = self._all(scan.code)
        self._text = self._all(scan.text)
        self._place = self._all(scan.place)
        self._carrier = self._all(scan.carrier)
        self._record_id = self._all(scan.record_id)
        self._return_leg = self._one(scan.return_leg)
        self._signed = self._one(scan.signed)
        self._attempt = self._one(scan.attempt)
        self._when = self._time(scan.time) if scan.time else None
        self._estimate = self._time(scan.estimate) if scan.estimate else None
        self._statuses = StatusTable(mapping.statuses, len(scan.code))
        self._statuses_on_return = StatusTable(mapping.statuses_on_return, len(scan.code))

    def _one(self, text: str | None) -> Expression | None:
        if text is None:
            return None
        return xpath_of(text, self._mapping.namespaces) if self._is_xml else jmespath_of(text)

    def _all(self, texts: tuple[str, ...]) -> tuple[Expression, ...]:
        return tuple(found for text in texts if (found := self._one(text)) is not None)

    def _time(self, time: Time) -> _When:
        by = time.zone_of
        return _When(
            parts=self._all(time.from_),
            layouts=tuple(layout_of(layout) for layout in time.layouts),
            offset=self._one(time.offset),
            zone=ZoneInfo(time.zone) if time.zone != "account" else None,
            zone_by=self._one(by.by) if by else None,
            zones={folded(key): ZoneInfo(zone) for key, zone in by.zones.items()} if by else None,
            trust_offset=time.trust_offset,
            required=time.required,
        )

    def parse(self, body: bytes, zone: ZoneInfo) -> Feed:
        """Read one push. Raises `Unparsable`."""
        document = read_document(self._mapping, body)
        root = document if self._is_xml else {"push": document}
        if not any(is_there(recognised(root)) for recognised in self._recognise):
            raise Unparsable(f"this is no {self._mapping.title}")
        test = self._test is not None and is_true(self._test(root))
        records: list[Record] = []
        for place in self._places(root):
            if len(records) == MOST_RECORDS:
                raise Unparsable(f"more than {MOST_RECORDS} records in one push")
            index = len(records)
            if place is None:
                records.append(Record(index, None, problem="no_record"))
            else:
                records.append(self._record(index, place, zone, test=test))
        return Feed(tuple(records), None if records else "the push holds no scans")

    def _places(self, root: Any) -> Iterator[Any]:
        """Give the place of each scan; None for what stands in its list, and is none."""
        push = root if self._is_xml else root["push"]
        for shipment in _listed(self._shipments(root)) if self._shipments else [push]:
            in_shipment = shipment if self._is_xml else {"push": push, "shipment": shipment}
            for parcel in _listed(self._parcels(in_shipment)) if self._parcels else [shipment]:
                in_parcel = parcel if self._is_xml else in_shipment | {"parcel": parcel}
                for scan in _listed(self._scans(in_parcel)) if self._scans else [parcel]:
                    if self._is_xml:
                        yield scan if hasattr(scan, "itertext") else None
                    else:
                        yield in_parcel | {"scan": scan} if _is_record(scan) else None

    def _record(self, index: int, at: Any, zone: ZoneInfo, *, test: bool) -> Record:
        number = _first(self._number, at, number_of)
        problem = None if number else "no_tracking_number"
        raw_time, moment, quality = None, None, TimeQuality.NONE
        if self._when is not None and (raw_time := self._when.raw(at)) is not None:
            try:
                moment, quality = self._when.read(raw_time, at, zone)
            except BadInstant:
                problem = problem or "bad_time"
        elif self._when is not None and self._when.required:
            problem = problem or "bad_time"
        parts = [text_of(part(at)) or "" for part in self._code]
        code = _code_of(parts)
        back = self._return_leg is not None and is_true(self._return_leg(at))
        status, sub_status, leg, fault = self._meaning(parts, back=back)
        signed = status is S.DELIVERED and self._signed is not None and is_true(self._signed(at))
        if status is None:
            problem = problem or "unmapped_code"
        return Record(
            index=index,
            tracking_number=number,
            status=status,
            sub_status="signed" if signed and sub_status == "recipient" else sub_status,
            occurred_at=moment,
            time_quality=quality,
            raw_time=raw_time,
            raw_code=code,
            raw_text=_first(self._text, at, text_of),
            place=self._place_of(at),
            carrier=_first(self._carrier, at, slug_of),
            leg=leg,
            signed=signed,
            attempt_no=_count(self._attempt(at)) if self._attempt else None,
            fault=fault,
            estimated_at=self._estimated(at, zone),
            record_id=_first(self._record_id, at, text_of),
            problem=problem or ("test_mode" if test else None),
        )

    def _meaning(self, parts: list[str], *, back: bool) -> tuple[S | None, str | None, Leg | None, Fault | None]:
        leg = Leg.RETURN if back else None
        if back:
            known, meaning = self._statuses_on_return.meaning_of(parts)
            if known:
                return _parts_of(meaning, leg)
        _, meaning = self._statuses.meaning_of(parts)
        status, sub_status, leg, fault = _parts_of(meaning, leg)
        if back and status is not None and status in ON_THE_WAY_BACK:
            status, sub_status = ON_THE_WAY_BACK[status]
        return status, sub_status, leg, fault

    def _place_of(self, at: Any) -> str | None:
        parts = [text for part in self._place if (text := text_of(part(at)))]
        return ", ".join(dict.fromkeys(parts))[:MOST_LETTERS].rstrip() or None

    def _estimated(self, at: Any, zone: ZoneInfo) -> datetime | None:
        if self._estimate is None or (raw := self._estimate.raw(at)) is None:
            return None
        try:
            return self._estimate.read(raw, at, zone)[0]
        except BadInstant:
            return None


def _code_of(parts: list[str]) -> str | None:
    """Give a code as it is kept and shown: its parts, without empty ones at the end."""
    last = max((n for n, part in enumerate(parts, 1) if part), default=0)
    return "/".join(parts[:last])[:MOST_LETTERS].rstrip() or None


def _parts_of(meaning: Meaning | None, leg: Leg | None) -> tuple[S | None, str | None, Leg | None, Fault | None]:
    if meaning is None:
        return None, None, leg, None
    return meaning.status, meaning.sub_status, meaning.leg or leg, meaning.fault


def _is_record(scan: Any) -> bool:
    return isinstance(scan, dict | list) and not isinstance(scan, NoRow)


def _listed(found: Any) -> list[Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _first(expressions: tuple[Expression, ...], at: Any, read: Callable[[Any], str | None]) -> str | None:
    """Give what the first expression that finds something gives."""
    for expression in expressions:
        if (found := read(text_of(expression(at)))) is not None:
            return found
    return None


def _count(value: Any) -> int | None:
    text = text_of(value)
    return int(text) if text is not None and text.isascii() and text.isdigit() and 0 < int(text) < 100 else None
