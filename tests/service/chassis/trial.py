"""A service whose handler the tests choose: it reads SCANS as `orders` does, and notes each event's effect."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from chassis.service import Service
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.orders.v1 import (
    Fulfilment,
    OrderChanged,
    OrderState,
    OrderStatus,
    ParcelState,
    PaymentMethod,
    PolicyPublished,
)
from contracts.policy import Policy
from contracts.scans.v1 import Watermark
from support.services import Running, Starter

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

Effect = Callable[[Transaction, Watermark], Awaitable[None]]


async def _no_more(_: Transaction, __: Watermark) -> None:
    """Do nothing beyond the note."""


@dataclass
class Trial:
    """What the handler was given, batch by batch, and what it does with each event."""

    effect: Effect = _no_more
    batches: list[list[int]] = field(default_factory=list)

    def declare(self, settings: Any) -> Service:
        """Declare the service."""
        service = Service(settings, name="orders", package="orders")
        service.consumes("SCANS", self._on_feed)
        return service

    async def _on_feed(self, tx: Transaction, events: Sequence[Event]) -> None:
        marks = [event for event in events if isinstance(event, Watermark)]
        self.batches.append([mark.records for mark in marks])
        for mark in marks:
            await tx.connection.execute("INSERT INTO effects (records) VALUES ($1)", mark.records)
            await self.effect(tx, mark)

    async def start(self, start: Starter, **settings: Any) -> Running:
        """Run it on a fresh database with a table for the effects."""
        url = settings.pop("database_url", None) or await database_for_effects(start)
        return await start("orders", database_url=url, **{"create": self.declare, **settings})


async def database_for_effects(start: Starter) -> str:
    """Give a database in which a trial's effects can be noted."""
    url = await start.servers.fresh_database("orders")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE effects (records bigint)")
    await connection.close()
    return url


async def effects(running: Running) -> list[int]:
    """Give the number of each event that had its effect, once per effect."""
    rows = await running.pool.fetch("SELECT records FROM effects ORDER BY records")
    return [row["records"] for row in rows]


def numbered(number: int) -> Watermark:
    """Give an event that bears a number."""
    return Watermark(event_id=uuid4(), occurred_at=NOW, through=NOW, records=number)


def policy_of(shop_id: UUID, version: int) -> PolicyPublished:
    """Give an event that `orders` may say: a shop's policy of a version."""
    return PolicyPublished(event_id=uuid4(), occurred_at=NOW, shop_id=shop_id, policy=Policy(version=version))


def changed(version: int) -> OrderChanged:
    """Give an event that `orders` may say and others read: an order of a version."""
    state = OrderState(
        order_id=uuid4(),
        shop_id=uuid4(),
        version=version,
        status=OrderStatus.PLACED,
        fulfilment=Fulfilment.SHIP_BY_SELLER,
        payment=PaymentMethod.CARD,
        placed_at=NOW,
        policy=Policy(),
        parcels=[ParcelState(number=1)],
    )
    return OrderChanged(event_id=uuid4(), occurred_at=NOW, state=state)
