"""Files in PostgreSQL: bytes in a table of their own, in the transaction that writes the file's row."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from chassis.postgres import load_queries

sql = load_queries("orders")


class InPostgres:
    """The storage that needs nothing else; its outage is the database's."""

    name = "postgres"

    async def put(self, connection: Any, file_id: UUID, _: str, content: bytes) -> None:
        """Keep *content*, if and when the transaction commits."""
        await connection.execute(sql.put_content, file_id, content)

    async def get(self, connection: Any, file_id: UUID) -> bytes | None:
        """Give the bytes of a file; None where there are none."""
        content: bytes | None = await connection.fetchval(sql.content_of, file_id)
        return content

    async def delete(self, connection: Any, file_id: UUID) -> None:
        """Let go of the bytes of a file."""
        await connection.execute(sql.delete_content, file_id)

    async def without_rows(self) -> AsyncIterator[Sequence[UUID]]:
        """Give nothing: what was put here was rolled back together with its row."""
        nothing: tuple[Sequence[UUID], ...] = ()
        for ids in nothing:
            yield ids
