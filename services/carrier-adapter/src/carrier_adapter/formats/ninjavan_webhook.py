"""Ninja Van's webhook: one event of one parcel in each push.

Statuses and events: "Ninja Van API documentation", Webhooks 1.1 and 2.0 (see docs/feeds/ninjavan-webhook.md). The newer
ones say a coarse `status` and a finer `event`; the finer one alone counts, so one that nobody has mapped moves nothing.

It is no mapping file: there what refines a meaning (the sentence of a reason, a parcel left in a safe place) is part of
the code, and so of a record's identity, which wording must never be.
"""

from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import BadInstant, read_instant
from carrier_adapter.formats.record import Feed, Record, Unparsable, clean, number_of
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.vocabulary import Fault, Leg, TimeQuality
from contracts.vocabulary import ScanStatus as S

STATUSES: dict[str, tuple[S, str]] = {
    # Webhooks 1.1: `status`
    "staging": (S.PRE_TRANSIT, "info_received"),
    "pending pickup": (S.PRE_TRANSIT, "info_received"),
    "pending pickup at distribution point": (S.PICKED_UP, "dropped_off"),
    "van en-route to pickup": (S.PRE_TRANSIT, "pickup_started"),
    "pickup fail": (S.PRE_TRANSIT, "pickup_failed"),
    "successful pickup": (S.PICKED_UP, "collected"),
    "en-route to sorting hub": (S.PICKED_UP, "collected"),
    "arrived at sorting hub": (S.IN_TRANSIT, "arrived_facility"),
    "arrived at origin hub": (S.IN_TRANSIT, "arrived_facility"),
    "on vehicle for delivery": (S.OUT_FOR_DELIVERY, "loaded"),
    "on vehicle for delivery (rts)": (S.RETURNING, "undeliverable"),
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
    # Webhooks 2.0: `event`
    "driver dispatched for pickup": (S.PRE_TRANSIT, "pickup_started"),
    "pending pickup, shipper dropoff": (S.PRE_TRANSIT, "other"),
    "pickup exception": (S.PRE_TRANSIT, "pickup_failed"),
    "pickup exception, pending reschedule": (S.PRE_TRANSIT, "pickup_failed"),
    "pickup exception, reattempt scheduled": (S.PRE_TRANSIT, "pickup_scheduled"),
    "pickup exception, max attempts reached": (S.PRE_TRANSIT, "pickup_failed"),
    "pickup exception, pending retrieval from pudo": (S.PRE_TRANSIT, "pickup_failed"),
    "picked up": (S.PICKED_UP, "collected"),
    "picked up, in transit to origin hub": (S.PICKED_UP, "collected"),
    "arrived at transit hub": (S.IN_TRANSIT, "arrived_facility"),
    "arrived at destination hub": (S.IN_TRANSIT, "arrived_local_depot"),
    "in transit to next sorting hub": (S.IN_TRANSIT, "departed_facility"),
    "at pudo, pending customer collection": (S.READY_FOR_PICKUP, "pickup_point"),
    "delivered": (S.DELIVERED, "recipient"),
    "delivered, received by customer": (S.DELIVERED, "recipient"),
    "delivered, left at doorstep": (S.DELIVERED, "safe_place"),
    "delivered, collected by customer": (S.DELIVERED, "collected"),
    "delivery exception, pending reschedule": (S.ATTEMPT_FAILED, "other"),
    "delivery exception, reattempt scheduled": (S.IN_TRANSIT, "rescheduled"),
    "delivery exception, max attempts reached": (S.UNDELIVERABLE, "attempts_exhausted"),
    "delivery exception, parcel overstayed at pudo": (S.UNDELIVERABLE, "other"),
    "delivery exception, return to sender initiated": (S.RETURNING, "undeliverable"),
    "delivery exception, parcel lost": (S.LOST, "carrier_declared"),
    "delivery exception, parcel damaged": (S.DAMAGED, "in_transit"),
    "return to shipper exception, max attempts reached": (S.RETURNING, "other"),
    "return to shipper exception, parcel triggered for shipper collection": (S.RETURNING, "other"),
    "return to shipper exception, parcel collected by shipper": (S.RETURNED, "to_seller"),
    "return to shipper exception, parcel scrapped": (S.DESTROYED, "disposed"),
    "international transit, fulfillment request submitted": (S.PRE_TRANSIT, "info_received"),
    "international transit, fulfillment packed": (S.PRE_TRANSIT, "other"),
    "international transit, en route to origin facility": (S.PRE_TRANSIT, "other"),
    "international transit, handed over to origin facility": (S.IN_TRANSIT, "handed_over"),
    "international transit, arrived at origin facility": (S.IN_TRANSIT, "arrived_facility"),
    "international transit, processed at origin facility": (S.IN_TRANSIT, "processed"),
    "international transit, handed over to linehaul": (S.IN_TRANSIT, "handed_over"),
    "international transit, export cleared": (S.IN_TRANSIT, "customs_released"),
    "international transit, linehaul scheduled": (S.NOTE, "information"),
    "international transit, linehaul departed": (S.IN_TRANSIT, "departed_origin_country"),
    "international transit, linehaul arrived": (S.IN_TRANSIT, "arrived_destination_country"),
    "international transit, customs cleared": (S.IN_TRANSIT, "customs_released"),
    "international transit, customs held": (S.ON_HOLD, "customs"),
    "international transit, handed over to last mile": (S.IN_TRANSIT, "handed_over"),
    "international transit, returned to sender at origin facility": (S.RETURNED, "to_seller"),
    "international transit, returned to xb warehouse": (S.RETURNED, "to_warehouse"),
    "international transit, parcel disposed": (S.DESTROYED, "disposed"),
    "international transit, parcel lost": (S.LOST, "carrier_declared"),
    "international transit, parcel damaged": (S.DAMAGED, "in_transit"),
}

