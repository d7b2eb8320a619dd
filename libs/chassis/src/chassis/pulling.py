"""Pulls messages of one durable consumer: requests are always open, and a batch is whatever has come.

FastStream 0.7's own pull loop drops the part of a batch that it has already fetched when nats-py times out on the rest,
so that it comes back only after the acknowledgement wait; and its path costs several times nats-py's. Subscribers are
declared with FastStream, which documents them, and served from here.
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable

from nats.aio.msg import Msg

from chassis.batches import BATCH
from chassis.broker import Connection, inbox_prefix
from chassis.logs import get_logger

log = get_logger()

EXPIRES = 20.0  #: Seconds that the broker keeps a request open.
LINGER = 0.003  #: Seconds that a batch may still grow: a burst becomes one transaction.
LINGER_BUSY = 0.02  #: The same while messages come faster than they are dealt with: fewer, larger transactions.


class Puller:
    """Takes what the broker has for consumer *durable* of *stream*, and hands it on, at most *most* at a time."""

    def __init__(
        self,
        nats: Connection,
        stream: str,
        durable: str,
        take: Callable[[list[Msg]], Awaitable[None]],
        most: int = BATCH,
    ) -> None:
        self._nats = nats
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = f"{inbox_prefix(durable)}.pull.{stream.lower()}"
        self._take = take
        self._most = most
        self._waiting: deque[Msg] = deque()
        self._arrived = asyncio.Event()
        self._stopping = False
        self._asked = 0  # messages that the broker still owes for open requests

    @property
    def holding(self) -> int:
        """How many messages have come and are not handed on yet."""
        return len(self._waiting)

    def reconnected(self) -> None:
        """Forget the requests of a connection that is gone."""
        self._asked = 0
        self._arrived.set()

    def stop(self) -> None:
        """Hand nothing more on; `run` returns once the batch under way is dealt with."""
        self._stopping = True
        self._arrived.set()

    async def run(self) -> None:
        """Pull until stopped."""
        subscription = await self._nats.subscribe(self._inbox, cb=self._on_message)
        linger = LINGER
        try:
            while not self._stopping:
                await self._ask_for_more()
                if not self._waiting:
                    await self._await_message()
                    linger = LINGER
                    continue
                if len(self._waiting) < self._most:
                    await asyncio.sleep(linger)
                messages = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                await self._take(messages)
                await self._nats.acknowledge(messages)
                linger = LINGER_BUSY
        finally:
            with contextlib.suppress(Exception):  # the connection may be gone already
                await subscription.unsubscribe()

    async def _ask_for_more(self) -> None:
        # As much again is on its way while one helping is worked on.
        while self._asked + len(self._waiting) <= self._most:
            self._asked += BATCH
            request = {"batch": BATCH, "expires": int(EXPIRES * 1e9)}
            await self._nats.publish(self._subject, json.dumps(request).encode(), reply=self._inbox)

    async def _await_message(self) -> None:
        if self._stopping:
            return
        self._arrived.clear()
        try:
            await asyncio.wait_for(self._arrived.wait(), EXPIRES + 2)
        except TimeoutError:
            # Neither messages nor the end of a request: the broker has forgotten it.
            self._asked = 0

    async def _on_message(self, message: Msg) -> None:
        status = message.headers.get("Status") if message.headers and not message.reply else None
        if status is None:
            self._asked = max(0, self._asked - 1)
            self._waiting.append(message)
        else:
            await self._on_status(status, message.headers or {})
        self._arrived.set()

    async def _on_status(self, status: str, headers: dict[str, str]) -> None:
        """A request ended: with messages still owed (timed out), or because the consumer cannot be served."""
        owed = headers.get("Nats-Pending-Messages")
        if owed is None:
            log.warning("pull_refused", subject=self._subject, status=status, reason=headers.get("Description", ""))
            await asyncio.sleep(0.5)
        self._asked = max(0, self._asked - int(owed)) if owed and owed.isdigit() else 0
