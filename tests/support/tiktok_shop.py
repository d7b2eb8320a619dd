"""TikTok Shop as it pushes: an app with an account, its webhooks, and how it signs them."""

import hashlib
import hmac
import itertools
import json
from datetime import datetime
from typing import Any

import httpx

from carrier_adapter.accounts import add_account
from carrier_adapter.sealing import Seal
from chassis.clock import Clock
from chassis.transactions import begin
from support.pushing import Carrier
from support.services import SEALING_KEY
from support.waiting import eventually

SHOP = "7490000000000000007"  #: The marketplace's own number of the shop.
KEY = "6f00example:app-secret-of-the-tests-0123456789"

_serial = itertools.count(1)


class App(Carrier):
    """An app of TikTok Shop's with an account."""

    def signed(self, body: bytes) -> dict[str, str]:
        """Give the header: hex HMAC-SHA256 of the app key and the body, keyed with the app secret."""
        app_key, _, secret = self.key.partition(":")
        return {"authorization": hmac.new(secret.encode(), app_key.encode() + body, hashlib.sha256).hexdigest()}


def webhook(kind: int, at: datetime, shop: str = SHOP, **data: Any) -> bytes:
    """Give a webhook of type *kind* about something at an instant, with an id of its own."""
    stamp = int(at.timestamp())
    push = {"type": kind, "tts_notification_id": f"74122{next(_serial):014}", "shop_id": shop, "timestamp": stamp + 1}
    return json.dumps(push | {"data": {"update_time": stamp, **data}}).encode()


async def add_app(pool: Any, clock: Clock, http: httpx.AsyncClient, name: str = "tiktok-shop") -> App:
    """Add an account for an app, and wait until its pushes are taken."""
    async with begin(pool, clock) as tx:
        made = await add_account(
            tx,
            Seal(SEALING_KEY),
            name=name,
            carrier="TikTok Shop",
            format_name="tiktok-shop-webhook",
            scheme="tiktok-shop",
            zone="UTC",
            key=KEY,
        )
    app = App(http, name, made["endpoint"], made["key"], "tiktok-shop")

    async def is_known() -> bool:
        return (await app.push(webhook(5, clock.now(), product_id="1"))).is_success

    await eventually(is_known)
    return app
