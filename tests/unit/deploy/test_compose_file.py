"""docker-compose.yml: no secret has a default, each service has its own, and what is inside stays inside."""

import re
from collections.abc import Iterator
from pathlib import Path

from deploy.make_env import SECRETS

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()


def services() -> dict[str, str]:
    """Give each service's part of the file by its name."""
    body = TEXT.split("\nservices:\n")[1].split("\nnetworks:\n")[0]
    found = re.split(r"^  ([a-z-]+):$", body, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def variables(text: str) -> Iterator[tuple[str, str]]:
    """Give each variable that stands in *text*, and what follows its name."""
    yield from re.findall(r"\$\{?([A-Z_]+)([^}]*)", text)


def test_the_file_is_read_right() -> None:
    assert list(services()) == [
        *("nats", "postgres", "provisioner"),
        *("orders", "carrier-adapter", "deadline-watcher", "notifier", "mailpit"),
    ]


def test_without_its_secrets_nothing_starts() -> None:
    demanded = {name for name, rest in variables(TEXT) if rest.startswith(":?")}

    assert demanded == SECRETS.keys()


def test_no_secret_has_a_default_anywhere() -> None:
    given = [(name, rest) for name, rest in variables(TEXT) if not rest.startswith(":?")]

    assert not [name for name, _ in given if name in SECRETS or re.search("SEED|PASSWORD|KEY|SECRET|TOKEN", name)]


def test_no_secret_stands_in_the_file() -> None:
    for line in TEXT.splitlines():
        if found := re.match(r"\s+\w*(?:SEED|PASSWORD|KEY|DATABASE_URL):(.*)", line):
            unset = not found[1].strip()
            assert unset or re.search(r"\$\{[A-Z_]+:\?run make env first\}", found[1]), line


def test_each_service_is_given_its_own_secrets_and_no_other() -> None:
    parts = services()
    for name, part in parts.items():
        prefix = name.upper().replace("-", "_")
        secrets = {variable for variable, _ in variables(part) if variable in SECRETS}
        if name == "postgres":
            expected = {one for one in SECRETS if one.endswith("DATABASE_PASSWORD")} | {"POSTGRES_PASSWORD"}
        else:
            expected = {one for one in SECRETS if one.startswith(f"{prefix}_")}
        assert secrets == expected, name


def test_only_people_and_carriers_doors_are_published_and_by_default_to_this_machine() -> None:
    published = {name: re.findall(r"^    ports: (\[.*\])$", part, re.MULTILINE) for name, part in services().items()}

    assert {name: ports for name, ports in published.items() if ports} == {
        "orders": ['["${WAYBILL_ADDRESS:-127.0.0.1}:${WAYBILL_ORDERS_PORT:-8000}:8000"]'],
        "carrier-adapter": ['["${WAYBILL_ADDRESS:-127.0.0.1}:${WAYBILL_FEEDS_PORT:-8001}:8000"]'],
        "mailpit": ['["${WAYBILL_ADDRESS:-127.0.0.1}:${WAYBILL_MAIL_PORT:-8025}:8025"]'],
    }
    assert TEXT.count("ports:") == 3
    assert "network_mode" not in TEXT


def test_broker_and_database_are_on_a_network_without_a_way_out() -> None:
    assert re.search(r"^  inside:\n    internal: true$", TEXT, re.MULTILINE)
    for name in ("nats", "postgres"):
        assert re.search(r"^    networks: \[inside\]", services()[name], re.MULTILINE)


def test_databases_are_made_for_each_service_and_closed_to_the_others() -> None:
    statements = (ROOT / "deploy" / "databases.sql").read_text()
    names = [one.removesuffix("_DATABASE_PASSWORD").lower() for one in SECRETS if one.endswith("DATABASE_PASSWORD")]

    for name in names:
        assert f"\\getenv {name}_password {name.upper()}_DATABASE_PASSWORD" in statements
        assert f"CREATE ROLE {name} LOGIN NOINHERIT PASSWORD :'{name}_password';" in statements
        assert f"CREATE DATABASE {name} OWNER {name};" in statements
    revoked = re.search(r"REVOKE ALL ON DATABASE ([\w, ]+) FROM PUBLIC;", statements)
    assert revoked
    assert set(revoked[1].split(", ")) == {*names, "postgres", "template1"}
