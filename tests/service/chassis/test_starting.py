"""A service that is told too little, or something wrong, does not start: one sentence, exit status 2."""

import base64
import re
import socket

import pytest

from sandbox.servers import make_nkey
from support.servers import Servers
from support.services import OPERATOR_KEY, SEALING_KEY, Launcher, Starter, run_tool

SEED, _ = make_nkey()
COMMON = {
    "DATABASE_URL": "postgresql://role:canary@localhost/database",
    "NATS_URL": "nats://localhost:4222",
    "NATS_SEED": SEED,
    "NATS_MONITOR_URL": "http://localhost:8222",
    "OPS_PORT": "9101",
}
ENOUGH = {
    "orders": {**COMMON, "HTTP_PORT": "8080", "OPERATOR_KEY": OPERATOR_KEY},
    "carrier-adapter": {**COMMON, "HTTP_PORT": "8081", "SEALING_KEY": SEALING_KEY},
    "deadline-watcher": COMMON,
    "notifier": {
        **COMMON,
        "SMTP_HOST": "localhost",
        "SMTP_PORT": "25",
        "SENDER": "waybill@example.com",
        "MESSAGE_ID_DOMAIN": "waybill.example.com",
        "PUBLIC_URL": "https://track.example.com",
    },
}


def environment(service: str, values: dict[str, str]) -> dict[str, str]:
    return {f"{service.upper().replace('-', '_')}_{name}": value for name, value in values.items()}


@pytest.mark.parametrize(("service", "variable"), [(s, v) for s, values in ENOUGH.items() for v in values])
async def test_what_is_missing_is_named_with_what_it_wants(service: str, variable: str) -> None:
    values = {name: value for name, value in ENOUGH[service].items() if name != variable}

    ran = await run_tool(service, "serve", environment=environment(service, values))

    [name] = environment(service, {variable: ""})
    assert ran.status == 2
    assert re.fullmatch(rf"{name} is not set\. It wants [^.].+\.\n", ran.complained)


@pytest.mark.parametrize(
    ("service", "variable", "value", "problem"),
    [
        ("orders", "OPS_PORT", "0", "Input should be greater than or equal to 1"),
        ("orders", "OPS_PORT", "canary", "Input should be a valid integer"),
        ("orders", "HTTP_PORT", "70000", "Input should be less than or equal to 65535"),
        ("orders", "POOL_SIZE", "1", "Input should be greater than or equal to 2"),
        ("orders", "OPERATOR_KEY", "canary", "Value should have at least 24 items"),
        ("orders", "NATS_SEED", "canary", "is no nkey seed"),
        ("notifier", "NATS_SEED", "", "is no nkey seed"),
        ("carrier-adapter", "SEALING_KEY", "canary", "must be 32 bytes in base64"),
        ("carrier-adapter", "SEALING_KEY", base64.b64encode(b"canary").decode(), "must be 32 bytes in base64"),
        ("carrier-adapter", "LARGEST_BODY", "10", "Input should be greater than or equal to 1024"),
        ("notifier", "SENDER", "canary", "value is not a valid email address"),
        ("notifier", "SMTP_TLS", "canary", "Input should be 'none', 'starttls' or 'tls'"),
    ],
)
async def test_what_is_wrong_is_named_and_not_repeated(service: str, variable: str, value: str, problem: str) -> None:
    values = {**ENOUGH[service], variable: value}

    ran = await run_tool(service, "serve", environment=environment(service, values))

    [name] = environment(service, {variable: ""})
    assert ran.status == 2
    assert ran.complained.startswith(f"{name} is wrong: {problem}")
    assert ran.complained.count("\n") == 1
    assert "canary" not in ran.complained


async def test_a_database_that_refuses_the_role_is_said_so_in_one_sentence(launch: Launcher, servers: Servers) -> None:
    known = await servers.fresh_database("deadline_watcher")
    process = await launch("deadline-watcher", database_url=known.replace("test_", "no_such_database_"))

    assert await process.ended() == 2
    [sentence] = process.said().splitlines()
    assert sentence.startswith('the database refuses this service: database "no_such_database_')


async def test_a_tool_says_in_one_sentence_that_the_database_is_away(start: Starter, servers: Servers) -> None:
    running = await start("orders")
    servers.postgres.kill()

    ran = await run_tool("orders", "books", environment=running.environment)

    assert ran.status == 2
    assert re.fullmatch(r"the database does not answer \(\w+\): is it there, and is the URL right\?\n", ran.complained)
    await servers.up()


async def test_a_port_that_is_taken_ends_the_process(launch: Launcher) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await launch("deadline-watcher", ops_port=taken.getsockname()[1])

        assert await process.ended() != 0
    assert "address already in use" in process.said()
