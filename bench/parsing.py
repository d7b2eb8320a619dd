"""What it takes to read a scan, format by format: the parsers alone, on their example pushes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from carrier_adapter.conformance.samples import examples_of
from carrier_adapter.formats.format import Format
from carrier_adapter.formats.record import Unparsable
from carrier_adapter.formats.registry import FORMATS

ZONE = ZoneInfo("Asia/Singapore")
PEER = "ship-by-tiktok"  #: Our own format, which all are compared with.


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    seconds: float = 0.5  #: For each format.


QUICK = Size(seconds=0.01)


async def run(_: Path, size: Size) -> list[dict[str, Any]]:
    """Measure; gives a line of figures for each format that has scans."""
    lines = [line for fmt in FORMATS.values() if (line := _measure(fmt, size.seconds))]
    peer = next(line["us_per_scan"] for line in lines if line["format"] == PEER)
    return [{**line, "ratio_to_our_own": round(line["us_per_scan"] / peer, 2)} for line in lines]


def _measure(fmt: Format, seconds: float) -> dict[str, Any] | None:
    bodies = [body for body in examples_of(fmt.name) if _scans_in(fmt, body)]
    scans = sum(_scans_in(fmt, body) for body in bodies)
    if not scans:
        return None

    def read_all() -> None:
        for body in bodies:
            fmt.parse(body, ZONE)

    per_round = min(_timed(read_all, seconds / 5) for _ in range(5))
    return {
        "bench": "parsing",
        "format": fmt.name,
        "us_per_scan": round(per_round / scans * 1e6, 1),
        "scans": scans,
        "bytes": sum(map(len, bodies)),
    }


def _timed(work: Callable[[], None], seconds: float) -> float:
    """Give the seconds of one call, over as many as fit."""
    calls, started = 0, time.perf_counter()
    while (taken := time.perf_counter() - started) < seconds or not calls:
        work()
        calls += 1
    return taken / calls if calls else 0.0


def _scans_in(fmt: Format, body: bytes) -> int:
    try:
        return len(fmt.parse(body, ZONE).records)
    except Unparsable:
        return 0
