"""Stock-taking: how many there are by count, and corrections of it. No count goes below what orders hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from orders.stock import booking
from orders.stock.holding import Entry
from orders.stock.moves import Level, Move, StockMove

sql = load_queries("orders")


@dataclass(frozen=True, slots=True)
class Recount:
    """What became of the count of one SKU."""

    sku: str
    before: Level
    after: Level


@dataclass(frozen=True, slots=True)
class TooLow:
    """A count that would leave less than orders hold."""

    sku: str
    on_hand: int  #: As it was wanted.
    reserved: int

    @property
    def sentence(self) -> str:
        """Say why it is refused, and what to do."""
        return (
            f"{self.reserved} of {self.sku} are reserved for orders, so {self.on_hand} on hand cannot be: "
            "cancel or ship some of these orders first, or correct the number"
        )


class CountsTooLow(Exception):
    """Some counts are below what orders hold; the transaction must not commit."""

    def __init__(self, low: Sequence[TooLow]) -> None:
        super().__init__("; ".join(one.sentence for one in low))
        self.low = low


async def count(
    tx: Transaction, shop_id: UUID, location_id: UUID, counts: Mapping[str, int], why: str
) -> list[Recount]:
    """Set what is on hand at a location, by SKU. Raises `CountsTooLow`."""
    await tx.connection.execute(sql.open_levels, shop_id, location_id, list(counts))
    levels = await _lock(tx, location_id, list(counts))
    low = [TooLow(sku, n, levels[sku].reserved) for sku, n in counts.items() if n < levels[sku].reserved]
    if low:
        raise CountsTooLow(low)
    done = [Recount(sku, levels[sku], Level(n, levels[sku].reserved)) for sku, n in counts.items()]
    await _write(tx, shop_id, location_id, Move.COUNT, done, why)
    return done


async def adjust(
    tx: Transaction, shop_id: UUID, location_id: UUID, sku: str, delta: int, why: str
) -> Recount | TooLow | None:
    """Add *delta* to what is on hand of a SKU; None where the location does not count it."""
    before = (await _lock(tx, location_id, [sku])).get(sku)
    if before is None:
        return None
    after = Level(before.on_hand + delta, before.reserved)
    if after.available < 0:
        return TooLow(sku, after.on_hand, before.reserved)
    done = Recount(sku, before, after)
    await _write(tx, shop_id, location_id, Move.ADJUST, [done], why)
    return done


async def _lock(tx: Transaction, location_id: UUID, skus: Sequence[str]) -> dict[str, Level]:
    rows = await tx.connection.fetch(sql.lock_stock, [location_id] * len(skus), skus, [], [])
    return {row["sku"]: Level(row["on_hand"], row["reserved"]) for row in rows}


async def _write(
    tx: Transaction, shop_id: UUID, location_id: UUID, kind: Move, done: Sequence[Recount], why: str
) -> None:
    changed = [one for one in done if one.before != one.after]
    if not changed:
        return
    levels = [(location_id, one.sku, one.after.on_hand, one.after.reserved) for one in changed]
    await tx.connection.execute(sql.save_levels, *zip(*levels, strict=True))
    entries = [
        Entry(shop_id, location_id, None, StockMove(kind, one.sku, one.after.on_hand - one.before.on_hand, why))
        for one in changed
    ]
    await booking.write_down(tx, entries)
