"""A running `carrier-adapter`, and carriers with accounts in it.

``door`` is shared by the tests of a module; ``adapter`` and ``ninjavan`` are a test's own. A module uses one or the
other.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from carrier_adapter import intake
from carrier_adapter.accounts import Accounts
from carrier_adapter.scorecard.keeping import Scorecard
from support.pushing import Carrier, a_body, add_carrier
from support.servers import Servers
from support.services import Running, Starter, SteppedTime, in_this_process
from support.waiting import eventually


@pytest.fixture(autouse=True, scope="session")
def _accounts_are_read_often() -> None:
    """Have a change of an account count in an instant, not in a second; and what is counted of feeds be written so."""
    Accounts.refresh_every = 0.02
    Scorecard.write_every = 0.02


@pytest.fixture
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a push wait for its commit as long as it takes, where a test holds commits up or sends very many at once."""
    monkeypatch.setattr(intake, "START_WITHIN", 20)
    monkeypatch.setattr(intake, "COMMIT_WITHIN", 20)


async def known(running: Running, name: str, format_name: str = "ninjavan-webhook", **told: str) -> Carrier:
    """Add a carrier account, and wait until its pushes are taken."""
    carrier = await add_carrier(running.pool, running.service.clock, running.http, name, format_name, **told)

    async def is_known() -> bool:
        return (await carrier.push(a_body())).status_code == 202

    await eventually(is_known)
    return carrier


@dataclass
class Door:
    """The carriers' endpoint of an adapter that the tests of a module share."""

    running: Running
    _carriers: dict[str, Carrier] = field(default_factory=dict)

    async def carrier(self, format_name: str = "ninjavan-webhook", scheme: str | None = None) -> Carrier:
        """Give the module's carrier of a format."""
        name = scheme or format_name
        if name not in self._carriers:
            told = {"scheme": scheme} if scheme else {}
            self._carriers[name] = await known(self.running, name, format_name, **told)
        return self._carriers[name]

    async def kept(self) -> int:
        """Count the pushes that are kept."""
        return int(await self.running.pool.fetchval("SELECT count(*) FROM pushes"))

    async def said_of(self, receipt: str) -> list[tuple[str, dict[str, Any]]]:
        """Give what was said of a push once it is read, in order: subjects and bodies."""
        await self.running.quiet()
        rows = await self.running.pool.fetch("SELECT subject, body FROM outbox ORDER BY id")
        said = [(row["subject"], json.loads(row["body"])) for row in rows]
        return [(subject, body) for subject, body in said if body.get("push_id") == receipt]


@pytest.fixture(scope="module")
async def door(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A `carrier-adapter` at work, for tests that need no more than its endpoint."""
    clock = SteppedTime(tmp_path_factory.mktemp("door") / "clock", datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with servers.broker() as broker, in_this_process(servers, broker) as start:
        yield Door(await start("carrier-adapter", clock=clock))


@pytest.fixture
async def adapter(start: Starter, clock: SteppedTime) -> Running:
    """A `carrier-adapter` of the test's own, on the stepped clock."""
    return await start("carrier-adapter", clock=clock)


@pytest.fixture
async def ninjavan(adapter: Running) -> Carrier:
    """A carrier with an account in ``adapter``."""
    return await known(adapter, "ninjavan")
