"""A stock-taking as a CSV file: ``sku,on_hand``, one SKU to a line. Pure."""

import csv
import re
from dataclasses import dataclass

MAX_LINES = 10_000  #: In one transaction.
MAX_ON_HAND = 1_000_000_000  #: What a level can say.

_HEADER = ["sku", "on_hand"]
_SKU = re.compile(r"[A-Za-z0-9._/-]{1,64}")


@dataclass(frozen=True, slots=True)
class Counted:
    """A line that says how many there are."""

    line: int  #: Of the file, 1 is the header.
    sku: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line cannot be taken."""

    line: int
    column: str
    message: str


def read_sheet(body: bytes) -> tuple[list[Counted], list[Fault]]:
    """Read a file, as UTF-8 with or without a mark; blank lines are skipped. Gives what it says and what is wrong."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        return [], [Fault(line, "sku", "is not UTF-8: save the file as CSV UTF-8")]
    lines = csv.reader(text.splitlines(), strict=True)
    counted: list[Counted] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        if header != _HEADER:
            return [], [Fault(1, "sku", "the first line must be: sku,on_hand")]
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(counted) + len(faults) >= MAX_LINES:
                return counted, [*faults, Fault(lines.line_num, "sku", f"a file has at most {MAX_LINES} lines")]
            found = _read_line(lines.line_num, [cell.strip() for cell in cells], seen)
            if isinstance(found, Fault):
                faults.append(found)
            else:
                counted.append(found)
                seen[found.sku] = found.line
    except csv.Error:
        faults.append(Fault(lines.line_num, "sku", "is no CSV: a quote is not closed, or text follows one"))
    return counted, faults


def _read_line(line: int, cells: list[str], seen: dict[str, int]) -> Counted | Fault:
    if len(cells) != len(_HEADER):
        return Fault(line, "on_hand", f"a line has a SKU and a number, here are {len(cells)} values")
    sku, on_hand = cells
    if not _SKU.fullmatch(sku):
        return Fault(line, "sku", "must be 1 to 64 letters, digits or . _ / -")
    if sku in seen:
        return Fault(line, "sku", f"stands on line {seen[sku]} already")
    if not re.fullmatch(r"[0-9]{1,10}", on_hand) or int(on_hand) > MAX_ON_HAND:
        return Fault(line, "on_hand", f"must be a whole number from 0 to {MAX_ON_HAND}")
    return Counted(line, sku, int(on_hand))
