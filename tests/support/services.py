"""Services under test: in this process, as a command line, or as a process of their own."""

import asyncio
import base64
import contextlib
import importlib
import io
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import asyncpg
import httpx

from chassis.service import Service
from chassis.settings import ServiceSettings
from sandbox.servers import free_port
from support.servers import Broker, Servers
from support.waiting import eventually

OPERATOR_KEY = "operator-key-of-the-tests-only"
ADMIN_TOKEN = "admin-token-of-the-tests-and-no-other"
SEALING_KEY = base64.b64encode(bytes(range(32))).decode()
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP: httpx would read the system's certificates for each."""
SETTINGS = {
    "orders": "OrdersSettings",
    "carrier-adapter": "CarrierAdapterSettings",
    "deadline-watcher": "DeadlineWatcherSettings",
    "notifier": "NotifierSettings",
}


class SteppedTime:
    """Business time in a file, moved by the test."""

    def __init__(self, file: Path, instant: datetime) -> None:
        self.file = file
        self.set(instant)

    def set(self, instant: datetime) -> None:
        """Make it *instant*."""
        self.now = instant.astimezone(UTC)
        new = self.file.with_suffix(".new")
        new.write_text(self.now.isoformat())
        new.replace(self.file)

    def advance(self, **time: float) -> datetime:
        """Move it on by a `timedelta`; gives the new instant."""
        self.set(self.now + timedelta(**time))
        return self.now


def values_for(name: str, database_url: str, broker: Broker, clock: SteppedTime | None = None) -> dict[str, Any]:
    """Give settings that service *name* starts with, on free ports."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "nats_url": broker.server.url,
        "nats_seed": broker.server.seeds[name],
        "nats_monitor_url": broker.server.monitor_url,
        "ops_port": free_port(),
        "clock_file": clock.file if clock else None,
    }
    match name:
        case "orders":
            values |= {"http_port": free_port(), "operator_key": OPERATOR_KEY}
        case "carrier-adapter":
            values |= {"http_port": free_port(), "sealing_key": SEALING_KEY, "admin_token": ADMIN_TOKEN}
        case "notifier":
            values |= {
                "smtp_host": "127.0.0.1",
                "smtp_port": free_port(),
                "smtp_tls": "none",
                "sender": "waybill@example.com",
                "message_id_domain": "waybill.example.com",
                "public_url": "https://track.example.com",
            }
    return values


def settings_class(name: str) -> type[ServiceSettings]:
    """Give the settings of service *name*."""
    module = importlib.import_module(f"{name.replace('-', '_')}.settings")
    found: type[ServiceSettings] = getattr(module, SETTINGS[name])
    return found


def environment_for(name: str, values: dict[str, Any]) -> dict[str, str]:
    """Give *values* as the environment variables of service *name*."""
    prefix = name.upper().replace("-", "_")
    return {f"{prefix}_{key}".upper(): str(value) for key, value in values.items() if value is not None}


@dataclass
class Running:
    """A service at work in this process."""

    service: Service
    settings: Any
    environment: dict[str, str]  #: The same settings, for a command line or a process.
    task: "asyncio.Task[None]"
    http: httpx.AsyncClient  #: For the service's own HTTP port, where it has one.
    ops: httpx.AsyncClient  #: For /healthz, /readyz, /metrics and /idle.
    broker: Broker
    over: bool = False

    @property
    def pool(self) -> "asyncpg.Pool[Any]":
        """The service's pool: for looking at what it wrote."""
        return self.service.pool

    @property
    def database_url(self) -> str:
        """The address of its database."""
        url: str = self.settings.database_url.get_secret_value()
        return url

    async def wrong(self) -> dict[str, str]:
        """Say what /readyz finds wrong; empty when the service is ready."""
        answer = await self.ops.get("/readyz")
        found: dict[str, str] = answer.json()["wrong"]
        assert (answer.status_code == 200) == (not found)
        return found

    async def quiet(self, within: float = 10) -> None:
        """Wait until the service says twice that nothing is left to do at this instant, and did nothing in between.

        Once is not enough: what it looked at first may have been given something by what it looked at last.
        """
        before: int | None = None
        name = self.service.name

        async def all_is_taken() -> bool:
            return not any([await self.broker.unacknowledged(stream, name) for stream in self.service._consumers])

        async def is_idle() -> bool:
            nonlocal before
            answer = (await self.ops.get("/idle")).json()
            handled = answer["handled"] if answer["idle"] else None
            before, same = handled, handled is not None and handled == before
            return same

        await eventually(all_is_taken, within)  # the service asks the broker, which may not know yet what it has stored
        await eventually(is_idle, within)

    async def stop(self) -> None:
        """Stop it as SIGTERM does; raises what a part of it failed with."""
        self.service.stop()
        await self.ended()

    async def break_off(self) -> None:
        """Cut it short wherever it is, as near to kill -9 as a part of this process can come."""
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.ended()

    async def ended(self) -> None:
        """Wait until it has ended; raises what a part of it failed with."""
        self.over = True
        try:
            await self.task
        finally:
            await self.http.aclose()
            await self.ops.aclose()


