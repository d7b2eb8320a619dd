"""What the operator types: shops, policies, the books."""

import json
from argparse import _SubParsersAction
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import ValidationError

from chassis.clock import make_clock
from chassis.postgres import connected
from chassis.transactions import begin
from contracts.policy import Policy
from orders.access import command_line as access
from orders.bookkeeping import books_of
from orders.buyers import command_line as buyers
from orders.marketplace.linking import LinkedElsewhere, link, unlink
from orders.shops.register import ShopUnknown, ZoneUnknown, add_shop, set_policy


def add_tools(commands: "_SubParsersAction[Any]") -> None:
    """Add ``shops``, ``policy``, ``users``, ``erase-buyer``, ``export-buyer`` and ``books`` to the service's tool."""
    shops = commands.add_parser("shops", help="who sells here").add_subparsers(required=True, metavar="VERB")
    add = shops.add_parser("add", help="add a shop; prints its API key, once")
    add.add_argument("--name", required=True)
    add.add_argument("--email", required=True, help="where messages to the seller go")
    add.add_argument("--zone", default="UTC", help="IANA time zone, such as Asia/Singapore")
    add.add_argument("--payment-url", help="where refunds are handed over")
    add.set_defaults(run=_add)

    marketplace = shops.add_parser("link", help="have a marketplace's notices be about a shop")
    marketplace.add_argument("--shop", required=True, type=UUID)
    marketplace.add_argument("--account", required=True, help="the carrier account that the notices come in by")
    marketplace.add_argument("--seller", required=True, help="the marketplace's own number of the shop")
    marketplace.add_argument("--remove", action="store_true", help="have them be about no shop any more")
    marketplace.set_defaults(run=_link)

    policy = commands.add_parser("policy", help="a shop's rules").add_subparsers(required=True, metavar="VERB")
    change = policy.add_parser("set", help="publish a new version; orders placed before keep theirs")
    change.add_argument("--shop", required=True, type=UUID)
    change.add_argument("--file", type=Path, help="a JSON object of names and values")
    change.add_argument("changes", nargs="*", metavar="NAME=VALUE")
    change.set_defaults(run=_set)

    access.add_tools(commands)
    buyers.add_tools(commands)

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


async def _link(settings: Any, options: Any) -> int:
    shop, account, seller = options.shop, options.account, options.seller
    try:
        async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
            if options.remove:
                removed = await unlink(tx, shop, account, seller)
                print(json.dumps({"shop_id": str(shop), "account": account, "seller": seller, "removed": removed}))
                return 0 if removed else 2
            taken = await link(tx, shop, account, seller)
    except ShopUnknown:
        print(f"there is no shop {shop}: `orders shops add` prints a shop's id")
        return 2
    except LinkedElsewhere:
        print(f"notices by {account} about {seller} are another shop's: remove that link first")
        return 2
    print(json.dumps({"shop_id": str(shop), "account": account, "seller": seller, "notices_taken": taken}))
    return 0


def _no_zone(name: str) -> int:
    print(f"{name} is no IANA time zone: write it like Asia/Singapore")
    return 2


async def _books(settings: Any, _: Any) -> int:
    async with _database(settings) as pool:
        print(json.dumps(await books_of(pool)))
    return 0
