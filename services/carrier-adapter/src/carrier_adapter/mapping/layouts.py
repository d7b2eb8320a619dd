"""Layouts of times: the directives of strptime, read strictly, and numbers that count from 1970.

strptime itself takes 9 for the hour and 05 for the minute out of `20260302 0905` where seconds are missing. Here
directives that touch have their full width, so that a text fits in one way or not at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.instants import END_OF_DAY, BadInstant, local_instant, read_instant, without_leap
from contracts.vocabulary import TimeQuality

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
_DAY: Final = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"

#: What each directive reads: as it stands between other signs, and where it touches another directive.
_DIRECTIVES: Final[Mapping[str, tuple[str, str]]] = {
    "Y": (r"\d{4}", r"\d{4}"),
    "y": (r"\d{2}", r"\d{2}"),
    "m": (r"\d{1,2}", r"\d{2}"),
    "d": (r"\d{1,2}", r"\d{2}"),
    "H": (r"\d{1,2}", r"\d{2}"),
    "I": (r"\d{1,2}", r"\d{2}"),
    "M": (r"\d{2}", r"\d{2}"),
    "S": (r"\d{2}", r"\d{2}"),
    "f": (r"\d{1,9}", r"\d{1,9}"),
    "b": (_MONTH + r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?",) * 2,
    "a": (_DAY, _DAY),
    "p": (r"[ap]\.?m\.?", r"[ap]\.?m\.?"),
    "z": (r"z|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?|utc|gmt", r"z|[+-]\d{2}(?::?\d{2})?"),
    "Z": (r"[a-z]{1,6}", r"[a-z]{1,6}"),
}
_SAME_AS: Final = {"B": "b", "A": "a"}
_SHORTHANDS: Final = {"%T": "%H:%M:%S", "%R": "%H:%M", "%F": "%Y-%m-%d", "%D": "%m/%d/%y"}
_TOKEN: Final = re.compile(r"%(.)|(\s+)|([^%\s]+)", re.DOTALL)
_NUMBER: Final = re.compile(r"\d{1,17}(?:\.\d{1,9})?", re.ASCII)
_ISO: Final = r"(\d{4}-\d{2}-\d{2}[0-9TZ:., +-]*)"
_OFFSET: Final = re.compile(r"(?:utc|gmt)?([+-]?)(\d{1,2})(?::?(\d{2}))?(?::?00)?", re.ASCII | re.IGNORECASE)
_EPOCHS: Final = {"epoch-seconds": 1, "epoch-milliseconds": 1000}
_EARLIEST, _LATEST = 631_152_000, 7_258_118_400  #: 1990 and 2200: outside, no parcel was sent.
_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: Final = ("iso", *_EPOCHS)

ANYTHING: Final = "{*}"


class BadLayout(ValueError):
    """A layout that cannot be read; the sentence says what to write."""


@dataclass(frozen=True, slots=True)
class Found:
    """A time as its text said it."""

    moment: datetime
    quality: TimeQuality
    zone_letters: str | None = None  #: What %Z read.


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout, compiled."""

    kind: str  #: One of `_KINDS`, or "directives".
    pattern: re.Pattern[str] | None = None  #: None: the text is the time, and nothing else.
    directives: tuple[str, ...] = ()

    def read(self, text: str, zone: ZoneInfo) -> Found:
        """Read *text*; *zone* is for times without an offset. Raises `BadInstant`."""
        groups: tuple[str, ...] = (text,)
        if self.pattern is not None:
            found = self.pattern.fullmatch(text)
            if found is None:
                raise BadInstant("not written like that")
            groups = found.groups()
        if self.kind == "iso":
            return Found(*read_instant(groups[0], zone))
        if self.kind in _EPOCHS:
            return Found(_since_1970(groups[0], _EPOCHS[self.kind]), TimeQuality.UTC)
        return _put_together(dict(zip(self.directives, groups, strict=True)), zone)

    @property
    def counts_from_1970(self) -> bool:
        """Say whether it is a number, which has no offset and no zone."""
        return self.kind in _EPOCHS


