"""Orders from CSV: one row for each line of an order, the rows of one order share its number. Pure.

RFC 4180 with ``,`` or ``;`` (whichever the header has more of), UTF-8 with or without a byte order mark. The rows of an
order need not stand together. What is said of the whole order (its buyer, its address …) stands in its first row; a
later row may leave it empty or repeat it.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

MOST_ROWS = 5_000
MOST_BYTES = 5 * 1024 * 1024

#: Where each column of an order goes in the body of ``POST /v1/orders``.
ORDER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("number",),
    "buyer_name": ("buyer", "name"),
    "buyer_email": ("buyer", "email"),
    "buyer_phone": ("buyer", "phone"),
    "buyer_locale": ("buyer", "locale"),
    "buyer_zone": ("buyer", "zone"),
    "address_1": ("address", "lines", "0"),
    "address_2": ("address", "lines", "1"),
    "address_3": ("address", "lines", "2"),
    "address_4": ("address", "lines", "3"),
    "city": ("address", "city"),
    "region": ("address", "region"),
    "postcode": ("address", "postcode"),
    "country": ("address", "country"),
    "currency": ("currency",),
    "shipping_fee": ("shipping_fee",),
    "discount": ("discount",),
    "payment": ("payment", "method"),
    "prepaid": ("payment", "prepaid"),
    "fulfilment": ("fulfilment", "type"),
    "service": ("fulfilment", "service"),
    "handover": ("fulfilment", "handover"),
    "promised_at": ("promised_at",),
}
BOUGHT_AT = "placed_at"  #: When the buyer bought it: shown, and no clock starts there.
LINE_COLUMNS: Final = ("sku", "title", "quantity", "unit_price")
REQUIRED: Final = (
    *("number", "buyer_name", "buyer_email", "address_1", "city", "country", "currency", "payment", "fulfilment"),
    *LINE_COLUMNS,
)
COLUMNS: Final = (*ORDER_COLUMNS, BOUGHT_AT, *LINE_COLUMNS)

_WHOLE = re.compile(r"[0-9]{1,9}")


class FileRefused(Exception):
    """The file cannot be read as a whole; nothing of it was taken in."""

    def __init__(self, line: int, column: str, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in a file, and where; *line* counts from 1, the header's."""

    line: int
    column: str
    message: str


@dataclass(slots=True)
class Candidate:
    """An order as the file has it, before it is checked as any other order is."""

    number: str
    line: int  #: The line of its first row.
    cells: dict[str, str] = field(default_factory=dict)  #: What is said of the whole order, by column.
    said_on: dict[str, int] = field(default_factory=dict)  #: The line that said it.
    goods: list[tuple[int, dict[str, str]]] = field(default_factory=list)  #: (line, cells) of each row.
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def body(self) -> dict[str, Any]:
        """The same order as a body of ``POST /v1/orders``; empty cells are left out."""
        body: dict[str, Any] = {}
        for column, path in ORDER_COLUMNS.items():
            if column in self.cells and path[1:2] != ("lines",):
                owner = body.setdefault(path[0], {}) if path[1:] else body
                owner[path[-1]] = self.cells[column]
        for part in ("buyer", "payment", "fulfilment"):
            body.setdefault(part, {})
        lines = [
            self.cells[column] for column in ORDER_COLUMNS if column.startswith("address_") and column in self.cells
        ]
        body.setdefault("address", {})["lines"] = lines
        body["lines"] = [{column: _number(column, text) for column, text in cells.items()} for _, cells in self.goods]
        return body

    def place_of(self, path: Sequence[str]) -> tuple[int, str]:
        """Give the line and the column of a field of the body."""
        if path[:1] == ("lines",) and len(path) == 3 and path[1].isdigit():
            return self.goods[int(path[1])][0], path[2]
        for column, place in ORDER_COLUMNS.items():
            if tuple(path) == place:
                return self.said_on.get(column, self.line), column
        for column, place in ORDER_COLUMNS.items():  # a part of the body: the first column that goes into it
            if tuple(path) == place[: len(path)]:
                return self.said_on.get(column, self.line), column
        return self.line, "sku" if path[:1] == ("lines",) else ".".join(path) or "number"


def read_orders(data: bytes) -> list[Candidate]:
    """Read the orders of a file, in the order of their first rows. Raises `FileRefused`."""
    if len(data) > MOST_BYTES:
        raise FileRefused(1, "file", f"must have at most {MOST_BYTES} bytes: send it in parts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise FileRefused(data.count(b"\n", 0, broken.start) + 1, "file", "must be UTF-8") from broken
    rows = _rows(text)
    header = next(rows, None)
    columns = _columns(header[1] if header else [])
    found: dict[str, Candidate] = {}
    count = 0
    for line, cells in rows:
        count += 1
        if count > MOST_ROWS:
            raise FileRefused(line, "file", f"must have at most {MOST_ROWS} rows: send it in parts")
        _take(found, line, columns, cells)
    if not count:
        raise FileRefused(1, "file", "has no rows below its header")
    return list(found.values())


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row that is not empty with the line that it starts on."""
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
    )
    line = 1
    try:
        for cells in reader:
            if any(one.strip() for one in cells):
                yield line, [one.strip() for one in cells]
            line = reader.line_num + 1
    except csv.Error as broken:
        raise FileRefused(line, "file", f"is not CSV from here on: {broken}") from broken


def _columns(header: Sequence[str]) -> list[str]:
    names = [name.lower() for name in header]
    for name in names:
        if name not in COLUMNS:
            raise FileRefused(1, name[:64], f"is no column; there are {', '.join(COLUMNS)}")
        if names.count(name) > 1:
            raise FileRefused(1, name, "stands twice in the header")
    for name in REQUIRED:
        if name not in names:
            raise FileRefused(1, name, "is missing in the header")
    return names


def _take(found: dict[str, Candidate], line: int, columns: Sequence[str], cells: Sequence[str]) -> None:
    by_column = {name: text for name, text in zip(columns, cells, strict=False) if text}
    number = by_column.get("number", "")
    # A row without a number is an order of its own, so that it is refused by itself.
    candidate = found.setdefault(number or f"\n{line}", Candidate(number, line))
    if len(cells) != len(columns):
        message = f"the row has {len(cells)} cells, and the header {len(columns)}"
        candidate.wrong.append(Wrong(line, "number", message))
    for name, text in by_column.items():
        if name in LINE_COLUMNS:
            continue
        if name not in candidate.cells:
            candidate.cells[name] = text
            candidate.said_on[name] = line
        elif candidate.cells[name] != text:
            message = f"differs from line {candidate.said_on[name]} of the same order"
            candidate.wrong.append(Wrong(line, name, message))
    candidate.goods.append((line, {name: by_column[name] for name in LINE_COLUMNS if name in by_column}))


def _number(column: str, text: str) -> Any:
    read: Callable[[str], Any] = int if column == "quantity" and _WHOLE.fullmatch(text) else str
    return read(text)
