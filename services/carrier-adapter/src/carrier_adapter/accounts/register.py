"""Changes to the accounts, by whichever door they are asked for. None is ever deleted: its pushes and keys name it."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
from cryptography.exceptions import InvalidTag

from carrier_adapter.accounts.account import answer_of
from carrier_adapter.answers import STYLES
from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import zone_named
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.sealing import Seal
from carrier_adapter.signatures import SCHEMES, key_problem, new_key
from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.vocabulary import carrier_slug

sql = load_queries("carrier_adapter")

GRACE: Final = timedelta(days=1)  #: For which an account's old keys go on working after an exchange.
SILENT_AFTER_HOURS: Final = 24  #: How long an account may say nothing, unless it was told otherwise.
LONGEST_SILENCE_HOURS: Final = 30 * 24
MOST_KEYS: Final = 8  #: That may work at once; each costs every push a computation.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Refused(Exception):
    """A change that is not made; *field* names what is wrong, the sentence says what to do."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class Unknown(Refused):
    """There is no such account, or no such key."""


class Taken(Refused):
    """There is an account of that name already."""


class Standing(Refused):
    """Not possible as things stand."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is asked for."""

    key: str | None = None  #: What to verify with; None: a new one.
    not_before: datetime | None = None  #: None: at once.
    not_after: datetime | None = None  #: None: until it is retired.
    grace: timedelta | None = GRACE  #: How long the older keys go on once it counts; None: until they are retired.


async def add_account(
    tx: Transaction,
    seal: Seal,
    *,
    name: str,
    carrier: str,
    format_name: str,
    scheme: str | None,
    zone: str,
    key: str | None,
    answer: str | None = None,
    shops: Sequence[UUID] | None = None,
    silent_after_hours: int = SILENT_AFTER_HOURS,
    formats: Mapping[str, Format] = FORMATS,
) -> dict[str, str]:
    """Add an account; gives its endpoint and its key, which is shown this once. Raises `Refused`."""
    if not _NAME.fullmatch(name):
        raise Refused("name", "a name has small letters, digits and dashes, 63 at most")
    if not carrier_slug(carrier):
        raise Refused("carrier", "write the carrier's name with letters or digits")
    if format_name not in formats:
        raise Refused("format", f"there is no format {format_name}: it is one of {', '.join(formats)}")
    schemes = formats[format_name].schemes
    scheme = scheme or schemes[0]
    if scheme not in schemes:
        raise Refused("scheme", f"{format_name} is signed by {' or '.join(schemes)}, not by {scheme}")
    try:
        zone_named(zone)
    except ValueError as wrong:
        raise Refused("zone", str(wrong)) from None
    if answer is not None and answer not in STYLES:
        raise Refused("answer", f"a sender is answered with {' or '.join(STYLES)}, not with {answer}")
    if not 1 <= silent_after_hours <= LONGEST_SILENCE_HOURS:
        raise Refused("silent_after_hours", f"a feed is silent after 1 to {LONGEST_SILENCE_HOURS} hours")
    chosen = _key(scheme, key)
    endpoint = secrets.token_urlsafe(16)
    try:
        async with tx.connection.transaction():
            await tx.connection.execute(
                sql.insert_account,
                name,
                endpoint,
                carrier_slug(carrier),
                format_name,
                scheme,
                zone,
                answer,
                tx.now,
                shops,
                timedelta(hours=silent_after_hours),
            )
    except asyncpg.UniqueViolationError:
        raise Taken("name", f"there is an account {name} already: choose another name, or rotate its key") from None
    await _insert_key(tx, seal, name, chosen, NewKey())
    return {"account": name, "endpoint": endpoint, "key": chosen}


