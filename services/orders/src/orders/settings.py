"""What `orders` must be told."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class OrdersSettings(ServiceSettings):
    """Environment variables with the prefix ORDERS_."""

    model_config = SettingsConfigDict(env_prefix="ORDERS_", frozen=True, hide_input_in_errors=True)

    http_host: str = "127.0.0.1"
    http_port: int = Field(description="port of the sellers' API", ge=1, le=65535)
    operator_key: SecretStr = Field(description="the operator's API key, 24 characters or more", min_length=24)
