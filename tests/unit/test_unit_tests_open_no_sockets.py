"""The tier keeps its promise: no unit test talks to anything."""

import socket

import pytest


@pytest.mark.parametrize("way", ["connect", "connect_ex", "bind"])
def test_a_unit_test_cannot_open_a_socket(way: str) -> None:
    with socket.socket() as one, pytest.raises(AssertionError, match="unit tests do no I/O"):
        getattr(one, way)(("127.0.0.1", 9))


async def test_nor_through_the_event_loop() -> None:
    import asyncio

    with pytest.raises(AssertionError, match="unit tests do no I/O"):
        await asyncio.open_connection("127.0.0.1", 9)
