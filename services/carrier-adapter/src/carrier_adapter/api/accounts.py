"""Accounts over HTTP, for admins: the same as ``carrier-adapter accounts``."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from carrier_adapter.accounts import register
from carrier_adapter.accounts.register import NewKey
from carrier_adapter.api.gate import Gate
from carrier_adapter.api.problems import says
from carrier_adapter.formats.format import Format
from carrier_adapter.sealing import Seal
from chassis.service import Service


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountAsked(_Body):
    """A carrier account to be added."""

    name: str = Field(description="small letters, digits and dashes, 63 at most", examples=["ninjavan-sg"])
    carrier: str = Field(
        max_length=100,
        description="the carrier whose scans these are, unless a payload names one",
        examples=["Ninja Van"],
    )
    format: str = Field(description="as `carrier-adapter formats` lists them", examples=["ninjavan-webhook"])
    scheme: str | None = Field(None, description="how pushes are signed; left out: as the format usually is")
    zone: str = Field("UTC", description="IANA zone of times that have none", examples=["Asia/Singapore"])
    answer: str | None = Field(None, description="how its sender is answered; left out: as the format's usually are")
    silent_after_hours: int = Field(
        register.SILENT_AFTER_HOURS,
        description="an alarm goes out when nothing came for so long",
        ge=1,
        le=register.LONGEST_SILENCE_HOURS,
    )
    shops: list[UUID] | None = Field(None, description="the shops whose own 3PL it is; left out: the marketplace's")
    key: str | None = Field(None, max_length=500, description="what to verify with; left out: a new one")


class AccountAdded(BaseModel):
    """An account that was added. The key is shown this once."""

    account: str
    endpoint: str = Field(description="pushes go to `POST /v1/feeds/{endpoint}`")
    key: str


class KeyShown(BaseModel):
    """A key of an account, without the key itself."""

    id: UUID
    not_before: AwareDatetime
    not_after: AwareDatetime | None
    active: bool


class AccountShown(BaseModel):
    """An account."""

    name: str
    endpoint: str
    carrier: str
    format: str
    scheme: str
    zone: str
    answer: str
    silent_after_hours: int
    shops: list[UUID] | None
    enabled: bool
    created_at: AwareDatetime
    active_keys: int
    keys: list[KeyShown]


class AccountsShown(BaseModel):
    """Every account."""

    accounts: list[AccountShown]


class ShopsAsked(_Body):
    """Whose 3PL an account is."""

    shops: list[UUID] | None = Field(description="the shops that link it; null: the whole marketplace")


class KeyAsked(_Body):
    """A further key."""

    key: str | None = Field(None, max_length=500, description="what to verify with; left out: a new one")
    not_before: AwareDatetime | None = Field(None, description="when it begins to count; left out: at once")
    not_after: AwareDatetime | None = Field(None, description="when it ends; left out: never")
    grace_hours: float | None = Field(
        24,
        ge=0,
        le=24 * 366,
        description="how long the older keys work on after it begins; null: until they are retired",
    )


class KeyAdded(BaseModel):
    """A key that was added; shown this once."""

    account: str
    key_id: UUID
    key: str
    not_before: AwareDatetime
    not_after: AwareDatetime | None


def router(service: Service, gate: Gate, seal: Seal, formats: Mapping[str, Format]) -> APIRouter:
    """Give the routes."""
    routes = APIRouter(
        prefix="/v1/accounts", tags=["accounts"], dependencies=[Depends(gate.admin)], responses=says(401, 403, 503)
    )

    async def shown(name: str) -> AccountShown:
        found = await register.list_accounts(service.pool, formats, name)
        if not found:
            raise register.unknown(name)
        return AccountShown.model_validate(found[0])

    @routes.post("", status_code=201, responses=says(409, 422))
    async def add_account(asked: AccountAsked) -> AccountAdded:
        """Add an account; answers with its endpoint and its key, which is shown this once."""
        told: dict[str, Any] = asked.model_dump(exclude={"format"})
        async with service.transaction() as tx:
            made = await register.add_account(tx, seal, format_name=asked.format, formats=formats, **told)
        return AccountAdded.model_validate(made)

    @routes.get("")
    async def list_accounts() -> AccountsShown:
        """List every account, with its keys' ids and when they count."""
        return AccountsShown.model_validate({"accounts": await register.list_accounts(service.pool, formats)})

    @routes.get("/{name}", responses=says(404))
    async def show_account(name: str) -> AccountShown:
        """Show one account."""
        return await shown(name)

    @routes.post("/{name}/keys", status_code=201, responses=says(404, 409, 422))
    async def rotate_key(name: str, asked: KeyAsked) -> KeyAdded:
        """Give an account a further key, shown this once; the older ones end after the grace."""
        grace = timedelta(hours=asked.grace_hours) if asked.grace_hours is not None else None
        wanted = NewKey(asked.key, asked.not_before, asked.not_after, grace)
        async with service.transaction() as tx:
            made = await register.rotate_key(tx, seal, name, wanted)
        return KeyAdded.model_validate(made)

    async def retire(name: str, key_id: UUID) -> AccountShown:
        async with service.transaction() as tx:
            await register.retire_key(tx, name, key_id)
        return await shown(name)

    @routes.delete("/{name}/keys/{key_id}", responses=says(404, 409, 422))
    async def delete_key(name: str, key_id: UUID) -> AccountShown:
        """Have a key count no longer; that it was there stays on record."""
        return await retire(name, key_id)

    @routes.post("/{name}/keys/{key_id}/retire", responses=says(404, 409, 422))
    async def retire_key(name: str, key_id: UUID) -> AccountShown:
        """Do the same as DELETE."""
        return await retire(name, key_id)

    @routes.put("/{name}/shops", responses=says(404, 422))
    async def link_shops(name: str, asked: ShopsAsked) -> AccountShown:
        """Say which shops' own 3PL this is: they are warned of their parcels with carriers that no feed tells of."""
        await register.link_shops(service.pool, name, asked.shops)
        return await shown(name)

    @routes.post("/{name}/disable", responses=says(404))
    async def disable_account(name: str) -> AccountShown:
        """Refuse this account's pushes from now on. What came before stays."""
        await register.set_enabled(service.pool, name, enabled=False)
        return await shown(name)

    @routes.post("/{name}/enable", responses=says(404))
    async def enable_account(name: str) -> AccountShown:
        """Take a disabled account's pushes again."""
        await register.set_enabled(service.pool, name, enabled=True)
        return await shown(name)

    return routes
