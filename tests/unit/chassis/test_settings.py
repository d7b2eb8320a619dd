"""A service that is told too little, or something wrong, does not start, and says why in one sentence."""

import nkeys
import pytest
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings, load

SEED = nkeys.encode_seed(bytes(32), nkeys.PREFIX_BYTE_USER).decode()
GOOD = {
    "TRIAL_DATABASE_URL": "postgresql://trial:pw@localhost/trial",
    "TRIAL_NATS_URL": "nats://localhost:4222",
    "TRIAL_NATS_SEED": SEED,
    "TRIAL_NATS_MONITOR_URL": "http://localhost:8222",
    "TRIAL_OPS_PORT": "9101",
}


class TrialSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TRIAL_", frozen=True, hide_input_in_errors=True)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    assert load(TrialSettings).ops_port == 9101


def test_a_missing_one_is_named_with_what_it_wants(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("TRIAL_DATABASE_URL")

    with pytest.raises(SystemExit) as stop:
        load(TrialSettings)

    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        "TRIAL_DATABASE_URL is not set. It wants postgresql://role:password@host/database.\n"
    )


def test_a_wrong_one_is_named_and_not_repeated(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("TRIAL_OPS_PORT", "canary")

    with pytest.raises(SystemExit):
        load(TrialSettings)

    said = capsys.readouterr().err
    assert said.startswith("TRIAL_OPS_PORT is wrong: ")
    assert "canary" not in said


def test_no_secret_shows_in_a_printed_setting(environment: pytest.MonkeyPatch) -> None:
    printed = repr(load(TrialSettings))

    assert SEED not in printed
    assert "pw" not in printed


def test_a_seed_is_taken_without_the_line_end_of_its_file(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TRIAL_NATS_SEED", f"{SEED}\r\n")

    assert load(TrialSettings).nats_seed.get_secret_value() == SEED
