"""Orders as CSV: what a spreadsheet or a program reads of it."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.orders.v1 import Badge, Fulfilment, OrderStatus
from orders.listing.deadlines import Ahead
from orders.listing.exporting import BYTE_ORDER_MARK, cell, header, rows
from orders.listing.pages import Listed

AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)


def an_order(number: str = "TT-1", **changes: object) -> Listed:
    values: dict[str, object] = {
        "id": UUID(int=1),
        "number": number,
        "version": 3,
        "status": OrderStatus.SHIPPED,
        "badge": Badge.DELAYED,
        "fulfilment": Fulfilment.SHIP_BY_SELLER,
        "carriers": ["jtexpress", "ninjavan"],
        "tracking_numbers": ["NV1", "JT2"],
        "placed_at": AT,
        "bought_at": None,
        "promised_at": None,
        "shipped_at": AT,
        "total": Decimal("12.50"),
        "currency": "SGD",
        "parcels": 2,
        "delivered": 1,
        "next_deadline": Ahead("acknowledgment", "D4", 1, AT),
    }
    return Listed(**(values | changes))  # type: ignore[arg-type]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def test_each_order_is_one_line_under_the_header() -> None:
    [line] = read(header() + rows([an_order()]))

    assert line == {
        "id": "00000000-0000-0000-0000-000000000001",
        "number": "TT-1",
        "status": "shipped",
        "shown_status": "Shipped",
        "badge": "delayed",
        "fulfilment": "ship_by_seller",
        "carriers": "jtexpress ninjavan",
        "tracking_numbers": "NV1 JT2",
        "placed_at": "2026-03-02T04:05:06Z",
        "bought_at": "",
        "promised_at": "",
        "shipped_at": "2026-03-02T04:05:06Z",
        "total": "12.50",
        "currency": "SGD",
        "parcels": "2",
        "delivered": "1",
        "next_deadline": "acknowledgment",
        "next_due_at": "2026-03-02T04:05:06Z",
    }


def test_an_order_with_nothing_ahead_has_empty_cells() -> None:
    [line] = read(header() + rows([an_order(next_deadline=None, badge=None)]))

    assert (line["badge"], line["next_deadline"], line["next_due_at"]) == ("", "", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(start: str) -> None:
    assert cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("text", ["TT-1", "1=1", "a@b", "", "'=1"])
def test_any_other_cell_is_left_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_commas_quotes_and_line_breaks_stay_within_their_cell() -> None:
    odd = 'a,"b"\r\nc'

    [line] = read(header() + rows([an_order(number=odd)]))

    assert line["number"] == odd