async def rotate_key(tx: Transaction, seal: Seal, name: str, wanted: NewKey) -> dict[str, Any]:
    """Give an account a further key, shown this once; the older ones end after the grace. Raises `Refused`."""
    account = await tx.connection.fetchrow(sql.hold_account, name)
    if account is None:
        raise unknown(name)
    scheme, now = account["scheme"], account["now"]  # keys work in real time, as signatures do
    begins = wanted.not_before or now
    if wanted.not_after is not None and wanted.not_after <= max(begins, now):
        raise Refused("not_after", "a key ends after it begins, and not in the past")
    chosen = _key(scheme, wanted.key)
    if wanted.grace is None and await tx.connection.fetchval(sql.count_keys, name) >= MOST_KEYS:
        raise Standing("grace", f"{MOST_KEYS} keys work already: retire one, or give the older ones an end")
    key_id = await _insert_key(tx, seal, name, chosen, wanted)
    if wanted.grace is not None:
        await tx.connection.execute(sql.end_older_keys, name, key_id, max(begins, now) + wanted.grace)
    return {
        "account": name,
        "key_id": key_id,
        "key": chosen,
        "not_before": begins,
        "not_after": wanted.not_after,
    }


async def retire_key(tx: Transaction, name: str, key_id: UUID) -> None:
    """Have a key count no longer, from now on. Raises `Refused`, also for the last one that works."""
    if await tx.connection.fetchrow(sql.hold_account, name) is None:
        raise unknown(name)
    works = await tx.connection.fetchval(sql.key_works, name, key_id)
    if works is None:
        raise Unknown("key_id", f"{name} has no key {key_id}: its keys are shown with the account")
    if works and await tx.connection.fetchval(sql.other_working_keys, name, key_id) == 0:
        raise Standing("key_id", "this is the last key that works: give the account another first, or disable it")
    await tx.connection.execute(sql.retire_key, name, key_id)


async def set_enabled(connection: Any, name: str, enabled: bool) -> None:
    """Have an account's pushes refused from now on, or taken again. Raises `Unknown`."""
    if await connection.fetchval(sql.set_enabled, name, enabled) is None:
        raise unknown(name)


async def link_shops(connection: Any, name: str, shops: Sequence[UUID] | None) -> None:
    """Have an account be the 3PL of some shops alone; None: of the whole marketplace. Raises `Unknown`."""
    if await connection.fetchval(sql.link_shops, name, shops) is None:
        raise unknown(name)


async def list_accounts(
    connection: Any, formats: Mapping[str, Format], name: str | None = None
) -> list[dict[str, Any]]:
    """Give every account, or the one of a *name*, with its keys, which are named and not shown."""
    return [
        {**dict(row), "answer": answer_of(row, formats), "active_keys": sum(key["active"] for key in row["keys"])}
        for row in await connection.fetch(sql.list_accounts, name)
    ]


async def seal_problem(connection: Any, seal: Seal) -> str | None:
    """Say why a sealing key is not the one that keys were encrypted with; None where it is, or there are no keys."""
    row = await connection.fetchrow(sql.any_sealed_key)
    if row is None:
        return None
    try:
        seal.open(row["sealed"], row["id"].bytes)
    except InvalidTag:
        return (
            "CARRIER_ADAPTER_SEALING_KEY is not the key that the accounts' keys in this database were encrypted with:"
            " give the service the one that it had before."
        )
    return None


def unknown(name: str) -> Unknown:
    """Say that there is no account of a name."""
    return Unknown("name", f"there is no account {name}: `carrier-adapter accounts list` shows them")


def _key(scheme: str, chosen: str | None) -> str:
    known = SCHEMES[scheme]
    if chosen is None:
        if known.given:
            raise Refused("key", f"{scheme} is signed with a key that the sender gives out: give it here, {known.key}")
        return new_key(scheme)
    if problem := key_problem(scheme, chosen):
        raise Refused("key", problem if known.given else f"{problem}: leave it out to get a good one")
    return chosen


async def _insert_key(tx: Transaction, seal: Seal, name: str, chosen: str, wanted: NewKey) -> UUID:
    key_id = uuid4()
    sealed = seal.close(chosen.encode(), key_id.bytes)
    await tx.connection.execute(sql.insert_key, key_id, name, sealed, wanted.not_before, wanted.not_after)
    return key_id
