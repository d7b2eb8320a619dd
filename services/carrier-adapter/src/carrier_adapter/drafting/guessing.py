"""What the fields of samples could be: where the scans are, and which field says what."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.instants import BadInstant
from carrier_adapter.mapping.expressions import text_of
from carrier_adapter.mapping.layouts import Layout, layout_of

Path = tuple[str, ...]  #: Names on the way to a field; "[]" steps into a list.

EACH: Final = "[]"
_UTC: Final = ZoneInfo("UTC")
_MOST_SEEN: Final = 2_000  #: Values of a field that are looked at.

LAYOUTS: Final = (
    *("iso", "epoch-seconds", "epoch-milliseconds", "/Date({epoch-milliseconds})/", "%Y-%m-%d %H:%M:%S %z"),
    *(f"{day}{time}" for day in ("%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y%m%d",
      "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%b %d %Y", "%Y-%m-%d", "%d/%m/%y", "%m/%d/%y")
      for time in (" %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M", " %H%M%S", " %H%M", "")),
    *("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y-%m-%dT%H:%M:%S.%f%z", "%d-%m-%YT%H:%M:%S", "%a, %d %b %Y %H:%M:%S %z"),
)  # fmt: skip
_HOURS: Final = re.compile(r"\d{1,2}:?\d{2}(?::?\d{2})?(?:\s*[AaPp]\.?[Mm]\.?)?")

_NUMBER: Final = (
    *(
        "trackingnumber",
        "trackingno",
        "trackingid",
        "trackingcode",
        "trackno",
        "tracknumber",
        "awb",
        "awbno",
        "awbnumber",
    ),
    *(
        "waybill",
        "waybillno",
        "waybillnumber",
        "billcode",
        "consignmentnumber",
        "consignmentno",
        "consignment",
        "cnoteno",
    ),
    *("piececode", "shipmentnumber", "shipmentno", "shipmentid", "parcelnumber", "parcelno", "parcelid", "packageid"),
    *("trackingnr", "trackingref", "sono", "mailno", "resi", "noresi", "shipmentref", "articleid", "ordercode"),
    *("awbcode", "trackingnumbers", "tracknum", "parcelcode", "pin", "piece"),
    *("barcode", "connote", "lading", "pro", "reference", "ordernumber", "orderno", "orderid"),
)
_CODE: Final = (
    *(
        "statuscode",
        "eventcode",
        "scancode",
        "activitycode",
        "status",
        "code",
        "eventtype",
        "event",
        "scantype",
        "state",
    ),
    *("scan", "type", "activity", "action", "statustype", "description", "desc", "message", "remark"),
)
_TEXT: Final = (
    *(
        "description",
        "desc",
        "statusdescription",
        "eventdescription",
        "message",
        "remark",
        "remarks",
        "text",
        "activity",
    ),
    *("instructions", "note", "comment", "detail", "details", "name", "status", "event"),
)
_PLACE: Final = (
    *(
        "facilityname",
        "hubname",
        "depotname",
        "branchname",
        "facility",
        "hub",
        "depot",
        "branch",
        "station",
        "office",
        "locationname",
        "location",
        "place",
        "scanlocation",
    ),
    *("eventlocation", "area", "city", "town", "district", "province", "region", "country", "countrycode"),
)
_LISTS: Final = ("event", "scan", "activit", "checkpoint", "histor", "milestone", "detail", "progress", "route")
_TIME: Final = ("time", "date", "timestamp", "at", "when", "datetime", "ts", "occurred", "hour")
_ESTIMATE: Final = ("estimated", "estimate", "expected", "eta", "edd", "promised", "scheduled", "forecast")
_LATER: Final = (
    "created",
    "updated",
    "sent",
    "received",
    "modified",
    "booking",
    "order",
    "pickup",
    "birth",
    "generated",
)


@dataclass(slots=True)
class Seen:
    """A field and the values that samples have in it."""

    path: Path
    values: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """Give the words of its name, in small letters."""
        return words_of(self.path[-1] if self.path[-1] != "." else self.path[-2] if len(self.path) > 1 else "")

    @property
    def name(self) -> str:
        """Give its name, in small letters, in one word."""
        return "".join(self.words)


@dataclass(slots=True)
class Level:
    """A place where something is told: the push, or each of a list."""

    path: Path
    count: int = 0
    fields: dict[Path, Seen] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class When:
    """Which fields say the time, and how it is written."""

    fields: tuple[Seen, ...]
    layout: str
    others: tuple[str, ...] = ()  #: Layouts that fit as well.


def words_of(name: str) -> list[str]:
    """Split a name where its case or its signs do."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name.rpartition(":")[2].lstrip("@"))
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", split) if word]


