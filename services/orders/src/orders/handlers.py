"""What `orders` does when events arrive: records go into the books, deadlines are judged when they may be."""

from collections.abc import Sequence

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.deadlines.v1 import DeadlineDue
from contracts.event import Event
from contracts.scans.v1 import Watermark
from orders import store
from orders.bookkeeping import Books, feed_records
from orders.decide import judge

sql = load_queries("orders")


async def on_feed(tx: Transaction, events: Sequence[Event]) -> None:
    """Judge records into their buckets, then the deadlines that waited for them."""
    records = feed_records(events)
    if records:
        books = Books(tx)
        await books.judge(records)
        await books.close()
    await _raise_level(tx, len(records), [event for event in events if isinstance(event, Watermark)])
    await judge_waiting(tx)


async def on_deadlines(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep deadlines, and judge those that nothing can be on its way for any more."""
    rows = [(e.event_id, e.order_id, e.due_at, e.model_dump_json()) for e in events if isinstance(e, DeadlineDue)]
    if rows:
        await tx.connection.execute(sql.keep_proposals, *zip(*rows, strict=True))
    await judge_waiting(tx)


async def judge_waiting(tx: Transaction) -> None:
    """Judge the deadlines whose due time the feed's watermark has passed, in the order they were due."""
    rows = sorted(await tx.connection.fetch(sql.take_proposals), key=lambda row: (row["due_at"], row["event_id"]))
    proposals = [DeadlineDue.model_validate(row["body"]) for row in rows]
    orders = await store.load(tx.connection, [proposal.order_id for proposal in proposals], lock=True)
    changes = []
    for proposal in proposals:
        order = orders.get(proposal.order_id)
        if order is not None:
            outcome = judge(order, proposal, tx.now)
            changes.append((order, outcome))
            orders[order.id] = outcome.order
    await store.save(tx, changes)


async def _raise_level(tx: Transaction, count: int, watermarks: Sequence[Watermark]) -> None:
    if count:
        await tx.connection.execute(sql.count_records, count)
    if watermarks:
        await tx.connection.execute(
            sql.keep_watermarks, [mark.records for mark in watermarks], [mark.through for mark in watermarks]
        )
    through = await tx.connection.fetchval(sql.raise_level)
    await tx.connection.execute(sql.drop_watermarks, through)
