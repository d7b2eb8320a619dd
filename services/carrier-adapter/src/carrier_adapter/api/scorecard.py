"""`GET /v1/scorecard`: how good each feed was, for admins; the same as ``carrier-adapter scorecard``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from carrier_adapter.api.gate import Gate
from carrier_adapter.api.problems import says
from carrier_adapter.scorecard.command_line import cards
from carrier_adapter.scorecard.keeping import KEPT
from chassis.service import Service


class Scorecards(BaseModel):
    """A card for each account and UTC day, oldest first; docs/scorecard.md says what is counted."""

    cards: list[dict[str, Any]] = Field(description="counts by their names")


def router(service: Service, gate: Gate) -> APIRouter:
    """Give the route."""
    routes = APIRouter(tags=["scorecard"], dependencies=[Depends(gate.admin)])

    @routes.get("/v1/scorecard", responses=says(401, 403, 422))
    async def read_scorecard(
        account: Annotated[str | None, Query(description="of this account alone")] = None,
        days: Annotated[int, Query(description="of so many days, today included", ge=1, le=KEPT.days)] = 7,
    ) -> Scorecards:
        """Say how good each feed was."""
        return Scorecards(cards=await cards(service.pool, service.clock, account, days))

    return routes
