"""`GET /v1/feeds/{endpoint}/receipts/{id}`: what became of a push, for the carrier who sent it.

Whoever may push may read: the endpoint is a secret of 128 bits, and a receipt's id is told to nobody but the sender of
its push. A receipt says what the carrier said itself, and what was made of it; nothing of an order or a buyer.
"""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter

from carrier_adapter.accounts import Accounts
from carrier_adapter.api.problems import says
from carrier_adapter.formats.format import Format
from carrier_adapter.receipts import Gone, Receipt, Receipts
from carrier_adapter.sealing import Seal
from chassis.problems import Problem
from chassis.service import Service


def router(service: Service, seal: Seal, accounts: Accounts, formats: Mapping[str, Format]) -> APIRouter:
    """Give the route."""
    routes = APIRouter(tags=["carriers"])
    kept = Receipts(lambda: service.pool, seal, formats)

    @routes.get("/v1/feeds/{endpoint}/receipts/{receipt}", responses=says(404, 410, 422, 503))
    async def read_receipt(endpoint: str, receipt: UUID) -> Receipt:
        """Say what became of each scan of a push."""
        if not accounts.loaded:
            raise Problem(503, "try again", "The accounts are not read yet. Send it again.")
        account = accounts.at(endpoint)
        try:
            found = await kept.find(account.name, receipt, service.clock.now()) if account else None
        except Gone:
            raise Problem(410, "receipt is gone", "Receipts are kept for 30 days, which are over.") from None
        if found is None:
            detail = "This endpoint gave no receipt of that id: use the endpoint that the push was sent to."
            raise Problem(404, "unknown receipt", detail)
        return found

    return routes
