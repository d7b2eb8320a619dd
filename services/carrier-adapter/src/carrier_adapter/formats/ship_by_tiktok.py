"""The marketplace's own scans for Ship by TikTok, as docs/feeds/ship-by-tiktok.md defines them.

A push holds up to 1,000 scans: collection, movement, attempts, delivery with the consignee's signature, the way back.

It is no mapping file: a record says its own fault, which a mapping reads from its table only; `proof_added` means what
its signature makes of it; and an id or a digest counts only if it is well-formed.
"""

import re
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import BadInstant, read_instant
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable, clean, number_of, slug_of
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.vocabulary import Fault, Leg, TimeQuality
from contracts.vocabulary import ScanStatus as S

LONGEST_ID = 100  #: Characters.

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")

CODES: dict[str, tuple[S, str]] = {
    "label_created": (S.PRE_TRANSIT, "label_created"),
    "pickup_requested": (S.PRE_TRANSIT, "pickup_requested"),
    "pickup_started": (S.PRE_TRANSIT, "pickup_started"),
    "pickup_failed": (S.PRE_TRANSIT, "pickup_failed"),
    "collected": (S.PICKED_UP, "collected"),
    "dropped_off": (S.PICKED_UP, "dropped_off"),
    "arrived": (S.IN_TRANSIT, "arrived_facility"),
    "sorted": (S.IN_TRANSIT, "processed"),
    "departed": (S.IN_TRANSIT, "departed_facility"),
    "arrived_last_mile": (S.IN_TRANSIT, "arrived_local_depot"),
    "customs_started": (S.IN_TRANSIT, "customs_started"),
    "customs_released": (S.IN_TRANSIT, "customs_released"),
    "customs_held": (S.ON_HOLD, "customs"),
    "held": (S.ON_HOLD, "carrier"),
    "out_for_delivery": (S.OUT_FOR_DELIVERY, "loaded"),
    "attempt_failed": (S.ATTEMPT_FAILED, "other"),
    "refused": (S.UNDELIVERABLE, "refused"),
    "undeliverable": (S.UNDELIVERABLE, "other"),
    "ready_for_pickup": (S.READY_FOR_PICKUP, "pickup_point"),
    "delivered": (S.DELIVERED, "recipient"),
    "proof_added": (S.NOTE, "proof_added"),
    "problem_resolved": (S.NOTE, "problem_resolved"),
    "information": (S.NOTE, "information"),
    "delayed": (S.DELAYED, "carrier"),
    "damaged": (S.DAMAGED, "in_transit"),
    "lost": (S.LOST, "carrier_declared"),
    "destroyed": (S.DESTROYED, "disposed"),
    "returning": (S.RETURNING, "other"),
    "returned": (S.RETURNED, "to_seller"),
    "cancelled": (S.CANCELLED, "before_handover"),
}

#: Why an attempt failed, in the feed's own words; they are the vocabulary's.
REASONS = frozenset(
    {
        *("nobody_home", "business_closed", "address_problem", "no_access", "id_check_failed", "payment_unpaid"),
        *("notice_left", "no_contact", "security", "other"),
    }
)


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one push. Raises `Unparsable`."""
    push = as_object(read_json(body))
    if type(push.get("version")) is not int or push["version"] != 1:  # JSON's true and 1.0 are equal to 1 here
        raise Unparsable("version is not 1")
    scans = push.get("scans")
    if not isinstance(scans, list):
        raise Unparsable("scans is not a list")
    if len(scans) > MOST_RECORDS:
        raise Unparsable(f"more than {MOST_RECORDS} records in one push")
    if not scans:
        return Feed((), "scans is empty")
    return Feed(tuple(_record(index, scan, zone) for index, scan in enumerate(scans)))


def _record(index: int, scan: Any, zone: ZoneInfo) -> Record:
    if not isinstance(scan, dict):
        return Record(index, None, problem="no_record")
    number, code = number_of(scan.get("tracking_number")), clean(scan.get("code"), 60)
    found = scan.get("facility")
    facility: dict[str, Any] = found if isinstance(found, dict) else {}
    problem = None if number else "no_tracking_number"
    raw_time, moment, quality = clean(scan.get("at"), 64), None, TimeQuality.NONE
    if raw_time:
        try:
            moment, quality = read_instant(raw_time, _zone_of(facility.get("zone"), zone))
        except BadInstant:
            problem = problem or "bad_time"
    status, sub = CODES.get(code or "", (None, None))
    signed = code in ("delivered", "proof_added") and _is_signature(scan.get("signature"))
    reason, attempt, fault = clean(scan.get("reason"), 60), scan.get("attempt"), scan.get("fault")
    if signed and code == "delivered":
        sub = "signed"
    elif code == "proof_added" and not signed:
        sub = "information"
    elif code == "attempt_failed" and reason == "refused":
        status, sub = S.UNDELIVERABLE, "refused"  # offered and declined: not an attempt (R8)
    elif code == "attempt_failed" and reason in REASONS:
        sub = reason
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
        raw_code=code,
        raw_text=clean(scan.get("text")),
        place=clean(facility.get("name"), 120),
        carrier=slug_of(scan.get("carrier")),
        leg=Leg.RETURN if scan.get("leg") == "return" else Leg.OUTBOUND if scan.get("leg") == "outbound" else None,
        signed=signed,
        attempt_no=attempt if type(attempt) is int and 0 < attempt < 100 else None,
        fault=Fault(fault) if isinstance(fault, str) and fault in set(Fault) else None,
        estimated_at=_estimate(scan.get("estimated_delivery"), zone),
        record_id=_id_of(scan.get("id")),
        problem=problem,
    )


def _is_signature(value: Any) -> bool:
    """Say whether the consignee signed: by name, or with an image whose digest is told."""
    if not isinstance(value, dict):
        return False
    digest = clean(value.get("image_sha256"), 100)
    return clean(value.get("name")) is not None or bool(digest and _DIGEST.fullmatch(digest))


def _id_of(value: Any) -> str | None:
    """Give the record's own id; one that is too long to keep whole could stand for another record, so it is none."""
    text = clean(value, LONGEST_ID + 1)
    return text if text and len(text) <= LONGEST_ID else None


def _zone_of(name: Any, otherwise: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise


def _estimate(text: Any, zone: ZoneInfo) -> Any:
    try:
        return read_instant(text, zone)[0]
    except BadInstant:
        return None


FORMAT: Final = Format("ship-by-tiktok", "the marketplace's own scans, JSON", parse, ("standard-webhooks",))
