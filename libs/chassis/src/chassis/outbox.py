"""The relay: publishes what transactions said, in order, until the broker has confirmed it."""

import asyncio
import json
from argparse import _SubParsersAction
from typing import Any
from uuid import uuid4

import asyncpg
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from chassis.broker import Connection
from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, connected, load_queries
from contracts.streams import STREAMS

log = get_logger()
sql = load_queries("chassis")

BATCH = 500  #: Rows published at a time; the broker takes at most 1,000 in one atomic batch.
ATOMIC_FROM = 10  #: Below this many rows single publishes cost the broker less.
LINGER_BUSY = 0.02  #: Seconds that rows may still gather while they come faster than they are published.
DUPLICATE_IN_BATCH = 10201  #: The broker's code for "a message of this batch is already stored".


class BatchRefused(Exception):
    """The broker did not store an atomic batch."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code


#: What the relay waits out: the rows are still there afterwards.
WAITED_OUT: tuple[type[BaseException], ...] = (*TRANSIENT, NatsError, APIError, BatchRefused)


def stream_of(subject: str) -> str:
    """Name the stream that *subject* lies in."""
    space = subject.split(".", 1)[0]
    return next(spec.name for spec in STREAMS.values() if spec.space.split(".", 1)[0] == space)


async def publish_atomically(nats: Connection, rows: list[Any]) -> None:
    """Store all *rows* of one stream or none, with one fsync. Raises `BatchRefused` or a NATS error."""
    batch = uuid4().hex
    *others, last = (
        (
            row["subject"],
            {
                "Nats-Batch-Id": batch,
                "Nats-Batch-Sequence": str(place),
                "Nats-Msg-Id": str(row["event_id"]),
            },
            row["body"],
        )
        for place, row in enumerate(rows, start=1)
    )
    await nats.publish_all(others)
    subject, headers, body = last
    answer = await nats.request(subject, body, timeout=10, headers={**headers, "Nats-Batch-Commit": "1"})
    _check(answer.data)


def _check(answer: bytes) -> None:
    said = json.loads(answer)
    if error := said.get("error"):
        raise BatchRefused(error.get("err_code", 0), error.get("description", ""))


class Relay:
    """Publishes the outbox of one database. Many may run; the one whose session holds the lock works."""

    def __init__(self, pool: "asyncpg.Pool[Any]", nats: Connection) -> None:
        self._pool = pool
        self._nats = nats
        self.poke = asyncio.Event()  #: Set it after a commit that said something.
        self.published = 0

    async def run(self) -> None:
        """Publish until cancelled; an outage of broker or database is waited out."""
        while True:
            try:
                async with self._pool.acquire() as session:
                    await self._serve(session)
            except WAITED_OUT as error:
                log.warning("relay_waits", error=type(error).__name__, reason=str(error)[:200])
                await asyncio.sleep(0.5)

    async def _serve(self, session: Any) -> None:
        while not await session.fetchval(sql.become_relay):  # noqa: ASYNC110 - another process holds it
            await asyncio.sleep(1)
        while True:
            if await self.run_once(session) == BATCH:
                continue
            if self.poke.is_set():  # more was said meanwhile, and more is on its way
                await asyncio.sleep(LINGER_BUSY)
            try:
                # A tool in another process may have said something too; it cannot poke.
                await asyncio.wait_for(self.poke.wait(), 0.25)
            except TimeoutError:
                continue
            self.poke.clear()

    async def run_once(self, session: Any) -> int:
        """Publish the oldest rows, and give how many there were."""
        rows = await session.fetch(sql.take_waiting, BATCH)
        if not rows:
            return 0
        if len(rows) >= ATOMIC_FROM:
            try:
                await publish_atomically(self._nats, rows)
            except BatchRefused as refused:
                if refused.code != DUPLICATE_IN_BATCH:
                    raise
                await self._publish_singly(rows)
        else:
            await self._publish_singly(rows)
        await session.execute(sql.mark_published, [row["id"] for row in rows])
        self.published += len(rows)
        return len(rows)

    async def _publish_singly(self, rows: list[Any]) -> None:
        jetstream = self._nats.jetstream()
        for row in rows:
            await jetstream.publish(
                row["subject"],
                row["body"],
                timeout=5,
                stream=stream_of(row["subject"]),
                headers={"Nats-Msg-Id": str(row["event_id"])},
            )


def add_commands(commands: "_SubParsersAction[Any]", package: str) -> None:
    """Add ``outbox republish`` to a service's tool: it rebuilds the service's stream after the broker lost it."""
    tool = commands.add_parser("outbox", help="rebuild the stream from what this service said")
    verbs = tool.add_subparsers(required=True, metavar="VERB")
    verb = verbs.add_parser("republish", help="publish everything of the last days again; readers drop what they know")
    verb.add_argument("--days", type=int, default=45, help="how far back (default: all that is kept)")
    verb.set_defaults(run=lambda settings, options: _republish(settings, options.days, package))


async def _republish(settings: Any, days: int, package: str) -> int:
    async with connected(settings.database_url.get_secret_value(), package) as pool:
        answer = await pool.execute(sql.republish, days)
    print(f"{answer.rsplit(' ', 1)[-1]} events are on their way again")
    return 0
