"""The benchmarks run to their end and say what they are asked for; how fast is none of these tests' business."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


async def bench(*words: str, path: str | None = None) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", *words),
        cwd=ROOT,
        env={**os.environ, **({"PATH": path} if path is not None else {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await process.communicate()
    return process.returncode, printed.decode(), complained.decode()


@pytest.mark.timeout(180)
async def test_the_pipeline_is_measured_beside_a_naive_variant_and_pgbench() -> None:
    status, printed, complained = await bench("--quick", "pipeline")

    assert status == 0, complained
    (line,) = printed.splitlines()
    figures = json.loads(line)
    assert list(figures)[:5] == ["bench", "scans_per_s", "ratio_to_naive", "ratio_to_pgbench", "cpu_us_per_scan"]
    assert figures["bench"] == "pipeline"
    assert figures["cpu_us_per_scan"].keys() == {
        *("orders", "carrier-adapter", "deadline-watcher", "notifier", "postgres", "nats")
    }


async def test_without_wrk_the_benchmark_of_the_door_says_what_to_install(tmp_path: Path) -> None:
    status, printed, complained = await bench("--quick", "ingest", path=str(tmp_path))

    assert (status, printed) == (2, "")
    assert "install the package wrk" in complained
