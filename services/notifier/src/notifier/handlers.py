"""What the notifier does when it hears of orders: it keeps the messages that are to be sent."""

import json
from collections.abc import Sequence

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.deadlines.v1 import ReminderDue
from contracts.event import Event
from contracts.orders.v1 import OrderChanged
from notifier.messages import Message, digest_of, messages_of

sql = load_queries("notifier")


async def on_orders(tx: Transaction, events: Sequence[Event]) -> int:
    """Keep what buyers and sellers are to be told; gives how many messages that is."""
    return await _keep(tx, [one for event in events if isinstance(event, OrderChanged) for one in messages_of(event)])


async def on_deadlines(tx: Transaction, events: Sequence[Event]) -> int:
    """Keep the sellers' daily digests."""
    return await _keep(tx, [digest_of(event) for event in events if isinstance(event, ReminderDue)])


async def _keep(tx: Transaction, messages: Sequence[Message]) -> int:
    if messages:
        rows = [
            (
                one.id,
                one.order_id,
                one.shop_id,
                one.recipient,
                " ".join(one.kinds),
                " ".join(one.facts),
                json.dumps(one.parts),
                tx.now,
            )
            for one in messages
        ]
        await tx.connection.execute(sql.keep_messages, *zip(*rows, strict=True))
    return len(messages)
