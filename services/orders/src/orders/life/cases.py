"""What is asked for, owed, sent back and complained of about an order: its cases."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from contracts.orders.v1 import ReturnStatus
from orders.life.parcel import Parcel


class RefundState(StrEnum):
    """Where a refund stands (R13)."""

    DUE = "due"  #: Owed by rule; on its way to the shop's payment system.
    REQUESTED = "requested"  #: The buyer asked; the seller decides.
    APPROVED = "approved"  #: The seller agreed; on its way to the shop's payment system.
    ISSUED = "issued"  #: The payment system has paid it out.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back: at most one per cause, set of parcels and lines."""

    id: UUID
    cause: str  #: ``cancelled``, ``returned``, ``lost_in_return``, ``request``, ``modified``
    parcels: tuple[int, ...]  #: Empty: the whole order.
    amount: Decimal
    state: RefundState
    reason: str | None = None
    lines: tuple[tuple[str, int], ...] = ()  #: (SKU, quantity) of the one parcel; empty: all that is in the parcels.
    asked_at: datetime | None = None  #: When the buyer asked; None where a rule made it due.


class RequestKind(StrEnum):
    """What a request asks for."""

    CANCELLATION = "cancellation"  #: R25.
    ADDRESS = "address"  #: R10.
    LINES = "lines"  #: R11.


class RequestState(StrEnum):
    """Where a request stands (R11)."""

    REQUESTED = "requested"
    APPLIED = "applied"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked for the order to be changed or called off."""

    id: UUID
    kind: RequestKind
    state: RequestState
    by: str  #: ``buyer`` or ``seller``.
    asked_at: datetime
    decided_at: datetime | None = None
    words: str | None = None  #: Why it is asked for, or what is wished, in the words of who asked.
    reason: str | None = None  #: Why it was refused.


@dataclass(frozen=True, slots=True)
class Return:
    """Things on their way back from the buyer (R12)."""

    id: UUID
    of_parcel: int  #: The outbound parcel that they came in.
    parcel: Parcel  #: What they travel back in; its lines are what comes back.
    status: ReturnStatus
    words: str  #: The buyer's reason.
    asked_at: datetime
    approved_at: datetime | None = None
    instructions: str | None = None  #: How to pack and send it.
    reason: str | None = None  #: Why it was refused.
    received_at: datetime | None = None
    intact: tuple[tuple[str, int], ...] = ()  #: (SKU, quantity) that was checked in unharmed.


class ComplaintKind(StrEnum):
    """What a buyer complains of (R14)."""

    EMPTY = "empty"
    INCOMPLETE = "incomplete"
    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    FRAUDULENT = "fraudulent"
    HAZARDOUS = "hazardous"
    FALSE_LABEL = "false_label"
    NOT_RECEIVED = "not_received"


class ComplaintState(StrEnum):
    """Where a complaint stands (R14)."""

    OPEN = "open"
    ANSWERED = "answered"  #: The seller has said something; the operator decides.
    UPHELD = "upheld"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A buyer's complaint; it stands on the shop's record."""

    id: UUID
    kind: ComplaintKind
    state: ComplaintState
    parcel: int | None  #: None: it is about the whole order.
    words: str
    opened_at: datetime
    evidence: tuple[str, ...] = ()  #: Files.
    answer: str | None = None  #: The seller's.
    reason: str | None = None  #: Of the operator's decision.
    decided_at: datetime | None = None


class Party(StrEnum):
    """Whose fault something is, or who bears its cost (R24)."""

    SELLER = "seller"
    CARRIER = "carrier"
    BUYER = "buyer"
    CUSTOMS = "customs"
    WEATHER = "weather"
    PLATFORM = "platform"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """Whose fault a failed delivery, a loss, a damage or a return is; the last one said of a parcel counts (R24)."""

    parcel: int  #: Of a parcel, or of a return.
    fault: Party
    bears: Party  #: Who bears the cost.
    words: str
    at: datetime
    evidence: tuple[str, ...] = ()  #: Files.
