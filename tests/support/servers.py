"""Real PostgreSQL and NATS for tests, started once for the session; a missing one fails the test.

Embedded by default, in Docker containers with ``TEST_SERVERS=containers``: the same tests. Every async fixture lives in
the session's one event loop. The fixtures (declared in tests/conftest.py):

``servers``   The session's `Servers`. ``await servers.fresh_database("orders")`` gives the address of a new, migrated
              database of that package (a copy of a template, some 50 ms); every test takes its own.
``broker``    The session's NATS as a `Broker`, with empty streams and new consumers for each test:
              ``await broker.say(event, …)`` publishes as the service that owns the stream;
              ``await broker.said("ORDERS")`` gives what is on a stream, decoded;
              ``await broker.connect("notifier")`` connects as a service.
``start``     Runs a service in this process, on a fresh database and ``broker`` (see `support.services`):
              ``orders = await start("orders")``, ``watcher = await start("deadline-watcher", clock=clock)``;
              then ``orders.pool``, ``orders.http`` (a client of its API), ``orders.ops`` (a client of its probes),
              ``await orders.stop()``; more keyword arguments are settings. `support.services.run_tool` runs a command
              line: ``await run_tool("orders", "books", environment=orders.environment)``.
``launch``    Runs a service as a process: ``process = await launch("notifier")``, ``await process.ready()``.
``clock``     A stepped clock for ``start``: ``clock.set(instant)``, ``clock.advance(hours=1)``, ``clock.now``.

Wait for what a service does with ``await eventually(condition, within=…)`` of `support.waiting`; never sleep.
A test may kill, stop or pause a server (``servers.nats.kill()``, ``await servers.postgres.pause()``): the fixtures
bring it back before the next test.
"""

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from chassis import topology
from chassis.broker import inbox_prefix
from chassis.postgres import migrate, open_pool
from contracts.event import Event, Poison, decode
from contracts.streams import CONSUMERS, STREAMS
from sandbox.servers import NatsServer, PostgresServer, make_nkey

if TYPE_CHECKING:
    from support.containers import ContainerNats, ContainerPostgres

ROOM = 4 * 1024**3  #: Bytes; a database of its own for each test takes some 8 MB.
OWNER = "owner"  #: A NATS user that may do anything, for looking at streams and emptying them; no service has it.


