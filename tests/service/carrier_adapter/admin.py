"""An admin of a running `carrier-adapter`."""

from typing import Any

import httpx

from support.pushing import Carrier, a_body
from support.services import ADMIN_TOKEN, Running
from support.waiting import eventually


class Admin:
    """Whoever has the admin token."""

    def __init__(self, adapter: Running, token: str | None = ADMIN_TOKEN) -> None:
        self._http = adapter.http
        self._headers = {"authorization": f"Bearer {token}"} if token is not None else {}

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """Send a request."""
        return await self._http.request(method, path, json=body, params=query, headers=self._headers)

    async def get(self, path: str, **query: Any) -> Any:
        """Give what is at *path*."""
        answer = await self.ask("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """Have something done."""
        answer = await self.ask("POST", path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def add(self, name: str, format_name: str, scheme: str, **told: Any) -> Carrier:
        """Add an account; gives it as a carrier, once its pushes are taken."""
        asked = {"name": name, "carrier": "Acme", "format": format_name, "scheme": scheme, **told}
        made = await self.post("/v1/accounts", asked, status=201)
        carrier = Carrier(self._http, name, made["endpoint"], made["key"], scheme)
        await taken(carrier)
        return carrier


async def taken(carrier: Carrier) -> None:
    """Wait until a carrier's pushes are taken: its receipts are then asked for in vain, and not for a stranger."""
    await answered(carrier, 202)


async def answered(carrier: Carrier, status: int, body: bytes | None = None) -> None:
    """Wait until a carrier's pushes are answered so."""

    async def does() -> bool:
        return (await carrier.push(a_body() if body is None else body)).status_code == status

    await eventually(does)
