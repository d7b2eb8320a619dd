"""Files in S3-compatible storage: an object ``files/<id>`` each, in a bucket that holds nothing else.

With obstore, Python's door to the object_store of Rust: asyncio by itself, one wheel and nothing behind it.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from orders.files.storage import StorageAway

FOLDER = "files/"
PATIENCE = timedelta(seconds=8)  #: For one request; a transaction may be idle for 30 s.


class InS3:
    """Objects in one bucket, reached by path (``endpoint/bucket/key``), as every S3-compatible storage allows."""

    name = "s3"

    def __init__(self, *, endpoint: str, bucket: str, access_key: str, secret_key: str, region: str) -> None:
        self._store = S3Store(
            bucket,
            endpoint=endpoint,
            access_key_id=access_key,
            secret_access_key=secret_key,
            region=region,
            virtual_hosted_style_request=False,
            client_options={
                "timeout": PATIENCE,
                "connect_timeout": timedelta(seconds=3),
                "allow_http": endpoint.startswith("http://"),
            },
            retry_config={"max_retries": 2, "retry_timeout": PATIENCE},
        )

    async def put(self, _: Any, file_id: UUID, content_type: str, content: bytes) -> None:
        """Keep *content* as an object; it is there from now on, whether the transaction commits or not."""
        with _away():
            await self._store.put_async(_key(file_id), content, attributes={"Content-Type": content_type})

    async def get(self, _: Any, file_id: UUID) -> bytes | None:
        """Give the bytes of a file; None where there is no such object."""
        with _away():
            try:
                found = await self._store.get_async(_key(file_id))
                return bytes(await found.bytes_async())
            except (FileNotFoundError, NotFoundError):
                return None

    async def delete(self, _: Any, file_id: UUID) -> None:
        """Let go of an object; one that is not there is gone already."""
        with _away():
            try:
                await self._store.delete_async(_key(file_id))
            except (FileNotFoundError, NotFoundError):
                return

    async def without_rows(self) -> AsyncIterator[Sequence[UUID]]:
        """Give the ids of all objects, a thousand at a time: a row may have been rolled back after its put."""
        with _away():
            async for slice_ in self._store.list_async(FOLDER, chunk_size=1000):
                yield [found for found in map(_id_of, (str(one["path"]) for one in slice_)) if found]


def _key(file_id: UUID) -> str:
    return f"{FOLDER}{file_id}"


def _id_of(key: str) -> UUID | None:
    """Give the file's id; None for an object that somebody else has put there."""
    try:
        return UUID(key.removeprefix(FOLDER))
    except ValueError:
        return None


@contextmanager
def _away() -> Iterator[None]:
    """Say `StorageAway` for whatever the storage says no with; its own words may hold keys and addresses."""
    try:
        yield
    except (BaseError, OSError) as failure:
        raise StorageAway(type(failure).__name__) from failure
