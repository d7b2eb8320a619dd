"""Ninja Van's webhook: one event of one parcel in each push.

Statuses: Ninja Van developer documentation, "Webhooks" 1.1 and 2.0 (see docs/feeds/ninjavan-webhook.md). The newer ones
say a coarse `status` and a finer `event`; the finer one counts.
"""

from zoneinfo import ZoneInfo

from carrier_adapter.formats.instants import BadInstant, read_instant
from carrier_adapter.formats.record import Feed, Record, Unparsable, clean, number_of
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.vocabulary import ScanStatus as S
from contracts.vocabulary import TimeQuality

STATUSES: dict[str, tuple[S, str]] = {
    # Webhooks 1.1
    "staging": (S.PRE_TRANSIT, "info_received"),
    "pending pickup": (S.PRE_TRANSIT, "info_received"),
    "pending pickup at distribution point": (S.PRE_TRANSIT, "awaiting_dropoff"),
    "van en-route to pickup": (S.PRE_TRANSIT, "pickup_started"),
    "pickup fail": (S.PRE_TRANSIT, "pickup_failed"),
    "successful pickup": (S.PICKED_UP, "collected"),
    "en-route to sorting hub": (S.PICKED_UP, "collected"),
    "arrived at sorting hub": (S.IN_TRANSIT, "arrived_facility"),
    "arrived at origin hub": (S.IN_TRANSIT, "arrived_facility"),
    "on vehicle for delivery": (S.OUT_FOR_DELIVERY, "loaded"),
    "completed": (S.DELIVERED, "recipient"),
    "successful delivery": (S.DELIVERED, "recipient"),
    "pending reschedule": (S.ATTEMPT_FAILED, "other"),
    "first attempt delivery fail": (S.ATTEMPT_FAILED, "other"),
    "arrived at distribution point": (S.READY_FOR_PICKUP, "pickup_point"),
    "transferred to 3pl": (S.IN_TRANSIT, "handed_over"),
    "cross border transit": (S.IN_TRANSIT, "moving"),
    "customs cleared": (S.IN_TRANSIT, "customs_released"),
    "customs held": (S.ON_HOLD, "customs"),
    "on hold": (S.ON_HOLD, "carrier"),
    "cancelled": (S.CANCELLED, "before_handover"),
    "return to sender triggered": (S.RETURNING, "undeliverable"),
    "returned to sender": (S.RETURNED, "to_seller"),
    "parcel size": (S.NOTE, "information"),
    "parcel weight": (S.NOTE, "information"),
    "parcel measurements update": (S.NOTE, "information"),
    # Webhooks 2.0
    "driver dispatched for pickup": (S.PRE_TRANSIT, "pickup_started"),
    "pickup exception, max attempts reached": (S.PRE_TRANSIT, "pickup_failed"),
    "picked up, in transit to origin hub": (S.PICKED_UP, "collected"),
    "arrived at transit hub": (S.IN_TRANSIT, "arrived_facility"),
    "arrived at destination hub": (S.IN_TRANSIT, "arrived_local_depot"),
    "in transit to next sorting hub": (S.IN_TRANSIT, "departed_facility"),
    "delivered, received by customer": (S.DELIVERED, "recipient"),
    "delivered, left at doorstep": (S.DELIVERED, "safe_place"),
    "delivered, collected by customer": (S.DELIVERED, "collected"),
    "delivery exception, pending reschedule": (S.ATTEMPT_FAILED, "other"),
    "delivery exception, max attempts reached": (S.UNDELIVERABLE, "attempts_exhausted"),
    "delivery exception, return to sender initiated": (S.RETURNING, "undeliverable"),
}


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one push. Raises `Unparsable`."""
    push = as_object(read_json(body))
    if "tracking_id" not in push and "status" not in push:
        raise Unparsable("this is no Ninja Van event: it has neither tracking_id nor status")
    code = clean(push.get("event")) or clean(push.get("status"))
    number, raw_time = number_of(push.get("tracking_id")), clean(push.get("timestamp"))
    problem = None if number else "no_tracking_number"
    moment, quality = None, TimeQuality.NONE
    if raw_time:
        try:
            moment, quality = read_instant(raw_time, zone)
        except BadInstant:
            problem = problem or "bad_time"
    status, sub = STATUSES.get((code or "").casefold(), (None, None))
    if status is None:
        status, sub = STATUSES.get((clean(push.get("status")) or "").casefold(), (None, None))
    proof = push.get("pod") or push.get("delivery_proof") or push.get("proof_of_delivery")
    signed = isinstance(proof, dict) and bool(proof.get("signature_uri") or proof.get("signature"))
    record = Record(
        index=0,
        tracking_number=number,
        status=status,
        sub_status="signed" if signed and status is S.DELIVERED else sub,
        occurred_at=moment,
        time_quality=quality,
        raw_time=raw_time,
        raw_code=code,
        raw_text=clean(push.get("comments")),
        signed=signed,
        problem=problem or ("unmapped_code" if status is None else None),
    )
    return Feed((record,))
