"""The HTTP API: thin routes for sellers, buyers and the operator."""

from fastapi import FastAPI

from chassis.service import Service
from orders.api import operator, problems, sellers, tracking
from orders.api.gate import Gate
from orders.settings import OrdersSettings


def create(service: Service, settings: OrdersSettings) -> FastAPI:
    """Build the API of a service that runs."""
    app = FastAPI(title="Waybill orders", version="1", description="Orders of a shop, from placement to the end.")
    problems.install(app)
    gate = Gate(service, settings)
    app.include_router(sellers.router(service, gate))
    app.include_router(tracking.router(service))
    app.include_router(operator.router(service, gate))
    return app
