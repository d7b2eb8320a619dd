"""Hands refunds over to the shop's payment system by a signed webhook, until it has taken them (R13).

Signed as Standard Webhooks 1.0 ``v1``; the message id is the refund's own, so that a repetition is known as one.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.service import Service

log = get_logger()
sql = load_queries("orders")

LONGEST_WAIT = 3600  #: Seconds between two tries at most.


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Give the ``webhook-signature`` of a body; *secret* is ``whsec_`` and base64, as Standard Webhooks writes it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Payments:
    """The loop that hands refunds over."""

    look_again = 0.5  #: Seconds between looks for new refunds.

    def __init__(self, service: Service) -> None:
        self._service = service

    async def run(self) -> None:
        """Hand over until cancelled."""
        async with httpx.AsyncClient(timeout=10, follow_redirects=False) as client:
            while True:
                try:
                    handed = await self.run_once(client)
                except TRANSIENT as outage:
                    log.warning("payments_wait", error=type(outage).__name__)
                    handed = 0
                if not handed:
                    await asyncio.sleep(self.look_again)

    async def run_once(self, client: httpx.AsyncClient) -> int:
        """Try what is due for a try; gives how many refunds were taken."""
        rows = await self._service.pool.fetch(sql.take_refunds)
        taken = await asyncio.gather(*(self._hand_over(client, row) for row in rows))
        return sum(taken)

    async def is_done(self) -> bool:
        """Say whether there is nothing left to hand over."""
        return not await self._service.pool.fetchval(sql.count_refunds_to_hand_over)

    async def _hand_over(self, client: httpx.AsyncClient, row: Any) -> bool:
        body = json.dumps(
            {
                "type": "refund.due",
                "refund_id": str(row["id"]),
                "order_id": str(row["order_id"]),
                "order_number": row["number"],
                "cause": row["cause"],
                "amount": str(row["amount"]),
                "currency": row["currency"],
            }
        ).encode()
        message_id, now = f"refund_{row['id']}", int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(row["payment_secret"], message_id, now, body),
        }
        try:
            answer = await client.post(row["payment_url"], content=body, headers=headers)
            taken = answer.is_success
            outcome = str(answer.status_code)
        except httpx.HTTPError as failure:
            taken, outcome = False, type(failure).__name__
        if taken:
            await self._service.pool.execute(sql.refund_handed_over, row["id"], self._service.clock.now())
        else:
            log.warning("refund_not_taken", refund_id=str(row["id"]), outcome=outcome)
            await self._service.pool.execute(sql.refund_not_taken, row["id"], min(2.0 ** row["tries"], LONGEST_WAIT))
        return taken
