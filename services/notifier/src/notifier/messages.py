"""Who is told what: from what happened to an order to the messages about it. Pure.

What one transaction caused for one person is one message; its id is made from the event and the person, and never
changes. A message has a part for each fact; only those that are still true when it is sent are told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from contracts.deadlines.v1 import ReminderDue
from contracts.orders.v1 import (
    Ask,
    AskKind,
    CodeAsked,
    Fulfilment,
    Handover,
    Happening,
    Occurrence,
    OrderChanged,
    OrderState,
    PaymentMethod,
    ReturnState,
)


class Recipient(StrEnum):
    """Who a message is for."""

    BUYER = "buyer"
    SELLER = "seller"


H = Happening

#: What a buyer is told of, the most important first: it gives a message its subject.
TO_BUYER = (
    *(H.CANCELLED, H.PARCEL_CLOSED, H.CORRECTED, H.DELIVERED, H.LOST, H.DAMAGED, H.DELAYED, H.CANCELLATION_REFUSED),
    *(H.ATTEMPT_FAILED, H.READY_FOR_PICKUP, H.OUT_FOR_DELIVERY, H.RETURN_APPROVED, H.RETURN_REFUSED, H.RETURN_LAPSED),
    *(H.RETURN_RECEIVED, H.RETURNED, H.COMPLAINT_UPHELD, H.COMPLAINT_REFUSED, H.COMPLAINT_ANSWERED, H.REFUND_ISSUED),
    *(H.REFUND_REFUSED, H.CHANGE_REFUSED, H.CHANGE_APPLIED, H.CANCELLATION_REQUESTED, H.SHIPPED, H.PROCESSED),
    *(H.CONFIRMED, H.PLACED),
)

#: What a seller is told of.
TO_SELLER = (
    *(H.CANCELLED, H.PARCEL_CLOSED, H.DELIVERED_AFTER_CANCELLATION, H.SCANNED_AFTER_CANCELLATION, H.MIX_UP),
    *(H.CANCELLATION_REQUESTED, H.CHANGE_APPLIED, H.CHANGE_REQUESTED, H.LOST, H.DAMAGED, H.LOST_IN_RETURN, H.DELAYED),
    *(H.SIGNATURE_MISSING, H.AWAITING_SIGNATURE, H.CARRIER_CANCELLED, H.COMPLAINT_OPENED, H.REFUND_REQUESTED),
    *(H.RETURN_REQUESTED, H.SHIP_OVERDUE, H.MARK_SHIPPED_OVERDUE, H.COLLECTION_OVERDUE, H.COMPLAINT_UPHELD),
    *(H.COMPLAINT_REFUSED, H.RETURN_RECEIVED, H.RETURN_LAPSED, H.MARKETPLACE_NOTICE, H.COLLECTED, H.PLACED),
)

DIGEST = "tracking_update_digest"  #: The kind of D6's message.
CODE = "one_time_code"  #: The kind of a message with a code; the code itself is asked for when it is sent.

#: What does not wait for waking hours.
URGENT = frozenset({H.OUT_FOR_DELIVERY, H.ATTEMPT_FAILED, H.READY_FOR_PICKUP, H.CANCELLED, CODE})

#: Details of an occurrence that wording needs; what people wrote (a reason) is not kept here.
DETAILS = frozenset({"amount", "by", "carrier", "kind", "place", "refund", "unsigned", "what"})

#: What asks for an answer, and the kind of the request that waits for it (D12).
ASKS = {
    H.CANCELLATION_REQUESTED: AskKind.CANCELLATION,
    H.REFUND_REQUESTED: AskKind.REFUND,
    H.RETURN_REQUESTED: AskKind.RETURN,
}

#: What happens to a return, or may: its occurrence names the return, not a parcel on its way to the buyer.
OF_RETURNS = frozenset(
    {
        *(H.RETURN_REQUESTED, H.RETURN_APPROVED, H.RETURN_REFUSED, H.RETURN_RECEIVED, H.RETURN_LAPSED),
        H.LOST_IN_RETURN,
    }
)


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


def code_of(event: CodeAsked) -> Message:
    """Give the message with a one-time code, all but the code."""
    part = {
        "kind": CODE,
        "fact": f"{CODE}:{event.challenge_id}",
        "challenge": str(event.challenge_id),
        "until": event.expires_at.isoformat(),
    }
    message_id = uuid5(NAMESPACE_OID, f"{event.challenge_id}/{CODE}/email")
    return Message(message_id, event.order_id, event.shop_id, Recipient.BUYER, (part,))


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
    asked, sent_back = _ask_of(occurrence, state), _return_of(occurrence, state)
    return {
        "kind": occurrence.happening.value,
        "fact": occurrence.fact,
        "parcel": None if sent_back else occurrence.parcel,
        "ask": str(asked.id) if asked else None,
        "return": str(sent_back.id) if sent_back else None,
        "until": _until(occurrence, asked, state),
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


def _ask_of(occurrence: Occurrence, state: OrderState) -> Ask | None:
    """Give the request that an occurrence tells of: the one that its fact names, else the newest of its kind."""
    kind = ASKS.get(occurrence.happening)
    asked = [one for one in state.asks if one.kind is kind]
    return max(asked, key=lambda one: (str(one.id) in occurrence.fact, one.asked_at), default=None)


def _return_of(occurrence: Occurrence, state: OrderState) -> ReturnState | None:
    """Give the return that an occurrence tells of: the one that its fact names, else the one of its number."""
    if occurrence.happening not in OF_RETURNS:
        return None
    named = [one for one in state.returns if str(one.id) in occurrence.fact or one.parcel == occurrence.parcel]
    return max(named, key=lambda one: str(one.id) in occurrence.fact, default=None)


def _until(occurrence: Occurrence, asked: Ask | None, state: OrderState) -> str | None:
    """Give the instant that something must be done by: the one that was told, else when D8 or D12 comes."""
    told, policy = _instant(occurrence.detail.get("until")), state.policy
    if told is None and occurrence.happening is H.RETURN_APPROVED and not policy.business_days:
        told = occurrence.at + timedelta(days=policy.return_parcel_days)
    if told is None and asked is not None:
        is_cancellation = asked.kind is AskKind.CANCELLATION
        hours = policy.cancellation_answer_hours if is_cancellation else policy.answer_hours
        told = asked.asked_at + timedelta(hours=hours)
    return told.isoformat() if told else None


def _instant(text: str | None) -> datetime | None:
    """Read an instant; None for what is none (a carrier's word, say, or a time without its zone)."""
    try:
        instant = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return instant if instant and instant.tzinfo else None


def _concerns(recipient: Recipient, occurrence: Occurrence, state: OrderState) -> bool:
    match occurrence.happening:
        case H.COLLECTED:  # R5: the seller is notified once the parcel is fetched
            return state.fulfilment is Fulfilment.SHIP_BY_TIKTOK and state.handover is not Handover.DROP_OFF
        case H.CANCELLED if recipient is Recipient.SELLER:  # a seller who cancelled knows
            return occurrence.detail.get("by") != "seller"
        case H.CHANGE_APPLIED if recipient is Recipient.SELLER:  # what sellers change, or approve, they know
            return occurrence.detail.get("by") == "buyer"
        case H.CHANGE_REFUSED:  # what the seller may not change is no news to the buyer
            return occurrence.detail.get("by") != "seller"
        case _:
            return True
