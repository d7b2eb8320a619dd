"""Waiting for a condition instead of sleeping."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def eventually(condition: Callable[[], Any], within: float = 10.0, every: float = 0.01) -> Any:
    """Return what *condition* gives as soon as it is true; fail after *within* seconds with its last answer.

    *condition* may be a plain or an async callable. One that raises AssertionError is not true yet.
    """
    loop = asyncio.get_running_loop()
    give_up = loop.time() + within
    while True:
        last: object
        try:
            found = condition()
            answer = await found if inspect.isawaitable(found) else found
            if answer:
                return answer
            last = answer
        except AssertionError as not_yet:
            last = not_yet
        if loop.time() > give_up:
            raise AssertionError(f"not within {within} s; the last answer was {last!r}")
        await asyncio.sleep(every)
