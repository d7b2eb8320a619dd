"""Deletes bytes outside PostgreSQL that no row needs: of forgotten files, and of uploads that came to nothing."""

import asyncio
from typing import Any
from uuid import UUID

from chassis.logs import get_logger
from chassis.postgres import load_queries
from chassis.service import Service
from orders.files.keeping import Files
from orders.files.storage import StorageAway

log = get_logger()
sql = load_queries("orders")

SWEEP_EVERY = 60  #: Minutes; an upload takes less than one.


class Sweeper:
    """The chore. What was forgotten is named by a table; what came to nothing is found by looking at every object.

    An object without a row may belong to an upload that is about to commit. So it is deleted only if it has none the
    next time either, an hour later; no upload lasts so long, and no clock is asked.
    """

    def __init__(self, service: Service, files: Files) -> None:
        self._service = service
        self._storage = files.storage
        self._suspects: set[UUID] = set()

    @property
    def _pool(self) -> Any:
        return self._service.pool

    async def run(self) -> None:
        """Delete what was forgotten every minute, what came to nothing every hour, until cancelled."""
        minute = 0
        while True:
            try:
                await self.delete_forgotten()
                if minute % SWEEP_EVERY == 0:
                    await self.sweep()
                minute += 1
            except StorageAway as away:
                log.warning("files_wait", error=str(away))
            await asyncio.sleep(60)

    async def delete_forgotten(self) -> None:
        """Delete the bytes of files that were forgotten."""
        if self._storage.name == "postgres":
            return
        while rows := await self._pool.fetch(sql.forgotten_files):
            for row in rows:
                await self._storage.delete(self._pool, row["file_id"])
                await self._pool.execute(sql.file_is_gone, row["file_id"])

    async def sweep(self) -> int:
        """Look at all that lies in the storage; gives how many orphans were deleted."""
        found: set[UUID] = set()
        async for ids in self._storage.without_rows():
            rows = await self._pool.fetch(sql.files_with_rows, ids)
            found |= set(ids) - {row["id"] for row in rows}
        orphans, self._suspects = found & self._suspects, found
        for orphan in orphans:
            await self._storage.delete(self._pool, orphan)
        if orphans:
            log.info("orphans_deleted", count=len(orphans))
        return len(orphans)
