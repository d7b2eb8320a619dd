"""``pgbench -N``: what PostgreSQL's own benchmark reaches with one row of work per transaction, on the same server."""

import asyncio
import re

from sandbox.servers import PostgresServer

CLIENTS = 8
SCALE = 20


async def transactions_per_s(server: PostgresServer, seconds: int) -> float:
    """Run ``pgbench -N -c 8`` in a database of its own; gives its transactions per second."""
    await server.execute("DROP DATABASE IF EXISTS pgbench", "CREATE DATABASE pgbench")
    await _pgbench(server, "-i", "-q", "-s", str(SCALE))
    printed = await _pgbench(server, "-N", "-c", str(CLIENTS), "-T", str(seconds))
    found = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pgbench said nothing of tps: {printed}")
    return float(found[1])


async def _pgbench(server: PostgresServer, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(str(server.bin_folder / "pgbench"), *words, server.url("pgbench")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"pgbench {' '.join(words)}: {complained.decode().strip()}")
    return printed.decode()
