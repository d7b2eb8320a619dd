"""What `orders` says: what became of an order, how scans were judged, which policy a shop has."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.event import Contract, Event
from contracts.policy import Policy
from contracts.vocabulary import ScanStatus


class OrderStatus(StrEnum):
    """Where an order stands. Buyers and sellers see PLACED and CONFIRMED as Pending (R1)."""

    PLACED = "placed"  #: Firm: paid, or accepted as cash on delivery. Its clocks run.
    CONFIRMED = "confirmed"  #: The seller has the items and accepts (R2).
    PROCESSED = "processed"  #: Packed and complete; ready to hand over (R3).
    SHIPPED = "shipped"  #: Marked by the seller, or seen by a carrier past collection (R5).
    DELIVERED = "delivered"  #: Every parcel that could be delivered is, and at least one is.
    CANCELLED = "cancelled"  #: Called off; stays so whatever is scanned later.
    RETURNED = "returned"  #: Nothing is left with the buyer and something came back.


class Fulfilment(StrEnum):
    """Who ships (R5)."""

    SHIP_BY_SELLER = "ship_by_seller"
    SHIP_BY_TIKTOK = "ship_by_tiktok"


class Handover(StrEnum):
    """How a Ship-by-TikTok parcel reaches the marketplace's logistics (R5)."""

    PICK_UP = "pick_up"
    DROP_OFF = "drop_off"


class PaymentMethod(StrEnum):
    """How the buyer pays (R19)."""

    CARD = "card"
    WALLET = "wallet"
    CASH_ON_DELIVERY = "cash_on_delivery"


class Badge(StrEnum):
    """What stands beside the status (R1), worst last."""

    AWAITING_SIGNATURE = "awaiting_signature"
    DELAYED = "delayed"
    DAMAGED = "damaged"
    LOST = "lost"


class ParcelState(Contract):
    """What is known of one parcel, folded from its evidence; all times are business times."""

    number: int  #: 1, 2, … within its order.
    carrier: str | None = None
    place: ScanStatus | None = None  #: The last status of class place that moved it.
    place_at: AwareDatetime | None = None
    first_physical_at: AwareDatetime | None = None  #: Clears D5; D4 needs it.
    collected_at: AwareDatetime | None = None  #: The collection scan; D3 runs from it for Ship by TikTok.
    moved_at: AwareDatetime | None = None  #: The last movement; a later one than `lost_at` clears D9.
    attempts: int = 0  #: Failed delivery attempts that count (R8).
    delivered_at: AwareDatetime | None = None  #: With a signature where R7 asks for one.
    awaiting_signature_at: AwareDatetime | None = None
    unsigned: bool = False  #: Delivered without the signature that R7 asks for (D10).
    returning_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    delayed_at: AwareDatetime | None = None  #: D3 was applied; starts D7.
    carrier_delay: bool = False  #: The carrier's own word; a badge until later movement.
    lost_at: AwareDatetime | None = None  #: Declared, or presumed by D4 or R8; starts D9.
    damaged_at: AwareDatetime | None = None  #: Starts D9.
    closed_at: AwareDatetime | None = None  #: Given up by R9; its lines are refundable.
    estimated_at: AwareDatetime | None = None


class OrderState(Contract):
    """An order without a word about its buyer: what deadlines and messages need to know."""

    order_id: UUID
    shop_id: UUID
    version: int  #: 1 at placement, then one more with each change.
    status: OrderStatus
    fulfilment: Fulfilment
    handover: Handover | None = None
    service: str | None = None  #: Of Ship by TikTok; chooses the delivery period (D3).
    payment: PaymentMethod
    placed_at: AwareDatetime
    promised_at: AwareDatetime | None = None
    shipped_at: AwareDatetime | None = None  #: Marked, or by the first physical scan past collection.
    first_physical_at: AwareDatetime | None = None  #: Of any parcel.
    cancelled_at: AwareDatetime | None = None
    refund_due: bool = False  #: Something prepaid is on its way back.
    refundable: bool = False  #: Something was paid that may still be given back (R13).
    badge: Badge | None = None
    policy: Policy
    parcels: list[ParcelState]


class Happening(StrEnum):
    """What can happen to an order that somebody is told of, or that a reader may count."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    PROCESSED = "processed"
    SHIPPED = "shipped"
    COLLECTED = "collected"  #: The carrier fetched the parcel (Pick Up).
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    AWAITING_SIGNATURE = "awaiting_signature"
    SIGNATURE_MISSING = "signature_missing"  #: D10 came.
    DELAYED = "delayed"
    LOST = "lost"
    DAMAGED = "damaged"
    CORRECTED = "corrected"  #: Lost, and then it was seen or delivered after all.
    RETURNING = "returning"
    RETURNED = "returned"
    PARCEL_CLOSED = "parcel_closed"  #: R9 gave one parcel of several up.
    CANCELLED = "cancelled"
    REFUND_REQUESTED = "refund_requested"
    REFUND_ISSUED = "refund_issued"
    REFUND_REFUSED = "refund_refused"
    MIX_UP = "mix_up"  #: Scanned by a carrier that is not the parcel's (R6).
    CARRIER_CANCELLED = "carrier_cancelled"
    SCANNED_AFTER_CANCELLATION = "scanned_after_cancellation"
    DELIVERED_AFTER_CANCELLATION = "delivered_after_cancellation"


class Occurrence(Contract):
    """One thing that happened to an order or to one of its parcels."""

    happening: Happening
    fact: str  #: Names the fact within its order, for ever; `orders` announces no fact twice.
    parcel: int | None = None
    at: AwareDatetime  #: When it happened, by the evidence.
    detail: dict[str, str] = {}  #: Impersonal values for the wording: ``by``, ``amount``, ``carrier`` …


class OrderChanged(Event):
    """All that one transaction did to one order: the new state, and what happened to get there."""

    stream: ClassVar[str] = "ORDERS"
    subjects: ClassVar[tuple[str, ...]] = ("orders.v1.changed",)

    state: OrderState
    occurrences: list[Occurrence] = []


class Verdict(StrEnum):
    """The bucket of the books that a scan record is in."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    UNMATCHED = "unmatched"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


class Judgement(Contract):
    """What became of one scan record; a later one replaces it."""

    scan_id: UUID
    verdict: Verdict
    reason: str | None = None


class ScansJudged(Event):
    """Verdicts of one transaction, many at a time."""

    stream: ClassVar[str] = "ORDERS"
    subjects: ClassVar[tuple[str, ...]] = ("orders.v1.scans_judged",)

    judgements: list[Judgement]


class PolicyPublished(Event):
    """A shop has a new policy; orders placed from now on are pinned to it."""

    stream: ClassVar[str] = "ORDERS"
    subjects: ClassVar[tuple[str, ...]] = ("orders.v1.policy_published",)

    shop_id: UUID
    policy: Policy
