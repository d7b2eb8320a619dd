"""`make env`: what is made once stays, and what is missing is added."""

import base64
import stat
from pathlib import Path

import nkeys
import pytest
from deploy import make_env
from deploy.make_env import SECRETS, Unusable, broker_config, completed, read

from chassis.permissions import USERS, render


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_a_new_env_has_every_secret_and_no_two_alike() -> None:
    made = read(completed(""))

    assert made.keys() == SECRETS.keys()
    assert len(set(made.values())) == len(SECRETS)
    assert not read(completed("")).items() & made.items()


def test_what_an_env_says_stays_word_for_word() -> None:
    before = "# mine\nPOSTGRES_PASSWORD='chosen by hand'\nWAYBILL_ORDERS_PORT=9000"

    after = completed(before)

    assert after.startswith(before + "\n")
    assert read(after)["POSTGRES_PASSWORD"] == "chosen by hand"


def test_a_second_run_changes_nothing() -> None:
    once = completed("")

    assert completed(once) == once


def test_a_secret_that_a_later_release_needs_is_added_beside_the_old_ones() -> None:
    old = completed("")
    without = "".join(line for line in old.splitlines(keepends=True) if not line.startswith("NOTIFIER_NATS_SEED="))

    values = read(completed(without))

    assert values.keys() == SECRETS.keys()
    assert read(without).items() <= values.items()


def test_an_empty_secret_is_not_taken_for_one() -> None:
    with pytest.raises(Unusable, match="ORDERS_OPERATOR_KEY is empty"):
        completed("ORDERS_OPERATOR_KEY=\n")


def test_passwords_need_no_quoting_in_an_address() -> None:
    made = read(completed(""))

    for name, value in made.items():
        if name.endswith("PASSWORD"):
            assert len(value) >= 32
            assert value.replace("-", "").replace("_", "").isalnum()


def test_the_sealing_key_is_32_bytes_in_base64() -> None:
    assert len(base64.b64decode(read(completed(""))["CARRIER_ADAPTER_SEALING_KEY"], validate=True)) == 32


def test_nats_conf_is_the_template_with_the_public_half_of_each_seed() -> None:
    values = read(completed(""))
    seeds = {user: values[f"{user.upper().replace('-', '_')}_NATS_SEED"] for user in USERS}
    public = {user: nkeys.from_seed(seed.encode()).public_key.decode() for user, seed in seeds.items()}

    text = broker_config(values)

    assert text == render(public, listen="0.0.0.0:4222", monitor="0.0.0.0:8222", store_dir="/data")
    assert not [seed for seed in seeds.values() if seed in text]


def test_a_seed_that_is_none_is_named() -> None:
    values = read(completed("")) | {"ORDERS_NATS_SEED": "swordfish"}

    with pytest.raises(Unusable, match=r"^ORDERS_NATS_SEED .* no nkey seed") as refused:
        broker_config(values)

    assert "swordfish" not in str(refused.value)


def test_only_the_owner_can_read_the_secrets(tmp_path: Path) -> None:
    make_env.make(tmp_path)

    assert mode_of(tmp_path / ".env") == 0o600
    assert mode_of(tmp_path / "secrets") == 0o700
    assert mode_of(tmp_path / "secrets" / "nats.conf") == 0o644  # any user of a container that has it mounted


def test_running_it_again_leaves_both_files_as_they_are(tmp_path: Path) -> None:
    make_env.make(tmp_path)
    before = [(file, file.read_bytes()) for file in (tmp_path / ".env", tmp_path / "secrets" / "nats.conf")]

    make_env.make(tmp_path)

    assert [(file, file.read_bytes()) for file, _ in before] == before


def test_an_env_that_everybody_could_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WAYBILL_ORDERS_PORT=9000\n")
    (tmp_path / ".env").chmod(0o644)

    make_env.make(tmp_path)

    assert mode_of(tmp_path / ".env") == 0o600


def test_a_seed_that_is_none_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ORDERS_NATS_SEED=swordfish\n")

    with pytest.raises(Unusable):
        make_env.make(tmp_path)

    assert (tmp_path / ".env").read_text() == "ORDERS_NATS_SEED=swordfish\n"
