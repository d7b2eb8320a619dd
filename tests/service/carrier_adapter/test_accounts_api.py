"""Carrier accounts over HTTP, for whoever has the admin token."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from carrier_adapter.settings import CarrierAdapterSettings
from service.carrier_adapter.admin import Admin, answered
from service.carrier_adapter.conftest import Door
from support.pushing import Carrier, a_body
from support.servers import Servers
from support.services import Process, Starter, run_tool

_names = itertools.count(1)


@pytest.fixture
def admin(door: Door) -> Admin:
    """An admin of the module's adapter."""
    return Admin(door.running)


@pytest.fixture
def name() -> str:
    """A name that no account has yet."""
    return f"acme-http-{next(_names)}"


def asked(name: str, **told: Any) -> dict[str, Any]:
    return {"name": name, "carrier": "Acme Express", "format": "ninjavan-webhook", "zone": "Asia/Manila", **told}


async def test_an_account_that_was_added_can_push_with_the_key_that_was_answered_once(admin: Admin, name: str) -> None:
    carrier = await admin.add(name, "ninjavan-webhook", "ninjavan")

    assert (await carrier.push(a_body())).status_code == 202
    account = await admin.get(f"/v1/accounts/{name}")
    assert (account["carrier"], account["format"], account["scheme"]) == ("acme", "ninjavan-webhook", "ninjavan")
    assert (account["enabled"], account["active_keys"], account["answer"]) == (True, 1, "receipt")
    everything = await admin.ask("GET", "/v1/accounts")
    assert name in [one["name"] for one in everything.json()["accounts"]]
    assert carrier.key not in everything.text


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"name": "Acme Express!"}, "name"),
        ({"carrier": "!"}, "carrier"),
        ({"format": "pigeon"}, "format"),
        ({"scheme": "standard-webhooks"}, "scheme"),
        ({"zone": "SGT"}, "zone"),
        ({"answer": "with a song"}, "answer"),
        ({"key": "short"}, "key"),
        ({"format": "tiktok-shop-webhook"}, "key"),  # the marketplace gives it out
        ({"format": "tiktok-shop-webhook", "key": "a-secret-without-its-app-key"}, "key"),
        ({"colour": "red"}, "colour"),
        ({"name": None}, "name"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field_that_is_wrong(
    admin: Admin, name: str, told: dict[str, Any], field: str
) -> None:
    answer = await admin.ask("POST", "/v1/accounts", {**asked(name), **told})

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert (await admin.ask("GET", f"/v1/accounts/{name}")).status_code == 404


async def test_a_name_is_used_once(admin: Admin, name: str) -> None:
    await admin.post("/v1/accounts", asked(name), status=201)

    assert (await admin.post("/v1/accounts", asked(name), status=409))["status"] == 409


async def test_how_a_sender_is_answered_is_its_account_s_choice(admin: Admin, name: str) -> None:
    await admin.post("/v1/accounts", asked(name, answer="empty"), status=201)

    assert (await admin.get(f"/v1/accounts/{name}"))["answer"] == "empty"


async def test_a_further_key_works_beside_the_older_one_until_the_grace_is_over(admin: Admin, name: str) -> None:
    old = await admin.add(name, "ninjavan-webhook", "ninjavan")

    made = await admin.post(f"/v1/accounts/{name}/keys", {"grace_hours": 1}, status=201)

    new = Carrier(old.http, name, old.endpoint, made["key"], old.scheme)
    await answered(new, 202)
    assert (await old.push(a_body())).status_code == 202
    older, newer = (await admin.get(f"/v1/accounts/{name}"))["keys"]
    assert (newer["id"], newer["not_after"]) == (made["key_id"], None)
    ends = datetime.fromisoformat(older["not_after"]) - datetime.fromisoformat(made["not_before"])
    assert ends == timedelta(hours=1)


async def test_a_key_counts_from_its_beginning_and_the_older_one_ends_after_that(admin: Admin, name: str) -> None:
    old = await admin.add(name, "ninjavan-webhook", "ninjavan")
    begins = datetime.now(UTC) + timedelta(days=7)
    key = "a-key-that-the-carrier-chose-itself"

    wanted = {"key": key, "not_before": begins.isoformat(), "not_after": (begins + timedelta(days=90)).isoformat()}
    await admin.post(f"/v1/accounts/{name}/keys", wanted, status=201)

    account = await admin.get(f"/v1/accounts/{name}")
    older, newer = account["keys"]
    assert (account["active_keys"], older["active"], newer["active"]) == (1, True, False)
    assert datetime.fromisoformat(older["not_after"]) == begins + timedelta(days=1)
    assert datetime.fromisoformat(newer["not_after"]) == begins + timedelta(days=90)
    early = Carrier(old.http, name, old.endpoint, key, old.scheme)
    assert (await early.push(a_body())).status_code == 401


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"key": "short"}, "key"),
        ({"not_after": "2020-01-01T00:00:00Z"}, "not_after"),
        ({"not_before": "2030-01-01T00:00:00"}, "not_before"),
        ({"grace_hours": -1}, "grace_hours"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_and_the_old_one_stays(
    admin: Admin, door: Door, told: dict[str, Any], field: str
) -> None:
    carrier = await door.carrier()
    before = (await admin.get(f"/v1/accounts/{carrier.name}"))["keys"]

    answer = await admin.ask("POST", f"/v1/accounts/{carrier.name}/keys", told)

    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])
    assert (await admin.get(f"/v1/accounts/{carrier.name}"))["keys"] == before


