"""Orders from CSV: how a file is read, and what is said where it cannot be."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.api.schemas import OrderGiven
from orders.listing.reading import COLUMNS, MOST_BYTES, MOST_ROWS, REQUIRED, FileRefused, read_orders

CELLS = {
    "number": "TT-1",
    "buyer_name": "Mei Tan",
    "buyer_email": "mei@example.com",
    "address_1": "1 Example Road",
    "city": "Singapore",
    "postcode": "018956",
    "country": "SG",
    "currency": "SGD",
    "payment": "card",
    "prepaid": "25.00",
    "fulfilment": "ship_by_seller",
    "sku": "MUG",
    "title": "Blue mug",
    "quantity": "2",
    "unit_price": "12.50",
}


def a_file(*rows: dict[str, str], delimiter: str = ",", columns: tuple[str, ...] = tuple(CELLS)) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def test_an_order_of_a_file_is_the_body_that_would_be_sent_for_it() -> None:
    [candidate] = read_orders(a_file(CELLS))

    assert candidate.wrong == []
    assert OrderGiven.model_validate(candidate.body) == OrderGiven.model_validate(
        {
            "number": "TT-1",
            "buyer": {"name": "Mei Tan", "email": "mei@example.com"},
            "address": {"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"},
            "lines": [{"sku": "MUG", "title": "Blue mug", "quantity": 2, "unit_price": "12.50"}],
            "currency": "SGD",
            "payment": {"method": "card", "prepaid": "25.00"},
            "fulfilment": {"type": "ship_by_seller"},
        }
    )


def test_every_column_goes_somewhere() -> None:
    cells = {
        **CELLS,
        "buyer_phone": "+65 6123 4567",
        "buyer_locale": "en-SG",
        "buyer_zone": "Asia/Singapore",
        "address_2": "Unit 2",
        "address_3": "Block 3",
        "address_4": "Gate 4",
        "region": "Central",
        "shipping_fee": "2.00",
        "discount": "1.00",
        "service": "express",
        "handover": "pick_up",
        "promised_at": "2026-04-01T00:00:00Z",
        "fulfilment": "ship_by_tiktok",
        "placed_at": "2026-03-01T00:00:00Z",
    }
    assert cells.keys() == set(COLUMNS)

    [candidate] = read_orders(a_file(cells, columns=COLUMNS))
    order = OrderGiven.model_validate(candidate.body)

    assert (order.buyer.phone, order.buyer.locale, order.buyer.zone) == ("+6561234567", "en-SG", "Asia/Singapore")
    assert order.address.lines == ["1 Example Road", "Unit 2", "Block 3", "Gate 4"]
    assert (order.address.region, str(order.shipping_fee), str(order.discount)) == ("Central", "2.00", "1.00")
    assert (order.fulfilment.service, order.fulfilment.handover) == ("express", "pick_up")
    assert order.promised_at is not None
    assert candidate.cells["placed_at"] == "2026-03-01T00:00:00Z"


def test_rows_that_share_a_number_are_lines_of_one_order_wherever_they_stand() -> None:
    tea = {"number": "TT-1", "sku": "TEA", "title": "Tea", "quantity": "1", "unit_price": "5.00"}

    first, second = read_orders(a_file(CELLS, {**CELLS, "number": "TT-2"}, tea))

    assert [(line["sku"], line["quantity"]) for line in first.body["lines"]] == [("MUG", 2), ("TEA", 1)]
    assert (first.line, second.line) == (2, 3)
    assert [line for line, _ in first.goods] == [2, 4]


def test_what_a_later_row_repeats_is_the_same_and_what_differs_is_wrong_there() -> None:
    repeated = {**CELLS, "sku": "TEA"}
    differing = {**CELLS, "sku": "CUP", "city": "Penang"}

    [candidate] = read_orders(a_file(CELLS, repeated, differing))

    [wrong] = candidate.wrong
    assert (wrong.line, wrong.column, wrong.message) == (4, "city", "differs from line 2 of the same order")


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_either_delimiter_is_read_and_a_byte_order_mark_is_no_part_of_the_header(delimiter: str, mark: bytes) -> None:
    [candidate] = read_orders(mark + a_file({**CELLS, "title": 'Mug, "blue"; large'}, delimiter=delimiter))

    assert candidate.body["lines"][0]["title"] == 'Mug, "blue"; large'


def test_a_cell_may_hold_line_breaks_and_the_lines_below_keep_their_numbers() -> None:
    first, second = read_orders(a_file({**CELLS, "title": "Blue\r\nmug"}, {**CELLS, "number": "TT-2"}))

    assert (first.line, second.line) == (2, 4)


def test_empty_rows_are_no_orders() -> None:
    [candidate] = read_orders(a_file(CELLS) + b"\r\n,,,\r\n")

    assert candidate.number == "TT-1"


def test_rows_without_a_number_are_refused_one_by_one() -> None:
    rows = [{**CELLS, "number": ""}, {**CELLS, "number": ""}]

    candidates = read_orders(a_file(*rows))

    assert [(one.number, one.line, len(one.goods)) for one in candidates] == [("", 2, 1), ("", 3, 1)]


def test_a_row_with_too_many_or_too_few_cells_is_wrong() -> None:
    data = a_file(CELLS).rstrip() + b",more\r\n" + b"TT-2,Mei\r\n"

    long, short = read_orders(data)

    assert [(one.line, one.column) for one in long.wrong] == [(2, "number")]
    assert [(one.line, one.column) for one in short.wrong] == [(3, "number")]


def test_each_field_of_the_body_is_a_cell_of_the_file() -> None:
    [candidate] = read_orders(a_file(CELLS, {"number": "TT-1", "sku": "TEA", "city": "Singapore"}))

    assert candidate.place_of(("buyer", "email")) == (2, "buyer_email")
    assert candidate.place_of(("address", "lines", "0")) == (2, "address_1")
    assert candidate.place_of(("lines", "1", "quantity")) == (3, "quantity")
    assert candidate.place_of(("lines",)) == (2, "sku")
    assert candidate.place_of(("payment", "prepaid")) == (2, "prepaid")
    assert candidate.place_of(("address", "lines")) == (2, "address_1")


@pytest.mark.parametrize("column", REQUIRED)
def test_a_header_without_a_column_that_must_be_there_is_refused(column: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_orders(a_file(columns=tuple(name for name in CELLS if name != column)) + b"x\r\n")

    assert (refused.value.line, refused.value.column) == (1, column)


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"", 1, "number"),
        (a_file(), 1, "file"),
        (a_file(columns=(*CELLS, "colour")), 1, "colour"),
        (a_file(CELLS).replace(b"city", b"number", 1), 1, "number"),
        (a_file(CELLS) + b"TT-2,\xff\xfe\r\n", 3, "file"),
        (a_file(CELLS) + b'TT-2,"Mei\r\n', 3, "file"),
        (a_file(CELLS) + b'TT-2,"Mei"x,\r\n', 3, "file"),
        (b" " * (MOST_BYTES + 1), 1, "file"),
        (a_file(*[CELLS] * (MOST_ROWS + 1)), MOST_ROWS + 2, "file"),
    ],
    ids=[
        "nothing",
        "no rows",
        "unknown column",
        "column twice",
        "not UTF-8",
        "open quote",
        "odd quote",
        "large",
        "long",
    ],
)
def test_a_file_that_cannot_be_read_is_refused_where_it_goes_wrong(data: bytes, line: int, column: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_orders(data)

    assert (refused.value.line, refused.value.column) == (line, column)


def test_as_many_rows_as_are_allowed_are_read() -> None:
    assert len(read_orders(a_file(*[{**CELLS, "number": f"TT-{n}"} for n in range(MOST_ROWS)]))) == MOST_ROWS


@given(st.binary(max_size=300))
def test_whatever_bytes_follow_a_header_they_are_read_or_refused(data: bytes) -> None:
    try:
        candidates = read_orders(a_file() + data)
    except FileRefused:
        return
    for candidate in candidates:
        assert candidate.goods
        candidate.body  # noqa: B018 - it must not raise
