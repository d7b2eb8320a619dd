"""Samples of an unknown feed as plain trees, whatever they are written in."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from carrier_adapter.formats.record import Unparsable
from carrier_adapter.formats.strict_json import read_json
from carrier_adapter.mapping.document import Csv, Fixed, Line
from carrier_adapter.mapping.sources import read_csv, read_fixed, read_xml

#: Elements that come again and again in feeds, even where a sample has one of them.
REPEATED: Final = frozenset(
    (
        *("event", "events", "scan", "scans", "activity", "trackdetail", "trackdetails", "checkpoint", "history"),
        *("trackevent", "trackingevent", "statusevent", "shipment", "parcel", "package", "piece", "consignment"),
    )
)
_DELIMITERS: Final = (",", ";", "\t", "|")


class NoSample(Exception):
    """A sample that no draft can be made of; the sentence says why."""


@dataclass(slots=True)
class Samples:
    """Samples, read."""

    reads: str
    trees: list[Any]
    namespaces: dict[str, str] = field(default_factory=dict)
    csv: Csv | None = None
    fixed: Fixed | None = None


def read_samples(bodies: Sequence[bytes]) -> Samples:
    """Read samples, all of one feed. Raises `NoSample`."""
    start = bodies[0].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if start == b"<":
            return _xml([read_xml(body) for body in bodies])
        if start in (b"{", b"["):
            return Samples("json", [read_json(body) for body in bodies])
        return _lines(bodies)
    except Unparsable as wrong:
        raise NoSample(f"a sample cannot be read: {wrong}") from None


# --- XML -------------------------------------------------------------------------------------------------------------


def _xml(roots: list[Any]) -> Samples:
    prefixes: dict[str, str] = {}
    for root in roots:
        for element in root.iter():
            for prefix, uri in element.nsmap.items():
                if uri not in prefixes:
                    taken = set(prefixes.values())
                    wanted = prefix or "d"
                    prefixes[uri] = wanted if wanted not in taken else f"n{len(prefixes)}"
    repeated: set[tuple[str, ...]] = set()
    for root in roots:
        _find_repeated(root, (_name(root.tag, prefixes),), prefixes, repeated)
    trees = [
        {_name(root.tag, prefixes): _tree(root, (_name(root.tag, prefixes),), prefixes, repeated)} for root in roots
    ]
    used = {name.split(":")[0].lstrip("@") for tree in trees for name in _names(tree) if ":" in name}
    return Samples("xml", trees, {prefix: uri for uri, prefix in prefixes.items() if prefix in used})


def _name(tag: str, prefixes: dict[str, str]) -> str:
    uri, _, local = tag.rpartition("}")
    return f"{prefixes[uri[1:]]}:{local}" if uri and uri[1:] in prefixes else local


def _find_repeated(element: Any, path: tuple[str, ...], prefixes: dict[str, str], found: set[tuple[str, ...]]) -> None:
    counts = Counter(_name(child.tag, prefixes) for child in element)
    for child in element:
        name = _name(child.tag, prefixes)
        inner = (*path, name)
        if counts[name] > 1 or (len(child) and name.rpartition(":")[2].lower() in REPEATED):
            found.add(inner)
        _find_repeated(child, inner, prefixes, found)


def _tree(element: Any, path: tuple[str, ...], prefixes: dict[str, str], repeated: set[tuple[str, ...]]) -> Any:
    found: dict[str, Any] = {f"@{_name(name, prefixes)}": value for name, value in element.attrib.items()}
    for child in element:
        name = _name(child.tag, prefixes)
        inner = (*path, name)
        value = _tree(child, inner, prefixes, repeated)
        if inner in repeated:
            found.setdefault(name, []).append(value if isinstance(value, dict) else {".": value})
        else:
            found[name] = value
    text = (element.text or "").strip()
    if not found:
        return text
    return found | ({".": text} if text else {})


def _names(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield name
            yield from _names(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from _names(one)


# --- lines -----------------------------------------------------------------------------------------------------------


def _lines(bodies: Sequence[bytes]) -> Samples:
    encoding = "utf-8-sig" if all(_is_utf8(body) for body in bodies) else "windows-1252"
    text = "\n".join(body.decode(encoding, "replace") for body in bodies)
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()]
    if not lines or "\x00" in text:
        raise NoSample("a sample is neither JSON, XML nor lines of text")
    delimiter = max(_DELIMITERS, key=lambda sign: (min(line.count(sign) for line in lines), lines[0].count(sign)))
    if len(lines) > 1 and lines[0].count(delimiter) > 1 and min(line.count(delimiter) for line in lines) > 0:
        csv = Csv(delimiter=delimiter, encoding=(encoding,))
        return Samples("csv", [read_csv(body, csv) for body in bodies], csv=csv)
    fixed = Fixed(encoding=(encoding,), lines=_kinds(lines))
    trees = []
    for body in bodies:
        rows = read_fixed(body, fixed)["rows"]
        trees.append({kind: [_without_kind(row) for row in rows if row["line"] == kind] for kind in fixed.lines})
    return Samples("fixed", trees, fixed=fixed)


def _without_kind(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "line"}


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _kinds(lines: list[str]) -> dict[str, Line]:
    """Tell kinds of line by what they start with, and columns by where blanks end in every line of a kind."""
    few = max(3, len(lines) // 3)
    length = next((n for n in (4, 3, 2, 1) if len({line[:n] for line in lines}) <= few), 0)
    starts = sorted({line[:length] for line in lines})
    kinds: dict[str, Line] = {}
    for n, start in enumerate(starts, 1):
        own = [line for line in lines if line.startswith(start)]
        kinds[f"kind{n}"] = Line(starts=start, columns=_columns(own, length))
    return kinds


def _columns(lines: list[str], after: int) -> dict[str, tuple[int, int]]:
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    blank = [all(line[at] == " " for line in padded) for at in range(width)]
    found: dict[str, tuple[int, int]] = {}
    first = None
    for at in range(after, width + 1):
        here = at < width and not blank[at]
        if here and first is None:
            first = at
        if not here and first is not None:
            found[f"c{first + 1}"] = (first + 1, at)
            first = None
    return found or {"c1": (1, width)}