def levels_of(trees: Iterable[Any]) -> dict[Path, Level]:
    """Give every level of the samples with its fields."""
    levels: dict[Path, Level] = {}
    for tree in trees:
        if isinstance(tree, dict):
            _item(tree, (), levels)
        else:
            _walk(tree, (), (), levels)
    return levels


def _item(value: Any, at: Path, levels: dict[Path, Level]) -> None:
    level = levels.setdefault(at, Level(at))
    level.count += 1
    _walk(value, at, (), levels)


def _walk(value: Any, at: Path, inner: Path, levels: dict[Path, Level]) -> None:
    if isinstance(value, dict):
        for name, one in value.items():
            _walk(one, at, (*inner, name), levels)
    elif isinstance(value, list):
        for one in value[:_MOST_SEEN]:
            if isinstance(one, dict):
                _item(one, (*at, *inner, EACH), levels)
    elif inner and (text := text_of(value)) is not None:
        seen = levels.setdefault(at, Level(at)).fields.setdefault(inner, Seen(inner))
        if len(seen.values) < _MOST_SEEN:
            seen.values.append(text)


def scan_level(levels: dict[Path, Level]) -> Level:
    """Give the level that is most like a list of scans: its items have a time and a code, and there are several."""

    def likeness(level: Level) -> tuple[float, int]:
        fields = list(level.fields.values())
        time, code = when(fields), best(fields, _CODE)
        told = (2 if time else 0) + (2 if code and (time is None or code not in time.fields) else 0)
        listed = "".join(word for part in level.path[-2:] for word in words_of(part))
        hint = 0.5 if any(word in listed for word in _LISTS) else 0
        several = min(level.count, 10) / 20
        return told + (1.5 + several if told and EACH in level.path else 0) + hint, len(level.path)

    return max(levels.values(), key=likeness)


def best(
    fields: Iterable[Seen], names: Sequence[str], *, skip: Iterable[Seen] = (), within: bool = False
) -> Seen | None:
    """Give the field whose name comes first among *names*: whole, with its parent's, or a word of it (or *within*)."""
    left_out = {one.path for one in skip}
    found: list[tuple[float, int, Seen]] = []
    for n, one in enumerate(fields):
        if one.path in left_out:
            continue
        parent = "".join(word for part in one.path[-2:] for word in words_of(part))
        ranks: list[float] = [names.index(name) for name in (one.name, parent) if name in names]
        ranks += [
            n + 0.25 + len(names) for n, name in enumerate(names) if within and len(name) > 7 and name in one.name
        ]
        ranks += [names.index(word) + 0.5 + 2 * len(names) for word in one.words if word in names]
        if ranks:
            found.append((min(ranks) + len(one.path) / 100, n, one))
    return min(found)[2] if found else None


def number(levels: Sequence[Level], *, skip: Iterable[Seen] = ()) -> tuple[Level, Seen] | None:
    """Give the field that is most like a tracking number, the innermost level first."""
    left_out = list(skip)
    for names, could_be in ((_NUMBER[:-4], _is_number), (_NUMBER[:-4], _is_word), (_NUMBER[-4:], _is_number)):
        for level in levels:
            fields = [one for one in level.fields.values() if all(map(could_be, one.values)) and one.values]
            if (found := best(fields, names, skip=left_out, within=True)) is not None:
                return level, found
    for level in levels:
        fields = [one for one in level.fields.values() if one.values and all(map(_is_number, one.values))]
        plain = [
            one for one in fields if one not in left_out and all(len(v) >= 8 for v in one.values) and not _layouts(one)
        ]
        if plain:
            return level, plain[0]
    return None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _./-]{4,39}", text) is not None and any(map(str.isdigit, text))


def _is_word(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9*][A-Za-z0-9*_./-]{2,39}", text) is not None


def code(level: Level, *, skip: Iterable[Seen]) -> Seen | None:
    """Give the field that is most like a code."""
    left_out = list(skip)
    named = best(level.fields.values(), _CODE, skip=left_out)
    if named is not None:
        return named
    short = [one for one in level.fields.values() if one not in left_out and max(map(len, one.values)) <= 12]
    lettered = [one for one in short if all(any(map(str.isalpha, value)) for value in one.values)]
    return min(lettered, key=lambda one: len(set(one.values)) / len(one.values), default=None)


