"""What a seller, a buyer or the shop's payment system may ask of an order."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from orders.life.cases import ComplaintKind, Party
from orders.life.order import Line


@dataclass(frozen=True, slots=True)
class Confirm:
    """The seller accepts the order (R2)."""

    short: tuple[str, ...] = ()  #: What is not in stock for it.


@dataclass(frozen=True, slots=True)
class Pack:
    """The seller says what went into the parcels (R3)."""

    counts: dict[str, int]  #: Quantity packed by SKU.
    checks: dict[str, bool]  #: The rest of the checklist, by name.
    findings: tuple[str, ...] = ()  #: What is prohibited in the inserts.


@dataclass(frozen=True, slots=True)
class SetTracking:
    """A parcel gets its tracking number, or another one."""

    parcel: int
    carrier: str
    number: str
    account: str | None = None
    shared_with: UUID | None = None  #: The order in whose package it travels.


@dataclass(frozen=True, slots=True)
class HandOver:
    """A parcel was given to a carrier (R6)."""

    parcel: int
    carrier: str
    number: str | None
    condition: str
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ship:
    """The seller marks the order shipped (R5)."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The buyer or the seller calls the order off (R25)."""

    by: str  #: ``buyer``, ``seller`` or ``marketplace``
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmCarrier:
    """The seller says that the carrier of a mix-up really has the parcel (R6)."""

    parcel: int
    carrier: str


@dataclass(frozen=True, slots=True)
class ConfirmReceipt:
    """The buyer says that parcels have come (R7, R22)."""

    parcels: tuple[int, ...] = ()  #: Empty: all of them.


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """The buyer asks for money back (R13)."""

    reason: str
    parcels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DecideRefund:
    """The seller approves or refuses a refund that was asked for."""

    refund_id: UUID
    approve: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawRefund:
    """The buyer does not want the refund any more that was asked for."""

    refund_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class IssueRefund:
    """The shop's payment system has paid a refund out."""

    refund_id: UUID


@dataclass(frozen=True, slots=True)
class CollectPayment:
    """Cash was collected at the door (R13)."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class PutLabel:
    """A parcel gets its label (R4)."""

    parcel: int
    findings: tuple[tuple[str, str], ...]  #: What is wrong with it: field and sentence; nothing where it is good.
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """A parcel is to be fetched, or will be dropped off (R5)."""

    parcel: int
    pick_up: bool  #: False: it is dropped off.
    place: str | None = None  #: Of the location, or of the drop-off point.
    window: str | None = None  #: When, as the seller and the carrier agreed.


@dataclass(frozen=True, slots=True)
class RecordUpdate:
    """The seller says how a parcel fares, with evidence (R23)."""

    parcel: int
    words: str
    evidence: tuple[str, ...]  #: Files.


@dataclass(frozen=True, slots=True)
class SplitParcel:
    """Some of what is in a parcel goes into one of its own."""

    parcel: int
    lines: tuple[tuple[str, int], ...]  #: (SKU, quantity) of the new parcel.


@dataclass(frozen=True, slots=True)
class CombineParcels:
    """What is in some parcels goes into another one of the order."""

    into: int
    parcels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChangeAddress:
    """The buyer, or the seller on the buyer's behalf, has another shipping address (R10)."""

    request_id: UUID
    by: str  #: ``buyer`` or ``seller``


@dataclass(frozen=True, slots=True)
class Modify:
    """Size, colour or quantity are to be others (R11)."""

    request_id: UUID
    by: str  #: ``buyer`` or ``seller``
    lines: tuple[Line, ...]  #: All that is ordered, from now on.
    paid: Decimal = Decimal(0)  #: What the buyer has paid on top.
    short: tuple[str, ...] = ()  #: What is not in stock for it.


@dataclass(frozen=True, slots=True)
class WishModification:
    """The buyer wishes another size, colour or quantity; the seller says whether, and applies it (R11)."""

    request_id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class AskForCancellation:
    """The buyer asks elsewhere for the order to be called off (R25): asked until Shipped, whatever is done so far."""

    request_id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class SettleRequest:
    """A request was answered, or taken back, elsewhere: it waits for nobody any more, and nothing else changes."""

    request_id: UUID
    granted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class VoidLabels:
    """What the labels say is not true any more (R10)."""


@dataclass(frozen=True, slots=True)
class DecideRequest:
    """The seller answers a request (R11, R25)."""

    request_id: UUID
    approve: bool
    reason: str | None = None
    lines: tuple[Line, ...] = ()  #: What is ordered from now on, where other lines were wished.
    paid: Decimal = Decimal(0)
    short: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskReturn:
    """The buyer wants to send things of one parcel back (R12)."""

    return_id: UUID
    parcel: int
    lines: tuple[tuple[str, int], ...]  #: (SKU, quantity)
    words: str


@dataclass(frozen=True, slots=True)
class DecideReturn:
    """The seller approves a return, with packing instructions, or refuses it (R12)."""

    return_id: UUID
    approve: bool
    words: str  #: The instructions, or why it is refused.


@dataclass(frozen=True, slots=True)
class WithdrawReturn:
    """The buyer will not send it back after all."""

    return_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class SendReturn:
    """The return parcel has a tracking number."""

    return_id: UUID
    carrier: str
    number: str


@dataclass(frozen=True, slots=True)
class ReceiveReturn:
    """The seller has a return back, and has looked at it (R2, R12)."""

    return_id: UUID
    intact: tuple[tuple[str, int], ...]  #: (SKU, quantity) that is as good as new.


@dataclass(frozen=True, slots=True)
class Complain:
    """The buyer complains (R14, R22)."""

    complaint_id: UUID
    kind: ComplaintKind
    parcel: int | None
    words: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerComplaint:
    """The seller answers a complaint (R14)."""

    complaint_id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class DecideComplaint:
    """The operator upholds a complaint, or refuses it (R14)."""

    complaint_id: UUID
    uphold: bool
    words: str


@dataclass(frozen=True, slots=True)
class AssignFault:
    """Somebody says whose fault it is, and who bears the cost (R24)."""

    parcel: int  #: Of a parcel, or of a return.
    fault: Party
    bears: Party
    words: str
    evidence: tuple[str, ...] = ()


Command = (
    Confirm
    | Pack
    | SetTracking
    | HandOver
    | Ship
    | Cancel
    | ConfirmCarrier
    | ConfirmReceipt
    | RequestRefund
    | DecideRefund
    | WithdrawRefund
    | IssueRefund
    | CollectPayment
    | PutLabel
    | Book
    | RecordUpdate
    | SplitParcel
    | CombineParcels
    | ChangeAddress
    | Modify
    | WishModification
    | AskForCancellation
    | SettleRequest
    | VoidLabels
    | DecideRequest
    | AskReturn
    | DecideReturn
    | WithdrawReturn
    | SendReturn
    | ReceiveReturn
    | Complain
    | AnswerComplaint
    | DecideComplaint
    | AssignFault
)
