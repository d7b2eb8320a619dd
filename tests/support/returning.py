"""Returns as tests of the pure core live through them: asked for in hour 60, approved in 61, sent in 62."""

from typing import Any
from uuid import UUID

from orders.life import commands as c
from orders.life.parcel import Evidence
from support.orders import CARRIER, Life, delivered, filled

ONE, TWO, THREE = (UUID(int=n) for n in (201, 202, 203))

#: Places that show a carrier with it.
MOVING = ("picked_up", "in_transit", "out_for_delivery", "attempt_failed", "ready_for_pickup", "undeliverable")


def at_home(*contents: dict[str, int], **order: Any) -> Life:
    """Give an order whose parcels were delivered in hour 54."""
    life = filled(*(contents or ({"A": 1},)), **order)
    return delivered(life)


def ask(life: Life, return_id: UUID = ONE, parcel: int = 1, hour: float = 60, **lines: int) -> c.AskReturn:
    command = c.AskReturn(return_id, parcel, tuple((lines or {"A": 1}).items()), "too small")
    life.do(command, hour=hour)
    return command


def approved(*contents: dict[str, int], **order: Any) -> Life:
    """Give an order of which one A is to come back, in parcel 2 if it is the only one."""
    life = at_home(*contents, **order)
    ask(life)
    life.do(c.DecideReturn(ONE, True, "in its box"), hour=61)
    return life


def sent(*contents: dict[str, int], **order: Any) -> Life:
    life = approved(*contents, **order)
    life.do(c.SendReturn(ONE, CARRIER, "RT1"), hour=62)
    return life


def back(life: Life, *scans: Evidence) -> None:
    """Bring records of the first return's parcel."""
    number = life.order.returns[0].parcel.number
    life.see(*scans, parcel=number)


def status(life: Life, which: int = 0) -> str:
    return life.order.returns[which].status.value
