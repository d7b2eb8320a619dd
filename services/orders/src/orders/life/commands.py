"""What a seller, a buyer or the shop's payment system may ask of an order."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Confirm:
    """The seller accepts the order (R2)."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The seller says what went into the parcels (R3)."""

    counts: dict[str, int]  #: Quantity packed by SKU.
    checks: dict[str, bool]  #: The rest of the checklist, by name.


@dataclass(frozen=True, slots=True)
class SetTracking:
    """A parcel gets its tracking number, or another one."""

    parcel: int
    carrier: str
    number: str
    account: str | None = None


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

    by: str  #: ``buyer`` or ``seller``
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
class IssueRefund:
    """The shop's payment system has paid a refund out."""

    refund_id: UUID


@dataclass(frozen=True, slots=True)
class CollectPayment:
    """Cash was collected at the door (R13)."""

    amount: Decimal


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
    | IssueRefund
    | CollectPayment
)
