"""Erasing what a feed told of a buyer: the bodies of pushes, and the carrier's words in what was said of them.

`orders` names the records. A push may hold other parcels' records too: its body goes whole, because a body cannot be
trusted to say where one parcel's words end; what it told of the others was said long ago, and stays.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.normalising import opened, read_push, scan_id_of
from carrier_adapter.sealing import Seal
from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.marketplace.v1 import MarketplaceNoticed
from contracts.orders.v1 import BuyerErased

sql = load_queries("carrier_adapter")

TOGETHER: Final = 1000  #: Records that are erased in one go.
PLACES: Final = 20  #: Accounts and instants whose pushes are looked through at a time; an instant has 300 at most.
SLICE: Final = 5000  #: Rows of the outbox that are looked through in one statement.


async def keep(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep which records are to be erased; `Eraser` does it, because it takes longer than a batch may."""
    records = [one for event in events if isinstance(event, BuyerErased) for one in event.records]
    if records:
        rows = [(one.scan_id, one.account, one.received_at) for one in records]
        await tx.connection.execute(sql.keep_erasures, *zip(*rows, strict=True))


class Eraser:
    """The loop that erases what is to be erased; cut short, it begins again where it was."""

    look_again = 1.0  #: Seconds between two looks.

    def __init__(self, service: Service, seal: Seal, formats: Mapping[str, Format] = FORMATS) -> None:
        self._service = service
        self._seal = seal
        self._formats = formats
        self.poke = asyncio.Event()  #: Set when there is something to erase.

    async def run(self) -> None:
        """Erase until cancelled."""
        while True:
            if not await self.run_once():
                self.poke.clear()
                try:
                    await asyncio.wait_for(self.poke.wait(), self.look_again)
                except TimeoutError:
                    continue

    async def run_once(self) -> int:
        """Erase some records; gives how many those were."""
        pool = self._service.pool
        rows = await pool.fetch(sql.take_erasures, TOGETHER)
        if not rows or not await self._blank_bodies(rows):
            return 0
        ids = [row["scan_id"] for row in rows]
        await self._blank_said([str(scan_id) for scan_id in ids], sorted({row["account"] for row in rows}))
        await pool.execute(sql.drop_erasures, ids)
        return len(rows)

    async def is_done(self) -> bool:
        """Say whether nothing is left to erase."""
        return not await self._service.pool.fetchval(sql.count_erasures)

    async def _blank_bodies(self, rows: Sequence[Any]) -> bool:
        """Drop the bodies that some records came in; False where one of them is still to be read."""
        wanted = {row["scan_id"] for row in rows}
        places = sorted({(row["account"], row["received_at"]) for row in rows}, key=lambda place: place[1])
        bodies: set[UUID] = set()
        for start in range(0, len(places), PLACES):
            accounts, moments = zip(*places[start : start + PLACES], strict=True)
            found = await self._service.pool.fetch(sql.pushes_of_erasures, accounts, moments, moments[0], moments[-1])
            for row in found:
                if row["sealed"] is not None and wanted & self._records_in(row):
                    bodies |= {row["id"], row["first_id"]}
                await asyncio.sleep(0)  # requests are answered between two pushes
        if bodies:
            await self._service.pool.execute(sql.blank_bodies, list(bodies))
        return not await self._service.pool.fetchval(sql.count_bodies, list(bodies))

    def _records_in(self, row: Any) -> set[UUID]:
        events, _ = read_push(opened(row, self._seal), self._service.clock.now(), self._formats)
        found = {event.scan_id for event in events if not isinstance(event, MarketplaceNoticed)}
        # A push that nobody could parse was one record; read again since, its first has that id still.
        return found | {scan_id_of(row["id"], -1)}

    async def _blank_said(self, ids: list[str], accounts: list[str]) -> None:
        """Take the words out of what was said of some records: no index leads there, so all of it is looked through."""
        pool = self._service.pool
        start, end = await pool.fetchval(sql.first_said) - 1, await pool.fetchval(sql.last_said)
        while start < end:
            await pool.execute(sql.blank_said, start, min(start + SLICE, end), ids, accounts)
            start += SLICE
            await asyncio.sleep(0)
