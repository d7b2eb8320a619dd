"""The HTTP API: thin routes for sellers, buyers and the operator."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from chassis.problems import install
from chassis.service import Service
from orders.access.wall import has_a_gap
from orders.api import (
    access,
    bulk,
    buyers,
    cases,
    files,
    importing,
    listing,
    marketplaces,
    openapi,
    operator,
    parcels,
    problems,
    sellers,
    stock,
    tracking,
)
from orders.api.gate import Gate
from orders.files.keeping import Files
from orders.settings import OrdersSettings


def create(service: Service, settings: OrdersSettings) -> FastAPI:
    """Build the API of a service that runs."""
    app = FastAPI(title="Waybill orders", version="1", description="Orders of a shop, from placement to the end.")
    install(app, RequestValidationError, problems.ANSWERS)
    openapi.describe(app)
    gate = Gate(service, settings)
    service.ready_when("wall between shops", lambda: _look_at_the_wall(service))
    for group in (listing, bulk, importing):  # before those whose paths hold an order id in the same place
        app.include_router(group.router(service, gate))
    kept = Files(settings)
    app.include_router(sellers.router(service, gate))
    app.include_router(parcels.router(service, gate, kept))
    app.include_router(cases.router(service, gate))
    app.include_router(stock.router(service, gate))
    app.include_router(files.router(service, gate, kept))
    app.include_router(access.router(service, gate, settings))
    app.include_router(tracking.router(service))
    app.include_router(buyers.router(service))
    app.include_router(operator.router(service, gate))
    app.include_router(marketplaces.router(service, gate))
    return app


async def _look_at_the_wall(service: Service) -> str | None:
    async with service.pool.acquire(timeout=1.5) as connection:  # a probe waits for no database that does not answer
        return await has_a_gap(connection)
