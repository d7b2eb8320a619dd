"""The conformance kit against a carrier-adapter and orders at work: all passes, and what is broken is noticed."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from carrier_adapter import intake
from sandbox.servers import free_port
from service.carrier_adapter.both import Both, both_at_work
from support.pushing import Carrier
from support.servers import Servers
from support.waiting import eventually


@pytest.fixture(scope="module")
async def both(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    """Both services at work, for all tests of this module."""
    async with both_at_work(servers, tmp_path_factory.mktemp("both"), datetime(2026, 3, 2, 12, tzinfo=UTC)) as both:
        yield both


async def account(both: Both, name: str, format_name: str, scheme: str, **told: Any) -> Carrier:
    """Add an account of a format."""
    asked = {"name": name, "carrier": "Acme", "format": format_name, "scheme": scheme, **told}
    made = await both.admin.post("/v1/accounts", asked, status=201)
    return Carrier(both.adapter.http, name, made["endpoint"], made["key"], scheme)


async def kit(both: Both, carrier: Carrier, format_name: str) -> tuple[int | None, list[str]]:
    """Run the command, as a carrier does, once the account is read; gives its status and lines."""
    endpoint = f"{both.adapter.http.base_url}".rstrip("/") + carrier.path
    words = ("--format", format_name, "--endpoint", endpoint, "--scheme", carrier.scheme, "--key", carrier.key)

    async def runs() -> tuple[int | None, list[str]] | None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "carrier_adapter", "conformance", *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        lines = printed.decode().splitlines()
        return (process.returncode, lines) if "401 in place of 200" not in lines[0] else None

    ran: tuple[int | None, list[str]] = await eventually(runs)
    return ran


@pytest.mark.parametrize(
    ("format_name", "scheme"),
    [
        ("ninjavan-webhook", "ninjavan"),
        ("ship-by-tiktok", "standard-webhooks"),
        ("x12-214", "bearer"),
        ("sf-express-route-push", "header-token"),
    ],
)
async def test_a_waybill_passes_whatever_its_scheme_can_show(both: Both, format_name: str, scheme: str) -> None:
    carrier = await account(both, f"kit-{format_name}", format_name, scheme, answer="receipt")

    status, lines = await kit(both, carrier, format_name)

    assert [line for line in lines if line.startswith("NOT")] == []
    assert status == 0
    assert lines[-1] == f"{len(lines) - 1} of {len(lines) - 1} passed"
    assert any("its receipt says" in line for line in lines)


async def test_a_sender_that_is_answered_with_nothing_finds_its_receipts_all_the_same(both: Both) -> None:
    carrier = await account(both, "kit-empty", "tiktok-shop-webhook", "tiktok-shop", key="app:a-secret-of-theirs")

    status, lines = await kit(both, carrier, "tiktok-shop-webhook")

    assert status == 0, lines
    assert "ok   its receipt says what became of it (a signed push is taken)" in lines


async def test_a_waybill_that_takes_what_nobody_signed_does_not_pass(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = await account(both, "kit-broken", "ninjavan-webhook", "ninjavan")
    monkeypatch.setattr(intake, "check", lambda *_: None)

    status, lines = await kit(both, carrier, "ninjavan-webhook")

    assert status == 1
    failed = [line for line in lines if line.startswith("NOT")]
    assert [line.partition(":")[0].removeprefix("NOT  a push ") for line in failed] == [
        "without a signature is refused",
        "that is signed with another key is refused",
        "that was changed after it was signed is refused",
        "whose signature is sent twice is refused",
    ]


async def test_a_waybill_that_takes_a_push_sent_again_for_a_new_one_does_not_pass(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = await account(both, "kit-forgetful", "ninjavan-webhook", "ninjavan")
    monkeypatch.setattr(intake, "_digest", lambda *_: secrets.token_bytes(32))

    status, lines = await kit(both, carrier, "ninjavan-webhook")

    assert status == 1
    shown, _, why = next(line for line in lines if line.startswith("NOT")).partition(": ")
    assert shown == "NOT  the same push again is taken, and counts once"
    assert why == "answered with another receipt than the first time, so it was taken for a new push"
    assert lines[-1] == f"{len(lines) - 2} of {len(lines) - 1} passed"


async def test_where_nobody_answers_one_sentence_says_so(both: Both) -> None:
    carrier = Carrier(both.adapter.http, "nobody", "x", "a-key", "ninjavan")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "carrier_adapter", "conformance", "--format", "ninjavan-webhook"),
        *("--endpoint", f"http://127.0.0.1:{free_port()}{carrier.path}", "--key", carrier.key),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complained = await process.communicate()

    assert process.returncode == 2
    assert complained.decode().startswith("127.0.0.1 does not answer POST")