#: Why nobody took a parcel, by the documented sentence (`comments` in 1.1, `failure_reason` in 2.0).
REASONS: dict[str, tuple[S, str]] = {
    "residential address, but no one to receive": (S.ATTEMPT_FAILED, "nobody_home"),
    "office address, open but no one to receive": (S.ATTEMPT_FAILED, "nobody_home"),
    "address is correct but customer is not available": (S.ATTEMPT_FAILED, "nobody_home"),
    "nobody at address/location": (S.ATTEMPT_FAILED, "nobody_home"),
    "office address, closed": (S.ATTEMPT_FAILED, "business_closed"),
    "address on awb is incorrect": (S.ATTEMPT_FAILED, "address_problem"),
    "incomplete address provided (no unit number, block number, etc.)": (S.ATTEMPT_FAILED, "address_problem"),
    "specified address was incorrect or recipient has moved": (S.ATTEMPT_FAILED, "address_problem"),
    "driver cannot find location (lat-long issues)": (S.ATTEMPT_FAILED, "address_problem"),
    "location is inaccessible (restricted area)": (S.ATTEMPT_FAILED, "no_access"),
    "refused entry by security personnel": (S.ATTEMPT_FAILED, "no_access"),
    "package is fine - unable to collect cod": (S.ATTEMPT_FAILED, "payment_unpaid"),
    # Offered and declined: not an attempt (R8).
    "package is fine - customer wishes to cancel order": (S.UNDELIVERABLE, "refused"),
    # Nobody came to the door, so these are no attempts either.
    "i had insufficient time to complete all my deliveries": (S.DELAYED, "carrier"),
    "vehicle breakdown": (S.DELAYED, "carrier"),
    "delay due to unexpected traffic conditions": (S.DELAYED, "carrier"),
    "unattempted - parcel issues": (S.DELAYED, "carrier"),
    "delay due to natural disasters or nationwide emergencies": (S.DELAYED, "force_majeure"),
}

#: Why a parcel goes back, likewise.
RETURN_REASONS: dict[str, tuple[S, str]] = {
    "return to sender: item refused at doorstep": (S.RETURNING, "refused"),
    "return to sender: refused to pay cod": (S.RETURNING, "refused"),
}

#: On the way back these mean something else than on the way out; what is not here says its `leg`, and no more.
_ON_THE_WAY_BACK: dict[S, tuple[S, str]] = {
    S.DELIVERED: (S.RETURNED, "to_seller"),
    S.OUT_FOR_DELIVERY: (S.RETURNING, "undeliverable"),
    S.ATTEMPT_FAILED: (S.RETURNING, "undeliverable"),
    S.UNDELIVERABLE: (S.RETURNING, "undeliverable"),
    S.READY_FOR_PICKUP: (S.RETURNING, "undeliverable"),
}

