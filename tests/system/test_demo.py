"""The demo, as a user runs it: undisturbed, and with every part of it killed once."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)

FIGURES = [
    *("orders", "outcomes", "pushes_accepted", "scans_accepted", "scans_applied", "duplicates", "superseded"),
    *("unmatched", "quarantined", "refused", "messages_sent", "lost", "doubled", "illegal", "early_deadlines"),
]
BUCKETS = ("scans_applied", "duplicates", "superseded", "unmatched", "quarantined", "refused")


async def play(folder: Path, *words: str) -> dict[str, Any]:
    """Run the demo to its end; gives the figures of its last line."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "demo", "--folder", str(folder / "demo"), *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, said = await process.communicate()
    assert process.returncode == 0, said.decode()[-4000:]
    figures: dict[str, Any] = json.loads(printed.decode().splitlines()[-1])
    return figures


def assert_nothing_is_wrong(figures: dict[str, Any]) -> None:
    assert list(figures) == FIGURES
    assert figures["orders"] >= 200
    assert sum(figures["outcomes"].values()) == figures["orders"]
    assert sum(figures[bucket] for bucket in BUCKETS) == figures["scans_accepted"]
    assert all(figures[bucket] for bucket in BUCKETS)
    assert (figures["lost"], figures["doubled"], figures["illegal"], figures["early_deadlines"]) == (0, 0, 0, 0)


async def test_three_weeks_pass_and_come_out_the_same_when_every_part_is_killed(tmp_path: Path) -> None:
    undisturbed = await play(tmp_path / "undisturbed")
    killed = await play(
        tmp_path / "killed",
        *("--kill", "orders", "carrier-adapter", "nats", "deadline-watcher", "postgres", "notifier"),
    )

    assert_nothing_is_wrong(undisturbed)
    assert_nothing_is_wrong(killed)
    assert killed["outcomes"] == undisturbed["outcomes"]
