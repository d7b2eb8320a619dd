"""What `notifier` must be told."""

from datetime import time
from typing import Literal, Self

from pydantic import EmailStr, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class NotifierSettings(ServiceSettings):
    """Environment variables with the prefix NOTIFIER_."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_", frozen=True, hide_input_in_errors=True)

    smtp_host: str = Field(description="the mail server's host")
    smtp_port: int = Field(description="the mail server's port", ge=1, le=65535)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    sender: EmailStr = Field(description="the address that messages come from")
    sender_name: str = "Waybill"
    message_id_domain: str = Field(description="the domain in Message-ID, one of yours")
    public_url: str = Field(description="where tracking links lead, such as https://track.example.com")
    sending: bool = Field(True, description="true, or false to keep messages without sending them until it is true")
    waking_from: time = time(8, 0)
    waking_until: time = time(21, 0)

    @model_validator(mode="after")
    def _some_hours_are_waking_hours(self) -> Self:
        if self.waking_from >= self.waking_until:
            raise ValueError("waking_from must be earlier in the day than waking_until, or nobody is ever written to")
        return self