@pytest.mark.parametrize(("method", "ending"), [("DELETE", ""), ("POST", "/retire")])
async def test_a_retired_key_counts_no_longer_but_the_last_one_cannot_be_retired(
    admin: Admin, name: str, method: str, ending: str
) -> None:
    old = await admin.add(name, "ninjavan-webhook", "ninjavan")
    made = await admin.post(f"/v1/accounts/{name}/keys", {"grace_hours": None}, status=201)
    first, second = (one["id"] for one in (await admin.get(f"/v1/accounts/{name}"))["keys"])

    assert (await admin.ask(method, f"/v1/accounts/{name}/keys/{first}{ending}")).status_code == 200

    await answered(old, 401)
    await answered(Carrier(old.http, name, old.endpoint, made["key"], old.scheme), 202)
    last = await admin.ask(method, f"/v1/accounts/{name}/keys/{second}{ending}")
    assert (last.status_code, "last key" in last.json()["detail"]) == (409, True)
    unknown = await admin.ask(method, f"/v1/accounts/{name}/keys/{uuid4()}{ending}")
    assert unknown.status_code == 404


async def test_no_account_has_more_keys_than_a_push_can_be_compared_with(admin: Admin, name: str) -> None:
    await admin.post("/v1/accounts", asked(name), status=201)
    for _ in range(7):
        await admin.post(f"/v1/accounts/{name}/keys", {"grace_hours": None}, status=201)

    await admin.post(f"/v1/accounts/{name}/keys", {"grace_hours": None}, status=409)


async def test_a_disabled_account_s_pushes_are_refused_until_it_is_enabled_again(admin: Admin, name: str) -> None:
    carrier = await admin.add(name, "ninjavan-webhook", "ninjavan")

    assert (await admin.post(f"/v1/accounts/{name}/disable"))["enabled"] is False
    await answered(carrier, 401)

    assert (await admin.post(f"/v1/accounts/{name}/enable"))["enabled"] is True
    await answered(carrier, 202)


async def test_an_account_is_never_deleted(admin: Admin, door: Door) -> None:
    carrier = await door.carrier()

    assert (await admin.ask("DELETE", f"/v1/accounts/{carrier.name}")).status_code == 405


async def test_the_command_line_enables_and_retires_too(admin: Admin, door: Door, name: str) -> None:
    async def run(*words: str) -> str:
        ran = await run_tool("carrier-adapter", "accounts", *words, environment=door.running.environment)
        assert ran.status == 0, ran.printed + ran.complained
        return ran.printed

    carrier = await admin.add(name, "ninjavan-webhook", "ninjavan")
    await run("rotate-key", "--name", name, "--grace-hours=-1", "--not-after", "2099-01-01T00:00:00Z")
    first = (await admin.get(f"/v1/accounts/{name}"))["keys"][0]["id"]
    await run("disable", "--name", name)
    await run("retire-key", "--name", name, "--id", first)
    assert await run("enable", "--name", name) == f"{name} is enabled\n"

    account = await admin.get(f"/v1/accounts/{name}")
    assert (account["enabled"], [one["active"] for one in account["keys"]]) == (True, [False, True])
    assert account["keys"][1]["not_after"] == "2099-01-01T00:00:00Z"
    await answered(carrier, 401)


# --- who may ----------------------------------------------------------------------------------------------------------


ROUTES = [
    ("GET", "/v1/accounts"),
    ("POST", "/v1/accounts"),
    ("GET", "/v1/accounts/x"),
    ("POST", "/v1/accounts/x/keys"),
    ("DELETE", f"/v1/accounts/x/keys/{uuid4()}"),
    ("POST", "/v1/accounts/x/disable"),
    ("POST", "/v1/accounts/x/enable"),
    ("GET", "/v1/quarantine"),
    ("GET", f"/v1/quarantine/{uuid4()}"),
    ("POST", "/v1/quarantine/replay"),
    ("POST", "/v1/quarantine/discard"),
]