class EmbeddedPostgres(PostgresServer):
    """PostgreSQL from the wheel, with faults."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._paused: list[int] = []

    def kill(self) -> None:
        """Kill -9 it with every session, as a power cut does, and wait until it is gone."""
        postmaster = self.pid
        if postmaster is None:
            return
        sessions = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, sessions)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self.pid is not None:
            time.sleep(0.01)

    async def pause(self) -> None:
        """Stop it in its tracks: it takes connections and answers nothing."""
        connection = await asyncpg.connect(self.url())
        sessions = [row["pid"] for row in await connection.fetch("SELECT pid FROM pg_stat_activity")]
        postmaster = self.pid
        assert postmaster is not None
        self._paused = [postmaster, *sessions]
        for pid in self._paused:
            os.kill(pid, signal.SIGSTOP)
        connection.terminate()

    def resume(self) -> None:
        """Let it go on."""
        while self._paused:
            with suppress(ProcessLookupError):
                os.kill(self._paused.pop(), signal.SIGCONT)


class EmbeddedNats(NatsServer):
    """NATS from the wheel, with faults."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.seeds[OWNER], key = make_nkey()
        config = folder / "nats.conf"
        config.write_text(with_owner(config.read_text(), key))

    def kill(self) -> None:
        """Kill -9 it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def with_owner(config: str, key: str) -> str:
    """Add the tests' own user to the services' account."""
    users = "    users: [\n"
    assert users in config
    return config.replace(users, f"{users}      {{ nkey: {key} }},\n", 1)


async def listening(connection: Client) -> None:
    """Wait until the server knows every subscription of a connection.

    nats-py's `flush` writes its PING past the lines that still wait to be sent, so the first PONG only says that
    they have been sent since; the second comes after them.
    """
    await connection.flush()
    await connection.flush()


@dataclass
class Broker:
    """The session's NATS as one test sees it: streams that hold nothing yet, and who may connect."""

    server: NatsServer
    owner: Client
    connections: list[Client] = field(default_factory=list)

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream as somebody who may do anything."""
        return self.owner.jetstream()

    async def connect(self, user: str) -> Client:
        """Connect as *user*; closed when the test ends."""
        connection = await connect(self.server, user)
        self.connections.append(connection)
        return connection

    async def say(self, *events: Event) -> None:
        """Publish events, as the services that own their streams do."""
        for event in events:
            await self.put(event.subject, event.model_dump_json(exclude_none=True).encode(), str(event.event_id))

    async def put(self, subject: str, body: bytes, message_id: str | None = None) -> None:
        """Publish bytes on a stream's subject, whatever they are."""
        headers = {"Nats-Msg-Id": message_id or uuid4().hex}
        await self.jetstream.publish(subject, body, headers=headers, timeout=5)

    async def bodies(self, stream: str) -> list[tuple[str, bytes]]:
        """Give (subject, body) of every message on a stream, oldest first."""
        state = (await self.jetstream.stream_info(stream)).state
        found = []
        for sequence in range(max(1, state.first_seq), state.last_seq + 1):
            with suppress(NotFoundError):
                message = await self.jetstream.get_msg(stream, sequence)
                assert message.subject is not None
                found.append((message.subject, message.data or b""))
        return found

    async def said(self, stream: str) -> list[Event]:
        """Give every event on a stream, oldest first."""
        known = STREAMS[stream].known()
        events = [decode(known, subject, body) for subject, body in await self.bodies(stream)]
        assert not [event for event in events if isinstance(event, Poison)]
        return [event for event in events if isinstance(event, Event)]

    async def unacknowledged(self, stream: str, service: str) -> int:
        """Count what a service has still to take, or to acknowledge."""
        info = await self.jetstream.consumer_info(stream, service)
        count = (info.num_pending or 0) + (info.num_ack_pending or 0)
        # A consumer may not have heard yet of a message that the stream has stored.
        delivered = info.delivered.stream_seq if info.delivered else 0
        return count or int(delivered < await self._last_for(stream, service))

    async def _last_for(self, stream: str, service: str) -> int:
        """Give the place of the last message that is for a service; 0 where there is none."""
        filters = next(one.filters for one in CONSUMERS if (one.stream, one.service) == (stream, service))
        last = 0
        for subject in filters or (STREAMS[stream].space,):
            with suppress(NotFoundError):
                last = max(last, (await self.jetstream.get_last_msg(stream, subject)).seq or 0)
        return last

    async def provision(self, ack_wait: float = 2.0) -> None:
        """Make the streams and consumers that are missing."""
        await topology.provision(self.jetstream, ack_wait)

    async def empty(self) -> None:
        """Delete every stream, with its consumers, and make them anew."""
        for name in STREAMS:
            with suppress(NotFoundError):
                await self.jetstream.delete_stream(name)
        await self.provision()


async def connect(server: NatsServer, user: str) -> Client:
    """Connect to *server* as *user*."""
    return await nats.connect(
        server.url,
        name=f"test as {user}",
        nkeys_seed_str=server.seeds[user],
        inbox_prefix=inbox_prefix(user).encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
        error_cb=_ignored,
    )


async def _ignored(_: Exception) -> None:
    """Tests that refuse or cut connections see it in what they assert."""


