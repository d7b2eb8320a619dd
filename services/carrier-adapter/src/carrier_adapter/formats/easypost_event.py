"""EasyPost's events: `tracker.created` and `tracker.updated` carry a tracker with its whole list of details.

Statuses and details: EasyPost API documentation, "Trackers" (see docs/feeds/easypost-event.md).
Code, and no mapping file: which status leaves it to its detail, what a test is in a list of trackers, and why an event
holds no scans, a mapping cannot say.
"""

from collections.abc import Iterator
from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import BadInstant, read_instant
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable, clean, number_of, slug_of
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.vocabulary import Fault, TimeQuality
from contracts.vocabulary import ScanStatus as S

#: By `status_detail`, where the status leaves it to that.
DETAILS: dict[str, tuple[S, str]] = {
    "label_created": (S.PRE_TRANSIT, "label_created"),
    "received_at_origin_facility": (S.PICKED_UP, "accepted"),
    "departed_origin_facility": (S.IN_TRANSIT, "departed_facility"),
    "departed_facility": (S.IN_TRANSIT, "departed_facility"),
    "arrived_at_facility": (S.IN_TRANSIT, "arrived_facility"),
    "arrived_at_destination": (S.IN_TRANSIT, "arrived_local_depot"),
    "received_at_destination_facility": (S.IN_TRANSIT, "arrived_local_depot"),
    "transferred_to_destination_carrier": (S.IN_TRANSIT, "handed_over"),
    "missorted": (S.IN_TRANSIT, "missorted"),
    "arrived_at_pickup_location": (S.READY_FOR_PICKUP, "pickup_point"),
    "delivery_exception": (S.ATTEMPT_FAILED, "other"),
    "refused": (S.UNDELIVERABLE, "refused"),
    "return": (S.RETURNING, "other"),
    "lost": (S.LOST, "carrier_declared"),
    "damaged": (S.DAMAGED, "in_transit"),
    "address_correction": (S.ON_HOLD, "address"),
    "awaiting_information": (S.ON_HOLD, "other"),
    "held": (S.ON_HOLD, "carrier"),
    "delayed": (S.DELAYED, "carrier"),
    "transit_exception": (S.DELAYED, "carrier"),
    "weather_delay": (S.DELAYED, "weather"),
    "expired": (S.UNKNOWN, "expired"),
}

#: By `status`, where there is no detail, or one that says no more.
STATUSES: dict[str, tuple[S, str]] = {
    "unknown": (S.UNKNOWN, "other"),
    "error": (S.UNKNOWN, "other"),
    "pre_transit": (S.PRE_TRANSIT, "info_received"),
    "in_transit": (S.IN_TRANSIT, "moving"),
    "out_for_delivery": (S.OUT_FOR_DELIVERY, "loaded"),
    "available_for_pickup": (S.READY_FOR_PICKUP, "pickup_point"),
    "delivered": (S.DELIVERED, "recipient"),
    "return_to_sender": (S.RETURNING, "other"),
    "failure": (S.UNDELIVERABLE, "other"),
    "cancelled": (S.CANCELLED, "before_handover"),
}

#: Both together, where that says more than either; None is a contradiction, which nobody should guess at.
PAIRS: dict[tuple[str, str], tuple[S, str] | None] = {
    ("pre_transit", "label_created"): (S.PRE_TRANSIT, "label_created"),
    ("delivered", "damaged"): (S.DELIVERED, "damaged"),
    ("delivered", "refused"): None,
    ("delivered", "return"): None,
    ("delivered", "lost"): None,
    ("out_for_delivery", "delivery_exception"): None,
    ("out_for_delivery", "refused"): None,
    ("out_for_delivery", "return"): None,
    ("out_for_delivery", "lost"): None,
    ("return_to_sender", "refused"): (S.RETURNING, "refused"),
}

