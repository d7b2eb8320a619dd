"""A batch is a transaction: what a consumer does with the messages it was given.

In one transaction the inbox takes the events it does not know yet and the handler deals with them; then the messages
are acknowledged. A batch that fails is halved until the poison is alone; alone, it is tried `ATTEMPTS` times, counted
in PostgreSQL, and goes to quarantine. An outage of the database is waited out: nothing is acknowledged or counted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from nats.aio.msg import Msg

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.transactions import Transaction
from contracts.event import Event, Poison, decode
from contracts.streams import StreamSpec

log = get_logger()
sql = load_queries("chassis")

BATCH = 500  #: Messages in one transaction at most; measured as the knee.
LANES = 2  #: Full batches dealt with side by side: the database works on one, this process on the other.
ATTEMPTS = 5  #: Failures alone before an event goes to quarantine.

Handler = Callable[[Transaction, Sequence[Event]], Awaitable[None]]
Together = Callable[[Event], Hashable]  #: Events for which it gives the same are never dealt with side by side.
Begin = Callable[[], AbstractAsyncContextManager[Transaction]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came, and what it turned out to be."""

    message: Msg
    content: Event | Poison

    @property
    def sequence(self) -> int:
        """Its place in the stream."""
        return int(self.message.metadata.sequence.stream)


def open_deliveries(spec: StreamSpec, messages: Sequence[Msg]) -> list[Delivery]:
    """Decode a batch; never raises, whatever the bytes are."""
    known = spec.known()
    return [Delivery(message, decode(known, message.subject, message.data)) for message in messages]


class BatchConsumer:
    """One service's reader of one stream; with *together*, it deals with two full batches side by side."""

    def __init__(
        self,
        spec: StreamSpec,
        handler: Handler,
        begin: Begin,
        pool: Callable[[], Any],
        together: Together | None = None,
    ) -> None:
        self._spec = spec
        self._together = together
        self.most = BATCH * LANES if together else BATCH  #: Messages that `take` can use at a time.
        self._handler = handler
        self._begin = begin
        self._pool = pool
        self.busy = False
        self.handled = 0  #: Fresh events dealt with.
        self.duplicates = 0
        self.quarantined = 0

    async def take(self, messages: Sequence[Msg]) -> None:
        """Deal with messages to the end: handled, known already, or in quarantine. Then they may be acknowledged."""
        self.busy = True
        try:
            deliveries = open_deliveries(self._spec, messages)
            await self._put_aside([(one, one.content) for one in deliveries if isinstance(one.content, Poison)])
            async with asyncio.TaskGroup() as lanes:
                for lane in self._lanes([one for one in deliveries if isinstance(one.content, Event)]):
                    lanes.create_task(self._handle(lane))
        finally:
            self.busy = False

    def _lanes(self, deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
        """Split what is more than one batch; each lane keeps its order, and what belongs together is in one lane."""
        if self._together is None or len(deliveries) <= BATCH:
            return [list(deliveries)]
        lanes: list[list[Delivery]] = [[] for _ in range(LANES)]
        for one in deliveries:
            assert isinstance(one.content, Event)
            lanes[hash(self._together(one.content)) % LANES].append(one)
        return lanes

    async def _handle(self, deliveries: Sequence[Delivery]) -> None:
        """Apply *deliveries*, in halves if they fail together."""
        if not deliveries:
            return
        failure = await self._try(deliveries)
        if failure is None:
            return
        if len(deliveries) > 1:
            half = len(deliveries) // 2
            await self._handle(deliveries[:half])
            await self._handle(deliveries[half:])
        else:
            await self._retry_or_put_aside(deliveries[0], failure)

    async def _try(self, deliveries: Sequence[Delivery]) -> Exception | None:
        """Apply *deliveries* in one transaction; gives what the handler raised. Waits for an absent database."""
        while True:
            try:
                await self._apply(deliveries)
            except TRANSIENT as outage:
                log.warning("batch_waits", stream=self._spec.name, error=type(outage).__name__)
                await asyncio.sleep(0.5)
            except Exception as failure:  # whatever a handler can raise: the caller halves, nothing is lost
                return failure
            else:
                return None

    async def _apply(self, deliveries: Sequence[Delivery]) -> None:
        events = {one.content.event_id: one.content for one in deliveries if isinstance(one.content, Event)}
        async with self._begin() as tx:
            rows = await tx.connection.fetch(sql.remember_events, list(events))
            new = {row["event_id"] for row in rows}
            fresh = [event for key, event in events.items() if key in new]
            if fresh:
                await self._handler(tx, fresh)
        self.handled += len(fresh)
        self.duplicates += len(deliveries) - len(fresh)

    async def _retry_or_put_aside(self, delivery: Delivery, failure: Exception | None) -> None:
        event = delivery.content
        assert isinstance(event, Event)
        while failure is not None:
            log.error("event_failed", stream=self._spec.name, event_id=str(event.event_id), exc_info=failure)
            failures = await self._on_database(sql.count_failure, event.event_id, type(failure).__name__)
            if failures >= ATTEMPTS:
                reason = f"{type(failure).__name__}: {failure}"[:300]
                await self._put_aside([(delivery, Poison(event.subject, delivery.message.data, reason))])
                return
            await asyncio.sleep(0.05 * 2**failures)
            failure = await self._try([delivery])

    async def _on_database(self, query: str, *values: Any) -> Any:
        """Run one query of its own; waits for an absent database."""
        while True:
            try:
                return await self._pool().fetchval(query, *values)
            except TRANSIENT as outage:
                log.warning("batch_waits", stream=self._spec.name, error=type(outage).__name__)
                await asyncio.sleep(0.5)

    async def _put_aside(self, poison: Sequence[tuple[Delivery, Poison]]) -> None:
        if not poison:
            return
        rows = [
            (
                self._spec.name,
                one.sequence,
                what.subject,
                one.content.event_id if isinstance(one.content, Event) else None,
                what.body,
                what.reason,
            )
            for one, what in poison
        ]
        await self._on_database(sql.quarantine, *zip(*rows, strict=True))
        self.quarantined += len(rows)
        log.error("messages_quarantined", stream=self._spec.name, count=len(rows))

    async def replay(self, subject: str, body: bytes) -> str | None:
        """Handle a quarantined message again; gives why it failed, or None."""
        content = decode(self._spec.known(), subject, body)
        if isinstance(content, Poison):
            return content.reason
        try:
            async with self._begin() as tx:
                if await tx.connection.fetch(sql.remember_events, [content.event_id]):
                    await self._handler(tx, [content])
        except TRANSIENT:
            raise
        except Exception as failure:  # the reason goes back to the quarantine's row
            return f"{type(failure).__name__}: {failure}"[:300]
        return None