@dataclass
class Servers:
    """The session's servers."""

    nats: "EmbeddedNats | ContainerNats"
    postgres: "EmbeddedPostgres | ContainerPostgres"
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _templates: set[str] = field(default_factory=set)
    _owner: Client | None = None

    async def fresh_database(self, package: str) -> str:
        """Give the address of a new database with the schema of *package*, as its role."""
        role = package.replace("-", "_")
        if role not in self._templates:
            await self._make_template(role)
        return await self._make_database(role, f"TEMPLATE {role}")

    async def empty_database(self, role: str = "chassis") -> str:
        """Give the address of a new database without any schema."""
        return await self._make_database(role, "TEMPLATE template0")

    async def up(self) -> None:
        """Have both run, whatever was done to them."""
        self.postgres.resume()
        if self.nats.pid is None:
            await asyncio.to_thread(self.nats.start)
        while self.postgres.pid is None or not await self._postgres_answers():
            # A postmaster that was killed leaves its memory to be cleared by the last of its children.
            with suppress(subprocess.SubprocessError):
                await asyncio.to_thread(self.postgres.start)

    async def _postgres_answers(self) -> bool:
        try:
            await self.postgres.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    async def _make_database(self, role: str, source: str) -> str:
        name = f"test_{next(self._numbers)}"
        await self.postgres.execute(f"CREATE DATABASE {name} {source} OWNER {role}")
        return self.postgres.url(name, role)

    async def _make_template(self, role: str) -> None:
        pool = await open_pool(self.postgres.url(role, role), name="template", size=1)
        await migrate(pool, role)
        await pool.close()
        self._templates.add(role)

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[Broker]:
        """Give the NATS server with empty streams; both servers run, whatever was done to them before."""
        await self.up()
        if self._owner is None:
            self._owner = await connect(self.nats, OWNER)
        await self._owner.flush()
        broker = Broker(self.nats, self._owner)
        await broker.empty()
        try:
            yield broker
        finally:
            for connection in broker.connections:
                await connection.close()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Broker]:
        """Give the NATS server as it is, to look at."""
        owner = await connect(self.nats, OWNER)
        try:
            yield Broker(self.nats, owner)
        finally:
            await owner.close()

    async def close(self) -> None:
        """Stop both."""
        if self._owner is not None:
            await self._owner.close()
        self.nats.stop()
        self.postgres.kill()  # nobody needs its last checkpoint
        await asyncio.to_thread(self.postgres.stop)

    def another_nats(self, folder: Path) -> "EmbeddedNats | ContainerNats":
        """Make another NATS server of the same kind, for its ``nats.conf`` in *folder* to be changed before a start."""
        return type(self.nats)(folder)


@contextmanager
def a_folder() -> Iterator[Path]:
    """Give a folder for servers' data: in memory where there is room for it, else where temporary files go.

    Not one of pytest's: PostgreSQL's user must be able to enter it, and pytest sees to it that nobody else can.
    """
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    with tempfile.TemporaryDirectory(prefix="waybill-tests-", dir=memory if roomy else None) as folder:
        yield Path(folder)


def make_servers(folder: Path) -> Servers:
    """Make both servers, of the kind that ``TEST_SERVERS`` names; nothing runs yet."""
    match os.environ.get("TEST_SERVERS", "embedded"):
        case "embedded":
            return Servers(EmbeddedNats(folder / "nats"), EmbeddedPostgres(folder / "postgres"))
        case "containers":
            from support.containers import ContainerNats, ContainerPostgres

            return Servers(ContainerNats(folder / "nats"), ContainerPostgres(folder / "postgres"))
        case other:
            raise ValueError(f"TEST_SERVERS is {other}: it may be embedded or containers")


async def start_servers(folder: Path) -> Servers:
    """Start both servers for the session."""
    servers = make_servers(folder)
    await asyncio.gather(asyncio.to_thread(servers.nats.start), asyncio.to_thread(servers.postgres.start))
    await servers.postgres.make_databases()
    # Tests on these servers cut no power, only processes, whose writes the kernel has. The system tests fsync.
    await servers.postgres.execute("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    await servers.postgres.execute(
        "CREATE ROLE chassis LOGIN NOINHERIT PASSWORD 'sandbox'", "CREATE DATABASE chassis OWNER chassis"
    )
    return servers
