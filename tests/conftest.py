"""Fixtures: real servers for the session, a clean broker and services for each test. See `support.servers`."""

import gc
import logging
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import structlog

from contracts.streams import SERVICES
from support.servers import Broker, Servers, a_folder, start_servers
from support.services import Launcher, Starter, SteppedTime, in_this_process

# How long an example takes says nothing on a busy machine.
hypothesis.settings.register_profile(
    "waybill", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("waybill")

# The tests run beside each other: what steps back for whatever runs beside it would not come to its turn.
os.environ |= {f"{service.upper().replace('-', '_')}_NICENESS": "0" for service in SERVICES}

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest test begin first: the others are done beside it."""
    items.sort(key=lambda item: item.path.name != "test_demo.py")


def pytest_collection_finish() -> None:
    """Look for garbage seldom: what was imported stays, and each service that starts makes a hundred routes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """Have logs shown with the test that fails, and nowhere else."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("nats").setLevel(logging.ERROR)


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    """PostgreSQL and NATS."""
    with a_folder() as folder:
        running = await start_servers(folder)
        yield running
        await running.close()


@pytest.fixture
async def broker(servers: Servers) -> AsyncIterator[Broker]:
    """NATS with empty streams."""
    async with servers.broker() as broker:
        yield broker


@pytest.fixture
def clock(tmp_path: Path) -> SteppedTime:
    """Business time, at noon of a Monday (UTC) until the test moves it."""
    return SteppedTime(tmp_path / "clock", NOON)


@pytest.fixture
async def start(servers: Servers, broker: Broker) -> AsyncIterator[Starter]:
    """Start services in this process."""
    async with in_this_process(servers, broker) as starter:
        yield starter


@pytest.fixture
def launch(servers: Servers, broker: Broker, tmp_path: Path) -> Iterator[Launcher]:
    """Start services as processes."""
    launcher = Launcher(servers, broker, tmp_path)
    yield launcher
    launcher.end_all()
