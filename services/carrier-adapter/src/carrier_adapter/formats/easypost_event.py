"""EasyPost's events: `tracker.created` and `tracker.updated` carry a tracker with its whole list of details.

Statuses and details: EasyPost API documentation, "Trackers" (see docs/feeds/easypost-event.md).
"""

from typing import Any
from zoneinfo import ZoneInfo

from carrier_adapter.formats.instants import BadInstant, read_instant
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable, clean, number_of, slug_of
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.vocabulary import Fault, TimeQuality
from contracts.vocabulary import ScanStatus as S

#: By `status_detail`, which is the finer of the two.
DETAILS: dict[str, tuple[S, str]] = {
    "label_created": (S.PRE_TRANSIT, "label_created"),
    "awaiting_information": (S.PRE_TRANSIT, "info_received"),
    "in_transit": (S.IN_TRANSIT, "moving"),
    "status_update": (S.IN_TRANSIT, "moving"),
    "received_at_origin_facility": (S.PICKED_UP, "accepted"),
    "departed_origin_facility": (S.IN_TRANSIT, "departed_facility"),
    "departed_facility": (S.IN_TRANSIT, "departed_facility"),
    "arrived_at_facility": (S.IN_TRANSIT, "arrived_facility"),
    "arrived_at_destination": (S.IN_TRANSIT, "arrived_local_depot"),
    "received_at_destination_facility": (S.IN_TRANSIT, "arrived_local_depot"),
    "transferred_to_destination_carrier": (S.IN_TRANSIT, "handed_over"),
    "address_correction": (S.ON_HOLD, "address"),
    "missorted": (S.IN_TRANSIT, "missorted"),
    "delayed": (S.DELAYED, "carrier"),
    "transit_exception": (S.DELAYED, "carrier"),
    "weather_delay": (S.DELAYED, "weather"),
    "held": (S.ON_HOLD, "carrier"),
    "out_for_delivery": (S.OUT_FOR_DELIVERY, "loaded"),
    "arrived_at_pickup_location": (S.READY_FOR_PICKUP, "pickup_point"),
    "delivery_exception": (S.ATTEMPT_FAILED, "other"),
    "damaged": (S.DAMAGED, "in_transit"),
    "lost": (S.LOST, "carrier_declared"),
    "refused": (S.UNDELIVERABLE, "refused"),
    "return": (S.RETURNING, "other"),
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

#: Details that say more than these statuses, and never less.
_FINAL = {"delivered", "return_to_sender", "cancelled", "out_for_delivery", "available_for_pickup"}


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one push. Raises `Unparsable`."""
    push = as_object(read_json(body))
    result = push.get("result")
    if not isinstance(result, dict):
        if "events" in push or push.get("object") == "Event":
            return Feed((), "the event carries no tracker")
        raise Unparsable("this is no EasyPost event: it has no result")
    if "tracking_code" not in result:
        return Feed((), f"the event is about a {clean(result.get('object'), 40) or 'thing'}, not a tracker")
    details = result.get("tracking_details")
    if not isinstance(details, list) or not details:
        return Feed((), "the tracker has no details yet")
    if len(details) > MOST_RECORDS:
        raise Unparsable(f"more than {MOST_RECORDS} records in one push")
    test = push.get("mode") == "test"
    last_delivered = max((n for n, one in enumerate(details) if _status_of(one) == "delivered"), default=None)
    signed = last_delivered if result.get("signed_by") else None
    return Feed(tuple(_record(n, one, result, zone, test=test, signed=n == signed) for n, one in enumerate(details)))


def _status_of(detail: Any) -> Any:
    return detail.get("status") if isinstance(detail, dict) else None


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
    if signed and status is S.DELIVERED:
        sub = "signed"
    if status is None:
        problem = problem or "unmapped_code"
    return Record(
        index=index,
        tracking_number=number,
        status=status,
        sub_status=sub,
        occurred_at=moment,
        time_quality=quality,
        raw_time=raw_time,
        raw_code=f"{code}/{finer}" if finer and finer != "unknown" else code,
        raw_text=clean(detail.get("message")),
        place=_place(detail.get("tracking_location")),
        carrier=carrier,
        signed=signed,
        fault=Fault.WEATHER if finer == "weather_delay" else None,
        estimated_at=_estimate(tracker.get("est_delivery_date"), zone),
        problem=problem or ("test_mode" if test else None),
    )


def _meaning(code: str | None, finer: str | None) -> tuple[S, str] | tuple[None, None]:
    if code in _FINAL and (finer is None or finer not in ("delayed", "refused", "damaged", "lost", "return")):
        return STATUSES[code]
    if finer in DETAILS:
        return DETAILS[finer]
    return STATUSES.get(code or "", (None, None))


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
