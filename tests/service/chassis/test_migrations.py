"""Migrations: applied once, all or none; a database that is newer, or was migrated otherwise, is refused."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.postgres import SchemaMismatch, migrate, open_pool
from support.servers import Servers
from support.services import Launcher, Starter, run_tool

PACKAGE = "migrated_on_trial"


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of migrations of a package that exists for one test."""
    folder = tmp_path / PACKAGE / "sql" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / PACKAGE / "__init__.py").touch()
    (folder / "0001_first.sql").write_text("CREATE TABLE first (id int);")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    sys.modules.pop(PACKAGE, None)


@pytest.fixture
async def pool(servers: Servers) -> AsyncIterator["asyncpg.Pool[Any]"]:
    """A pool on an empty database."""
    await servers.up()
    pool = await open_pool(await servers.empty_database(), name="test", size=4)
    yield pool
    await pool.close()


async def tables(pool: "asyncpg.Pool[Any]") -> set[str]:
    rows = await pool.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    return {row["table_name"] for row in rows}


async def test_a_database_gets_the_tables_of_the_chassis_and_of_the_package(
    pool: "asyncpg.Pool[Any]", migrations: Path
) -> None:
    await migrate(pool, PACKAGE)

    assert {"first", "inbox", "outbox", "outbox_waiting", "attempts", "quarantine"} <= await tables(pool)


async def test_a_migration_is_applied_once(pool: "asyncpg.Pool[Any]", migrations: Path) -> None:
    await migrate(pool, PACKAGE)
    (migrations / "0002_second.sql").write_text("CREATE TABLE second (id int); INSERT INTO first VALUES (1);")

    await migrate(pool, PACKAGE)
    await migrate(pool, PACKAGE)

    assert await pool.fetchval("SELECT count(*) FROM first") == 1


async def test_two_processes_that_start_together_migrate_once(pool: "asyncpg.Pool[Any]", migrations: Path) -> None:
    (migrations / "0002_second.sql").write_text("INSERT INTO first VALUES (1);")

    await asyncio.gather(*(migrate(pool, PACKAGE) for _ in range(4)))

    assert await pool.fetchval("SELECT count(*) FROM first") == 1


async def test_a_migration_that_fails_leaves_nothing_behind(pool: "asyncpg.Pool[Any]", migrations: Path) -> None:
    (migrations / "0002_broken.sql").write_text("CREATE TABLE second (id int); SELECT nothing FROM nowhere;")

    with pytest.raises(asyncpg.UndefinedTableError):
        await migrate(pool, PACKAGE)

    assert await tables(pool) == set()


async def test_a_database_that_newer_code_has_migrated_is_refused(pool: "asyncpg.Pool[Any]", migrations: Path) -> None:
    (migrations / "0002_second.sql").write_text("CREATE TABLE second (id int);")
    await migrate(pool, PACKAGE)
    (migrations / "0002_second.sql").unlink()

    with pytest.raises(SchemaMismatch) as mismatch:
        await migrate(pool, PACKAGE)

    assert str(mismatch.value) == (
        "the database has migrated_on_trial/0002_second.sql, which this code does not: run the newer code"
    )


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(
    pool: "asyncpg.Pool[Any]", migrations: Path
) -> None:
    await migrate(pool, PACKAGE)
    (migrations / "0001_first.sql").write_text("CREATE TABLE first (id bigint);")

    with pytest.raises(SchemaMismatch) as mismatch:
        await migrate(pool, PACKAGE)

    assert str(mismatch.value) == (
        "migrated_on_trial/0001_first.sql was changed after it was applied: restore it, add a new one"
    )


async def test_a_service_does_not_start_on_a_newer_database_and_says_so_in_one_sentence(
    start: Starter, launch: Launcher
) -> None:
    running = await start("deadline-watcher")
    await running.pool.execute("INSERT INTO migrations VALUES ('deadline_watcher', '9999_future.sql', '')")
    await running.stop()

    ran = await run_tool("deadline-watcher", "quarantine", "list", environment=running.environment)
    process = await launch("deadline-watcher", database_url=running.database_url)

    sentence = "the database has deadline_watcher/9999_future.sql, which this code does not: run the newer code\n"
    assert (ran.status, ran.complained) == (2, sentence)
    assert (await process.ended(20), process.said()) == (2, sentence)
