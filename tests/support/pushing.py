"""Carriers as they push: bodies, signed as their senders sign them."""

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from carrier_adapter.accounts import add_account
from carrier_adapter.sealing import Seal
from chassis.clock import Clock
from chassis.transactions import begin
from support.services import SEALING_KEY

SCHEMES = {
    "ninjavan-webhook": "ninjavan",
    "easypost-event": "easypost",
    "ship-by-tiktok": "standard-webhooks",
    "x12-214": "bearer",
}
_serial = itertools.count(1)


def sign(
    scheme: str, key: str, body: bytes, *, at: float | None = None, message_id: str | None = None
) -> dict[str, str]:
    """Give the headers that a sender of *scheme* signs *body* with."""
    match scheme:
        case "ninjavan":
            return {"x-ninjavan-hmac-sha256": base64.b64encode(_hmac(key.encode(), body)).decode()}
        case "easypost":
            return {"x-hmac-signature": f"hmac-sha256-hex={_hmac(key.encode(), body).hex()}"}
        case "standard-webhooks":
            secret = base64.b64decode(key.removeprefix("whsec_"))
            message_id, stamp = message_id or f"msg_{uuid4().hex}", str(int(time.time() if at is None else at))
            signed = b".".join((message_id.encode(), stamp.encode(), body))
            signature = "v1," + base64.b64encode(_hmac(secret, signed)).decode()
            return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signature}
        case "hmac-sha256":
            return {"x-signature-sha256": _hmac(key.encode(), body).hex()}
        case _:
            return {"authorization": f"Bearer {key}"}


def _hmac(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def ninjavan_body(number: str, status: str, at: datetime, **told: Any) -> bytes:
    """Give a Ninja Van push."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"tracking_id": number, "status": status, "timestamp": moment, **told}).encode()


def tiktok_body(*scans: Mapping[str, Any]) -> bytes:
    """Give a push of the marketplace's own scans."""
    return json.dumps({"version": 1, "scans": list(scans)}).encode()


def tiktok_scan(number: str, code: str, at: datetime, **told: Any) -> dict[str, Any]:
    """Give one scan of such a push."""
    return {"id": uuid4().hex, "tracking_number": number, "code": code, "at": at.isoformat(), **told}


def a_body() -> bytes:
    """Give a Ninja Van push that no other is equal to."""
    return ninjavan_body(f"NV-{next(_serial)}", "Arrived at Sorting Hub", datetime.now(UTC))


@dataclass
class Carrier:
    """A carrier with an account."""

    http: httpx.AsyncClient
    name: str
    endpoint: str
    key: str
    scheme: str

    @property
    def path(self) -> str:
        """Where it pushes to."""
        return f"/v1/feeds/{self.endpoint}"

    def signed(self, body: bytes) -> dict[str, str]:
        """Give the headers of a push with *body*."""
        return sign(self.scheme, self.key, body)

    async def push(self, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Push *body*, signed unless *headers* are given."""
        return await self.http.post(self.path, content=body, headers=self.signed(body) if headers is None else headers)


async def add_carrier(
    pool: Any, clock: Clock, http: httpx.AsyncClient, name: str, format_name: str = "ninjavan-webhook", **told: str
) -> Carrier:
    """Add a carrier account to the database of a `carrier-adapter`."""
    scheme = told.get("scheme", SCHEMES[format_name])
    async with begin(pool, clock) as tx:
        made = await add_account(
            tx,
            Seal(SEALING_KEY),
            name=name,
            carrier=told.get("carrier", "Ninja Van"),
            format_name=format_name,
            scheme=scheme,
            zone=told.get("zone", "Asia/Singapore"),
            key=told.get("key"),
        )
    return Carrier(http, name, made["endpoint"], made["key"], scheme)
