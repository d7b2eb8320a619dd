"""Shops and their policies, as the operator adds and changes them."""

import base64
import hashlib
import json
import secrets
from argparse import _SubParsersAction
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from pydantic import ValidationError

from chassis.clock import make_clock
from chassis.postgres import connected, load_queries
from chassis.transactions import Transaction, begin
from contracts.orders.v1 import PolicyPublished
from contracts.policy import Policy
from orders.api import books_of

sql = load_queries("orders")


class ShopUnknown(Exception):
    """There is no shop with that id."""


class ZoneUnknown(Exception):
    """There is no IANA time zone of that name."""


async def add_shop(
    tx: Transaction, *, name: str, email: str, zone: str, payment_url: str | None = None
) -> dict[str, str]:
    """Add a shop with the default policy; gives its id, its API key and its webhook secret, shown this once."""
    shop_id, key = uuid4(), f"wb_{secrets.token_urlsafe(32)}"
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    await tx.connection.execute(sql.insert_shop, shop_id, name, email, zone, "en", payment_url, secret, tx.now)
    await tx.connection.execute(sql.insert_key, hashlib.sha256(key.encode()).digest(), shop_id, tx.now)
    await _publish(tx, shop_id, Policy(zone=zone))
    return {"shop_id": str(shop_id), "api_key": key, "webhook_secret": secret}


async def set_policy(tx: Transaction, shop_id: UUID, changes: dict[str, Any]) -> Policy:
    """Publish a new version of a shop's policy; orders placed before keep theirs.

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
    await _publish(tx, shop_id, policy)
    return policy


async def _publish(tx: Transaction, shop_id: UUID, policy: Policy) -> None:
    terms = policy.model_dump(mode="json")
    await tx.connection.execute(sql.insert_policy, shop_id, policy.version, terms, tx.now)
    tx.say(PolicyPublished(event_id=uuid4(), occurred_at=tx.now, shop_id=shop_id, policy=policy), shop_id)


# --- the command line ----------------------------------------------------------------------------------------------


def add_tools(commands: "_SubParsersAction[Any]") -> None:
    """Add ``shops``, ``policy`` and ``books`` to the service's tool."""
    shops = commands.add_parser("shops", help="who sells here").add_subparsers(required=True, metavar="VERB")
    add = shops.add_parser("add", help="add a shop; prints its API key, once")
    add.add_argument("--name", required=True)
    add.add_argument("--email", required=True, help="where messages to the seller go")
    add.add_argument("--zone", default="UTC", help="IANA time zone, such as Asia/Singapore")
    add.add_argument("--payment-url", help="where refunds are handed over")
    add.set_defaults(run=_add)

    policy = commands.add_parser("policy", help="a shop's rules").add_subparsers(required=True, metavar="VERB")
    change = policy.add_parser("set", help="publish a new version; orders placed before keep theirs")
    change.add_argument("--shop", required=True, type=UUID)
    change.add_argument("--file", type=Path, help="a JSON object of names and values")
    change.add_argument("changes", nargs="*", metavar="NAME=VALUE")
    change.set_defaults(run=_set)

    books = commands.add_parser("books", help="records of all feeds by bucket")
    books.set_defaults(run=_books)


def _database(settings: Any) -> Any:
    return connected(settings.database_url.get_secret_value(), "orders")


async def _add(settings: Any, options: Any) -> int:
    if options.zone not in available_timezones():
        return _no_zone(options.zone)
    async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
        made = await add_shop(
            tx, name=options.name, email=options.email, zone=options.zone, payment_url=options.payment_url
        )
    print(json.dumps(made))
    return 0


async def _set(settings: Any, options: Any) -> int:
    try:
        changes = json.loads(options.file.read_text()) if options.file else {}
    except (OSError, ValueError):
        changes = None
    if not isinstance(changes, dict):
        print(f"{options.file} holds no JSON object of names and values")
        return 2
    for change in options.changes:
        name, _, value = change.partition("=")
        try:
            changes[name] = json.loads(value)
        except ValueError:
            changes[name] = value
    try:
        async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
            policy = await set_policy(tx, options.shop, changes)
    except ShopUnknown:
        print(f"there is no shop {options.shop}: `orders shops add` prints a shop's id")
        return 2
    except ZoneUnknown as unknown:
        return _no_zone(str(unknown))
    except KeyError as unknown:
        print(f"a policy has no {unknown.args[0]}: it has {', '.join(sorted(Policy.model_fields))}")
        return 2
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False)[0]
        print(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
        return 2
    print(policy.model_dump_json())
    return 0


def _no_zone(name: str) -> int:
    print(f"{name} is no IANA time zone: write it like Asia/Singapore")
    return 2


async def _books(settings: Any, _: Any) -> int:
    async with _database(settings) as pool:
        print(json.dumps(await books_of(pool)))
    return 0
