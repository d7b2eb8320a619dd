"""The port behind which the bytes of files lie: PostgreSQL by default, S3-compatible storage by configuration.

The row of a file is always in PostgreSQL and says which storage has its bytes, so that files stay readable after
another storage was configured.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol
from uuid import UUID


class StorageAway(Exception):
    """The storage cannot be reached, or refuses this service; ask again later."""


class Storage(Protocol):
    """Where bytes lie, by the id of their file. Each method may raise `StorageAway`.

    *connection* is that of the transaction at hand; a storage that is not PostgreSQL has no use for it.
    """

    name: str  #: As the rows of files have it.

    async def put(self, connection: Any, file_id: UUID, content_type: str, content: bytes) -> None:
        """Keep *content*; when this returns it is as durable as the storage makes things."""

    async def get(self, connection: Any, file_id: UUID) -> bytes | None:
        """Give the bytes of a file; None where there are none."""

    async def delete(self, connection: Any, file_id: UUID) -> None:
        """Let go of the bytes of a file; nothing happens where there are none."""

    def without_rows(self) -> AsyncIterator[Sequence[UUID]]:
        """Give, in slices, the ids of all files whose bytes could lie here although no row says so."""
