"""The quarantine over HTTP, for admins: the same as ``carrier-adapter quarantine``."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from carrier_adapter.api.gate import Gate
from carrier_adapter.api.problems import says
from carrier_adapter.formats.format import Format
from carrier_adapter.quarantine import listing, replaying
from carrier_adapter.quarantine.listing import MOST_SHOWN, Choice
from carrier_adapter.sealing import Seal
from chassis.problems import Problem
from chassis.service import Service


class Group(BaseModel):
    """Records that wait for the same reason."""

    account: str
    carrier: str
    reason: str
    code: str | None
    records: int
    first_seen: AwareDatetime
    last_seen: AwareDatetime


class Waiting(BaseModel):
    """A record that waits."""

    scan_id: UUID
    push_id: UUID
    record: int | None = Field(description="its number in the push, from 0; null: the push as a whole")
    account: str
    carrier: str
    reason: str
    code: str | None
    seen_at: AwareDatetime


class QuarantineShown(BaseModel):
    """What waits."""

    groups: list[Group]
    records: list[Waiting] = Field(description="the newest, as many as were asked for")


class RecordShown(Waiting):
    """A record with the body that it came in."""

    format: str
    detail: str | None = Field(description="what is wrong, where there is more to say")
    received_at: AwareDatetime
    body: str | None = Field(description="with personal data blacked out; null: not kept any more")
    body_is_whole: bool
    settled: str | None = Field(description="`replayed`, `discarded`, or null while it waits")
    settled_at: AwareDatetime | None
    settled_by: str | None
    settled_why: str | None


class ChoiceAsked(BaseModel):
    """Which records; all conditions must hold, and what is left out chooses none away."""

    model_config = ConfigDict(extra="forbid")

    carrier: str | None = None
    account: str | None = None
    reason: str | None = Field(None, examples=["unmapped_code"])
    code: str | None = None
    scan_ids: list[UUID] | None = Field(None, max_length=10_000)

    def choice(self) -> Choice:
        """Give what is chosen."""
        ids = tuple(self.scan_ids) if self.scan_ids is not None else None
        return Choice(self.carrier, self.account, self.reason, self.code, ids)


class DiscardAsked(ChoiceAsked):
    """Which records to give up, and why."""

    why: str = Field(min_length=1, max_length=500, description="stays on record")


class ReplayedShown(BaseModel):
    """What came of reading again."""

    replayed: int = Field(description="records that are understood now, and are judged again")
    found: int = Field(description="records that pushes held which could not be parsed before")
    still: int = Field(description="records that are not understood yet")
    not_kept: int = Field(description="records whose push is not kept any more")
    not_judged: int = Field(description="records that came a moment ago: try again")


class Discarded(BaseModel):
    """How many records were given up."""

    discarded: int


def router(service: Service, gate: Gate, seal: Seal, formats: Mapping[str, Format]) -> APIRouter:
    """Give the routes."""
    routes = APIRouter(prefix="/v1/quarantine", tags=["quarantine"], responses=says(401, 403, 422, 503))
    admin = Annotated[str, Depends(gate.admin)]

    @routes.get("")
    async def list_quarantine(
        _: admin,
        carrier: str | None = None,
        account: str | None = None,
        reason: str | None = None,
        code: str | None = None,
        most: Annotated[int, Query(ge=0, le=MOST_SHOWN, description="records to show")] = 50,
    ) -> QuarantineShown:
        """List what waits: by account, reason and code, and the newest records."""
        choice = Choice(carrier, account, reason, code)
        found: dict[str, Any] = {
            "groups": await listing.summary(service.pool, choice),
            "records": await listing.records(service.pool, choice, most),
        }
        return QuarantineShown.model_validate(found)

    @routes.get("/{scan_id}", responses=says(404))
    async def show_record(_: admin, scan_id: UUID) -> RecordShown:
        """Show a record with the body that it came in, personal data blacked out."""
        found = await listing.show(service.pool, seal, scan_id)
        if found is None:
            raise Problem(404, "unknown record", "There is no such record in the quarantine: GET /v1/quarantine.")
        return RecordShown.model_validate(found)

    @routes.post("/replay")
    async def replay(by: admin, asked: ChoiceAsked) -> ReplayedShown:
        """Read records again with what the formats have learnt since; what is understood now is judged again."""
        done = await replaying.replay(service.transaction, seal, formats, asked.choice(), by)
        return ReplayedShown.model_validate(done, from_attributes=True)

    @routes.post("/discard")
    async def discard(by: admin, asked: DiscardAsked) -> Discarded:
        """Give records up, for a reason that stays on record. In the books they stay quarantined."""
        choice = asked.choice()
        if choice.is_everything:
            raise Problem(422, "invalid request", "Say which records: carrier, account, reason, code or scan_ids.")
        async with service.transaction() as tx:
            return Discarded(discarded=await replaying.discard(tx, choice, by, asked.why))

    return routes
