"""GS1 EPCIS 2.0 in JSON and JSON-LD: capture documents, query documents, and single events.

One record for each event and object: the EPCs of an object event, the parent (logistic unit) of an aggregation.
Business steps and dispositions: GS1 Core Business Vocabulary 2.0 (see docs/feeds/epcis-2-json.md).
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import BadInstant, read_instant
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable, clean, number_of
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.vocabulary import Leg, TimeQuality
from contracts.vocabulary import ScanStatus as S

Meaning = tuple[S, str] | None  #: None: it may mean several things.

#: What a business step means of a parcel, whatever its disposition.
STEPS: dict[str, Meaning] = {
    "arriving": (S.IN_TRANSIT, "arrived_facility"),
    "consigning": (S.IN_TRANSIT, "handed_over"),
    "departing": (S.IN_TRANSIT, "departed_facility"),
    "destroying": (S.DESTROYED, "disposed"),
    "holding": (S.ON_HOLD, "other"),
    "loading": (S.IN_TRANSIT, "processed"),
    "repackaging": (S.NOTE, "repacked"),
    "shipping": (S.IN_TRANSIT, "departed_facility"),
    "staging_outbound": (S.PRE_TRANSIT, "other"),
    "transporting": (S.IN_TRANSIT, "moving"),
    "unloading": (S.IN_TRANSIT, "processed"),
    "void_shipping": (S.CANCELLED, "other"),
    "accepting": None,  # the carrier, or the consignee
    "receiving": None,  # a warehouse on the way, or the consignee
}

#: What a disposition means, whatever the business step.
DISPOSITIONS: dict[str, Meaning] = {
    "damaged": (S.DAMAGED, "in_transit"),
    "destroyed": (S.DESTROYED, "disposed"),
    "stolen": (S.LOST, "carrier_declared"),
}

#: A business step with its disposition, where the two say more together.
PAIRS: dict[tuple[str, str], Meaning] = {
    **{
        (step, "returned"): (S.RETURNING, "other")
        for step in ("shipping", "departing", "loading", "transporting", "unloading", "arriving", "consigning")
    },
    ("receiving", "returned"): (S.RETURNED, "other"),
    ("accepting", "returned"): (S.RETURNED, "other"),
}

#: What a disposition means of an event without a business step.
ALONE: dict[str, Meaning] = {
    "in_transit": (S.IN_TRANSIT, "moving"),
}

#: Types of events that are of objects, and the fields that name them, the surest first.
_OBJECTS: Final = {
    "ObjectEvent": ("epcList",),
    "AggregationEvent": ("parentID", "childEPCs"),
    "AssociationEvent": ("parentID", "childEPCs"),
    "TransactionEvent": ("parentID", "epcList"),
}
_NO_PARCELS: Final = frozenset({"TransformationEvent"})  #: Goods become other goods.

#: A word of the vocabulary: bare, as a URN, as a Web URI, or with the vocabulary's prefix.
_WORD: Final = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp):|(?:https?://(?:ref|ns)\.gs1\.org/cbv/|cbv:)(?:BizStep|Disp)-)?([a-z_]{1,40})",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"[+-]\d{2}:\d{2}|Z", re.ASCII)
_NAIVE: Final = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.,]+", re.ASCII)
_LONGEST_ID: Final = 120  #: Characters of an eventID that are kept as they are.


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one document. Raises `Unparsable`."""
    records: list[Record] = []
    for event in _events(read_json(body)):
        records += _records(len(records), event, zone)
        if len(records) > MOST_RECORDS:
            raise Unparsable(f"more than {MOST_RECORDS} records in one push")
    return Feed(tuple(records), None if records else "the document has no event of an object")


def _events(document: Any) -> Iterator[Any]:
    """Give a document's events: those of its list, or itself."""
    if isinstance(document, list):
        yield from document
        return
    kind = _kind(as_object(document))
    if kind in _OBJECTS or kind in _NO_PARCELS:
        yield document
        return
    body = document.get("epcisBody")
    if not isinstance(body, dict):
        raise Unparsable("the document is no EPCIS document: it has no epcisBody, and is no event")
    if isinstance(results := body.get("queryResults"), dict):
        body = results.get("resultsBody")
    listed = body.get("eventList", body.get("event")) if isinstance(body, dict) else None
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list):
        raise Unparsable("the document's epcisBody has no eventList")
    yield from listed


