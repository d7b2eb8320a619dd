"""What orders hold of a shop's stock, while moves are done to it. Pure: the caller holds the rows' locks.

An order ships from one location (R21), so it is filled from one or it is *short*. Its record says what it holds, and
moves go by the record: goods that have left do not leave again, and what was given back is not given back twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from orders.stock.moves import Level, Move, StockMove, moved
from orders.stock.nearness import Destination, Lack, Place, Ranked, rank


class HeldState(StrEnum):
    """How an order stands to the stock of one SKU."""

    SHORT = "short"  #: Not all of it is reserved.
    RESERVED = "reserved"
    DISPATCHED = "dispatched"  #: It has left.
    RELEASED = "released"  #: Given back, or not wanted any more.


@dataclass(frozen=True, slots=True)
class Held:
    """An order's record of one SKU."""

    sku: str
    location_id: UUID | None  #: None: the shop has no location that ships.
    quantity: int
    held: int  #: What is reserved of it now.
    state: HeldState
    checked_in: int = 0  #: What came back intact of what had left.


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger."""

    shop_id: UUID
    location_id: UUID
    order_id: UUID | None
    move: StockMove


class Shelves:
    """The levels that a transaction holds, what it did to them, and what of it the ledger is told."""

    def __init__(self, levels: Mapping[tuple[UUID, str], Level], tracked: Iterable[tuple[UUID, str]]) -> None:
        self.levels = dict(levels)
        self.entries: list[Entry] = []
        self._tracked = set(tracked)  #: (shop, SKU)

    def tracks(self, shop_id: UUID, sku: str) -> bool:
        """Say whether the shop counts this SKU at all, anywhere."""
        return (shop_id, sku) in self._tracked

    def level(self, location_id: UUID, sku: str) -> Level:
        """Give a level; where a location never had a SKU there is none of it."""
        return self.levels.get((location_id, sku), Level())

    def move(self, shop_id: UUID, location_id: UUID, order_id: UUID | None, move: StockMove) -> None:
        """Do a move, and write it down."""
        self.levels[location_id, move.sku] = moved(self.level(location_id, move.sku), move)
        self.entries.append(Entry(shop_id, location_id, order_id, move))


class Holding:
    """What one order holds."""

    def __init__(
        self,
        shelves: Shelves,
        shop_id: UUID,
        order_id: UUID,
        rows: Iterable[Held],
        places: Sequence[Place] = (),
        destination: Destination | None = None,
    ) -> None:
        self._shelves, self._shop_id, self._order_id = shelves, shop_id, order_id
        self._places, self._destination = places, destination
        self.rows = {row.sku: row for row in rows}

    def do(self, moves: Sequence[StockMove]) -> None:
        """Do what a change of the order moves; what the record says was done is not done again."""
        reserve = [move for move in moves if move.kind is Move.RESERVE]
        for move in moves:
            if move.kind is Move.RELEASE:
                self._release(move)
        if reserve:
            self._want(reserve)
            self.fill(reserve[0].why)
        for move in moves:
            if move.kind is Move.DISPATCH:
                self._dispatch(move)
            elif move.kind is Move.CHECK_IN:
                self._check_in(move)

    def want_all(self, quantities: Mapping[str, int]) -> None:
        """Take note of what the order needs and has no record of: the shop may count a SKU since it was placed."""
        self._want([StockMove(Move.RESERVE, sku, n) for sku, n in quantities.items() if sku not in self.rows])

    def fill(self, why: str) -> tuple[Lack, ...]:
        """Reserve what is not yet, from one location; where none can give all of it, move nothing and say what lacks.

        What the order holds stays where it is if that location can fill the rest, and else moves with the order.
        """
        rows = [row for row in self.rows.values() if row.state in (HeldState.SHORT, HeldState.RESERVED)]
        if all(row.state is HeldState.RESERVED for row in rows):
            return ()
        here = next((row.location_id for row in rows if row.held), None)
        ranked = self.ranked()
        able = [one for one in ranked if not one.lacks]
        chosen = next((one for one in able if one.place.id == here), able[0] if able else None)
        if chosen is None:
            at = here or (ranked[0].place.id if ranked else None)
            self.rows |= {row.sku: replace(row, location_id=at) for row in rows}
            return _lacks(ranked, here, rows)
        for row in rows:
            held = row.held
            if held and here is not None and here != chosen.place.id:
                self._move(here, StockMove(Move.RELEASE, row.sku, held, why))
                held = 0
            if held < row.quantity:
                self._move(chosen.place.id, StockMove(Move.RESERVE, row.sku, row.quantity - held, why))
            self.rows[row.sku] = replace(row, location_id=chosen.place.id, held=row.quantity, state=HeldState.RESERVED)
        return ()

    def ranked(self) -> list[Ranked]:
        """Rank the shop's locations for what the order needs; what it holds somewhere counts as available there."""
        rows = [row for row in self.rows.values() if row.state in (HeldState.SHORT, HeldState.RESERVED)]
        held = {(row.location_id, row.sku): row.held for row in rows}

        def available(location_id: UUID, sku: str) -> int:
            return self._shelves.level(location_id, sku).available + held.get((location_id, sku), 0)

        return rank(self._places, self._destination, {row.sku: row.quantity for row in rows}, available)

    def _want(self, moves: Iterable[StockMove]) -> None:
        for move in moves:
            row = self.rows.get(move.sku)
            if row is None or row.state is HeldState.RELEASED:
                if self._shelves.tracks(self._shop_id, move.sku):
                    self.rows[move.sku] = Held(move.sku, None, move.quantity, 0, HeldState.SHORT)
            elif row.state is not HeldState.DISPATCHED:
                self.rows[move.sku] = replace(row, quantity=row.quantity + move.quantity, state=HeldState.SHORT)

    def _release(self, move: StockMove) -> None:
        row = self.rows.get(move.sku)
        if row is None or row.state not in (HeldState.SHORT, HeldState.RESERVED):
            return
        left = max(0, row.quantity - move.quantity)
        surplus = max(0, row.held - left)
        if surplus and row.location_id is not None:
            self._move(row.location_id, replace(move, quantity=surplus))
        held = row.held - surplus
        if left:
            state = HeldState.RESERVED if held == left else HeldState.SHORT
            self.rows[move.sku] = replace(row, quantity=left, held=held, state=state)
        else:
            self.rows[move.sku] = replace(row, held=0, state=HeldState.RELEASED)

    def _dispatch(self, move: StockMove) -> None:
        """Goods have left. Where not all of them were reserved, what nobody else holds is taken, and no more."""
        row = self.rows.get(move.sku)
        if row is None or row.state is HeldState.DISPATCHED:
            return
        quantity = row.held
        if row.location_id is not None:
            free = self._shelves.level(row.location_id, move.sku).available
            unreserved = max(0, min(move.quantity - row.held, free))
            if unreserved:
                why = f"{move.why} unreserved"
                self._move(row.location_id, StockMove(Move.RESERVE, move.sku, unreserved, why))
            quantity += unreserved
            if quantity:
                self._move(row.location_id, replace(move, quantity=quantity))
        self.rows[move.sku] = replace(row, quantity=move.quantity, held=0, state=HeldState.DISPATCHED)

    def _check_in(self, move: StockMove) -> None:
        """Goods are back; never more of them than have left."""
        row = self.rows.get(move.sku)
        if row is None or row.state is not HeldState.DISPATCHED or row.location_id is None:
            return
        quantity = min(move.quantity, row.quantity - row.checked_in)
        if quantity > 0:
            self._move(row.location_id, replace(move, quantity=quantity))
            self.rows[move.sku] = replace(row, checked_in=row.checked_in + quantity)

    def _move(self, location_id: UUID, move: StockMove) -> None:
        self._shelves.move(self._shop_id, location_id, self._order_id, move)


def _lacks(ranked: Sequence[Ranked], here: UUID | None, rows: Sequence[Held]) -> tuple[Lack, ...]:
    """Say what lacks where the order stands, or else at the location that has the most of it."""
    best = next((one for one in ranked if one.place.id == here), ranked[0] if ranked else None)
    if best is None:
        return tuple(Lack(row.sku, 0, row.quantity) for row in rows)
    return best.lacks
