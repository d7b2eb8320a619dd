"""A parcel as `orders` holds it: what is in it, its tracking numbers, and what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.orders.v1 import Badge, ParcelState
from contracts.vocabulary import Leg, ScanStatus, TimeQuality


class Origin(StrEnum):
    """Who a piece of evidence comes from."""

    REPORTED = "reported"  #: A carrier said so.
    DERIVED = "derived"  #: A deadline that was applied, a rule's conclusion.


class Mark(StrEnum):
    """What evidence that is no scan says of a parcel: rules, the seller, the buyer."""

    DELAYED = "delayed"  #: D3 was applied.
    LOST = "lost"  #: D4 was applied.
    UNSIGNED = "unsigned"  #: D10 was applied: delivered without a signature.
    CONFIRMED = "confirmed"  #: The buyer confirmed receipt (R22).
    CLOSED = "closed"  #: Given up after its grace (R9).
    LOST_IN_RETURN = "lost_in_return"  #: D11 was applied.
    PICKUP_ASKED = "pickup_asked"  #: The seller asked the carrier to fetch it.
    HANDED_OVER = "handed_over"  #: The seller gave it to the carrier (R6).
    UPDATED = "updated"  #: The seller recorded a tracking update (R23).
    DISPUTED = "disputed"  #: The buyer says that it did not come (R22).


@dataclass(frozen=True, slots=True)
class Evidence:
    """One scan record that was applied to a parcel."""

    scan_id: UUID
    identity: str
    carrier: str
    status: ScanStatus
    scanned_at: datetime | None
    received_at: datetime
    time_quality: TimeQuality = TimeQuality.UTC
    sub_status: str | None = None
    leg: Leg | None = None
    signed: bool = False
    attempt_no: int | None = None
    raw_code: str | None = None
    raw_text: str | None = None
    place: str | None = None
    estimated_at: datetime | None = None


Found = Mapping[int, Sequence[Evidence]]  #: New evidence, by the number of the parcel that it is about.


@dataclass(frozen=True, slots=True)
class DerivedMark:
    """What a rule or a person concluded about a parcel; kept beside its scans for ever."""

    mark: Mark
    at: datetime  #: The due time of the deadline that was applied, or when the person said it.


@dataclass(frozen=True, slots=True)
class Binding:
    """A tracking number of a parcel: with whom, by which account, from when to when."""

    carrier: str  #: Slug.
    tracking_number: str  #: As `contracts.vocabulary.tracking_key` folds it.
    valid_from: datetime
    valid_to: datetime | None = None
    account: str | None = None
    shared_with: UUID | None = None  #: The order in whose package it travels (combined packages).


class ParcelStep(StrEnum):
    """How far the seller is with a parcel, before carriers have it."""

    UNLABELLED = "unlabelled"
    LABELLED = "labelled"  #: Its label was checked (R4).
    BOOKED = "booked"  #: A carrier was asked to fetch it, or it is to be dropped off (R5).
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One package of an order, on its way out or, of a return, on its way back."""

    number: int
    lines: tuple[tuple[str, int], ...]  #: (SKU, quantity)
    state: ParcelState
    bindings: tuple[Binding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    marks: tuple[DerivedMark, ...] = ()
    step: ParcelStep = ParcelStep.UNLABELLED


def is_with_buyer(parcel: ParcelState) -> bool:
    """Say whether the buyer has it: delivered, and not on its way back since."""
    return parcel.delivered_at is not None and parcel.returning_at is None and parcel.returned_at is None


def can_still_be_delivered(parcel: ParcelState) -> bool:
    """Say whether delivery is still possible: it is neither there, nor given up, nor going back, nor destroyed."""
    gone = parcel.closed_at or parcel.returning_at or parcel.returned_at
    return not gone and parcel.delivered_at is None and parcel.place is not ScanStatus.DESTROYED


def badges_of(parcel: ParcelState) -> list[Badge]:
    """Give what stands beside one parcel; nothing beside one that is given up or back, no delay once it is there."""
    if parcel.closed_at or parcel.returned_at:
        return []
    found = []
    if parcel.awaiting_signature_at:
        found.append(Badge.AWAITING_SIGNATURE)
    elif not parcel.delivered_at and (parcel.delayed_at or parcel.carrier_delay):
        found.append(Badge.DELAYED)
    if parcel.damaged_at:
        found.append(Badge.DAMAGED)
    if parcel.lost_at:
        found.append(Badge.LOST)
    return found
