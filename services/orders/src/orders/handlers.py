"""What `orders` does when events arrive: records go into the books, deadlines wait until they may be judged."""

from collections.abc import Sequence

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.deadlines.v1 import DeadlineDue, DeadlinesSet
from contracts.event import Event
from contracts.scans.v1 import Watermark
from orders import linked_feeds, proposals
from orders.bookkeeping import Books, feed_records
from orders.buyers import told
from orders.listing import deadlines
from orders.marketplace import taking

sql = load_queries("orders")


async def on_feed(tx: Transaction, events: Sequence[Event]) -> None:
    """Judge records into their buckets, and take note of how far the feed has got."""
    await linked_feeds.keep(tx, events)
    records = feed_records(events)
    if records:
        books = Books(tx)
        await books.judge(records)
        await books.close()
    await _raise_level(tx, len(records), [event for event in events if isinstance(event, Watermark)])


async def on_deadlines(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep deadlines until nothing can be on its way any more that was accepted before they were due.

    What is said of those ahead is kept beside them, to be shown.
    """
    await proposals.keep(tx, [event for event in events if isinstance(event, DeadlineDue)])
    await deadlines.keep(tx, [event for event in events if isinstance(event, DeadlinesSet)])


async def on_notices(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep who was told what."""
    await told.keep(tx, events)


async def on_marketplace(tx: Transaction, events: Sequence[Event]) -> None:
    """Do what marketplaces' notices ask of orders, or keep them until their orders are placed."""
    await taking.take(tx, events)


async def _raise_level(tx: Transaction, count: int, watermarks: Sequence[Watermark]) -> None:
    if count:
        await tx.connection.execute(sql.count_records, count)
    if watermarks:
        await tx.connection.execute(
            sql.keep_watermarks, [mark.records for mark in watermarks], [mark.through for mark in watermarks]
        )
    through = await tx.connection.fetchval(sql.raise_level)
    await tx.connection.execute(sql.drop_watermarks, through)
