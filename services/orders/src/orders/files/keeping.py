"""The files of shops: kept, shown, checked, bound to orders and forgotten."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from chassis.logs import get_logger
from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from orders.access.wall import for_shop
from orders.files.in_postgres import InPostgres
from orders.files.in_s3 import InS3
from orders.files.storage import Storage, StorageAway
from orders.settings import OrdersSettings

log = get_logger()
sql = load_queries("orders")

Kind = Literal["photo", "label", "evidence"]


@dataclass(frozen=True, slots=True)
class File:
    """A file as its row has it."""

    id: UUID
    content_type: str
    size: int  #: Bytes.
    sha256: str  #: Hexadecimal, of the clean bytes.


class Files:
    """Keeps files in the storage that is configured, and reads them from the one that each lies in."""

    def __init__(self, settings: OrdersSettings) -> None:
        self.storage: Storage = InPostgres()
        self._storages: dict[str, Storage] = {self.storage.name: self.storage}
        if (s3 := settings.files_s3) is not None:
            self.storage = InS3(**s3)
            self._storages[self.storage.name] = self.storage

    async def keep(self, tx: Transaction, shop_id: UUID, kind: Kind, content_type: str, content: bytes) -> File:
        """Keep a clean file; a shop that has the same bytes of the same kind gets that file. May raise `StorageAway`.

        Bytes outside PostgreSQL are put before the row commits, so that no row is ever without its bytes.
        """
        new, digest = uuid4(), hashlib.sha256(content)
        name = self.storage.name
        row = await tx.connection.fetchrow(
            sql.keep_file, new, shop_id, kind, content_type, len(content), digest.digest(), name, tx.now
        )
        if row["id"] == new:
            await self.storage.put(tx.connection, new, content_type, content)
        return File(row["id"], row["content_type"], row["size"], digest.hexdigest())

    async def show(self, service: Service, shop_id: UUID, file_id: UUID) -> tuple[File, bytes] | None:
        """Give a file of a shop with its bytes; None where the shop has none of that id. May raise `StorageAway`."""
        async with for_shop(service, shop_id) as tx:
            row = await tx.connection.fetchrow(sql.find_file, file_id, shop_id)
            if row is None:
                return None
            storage = self._storages.get(row["storage"])
            content = await storage.get(tx.connection, file_id) if isinstance(storage, InPostgres) else None
        if storage is None:
            raise StorageAway(f"{row['storage']} is not configured")
        if not isinstance(storage, InPostgres):  # no connection is held meanwhile
            content = await storage.get(None, file_id)
        if content is None or hashlib.sha256(content).digest() != row["sha256"]:
            log.error("file_not_as_it_was_kept", file_id=str(file_id), storage=storage.name, there=content is not None)
            raise StorageAway("not as it was kept")
        return File(row["id"], row["content_type"], row["size"], row["sha256"].hex()), content


async def files_of(connection: Any, shop_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Kind]:
    """Give which of *ids* are files of a shop, and of what kind each is; whatever is missing, the shop does not have.

    A command that names files: ``missing = set(ids) - (await files_of(connection, shop_id, ids)).keys()``.
    """
    rows = await connection.fetch(sql.files_of_shop, shop_id, list(ids))
    return {row["id"]: row["kind"] for row in rows}


async def bind_files(tx: Transaction, order_id: UUID, ids: Iterable[UUID]) -> None:
    """Say that files are about an order of the same shop; they are forgotten with it. Others' files are passed over."""
    await tx.connection.execute(sql.bind_files, order_id, list(ids))


async def forget_files_of_order(tx: Transaction, order_id: UUID) -> int:
    """Forget the files of an order, apart from those that are another order's too; gives how many went.

    Rows, and bytes in PostgreSQL, go with this transaction; an object in S3 within two minutes of it (`Sweeper`).
    """
    ids = [row["file_id"] for row in await tx.connection.fetch(sql.unbind_files, order_id)]
    await tx.connection.fetch(sql.lock_files, ids)
    gone: int = await tx.connection.fetchval(sql.drop_files, ids)
    return gone
