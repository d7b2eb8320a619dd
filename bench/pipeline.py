"""Scans preloaded on ``scans.v1``, until orders, deadlines and the ledger of messages have them all.

In one run beside the naive variant of the same work and beside ``pgbench -N -c 8``, on the same servers.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.feed import preload, rows_of, scans_of
from bench.naive import STAGES
from bench.pgbench import transactions_per_s
from bench.processes import CpuMeter, pids
from bench.world import LIFE, World, database, sql
from sandbox.servers import SERVICES
from sandbox.stack import Stack, running

GIVE_UP = 300.0  #: Seconds.


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    orders: int = 6_000
    naive_orders: int = 500  #: Their scans take the naive variant as long as all the others take ours.
    pgbench_seconds: int = 10


QUICK = Size(orders=60, naive_orders=20, pgbench_seconds=1)


class NotAllThere(Exception):
    """What was measured did not end as it must; the figures would be worth nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How many events each reader has dealt with."""

    said: int
    by_watcher: int
    by_notifier: int


async def run(folder: Path, size: Size) -> dict[str, Any]:
    """Measure; gives the line of figures."""
    os.environ["NOTIFIER_SENDING"] = "false"  # the ledger of messages is where this pipeline ends
    async with running(folder) as stack, httpx.AsyncClient(timeout=30) as client:
        world = World(stack, client)
        await world.open()
        numbers = await world.copy("PIPE", size.orders)
        rows = rows_of(scans_of(numbers))
        with held(stack):
            await preload(stack, rows)
            meter, started = CpuMeter(pids(stack)), time.monotonic()
        await until_all_there(stack, len(rows))
        scans_per_s = len(rows) / (time.monotonic() - started)
        cpu = meter.us_per(len(rows))
        await check_lives(stack, "PIPE", size.orders)

        naive_numbers = await world.copy("NAIVE", size.naive_orders)
        naive_rows = rows_of(scans_of(naive_numbers))
        await stop_services(stack)
        await stack.postgres.execute("CHECKPOINT")
        await preload(stack, naive_rows)
        naive_per_s = await _naive(stack, len(naive_rows))
        await check_lives(stack, "NAIVE", size.naive_orders)

        await stack.postgres.execute("CHECKPOINT")
        pgbench_tps = await transactions_per_s(stack.postgres, size.pgbench_seconds)
    return {
        "bench": "pipeline",
        "scans_per_s": round(scans_per_s),
        "ratio_to_naive": round(scans_per_s / naive_per_s, 1),
        "ratio_to_pgbench": round(scans_per_s / pgbench_tps, 2),
        "cpu_us_per_scan": cpu,
        "scans": len(rows),
        "naive_scans_per_s": round(naive_per_s),
        "pgbench_tps": round(pgbench_tps),
    }


@contextmanager
def held(stack: Stack) -> Iterator[None]:
    """Keep the services from running inside the block; they go on where they were."""
    services = [stack.processes[name].pid for name in SERVICES]
    for pid in services:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in services:
            os.kill(pid, signal.SIGCONT)


async def stop_services(stack: Stack) -> None:
    """Stop the services for good; the servers stay."""
    for name in ("mail", *SERVICES):
        process = stack.processes.pop(name)  # so that the supervisor leaves it alone
        process.terminate()
        await asyncio.to_thread(process.wait, 20)


async def _naive(stack: Stack, count: int) -> float:
    """Have the naive stages do the same work; gives scans per second."""
    before = await _heard(stack)
    stages = []
    started = time.monotonic()
    for name in STAGES:
        command = [sys.executable, "-m", "bench.naive", name]
        stages.append(subprocess.Popen(command, env=stack.environment(name)))  # noqa: ASYNC220 - they outlive this call
    try:
        first_at = None
        while True:
            heard = await _heard(stack)
            done = heard.said - before.said
            first_at = first_at or (time.monotonic() if done else None)
            behind = [
                by - known
                for by, known in ((heard.by_watcher, before.by_watcher), (heard.by_notifier, before.by_notifier))
            ]
            if min(done, *behind) >= count:
                return count / (time.monotonic() - (first_at or started))
            if time.monotonic() - started > GIVE_UP:
                raise NotAllThere(f"the naive variant has {heard} of {count}")
            await asyncio.sleep(0.05)
    finally:
        for process in stages:
            process.terminate()
            process.wait()


async def _heard(stack: Stack) -> Heard:
    async with (
        database(stack, "orders") as orders,
        database(stack, "deadline_watcher") as watcher,
        database(stack, "notifier") as notifier,
    ):
        said = await orders.fetchval(sql.said)
        return Heard(said, await watcher.fetchval(sql.heard), await notifier.fetchval(sql.heard))


async def until_all_there(stack: Stack, count: int) -> None:
    """Wait until this many records are judged, and all that was said of them is heard."""
    async with (
        database(stack, "orders") as orders,
        database(stack, "deadline_watcher") as watcher,
        database(stack, "notifier") as notifier,
    ):
        give_up = time.monotonic() + GIVE_UP
        while await orders.fetchval(sql.records) < count:
            if time.monotonic() > give_up:
                raise NotAllThere("the scans were not judged in time")
            await asyncio.sleep(0.05)
        said = await orders.fetchval(sql.said)
        while (heards := [await reader.fetchval(sql.heard) for reader in (watcher, notifier)]) != [said, said]:
            if time.monotonic() > give_up:
                raise NotAllThere(f"of {said} events {heards} were heard")
            await asyncio.sleep(0.05)


async def check_lives(stack: Stack, prefix: str, orders_count: int) -> None:
    """See that every scan was applied, every order delivered, every deadline and message of it there."""
    async with database(stack, "orders") as orders:
        judged = {row["verdict"]: row["records"] for row in await orders.fetch(sql.judged, f"{prefix}%")}
        standing = {row["status"]: row for row in await orders.fetch(sql.standing, f"{prefix}%")}
    if judged != {"applied": orders_count * len(LIFE)}:
        raise NotAllThere(f"the books of {prefix}: {judged}")
    if standing.keys() != {"delivered"} or standing["delivered"]["orders"] != orders_count:
        raise NotAllThere(f"the orders of {prefix}: { {k: v['orders'] for k, v in standing.items()} }")
