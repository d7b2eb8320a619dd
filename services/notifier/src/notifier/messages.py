"""Who is told what: from what happened to an order to the messages about it. Pure.

What one transaction caused for one person is one message; its id is made from the event and the person, and never
changes. A message has a part for each fact; only those that are still true when it is sent are told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from contracts.deadlines.v1 import ReminderDue
from contracts.orders.v1 import Fulfilment, Handover, Happening, Occurrence, OrderChanged, OrderState, PaymentMethod


class Recipient(StrEnum):
    """Who a message is for."""

    BUYER = "buyer"
    SELLER = "seller"


H = Happening

#: What a buyer is told of, the most important first: it gives a message its subject.
TO_BUYER = (
    *(H.CANCELLED, H.PARCEL_CLOSED, H.CORRECTED, H.DELIVERED, H.LOST, H.DAMAGED, H.DELAYED, H.ATTEMPT_FAILED),
    *(H.READY_FOR_PICKUP, H.OUT_FOR_DELIVERY, H.RETURNED, H.REFUND_ISSUED, H.REFUND_REFUSED, H.SHIPPED, H.PROCESSED),
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

#: Details of an occurrence that wording needs; what people wrote (a reason) is not kept here.
DETAILS = frozenset({"amount", "by", "carrier", "place", "refund", "unsigned"})


@dataclass(frozen=True, slots=True)
class Message:
    """A message to be sent: no address, no text, only what it takes to write it."""

    id: UUID
    order_id: UUID | None  #: None for a digest of many.
    shop_id: UUID
    recipient: Recipient
    parts: tuple[dict[str, Any], ...]  #: One for each fact, the most important first; impersonal.

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its parts."""
        return tuple(part["kind"] for part in self.parts)

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it is about."""
        return tuple(part["fact"] for part in self.parts)


def messages_of(event: OrderChanged) -> list[Message]:
    """Give the messages that an event causes: none, or one for the buyer, one for the seller, or both."""
    found = []
    for recipient, kinds in ((Recipient.BUYER, TO_BUYER), (Recipient.SELLER, TO_SELLER)):
        told = [one for one in event.occurrences if one.happening in kinds and _concerns(recipient, one, event.state)]
        if told:
            found.append(_message(event, recipient, sorted(told, key=lambda one: kinds.index(one.happening))))
    return found


def digest_of(event: ReminderDue) -> Message:
    """Give the seller's daily digest (D6)."""
    part = {
        "kind": DIGEST,
        "fact": f"{DIGEST}:{event.local_date}",
        "orders": [str(order_id) for order_id in event.order_ids],
        "more": event.more,
    }
    message_id = uuid5(NAMESPACE_OID, f"{event.shop_id}/{event.local_date}/{DIGEST}")
    return Message(message_id, None, event.shop_id, Recipient.SELLER, (part,))


def is_urgent(parts: Iterable[dict[str, Any]]) -> bool:
    """Say whether one of a message's parts cannot wait for waking hours."""
    return any(part["kind"] in URGENT for part in parts)


def _message(event: OrderChanged, recipient: Recipient, told: Iterable[Occurrence]) -> Message:
    return Message(
        id=uuid5(NAMESPACE_OID, f"{event.event_id}/{recipient}/email"),
        order_id=event.state.order_id,
        shop_id=event.state.shop_id,
        recipient=recipient,
        parts=tuple(_part(one, event.state) for one in told),
    )


def _part(occurrence: Occurrence, state: OrderState) -> dict[str, Any]:
    """Give what it takes to write of one fact, as the order stood when it was announced."""
    parcel = next((one for one in state.parcels if one.number == occurrence.parcel), None)
    return {
        "kind": occurrence.happening.value,
        "fact": occurrence.fact,
        "parcel": occurrence.parcel,
        "parcels": len(state.parcels),
        "there": sum(one.delivered_at is not None and one.returning_at is None for one in state.parcels),
        "at": occurrence.at.isoformat(),
        "detail": {name: value for name, value in occurrence.detail.items() if name in DETAILS},
        "refundable": state.refundable,
        "refund_due": state.refund_due,
        "pays_at_door": state.payment is PaymentMethod.CASH_ON_DELIVERY and not state.refundable,
        "carrier_delay": parcel.carrier_delay if parcel else False,
        "expected": parcel.estimated_at.isoformat() if parcel and parcel.estimated_at else None,
    }


def _concerns(recipient: Recipient, occurrence: Occurrence, state: OrderState) -> bool:
    match occurrence.happening:
        case H.COLLECTED:  # R5: the seller is notified once the parcel is fetched
            return state.fulfilment is Fulfilment.SHIP_BY_TIKTOK and state.handover is not Handover.DROP_OFF
        case H.CANCELLED if recipient is Recipient.SELLER:  # a seller who cancelled knows
            return occurrence.detail.get("by") != "seller"
        case _:
            return True
