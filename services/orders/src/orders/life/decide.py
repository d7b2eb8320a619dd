"""Where an order's life is decided: `place`, `act` (a command), `weigh` (evidence), `judge` (a deadline).

Each takes the order as it is and gives an `Outcome`: the order afterwards, its history, and what is announced. Pure:
the caller holds the order's lock, and writes what comes out.
"""

from datetime import datetime

from contracts.orders.v1 import Happening
from orders.life.acting import act
from orders.life.evidence import weigh
from orders.life.judging import judge
from orders.life.order import Order
from orders.life.outcome import Draft, HistoryStep, Outcome

__all__ = ["act", "judge", "place", "weigh"]


def place(order: Order, now: datetime) -> Outcome:
    """Take in a new order, which comes with version 0; it leaves with version 1."""
    draft = Draft(order, now)
    draft.announce(Happening.PLACED, "placed", order.placed_at)
    draft.steps.append(HistoryStep(draft.order.version, now, "place", None, order.status, {"number": order.number}))
    return draft.finish()