def text(level: Level, *, skip: Iterable[Seen]) -> Seen | None:
    """Give the field that is most like the carrier's words."""
    return best(level.fields.values(), _TEXT, skip=skip)


def places(level: Level, *, skip: Iterable[Seen]) -> list[Seen]:
    """Give the fields that say the place, the smallest first."""
    found: list[Seen] = []
    left_out = list(skip)
    while (one := best(level.fields.values(), _PLACE, skip=left_out)) is not None and len(found) < 4:
        left_out.append(one)
        if any(map(str.isalpha, "".join(one.values))):
            found.append(one)
    return found


def when(fields: Sequence[Seen]) -> When | None:
    """Give the time of a scan: a field that is one, or a date and a time of day together."""
    times: list[tuple[float, int, When]] = []
    for n, one in enumerate(fields):
        layouts = _layouts(one)
        if not layouts or _says(one, _ESTIMATE):
            continue
        cost = (0 if _says(one, _TIME) else 1) + (1 if _says(one, _LATER) else 0) + len(one.path) / 100
        found = When((one,), layouts[0], tuple(layouts[1:]))
        if "%H" not in layouts[0] and "%I" not in layouts[0] and not _has_hours(one):
            hours = [
                other
                for other in fields
                if other is not one and other.values and all(map(_HOURS.fullmatch, other.values))
            ]
            joined = _joined(one, hours[0]) if hours else None
            found, cost = (joined, cost) if joined else (found, cost + 0.5)
        times.append((cost, n, found))
    return min(times, key=lambda one: one[:2])[2] if times else None


def estimate(fields: Sequence[Seen]) -> When | None:
    """Give the field that is most like an estimate of delivery."""
    for one in fields:
        if _says(one, _ESTIMATE) and (layouts := _layouts(one)):
            return When((one,), layouts[0], tuple(layouts[1:]))
    return None


def _joined(day: Seen, hours: Seen) -> When | None:
    pairs = [" ".join(pair) for pair in zip(day.values, hours.values, strict=False)]
    layouts = _layouts(Seen(day.path, pairs))
    return When((day, hours), layouts[0], tuple(layouts[1:])) if layouts else None


def _has_hours(one: Seen) -> bool:
    return any(":" in value or re.fullmatch(r"\d{10}(\d{3})?", value) for value in one.values)


def _says(one: Seen, words: Iterable[str]) -> bool:
    said = {word for part in one.path for word in words_of(part)}
    return any(word in said or (word in one.name and len(word) > 3) for word in words)


def _layouts(one: Seen) -> list[str]:
    """Give the layouts that fit every value."""
    values = one.values[:50]
    if not values or not any(map(str.isdigit, values[0])):
        return []
    digits = values[0].isdigit()
    if digits and len(values[0]) not in (8, 10, 12, 13, 14):
        return []
    if digits and len(values[0]) in (8, 10, 12) and not _says(one, _TIME):
        return []
    return [layout for layout, ready in _READY if all(_fits(ready, value) for value in values)]


def _fits(layout: Layout, value: str) -> bool:
    try:
        return 2000 <= layout.read(value, _UTC).moment.year <= 2100
    except BadInstant:
        return False


_READY: Final = [(layout, layout_of(layout)) for layout in LAYOUTS]


def seen_codes(trees: Iterable[Any], levels: Path, code_path: Path, text_path: Path | None) -> dict[str, str]:
    """Give every code of the samples, with a text that came with it."""
    found: dict[str, str] = defaultdict(str)
    for item in (item for tree in trees for item in _items(tree, levels)):
        said = text_of(_at(item, code_path))
        if said is not None:
            found[said] = found[said] or (text_of(_at(item, text_path)) or "" if text_path else "")
    return dict(found)


def _items(tree: Any, path: Path) -> Iterable[Any]:
    if not path:
        return [tree]
    if path[0] == EACH:
        return [item for one in tree for item in _items(one, path[1:])] if isinstance(tree, list) else []
    return _items(tree[path[0]], path[1:]) if isinstance(tree, dict) and path[0] in tree else []


def _at(item: Any, path: Path) -> Any:
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item
