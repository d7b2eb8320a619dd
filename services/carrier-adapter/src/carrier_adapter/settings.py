"""What `carrier-adapter` must be told."""

import base64
import binascii
from pathlib import Path
from typing import Any, Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings

SHORTEST_TOKEN: Final = 32  #: Characters.


class CarrierAdapterSettings(ServiceSettings):
    """Environment variables with the prefix CARRIER_ADAPTER_."""

    model_config = SettingsConfigDict(env_prefix="CARRIER_ADAPTER_", frozen=True, hide_input_in_errors=True)

    http_host: str = "127.0.0.1"
    http_port: int = Field(description="port of the carriers' endpoint", ge=1, le=65535)
    sealing_key: SecretStr = Field(description="32 random bytes in base64, which keys and bodies are encrypted with")
    admin_token: SecretStr | None = Field(
        None, description="what admins of accounts and quarantine send, 32 characters or more; none: nobody may"
    )
    mappings: Path | None = Field(None, description="a folder of your own mapping files")
    largest_body: int = Field(1024 * 1024, description="bytes of a push at most", ge=1024, le=64 * 1024 * 1024)

    @field_validator("admin_token", "mappings", mode="before")
    @classmethod
    def _none_if_empty(cls, value: Any) -> Any:
        return value or None

    @field_validator("admin_token")
    @classmethod
    def _is_long(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"it has {SHORTEST_TOKEN} characters or more")
        return token

    @field_validator("sealing_key")
    @classmethod
    def _has_32_bytes(cls, key: SecretStr) -> SecretStr:
        try:
            length = len(base64.b64decode(key.get_secret_value(), validate=True))
        except binascii.Error:
            length = 0
        if length != 32:
            raise ValueError("must be 32 bytes in base64")
        return key
