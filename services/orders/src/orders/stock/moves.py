"""What happens to stock: moves, what each does to a level, and which ones a change of an order brings (R2, R11).

Pure. *On hand* is what lies at a location, *reserved* the part of it that orders hold; the rest is *available*. No move
makes one of the three negative.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from contracts.orders.v1 import OrderStatus
from orders.life.order import Order


class Move(StrEnum):
    """A kind of move; its value stands in the ledger."""

    RESERVE = "reserve"  #: An order takes hold of it.
    RELEASE = "release"  #: Given back: the goods never left.
    DISPATCH = "dispatch"  #: What was reserved has left.
    CHECK_IN = "check_in"  #: A return that came back intact.
    COUNT = "count"  #: Stock-taking: the difference to what was believed.
    ADJUST = "adjust"  #: A correction with a reason.


@dataclass(frozen=True, slots=True)
class StockMove:
    """One move of one SKU, for one order at its location, or by the shop itself."""

    kind: Move
    sku: str
    quantity: int  #: Above 0; a count or an adjustment may be negative.
    why: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """What there is of one SKU at one location."""

    on_hand: int = 0
    reserved: int = 0

    @property
    def available(self) -> int:
        """What no order holds."""
        return self.on_hand - self.reserved


class NotInStock(Exception):
    """A move asked for more than there is."""


def moved(level: Level, move: StockMove) -> Level:
    """Give the level after *move*. Raises `NotInStock` where something would be negative."""
    quantity = move.quantity
    match move.kind:
        case Move.RESERVE:
            after = Level(level.on_hand, level.reserved + quantity)
        case Move.RELEASE:
            after = Level(level.on_hand, level.reserved - quantity)
        case Move.DISPATCH:
            after = Level(level.on_hand - quantity, level.reserved - quantity)
        case Move.CHECK_IN | Move.COUNT | Move.ADJUST:
            after = Level(level.on_hand + quantity, level.reserved)
    if after.reserved < 0 or after.available < 0:
        raise NotInStock(f"{move.sku}: {move.kind} {quantity} with {level.on_hand} on hand, {level.reserved} reserved")
    return after


def has_left(order: Order) -> bool:
    """Say whether goods of the order left: it is marked shipped, or somebody was seen to have a parcel."""
    return order.shipped_at is not None or any(parcel.state.first_physical_at for parcel in order.parcels)


def may_reserve(before: Order | None, after: Order) -> bool:
    """Say whether a change of an order could reserve something."""
    return before is None or before.lines is not after.lines


def is_moving(before: Order | None, after: Order) -> bool:
    """Say whether a change of an order could move anything: quick, for the many that move nothing."""
    if before is None or may_reserve(before, after):
        return True
    cancelled = after.status is OrderStatus.CANCELLED and before.status is not OrderStatus.CANCELLED
    return cancelled or has_left(after) != has_left(before)


def moves_of(before: Order | None, after: Order) -> tuple[StockMove, ...]:
    """Say what a change of an order moves; *before* is None where it is new.

    The order's own stock record makes it safe to say the same twice: see `orders.stock.holding`.
    """
    if before is None:
        return _each(Move.RESERVE, _quantities(after), "order placed")
    if has_left(after):
        left = () if has_left(before) else _each(Move.DISPATCH, _quantities(after), "goods left")
        return (*_difference(before, after), *left) if left else ()
    if after.status is OrderStatus.CANCELLED:
        if before.status is OrderStatus.CANCELLED:
            return ()
        return _each(Move.RELEASE, _quantities(before), "order cancelled")
    return _difference(before, after)


def checked_in(order: Order, lines: Iterable[tuple[str, int]]) -> tuple[StockMove, ...]:
    """Say what checking a return in moves: *lines* are (SKU, quantity) that came back intact (R2, R12)."""
    ordered = _quantities(order)
    intact = Counter[str]()
    for sku, quantity in lines:
        intact[sku] += quantity
    return _each(Move.CHECK_IN, Counter({sku: n for sku, n in intact.items() if sku in ordered}), "return checked in")


def _difference(before: Order, after: Order) -> tuple[StockMove, ...]:
    if before.lines is after.lines:
        return ()
    was, now = _quantities(before), _quantities(after)
    return (
        *_each(Move.RELEASE, was - now, "order changed"),
        *_each(Move.RESERVE, now - was, "order changed"),
    )


def _quantities(order: Order) -> Counter[str]:
    quantities = Counter[str]()
    for line in order.lines:
        quantities[line.sku] += line.quantity
    return quantities


def _each(kind: Move, quantities: Counter[str], why: str) -> tuple[StockMove, ...]:
    return tuple(StockMove(kind, sku, quantity, why) for sku, quantity in quantities.items() if quantity > 0)
