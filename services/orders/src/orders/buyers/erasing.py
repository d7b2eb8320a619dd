"""Erasing a buyer: what remains of the orders has no personal data, and still folds, counts and adds up.

One transaction, under the orders' locks. `carrier-adapter` is told by `BuyerErased`. What the broker's streams hold
goes after 30 days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from chassis.postgres import json_text, load_queries
from chassis.transactions import Transaction
from contracts.orders.v1 import BuyerErased, ErasedRecord, OrderStatus
from orders import store
from orders.files.keeping import forget_files_of_order
from orders.life.cases import RefundState
from orders.life.order import Order
from orders.listing.forgetting import forget_search_of_orders

sql = load_queries("orders")

TOGETHER: Final = 1000  #: Records in one event.


class NotOver(Exception):
    """Orders that still go on: their buyer must be written to."""

    def __init__(self, orders: Sequence[Order]) -> None:
        super().__init__(", ".join(f"{order.id} ({order.status})" for order in orders))


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, in rows."""

    orders: list[UUID]
    buyers: int
    sessions: int
    address_changes: int
    tracking_links: int
    codes: int
    cases: int
    refunds: int
    history: int
    scans: int
    files: int
    answers: int


async def orders_of_email(connection: Any, email: str) -> list[UUID]:
    """Give the orders of whoever has an e-mail, in all shops, in any spelling of upper and lower case."""
    return [row["order_id"] for row in await connection.fetch(sql.orders_of_email, email)]


async def erase(
    tx: Transaction, order_ids: Iterable[UUID], *, emails: Sequence[str] = (), force: bool = False
) -> Erased:
    """Erase the buyer of some orders; done again, it erases what has come since. Unknown orders are left out.

    *emails* are what the buyer may be logged in with beside those that the orders name.

    Raises `NotOver` for orders that still go on, unless with *force*: their buyer can be told nothing any more.
    """
    orders = await store.load(tx.connection, order_ids, lock=True)
    going_on = [order for order in orders.values() if not is_final(order)]
    if going_on and not force:
        raise NotOver(going_on)
    ids = sorted(orders)
    db = tx.connection
    await db.execute(sql.begin_erasing)
    known = [*emails, *(row["email"] for row in await db.fetch(sql.emails_of, ids))]
    records = await db.fetch(sql.records_of_orders, ids)
    shops = sorted({order.shop_id for order in orders.values()})
    erased = Erased(
        orders=ids,
        answers=_count(await db.execute(sql.forget_answers, shops, ids))
        + _count(await db.execute(sql.forget_answers_to_operator, ids)),
        buyers=_count(await db.execute(sql.erase_buyers, ids)),
        sessions=_count(await db.execute(sql.erase_buyer_sessions, known)),
        address_changes=_count(await db.execute(sql.erase_address_changes, ids)),
        tracking_links=_count(await db.execute(sql.erase_links, ids)),
        codes=_count(await db.execute(sql.erase_codes, ids)),
        cases=_count(await db.execute(sql.erase_words_of_cases, ids)),
        refunds=_count(await db.execute(sql.erase_words_of_refunds, ids)),
        history=_count(await db.execute(sql.erase_words_of_history, ids)),
        scans=_count(await db.execute(sql.erase_words_of_scans, [row["scan_id"] for row in records])),
        files=sum([await forget_files_of_order(tx, order_id) for order_id in ids]),
    )
    await forget_search_of_orders(tx, ids)
    await _note(tx, await db.fetch(sql.note_erasure, ids, tx.now))
    _say(tx, ids, [ErasedRecord(**row) for row in records])
    return erased


def is_final(order: Order) -> bool:
    """Say whether nothing can happen to an order any more that its buyer is told of (RULES, "Final")."""
    match order.status:
        case OrderStatus.CANCELLED | OrderStatus.RETURNED:
            settled = (RefundState.ISSUED, RefundState.REFUSED)
            return all(refund.state in settled for refund in order.refunds)
        case OrderStatus.DELIVERED:
            return order.closed_at is not None
    return False


async def _note(tx: Transaction, rows: Sequence[Any]) -> None:
    """Put into the history of orders whose buyer is erased for the first time that it was done."""
    steps = [
        (r["id"], r["version"], tx.now, "erase_buyer", r["status"], r["status"], json_text({}), None) for r in rows
    ]
    if steps:
        await tx.connection.execute(sql.add_history, *zip(*steps, strict=True))


def say_erased(tx: Transaction, rows: Sequence[Any]) -> None:
    """Have the words of records go that came after their buyer was erased; rows have ``order_id`` too."""
    if rows:
        records = [ErasedRecord(scan_id=r["scan_id"], account=r["account"], received_at=r["received_at"]) for r in rows]
        _say(tx, sorted({row["order_id"] for row in rows}), records)


def _say(tx: Transaction, ids: list[UUID], records: list[ErasedRecord]) -> None:
    """Tell whoever keeps words about these orders, in events that fit through the broker."""
    for start in range(0, max(len(records), 1) if ids else 0, TOGETHER):
        some = records[start : start + TOGETHER]
        event = BuyerErased(event_id=uuid4(), occurred_at=tx.now, order_ids=ids, records=some)
        tx.say(event, ids[0])


def _count(tag: str) -> int:
    """Read how many rows a command changed: ``UPDATE 3``."""
    return int(tag.rpartition(" ")[2])
