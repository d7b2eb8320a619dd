"""Which shop a marketplace's notices are about, as the operator says it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from chassis.transactions import Transaction
from orders.api.answers import Answer
from orders.api.gate import Gate
from orders.api.operator_asking import OperatorAsking, asking_operator
from orders.api.schemas import Given
from orders.marketplace.linking import LinkedElsewhere, link, unlink
from orders.shops.register import ShopUnknown

sql = load_queries("orders")


class MarketplaceGiven(Given):
    """Whose notices they are: a seller's of a marketplace, come in by one account."""

    account: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="The name of the carrier account.")]
    seller: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="The marketplace's own number of the shop or seller."),
    ]


class MarketplaceShown(MarketplaceGiven):
    """A link, and since when it stands."""

    linked_at: datetime


class MarketplacesShown(BaseModel):
    """All that a shop is linked with."""

    marketplaces: list[MarketplaceShown]


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter(tags=["operator"], dependencies=[Depends(gate.operator)])
    Change = Annotated[OperatorAsking, Depends(asking_operator(service, gate))]  # noqa: N806 - a type

    @router.get("/v1/shops/{shop_id}/marketplaces", response_model=MarketplacesShown)
    async def list_marketplaces(shop_id: UUID) -> Any:
        """List the sellers of marketplaces whose notices are about a shop's orders."""
        return await _linked(service.pool, shop_id)

    @router.post("/v1/shops/{shop_id}/marketplaces", response_model=MarketplacesShown)
    async def link_marketplace(shop_id: UUID, body: MarketplaceGiven, change: Change) -> Any:
        """Have a marketplace's notices about a seller be about a shop; those that were kept are acted on now."""

        async def work(tx: Transaction) -> Answer:
            try:
                await link(tx, shop_id, body.account, body.seller)
            except ShopUnknown:
                raise _shop_unknown() from None
            except LinkedElsewhere:
                detail = "Its notices are about another shop's orders: unlink them there first."
                raise Problem(409, "linked elsewhere", detail) from None
            return 200, await _linked(tx.connection, shop_id)

        return await change.once(work)

    @router.post("/v1/shops/{shop_id}/marketplaces/unlink", response_model=MarketplacesShown)
    async def unlink_marketplace(shop_id: UUID, body: MarketplaceGiven, change: Change) -> Any:
        """Have its notices be about no shop any more; what was done stays as it is."""

        async def work(tx: Transaction) -> Answer:
            if not await unlink(tx, shop_id, body.account, body.seller):
                raise Problem(404, "not linked", "The shop is not linked with that account and seller.")
            return 200, await _linked(tx.connection, shop_id)

        return await change.once(work)

    return router


async def _linked(connection: Any, shop_id: UUID) -> MarketplacesShown:
    if not await connection.fetchval(sql.has_shop, shop_id):
        raise _shop_unknown()
    rows = await connection.fetch(sql.marketplaces_of_shop, shop_id)
    return MarketplacesShown.model_validate({"marketplaces": [dict(row) for row in rows]})


def _shop_unknown() -> Problem:
    return Problem(404, "unknown shop", "There is no shop with that id.")
