"""Signed pushes of one scan each over HTTP, 64 connections, while everything behind the door keeps up.

First at the rate that is asked for, which the figures are about; then for a while as fast as answers come.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bench.processes import CpuMeter, pids
from bench.world import CARRIER, World, database, sql
from sandbox.stack import Stack, running

CONNECTIONS = 64
JUDGED_WITHIN = 300.0  #: Seconds; after that something is broken.
NO_WRK = "wrk is missing, which pushes the feeds: install the package wrk (Debian, Ubuntu), then run this again."

#: The life of a parcel in Ninja Van's words; what comes after it repeats the middle.
LIFE = (
    "Successful Pickup",
    "Arrived at Origin Hub",
    "In Transit to Next Sorting Hub",
    "Arrived at Sorting Hub",
    "On Vehicle for Delivery",
    "Successful Delivery",
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    orders: int = 20_000
    per_s: int = 2_100  #: A little above what is asked for, so that it is reached.
    seconds: int = 30
    flat_out_seconds: int = 10
    flat_out_most_per_s: int = 5_000  #: Pushes are signed beforehand, for a door this fast.


QUICK = Size(orders=50, per_s=200, seconds=2, flat_out_seconds=1)


def wrk() -> str | None:
    """Say where wrk is."""
    return shutil.which("wrk")


async def run(folder: Path, size: Size) -> dict[str, Any]:
    """Measure; gives the line of figures."""
    program = wrk()
    assert program is not None, NO_WRK
    async with running(folder) as stack, httpx.AsyncClient(timeout=30) as client:
        world = World(stack, client)
        await world.open()
        numbers = await world.copy("PUSH", size.orders)
        words = ("--name", "bench", "--carrier", CARRIER, "--format", "ninjavan-webhook", "--zone", "Asia/Singapore")
        account = await stack.tool("carrier-adapter", "accounts", "add", *words)
        file, paced = folder / "pushes", size.per_s * (size.seconds + 1)
        _write(file, _pushes(numbers, paced + size.flat_out_most_per_s * size.flat_out_seconds), account["key"])
        await asyncio.sleep(1.5)  # until the adapter has read its accounts again
        url = f"{stack.feeds_url}/{account['endpoint']}"
        meter = CpuMeter(pids(stack))
        said = await _push(program, url, file, size.seconds, rate=size.per_s)
        judged_after = await _until_judged(stack)
        cpu = meter.us_per(said["answered"])
        flat_out = await _push(program, url, file, size.flat_out_seconds, first=paced)
        flat_out_judged_after = await _until_judged(stack)
        books = await _books(stack)
    if any(one["refused"] or one["failed"] for one in (said, flat_out)) or books.keys() != {"applied"}:
        print(f"not every push was taken and applied: {said}, {flat_out}, {books}", file=sys.stderr)
    return {
        "bench": "ingest",
        "posts_per_s": round(said["answered"] / said["seconds"]),
        "p99_ms": said["p99_ms"],
        "p50_ms": said["p50_ms"],
        "max_ms": said["max_ms"],
        "posts": said["answered"],
        "not_2xx": said["refused"] + said["failed"],
        "judged_after_s": round(judged_after, 1),
        "cpu_us_per_post": cpu,
        "flat_out_posts_per_s": round(flat_out["answered"] / flat_out["seconds"]),
        "flat_out_p99_ms": flat_out["p99_ms"],
        "flat_out_judged_after_s": round(flat_out_judged_after, 1),
        "applied": books.get("applied", 0),
    }


def _pushes(numbers: Sequence[str], most: int) -> Iterator[bytes]:
    start = datetime.now(UTC) - timedelta(hours=6)
    for n in range(most):
        step, place = divmod(n, len(numbers))
        at = start + timedelta(seconds=10 * step)
        event = {
            "tracking_id": numbers[place],
            "status": LIFE[step] if step < len(LIFE) else "Parcel Weight",
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "shipper_id": 1234,
            "comments": "Parcel is being processed at the facility",
        }
        yield json.dumps(event).encode()


def _write(file: Path, pushes: Iterator[bytes], key: str) -> None:
    with file.open("wb") as out:
        for body in pushes:
            signature = base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256))
            out.write(signature + b" " + body + b"\n")


async def _push(program: str, url: str, file: Path, seconds: int, *, first: int = 0, rate: int = 0) -> Any:
    script = Path(__file__).with_name("push.lua")
    words = ("-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s", "-s", str(script), url)
    process = await asyncio.create_subprocess_exec(
        *(program, *words, "--", str(file), str(first), str(rate)), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return json.loads(printed.decode().splitlines()[-1])


async def _until_judged(stack: Stack) -> float:
    """Wait until every push that was committed is judged; gives the seconds that took."""
    started = time.monotonic()
    async with database(stack, "carrier_adapter") as adapter, database(stack, "orders") as orders:
        pushes = await adapter.fetchval(sql.pushes)
        while await orders.fetchval(sql.records) < pushes:
            if time.monotonic() - started > JUDGED_WITHIN:
                raise TimeoutError("the pushes were not judged")
            await asyncio.sleep(0.05)
    return time.monotonic() - started


async def _books(stack: Stack) -> dict[str, int]:
    async with database(stack, "orders") as orders:
        return {row["verdict"]: row["records"] for row in await orders.fetch(sql.judged, "%")}
