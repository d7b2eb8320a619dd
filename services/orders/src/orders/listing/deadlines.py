"""What is ahead of orders, as deadline-watcher says it: kept to be shown and listed by, never computed here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres import json_text, load_queries
from chassis.transactions import Transaction
from contracts.deadlines.v1 import DeadlinesSet

sql = load_queries("orders")


@dataclass(frozen=True, slots=True)
class Ahead:
    """A deadline ahead of an order."""

    kind: str
    rule: str  #: ``D3`` … as RULES numbers it.
    parcel: int | None  #: None where it is the order's.
    due_at: datetime


async def keep(tx: Transaction, tellings: Sequence[DeadlinesSet]) -> None:
    """Keep what was said of orders, each by its newest version; what is older than what is known changes nothing."""
    newest: dict[UUID, Any] = {}
    for one in (one for telling in tellings for one in telling.orders):
        if one.order_id not in newest or newest[one.order_id].order_version < one.order_version:
            newest[one.order_id] = one
    if not newest:
        return
    rows = [
        (
            one.order_id,
            one.order_version,
            min((deadline.due_at for deadline in one.ahead), default=None),
            json_text([deadline.model_dump(mode="json") for deadline in one.ahead]),
        )
        for one in newest.values()
    ]
    await tx.connection.execute(sql.keep_deadlines, *zip(*rows, strict=True))


async def deadlines_ahead_of(connection: Any, order_ids: Iterable[UUID]) -> dict[UUID, list[Ahead]]:
    """Give what is ahead of some orders, the soonest first; an order of which nothing was said has no entry."""
    rows = await connection.fetch(sql.deadlines_ahead_of, list(order_ids))
    return {row["order_id"]: read_ahead(row["ahead"]) for row in rows}


def read_ahead(ahead: Iterable[dict[str, Any]]) -> list[Ahead]:
    """Read what `keep` has written, the soonest first."""
    read = (Ahead(one["kind"], one["rule"], one["parcel"], datetime.fromisoformat(one["due_at"])) for one in ahead)
    return sorted(read, key=lambda one: (one.due_at, one.kind, one.parcel or 0))
