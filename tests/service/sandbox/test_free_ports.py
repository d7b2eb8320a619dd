"""A port that is given is free, and nobody else's until it is listened on."""

import itertools
import socket

import pytest

from sandbox import servers


def test_a_port_that_was_given_is_not_given_again_by_whoever_looks_in_the_same_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(servers, "_tried", itertools.count(7_000))
    given = servers.free_port()
    monkeypatch.setattr(servers, "_tried", itertools.count(7_000))  # as another process that began there

    assert servers.free_port() != given


def test_a_port_that_somebody_listens_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = servers.free_port()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", taken))
        listener.listen()
        servers._give_claims_up()
        monkeypatch.setattr(servers, "_tried", itertools.count(taken - 12_000))

        assert servers.free_port() != taken
