"""What the operator of the installation may see and do."""

from typing import Any

from fastapi import APIRouter, Depends

from chassis.service import Service
from orders.api.gate import Gate
from orders.bookkeeping import books_of


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter(dependencies=[Depends(gate.operator)])

    @router.get("/v1/books")
    async def books() -> Any:
        """Count the records of all feeds by bucket; the sum is what was accepted."""
        return await books_of(service.pool)

    return router
