"""The HTTP API beside the carriers' endpoint: receipts for carriers, accounts and quarantine for admins."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from carrier_adapter.accounts import Accounts
from carrier_adapter.api import accounts, problems, quarantine, receipts, scorecard
from carrier_adapter.api.gate import Gate
from carrier_adapter.formats.format import Format
from carrier_adapter.intake import PATH, Intake, Receive, Scope, Send
from carrier_adapter.sealing import Seal
from carrier_adapter.settings import CarrierAdapterSettings
from chassis.problems import install
from chassis.service import Service

_DESCRIPTION = """\
Carriers push to `POST /v1/feeds/{endpoint}`, in their own formats and signed as they sign (docs/feeds), and read here
what became of each push. Admins keep the accounts and the quarantine, with the token `CARRIER_ADAPTER_ADMIN_TOKEN`.
"""


def create(
    service: Service,
    settings: CarrierAdapterSettings,
    seal: Seal,
    accounts_in_use: Accounts,
    formats: Mapping[str, Format],
) -> FastAPI:
    """Build the API of a service that runs."""
    app = FastAPI(title="Waybill carrier adapter", version="1", description=_DESCRIPTION)
    install(app, RequestValidationError, problems.ANSWERS)
    gate = Gate(settings)
    app.include_router(receipts.router(service, seal, accounts_in_use, formats))
    app.include_router(accounts.router(service, gate, seal, formats))
    app.include_router(quarantine.router(service, gate, seal, formats))
    app.include_router(scorecard.router(service, gate))
    return app


class Front:
    """The ASGI app of the service's port: pushes go straight to the intake, past everything else."""

    def __init__(self, intake: Intake, api: Any) -> None:
        self._intake = intake
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        path: str = scope.get("path", "")
        is_push = path.startswith(PATH) and "/" not in path[len(PATH) :]
        await (self._intake if is_push else self._api)(scope, receive, send)
