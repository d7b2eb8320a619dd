"""Things that happened to an order, for tests of messages. Hours count from placement: Monday, 08:00 in Singapore."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

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
    OrderStatus,
    ParcelState,
    PaymentMethod,
    ReturnState,
    ReturnStatus,
)
from contracts.policy import Policy
from notifier.messages import Recipient, messages_of
from notifier.wording import Mail, render

PLACED_AT = datetime(2026, 3, 2, tzinfo=UTC)
ORDER, SHOP = UUID(int=1), UUID(int=2)
ZONE = "Asia/Singapore"
LINK = "https://track.example.com/v1/tracking/AbCdEfGhIjKlMnOpQrStUv"

#: What is said of the whole order; everything else is said of a parcel.
OF_THE_ORDER = frozenset(
    {
        *(Happening.PLACED, Happening.CONFIRMED, Happening.PROCESSED, Happening.SHIPPED, Happening.CANCELLED),
        *(Happening.REFUND_REQUESTED, Happening.REFUND_ISSUED, Happening.REFUND_REFUSED),
        *(Happening.CANCELLATION_REQUESTED, Happening.CANCELLATION_REFUSED, Happening.CHANGE_REQUESTED),
        *(Happening.CHANGE_APPLIED, Happening.CHANGE_REFUSED, Happening.SHIP_OVERDUE, Happening.MARK_SHIPPED_OVERDUE),
        *(Happening.RETURN_REQUESTED, Happening.RETURN_APPROVED, Happening.RETURN_REFUSED, Happening.RETURN_RECEIVED),
        *(Happening.RETURN_LAPSED, Happening.COMPLAINT_OPENED, Happening.COMPLAINT_ANSWERED),
        *(Happening.COMPLAINT_UPHELD, Happening.COMPLAINT_REFUSED, Happening.MARKETPLACE_NOTICE),
    }
)

#: The details that `orders` gives with each, where it gives any.
DETAILS: dict[Happening, dict[str, str]] = {
    Happening.CANCELLED: {"by": "D5", "refund": "due", "amount": "27.00 SGD"},
    Happening.PARCEL_CLOSED: {"amount": "12.50 SGD"},
    Happening.DELIVERED: {"unsigned": "no"},
    Happening.ATTEMPT_FAILED: {"attempt": "1"},
    Happening.REFUND_REQUESTED: {"amount": "27.00 SGD"},
    Happening.REFUND_ISSUED: {"amount": "27.00 SGD"},
    Happening.REFUND_REFUSED: {"amount": "27.00 SGD"},
    Happening.MIX_UP: {"carrier": "ninjavan"},
    Happening.CARRIER_CANCELLED: {"carrier": "ninjavan"},
    Happening.DELIVERED_AFTER_CANCELLATION: {"refund": "issued"},
    Happening.CHANGE_REQUESTED: {"what": "address"},
    Happening.CHANGE_APPLIED: {"what": "address", "by": "buyer"},
    Happening.CHANGE_REFUSED: {"what": "lines"},
    Happening.RETURN_APPROVED: {"until": "2026-03-17T01:30:00+00:00"},
    Happening.COMPLAINT_OPENED: {"kind": "wrong_item"},
    Happening.MARKETPLACE_NOTICE: {"what": "address_changed"},
}


def at(hours: float) -> datetime:
    """Give the instant so many hours after placement."""
    return PLACED_AT + timedelta(hours=hours)


def parcel(number: int = 1, **facts: Any) -> ParcelState:
    """Give a parcel; facts that are numbers are hours."""
    instants = {name: at(value) if name.endswith("_at") else value for name, value in facts.items()}
    return ParcelState(number=number, **instants)


def standing(*parcels: ParcelState, tiktok: bool = False, cod: bool = False, **facts: Any) -> OrderState:
    """Give an order as it stands: on its way and paid for, unless told otherwise."""
    given: dict[str, Any] = {
        "order_id": ORDER,
        "shop_id": SHOP,
        "version": 3,
        "status": OrderStatus.SHIPPED,
        "fulfilment": Fulfilment.SHIP_BY_TIKTOK if tiktok else Fulfilment.SHIP_BY_SELLER,
        "handover": Handover.PICK_UP if tiktok else None,
        "payment": PaymentMethod.CASH_ON_DELIVERY if cod else PaymentMethod.CARD,
        "placed_at": PLACED_AT,
        "refundable": not cod,
        "policy": Policy(zone=ZONE),
        "parcels": list(parcels or (parcel(),)),
    }
    return OrderState(**given | facts)


def occurrence(happening: Happening, number: int = 1, hour: float = 25.5, **detail: str) -> Occurrence:
    """Give one thing that happened, with the details that it always has."""
    about = None if happening in OF_THE_ORDER else number
    fact = happening.value if about is None else f"p{number}:{happening.value}"
    return Occurrence(
        happening=happening, fact=fact, parcel=about, at=at(hour), detail=DETAILS.get(happening, {}) | detail
    )


def with_detail(one: Occurrence, **detail: str) -> Occurrence:
    """Give an occurrence with more detail."""
    return one.model_copy(update={"detail": one.detail | detail})


def waiting(kind: AskKind, hour: float = 25.5, number: int = 31) -> Ask:
    """Give a request that waits for the seller's answer."""
    return Ask(id=UUID(int=number), kind=kind, asked_at=at(hour))


def sent_back(status: ReturnStatus, number: int = 21, parcel: int = 2) -> ReturnState:
    """Give a return."""
    return ReturnState(id=UUID(int=number), parcel=parcel, status=status)


def code_asked(challenge: int = 41, order: int = 1, until: float = 1) -> CodeAsked:
    """Give the wish for a one-time code that counts until some hour."""
    return CodeAsked(
        event_id=uuid4(),
        occurred_at=PLACED_AT,
        challenge_id=UUID(int=challenge),
        order_id=UUID(int=order),
        shop_id=SHOP,
        expires_at=at(until),
    )


def changed(*occurrences: Occurrence, state: OrderState | None = None, event: int = 7) -> OrderChanged:
    """Give the event of one transaction."""
    return OrderChanged(
        event_id=UUID(int=event), occurred_at=at(25.5), state=state or standing(), occurrences=list(occurrences)
    )


def reminder(*orders: int, more: int = 0, day: int = 3, shop: UUID = SHOP) -> ReminderDue:
    """Give D6 of a day of March."""
    morning = datetime(2026, 3, day, 1, tzinfo=UTC)
    return ReminderDue(
        event_id=uuid4(),
        occurred_at=morning,
        shop_id=shop,
        local_date=morning.date(),
        due_at=morning,
        order_ids=[UUID(int=one) for one in orders],
        more=more,
    )


def about(**values: Any) -> dict[str, Any]:
    """Give what a message needs to know of its reader and the order."""
    return {
        "name": "Mei Tan",
        "shop_name": "Blue Mug Shop",
        "order_number": "TT-1001",
        "digest": [],
        "tracking_url": LINK,
        "zone": ZONE,
        **values,
    }


def mail_of(recipient: Recipient, *occurrences: Occurrence, state: OrderState | None = None, **reader: Any) -> Mail:
    """Write the message that one transaction causes for somebody."""
    locale = reader.pop("locale", "en")
    message = next(one for one in messages_of(changed(*occurrences, state=state)) if one.recipient is recipient)
    return render(recipient, list(message.parts), about(**reader), locale)
