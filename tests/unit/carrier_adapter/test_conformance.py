"""What the conformance kit sends, and what it says of a carrier's samples, without a server."""

import argparse
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_adapter.conformance.cases import cases_of
from carrier_adapter.conformance.command_line import add_commands
from carrier_adapter.conformance.numbers import with_fresh_numbers
from carrier_adapter.conformance.samples import examples_of
from carrier_adapter.conformance.signing import forged_key, sign
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.signatures import SCHEMES, new_key

UTC = ZoneInfo("UTC")
NINJAVAN = ("--format", "ninjavan-webhook")
NOBODY = (*NINJAVAN, "--endpoint", "http://127.0.0.1:9/v1/feeds/x")
PUSH = '{"tracking_id":"NV1","status":"%s","timestamp":"2026-03-02T14:05:00+0800"}'
OWN = sorted(name for name, one in SCHEMES.items() if not one.given)


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    options = parser.parse_args(["conformance", *words])
    return int(options.run_alone(options))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_comes_with_examples(name: str) -> None:
    assert examples_of(name)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_fresh_numbers_change_nothing_but_the_numbers(name: str) -> None:
    for body in examples_of(name):
        before, made = FORMATS[name].parse(body, UTC), with_fresh_numbers(body, FORMATS[name], random.Random(1))
        after = FORMATS[name].parse(made, UTC)

        assert len(made) == len(body)
        assert [one.status for one in after.records] == [one.status for one in before.records]
        assert [one.problem for one in after.records] == [one.problem for one in before.records]


@given(seed=st.integers(), number=st.from_regex(r"[A-Z]{2}[0-9]{8,12}[A-Z]{2}", fullmatch=True))
def test_a_number_keeps_its_length_and_letters(seed: int, number: str) -> None:
    body = b'{"tracking_id":"%s","status":"Completed","timestamp":"2026-03-02T14:05:00+0800"}' % number.encode()
    made = with_fresh_numbers(body, FORMATS["ninjavan-webhook"], random.Random(seed))

    (record,) = FORMATS["ninjavan-webhook"].parse(made, UTC).records
    fresh = record.tracking_number or ""
    assert (len(fresh), fresh[:2], fresh[-2:]) == (len(number), number[:2], number[-2:])
    assert fresh[2:-2].isdigit()


@pytest.mark.parametrize("scheme", OWN)
def test_a_forged_key_is_another_of_the_same_form(scheme: str) -> None:
    key = new_key(scheme)

    assert forged_key(scheme, key) != key
    assert sign(scheme, forged_key(scheme, key), b"{}", 0.0) != sign(scheme, key, b"{}", 0.0)


@pytest.mark.parametrize(
    ("scheme", "left_out"),
    [
        ("bearer", {"a push that was changed after it was signed is refused"}),
        ("ninjavan", set()),
    ],
)
def test_what_a_scheme_cannot_show_is_left_out(scheme: str, left_out: set[str]) -> None:
    key = new_key(scheme)

    def shown(of: str) -> set[str]:
        cases = cases_of(
            [b"{}"], lambda b, n: sign(scheme, key, b, n), lambda b, n: sign(scheme, "x", b, n), 0.0, SCHEMES[of]
        )
        return {case.shows for case in cases}

    assert shown("ninjavan") - shown(scheme) == left_out
    assert "a push that was signed too long ago is refused" in shown("standard-webhooks") - shown("ninjavan")


def test_samples_that_are_understood_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(
        '{"tracking_id":"NV1","status":"Completed","timestamp":"2026-03-02T14:05:00+0800"}'
    )

    assert run(*NINJAVAN, "--samples", str(tmp_path)) == 0
    assert capsys.readouterr().out.splitlines() == ["ok   a.json: 1 scans", "1 of 1 passed"]


def test_samples_that_are_not_say_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(
        '{"tracking_id":"NV1","status":"Teleported","timestamp":"2026-03-02T14:05:00+0800"}'
    )
    (tmp_path / "b.json").write_text("nothing")

    assert run(*NINJAVAN, "--samples", str(tmp_path)) == 1
    assert capsys.readouterr().out.splitlines() == [
        "NOT  a.json: 1 scans: code 'Teleported' is not mapped (1)",
        "NOT  b.json: cannot be read: the body is not JSON: expecting value at line 1, column 1",
        "0 of 2 passed",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "morse", "--endpoint", "http://127.0.0.1:9/v1/feeds/x"], "there is no format morse"),
        ([*NINJAVAN], "give --endpoint"),
        ([*NINJAVAN, "--samples", "/nowhere"], "/nowhere cannot be read"),
        ([*NOBODY], "give the account's key"),
        ([*NINJAVAN, "--endpoint", "ftp://x", "--key", "k"], "ftp://x is no endpoint"),
        (
            [
                "--format",
                "ninjavan-webhook",
                "--endpoint",
                "http://127.0.0.1:9/v1/feeds/x",
                "--key",
                "k",
                "--scheme",
                "x",
            ],
            "there is no signature scheme x",
        ),
    ],
)
def test_a_wrong_use_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    assert said in capsys.readouterr().err
