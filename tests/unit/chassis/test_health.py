"""A probe reports; it neither hangs nor falls."""

import asyncio
from typing import Any

import pytest

from chassis import health


async def passes() -> str | None:
    return None


async def fails() -> str | None:
    return "the consumer is missing"


async def falls() -> str | None:
    raise ConnectionRefusedError("nobody there")


async def hangs() -> str | None:
    await asyncio.Event().wait()
    return None


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        (passes, None),
        (fails, "the consumer is missing"),
        (falls, "ConnectionRefusedError: nobody there"),
        (hangs, "no answer within 2 s"),
    ],
)
async def test_whatever_a_check_does_becomes_its_sentence(check: Any, sentence: str | None) -> None:
    assert await health.run_check(check) == sentence
