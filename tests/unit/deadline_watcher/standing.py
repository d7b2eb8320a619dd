"""Orders as they stand, for tests of deadlines. Hours count from placement, on Monday 2 March 2026 at 08:00 UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import (
    Ask,
    AskKind,
    Fulfilment,
    OrderState,
    OrderStatus,
    ParcelState,
    PaymentMethod,
    ReturnState,
    ReturnStatus,
)
from contracts.policy import Policy
from deadline_watcher.deadlines import Deadline, deadlines_of

PLACED_AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SHOP = UUID(int=2)


def at(hours: float) -> datetime:
    """Give the instant so many hours after placement."""
    return PLACED_AT + timedelta(hours=hours)


def hours_of(instant: datetime) -> float:
    """Give how many hours after placement an instant is."""
    return (instant - PLACED_AT) / timedelta(hours=1)


def standing(
    *parcels: dict[str, Any], tiktok: bool = False, policy: dict[str, Any] | None = None, **order: Any
) -> OrderState:
    """Give an order: facts that are numbers are hours; one parcel without facts unless told otherwise."""
    facts = {
        "order_id": UUID(int=1),
        "shop_id": SHOP,
        "version": 1,
        "status": OrderStatus.SHIPPED if "shipped_at" in order else OrderStatus.CONFIRMED,
        "fulfilment": Fulfilment.SHIP_BY_TIKTOK if tiktok else Fulfilment.SHIP_BY_SELLER,
        "payment": PaymentMethod.CARD,
        "placed_at": PLACED_AT,
        "policy": Policy(**(policy or {})),
        "parcels": [ParcelState(number=n, **_instants(p)) for n, p in enumerate(parcels or ({},), start=1)],
    }
    return OrderState(**facts | _instants(order))


def _instants(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: at(value) if name.endswith("_at") and isinstance(value, int | float) else value
        for name, value in facts.items()
    }


def seen(hour: float = 12, **facts: Any) -> dict[str, Any]:
    """Give a parcel that a carrier collected."""
    return {"collected_at": hour, "first_physical_at": hour, "moved_at": hour, **facts}


def a_return(status: ReturnStatus, parcel: int = 2, **facts: Any) -> ReturnState:
    """Give a return, in the parcel of that number."""
    return ReturnState(id=UUID(int=100 + parcel), parcel=parcel, status=status, **_instants(facts))


def an_ask(kind: AskKind, hour: float, number: int = 1) -> Ask:
    """Give what a buyer asked for, at an hour."""
    return Ask(id=UUID(int=200 + number), kind=kind, asked_at=at(hour))


def due(state: OrderState, kind: DeadlineKind, parcel: int | None = 1, ask: UUID | None = None) -> float | None:
    """Give the hour at which a deadline is due; None if there is none."""
    found = deadline(state, kind, parcel, ask)
    return hours_of(found.due_at) if found else None


def deadline(state: OrderState, kind: DeadlineKind, parcel: int | None = 1, ask: UUID | None = None) -> Deadline | None:
    """Give a deadline of an order, or None."""
    found = [one for one in deadlines_of(state) if (one.kind, one.parcel, one.ask) == (kind, parcel, ask)]
    assert len(found) <= 1
    return found[0] if found else None


def still_holds(proposed: Deadline, state: OrderState) -> bool:
    """Compare the facts of a proposal with an order, as the contract says that `orders` does: as JSON has them."""
    plain = state.model_dump(mode="json")
    ask = str(proposed.ask)
    about = [("parcel", one) for one in plain["parcels"] if one["number"] == proposed.parcel]
    about += [("return", one) for one in plain["returns"] if one["parcel"] == proposed.parcel]
    about += [("ask", one) for one in plain["asks"] if one["id"] == ask]
    facts = {f"{owner}.{name}": value for owner, one in (("order", plain), *about) for name, value in one.items()}
    absent = object()
    return all(facts.get(name, absent) == value for name, value in proposed.rests_on.items())
