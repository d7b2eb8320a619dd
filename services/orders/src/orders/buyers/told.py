"""Who was told what about an order, when, by which channel, and with what outcome (RULES, "Messages")."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.notices.v1 import MessagesTold

sql = load_queries("orders")


async def keep(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep what `notifier` says of its messages; of one message the latest outcome."""
    said = [one for event in events if isinstance(event, MessagesTold) for one in event.messages]
    latest = {one.message_id: one for one in sorted(said, key=lambda one: one.at)}
    rows = [
        (
            one.message_id,
            one.order_id,
            one.shop_id,
            one.recipient,
            " ".join(one.kinds),
            one.channel,
            one.outcome,
            one.at,
        )
        for one in sorted(latest.values(), key=lambda one: one.message_id)
    ]
    if rows:
        await tx.connection.execute(sql.keep_messages_told, *zip(*rows, strict=True))


async def told_of(connection: Any, order_id: UUID) -> list[dict[str, Any]]:
    """Give who was told what about an order, the oldest first.

    Each has ``message_id``, ``recipient`` (buyer or seller), ``kinds``, ``channel``, ``outcome`` and ``at``.
    """
    return [dict(row) for row in await connection.fetch(sql.told_of_order, order_id)]
