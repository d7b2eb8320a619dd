"""Carrier accounts: added by the operator, looked up at every push."""

import asyncio
import json
import secrets
from argparse import _SubParsersAction
from dataclasses import dataclass
from typing import Any
from uuid import uuid4
from zoneinfo import available_timezones

import asyncpg

from carrier_adapter import trying
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.sealing import Seal
from carrier_adapter.signatures import key_problem, new_key
from chassis.clock import make_clock
from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, connected, load_queries
from chassis.transactions import Transaction, begin
from contracts.vocabulary import carrier_slug

log = get_logger()
sql = load_queries("carrier_adapter")

GRACE = 24 * 3600.0  #: Seconds that an account's old keys go on working after an exchange.


@dataclass(frozen=True, slots=True)
class Account:
    """Whose feed comes in at an endpoint, and how it is signed."""

    name: str
    carrier: str
    format: str
    scheme: str
    zone: str
    keys: tuple[bytes, ...]


class Accounts:
    """The accounts whose pushes are taken, in memory; read again every second, so that a change counts soon."""

    refresh_every = 1.0  #: Seconds.

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._by_endpoint: dict[str, Account] = {}
        self.loaded = False

    def at(self, endpoint: str) -> Account | None:
        """Give the account of an endpoint; None for one that is unknown or disabled."""
        return self._by_endpoint.get(endpoint)

    async def refresh(self, pool: Any) -> None:
        """Read them."""
        self._by_endpoint = {
            row["endpoint"]: Account(
                row["name"],
                row["carrier"],
                row["format"],
                row["scheme"],
                row["zone"],
                tuple(
                    self._seal.open(sealed, key_id.bytes)
                    for key_id, sealed in zip(row["key_ids"], row["keys"], strict=True)
                ),
            )
            for row in await pool.fetch(sql.enabled_accounts)
        }
        self.loaded = True

    async def keep_fresh(self, pool: Any) -> None:
        """Read them again and again, until cancelled."""
        while True:
            try:
                await self.refresh(pool)
            except TRANSIENT as outage:
                log.warning("accounts_not_read", error=type(outage).__name__)
            await asyncio.sleep(self.refresh_every)


async def add_account(
    tx: Transaction, seal: Seal, *, name: str, carrier: str, format_name: str, scheme: str, zone: str, key: str | None
) -> dict[str, str]:
    """Add an account; gives its endpoint and its key, which is shown this once. Raises UniqueViolationError."""
    endpoint = secrets.token_urlsafe(16)
    await tx.connection.execute(
        sql.insert_account, name, endpoint, carrier_slug(carrier), format_name, scheme, zone, tx.now
    )
    chosen = key or new_key(scheme)
    await _add_key(tx, seal, name, chosen)
    return {"account": name, "endpoint": endpoint, "key": chosen}


async def _add_key(tx: Transaction, seal: Seal, name: str, chosen: str) -> None:
    key_id = uuid4()
    await tx.connection.execute(sql.insert_key, key_id, name, seal.close(chosen.encode(), key_id.bytes))
    await tx.connection.execute(sql.retire_keys, name, key_id, GRACE)


# --- the command line ----------------------------------------------------------------------------------------------


def add_tools(commands: "_SubParsersAction[Any]") -> None:
    """Add ``accounts``, ``try`` and ``formats`` to the service's tool."""
    trying.add_commands(commands)
    verbs = commands.add_parser("accounts", help="whose feeds come in").add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="add a carrier account; prints its endpoint and key, once")
    add.add_argument("--name", required=True, help="small letters, digits and dashes")
    add.add_argument("--carrier", required=True, help="the carrier whose scans these are, unless a payload names one")
    add.add_argument("--format", required=True, choices=list(FORMATS))
    add.add_argument("--scheme", help="how pushes are signed (default: as the format usually is)")
    add.add_argument("--zone", default="UTC", help="IANA zone of times that have none")
    add.add_argument("--key", help="the key to verify with (default: a new one)")
    add.set_defaults(run=_add)
    verbs.add_parser("list", help="every account").set_defaults(run=_list)
    rotate = verbs.add_parser("rotate-key", help="a new key; the old ones work for another day")
    disable = verbs.add_parser("disable", help="refuse this account's pushes from now on")
    for verb, work in ((rotate, _rotate), (disable, _disable)):
        verb.add_argument("--name", required=True)
        verb.set_defaults(run=work)
    rotate.add_argument("--key", help="the key to verify with (default: a new one)")


def _seal(settings: Any) -> Seal:
    return Seal(settings.sealing_key.get_secret_value())


def _database(settings: Any) -> Any:
    return connected(settings.database_url.get_secret_value(), "carrier_adapter")


async def _add(settings: Any, options: Any) -> int:
    fmt = FORMATS[options.format]
    scheme = options.scheme or fmt.schemes[0]
    if scheme not in fmt.schemes:
        print(f"{fmt.name} is signed by {' or '.join(fmt.schemes)}, not by {scheme}")
        return 2
    if options.zone not in available_timezones():
        print(f"{options.zone} is no IANA time zone: write it like Asia/Singapore")
        return 2
    if options.key is not None and (problem := key_problem(scheme, options.key)):
        print(f"{problem}: leave --key out to get a good one")
        return 2
    try:
        async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
            made = await add_account(
                tx,
                _seal(settings),
                name=options.name,
                carrier=options.carrier,
                format_name=fmt.name,
                scheme=scheme,
                zone=options.zone,
                key=options.key,
            )
    except asyncpg.UniqueViolationError:
        print(f"there is an account {options.name} already: choose another name, or rotate its key")
        return 2
    except asyncpg.CheckViolationError:
        print("a name has small letters, digits and dashes, 63 at most")
        return 2
    print(json.dumps(made))
    return 0


async def _list(settings: Any, _: Any) -> int:
    async with _database(settings) as pool:
        for row in await pool.fetch(sql.list_accounts):
            print(json.dumps(dict(row)))
    return 0


async def _rotate(settings: Any, options: Any) -> int:
    async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
        scheme = await tx.connection.fetchval(sql.scheme_of, options.name)
        if scheme is None:
            return _unknown(options.name)
        if options.key is not None and (problem := key_problem(scheme, options.key)):
            print(f"{problem}: leave --key out to get a good one")
            return 2
        key = options.key or new_key(scheme)
        await _add_key(tx, _seal(settings), options.name, key)
    print(json.dumps({"account": options.name, "key": key}))
    return 0


async def _disable(settings: Any, options: Any) -> int:
    async with _database(settings) as pool:
        if await pool.fetchval(sql.disable_account, options.name) is None:
            return _unknown(options.name)
    print(f"{options.name} is disabled")
    return 0


def _unknown(name: str) -> int:
    print(f"there is no account {name}: `carrier-adapter accounts list` shows them")
    return 2
