"""Writing a cancellation down, whoever caused it (R13, R25)."""

from decimal import Decimal
from typing import Any

from contracts.orders.v1 import Happening, OrderStatus
from orders.life.lifecycle import BEFORE_SHIPPED
from orders.life.order import refundable
from orders.life.outcome import Draft
from orders.life.refunds import money, owe


def cancel(draft: Draft, before: OrderStatus, trigger: str, cause: dict[str, Any], *, by: str) -> None:
    """Write a cancellation down. Before Shipped, or by D5, what was paid is owed at once (R13)."""
    draft.change(cancelled_at=draft.now)
    due = owe(draft, "cancelled", ()) if before in BEFORE_SHIPPED or by == "D5" else Decimal(0)
    draft.record(trigger, cause, before)
    detail = {"by": by, "refund": "none"}
    if amount := due or refundable(draft.order):
        detail |= {"refund": "due" if due else "on_request", "amount": money(draft.order, amount)}
    draft.announce(Happening.CANCELLED, "cancelled", draft.now, None, **detail)
