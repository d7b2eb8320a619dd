"""A process whose event loop has stopped turning ends, so that whoever supervises it starts another."""

import subprocess
import sys
import time

PROGRAM = """
import asyncio, time
from chassis import watchdog

async def main():
    stop = watchdog.watch(asyncio.get_running_loop(), patience={patience})
    {work}
    stop.set()

asyncio.run(main())
print("came to its end")
"""


def run(work: str, patience: float) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", PROGRAM.format(work=work, patience=patience)]
    return subprocess.run(program, capture_output=True, text=True, timeout=30, check=False)


def test_a_loop_that_is_blocked_ends_the_process_and_shows_where() -> None:
    began = time.monotonic()

    ran = run("time.sleep(60)", 0.3)

    assert ran.returncode == 70
    assert "in main" in ran.stderr
    assert time.monotonic() - began < 20


def test_a_loop_that_turns_is_left_alone_however_long_its_work_takes() -> None:
    ran = run("await asyncio.sleep(5)", 2)

    assert (ran.returncode, ran.stdout) == (0, "came to its end\n")
