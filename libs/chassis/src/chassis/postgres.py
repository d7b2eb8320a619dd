"""PostgreSQL: the pool, queries by name, migrations, and which errors pass by themselves."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

import asyncpg
from pydantic_core import from_json, to_json

MIGRATION_LOCK = 7_232_001  #: Advisory lock: one process migrates a database at a time.

#: Errors that say nothing about the work: the server is away, full, restarting, or two transactions met.
TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection that just broke says to its next query
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
)


class SchemaMismatch(Exception):
    """The database and the code do not fit; the sentence says which is newer and what to do."""


class CannotStart(Exception):
    """What is in the database does not go with what the service was told; the sentence says what to do."""


class QueryUnknown(AttributeError):
    """No query of that name stands in the package's SQL files."""


class Queries:
    """The queries of one package by name: ``sql.insert_scan`` is the text under ``-- name: insert_scan``."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def __getattr__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise QueryUnknown(name) from None


def load_queries(package: str) -> Queries:
    """Read every ``<package>/sql/*.sql``; a name that stands twice is an error at import."""
    texts: dict[str, str] = {}
    for file in sorted(resources.files(package).joinpath("sql").iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".sql"):
            continue
        for block in re.split(r"^-- name: *", file.read_text(), flags=re.MULTILINE)[1:]:
            name, _, text = block.partition("\n")
            if name.strip() in texts:
                raise SchemaMismatch(f"the query {name.strip()} stands twice in {package}/sql")
            texts[name.strip()] = text.strip().rstrip(";")
    return Queries(texts)


def json_text(value: Any) -> str:
    """Write *value* as JSON, for a jsonb column or an array of them that is passed as text."""
    return to_json(value).decode()


async def _prepare(connection: "asyncpg.Connection[Any]") -> None:
    await connection.set_type_codec("jsonb", encoder=json_text, decoder=from_json, schema="pg_catalog")


async def open_pool(url: str, *, name: str, size: int) -> "asyncpg.Pool[Any]":
    """Open a pool of *size* connections whose sessions carry *name* and time limits."""
    return await asyncpg.create_pool(
        url,
        min_size=min(2, size),
        max_size=size,
        init=_prepare,
        timeout=10,
        command_timeout=30,
        server_settings={
            "application_name": name,
            "statement_timeout": "30s",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "30s",
            "timezone": "UTC",
            "jit": "off",  # row-level security makes cheap queries look dear, and no query here runs for long
        },
    )


async def close_pool(pool: "asyncpg.Pool[Any]") -> None:
    """Close the pool; a server that does not answer is not waited for."""
    try:
        await asyncio.wait_for(pool.close(), 2)
    except TimeoutError:
        pool.terminate()


async def migrate(pool: "asyncpg.Pool[Any]", package: str) -> None:
    """Bring the schema of chassis and of *package* up to this code.

    Raises `SchemaMismatch` where the database has seen a newer or another migration of the same name.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (package text, name text, digest text, PRIMARY KEY (package, name))"
        )
        for owner in ("chassis", package):
            await _migrate_one(connection, owner)


async def _migrate_one(connection: Any, package: str) -> None:
    done = {
        row["name"]: row["digest"]
        for row in await connection.fetch("SELECT name, digest FROM migrations WHERE package = $1", package)
    }
    folder = resources.files(package).joinpath("sql", "migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    if newer := sorted(done.keys() - {file.name for file in files}):
        raise SchemaMismatch(f"the database has {package}/{newer[-1]}, which this code does not: run the newer code")
    for file in files:
        text = file.read_text()
        digest = hashlib.sha256(text.encode()).hexdigest()
        if file.name not in done:
            await connection.execute(text)
            await connection.execute("INSERT INTO migrations VALUES ($1, $2, $3)", package, file.name, digest)
        elif done[file.name] != digest:
            raise SchemaMismatch(f"{package}/{file.name} was changed after it was applied: restore it, add a new one")


@asynccontextmanager
async def connected(url: str, package: str, *, size: int = 2) -> AsyncIterator["asyncpg.Pool[Any]"]:
    """Give a small pool on the migrated database, for a command-line tool of *package*."""
    pool = await open_pool(url, name=f"{package} tool", size=size)
    try:
        await migrate(pool, package)
        yield pool
    finally:
        await pool.close()
