"""The only thing that tells the business what time it is.

Leases, retries, time-outs and retention are not the business's time: they use the event loop's clock.
"""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Business time."""

    def now(self) -> datetime:
        """Give the instant, aware, in UTC."""
        ...

    async def wait(self, until: datetime | None, poke: asyncio.Event) -> None:
        """Return once `now` is at or past *until*, or *poke* was set; clears *poke*. None waits for the poke alone."""
        ...


class RealClock:
    """The machine's clock."""

    #: Longest single sleep: a corrected machine clock is noticed after this many seconds.
    nap = 30.0

    def now(self) -> datetime:
        """Give the machine's instant."""
        return datetime.now(UTC)

    async def wait(self, until: datetime | None, poke: asyncio.Event) -> None:
        """Sleep in naps, so that a change of the machine's clock cannot make a deadline late."""
        while not poke.is_set():
            left = self.nap if until is None else (until - self.now()).total_seconds()
            if left <= 0:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(poke.wait(), min(left, self.nap))
        poke.clear()


class SteppedClock:
    """The instant that a file holds, in ISO 8601; whoever writes the file moves time, by renaming a new one over it."""

    tick = 0.01  #: Seconds between looks at the file.

    def __init__(self, file: Path) -> None:
        self._file = file
        self._text = ""
        self._instant = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Give the file's instant."""
        text = self._file.read_text().strip()
        if text != self._text:
            self._text, self._instant = text, datetime.fromisoformat(text).astimezone(UTC)
        return self._instant

    async def wait(self, until: datetime | None, poke: asyncio.Event) -> None:
        """Look at the file every tick until it says *until*."""
        while not poke.is_set():
            if until is not None and self.now() >= until:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(poke.wait(), self.tick)
        poke.clear()


def make_clock(file: Path | None) -> Clock:
    """Give the real clock, or the stepped one where a simulation named a file."""
    return SteppedClock(file) if file else RealClock()
