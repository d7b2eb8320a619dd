"""The accounts whose pushes are taken, looked up at every push."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.sealing import Seal
from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries

log = get_logger()
sql = load_queries("carrier_adapter")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose feed comes in at an endpoint, how it is signed, and how its sender is answered."""

    name: str
    carrier: str
    format: str
    scheme: str
    zone: str
    keys: tuple[bytes, ...]
    answer: str = "receipt"


class Accounts:
    """The accounts whose pushes are taken, in memory; read again every second, so that a change counts soon."""

    refresh_every = 1.0  #: Seconds.

    def __init__(self, seal: Seal, formats: Mapping[str, Format] = FORMATS) -> None:
        self._seal = seal
        self._formats = formats
        self._by_endpoint: dict[str, Account] = {}
        self.loaded = False

    def at(self, endpoint: str) -> Account | None:
        """Give the account of an endpoint; None for one that is unknown or disabled."""
        return self._by_endpoint.get(endpoint)

    def carriers(self) -> dict[str, str]:
        """Give each account's carrier."""
        return {account.name: account.carrier for account in self._by_endpoint.values()}

    async def refresh(self, pool: Any) -> None:
        """Read them. One whose keys cannot be opened is left out: it must not keep the others' pushes out."""
        found = {}
        for row in await pool.fetch(sql.enabled_accounts):
            try:
                keys = tuple(
                    self._seal.open(sealed, key_id.bytes)
                    for key_id, sealed in zip(row["key_ids"], row["keys"], strict=True)
                )
            except InvalidTag:
                log.error("account_key_not_opened", account=row["name"])
                continue
            found[row["endpoint"]] = Account(
                row["name"],
                row["carrier"],
                row["format"],
                row["scheme"],
                row["zone"],
                keys,
                answer_of(row, self._formats),
            )
        self._by_endpoint = found
        self.loaded = True

    async def keep_fresh(self, pool: Any) -> None:
        """Read them again and again, until cancelled."""
        while True:
            try:
                await self.refresh(pool)
            except TRANSIENT as outage:
                log.warning("accounts_not_read", error=type(outage).__name__)
            await asyncio.sleep(self.refresh_every)


def answer_of(row: Any, formats: Mapping[str, Format]) -> str:
    """Give how an account's sender is answered: as the account says, else as its format's senders usually are."""
    known = formats.get(row["format"])
    return row["answer"] or (known.answer if known else "receipt")
