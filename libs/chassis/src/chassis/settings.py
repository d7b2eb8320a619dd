"""Configuration: environment variables, checked once at the start."""

import sys
from pathlib import Path
from typing import TypeVar

import nkeys
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What every service must be told; each service's own class adds to it and names the prefix.

    There is no default for an address or a secret: a service that was told nothing does not start.
    """

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: SecretStr = Field(description="postgresql://role:password@host/database")
    nats_url: str = Field(description="nats://host:4222")
    nats_seed: SecretStr = Field(description="the nkey seed of this service's NATS user, SU…")
    nats_monitor_url: str = Field(description="http://host:8222, where the broker says how it is configured")
    ops_host: str = "127.0.0.1"
    ops_port: int = Field(description="port for /healthz, /readyz, /metrics and /idle", ge=1, le=65535)
    clock_file: Path | None = Field(None, description="a file holding the instant; only for simulations")
    log_level: str = "info"
    niceness: int = Field(0, description="how far this service steps back for others on its machine", ge=0, le=19)
    pool_size: int = Field(8, ge=2, le=100, description="PostgreSQL connections")

    @field_validator("nats_seed")
    @classmethod
    def _is_a_seed(cls, seed: SecretStr) -> SecretStr:
        text = seed.get_secret_value().strip()
        try:
            nkeys.from_seed(text.encode()).wipe()
        except (nkeys.NkeysError, ValueError):
            raise ValueError("is no nkey seed") from None
        return SecretStr(text)


Settings = TypeVar("Settings", bound=BaseSettings)


def load(settings: type[Settings]) -> Settings:
    """Read *settings* from the environment; a wrong one stops the program with one sentence and exit status 2."""
    try:
        return settings()
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        variable = f"{settings.model_config.get('env_prefix', '')}{field}".upper()
        described = settings.model_fields[field].description if field in settings.model_fields else None
        wanted = f" It wants {described}." if described else ""
        problem = (
            "is not set" if first["type"] == "missing" else f"is wrong: {first['msg'].removeprefix('Value error, ')}"
        )
        sys.stderr.write(f"{variable} {problem}.{wanted}\n")
        raise SystemExit(2) from None
