"""The documents that mappings read: JSON, XML, CSV and fixed-width files, as trees of places."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from lxml import etree

from carrier_adapter.formats.record import Unparsable
from carrier_adapter.formats.strict_json import read_json
from carrier_adapter.mapping.document import Csv, CsvLine, Fixed, MappingFile

_UNKEEPABLE: Final = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, and nobody encodes half a character
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


class NoRow(dict[str, Any]):
    """A row that cannot be read: of no kind that is known, or with more cells than there are columns."""


def read_document(mapping: MappingFile, body: bytes) -> Any:
    """Read a push as its mapping says. Raises `Unparsable`."""
    if mapping.reads == "json":
        return read_json(body)
    if mapping.reads == "xml":
        return read_xml(body)
    if mapping.reads == "csv":
        return read_csv(body, mapping.csv or Csv())
    assert mapping.fixed is not None
    return read_fixed(body, mapping.fixed)


def read_xml(body: bytes) -> Any:
    """Read an XML document; gives its root.

    Hardened: no document type, so no entity of its own (XML external entities, billion laughs); nothing is fetched;
    nested 256 elements deep at most, which is libxml2's own bound while `huge_tree` is off. Raises `Unparsable`.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        raise Unparsable("the body is not XML") from None
    if root is None:
        raise Unparsable("the body is not XML")
    document_type: Any = root.getroottree().docinfo
    if document_type.doctype or document_type.internalDTD is not None:
        raise Unparsable("the XML has a document type, which no feed needs")
    return root


def read_csv(body: bytes, how: Csv) -> dict[str, Any]:
    """Read a CSV file: its header, and its rows by the header's names; a name that comes twice ends in _2.

    A row with more cells than names has lost its columns, and is `NoRow`; so is one of no known kind. Raises
    `Unparsable`.
    """
    text = _text(body, how.encoding)
    for _ in range(how.skip):
        text = "".join(_LINE_END.split(text, maxsplit=1)[1:])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=how.delimiter, quotechar=how.quote, strict=True)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error:
        raise Unparsable(f"line {reader.line_num} is not CSV") from None
    if how.lines:
        return {"header": [], "rows": list(_inheriting(_by_kind(lines, how.lines), how.lines))}
    header = _unique(how.columns or (lines.pop(0) if lines else ()))
    return {"header": header, "rows": [_row(header, line) for line in lines]}


def _unique(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        plain = name.strip()
        again = sum(1 for other in found if other == plain or other.rpartition("_")[0] == plain)
        found.append(f"{plain}_{again + 1}" if plain in found else plain)
    return found


def _row(names: Iterable[str], cells: list[str]) -> dict[str, Any]:
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    return NoRow() if any(cell.strip() for cell in cells[len(row) :]) else row


def _by_kind(lines: list[list[str]], kinds: dict[str, CsvLine]) -> Iterator[tuple[str, dict[str, Any]]]:
    kind_of = {kind.starts: name for name, kind in kinds.items()}
    for cells in lines:
        kind = kind_of.get(cells[0].strip(), "")
        yield kind, _row(_unique(kinds[kind].columns), cells) if kind else NoRow()


def _inheriting(rows: Iterable[tuple[str, dict[str, Any]]], kinds: Any) -> Iterator[dict[str, Any]]:
    """Give each row its kind, and the lines above it that its kind inherits: the last of each."""
    last: dict[str, Any] = {}
    for kind, row in rows:
        row["line"] = kind
        if not isinstance(row, NoRow):
            row.update({above: last.get(above) for above in kinds[kind].inherits})
        last[kind] = row
        yield row


def read_fixed(body: bytes, how: Fixed) -> dict[str, Any]:
    """Read a fixed-width file: its lines by the columns of their kind. Raises `Unparsable`."""
    rows: list[tuple[str, dict[str, Any]]] = []
    for line in _LINE_END.split(_text(body, how.encoding)):
        kind = next((name for name, kind in how.lines.items() if line.startswith(kind.starts)), "")
        if line.strip():
            columns = how.lines[kind].columns if kind else {}
            row = {name: line[a - 1 : b].strip() for name, (a, b) in columns.items()}
            rows.append((kind, row if kind else NoRow()))
    return {"rows": list(_inheriting(rows, how.lines))}


def _text(body: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            text = body.decode(encoding)
            break
        except UnicodeError:
            continue
    else:
        raise Unparsable(f"the body is not {' or '.join(encodings)}")
    if _UNKEEPABLE.search(text):
        raise Unparsable("a text holds a NUL or half a character")
    return text
