"""Signed pushes of 50 scans over HTTP, end to end, beside the same scans preloaded into the stream, in one run.

What the door, the reading and the outbox cost is what the first is slower than the second.
"""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.feed import preload, rows_of, scans_of
from bench.pipeline import NotAllThere, check_lives, held, until_all_there
from bench.processes import CpuMeter, pids
from bench.world import CARRIER, World
from carrier_adapter.formats.ship_by_tiktok import CODES
from contracts.scans.v1 import ScanReported
from sandbox.stack import running

IN_A_PUSH = 50
AT_ONCE = 4  #: Connections.

_WORDS = {meaning: code for code, meaning in CODES.items()}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    orders: int = 6_000


QUICK = Size(orders=60)


async def run(folder: Path, size: Size) -> dict[str, Any]:
    """Measure; gives the line of figures."""
    os.environ["NOTIFIER_SENDING"] = "false"
    async with running(folder) as stack, httpx.AsyncClient(timeout=30) as client:
        world = World(stack, client)
        await world.open()
        rows = rows_of(scans_of(await world.copy("STREAM", size.orders)))
        with held(stack):
            await preload(stack, rows)
            started = time.monotonic()
        await until_all_there(stack, len(rows))
        preloaded_per_s = len(rows) / (time.monotonic() - started)

        scans = list(scans_of(await world.copy("BULK", size.orders)))
        words = ("--name", "bulk", "--carrier", CARRIER, "--format", "ship-by-tiktok", "--zone", "UTC")
        account = await stack.tool("carrier-adapter", "accounts", "add", *words)
        await asyncio.sleep(1.5)  # until the adapter has read its accounts again
        await stack.postgres.execute("CHECKPOINT")
        pushes = list(_pushes(scans, account["key"]))
        meter, started = CpuMeter(pids(stack)), time.monotonic()
        await _send(f"{stack.feeds_url}/{account['endpoint']}", pushes)
        sent_after = time.monotonic() - started
        await until_all_there(stack, len(rows) + len(scans))
        pushed_per_s = len(scans) / (time.monotonic() - started)
        cpu = meter.us_per(len(scans))
        for prefix in ("STREAM", "BULK"):
            await check_lives(stack, prefix, size.orders)
    return {
        "bench": "bulk",
        "scans_per_s": round(pushed_per_s),
        "ratio_to_preloaded": round(pushed_per_s / preloaded_per_s, 2),
        "preloaded_per_s": round(preloaded_per_s),
        "in_a_push": IN_A_PUSH,
        "pushes": len(pushes),
        "answered_after_s": round(sent_after, 1),
        "cpu_us_per_scan": cpu,
    }


def _pushes(scans: Sequence[ScanReported], key: str) -> Iterator[tuple[bytes, dict[str, str]]]:
    secret = base64.b64decode(key.removeprefix("whsec_"))
    for n, start in enumerate(range(0, len(scans), IN_A_PUSH)):
        listed = [_written(scan) for scan in scans[start : start + IN_A_PUSH]]
        body = json.dumps({"version": 1, "scans": listed}).encode()
        signed = {"webhook-id": f"msg_{n}", "webhook-timestamp": str(int(time.time()))}
        digest = hmac.digest(secret, ".".join(signed.values()).encode() + b"." + body, hashlib.sha256)
        yield body, {**signed, "webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}


def _written(scan: ScanReported) -> dict[str, Any]:
    sub_status = "recipient" if scan.signed else scan.sub_status
    assert sub_status is not None
    signature = {"signature": {"name": "L. Tan", "image_sha256": "0f" * 32}} if scan.signed else {}
    return {
        "id": scan.identity,
        "tracking_number": scan.tracking_number,
        "code": _WORDS[scan.status, sub_status],
        "at": scan.raw_time,
        "facility": {"name": scan.place, "zone": "Asia/Singapore"},
        "carrier": CARRIER,
        "text": scan.raw_text,
        **signature,
    }


async def _send(url: str, pushes: Sequence[tuple[bytes, dict[str, str]]]) -> None:
    waiting = iter(pushes)

    async def work(client: httpx.AsyncClient) -> None:
        for body, headers in waiting:
            answered = await client.post(url, content=body, headers=headers)
            if not answered.is_success:
                raise NotAllThere(f"a push was answered {answered.status_code}")

    async with httpx.AsyncClient(timeout=30) as client:
        await asyncio.gather(*itertools.starmap(work, itertools.repeat((client,), AT_ONCE)))
