"""Tables with the personal data blacked out, and texts whose shape nobody knows."""

import csv
import io
import re
from typing import Final

from carrier_adapter.masking.policy import Kind, black, kind_of, mask_prose, mask_value

_SEPARATORS: Final = (",", ";", "\t", "|")
_LONGEST_TYPE: Final = 3
_HEADING: Final = re.compile(r"[^\W\d][\w .()/#-]{0,60}")
#: What stays of a text without a shape: names of members and tags, times, and codes with an underscore.
_SHAPE: Final = re.compile(
    r'"[A-Za-z_][\w-]{0,60}"(?=\s*:)|</?[A-Za-z][\w:.-]{0,60}|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?'
    r"|[A-Z]+(?:_[A-Z]+)+"
)


def mask_table(text: str) -> str | None:
    """Mask a table, with a heading or without; None for what is none."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    separator = max(_SEPARATORS, key=lines[0].count)
    if lines[0].count(separator) < 2 or lines[0].lstrip()[:1] in ("{", "[", "<"):
        return None
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error:
        return None
    kinds = _kinds(rows[0]) if rows else []
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    for number, row in enumerate(rows):
        if number == 0 and kinds:
            writer.writerow(row)
        else:
            writer.writerow(_masked(row, kinds))
    return out.getvalue()


def _masked(row: list[str], kinds: list[Kind]) -> list[str]:
    if kinds:
        return [mask_value(cell, kinds[n] if n < len(kinds) else Kind.UNKNOWN) for n, cell in enumerate(row)]
    cells = [mask_value(cell, Kind.UNKNOWN) for cell in row]
    if row and len(row[0]) <= _LONGEST_TYPE:  # where records are of several types, they begin with it
        cells[0] = row[0]
    return cells


def _kinds(first: list[str]) -> list[Kind]:
    """Give what the columns are, if the first row names them: words, each another, and some that are known."""
    cells = [cell.strip() for cell in first]
    if len(set(cells)) != len(cells) or not all(_HEADING.fullmatch(cell) for cell in cells):
        return []
    kinds = [kind_of(cell) for cell in cells]
    return kinds if sum(kind is not Kind.UNKNOWN for kind in kinds) * 2 >= len(kinds) else []


def mask_shapeless(text: str) -> str:
    """Mask a text that is none of what we know: only words stay that carriers use, or that give it shape."""
    out: list[str] = []
    end = 0
    for match in _SHAPE.finditer(text):
        out += [_unshaped(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*out, _unshaped(text[end:])])


def _unshaped(text: str) -> str:
    return mask_prose(text) if text.isprintable() or "\n" in text else black(text)
