"""Carrier accounts: added, given new keys without a gap, and disabled, by the operator's tool."""

import itertools
import json
from typing import Any

import pytest

from service.carrier_adapter.conftest import Door, known
from support.pushing import Carrier, a_body
from support.services import Ran, Running, run_tool
from support.waiting import eventually

_names = itertools.count(1)


@pytest.fixture
def adapter(door: Door) -> Running:
    """The `carrier-adapter` whose accounts these are."""
    return door.running


@pytest.fixture
async def ninjavan(adapter: Running) -> Carrier:
    """A carrier with an account of the test's own."""
    return await known(adapter, f"ninjavan-{next(_names)}")


@pytest.fixture
def name() -> str:
    """A name that no account has yet."""
    return f"acme-{next(_names)}"


async def accounts(adapter: Running, *words: str) -> Ran:
    return await run_tool("carrier-adapter", "accounts", *words, environment=adapter.environment)


async def printed(adapter: Running, *words: str) -> Any:
    ran = await accounts(adapter, *words)
    assert ran.status == 0, ran.printed
    return json.loads(ran.printed)


async def answers(carrier: Carrier, status: int) -> None:
    """Wait until the carrier's pushes are answered so."""

    async def does() -> bool:
        return (await carrier.push(a_body())).status_code == status

    await eventually(does)


def add(name: str, *words: str) -> tuple[str, ...]:
    """Give the words that add an account; *words* begin with its format."""
    return ("add", "--name", name, "--carrier", "Acme Express", "--format", *words)


@pytest.mark.parametrize(
    ("format_name", "scheme"),
    [
        ("ninjavan-webhook", "ninjavan"),
        ("easypost-event", "easypost"),
        ("ship-by-tiktok", "standard-webhooks"),
        ("x12-214", "bearer"),
    ],
)
async def test_an_account_that_was_added_can_push_with_the_key_that_was_printed(
    adapter: Running, name: str, format_name: str, scheme: str
) -> None:
    made = await printed(adapter, *add(name, format_name, "--zone", "Asia/Manila"))

    assert made["account"] == name
    await answers(Carrier(adapter.http, name, made["endpoint"], made["key"], scheme), 202)


async def test_an_account_may_bring_its_own_key_and_choose_among_its_format_s_schemes(
    adapter: Running, name: str
) -> None:
    key = "a-key-of-the-carrier-s-own-choice"

    made = await printed(adapter, *add(name, "x12-214", "--scheme", "hmac-sha256", "--key", key))

    assert made["key"] == key
    await answers(Carrier(adapter.http, name, made["endpoint"], key, "hmac-sha256"), 202)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("x12-214", "--scheme", "ninjavan"), "x12-214 is signed by bearer or hmac-sha256 or basic, not by ninjavan"),
        (("x12-214", "--zone", "SGT"), "SGT is no IANA time zone: write it like Asia/Singapore"),
        (("x12-214", "--key", "short"), "a key has 24 characters or more: leave --key out to get a good one"),
        (
            ("ship-by-tiktok", "--key", "whsec_short"),
            "a Standard Webhooks key is whsec_ and 24 to 64 bytes in base64: leave --key out to get a good one",
        ),
        (("x12-214", "--name", "Acme Express!"), "a name has small letters, digits and dashes, 63 at most"),
        (("x12-214", "--name", "a" * 64), "a name has small letters, digits and dashes, 63 at most"),
    ],
)
async def test_an_account_that_cannot_be_is_refused_in_one_sentence(
    adapter: Running, name: str, words: tuple[str, ...], sentence: str
) -> None:
    ran = await accounts(adapter, *add(name, *words))

    assert (ran.status, ran.printed) == (2, f"{sentence}\n")
    assert not await adapter.pool.fetchval("SELECT count(*) FROM accounts WHERE name = $1", name)


async def test_a_name_is_used_once(adapter: Running, name: str) -> None:
    await printed(adapter, *add(name, "x12-214"))

    ran = await accounts(adapter, *add(name, "x12-214"))

    assert ran.status == 2
    assert ran.printed == f"there is an account {name} already: choose another name, or rotate its key\n"


async def test_an_unknown_format_is_named_with_those_there_are(adapter: Running, name: str) -> None:
    ran = await accounts(adapter, *add(name, "pigeon"))

    assert ran.status == 2
    assert "ninjavan-webhook" in ran.printed


async def test_endpoints_and_keys_cannot_be_guessed_and_keys_are_not_listed(adapter: Running) -> None:
    made = [await printed(adapter, "add", "--name", name, "--carrier", "Acme", "--format", "x12-214") for name in "ab"]
    assert made[0]["endpoint"] != made[1]["endpoint"]
    assert all(len(one["endpoint"]) >= 22 and len(one["key"]) >= 43 for one in made)

    listed = (await accounts(adapter, "list")).printed

    assert {"a", "b"} <= {json.loads(line)["name"] for line in listed.splitlines()}
    assert not [one for one in made if one["key"] in listed]


async def test_with_a_new_key_the_old_one_works_for_another_day_and_no_longer(
    adapter: Running, ninjavan: Carrier
) -> None:
    made = await printed(adapter, "rotate-key", "--name", ninjavan.name)
    renewed = Carrier(adapter.http, ninjavan.name, ninjavan.endpoint, made["key"], ninjavan.scheme)

    await answers(renewed, 202)
    assert (await ninjavan.push(a_body())).status_code == 202
    left = await adapter.pool.fetchval(
        "SELECT extract(epoch FROM not_after - now()) FROM account_keys WHERE account = $1 AND not_after IS NOT NULL",
        ninjavan.name,
    )
    assert 24 * 3600 - 60 < left <= 24 * 3600

    await adapter.pool.execute(
        "UPDATE account_keys SET not_after = now() WHERE account = $1 AND not_after IS NOT NULL", ninjavan.name
    )
    await answers(ninjavan, 401)
    assert (await renewed.push(a_body())).status_code == 202


async def test_no_push_is_refused_while_keys_are_exchanged(adapter: Running, ninjavan: Carrier) -> None:
    for _ in range(3):
        made = await printed(adapter, "rotate-key", "--name", ninjavan.name)
        assert (await ninjavan.push(a_body())).status_code == 202
        ninjavan = Carrier(adapter.http, ninjavan.name, ninjavan.endpoint, made["key"], ninjavan.scheme)
        await answers(ninjavan, 202)


async def test_a_new_key_of_the_carrier_s_own_is_checked_like_a_first_one(adapter: Running, ninjavan: Carrier) -> None:
    ran = await accounts(adapter, "rotate-key", "--name", ninjavan.name, "--key", "short")

    assert ran.status == 2
    assert ran.printed.startswith("a key has 24 characters or more")
    assert (await ninjavan.push(a_body())).status_code == 202


async def test_a_disabled_account_s_pushes_are_refused_like_a_stranger_s(adapter: Running, ninjavan: Carrier) -> None:
    assert (await accounts(adapter, "disable", "--name", ninjavan.name)).printed == f"{ninjavan.name} is disabled\n"

    await answers(ninjavan, 401)
    unknown = await adapter.http.post("/v1/feeds/unknown", content=b"{}")
    assert (await ninjavan.push(a_body())).content == unknown.content


@pytest.mark.parametrize("verb", ["rotate-key", "disable"])
async def test_an_account_that_is_not_there_is_said_so(adapter: Running, verb: str) -> None:
    ran = await accounts(adapter, verb, "--name", "nobody")

    assert ran.status == 2
    assert ran.printed == "there is no account nobody: `carrier-adapter accounts list` shows them\n"
