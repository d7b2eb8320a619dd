"""The life of an order: every status, every trigger, and the one table that joins them.

``python -m orders.life.chart`` draws it, as docs/lifecycle.md has it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from contracts.orders.v1 import OrderStatus as S
from orders.life.machine import Machine


class Trigger(StrEnum):
    """What can happen to an order."""

    CONFIRM = "confirm"  #: The seller accepts it (R2).
    PACK = "pack"  #: The seller packed it, completely (R3).
    UNPACK = "unpack"  #: Its lines changed: what was packed is not what is ordered any more (R11).
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
    (S.PROCESSED, T.UNPACK):    S.CONFIRMED,
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
    (S.PLACED, T.UNPACK), (S.CONFIRMED, T.UNPACK),
    (S.SHIPPED, T.SHIP), (S.DELIVERED, T.SHIP), (S.RETURNED, T.SHIP),
    (S.CANCELLED, T.CANCEL),
    (S.DELIVERED, T.ABANDON), (S.RETURNED, T.ABANDON), (S.CANCELLED, T.ABANDON),
    (S.SHIPPED, T.MOVED), (S.DELIVERED, T.MOVED), (S.RETURNED, T.MOVED), (S.CANCELLED, T.MOVED),
    (S.DELIVERED, T.ARRIVED), (S.CANCELLED, T.ARRIVED),
    (S.PLACED, T.LEFT), (S.CONFIRMED, T.LEFT), (S.PROCESSED, T.LEFT), (S.SHIPPED, T.LEFT), (S.CANCELLED, T.LEFT),
    (S.RETURNED, T.CAME_BACK), (S.CANCELLED, T.CAME_BACK),
})
# fmt: on

ORDER: Final = Machine("order", S, Trigger, TRANSITIONS, LATE)
react = ORDER.react

#: Statuses in which nothing was sent.
BEFORE_SHIPPED: Final = (S.PLACED, S.CONFIRMED, S.PROCESSED)

#: What a seller or buyer can do next, for an error that says so.
POSSIBLE: Final[Mapping[S, tuple[str, ...]]] = MappingProxyType(
    {
        status: tuple(
            trigger.value for trigger in (T.CONFIRM, T.PACK, T.SHIP, T.CANCEL) if (status, trigger) in TRANSITIONS
        )
        for status in S
    }
)

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