def _kind(event: dict[str, Any]) -> str:
    named = event.get("type", event.get("@type", event.get("isA")))
    return named.rpartition(":")[2] if isinstance(named, str) else ""


def _records(first: int, event: Any, zone: ZoneInfo) -> list[Record]:
    kind = _kind(event) if isinstance(event, dict) else ""
    if kind in _NO_PARCELS:
        return []
    if kind not in _OBJECTS:
        return [Record(first, None, problem="no_record")]
    told = _Told(event, zone)
    objects = _objects(event, _OBJECTS[kind])[: MOST_RECORDS + 1] or [None]
    return [told.record(first + place, one, alone=len(objects) == 1) for place, one in enumerate(objects)]


def _objects(event: dict[str, Any], fields: tuple[str, ...]) -> list[Any]:
    for name in fields:
        value = event.get(name)
        if isinstance(value, str) and value:
            return [value]
        if isinstance(value, list) and value:
            return value
    return []


class _Told:
    """What an event says of each of its objects."""

    def __init__(self, event: dict[str, Any], zone: ZoneInfo) -> None:
        self.step, self.disposition = _word(event.get("bizStep")), _word(event.get("disposition"))
        self.withdrawn = isinstance(event.get("errorDeclaration"), dict)
        self.meaning = (S.NOTE, "information") if self.withdrawn else _meaning(self.step, self.disposition)
        self.event_id = clean(event.get("eventID"))
        self.place = _id(event.get("readPoint")) or _id(event.get("bizLocation"))
        self.raw_time = clean(event.get("eventTime"), 64)
        self.moment: datetime | None = None
        self.quality, self.problem = TimeQuality.NONE, None if self.meaning else "unmapped_code"
        try:
            self.moment, self.quality = _instant(event, zone)
        except BadInstant:
            self.problem = "bad_time"

    def record(self, index: int, epc: Any, *, alone: bool) -> Record:
        """Give the record of one object; *alone*: it is the event's only one."""
        number = number_of(epc) if isinstance(epc, str) else None
        status, sub = self.meaning or (None, None)
        return Record(
            index=index,
            tracking_number=number,
            status=status,
            sub_status=sub,
            occurred_at=self.moment,
            time_quality=self.quality,
            raw_time=self.raw_time,
            raw_code=self.step or self.disposition,
            raw_text=self._text(),
            place=self.place,
            leg=Leg.RETURN if status in (S.RETURNING, S.RETURNED) else None,
            record_id=self._record_id(number, alone=alone),
            problem=self.problem if number else "no_tracking_number",
        )

    def _text(self) -> str | None:
        parts = ("withdrawn" if self.withdrawn else "", f"disposition {self.disposition}" if self.disposition else "")
        return clean("; ".join(part for part in parts if part))

    def _record_id(self, number: str | None, *, alone: bool) -> str | None:
        """Give the event's own id, with the object's where it has several; as a digest where that is too long."""
        if self.event_id is None:
            return None
        whole = self.event_id if alone else f"{self.event_id} {number}"
        return whole if len(whole) <= _LONGEST_ID else hashlib.sha256(whole.encode()).hexdigest()


def _meaning(step: str | None, disposition: str | None) -> Meaning:
    if disposition in DISPOSITIONS:
        return DISPOSITIONS[disposition]
    if step is None:
        return ALONE.get(disposition or "")
    return PAIRS.get((step, disposition or ""), STEPS.get(step))


def _word(value: Any) -> str | None:
    """Give a word of the vocabulary bare, and any other as it is written."""
    text = clean(value, 100)
    found = _WORD.fullmatch(text) if text else None
    return found[1] if found else text


def _id(value: Any) -> str | None:
    return clean(value.get("id") if isinstance(value, dict) else value)


def _instant(event: dict[str, Any], zone: ZoneInfo) -> tuple[datetime, TimeQuality]:
    """Read eventTime; eventTimeZoneOffset counts where it has no offset of its own. Raises `BadInstant`."""
    told, offset = event.get("eventTime"), event.get("eventTimeZoneOffset")
    if isinstance(told, str) and isinstance(offset, str) and _NAIVE.fullmatch(told) and _OFFSET.fullmatch(offset):
        told += offset
    return read_instant(told, zone)


FORMAT: Final = Format(
    "epcis-2-json", "GS1 EPCIS 2.0 events, JSON or JSON-LD", parse, ("bearer", "hmac-sha256", "basic")
)
