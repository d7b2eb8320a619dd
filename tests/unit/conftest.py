"""Unit tests are pure: one that opens a socket fails."""

import socket

import pytest


class SocketOpened(AssertionError):
    """A unit test tried to talk to something."""


def _refuse(*_: object) -> None:
    raise SocketOpened("unit tests do no I/O: put this one in tests/service or tests/system")


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, way, _refuse)