#: Objects of 2.0 whose `state` ends the event's name.
_WITH_STATE = (
    *("picked_up_information", "arrived_at_pudo_information", "pickup_exception", "delivery_information"),
    *("delivery_exception", "international_transit_information"),
)

#: Objects of 2.0 that say where.
_WITH_HUB = (
    *("arrived_at_origin_hub_information", "arrived_at_transit_hub_information"),
    *("arrived_at_destination_hub_information", "in_transit_to_next_sorting_hub_information"),
)


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one push. Raises `Unparsable`."""
    push = as_object(read_json(body))
    code = _code_of(push)
    number = number_of(push.get("tracking_id")) or number_of(push.get("tracking_number"))
    if code is None and number is None:
        raise Unparsable("this is no Ninja Van event: it has neither a tracking_id nor a status")
    problem = None if number else "no_tracking_number"
    raw_time = clean(push.get("timestamp"), 64)
    moment, quality = None, TimeQuality.NONE
    if raw_time:
        try:
            moment, quality = read_instant(raw_time, zone)
        except BadInstant:
            problem = problem or "bad_time"
    text = clean(push.get("comments")) or clean(_within(push, "delivery_exception").get("failure_reason"))
    back = push.get("is_parcel_on_rts_leg") is True
    status, sub = STATUSES.get((code or "").casefold(), (None, None))
    if status in (S.ATTEMPT_FAILED, S.RETURNING):
        reasons = REASONS if status is S.ATTEMPT_FAILED else RETURN_REASONS
        status, sub = reasons.get((text or "").casefold(), (status, sub))
    if status is not None and back:
        status, sub = _ON_THE_WAY_BACK.get(status, (status, sub))
    signed = False
    if status is S.DELIVERED:
        signed, left = _proof(push)
        sub = "signed" if signed else "safe_place" if left else sub
    record = Record(
        index=0,
        tracking_number=number,
        status=status,
        sub_status=sub,
        occurred_at=moment,
        time_quality=quality,
        raw_time=raw_time,
        raw_code=code,
        raw_text=text,
        place=_place(push),
        leg=Leg.RETURN if back else None,
        signed=signed,
        attempt_no=1 if code is not None and code.casefold() == "first attempt delivery fail" else None,
        fault=Fault.CARRIER if status is S.DELAYED and sub == "carrier" else None,
        problem=problem or ("unmapped_code" if status is None else None),
    )
    return Feed((record,))


def _within(push: dict[str, Any], name: str) -> dict[str, Any]:
    found = push.get(name)
    return found if isinstance(found, dict) else {}


def _code_of(push: dict[str, Any]) -> str | None:
    """Give `event`, or put it together from `status` and the `state` of what goes with it."""
    event, status = clean(push.get("event"), 120), clean(push.get("status"), 60)
    if event or not status:
        return event
    state = next((said for name in _WITH_STATE if (said := clean(_within(push, name).get("state"), 60))), None)
    return f"{status}, {state}" if state else status


def _proof(push: dict[str, Any]) -> tuple[bool, bool]:
    """Say whether somebody signed for the parcel, and whether it was left where nobody had to.

    Asked only about deliveries: at a pick-up, it is the sender who signs.
    """
    old, new = _within(push, "pod"), _within(_within(push, "delivery_information"), "proof")
    left = old.get("left_in_safe_place") is True or new.get("left_in_safe_place") is True
    image = clean(old.get("uri"), 1000) or clean(new.get("signature_uri"), 1000)
    return image is not None and not left, left


def _place(push: dict[str, Any]) -> str | None:
    for name in _WITH_HUB:
        hub = _within(push, name)
        parts = [clean(hub.get(part), 80) for part in ("hub", "city", "country")]
        if any(parts):
            return ", ".join(part for part in parts if part)
    return None


FORMAT: Final = Format("ninjavan-webhook", "Ninja Van webhooks 1.1 and 2.0, JSON", parse, ("ninjavan",))
