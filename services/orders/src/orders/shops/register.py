"""Shops and their policies, as the operator adds and changes them."""

import base64
import secrets
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.orders.v1 import PolicyPublished
from contracts.policy import Policy
from orders.access.keys import make_key
from orders.access.scopes import Scope
from orders.shops.suspending import note

sql = load_queries("orders")

COMMAND_LINE: Final = "command line"  #: Who acts where nobody logged in.


class ShopUnknown(Exception):
    """There is no shop with that id."""


class ZoneUnknown(Exception):
    """There is no IANA time zone of that name."""


async def add_shop(
    tx: Transaction,
    *,
    name: str,
    email: str,
    zone: str,
    payment_url: str | None = None,
    locale: str = "en",
    by: str = COMMAND_LINE,
) -> dict[str, str]:
    """Add a shop with the default policy; gives its id, its API key and its webhook secret, shown this once."""
    shop_id = uuid4()
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    await tx.connection.execute(sql.insert_shop, shop_id, name, email, zone, locale, payment_url, secret, tx.now)
    _, key = await make_key(tx, shop_id, "First key", Scope)
    await _publish(tx, shop_id, Policy(zone=zone), by)
    await note(tx, shop_id, "added", by)
    return {"shop_id": str(shop_id), "api_key": key, "webhook_secret": secret}


async def set_policy(tx: Transaction, shop_id: UUID, changes: dict[str, Any], by: str = COMMAND_LINE) -> Policy:
    """Publish a new version of a shop's policy; orders placed before keep theirs. *by* is who publishes it.

    Raises `ShopUnknown`, `ZoneUnknown`, KeyError for a name that no policy has, ValidationError for its value.
    """
    if await tx.connection.fetchval(sql.lock_shop, shop_id) is None:
        raise ShopUnknown(str(shop_id))
    row = await tx.connection.fetchrow(sql.current_policy, shop_id)
    unknown = sorted(changes.keys() - (Policy.model_fields.keys() - {"version"}))
    if unknown:
        raise KeyError(unknown[0])
    policy = Policy.model_validate({**row["terms"], **changes, "version": row["version"] + 1})
    if policy.zone not in available_timezones():
        raise ZoneUnknown(policy.zone)
    await _publish(tx, shop_id, policy, by)
    return policy


async def _publish(tx: Transaction, shop_id: UUID, policy: Policy, by: str) -> None:
    terms = policy.model_dump(mode="json")
    await tx.connection.execute(sql.insert_policy, shop_id, policy.version, terms, tx.now, by)
    tx.say(PolicyPublished(event_id=uuid4(), occurred_at=tx.now, shop_id=shop_id, policy=policy), shop_id)