@dataclass
class Starter:
    """Starts services in this process; stops them all when the test ends."""

    servers: Servers
    broker: Broker
    running: list[Running] = field(default_factory=list)

    async def __call__(
        self,
        name: str,
        *,
        clock: SteppedTime | None = None,
        database_url: str | None = None,
        create: Callable[[Any], Service] | None = None,
        **settings: Any,
    ) -> Running:
        """Start service *name*; *create* declares another one in its place. Other words are settings."""
        package = name.replace("-", "_")
        url = database_url or await self.servers.fresh_database(package)
        values = {**values_for(name, url, self.broker, clock), **settings}
        made = settings_class(name)(**values)
        declare = create or importlib.import_module(f"{package}.app").create
        service: Service = declare(made)
        task = asyncio.create_task(service.serve(), name=f"{name} under test")
        opened = asyncio.create_task(service.opened.wait())
        await asyncio.wait([task, opened], return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        if task.done():
            await task
        http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{values.get('http_port', 9)}", timeout=30, verify=NO_TLS)
        ops = httpx.AsyncClient(base_url=f"http://127.0.0.1:{made.ops_port}", timeout=10, verify=NO_TLS)
        running = Running(service, made, environment_for(name, values), task, http, ops, self.broker)
        self.running.append(running)
        return running

    async def stop_all(self) -> None:
        """Stop what still runs, the last started first."""
        for running in reversed(self.running):
            if not running.over:
                await running.stop()


@contextlib.asynccontextmanager
async def in_this_process(servers: Servers, broker: Broker) -> AsyncIterator[Starter]:
    """Start services in this process inside the block."""
    starter = Starter(servers, broker)
    with mock.patch.object(os, "_exit", fail_instead_of_exit):
        yield starter
        await starter.stop_all()


class PartFailed(Exception):
    """A part of a service ended; outside tests the process would."""


def fail_instead_of_exit(status: int) -> None:
    """Stand in for `os._exit` while services share the tests' process."""
    raise PartFailed(f"a part of a service ended, and would have ended its process with status {status}")


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    status: int
    printed: str
    complained: str


async def run_tool(name: str, *words: str, environment: dict[str, str]) -> Ran:
    """Run a service's command line, in a thread of this process, with *environment* added to its own."""

    def run() -> Ran:
        program = importlib.import_module(f"{name.replace('-', '_')}.__main__")
        printed, complained = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, environment),
            mock.patch.object(sys, "argv", [name, *words]),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(complained),
        ):
            try:
                program.main()
                status = 0
            except SystemExit as stop:
                status = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        return Ran(status, printed.getvalue(), complained.getvalue())

    return await asyncio.to_thread(run)


class Process:
    """A service as a process of its own."""

    def __init__(self, name: str, values: dict[str, Any], log: Path) -> None:
        self.log = log
        self.ops_url = f"http://127.0.0.1:{values['ops_port']}"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", name.replace("-", "_"), "serve"],
                env={**os.environ, **environment_for(name, values)},
                stdout=out,
                stderr=out,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def said(self) -> str:
        """Give what it wrote so far, to either output."""
        return self.log.read_text()

    async def ready(self) -> None:
        """Wait until it says that it is ready."""
        async with httpx.AsyncClient() as client:

            async def is_ready() -> bool:
                assert self._process.poll() is None, self.said()
                try:
                    answer = await client.get(f"{self.ops_url}/readyz")
                except httpx.HTTPError:
                    return False
                return answer.status_code == 200

            await eventually(is_ready, within=30)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def ended(self, within: float = 20) -> int:
        """Wait until it has ended; gives its exit status."""
        return await asyncio.to_thread(self._process.wait, within)

    def end(self) -> None:
        """Kill it, if it still runs."""
        self._process.kill()
        self._process.wait()


@dataclass
class Launcher:
    """Starts services as processes; kills what still runs of them when the test ends."""

    servers: Servers
    broker: Broker
    folder: Path
    processes: list[Process] = field(default_factory=list)

    async def __call__(self, name: str, *, database_url: str | None = None, **settings: Any) -> Process:
        """Start service *name*, on a fresh database unless it is given one. Other words are settings."""
        url = database_url or await self.servers.fresh_database(name)
        values = {**values_for(name, url, self.broker), **settings}
        process = Process(name, values, self.folder / f"{name}-{len(self.processes)}.log")
        self.processes.append(process)
        return process

    def end_all(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            process.end()