@pytest.mark.parametrize("token", [None, "x", "another-admin-token-of-nobody-at-all"])
async def test_nobody_gets_in_without_the_token(door: Door, token: str | None) -> None:
    stranger = Admin(door.running, token)

    answers = [await stranger.ask(method, path, {} if method == "POST" else None) for method, path in ROUTES]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}


async def test_every_admin_route_is_in_the_document_and_asks_for_the_token(door: Door) -> None:
    document = (await door.running.http.get("/openapi.json")).json()

    open_ = {path for path, routes in document["paths"].items() for route in routes.values() if "security" not in route}
    assert open_ == {"/v1/feeds/{endpoint}/receipts/{receipt}"}
    assert "/v1/accounts/{name}/keys/{key_id}/retire" in document["paths"]


async def test_without_an_admin_token_it_is_said_how_to_switch_the_api_on(start: Starter) -> None:
    adapter = await start("carrier-adapter", admin_token=None)

    answer = await Admin(adapter).ask("GET", "/v1/accounts")

    assert answer.status_code == 403
    assert "CARRIER_ADAPTER_ADMIN_TOKEN" in answer.json()["detail"]


def test_a_short_admin_token_is_refused_at_the_start(door: Door) -> None:
    values = door.running.settings.model_dump()

    with pytest.raises(ValidationError, match="32 characters or more"):
        CarrierAdapterSettings(**{**values, "admin_token": "a" * 31})


# --- the sealing key --------------------------------------------------------------------------------------------------


async def test_a_wrong_sealing_key_ends_the_start_with_one_sentence(
    door: Door, servers: Servers, tmp_path: Path
) -> None:
    await door.carrier()
    values = {**door.running.settings.model_dump(), "ops_port": 9, "http_port": 9, "sealing_key": "A" * 43 + "="}
    plain = {key: getattr(value, "get_secret_value", lambda v=value: v)() for key, value in values.items()}
    process = Process("carrier-adapter", plain, tmp_path / "log")

    status = await process.ended()

    assert status == 2
    lines = [line for line in process.said().splitlines() if not line.startswith("{")]
    assert len(lines) == 1
    assert lines[0].startswith("CARRIER_ADAPTER_SEALING_KEY is not the key that")


async def test_a_wrong_sealing_key_adds_no_account(door: Door, name: str) -> None:
    await door.carrier()
    environment = {**door.running.environment, "CARRIER_ADAPTER_SEALING_KEY": "A" * 43 + "="}

    words = ("accounts", "add", "--name", name, "--carrier", "Acme", "--format", "x12-214")
    ran = await run_tool("carrier-adapter", *words, environment=environment)

    assert (ran.status, ran.printed.count("\n")) == (2, 1)
    assert ran.printed.startswith("CARRIER_ADAPTER_SEALING_KEY is not the key that")


# --- whose 3PL it is --------------------------------------------------------------------------------------------------


async def linked(door: Door, name: str) -> list[tuple[bool, list[str] | None]]:
    """Give what `orders` was told of an account, in order: whether it is enabled, and for which shops."""
    await door.running.quiet()
    rows = await door.running.pool.fetch(
        "SELECT body FROM outbox WHERE subject = 'scans.v1.feed_linked' AND about = $1 ORDER BY id", name
    )
    told = [json.loads(row["body"]) for row in rows]
    return [(one["enabled"], one.get("shops")) for one in told]


async def test_orders_is_told_which_feeds_are_linked_and_by_whom(admin: Admin, door: Door, name: str) -> None:
    shop = str(uuid4())
    await admin.post("/v1/accounts", asked(name), status=201)
    expected: list[tuple[bool, list[str] | None]] = [(True, None)]
    assert await linked(door, name) == expected

    answer = await admin.ask("PUT", f"/v1/accounts/{name}/shops", {"shops": [shop]})
    assert (answer.status_code, answer.json()["shops"]) == (200, [shop])
    expected.append((True, [shop]))
    assert await linked(door, name) == expected

    await admin.post(f"/v1/accounts/{name}/disable")
    expected.append((False, [shop]))
    assert await linked(door, name) == expected

    environment = door.running.environment
    ran = await run_tool("carrier-adapter", "accounts", "link", "--name", name, "--everyone", environment=environment)
    assert ran.printed == f"{name} is linked by everyone\n"
    expected.append((False, None))
    assert await linked(door, name) == expected


async def test_a_link_names_shops_or_everyone(door: Door, name: str) -> None:
    environment = door.running.environment

    for words in ((), ("--everyone", "--shop", str(uuid4()))):
        ran = await run_tool("carrier-adapter", "accounts", "link", "--name", name, *words, environment=environment)
        assert (ran.status, ran.printed) == (2, "say --shop once or more, or --everyone\n")
