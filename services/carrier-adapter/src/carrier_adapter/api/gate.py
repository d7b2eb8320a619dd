"""Who may keep accounts and quarantine: whoever sends the admin token."""

import hashlib
import hmac
from typing import Annotated

from fastapi import Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from carrier_adapter.settings import SHORTEST_TOKEN, CarrierAdapterSettings
from chassis.problems import Problem

_BEARER = HTTPBearer(auto_error=False, scheme_name="admin", description="CARRIER_ADAPTER_ADMIN_TOKEN.")


class Gate:
    """Knows admins by the token; its method is a dependency of routes."""

    def __init__(self, settings: CarrierAdapterSettings) -> None:
        token = settings.admin_token
        self._digest = hashlib.sha256(token.get_secret_value().encode()).digest() if token else None

    async def admin(self, sent: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]) -> str:
        """Let an admin in; gives who that is, for the record."""
        if self._digest is None:
            detail = (
                "Set CARRIER_ADAPTER_ADMIN_TOKEN to a secret of"
                f" {SHORTEST_TOKEN} characters or more and start the service again, or use the command line."
            )
            raise Problem(403, "admin API is off", detail)
        given = hashlib.sha256((sent.credentials if sent else "").encode()).digest()
        if not hmac.compare_digest(given, self._digest):  # equal in length, whatever was sent
            detail = "Send the admin token as `Authorization: Bearer …`."
            raise Problem(401, "not authorised", detail, headers={"WWW-Authenticate": "Bearer"})
        return "admin"
