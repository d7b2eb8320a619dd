"""What `orders` says: what became of an order, how scans were judged, which policy a shop has."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

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
    handed_over_at: AwareDatetime | None = None  #: To its carrier (R6); starts D13.
    pickup_asked_at: AwareDatetime | None = None  #: The carrier was asked to fetch it; starts D13.
    first_physical_at: AwareDatetime | None = None  #: Clears D5 and D13; D4 needs it.
    collected_at: AwareDatetime | None = None  #: The collection scan; D3 runs from it for Ship by TikTok.
    moved_at: AwareDatetime | None = None  #: The last movement; a later one than `lost_at` clears D9.
    attempts: int = 0  #: Failed delivery attempts that count (R8).
    delivered_at: AwareDatetime | None = None  #: With a signature where R7 asks for one.
    awaiting_signature_at: AwareDatetime | None = None
    disputed_at: AwareDatetime | None = None  #: The buyer says that it did not come (R22); clears D10.
    unsigned: bool = False  #: Delivered without the signature that R7 asks for (D10).
    returning_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    delayed_at: AwareDatetime | None = None  #: D3 was applied; starts D7.
    carrier_delay: bool = False  #: The carrier's own word; a badge until later movement.
    lost_at: AwareDatetime | None = None  #: Declared, or presumed by D4 or R8; starts D9.
    damaged_at: AwareDatetime | None = None  #: Starts D9.
    lost_in_return_at: AwareDatetime | None = None  #: D11 was applied: it never came back.
    closed_at: AwareDatetime | None = None  #: Given up by R9; its lines are refundable.
    estimated_at: AwareDatetime | None = None


class AskKind(StrEnum):
    """What a buyer asks for and the seller answers; left unanswered, it is approved (D12)."""

    CANCELLATION = "cancellation"
    REFUND = "refund"
    RETURN = "return"


class Ask(Contract):
    """A request that waits for the seller's answer."""

    id: UUID
    kind: AskKind
    asked_at: AwareDatetime


class ReturnStatus(StrEnum):
    """Where a return stands (R12)."""

    REQUESTED = "requested"
    REFUSED = "refused"
    EXPECTED = "expected"  #: Approved; the carrier has not seen it yet.
    IN_TRANSIT = "in_transit"  #: On its way back.
    RECEIVED = "received"  #: The refund is due.
    LAPSED = "lapsed"  #: Never sent (D8).
    LOST = "lost"  #: Sent, and never came (D11).


class ReturnState(Contract):
    """What is known of one return: a parcel on its way back, with a life of its own."""

    id: UUID
    parcel: int  #: Its number; returns and parcels of an order share one count.
    status: ReturnStatus
    approved_at: AwareDatetime | None = None  #: Starts D8.
    moved_at: AwareDatetime | None = None  #: The first scan of the return leg; clears D8, starts D11.
    received_at: AwareDatetime | None = None


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
    collected_at: AwareDatetime | None = None  #: The first collection scan of any parcel; starts D2.
    updated_at: AwareDatetime | None = None  #: The seller's first tracking update (R23): clears D6, and D5 once.
    cancelled_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None  #: D14 was applied: the return window is over, nothing is open.
    disputed: bool = False  #: A complaint is open or answered (R14); it holds D14 off.
    refund_due: bool = False  #: Something prepaid is on its way back.
    refundable: bool = False  #: Something was paid that may still be given back (R13).
    badge: Badge | None = None
    asks: list[Ask] = []  #: What waits for the seller's answer.
    returns: list[ReturnState] = []
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
    LOST_IN_RETURN = "lost_in_return"  #: D11 came: what was on its way back never arrived.
    CANCELLED = "cancelled"
    CANCELLATION_REQUESTED = "cancellation_requested"  #: R25, after Processed.
    CANCELLATION_REFUSED = "cancellation_refused"
    CHANGE_REQUESTED = "change_requested"  #: An address or lines (R10, R11); ``what`` says which.
    CHANGE_APPLIED = "change_applied"
    CHANGE_REFUSED = "change_refused"
    RETURN_REQUESTED = "return_requested"
    RETURN_APPROVED = "return_approved"
    RETURN_REFUSED = "return_refused"
    RETURN_RECEIVED = "return_received"
    RETURN_LAPSED = "return_lapsed"
    COMPLAINT_OPENED = "complaint_opened"
    COMPLAINT_ANSWERED = "complaint_answered"
    COMPLAINT_UPHELD = "complaint_upheld"
    COMPLAINT_REFUSED = "complaint_refused"
    SHIP_OVERDUE = "ship_overdue"  #: D1 came.
    MARK_SHIPPED_OVERDUE = "mark_shipped_overdue"  #: D2 came.
    COLLECTION_OVERDUE = "collection_overdue"  #: D13 came.
    REFUND_REQUESTED = "refund_requested"
    REFUND_ISSUED = "refund_issued"
    REFUND_REFUSED = "refund_refused"
    MIX_UP = "mix_up"  #: Scanned by a carrier that is not the parcel's (R6).
    CARRIER_CANCELLED = "carrier_cancelled"
    SCANNED_AFTER_CANCELLATION = "scanned_after_cancellation"
    DELIVERED_AFTER_CANCELLATION = "delivered_after_cancellation"
    MARKETPLACE_NOTICE = "marketplace_notice"  #: A marketplace says ``what`` the seller has to look at.


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
    account: str | None = None  #: The carrier account, the first time that the record is judged.


class ScansJudged(Event):
    """Verdicts of one transaction, many at a time."""

    stream: ClassVar[str] = "ORDERS"
    subjects: ClassVar[tuple[str, ...]] = ("orders.v1.scans_judged",)

    judgements: list[Judgement]


class Unheard(Contract):
    """Parcels that were handed to a carrier and that no scan speaks of yet."""

    carrier: str
    account: str | None = None  #: Where their binding names one; else any account of the carrier may speak of them.
    parcels: int


class ParcelsUnheard(Event):
    """What no feed speaks of although it should; a level, said once an hour."""

    stream: ClassVar[str] = "ORDERS"
    subjects: ClassVar[tuple[str, ...]] = ("orders.v1.parcels_unheard",)

    unheard: list[Unheard]


class PolicyPublished(Event):
    """A shop has a new policy; orders placed from now on are pinned to it."""

    stream: ClassVar[str] = "ORDERS"
    subjects: ClassVar[tuple[str, ...]] = ("orders.v1.policy_published",)

    shop_id: UUID
    policy: Policy


class CodeAsked(Event):
    """Somebody who looks at an order wants a one-time code sent to its buyer; the code itself is in no event (R16)."""

    stream: ClassVar[str] = "ORDERS"
    subjects: ClassVar[tuple[str, ...]] = ("orders.v1.code_asked",)

    challenge_id: UUID
    order_id: UUID
    shop_id: UUID
    expires_at: AwareDatetime


class ErasedRecord(Contract):
    """A scan record whose words are to go: where the adapter finds its push, and nothing that a person is known by."""

    scan_id: UUID
    account: str
    received_at: AwareDatetime  #: Of its push; pushes that were committed together share it.


class BuyerErased(Event):
    """The buyer of these orders is erased: whoever keeps words about their parcels lets them go, too.

    Records are named, not tracking numbers: a number may have been another buyer's before. Hearing it twice changes
    nothing.
    """

    stream: ClassVar[str] = "ORDERS"
    subjects: ClassVar[tuple[str, ...]] = ("orders.v1.buyer_erased",)

    order_ids: list[UUID]
    records: Annotated[list[ErasedRecord], Field(max_length=1000)] = []  #: More of them come in further events.
