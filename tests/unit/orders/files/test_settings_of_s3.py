"""S3-compatible storage is configured whole, or not at all."""

import itertools
import json

import nkeys
import pytest

from chassis.settings import load
from orders.settings import OrdersSettings

GOOD = {
    "ORDERS_DATABASE_URL": "postgresql://orders:pw@localhost/orders",
    "ORDERS_NATS_URL": "nats://localhost:4222",
    "ORDERS_NATS_SEED": nkeys.encode_seed(bytes(32), nkeys.PREFIX_BYTE_USER).decode(),
    "ORDERS_NATS_MONITOR_URL": "http://localhost:8222",
    "ORDERS_OPS_PORT": "9100",
    "ORDERS_HTTP_PORT": "8000",
    "ORDERS_OPERATOR_KEY": "operator-key-of-the-tests-only",
}
S3 = {
    "ORDERS_FILES_S3_ENDPOINT": "https://s3.example.com/",
    "ORDERS_FILES_S3_BUCKET": "waybill-files",
    "ORDERS_FILES_S3_ACCESS_KEY": "access-canary",
    "ORDERS_FILES_S3_SECRET_KEY": "secret-canary",
    "ORDERS_FILES_S3_REGION": "eu-central-1",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    for name in S3:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stop:
        load(OrdersSettings)
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_without_any_of_them_the_service_starts(environment: pytest.MonkeyPatch) -> None:
    assert load(OrdersSettings).files_s3 is None


def test_empty_ones_are_none(environment: pytest.MonkeyPatch) -> None:
    for name in S3:
        environment.setenv(name, "")

    assert load(OrdersSettings).files_s3 is None


def test_all_of_them_are_a_storage(environment: pytest.MonkeyPatch) -> None:
    for name, value in S3.items():
        environment.setenv(name, value)

    assert load(OrdersSettings).files_s3 == {
        "endpoint": "https://s3.example.com",
        "bucket": "waybill-files",
        "access_key": "access-canary",
        "secret_key": "secret-canary",
        "region": "eu-central-1",
    }
    assert "secret-canary" not in repr(load(OrdersSettings))


@pytest.mark.parametrize("given", [c for n in range(1, 5) for c in itertools.combinations(S3, n)], ids=len)
def test_a_part_of_them_stops_the_start_with_one_sentence_that_names_the_rest(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: tuple[str, ...]
) -> None:
    for name in given:
        environment.setenv(name, S3[name])

    said = complaint(capsys)

    missing = [name for name in S3 if name not in given]
    assert said == (
        "ORDERS_FILES_S3_REGION is wrong: "
        f"of the five ORDERS_FILES_S3_… set all or none, {' and '.join(missing)} is missing.\n"
    )
    assert "canary" not in json.dumps(said)


@pytest.mark.parametrize(
    "url", ["s3.example.com", "ftp://s3.example.com", "https://key:canary@s3.example.com", "http:"]
)
def test_an_endpoint_that_is_no_address_stops_the_start(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    for name, value in {**S3, "ORDERS_FILES_S3_ENDPOINT": url}.items():
        environment.setenv(name, value)

    said = complaint(capsys)

    assert said.startswith("ORDERS_FILES_S3_ENDPOINT is wrong: ")
    assert "canary" not in said
