"""Orders as CSV (RFC 4180, UTF-8 with a byte order mark, so that a spreadsheet reads every script). Pure.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return for a formula, and
runs it: an order number that a stranger chose could send the file's other cells away. Such a cell gets an apostrophe in
front, which a spreadsheet takes for "this is text" and a program can take off again.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from orders.life.lifecycle import SHOWN
from orders.listing.pages import Listed

BYTE_ORDER_MARK = "\ufeff"
COLUMNS = (
    *("id", "number", "status", "shown_status", "badge", "fulfilment", "carriers", "tracking_numbers"),
    *("placed_at", "bought_at", "promised_at", "shipped_at", "total", "currency", "parcels", "delivered"),
    *("next_deadline", "next_due_at"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def header() -> str:
    """Give what the file starts with."""
    return BYTE_ORDER_MARK + _lines([COLUMNS])


def rows(orders: Iterable[Listed]) -> str:
    """Give one line for each order; several carriers or tracking numbers are separated by a space."""
    return _lines(_row(order) for order in orders)


def cell(value: object) -> str:
    """Write one cell, as text that no spreadsheet runs."""
    text = "" if value is None else _instant(value) if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(order: Listed) -> Sequence[object]:
    ahead = order.next_deadline
    return (
        *(order.id, order.number, order.status, SHOWN[order.status], order.badge, order.fulfilment),
        *(" ".join(order.carriers), " ".join(order.tracking_numbers)),
        *(order.placed_at, order.bought_at, order.promised_at, order.shipped_at),
        *(order.total, order.currency, order.parcels, order.delivered),
        *((ahead.kind, ahead.due_at) if ahead else (None, None)),
    )


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _lines(lines: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in line] for line in lines)
    return out.getvalue()
