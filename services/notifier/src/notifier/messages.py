"""Who is told what: from what happened to an order to the messages about it. Pure.

What one transaction caused for one person is one message; its id is made from the event and the person, and never
changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from contracts.deadlines.v1 import ReminderDue
from contracts.orders.v1 import Fulfilment, Handover, Happening, Occurrence, OrderChanged, OrderState


class Recipient(StrEnum):
    """Who a message is for."""

    BUYER = "buyer"
    SELLER = "seller"


H = Happening

#: What a buyer is told of, the most important first: it gives a message its subject.
TO_BUYER = (
    *(H.CANCELLED, H.PARCEL_CLOSED, H.CORRECTED, H.DELIVERED, H.LOST, H.DAMAGED, H.DELAYED, H.ATTEMPT_FAILED),
    *(H.READY_FOR_PICKUP, H.OUT_FOR_DELIVERY, H.REFUND_ISSUED, H.REFUND_REFUSED, H.SHIPPED, H.PROCESSED),
    *(H.CONFIRMED, H.PLACED),
)

#: What a seller is told of.
TO_SELLER = (
    *(H.CANCELLED, H.PARCEL_CLOSED, H.DELIVERED_AFTER_CANCELLATION, H.SCANNED_AFTER_CANCELLATION, H.MIX_UP, H.LOST),
    *(H.DAMAGED, H.DELAYED, H.SIGNATURE_MISSING, H.AWAITING_SIGNATURE, H.CARRIER_CANCELLED, H.REFUND_REQUESTED),
    *(H.COLLECTED, H.PLACED),
)

#: What does not wait for waking hours.
URGENT = frozenset({H.OUT_FOR_DELIVERY, H.ATTEMPT_FAILED, H.READY_FOR_PICKUP, H.CANCELLED})

DIGEST = "tracking_update_digest"  #: The kind of D6's message.


@dataclass(frozen=True, slots=True)
class Message:
    """A message to be sent: no address, no text, only what it takes to write it."""

    id: UUID
    order_id: UUID | None  #: None for a digest of many.
    shop_id: UUID
    recipient: Recipient
    kinds: tuple[str, ...]  #: The most important first.
    facts: tuple[str, ...]
    urgent: bool
    values: list[dict[str, Any]] = field(default_factory=list)  #: One for each kind, impersonal.


def messages_of(event: OrderChanged) -> list[Message]:
    """Give the messages that an event causes: none, or one for the buyer, one for the seller, or both."""
    if not event.occurrences:
        return []
    found = []
    for recipient, order in ((Recipient.BUYER, TO_BUYER), (Recipient.SELLER, TO_SELLER)):
        told = [one for one in event.occurrences if one.happening in order and _concerns(recipient, one, event.state)]
        if told:
            found.append(_message(event, recipient, sorted(told, key=lambda one: order.index(one.happening))))
    return found


def digest_of(event: ReminderDue) -> Message:
    """Give the seller's daily digest (D6)."""
    return Message(
        id=uuid5(NAMESPACE_OID, f"{event.shop_id}/{event.local_date}/{DIGEST}"),
        order_id=None,
        shop_id=event.shop_id,
        recipient=Recipient.SELLER,
        kinds=(DIGEST,),
        facts=(f"{DIGEST}:{event.local_date}",),
        urgent=False,
        values=[{"kind": DIGEST, "orders": [str(order_id) for order_id in event.order_ids]}],
    )


def _message(event: OrderChanged, recipient: Recipient, told: Iterable[Occurrence]) -> Message:
    occurrences = list(told)
    return Message(
        id=uuid5(NAMESPACE_OID, f"{event.event_id}/{recipient}/email"),
        order_id=event.state.order_id,
        shop_id=event.state.shop_id,
        recipient=recipient,
        kinds=tuple(one.happening for one in occurrences),
        facts=tuple(one.fact for one in occurrences),
        urgent=any(one.happening in URGENT for one in occurrences),
        values=[_values(one, event.state) for one in occurrences],
    )


def _values(occurrence: Occurrence, state: OrderState) -> dict[str, Any]:
    return {
        "kind": occurrence.happening.value,
        "parcel": occurrence.parcel,
        "parcels": len(state.parcels),
        "at": occurrence.at.isoformat(),
        "detail": occurrence.detail,
    }


def _concerns(recipient: Recipient, occurrence: Occurrence, state: OrderState) -> bool:
    match occurrence.happening:
        case H.COLLECTED:  # R5: the seller is notified once the parcel is fetched
            return state.fulfilment is Fulfilment.SHIP_BY_TIKTOK and state.handover is not Handover.DROP_OFF
        case H.CANCELLED if recipient is Recipient.SELLER:  # a seller who cancelled knows
            return occurrence.detail.get("by") != "seller"
        case _:
            return True
