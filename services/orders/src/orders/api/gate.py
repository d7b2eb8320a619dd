"""Who may come in: a seller's program by its API key, the operator by the operator's."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request

from chassis.postgres import load_queries
from chassis.service import Service
from orders.api.problems import Problem
from orders.settings import OrdersSettings

sql = load_queries("orders")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and for which shop."""

    shop_id: UUID


class Gate:
    """Knows callers by what they send; its methods are dependencies of routes."""

    def __init__(self, service: Service, settings: OrdersSettings) -> None:
        self._service = service
        self._operator_key = settings.operator_key.get_secret_value().encode()

    async def seller(self, request: Request) -> Caller:
        """Let a shop's key in."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        digest = hashlib.sha256(key.encode()).digest()
        known = scheme.lower() == "bearer" and key
        found = await self._service.pool.fetchval(sql.shop_of_key, digest) if known else None
        if found is None:
            raise Problem(401, "not authorised", "Send the shop's API key as `Authorization: Bearer …`.")
        return Caller(UUID(str(found)))

    async def operator(self, request: Request) -> None:
        """Let the operator's key in."""
        _, _, key = request.headers.get("authorization", "").partition(" ")
        if not hmac.compare_digest(key.encode(), self._operator_key):
            raise Problem(401, "not authorised", "Send the operator's key as `Authorization: Bearer …`.")
