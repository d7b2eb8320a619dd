"""Business time: never early, and moved by whoever holds the file."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.clock import RealClock, SteppedClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def step(file: Path, instant: datetime) -> None:
    new = file.with_suffix(".new")
    new.write_text(instant.isoformat())
    new.replace(file)


def a_stepped_clock(folder: Path) -> tuple[Path, SteppedClock]:
    file = folder / "clock"
    step(file, NOON)
    return file, SteppedClock(file)


def test_a_stepped_clock_says_what_the_file_says(tmp_path: Path) -> None:
    file, clock = a_stepped_clock(tmp_path)
    assert clock.now() == NOON

    step(file, NOON + timedelta(days=3))

    assert clock.now() == NOON + timedelta(days=3)


async def test_a_wait_ends_when_the_file_reaches_the_instant_and_not_before(tmp_path: Path) -> None:
    file, clock = a_stepped_clock(tmp_path)
    waiting = asyncio.create_task(clock.wait(NOON + timedelta(hours=1), asyncio.Event()))

    step(file, NOON + timedelta(minutes=59, seconds=59))
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done

    step(file, NOON + timedelta(hours=1))
    await asyncio.wait_for(waiting, 5)


async def test_a_poke_ends_a_wait_and_is_used_up(tmp_path: Path) -> None:
    _, clock = a_stepped_clock(tmp_path)
    poke = asyncio.Event()
    poke.set()

    await asyncio.wait_for(clock.wait(None, poke), 5)

    assert not poke.is_set()


async def test_the_real_clock_does_not_wait_for_what_is_past() -> None:
    clock = RealClock()

    await asyncio.wait_for(clock.wait(clock.now() - timedelta(seconds=1), asyncio.Event()), 1)
