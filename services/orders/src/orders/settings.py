"""What `orders` must be told."""

import re
from typing import Any

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings

_FILES_S3 = ("files_s3_endpoint", "files_s3_bucket", "files_s3_access_key", "files_s3_secret_key", "files_s3_region")


class OrdersSettings(ServiceSettings):
    """Environment variables with the prefix ORDERS_."""

    model_config = SettingsConfigDict(env_prefix="ORDERS_", frozen=True, hide_input_in_errors=True)

    http_host: str = "127.0.0.1"
    http_port: int = Field(description="port of the sellers' API", ge=1, le=65535)
    operator_key: SecretStr = Field(description="the operator's API key, 24 characters or more", min_length=24)
    secure_cookies: bool = Field(
        True, description="false where browsers reach the API without TLS: never in production"
    )
    address_header: str | None = Field(
        None,
        description="the header in which the proxy in front names who asks, such as X-Real-IP; none without a proxy",
    )

    files_s3_endpoint: str | None = Field(None, description="the URL of S3-compatible storage", validate_default=True)
    files_s3_bucket: str | None = Field(None, description="a bucket for files and nothing else", validate_default=True)
    files_s3_access_key: str | None = Field(None, description="who this service is there", validate_default=True)
    files_s3_secret_key: SecretStr | None = Field(None, description="its secret there", validate_default=True)
    files_s3_region: str | None = Field(None, validate_default=True)

    @field_validator(*_FILES_S3, mode="before")
    @classmethod
    def _none_if_empty(cls, value: Any) -> Any:
        return value or None

    @field_validator("files_s3_endpoint")
    @classmethod
    def _is_a_url(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and not re.fullmatch(r"https?://[^/?#\s@]+(/[^?#\s]*)?", endpoint):
            raise ValueError("it must begin with http:// or https:// and hold no key")
        return endpoint.rstrip("/") if endpoint else None

    @field_validator("files_s3_region")
    @classmethod
    def _all_or_none(cls, region: str | None, others: ValidationInfo) -> str | None:
        """Have the five of them, or none: half a storage is a mistake, and files would lie where nobody looks."""
        given = {**{name: others.data[name] for name in _FILES_S3 if name in others.data}, "files_s3_region": region}
        missing = [f"ORDERS_{name}".upper() for name in _FILES_S3 if not given.get(name, True)]
        if missing and len(missing) < len(_FILES_S3):
            raise ValueError(f"of the five ORDERS_FILES_S3_… set all or none, {' and '.join(missing)} is missing")
        return region

    @property
    def files_s3(self) -> dict[str, Any] | None:
        """The storage of files outside PostgreSQL by its parts (`InS3`), or None."""
        if self.files_s3_secret_key is None:
            return None
        return {
            "endpoint": self.files_s3_endpoint,
            "bucket": self.files_s3_bucket,
            "access_key": self.files_s3_access_key,
            "secret_key": self.files_s3_secret_key.get_secret_value(),
            "region": self.files_s3_region,
        }
