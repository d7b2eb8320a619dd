"""What `carrier-adapter` says of marketplaces: one event for each notice of theirs about orders. No word of a buyer."""

from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Contract, Event

MOST: Final = 100  #: Packages in one notice, and orders that one notice is about.


class NoticeKind(StrEnum):
    """What a notice is about."""

    ORDER_STATUS = "order_status"
    CANCELLATION = "cancellation"
    RETURN = "return"
    PACKAGES_SPLIT = "packages_split"
    PACKAGES_COMBINED = "packages_combined"
    ADDRESS_CHANGED = "address_changed"


class NoticeMeaning(StrEnum):
    """What a notice says, whatever the marketplace's spelling. Where an order stands, *there*; never a scan."""

    UNPAID = "unpaid"
    ON_HOLD = "on_hold"  #: Paid; the buyer may still think better of it.
    AWAITING_SHIPMENT = "awaiting_shipment"  #: The seller may ship.
    PARTIALLY_SHIPPED = "partially_shipped"
    AWAITING_COLLECTION = "awaiting_collection"  #: Shipment is arranged; the carrier has not come yet.
    COLLECTION_FAILED = "collection_failed"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    LOST = "lost"
    CANCELLED = "cancelled"
    RETURN_IN_PROGRESS = "return_in_progress"
    RETURNED = "returned"
    COMPLETED = "completed"  #: Nothing more is expected of it.

    CANCELLATION_REQUESTED = "cancellation_requested"
    CANCELLATION_GRANTED = "cancellation_granted"
    CANCELLATION_WITHDRAWN = "cancellation_withdrawn"
    CANCELLATION_COMPLETED = "cancellation_completed"  #: And the buyer has the refund.

    RETURN_REQUESTED = "return_requested"
    RETURN_REJECTED = "return_rejected"
    RETURN_APPROVED = "return_approved"  #: The buyer is to send it.
    RETURN_SHIPPED = "return_shipped"
    RETURN_ARRIVED = "return_arrived"
    RETURN_RECEIPT_REJECTED = "return_receipt_rejected"  #: What came back is not what was to come back.
    RETURN_GRANTED = "return_granted"  #: The refund is agreed to.
    RETURN_WITHDRAWN = "return_withdrawn"
    RETURN_COMPLETED = "return_completed"  #: And the buyer has the refund, or the replacement.

    PACKAGES_SPLIT = "packages_split"
    PACKAGES_UNSPLIT = "packages_unsplit"
    PACKAGES_COMBINED = "packages_combined"
    PACKAGES_UNCOMBINED = "packages_uncombined"
    PACKAGES_CHANGED = "packages_changed"  #: Split for a reason that the marketplace names, but does not explain.

    ADDRESS_CHANGED = "address_changed"  #: Which address it is now is not said.


M = NoticeMeaning

#: What each meaning is about; what is not here is an order's status.
_ABOUT: Final = MappingProxyType(
    {
        **dict.fromkeys((one for one in M if one.startswith("cancellation_")), NoticeKind.CANCELLATION),
        **dict.fromkeys((one for one in M if one.startswith("return_")), NoticeKind.RETURN),
        M.RETURN_IN_PROGRESS: NoticeKind.ORDER_STATUS,
        **dict.fromkeys((M.PACKAGES_SPLIT, M.PACKAGES_UNSPLIT, M.PACKAGES_CHANGED), NoticeKind.PACKAGES_SPLIT),
        **dict.fromkeys((M.PACKAGES_COMBINED, M.PACKAGES_UNCOMBINED), NoticeKind.PACKAGES_COMBINED),
        M.ADDRESS_CHANGED: NoticeKind.ADDRESS_CHANGED,
    }
)


def kind_of(meaning: NoticeMeaning) -> NoticeKind:
    """Give what a meaning is about."""
    return _ABOUT.get(meaning, NoticeKind.ORDER_STATUS)


class NoticeParty(StrEnum):
    """Who caused what a notice tells."""

    BUYER = "buyer"
    SELLER = "seller"
    SYSTEM = "system"
    OPERATOR = "operator"


class ReturnKind(StrEnum):
    """What a buyer wants whose return a notice tells of."""

    REFUND = "refund"  #: Money back, and nothing is sent back.
    RETURN_AND_REFUND = "return_and_refund"
    REPLACEMENT = "replacement"


class NoticedPackage(Contract):
    """A package as the marketplace counts them."""

    id: str
    order_numbers: Annotated[list[str], Field(max_length=MOST)]  #: The orders that have something in it.


class MarketplaceNoticed(Event):
    """A notice of a marketplace about orders, normalised. `orders` decides what it means for each.

    It names orders by the marketplace's own numbers. It is no scan, and counts in no bucket of the books.
    """

    stream: ClassVar[str] = "MARKETPLACE"
    subjects: ClassVar[tuple[str, ...]] = ("marketplace.v1.noticed",)

    notice_id: UUID  #: The same however often its push is read again.
    push_id: UUID
    account: str  #: The account whose endpoint it came in by.
    marketplace: str  #: ``tiktok-shop``, ``lazada`` or ``shopee``.
    seller: str  #: The marketplace's own number of the shop.
    identity: str  #: Equal for two tellings of one notice.
    kind: NoticeKind
    meaning: NoticeMeaning
    raw_status: str  #: As the marketplace spells it.
    order_numbers: Annotated[list[str], Field(min_length=1, max_length=MOST)]
    packages: Annotated[list[NoticedPackage], Field(max_length=MOST)] = []
    line: str | None = (
        None  #: The one item of the order that it is about, by the marketplace's number; None: the order.
    )
    case: str | None = None  #: The marketplace's number of the cancellation or return.
    return_kind: ReturnKind | None = None
    by: NoticeParty | None = None
    happened_at: AwareDatetime  #: By the marketplace's clock.
    received_at: AwareDatetime  #: When the push was committed.
