"""``carrier-adapter accounts``: the accounts, from the command line."""

import json
from argparse import ArgumentTypeError, _SubParsersAction
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from carrier_adapter.accounts import register
from carrier_adapter.accounts.register import NewKey, Refused
from carrier_adapter.catalogue import Catalogue
from carrier_adapter.sealing import Seal
from chassis.clock import make_clock
from chassis.postgres import connected
from chassis.transactions import Transaction, begin


def add_commands(commands: "_SubParsersAction[Any]") -> None:
    """Add ``accounts`` to the service's tool."""
    verbs = commands.add_parser("accounts", help="whose feeds come in").add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="add a carrier account; prints its endpoint and key, once")
    add.add_argument("--name", required=True, help="small letters, digits and dashes")
    add.add_argument("--carrier", required=True, help="the carrier whose scans these are, unless a payload names one")
    add.add_argument("--format", required=True, help="as `carrier-adapter formats` lists them")
    add.add_argument("--scheme", help="how pushes are signed (default: as the format usually is)")
    add.add_argument("--zone", default="UTC", help="IANA zone of times that have none")
    add.add_argument("--answer", help="how its sender is answered (default: as the format's senders usually are)")
    add.add_argument(
        "--silent-after",
        type=int,
        metavar="HOURS",
        default=register.SILENT_AFTER_HOURS,
        help="an alarm goes out when nothing came for so long (default: 24)",
    )
    add.add_argument("--key", help="the key to verify with (default: a new one)")
    verbs.add_parser("list", help="every account").set_defaults(run=_run(_list))
    rotate = verbs.add_parser("rotate-key", help="a new key; the old ones work for another day")
    rotate.add_argument("--key", help="the key to verify with (default: a new one)")
    rotate.add_argument("--not-before", type=_instant, help="when it begins to count (default: now)")
    rotate.add_argument("--not-after", type=_instant, help="when it ends (default: never)")
    rotate.add_argument(
        "--grace-hours", type=float, default=24, help="how long the old ones work on (default: 24; below 0: for good)"
    )
    retire = verbs.add_parser("retire-key", help="a key that counts no longer, from now on")
    retire.add_argument("--id", required=True, type=_uuid, help="as `accounts list` shows it")
    disable = verbs.add_parser("disable", help="refuse this account's pushes from now on")
    enable = verbs.add_parser("enable", help="take a disabled account's pushes again")
    link = verbs.add_parser("link", help="say which shops' own 3PL this is; they are warned of parcels without a feed")
    link.add_argument("--shop", dest="shops", action="append", type=_uuid, help="may be given several times")
    link.add_argument("--everyone", action="store_true", help="the whole marketplace's again")
    for verb in (rotate, retire, disable, enable, link):
        verb.add_argument("--name", required=True)
    works = {add: _add, rotate: _rotate, retire: _retire, disable: _disable, enable: _enable, link: _link}
    for verb, work in works.items():
        verb.set_defaults(run=_run(work))


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with."""

    tx: Transaction
    seal: Seal
    formats: Catalogue


Work = Callable[[Desk, Any], Awaitable[None]]


def _run(work: Work) -> Callable[[Any, Any], Awaitable[int]]:
    async def run(settings: Any, options: Any) -> int:
        seal = Seal(settings.sealing_key.get_secret_value())
        url = settings.database_url.get_secret_value()
        async with connected(url, "carrier_adapter") as pool:
            if problem := await register.seal_problem(pool, seal):
                print(problem)
                return 2
            try:
                async with begin(pool, make_clock(settings.clock_file)) as tx:
                    await work(Desk(tx, seal, Catalogue(settings.mappings)), options)
            except Refused as refused:
                print(str(refused).replace("leave it out", "leave --key out"))
                return 2
        return 0

    return run


async def _add(at: Desk, options: Any) -> None:
    made = await register.add_account(
        at.tx,
        at.seal,
        name=options.name,
        carrier=options.carrier,
        format_name=options.format,
        scheme=options.scheme,
        zone=options.zone,
        key=options.key,
        answer=options.answer,
        silent_after_hours=options.silent_after,
        formats=at.formats,
    )
    print(json.dumps(made))


async def _list(at: Desk, _: Any) -> None:
    for account in await register.list_accounts(at.tx.connection, at.formats):
        print(json.dumps(account, default=str))


async def _rotate(at: Desk, options: Any) -> None:
    grace = timedelta(hours=options.grace_hours) if options.grace_hours >= 0 else None
    wanted = NewKey(options.key, options.not_before, options.not_after, grace)
    print(json.dumps(await register.rotate_key(at.tx, at.seal, options.name, wanted), default=str))


async def _retire(at: Desk, options: Any) -> None:
    await register.retire_key(at.tx, options.name, options.id)
    print(f"the key {options.id} of {options.name} counts no longer")


async def _disable(at: Desk, options: Any) -> None:
    await register.set_enabled(at.tx.connection, options.name, enabled=False)
    print(f"{options.name} is disabled")


async def _enable(at: Desk, options: Any) -> None:
    await register.set_enabled(at.tx.connection, options.name, enabled=True)
    print(f"{options.name} is enabled")


async def _link(at: Desk, options: Any) -> None:
    if bool(options.shops) is options.everyone:
        raise Refused("shops", "say --shop once or more, or --everyone")
    await register.link_shops(at.tx.connection, options.name, options.shops)
    print(f"{options.name} is linked by " + (f"{len(options.shops)} shops" if options.shops else "everyone"))


def _instant(text: str) -> datetime:
    """Read an instant, which says its offset."""
    try:
        instant: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ArgumentTypeError("write it like 2026-03-02T12:00:00+08:00")
    return instant


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError("an id is a UUID, as it is listed") from None
