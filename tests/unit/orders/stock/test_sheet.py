"""A stock-taking as a file: every line is taken, or it is said which value is wrong."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.stock.sheet import Counted, Fault, read_sheet


def test_a_line_says_how_many_there_are() -> None:
    assert read_sheet(b"sku,on_hand\nMUG-BLUE,12\nTEA/EARL,0\n") == (
        [Counted(2, "MUG-BLUE", 12), Counted(3, "TEA/EARL", 0)],
        [],
    )


def test_what_spreadsheets_write_is_read() -> None:
    body = '﻿SKU, On_Hand \r\n"MUG", 3 \r\n\r\nTEA,4\r\n'.encode()

    assert read_sheet(body) == ([Counted(2, "MUG", 3), Counted(4, "TEA", 4)], [])


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        (b"", 1, "sku"),
        (b"MUG,3\n", 1, "sku"),
        (b"sku;on_hand\nMUG;3\n", 1, "sku"),
        (b"sku,on_hand\nMUG\n", 2, "on_hand"),
        (b"sku,on_hand\nMUG,1,2\n", 2, "on_hand"),
        (b"sku,on_hand\nMUG,\n", 2, "on_hand"),
        (b"sku,on_hand\nMUG,-1\n", 2, "on_hand"),
        (b"sku,on_hand\nMUG,1.5\n", 2, "on_hand"),
        (b"sku,on_hand\nMUG,1000000001\n", 2, "on_hand"),
        ("sku,on_hand\nMUG,٣\n".encode(), 2, "on_hand"),
        (b"sku,on_hand\n,3\n", 2, "sku"),
        (b"sku,on_hand\nBLUE MUG,3\n", 2, "sku"),
        (b"sku,on_hand\n" + b"A" * 65 + b",3\n", 2, "sku"),
        (b"sku,on_hand\nTEA,1\nMUG,3\nTEA,1\n", 4, "sku"),
        (b"sku,on_hand\nTEA,1\n\xff,3\n", 3, "sku"),
        (b'sku,on_hand\nTEA,1\n"MUG,3\n', 3, "sku"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(body: bytes, line: int, column: str) -> None:
    _, faults = read_sheet(body)

    assert [(fault.line, fault.column) for fault in faults] == [(line, column)]


def test_every_line_that_is_wrong_is_named() -> None:
    counted, faults = read_sheet(b"sku,on_hand\nMUG,x\nTEA,1\n?,1\n")

    assert counted == [Counted(3, "TEA", 1)]
    assert [(fault.line, fault.column) for fault in faults] == [(2, "on_hand"), (4, "sku")]


def test_a_file_has_a_limit() -> None:
    body = "sku,on_hand\n" + "".join(f"S-{n},1\n" for n in range(10_001))

    counted, faults = read_sheet(body.encode())

    assert len(counted) == 10_000
    assert faults == [Fault(10_002, "sku", "a file has at most 10000 lines")]


@given(st.dictionaries(st.from_regex(r"[A-Za-z0-9._/-]{1,64}", fullmatch=True), st.integers(0, 1_000_000_000)))
def test_any_stock_taking_is_read_as_it_was_written(stock: dict[str, int]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("sku", "on_hand"), *stock.items()])

    counted, faults = read_sheet(file.getvalue().encode())

    assert ({one.sku: one.on_hand for one in counted}, faults) == (stock, [])


@given(st.binary())
def test_no_file_breaks_the_reader(body: bytes) -> None:
    read_sheet(b"sku,on_hand\n" + body)
