"""Keys, sessions and users as they are sent and shown."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, EmailStr, Field, SecretStr

from orders.access.passwords import LONGEST, SHORTEST
from orders.access.scopes import Scope
from orders.access.users import Role
from orders.api.schemas import Given, Text

Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]


def _in_order(scopes: list[Scope]) -> list[Scope]:
    return [scope for scope in Scope if scope in scopes]


class KeyGiven(Given):
    """A key to be made."""

    name: Annotated[Text, Field(max_length=60, examples=["Warehouse"])]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3), AfterValidator(_in_order)]


class KeyShown(BaseModel):
    """A key, without itself."""

    id: UUID
    name: str
    scopes: list[Scope]
    prefix: str = Field(description="what the key starts with")
    created_at: datetime
    last_used_at: datetime | None = Field(None, description="to the minute")
    revoked_at: datetime | None = None
    revoked_by: str | None = Field(None, examples=["key:Warehouse"])


class KeysShown(BaseModel):
    """The keys of a shop, oldest first."""

    keys: list[KeyShown]


class KeyMade(KeyShown):
    """A key that was just made."""

    key: str | None = Field(description="the key itself: only in the first answer, null when the request is repeated")


class LoginGiven(Given):
    """Who logs in."""

    email: EmailStr
    password: Password


class SessionUser(BaseModel):
    """Who is logged in."""

    id: UUID
    email: str
    name: str
    role: Role
    shop_id: UUID | None
    is_admin: bool


class SessionShown(BaseModel):
    """A session."""

    user: SessionUser
    csrf_token: str = Field(description="to be sent as X-CSRF-Token with every request that is no GET")
    expires_at: datetime = Field(description="unless it is used before; at the latest 14 days after the log-in")
    password_to_be_changed: bool = Field(description="nothing else is possible until it is")


class UserGiven(Given):
    """A seller to be added to the shop."""

    email: EmailStr
    name: Text
    is_admin: bool = False


class UserShown(BaseModel):
    """A user."""

    id: UUID
    email: str
    name: str
    role: Role
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None = None


class UsersShown(BaseModel):
    """The users of a shop, oldest first."""

    users: list[UserShown]


class UserMade(UserShown):
    """A user who was just added."""

    password: str | None = Field(
        description="to log in with once: only in the first answer, null when the request is repeated"
    )


class PasswordGiven(Given):
    """A password to be changed."""

    current: Password
    new: Password = Field(description=f"{SHORTEST} to {LONGEST} characters, none of the commonest")
