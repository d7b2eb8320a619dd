"""The words of tracking: 18 statuses in three classes, their subs, and how sure a time is.

Place moves a parcel, condition says what is wrong with it and leaves the place alone, note does neither.
"""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ScanStatus(StrEnum):
    """What one tracking record says."""

    UNKNOWN = "unknown"  #: The source says that it knows nothing; moves nothing.
    PRE_TRANSIT = "pre_transit"  #: A label or a booking; nobody has the parcel yet.
    PICKED_UP = "picked_up"  #: The carrier has it: collected, or dropped off.
    IN_TRANSIT = "in_transit"  #: It moves, or lies in a facility on its way.
    OUT_FOR_DELIVERY = "out_for_delivery"  #: On the vehicle to the consignee.
    ATTEMPT_FAILED = "attempt_failed"  #: Somebody came and could not hand it over; counts (R8).
    READY_FOR_PICKUP = "ready_for_pickup"  #: Waits for the consignee at a counter or in a locker.
    DELIVERED = "delivered"  #: The consignee, or a place they accept, has it. Ends the leg.
    UNDELIVERABLE = "undeliverable"  #: The carrier gave up on this address; what follows is open.
    RETURNING = "returning"  #: On its way back. Opens the return leg.
    RETURNED = "returned"  #: Back with the seller. Ends the leg.
    LOST = "lost"  #: Declared lost; a later scan may find it again.
    DESTROYED = "destroyed"  #: Disposed of. Ends the leg; counts as loss (R9).
    CANCELLED = "cancelled"  #: The carrier's booking was cancelled; alerts, moves nothing (R9).
    DELAYED = "delayed"  #: Late, by the carrier's own word.
    ON_HOLD = "on_hold"  #: Stopped until something is settled.
    DAMAGED = "damaged"  #: Harmed on the way.
    NOTE = "note"  #: Words that neither move the parcel nor say that anything is wrong.


class ScanClass(StrEnum):
    """Which of the three kinds of record a status is."""

    PLACE = "place"
    CONDITION = "condition"
    NOTE = "note"


class Leg(StrEnum):
    """Which way the parcel goes."""

    OUTBOUND = "outbound"
    RETURN = "return"


class TimeQuality(StrEnum):
    """How the instant of a scan was found."""

    UTC = "utc"  #: The text said Z or +00:00, or was an epoch number.
    OFFSET = "offset"  #: The text carried an offset.
    NAIVE_LOCAL = "naive_local"  #: Local time; the facility's or the account's zone was applied.
    DATE_ONLY = "date_only"  #: A date without a time; the end of that local day was taken.
    NONE = "none"  #: No time; the time of receipt counts.


class Fault(StrEnum):
    """Who caused a failure (R24)."""

    SELLER = "seller"
    CARRIER = "carrier"
    BUYER = "buyer"
    CUSTOMS = "customs"
    WEATHER = "weather"
    PLATFORM = "platform"
    UNKNOWN = "unknown"


CONDITIONS: Final = frozenset({ScanStatus.DELAYED, ScanStatus.ON_HOLD, ScanStatus.DAMAGED})

#: Proof that somebody has the parcel (RULES, "Physical scan").
PHYSICAL: Final = frozenset(
    {
        ScanStatus.PICKED_UP,
        ScanStatus.IN_TRANSIT,
        ScanStatus.OUT_FOR_DELIVERY,
        ScanStatus.ATTEMPT_FAILED,
        ScanStatus.READY_FOR_PICKUP,
        ScanStatus.DELIVERED,
        ScanStatus.UNDELIVERABLE,
        ScanStatus.RETURNING,
        ScanStatus.RETURNED,
        ScanStatus.DESTROYED,
        ScanStatus.DAMAGED,
    }
)

SUB_STATUSES: Final[Mapping[ScanStatus, tuple[str, ...]]] = MappingProxyType(
    {
        ScanStatus.UNKNOWN: ("not_found", "invalid_number", "unmapped", "expired", "other"),
        ScanStatus.PRE_TRANSIT: (
            *("label_created", "info_received", "pickup_requested", "pickup_scheduled", "pickup_started"),
            *("pickup_failed", "awaiting_dropoff", "other"),
        ),
        ScanStatus.PICKED_UP: ("collected", "dropped_off", "accepted"),
        ScanStatus.IN_TRANSIT: (
            *("moving", "processed", "arrived_facility", "departed_facility", "handed_over"),
            *("arrived_destination_country", "departed_origin_country", "arrived_local_depot"),
            *("arrived_pickup_point", "customs_started", "customs_released", "forwarded", "rescheduled"),
            "missorted",
        ),
        ScanStatus.OUT_FOR_DELIVERY: ("loaded", "recipient_contacted", "appointment"),
        ScanStatus.ATTEMPT_FAILED: (
            *("nobody_home", "business_closed", "address_problem", "no_access", "id_check_failed"),
            *("payment_unpaid", "notice_left", "no_contact", "refused", "security", "other"),
        ),
        ScanStatus.READY_FOR_PICKUP: ("pickup_point", "locker", "depot", "other"),
        ScanStatus.DELIVERED: (
            *("recipient", "signed", "neighbour", "safe_place", "locker", "po_box", "reception"),
            *("collected", "cod_paid", "partial", "damaged", "other"),
        ),
        ScanStatus.UNDELIVERABLE: (
            *("attempts_exhausted", "address_problem", "refused", "prohibited", "out_of_area", "deceased"),
            "other",
        ),
        ScanStatus.RETURNING: ("refused", "unclaimed", "undeliverable", "moved", "other"),
        ScanStatus.RETURNED: ("to_seller", "to_warehouse", "other"),
        ScanStatus.LOST: ("carrier_declared", "presumed_silence", "presumed_attempts", "presumed_unacknowledged"),
        ScanStatus.DESTROYED: ("disposed", "other"),
        ScanStatus.CANCELLED: ("before_handover", "after_handover", "auto_no_update", "other"),
        ScanStatus.DELAYED: ("carrier", "weather", "customs", "force_majeure", "missed_promise", "other"),
        ScanStatus.ON_HOLD: (
            *("customs", "payment", "address", "documents", "security", "recipient_request", "intercepted"),
            *("carrier", "other"),
        ),
        ScanStatus.DAMAGED: ("in_transit", "other"),
        ScanStatus.NOTE: (
            *("information", "relabelled", "repacked", "problem_resolved", "payment_received"),
            *("buyer_notified_by_carrier", "proof_added"),
        ),
    }
)


def scan_class(status: ScanStatus) -> ScanClass:
    """Say which class *status* belongs to."""
    if status in CONDITIONS:
        return ScanClass.CONDITION
    return ScanClass.NOTE if status is ScanStatus.NOTE else ScanClass.PLACE


def carrier_slug(name: str) -> str:
    """Fold the spellings of a carrier's name into one: ``"Canada Post"`` and ``"CanadaPost"`` are ``canadapost``."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def tracking_key(number: str) -> str:
    """Fold the spellings of a tracking number into one: upper case, letters and digits only.

    Full-width letters and digits become plain ones first; spaces and dashes go.
    """
    return "".join(letter for letter in unicodedata.normalize("NFKC", number).upper() if letter.isalnum())
