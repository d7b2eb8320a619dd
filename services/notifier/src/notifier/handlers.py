"""What the notifier does when it hears of orders: it keeps the messages that are to be sent."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.deadlines.v1 import ReminderDue
from contracts.event import Event
from contracts.orders.v1 import CodeAsked, OrderChanged
from notifier.messages import CODE, Message, code_of, digest_of, messages_of

sql = load_queries("notifier")

#: What may be sent from here on is sent before all else that waits: somebody sits before a page and waits for a code.
AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def on_orders(tx: Transaction, events: Sequence[Event]) -> int:
    """Keep what buyers and sellers are to be told; gives how many messages that is."""
    messages: list[Message] = []
    for event in events:
        if isinstance(event, OrderChanged):
            messages += messages_of(event)
        elif isinstance(event, CodeAsked):
            messages.append(code_of(event))
    return await _keep(tx, messages)


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
                AT_ONCE if one.kinds == (CODE,) else tx.now,
            )
            for one in messages
        ]
        await tx.connection.execute(sql.keep_messages, *zip(*rows, strict=True))
    return len(messages)