def layout_of(text: str) -> Layout:
    """Compile a layout. Raises `BadLayout`.

    `iso`, `epoch-seconds` and `epoch-milliseconds`; or directives such as `%d-%m-%Y %H:%M`. Other text around a time
    stands as it is, around a named layout in braces: `/Date({epoch-milliseconds})/`; `{*}` stands for any text.
    """
    if text in _KINDS:
        return Layout(text)
    pieces = text.split(ANYTHING)
    timed = [n for n, piece in enumerate(pieces) if "%" in piece or any(f"{{{kind}}}" in piece for kind in _KINDS)]
    if len(timed) != 1:
        raise BadLayout(f"{text!r} is neither {', '.join(_KINDS)} nor has % directives in one piece")
    if len(pieces) > 3:  # each more would multiply the time that an odd text takes
        raise BadLayout(f"{text!r} has more than two {ANYTHING}")
    piece = pieces[timed[0]]
    kind = next((kind for kind in _KINDS if f"{{{kind}}}" in piece), "directives")
    directives: tuple[str, ...] = ()
    if kind == "directives":
        pattern, directives = _compiled(piece.strip() if len(pieces) == 1 else piece)
    else:
        before, _, after = piece.partition(f"{{{kind}}}")
        pattern = re.escape(before) + (_ISO if kind == "iso" else f"({_NUMBER.pattern})") + re.escape(after)
    parts = [pattern if n == timed[0] else re.escape(one) for n, one in enumerate(pieces)]
    flags = re.DOTALL | re.IGNORECASE | re.ASCII
    return Layout(kind, re.compile(".*?".join(parts), flags), directives)


def _compiled(layout: str) -> tuple[str, tuple[str, ...]]:
    for short, long in _SHORTHANDS.items():
        layout = layout.replace(short, long)
    tokens = [(_SAME_AS.get(one, one), other) for one, _, other in _TOKEN.findall(layout)]
    pattern, directives = "", []
    for n, (directive, signs) in enumerate(tokens):
        if not directive:
            pattern += re.escape(signs) if signs else r"\s+"
            continue
        if directive not in _DIRECTIVES:
            raise BadLayout(f"{layout!r}: there is no %{directive}; use {', '.join('%' + one for one in _DIRECTIVES)}")
        touches = any(0 <= m < len(tokens) and tokens[m][0] for m in (n - 1, n + 1))
        pattern += f"({_DIRECTIVES[directive][touches]})"
        directives.append(directive)
    if len(set(directives)) < len(directives):
        raise BadLayout(f"{layout!r} names a part twice")
    if not {"m", "b"} & set(directives) or "d" not in directives or not {"Y", "y"} & set(directives):
        raise BadLayout(f"{layout!r} has no day, month and year")
    if ("I" in directives) is not ("p" in directives):
        raise BadLayout(f"{layout!r}: %I (1 to 12) and %p (AM or PM) go together")
    return pattern, tuple(directives)


def _since_1970(text: str, per_second: int) -> datetime:
    if not _NUMBER.fullmatch(text):
        raise BadInstant("no number")
    number, _, fraction = text.partition(".")
    whole, part = divmod(int(number), per_second)
    # A number a thousand times too large or small is one of the other unit, and nobody guesses.
    if not _EARLIEST <= whole <= _LATEST:
        raise BadInstant("a year that no parcel was sent in")
    micros = part * (1_000_000 // per_second) + int(fraction.ljust(9, "0")) // (1000 * per_second)
    return _1970 + timedelta(seconds=whole, microseconds=micros)


def _put_together(parts: dict[str, str], zone: ZoneInfo) -> Found:
    year = int(parts["Y"]) if "Y" in parts else 2000 + int(parts["y"])
    month = int(parts["m"]) if "m" in parts else _MONTHS.index(parts["b"][:3].lower()) + 1
    hour = parts.get("H") or parts.get("I")
    if hour is None:
        moment, _ = local_instant(year, month, int(parts["d"]), *END_OF_DAY, None, zone)
        return Found(moment, TimeQuality.DATE_ONLY)
    hours = int(hour)
    if "I" in parts:
        if not 1 <= hours <= 12:
            raise BadInstant("no such hour")
        hours = hours % 12 + (12 if parts["p"][0] in "pP" else 0)
    offset = normal_offset(parts["z"]) if "z" in parts else None
    micro = int(parts.get("f", "0")[:6].ljust(6, "0"))
    second = without_leap(int(parts.get("S", 0)))
    moment, quality = local_instant(
        year, month, int(parts["d"]), hours, int(parts.get("M", 0)), second, micro, offset, zone
    )
    return Found(moment, quality, parts.get("Z"))


def normal_offset(text: str) -> str:
    """Give an offset, however it is written (-5, +0800, 08:00, UTC+8), as +hh:mm or Z. Raises `BadInstant`."""
    text = text.strip()
    if text.lower() in ("z", "utc", "gmt"):
        return "Z"
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise BadInstant("no offset from UTC")
    return f"{found[1] or '+'}{int(found[2]):02d}:{found[3] or '00'}"
