"""The life of an order: every status, every trigger, and the one table that joins them.

Pure: no clock, no database, no broker. ``python -m orders.life.lifecycle`` prints the chart of docs/lifecycle.md.

A pair of status and trigger *moves* the order, or is *late* (a repetition or a lost race: expected, nothing changes),
or stands in neither table: then it is *illegal*, and whoever asked is told why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from contracts.orders.v1 import OrderStatus as S


class Trigger(StrEnum):
    """What can happen to an order."""

    CONFIRM = "confirm"  #: The seller accepts it (R2).
    PACK = "pack"  #: The seller packed it, completely (R3).
    SHIP = "ship"  #: The seller marks it shipped after hand-over (R5).
    CANCEL = "cancel"  #: The buyer or the seller calls it off before it is shipped (R25).
    ABANDON = "abandon"  #: A rule gives it up: D5, D7, D9.
    MOVED = "moved"  #: A carrier was seen with a parcel, past collection (R5).
    ARRIVED = "arrived"  #: Every parcel that could be delivered is, and at least one is.
    LEFT = "left"  #: A delivered parcel is on its way back.
    CAME_BACK = "came_back"  #: Nothing is left with the buyer, and something came back (R12).


T = Trigger

# fmt: off
TRANSITIONS: Final[Mapping[tuple[S, Trigger], S]] = MappingProxyType({
    (S.PLACED,    T.CONFIRM):   S.CONFIRMED,
    (S.CONFIRMED, T.PACK):      S.PROCESSED,
    (S.PROCESSED, T.SHIP):      S.SHIPPED,

    (S.PLACED,    T.CANCEL):    S.CANCELLED,
    (S.CONFIRMED, T.CANCEL):    S.CANCELLED,
    (S.PROCESSED, T.CANCEL):    S.CANCELLED,

    (S.PLACED,    T.ABANDON):   S.CANCELLED,
    (S.CONFIRMED, T.ABANDON):   S.CANCELLED,
    (S.PROCESSED, T.ABANDON):   S.CANCELLED,
    (S.SHIPPED,   T.ABANDON):   S.CANCELLED,

    (S.PLACED,    T.MOVED):     S.SHIPPED,
    (S.CONFIRMED, T.MOVED):     S.SHIPPED,
    (S.PROCESSED, T.MOVED):     S.SHIPPED,

    (S.PLACED,    T.ARRIVED):   S.DELIVERED,
    (S.CONFIRMED, T.ARRIVED):   S.DELIVERED,
    (S.PROCESSED, T.ARRIVED):   S.DELIVERED,
    (S.SHIPPED,   T.ARRIVED):   S.DELIVERED,
    (S.RETURNED,  T.ARRIVED):   S.DELIVERED,

    (S.DELIVERED, T.LEFT):      S.SHIPPED,
    (S.RETURNED,  T.LEFT):      S.SHIPPED,

    (S.PLACED,    T.CAME_BACK): S.RETURNED,
    (S.CONFIRMED, T.CAME_BACK): S.RETURNED,
    (S.PROCESSED, T.CAME_BACK): S.RETURNED,
    (S.SHIPPED,   T.CAME_BACK): S.RETURNED,
    (S.DELIVERED, T.CAME_BACK): S.RETURNED,
})

#: Late, not wrong: repetitions and lost races bring these. Nothing changes.
LATE: Final[frozenset[tuple[S, Trigger]]] = frozenset({
    (S.CONFIRMED, T.CONFIRM), (S.PROCESSED, T.CONFIRM), (S.SHIPPED, T.CONFIRM), (S.DELIVERED, T.CONFIRM),
    (S.RETURNED, T.CONFIRM),
    (S.PROCESSED, T.PACK), (S.SHIPPED, T.PACK), (S.DELIVERED, T.PACK), (S.RETURNED, T.PACK),
    (S.SHIPPED, T.SHIP), (S.DELIVERED, T.SHIP), (S.RETURNED, T.SHIP),
    (S.CANCELLED, T.CANCEL),
    (S.DELIVERED, T.ABANDON), (S.RETURNED, T.ABANDON), (S.CANCELLED, T.ABANDON),
    (S.SHIPPED, T.MOVED), (S.DELIVERED, T.MOVED), (S.RETURNED, T.MOVED), (S.CANCELLED, T.MOVED),
    (S.DELIVERED, T.ARRIVED), (S.CANCELLED, T.ARRIVED),
    (S.PLACED, T.LEFT), (S.CONFIRMED, T.LEFT), (S.PROCESSED, T.LEFT), (S.SHIPPED, T.LEFT), (S.CANCELLED, T.LEFT),
    (S.RETURNED, T.CAME_BACK), (S.CANCELLED, T.CAME_BACK),
})
# fmt: on

#: What a seller or buyer can do next, for an error that says so.
POSSIBLE: Final[Mapping[S, tuple[str, ...]]] = MappingProxyType(
    {
        status: tuple(
            trigger.value for trigger in (T.CONFIRM, T.PACK, T.SHIP, T.CANCEL) if (status, trigger) in TRANSITIONS
        )
        for status in S
    }
)


class IllegalTransition(Exception):
    """An order was asked to do what no order in its status can do."""

    def __init__(self, status: S, trigger: Trigger) -> None:
        super().__init__(f"an order that is {status} cannot react to {trigger}")
        self.status = status
        self.trigger = trigger


@dataclass(frozen=True, slots=True)
class Moved:
    """The order has a new status."""

    to: S


@dataclass(frozen=True, slots=True)
class Late:
    """Nothing changes: it happened already, or something else won."""

    status: S


def react(status: S, trigger: Trigger) -> Moved | Late:
    """Say what *trigger* does to an order in *status*. Raises `IllegalTransition`."""
    if to := TRANSITIONS.get((status, trigger)):
        return Moved(to)
    if (status, trigger) in LATE:
        return Late(status)
    raise IllegalTransition(status, trigger)


def chart() -> str:
    """Draw the table as docs/lifecycle.md shows it."""
    arrows = "\n".join(f"    {start} --> {end}: {trigger}" for (start, trigger), end in TRANSITIONS.items())
    meanings = "\n".join(f"| `{status}` | {SHOWN[status]} |" for status in S)
    late = "\n".join(
        f"| `{status}` | {', '.join(f'`{trigger}`' for trigger in T if (status, trigger) in LATE)} |" for status in S
    )
    return f"""\
# The life of an order

Generated from `services/orders/src/orders/life/lifecycle.py` by `make docs`; a test keeps it true.

```mermaid
stateDiagram-v2
    [*] --> placed
{arrows}
    cancelled --> [*]
```

| status | buyers and sellers see |
| --- | --- |
{meanings}

What is late, not wrong: it happens by repetition or in a lost race, and changes nothing.

| status | late triggers |
| --- | --- |
{late}

Every other pair is illegal: a command is refused with what is possible now.
"""


#: What R1 calls each status towards buyers and sellers.
SHOWN: Final[Mapping[S, str]] = MappingProxyType(
    {
        S.PLACED: "Pending",
        S.CONFIRMED: "Pending",
        S.PROCESSED: "Processed",
        S.SHIPPED: "Shipped",
        S.DELIVERED: "Delivered",
        S.CANCELLED: "Cancelled",
        S.RETURNED: "Returned",
    }
)


if __name__ == "__main__":
    print(chart(), end="")
