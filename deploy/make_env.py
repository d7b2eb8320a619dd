"""Makes what the deployment needs and nobody may guess: `.env`, with secrets of its own, and the broker's nats.conf.

Run it as often as you like: a secret that is there stays as it is, one that is missing is added, and nats.conf, which
holds no secret, is made again from the template of this release. `make env` runs it; so does, without Python:

    docker run --rm -u "$(id -u):$(id -g)" -v "$PWD:/waybill" -w /waybill \
        "$(docker build -q --build-arg SERVICE=chassis .)" python deploy/make_env.py
"""

import argparse
import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import nkeys

from chassis.permissions import USERS, render
from contracts.streams import SERVICES

HEADING = """\
# Made by deploy/make_env.py. Keep a copy where backups of the databases are not: the sealing key cannot be made again.
# Whoever reads this file can read and write everything.
"""

CHOICES = """
# What you may change; docs/deployment.md says what each is.
#WAYBILL_ADDRESS=127.0.0.1
#WAYBILL_ORDERS_PORT=8000
#WAYBILL_FEEDS_PORT=8001
#WAYBILL_MAIL_PORT=8025
#NOTIFIER_PUBLIC_URL=https://track.example.com
#NOTIFIER_SENDER=orders@example.com
#NOTIFIER_MESSAGE_ID_DOMAIN=example.com
#NOTIFIER_SMTP_HOST=smtp.example.com
#NOTIFIER_SMTP_PORT=587
#NOTIFIER_SMTP_TLS=starttls
#NOTIFIER_SMTP_USERNAME=
#NOTIFIER_SMTP_PASSWORD=
"""


class Unusable(Exception):
    """An .env that cannot be worked with; the sentence says which line, and what to do."""


def _word() -> str:
    return secrets.token_urlsafe(32)


def _sealing_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _seed() -> str:
    seed: bytes = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    return seed.decode()


def _variable(user: str, name: str) -> str:
    return f"{user.upper().replace('-', '_')}_{name}"


#: Every secret, and how one is made.
SECRETS: dict[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": _word,
    **{_variable(service, "DATABASE_PASSWORD"): _word for service in SERVICES},
    **{_variable(user, "NATS_SEED"): _seed for user in USERS},
    "ORDERS_OPERATOR_KEY": _word,
    "CARRIER_ADAPTER_SEALING_KEY": _sealing_key,
    "CARRIER_ADAPTER_ADMIN_TOKEN": _word,
}


def read(text: str) -> dict[str, str]:
    """Read the lines of an .env that set something."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def completed(text: str) -> str:
    """Give the text of an .env with every secret in it; what it says already stays word for word."""
    present = read(text)
    if empty := [name for name in SECRETS if present.get(name) == ""]:
        raise Unusable(f"{empty[0]} is empty in .env: give it a value, or delete the line to have one made")
    missing = [f"{name}={make()}\n" for name, make in SECRETS.items() if name not in present]
    if not text:
        return HEADING + "".join(missing) + CHOICES
    return text + ("" if text.endswith("\n") else "\n") + "".join(missing)


def broker_config(values: Mapping[str, str]) -> str:
    """Give the text of nats.conf for the users whose seeds are in *values*."""
    return render({user: _public(_variable(user, "NATS_SEED"), values) for user in USERS}, monitor="0.0.0.0:8222")


def _public(variable: str, values: Mapping[str, str]) -> str:
    try:
        public: str = nkeys.from_seed(values[variable].encode()).public_key.decode()
    except (nkeys.NkeysError, ValueError):
        raise Unusable(f"{variable} in .env is no nkey seed: delete the line to have one made") from None
    return public


def make(folder: Path) -> list[str]:
    """Bring `.env` and `secrets/nats.conf` under *folder* up to date; says what was done."""
    environment, config = folder / ".env", folder / "secrets" / "nats.conf"
    before = environment.read_text() if environment.exists() else ""
    after = completed(before)
    text = broker_config(read(after))
    _append(environment, after.removeprefix(before))
    config.parent.mkdir(mode=0o700, exist_ok=True)
    known = config.read_text() if config.exists() else ""
    if known != text:
        # In place: a container that has the file mounted sees the same file. Any user must be able to read it there; on
        # this machine the folder keeps others out.
        config.write_text(text)
        config.chmod(0o644)
    added = len(read(after)) - len(read(before))
    return [
        f"{environment}: {f'{added} secrets made' if added else 'has every secret already'}",
        f"{config}: {'as it was' if known == text else 'made; a running broker takes it when it is restarted'}",
    ]


def _append(file: Path, text: str) -> None:
    """Add to a file of secrets; what is in it is never written again."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        os.fchmod(descriptor, 0o600)
        opened.write(text)


def main() -> None:
    """Make what is missing."""
    parser = argparse.ArgumentParser(prog="make_env.py", description="Make .env and secrets/nats.conf.")
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="where docker-compose.yml is (default: here)")
    try:
        print("\n".join(make(parser.parse_args().folder)))
    except Unusable as sentence:
        sys.exit(str(sentence))
    except OSError as failure:
        sys.exit(f"{failure.filename or 'the file'} cannot be written: {failure.strerror}")


if __name__ == "__main__":
    main()
