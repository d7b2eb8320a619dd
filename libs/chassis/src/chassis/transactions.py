"""A business transaction: state and what is said about it, committed together or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.clock import Clock
from chassis.postgres import load_queries
from contracts.event import Event

sql = load_queries("chassis")

MAX_EVENT_BYTES = 512 * 1024  #: Half of what the broker takes in one message.


class EventTooLarge(Exception):
    """An event would not fit through the broker; the transaction that said it must say less."""


@dataclass(slots=True)
class Transaction:
    """An open transaction of one service's database."""

    connection: Any  #: asyncpg's connection, inside a transaction.
    now: datetime  #: Business time, read once when the transaction began.
    _said: list[tuple[UUID, str, str, bytes]] = field(default_factory=list)
    _afterwards: list[Callable[[], None]] = field(default_factory=list)

    def say(self, event: Event, about: UUID | str) -> None:
        """Publish *event* if and only if this transaction commits; events *about* one thing keep their order."""
        body = event.model_dump_json(exclude_none=True).encode()
        if len(body) > MAX_EVENT_BYTES:
            raise EventTooLarge(f"{event.subject} has {len(body)} bytes")
        self._said.append((event.event_id, str(about), event.subject, body))

    @property
    def said(self) -> list[tuple[UUID, str, str, bytes]]:
        """What was said so far: event id, what it is about, subject, body."""
        return self._said

    def afterwards(self, poke: Callable[[], None]) -> None:
        """Call *poke* once this transaction has committed; not at all if it does not."""
        self._afterwards.append(poke)

    def committed(self) -> None:
        """Poke whoever waits for what was committed."""
        for poke in self._afterwards:
            poke()

    async def flush(self) -> int:
        """Write what was said to the outbox; gives how many events that were."""
        if self._said:
            ids, abouts, subjects, bodies = zip(*self._said, strict=True)
            await self.connection.execute(sql.put_in_outbox, ids, abouts, subjects, bodies)
        return len(self._said)


@asynccontextmanager
async def begin(
    pool: "asyncpg.Pool[Any]", clock: Clock, said: asyncio.Event | None = None
) -> AsyncIterator[Transaction]:
    """Open a transaction; commits at the end of the block, and then sets *said* if there is something to publish."""
    async with pool.acquire() as connection:
        async with connection.transaction():
            tx = Transaction(connection, clock.now())
            yield tx
            count = await tx.flush()
        if count and said is not None:
            said.set()
        tx.committed()
