"""The whole of Waybill as processes on one machine: started in order, kept alive, stopped together."""

import asyncio
import base64
import contextlib
import ctypes
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sandbox.servers import SERVICES, NatsServer, PostgresServer, free_port, start_both

READY_WITHIN = 60.0  #: Seconds.
IDLE_WITHIN = 120.0  #: Seconds; an outage that takes longer is a defect.
SETTLED_FOR = 0.05  #: Seconds between two looks.


def _die_with_parent() -> None:
    """Have the kernel end this process when the sandbox ends, however it ends (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@dataclass
class Stack:
    """The running system, and where to find its parts."""

    folder: Path
    nats: NatsServer
    postgres: PostgresServer
    clock_file: Path | None
    ports: dict[str, int] = field(default_factory=dict)
    operator_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    admin_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    sealing_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: bool = False
    restarts: int = 0

    @property
    def orders_url(self) -> str:
        """The sellers' API."""
        return f"http://127.0.0.1:{self.ports['orders']}"

    @property
    def feeds_url(self) -> str:
        """The carriers' endpoint."""
        return f"http://127.0.0.1:{self.ports['carrier-adapter']}/v1/feeds"

    @property
    def mail_url(self) -> str:
        """The page of the mail sink."""
        return f"http://127.0.0.1:{self.ports['mail']}"

    @property
    def mail_file(self) -> Path:
        """Where the mail sink keeps what came."""
        return self.folder / "mail.jsonl"

    def environment(self, service: str) -> dict[str, str]:
        """Give the environment of a service, or of its command-line tool."""
        prefix, name = service.upper().replace("-", "_"), service.replace("-", "_")
        values = {
            "DATABASE_URL": self.postgres.url(name, name),
            "NATS_URL": self.nats.url,
            "NATS_SEED": self.nats.seeds[service],
            "NATS_MONITOR_URL": self.nats.monitor_url,
            "OPS_PORT": str(self.ports[f"{service} ops"]),
            # The carriers' door goes first: whoever pushes waits for an answer, what comes behind it may catch up.
            "NICENESS": os.environ.get(f"{prefix}_NICENESS", "0" if service == "carrier-adapter" else "15"),
            **({"CLOCK_FILE": str(self.clock_file)} if self.clock_file else {}),
        }
        match service:
            case "orders":
                values |= {"HTTP_PORT": str(self.ports["orders"]), "OPERATOR_KEY": self.operator_key}
            case "carrier-adapter":
                values |= {"HTTP_PORT": str(self.ports["carrier-adapter"])}
                values |= {"SEALING_KEY": self.sealing_key, "ADMIN_TOKEN": self.admin_token}
            case "notifier":
                values |= {
                    "SMTP_HOST": "127.0.0.1",
                    "SMTP_PORT": str(self.ports["smtp"]),
                    "SMTP_TLS": "none",
                    "SENDER": "waybill@example.com",
                    "MESSAGE_ID_DOMAIN": "waybill.example.com",
                    "PUBLIC_URL": self.orders_url,
                }
        return {**os.environ, **{f"{prefix}_{name}": value for name, value in values.items()}}

    def start_process(self, name: str) -> None:
        """Start a service, or the mail sink."""
        if name == "mail":
            ports = ["--smtp-port", str(self.ports["smtp"]), "--http-port", str(self.ports["mail"])]
            command = [sys.executable, "-m", "sandbox.mail", *ports, "--file", str(self.mail_file)]
            environment = dict(os.environ)
        else:
            command = [sys.executable, "-m", name.replace("-", "_"), "serve"]
            environment = self.environment(name)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, preexec_fn=_die_with_parent
            )

    async def tool(self, service: str, *words: str) -> Any:
        """Run a service's command-line tool; gives what it printed, as JSON."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", service.replace("-", "_"), *words),
            env=self.environment(service),
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"{service} {' '.join(words)}: {printed.decode().strip()}")
        return json.loads(printed)

    def kill(self, name: str) -> None:
        """Kill -9 a service, ``nats`` or ``postgres``; the supervisor starts it again."""
        pid = {"nats": self.nats.pid, "postgres": self.postgres.pid}.get(name)
        if pid is None and name in self.processes:
            pid = self.processes[name].pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    async def supervise(self) -> None:
        """Start again what died, until cancelled."""
        while True:
            await asyncio.sleep(0.2)
            # A server that is still dying cannot be started yet: the next round tries again.
            with contextlib.suppress(subprocess.SubprocessError, AssertionError, RuntimeError, OSError):
                if self.nats.pid is None:
                    self.restarts += 1
                    await asyncio.to_thread(self.nats.start)
                if self.postgres.pid is None:
                    self.restarts += 1
                    await asyncio.sleep(0.5)
                    await asyncio.to_thread(self.postgres.start)
            for name, process in list(self.processes.items()):
                if process.poll() is not None:
                    self.restarts += 1
                    self.start_process(name)

    async def ready(self) -> None:
        """Wait until every service says that it is ready."""
        give_up = asyncio.get_running_loop().time() + READY_WITHIN
        async with httpx.AsyncClient(timeout=5) as client:
            for service in SERVICES:
                while True:
                    wrong = await self._wrong(client, service)
                    if wrong is None:
                        break
                    if asyncio.get_running_loop().time() > give_up:
                        raise RuntimeError(f"{service} is not ready: {wrong}; see {self.folder / service}.log")
                    await asyncio.sleep(0.05)

    async def _wrong(self, client: httpx.AsyncClient, service: str) -> str | None:
        try:
            answer = await client.get(f"http://127.0.0.1:{self.ports[f'{service} ops']}/readyz")
        except httpx.HTTPError as failure:
            return type(failure).__name__
        return None if answer.status_code == 200 else str(answer.json()["wrong"])

    async def idle(self, client: httpx.AsyncClient, instant: str | None = None) -> None:
        """Wait until nothing is left to do at this instant: every service says so twice, and has done nothing between.

        A message on its way is in an outbox or in a stream, so that its sender or its reader is not idle; reading all
        four twice sees what moved from one that was not read yet to one that was. Not at once: for some milliseconds
        a stream may hold what its consumers do not count yet.
        """
        give_up = asyncio.get_running_loop().time() + IDLE_WITHIN
        before: list[int] | None = None
        while True:
            answers = await asyncio.gather(*(self._idleness(client, service) for service in SERVICES))
            quiet = all(one and one["idle"] and (instant is None or one["clock"] >= instant) for one in answers)
            handled = [one["handled"] for one in answers if one] if quiet else None
            if handled is not None and handled == before:
                return
            before = handled
            if asyncio.get_running_loop().time() > give_up:
                waiting = {service: one and one["waiting"] for service, one in zip(SERVICES, answers, strict=True)}
                raise RuntimeError(f"still at work after {IDLE_WITHIN:.0f} s: {waiting}; logs are in {self.folder}")
            await asyncio.sleep(0.01 if handled is None else SETTLED_FOR)

    async def _idleness(self, client: httpx.AsyncClient, service: str) -> dict[str, Any] | None:
        try:
            answer = await client.get(f"http://127.0.0.1:{self.ports[f'{service} ops']}/idle", timeout=5)
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError):
            return None
        return found


@asynccontextmanager
async def running(folder: Path, clock_file: Path | None = None) -> AsyncIterator[Stack]:
    """Run everything under *folder*, which is made new; stops it all on leaving."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    nats, postgres = await start_both(folder)
    stack = Stack(folder, nats, postgres, clock_file)
    names = ("orders", "carrier-adapter", "smtp", "mail", *(f"{service} ops" for service in SERVICES))
    stack.ports = {name: free_port() for name in names}
    try:
        for name in ("mail", *SERVICES):
            stack.start_process(name)
        await stack.ready()
        supervisor = asyncio.create_task(stack.supervise())
        try:
            yield stack
        finally:
            supervisor.cancel()
            await asyncio.gather(supervisor, return_exceptions=True)
    finally:
        for process in stack.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in stack.processes.values():
            try:
                await asyncio.to_thread(process.wait, 10)
            except subprocess.TimeoutExpired:
                process.kill()
        nats.stop()
        await asyncio.to_thread(postgres.stop)