#: Statuses that leave it to the detail: one of them spans many, the others are used for whatever went wrong.
_OPEN = ("in_transit", "failure", "unknown", "error")


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one push. Raises `Unparsable`."""
    push = as_object(read_json(body))
    if not any(name in push for name in ("result", "object", "tracking_code", "trackers", "events")):
        raise Unparsable("this is no EasyPost event: it has no result")
    silence = "the event carries no tracker"
    records: list[Record] = []
    for thing, test in _things(push):
        kind = clean(thing.get("object"), 40)
        # Shipments, insurances and refunds have a tracking_code as well.
        if kind != "Tracker" and not (kind is None and "tracking_code" in thing):
            silence = f"the event is about a {kind or 'thing'}, not a tracker"
            continue
        details = thing.get("tracking_details")
        if not isinstance(details, list) or not details:
            silence = "the tracker has no details yet"
            continue
        if len(records) + len(details) > MOST_RECORDS:
            raise Unparsable(f"more than {MOST_RECORDS} records in one push")
        records += _tracker(thing, details, len(records), zone, test=test)
    return Feed(tuple(records), None if records else silence)


def _things(push: dict[str, Any], *, test: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Give what a push is about, and whether it is a test: an event's result, a list's items, or the thing itself."""
    test = test or push.get("mode") == "test"
    if isinstance(result := push.get("result"), dict):
        yield from _things(result, test=test)
        return
    for name in ("trackers", "events"):
        if isinstance(many := push.get(name), list):
            for one in many:
                if isinstance(one, dict):
                    yield from _things(one, test=test)
            return
    if push.get("object") != "Event" and "result" not in push:
        yield push, test


def _tracker(
    tracker: dict[str, Any], details: list[Any], start: int, zone: ZoneInfo, *, test: bool
) -> Iterator[Record]:
    """Give a record for each detail, the first one numbered *start*."""
    delivered = (n for n, one in enumerate(details) if isinstance(one, dict) and one.get("status") == "delivered")
    last = max(delivered, default=None)
    signer = clean(tracker.get("signed_by"))
    has_signer = signer is not None and signer.casefold() not in ("null", "none")
    for n, detail in enumerate(details):
        yield _record(start + n, detail, tracker, zone, test=test, signed=has_signer and n == last)


def _record(index: int, detail: Any, tracker: dict[str, Any], zone: ZoneInfo, *, test: bool, signed: bool) -> Record:
    number, carrier = number_of(tracker.get("tracking_code")), slug_of(tracker.get("carrier"))
    if not isinstance(detail, dict):
        return Record(index, number, carrier=carrier, problem="no_record")
    code, finer = clean(detail.get("status"), 60), clean(detail.get("status_detail"), 60)
    problem = None if number else "no_tracking_number"
    raw_time = clean(detail.get("datetime"), 64)
    moment, quality = None, TimeQuality.NONE
    if raw_time:
        try:
            moment, quality = read_instant(raw_time, zone)
        except BadInstant:
            problem = problem or "bad_time"
    status, sub = _meaning(code, finer)
    signed = signed and status is S.DELIVERED
    if status is None:
        problem = problem or "unmapped_code"
    return Record(
        index=index,
        tracking_number=number,
        status=status,
        sub_status="signed" if signed and sub == "recipient" else sub,
        occurred_at=moment,
        time_quality=quality,
        raw_time=raw_time,
        raw_code=f"{code}/{finer}" if code and finer and finer != "unknown" else code or finer,
        raw_text=clean(detail.get("message")),
        place=_place(detail.get("tracking_location")),
        carrier=carrier,
        signed=signed,
        fault=Fault.WEATHER if sub == "weather" else None,
        estimated_at=_estimate(tracker.get("est_delivery_date"), zone),
        problem=problem or ("test_mode" if test else None),
    )


def _meaning(code: str | None, finer: str | None) -> tuple[S, str] | tuple[None, None]:
    """Say what the two words mean together."""
    if code and finer and (code, finer) in PAIRS:
        return PAIRS[code, finer] or (None, None)
    if code is not None and code not in STATUSES:
        return None, None
    if (code is None or code in _OPEN) and finer in DETAILS:
        return DETAILS[finer]
    return STATUSES[code] if code else (None, None)


def _place(location: Any) -> str | None:
    if not isinstance(location, dict):
        return None
    parts = [clean(location.get(name), 80) for name in ("city", "state", "country")]
    return ", ".join(part for part in parts if part) or None


def _estimate(text: Any, zone: ZoneInfo) -> Any:
    try:
        return read_instant(text, zone)[0]
    except BadInstant:
        return None


FORMAT: Final = Format("easypost-event", "EasyPost tracker events, JSON", parse, ("easypost",))
