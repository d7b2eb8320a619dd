"""The same servers in Docker containers, on ports that stay theirs when they are started again."""

import asyncio
import os
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import asyncpg
import nkeys
from testcontainers.core.container import DockerContainer

from chassis.permissions import USERS, render
from sandbox.servers import NatsServer, PostgresServer, free_port, make_nkey
from support.servers import OWNER, with_owner

NATS_IMAGE = os.environ.get("TEST_NATS_IMAGE", "nats:2.15-alpine")
POSTGRES_IMAGE = os.environ.get("TEST_POSTGRES_IMAGE", "postgres:18")
START_WITHIN = 60.0  #: Seconds.


class _Container:
    """A container that may be killed, paused and started again."""

    def __init__(self, container: DockerContainer) -> None:
        self._container = container
        self._made = False

    @property
    def host(self) -> str:
        """Where its ports are."""
        return str(self._container.get_container_host_ip())

    @property
    def pid(self) -> int | None:
        """Its first process, while it runs."""
        if not self._made:
            return None
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        return int(wrapped.attrs["State"]["Pid"]) or None

    def start(self) -> None:
        """Start it; also again."""
        if self._made:
            self._container.get_wrapped_container().start()
        else:
            self._container.start()
            self._made = True

    def signal(self, name: str) -> None:
        """Send its first process a signal, and wait until it is gone."""
        wrapped = self._container.get_wrapped_container()
        wrapped.kill(name)
        wrapped.wait()

    def pause(self) -> None:
        """Freeze all of it."""
        self._container.get_wrapped_container().pause()

    def resume(self) -> None:
        """Let it go on, if it was paused."""
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        if wrapped.status == "paused":
            wrapped.unpause()

    def remove(self) -> None:
        """Stop it, and forget it with its volumes."""
        if self._made:
            self._container.stop()
            self._made = False


class ContainerNats(NatsServer):
    """NATS in a container, with the configuration that `chassis.permissions` renders."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        keys = {user: nkeys.from_seed(seed.encode()).public_key.decode() for user, seed in self.seeds.items()}
        text = render({user: keys[user] for user in USERS}, monitor="0.0.0.0:8222")
        self.seeds[OWNER], key = make_nkey()
        (folder / "nats.conf").write_text(with_owner(text, key))
        container = DockerContainer(NATS_IMAGE).with_command("--config /waybill.conf")
        container = container.with_copy_into_container(folder / "nats.conf", "/waybill.conf")
        self._box = _Container(container.with_bind_ports(4222, self.port).with_bind_ports(8222, self.monitor_port))

    @property
    def url(self) -> str:
        """Where services connect."""
        return f"nats://{self._box.host}:{self.port}"

    @property
    def monitor_url(self) -> str:
        """Where the broker says how it is configured."""
        return f"http://{self._box.host}:{self.monitor_port}"

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._box.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._box.start()
        give_up = time.monotonic() + START_WITHIN
        while True:
            try:
                with urllib.request.urlopen(f"{self.monitor_url}/healthz", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        """Kill -9 it."""
        self._box.signal("SIGKILL")

    def stop(self) -> None:
        """Stop it, and forget it."""
        self._box.remove()


class ContainerPostgres(PostgresServer):
    """PostgreSQL in a container."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._port = free_port()
        self._box = _Container(
            DockerContainer(POSTGRES_IMAGE)
            .with_env("POSTGRES_PASSWORD", "sandbox")
            .with_bind_ports(5432, self._port)
            .with_kwargs(shm_size="256m")
        )

    @property
    def pid(self) -> int | None:
        """The postmaster, while there is one."""
        return self._box.pid

    def url(self, database: str = "postgres", role: str = "postgres") -> str:
        """Give the address of a database."""
        return f"postgresql://{role}:sandbox@{self._box.host}:{self._port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it takes work."""
        self._box.start()
        asyncio.run(self._answers())

    async def _answers(self) -> None:
        give_up = time.monotonic() + START_WITHIN
        while True:
            try:
                connection: Any = await asyncpg.connect(self.url(), timeout=5)
                await connection.close()
            except (OSError, asyncpg.PostgresError, TimeoutError):
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """Kill -9 it."""
        self._box.signal("SIGKILL")

    async def pause(self) -> None:
        """Stop it in its tracks: it takes connections and answers nothing."""
        self._box.pause()

    def resume(self) -> None:
        """Let it go on."""
        self._box.resume()

    def stop(self) -> None:
        """Stop it, and forget it."""
        self._box.remove()
