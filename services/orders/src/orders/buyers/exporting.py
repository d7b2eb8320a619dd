"""All that is kept of a buyer, to be handed to them: what erasing takes away, and what it leaves."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chassis.postgres import load_queries
from orders import store
from orders.api.views import order_view
from orders.buyers.told import told_of
from orders.listing.deadlines import deadlines_ahead_of

sql = load_queries("orders")


async def export(connection: Any, order_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """Give all that is kept about the buyer of some orders, order by order; call it in one transaction.

    Each has ``order`` as its shop sees it (buyer, address, requests, returns, complaints, refunds, messages, history),
    ``address_changes``, ``records`` (what carriers told, whatever became of it), ``files``, ``codes`` and ``links``.
    """
    orders = await store.load(connection, order_ids, lock=False)
    about = {row["id"]: row for row in await connection.fetch(sql.about_orders, list(orders))}
    ahead = await deadlines_ahead_of(connection, list(orders))
    return [
        {
            "order": order_view(
                order,
                about[key],
                await connection.fetch(sql.history_of, key),
                ahead.get(key, []),
                await told_of(connection, key),
            ),
            "erased_at": about[key]["erased_at"],
            "address_changes": _rows(await connection.fetch(sql.address_changes_of, key)),
            "records": _rows(await _records(connection, key)),
            "files": [
                {**row, "sha256": row["sha256"].hex()} for row in _rows(await connection.fetch(sql.files_of_order, key))
            ],
            "codes": _rows(await connection.fetch(sql.codes_of_order, key)),
            "links": _rows(await connection.fetch(sql.links_of_order, key)),
        }
        for key, order in sorted(orders.items(), key=lambda pair: (pair[1].placed_at, pair[0]))
    ]


async def _records(connection: Any, order_id: UUID) -> Any:
    ids = [row["scan_id"] for row in await connection.fetch(sql.records_of_orders, [order_id])]
    return await connection.fetch(sql.records_told_of, ids)


def _rows(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]
