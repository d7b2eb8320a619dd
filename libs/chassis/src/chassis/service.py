"""A running service: what it reads, answers, serves and does by itself, declared first and run together.

``app.create(settings)`` of each service reads like an inventory: it declares and does no I/O. `Service.run` opens
things in order, and closes them in reverse when it is told to stop.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import reduce
from operator import or_
from typing import Any

import asyncpg
import uvloop
from faststream import AckPolicy, AsyncAPI, FastStream
from faststream.nats import JStream, PullSub
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry, Counter, Gauge

from chassis import health, logs, topology, watchdog
from chassis.batches import BATCH, BatchConsumer, Handler, Together
from chassis.broker import Connection, connect, make_broker
from chassis.clock import Clock, make_clock
from chassis.outbox import WAITED_OUT, Relay, stream_of
from chassis.postgres import TRANSIENT, close_pool, load_queries, migrate, open_pool
from chassis.pulling import Puller
from chassis.quarantine import replay_forever
from chassis.serving import HttpServer
from chassis.settings import ServiceSettings
from chassis.transactions import Transaction, begin
from contracts.event import Event
from contracts.streams import CONSUMERS, RPCS, STREAMS

log = logs.get_logger()
sql = load_queries("chassis")

START_PATIENCE = 60.0  #: Seconds that a start waits for PostgreSQL.
FINISH_WITHIN = 3.0  #: Seconds that a batch under way has to finish in when the service is told to stop.

Responder = Callable[[bytes], Awaitable[bytes]]


class Unanswered(Exception):
    """Nobody answered a question in time; ask again later."""


class Service:
    """One of the four services, declared. Nothing runs before `run`."""

    def __init__(self, settings: ServiceSettings, *, name: str, package: str) -> None:
        self.settings = settings
        self.name = name
        self.package = package
        self.clock: Clock = make_clock(settings.clock_file)
        self.broker = make_broker(settings.nats_url, settings.nats_seed.get_secret_value(), name=name)
        self.registry = CollectorRegistry()
        self._consumers: dict[str, BatchConsumer] = {}
        self._pullers: dict[str, Puller] = {}
        self._responders: list[Any] = []
        self._servers: list[HttpServer] = []
        self._loops: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        self._idle: dict[str, Callable[[], Awaitable[bool]]] = {}
        self._checks: dict[str, health.Check] = {}
        self._looks: list[Callable[[Any], Awaitable[None]]] = []
        self._pool: asyncpg.Pool[Any] | None = None
        self._nats: Connection | None = None
        self._relay: Relay | None = None
        self._said = asyncio.Event()
        self._stopping = asyncio.Event()
        self._doors = AsyncExitStack()  # the HTTP servers: closed first, while what they wait for still runs
        self.opened = asyncio.Event()  #: Set once everything is open and the service is at work.
        self._handled = self.gauge("waybill_events_handled", "Fresh events dealt with since the start", ("stream",))
        self._duplicates = self.gauge("waybill_events_duplicate", "Events that were known already", ("stream",))
        self._aside = self.gauge("waybill_events_quarantined", "Events put aside since the start", ("stream",))
        self._waiting = self.gauge("waybill_outbox_waiting", "Events that the broker has not confirmed yet")
        for spec in STREAMS.values():
            if spec.said_by == name:
                for subject, event in spec.known().items():
                    self.broker.publisher(subject, schema=event, title=f"{event.__name__} on {subject}")

    # --- declaring ---------------------------------------------------------------------------------------------

    def consumes(self, stream: str, handler: Handler, together: Together | None = None) -> None:
        """Read *stream*: *handler* gets some 500 fresh events at most, in stream order, inside a transaction.

        With *together*, two such transactions may run side by side: never two with events for which it gives the same.
        """
        spec = STREAMS[stream]
        filters = next(c.filters for c in CONSUMERS if c.stream == stream and c.service == self.name)
        consumer = BatchConsumer(spec, handler, self.transaction, lambda: self.pool, together)
        self._consumers[stream] = consumer

        async def on_batch(batch: Any) -> None:
            """Take a batch of events in one transaction."""

        heard = {event for subject, event in spec.known().items() if not filters or subject in filters}
        on_batch.__name__ = f"on_{stream.lower()}"
        # Declared so that the document names it; `Puller` serves it.
        on_batch.__annotations__["batch"] = list[reduce(or_, sorted(heard, key=lambda e: e.__name__))]  # type: ignore[misc]
        self.broker.subscriber(
            filters[0] if len(filters) == 1 else spec.space.replace(">", "*"),
            stream=JStream(stream, declare=False),
            durable=self.name,
            pull_sub=PullSub(batch_size=BATCH, batch=True),
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            title=f"{stream} for {self.name}",
        )(on_batch)

    def answers(self, subject: str, responder: Responder) -> None:
        """Answer questions on *subject* (core NATS): *responder* gets the question's bytes, gives the answer's."""
        rpc = next(rpc for rpc in RPCS if rpc.subject == subject)

        async def on_question(question: Any) -> Any:
            return await responder(question)

        on_question.__name__ = f"on_{subject.rsplit('.', 1)[-1]}"
        on_question.__annotations__ = {"question": rpc.question, "return": rpc.answer}
        subscriber = self.broker.subscriber(subject, decoder=_raw)
        subscriber(on_question)
        self._responders.append(subscriber)

    def serves_http(self, app: Any, host: str, port: int) -> None:
        """Serve an ASGI app on *host*:*port* beside everything else."""
        self._servers.append(HttpServer(app, host, port))

    def looks_first(self, look: Callable[[Any], Awaitable[None]]) -> None:
        """Have *look* see the migrated database before anything is opened; it may raise `CannotStart`."""
        self._looks.append(look)

    def background(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run *loop* until the service stops. Its end, or a failure of it, ends the process."""
        self._loops.append((name, loop))

    def chore(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run *loop* until the service stops, and again after an outage of the database: for what may wait."""
        self.background(name, lambda: _patiently(loop))

    def ready_when(self, name: str, check: health.Check) -> None:
        """Have /readyz ask *check*: a sentence on what is wrong, or None."""
        self._checks[name] = check

    def idle_when(self, name: str, check: Callable[[], Awaitable[bool]]) -> None:
        """Have /idle ask *check*: is there nothing left to do at this instant of the clock?"""
        self._idle[name] = check

    def counter(self, name: str, description: str, labels: tuple[str, ...] = ()) -> Counter:
        """Make a counter on /metrics."""
        return Counter(name, description, labels, registry=self.registry)

    def gauge(self, name: str, description: str, labels: tuple[str, ...] = ()) -> Gauge:
        """Make a gauge on /metrics."""
        return Gauge(name, description, labels, registry=self.registry)

    def asyncapi(self) -> str:
        """Give this service's AsyncAPI document, as JSON."""
        app = FastStream(self.broker, specification=AsyncAPI(title=self.name, version="1"))
        document: str = app.schema.to_specification().to_json()
        return document

    # --- while running -----------------------------------------------------------------------------------------

    @property
    def pool(self) -> "asyncpg.Pool[Any]":
        """The pool; there is none before the service runs."""
        assert self._pool is not None, "the service is not running"
        return self._pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a business transaction; what it says is published after it commits."""
        async with begin(self.pool, self.clock, self._relay.poke if self._relay else self._said) as tx:
            yield tx

    async def ask(self, subject: str, question: bytes, timeout: float = 2.0) -> bytes:  # noqa: ASYNC109 - NATS's own
        """Ask another service; raises `Unanswered` when nobody does within *timeout* seconds."""
        assert self._nats is not None, "the service is not running"
        try:
            return (await self._nats.request(subject, question, timeout=timeout)).data
        except (NatsError, TimeoutError) as silence:
            raise Unanswered(subject) from silence

    async def publish_level(self, event: Event) -> None:
        """Publish a level (a watermark) past the outbox; for what only counts until the next one. May raise."""
        assert self._nats is not None, "the service is not running"
        await self._nats.jetstream().publish(
            event.subject,
            event.model_dump_json(exclude_none=True).encode(),
            timeout=5,
            stream=stream_of(event.subject),
            headers={"Nats-Msg-Id": str(event.event_id)},
        )

    # --- running -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; ends the process with status 1 if a part of it fails."""
        logs.configure(self.name, self.settings.log_level)
        os.nice(self.settings.niceness)
        uvloop.run(self._main())

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        guard = watchdog.watch(loop)
        try:
            await self.serve()
        finally:
            guard.set()

    def stop(self) -> None:
        """Have `serve` finish what is under way, and return."""
        self._stopping.set()

    async def serve(self) -> None:
        """Open everything, work until `stop`, finish what is under way, close everything."""
        async with AsyncExitStack() as stack:
            if await self._open_unless_stopped(stack):
                await self._until_stopped()
            log.info("service_stops")

    async def _open_unless_stopped(self, stack: AsyncExitStack) -> bool:
        """Open everything; gives that up, and says so, when the service is told to stop while a server is awaited."""
        opening = asyncio.create_task(self._open(stack), name="open")
        stop = asyncio.create_task(self._stopping.wait(), name="stop")
        await asyncio.wait([opening, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not opening.done():
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            return False
        await opening
        return True

    async def _open(self, stack: AsyncExitStack) -> None:
        settings = self.settings
        await self._open_database()
        stack.push_async_callback(close_pool, self.pool)
        seed = settings.nats_seed.get_secret_value()
        self._nats = await connect(settings.nats_url, seed, name=self.name, reconnected=self._on_reconnected)
        stack.push_async_callback(_let_go, self._nats.close)
        self._relay = Relay(self.pool, self._nats)
        for stream, consumer in self._consumers.items():
            self._pullers[stream] = Puller(self._nats, stream, self.name, consumer.take, consumer.most)
        ops = HttpServer(
            health.make_app(self._all_checks(), self._idleness, self.registry, self._refresh),
            settings.ops_host,
            settings.ops_port,
        )
        await stack.enter_async_context(ops.running())
        if self._responders:
            await self.broker.connect()
            stack.push_async_callback(_let_go, self.broker.stop)
            for responder in self._responders:
                await responder.start()
        await stack.enter_async_context(self._doors)
        for server in self._servers:
            await self._doors.enter_async_context(server.running())

    async def _open_database(self) -> None:
        give_up = asyncio.get_running_loop().time() + START_PATIENCE
        while True:
            try:
                url = self.settings.database_url.get_secret_value()
                self._pool = await open_pool(url, name=self.name, size=self.settings.pool_size)
                await migrate(self._pool, self.package)
                for look in self._looks:
                    await look(self._pool)
                return
            except TRANSIENT as outage:
                if asyncio.get_running_loop().time() > give_up:
                    raise
                log.warning("database_awaited", error=type(outage).__name__)
                await asyncio.sleep(0.5)

    async def _on_reconnected(self) -> None:
        for puller in self._pullers.values():
            puller.reconnected()

    async def _until_stopped(self) -> None:
        assert self._relay is not None
        stop = asyncio.create_task(self._stopping.wait(), name="stop")
        pulls = [asyncio.create_task(puller.run(), name=f"pull {name}") for name, puller in self._pullers.items()]
        loops = [
            asyncio.create_task(self._relay.run(), name="relay"),
            asyncio.create_task(_patiently(self._trim), name="trim"),
            asyncio.create_task(_patiently(lambda: replay_forever(self.pool, self._consumers)), name="replays"),
            *(asyncio.create_task(_awaited(work()), name=name) for name, work in self._loops),
        ]
        self.opened.set()
        log.info("service_started", port=self.settings.ops_port)
        try:
            done, _ = await asyncio.wait([stop, *pulls, *loops], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stop}:
                log.error("loop_ended", name=task.get_name(), exc_info=task.exception())
                # Half a service is worse than none: the supervisor starts a whole one.
                os._exit(1)
            for puller in self._pullers.values():
                puller.stop()
            await self._doors.aclose()
            if pulls:
                await asyncio.wait(pulls, timeout=FINISH_WITHIN)
        finally:
            for task in (stop, *pulls, *loops):
                task.cancel()
            # One that has asked a server for something may not hear of it before its connection is closed.
            await asyncio.wait([stop, *pulls, *loops], timeout=1)

    async def _trim(self) -> None:
        while True:
            for query in (sql.trim_outbox, sql.trim_inbox):
                while await self.pool.execute(query) == "DELETE 5000":  # noqa: ASYNC110 - slice by slice
                    await asyncio.sleep(0.1)
            await asyncio.sleep(3600)

    # --- what the operators' port says -------------------------------------------------------------------------

    def _all_checks(self) -> dict[str, health.Check]:
        return {
            "stopping": self._check_stopping,
            "database": self._check_database,
            "broker": self._check_broker,
            "durability": lambda: health.broker_syncs(self.settings.nats_monitor_url),
            **self._checks,
        }

    async def _check_stopping(self) -> str | None:
        return "the service is stopping" if self._stopping.is_set() else None

    async def _check_database(self) -> str | None:
        async with self.pool.acquire(timeout=1.5) as connection:
            await connection.fetchval("SELECT 1", timeout=1.5)
        return None

    async def _check_broker(self) -> str | None:
        assert self._nats is not None
        if not self._nats.is_connected or (self._responders and not await self.broker.ping(0.5)):
            return "not connected"
        return "; ".join(await topology.differences(self._nats.jetstream(), self.name)) or None

    async def _refresh(self) -> None:
        for stream, consumer in self._consumers.items():
            self._handled.labels(stream).set(consumer.handled)
            self._duplicates.labels(stream).set(consumer.duplicates)
            self._aside.labels(stream).set(consumer.quarantined)
        self._waiting.set(await self.pool.fetchval(sql.count_waiting))

    async def _idleness(self) -> dict[str, Any]:
        now = self.clock.now()
        waiting: dict[str, int] = {}
        try:
            waiting["outbox"] = await self.pool.fetchval(sql.count_waiting)
            for stream, consumer in self._consumers.items():
                waiting[f"stream {stream}"] = await self._pending(stream) + int(consumer.busy)
            for name, check in self._idle.items():
                waiting[name] = 0 if await check() else 1
        except WAITED_OUT as outage:
            waiting[type(outage).__name__] = 1
        handled = sum(consumer.handled + consumer.duplicates for consumer in self._consumers.values())
        return {
            "idle": not any(waiting.values()),
            "clock": now.isoformat(),
            "handled": handled + (self._relay.published if self._relay else 0),
            "waiting": {name: count for name, count in waiting.items() if count},
        }

    async def _pending(self, stream: str) -> int:
        assert self._nats is not None
        info = await self._nats.jetstream().consumer_info(stream, self.name)
        return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def _let_go(close: Callable[[], Awaitable[None]]) -> None:
    """Close a connection to the broker; one that is down cannot say goodbye, and need not."""
    with contextlib.suppress(NatsError, OSError):
        await close()


async def _raw(message: Any) -> bytes:
    body: bytes = message.body
    return body


async def _awaited(work: Awaitable[None]) -> None:
    await work


async def _patiently(work: Callable[[], Awaitable[None]]) -> None:
    """Start *work* again after an outage; for chores that may wait."""
    while True:
        try:
            await work()
        except TRANSIENT as outage:
            log.warning("chore_waits", error=type(outage).__name__)
            await asyncio.sleep(1)
