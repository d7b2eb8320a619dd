"""The status table of a mapping: from a code, perhaps of several parts, to what it means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from carrier_adapter.mapping.document import FOLDED, Meaning, folded
from contracts.vocabulary import ScanStatus as S

ANY: Final = "*"
REMEMBERED: Final = 4096  #: Codes whose meaning is kept at hand; a feed whose codes hold names has no end of them.

#: What a word for the way out means on the way back; what is not here means the same on both.
ON_THE_WAY_BACK: Final[Mapping[S, tuple[S, str]]] = {
    S.DELIVERED: (S.RETURNED, "to_seller"),
    S.OUT_FOR_DELIVERY: (S.RETURNING, "other"),
    S.ATTEMPT_FAILED: (S.RETURNING, "other"),
    S.UNDELIVERABLE: (S.RETURNING, "other"),
    S.READY_FOR_PICKUP: (S.RETURNING, "other"),
}

_BETWEEN: Final = re.compile(r"(?<!\\)/")
_STAR: Final = re.compile(r"(?<!\\)\*")
_ESCAPED: Final = re.compile(r"\\([\\/*])")

Answer = tuple[bool, Meaning | None]  #: Whether a code is known, and what it means.


def parts_of(key: str, most: int) -> list[str]:
    r"""Give the parts of a table's key; a slash in a part is written ``\/``, one in a code of one part as it is."""
    return _BETWEEN.split(key) if most > 1 else [key]


@dataclass(frozen=True, slots=True)
class _Glob:
    """A text with a * in it, matched piece by piece: in one pass, whatever a sender writes."""

    pieces: tuple[str, ...]

    def fits(self, text: str) -> bool:
        first, *middle, last = self.pieces
        at, end = len(first), len(text) - len(last)
        if at > end or not text.startswith(first) or not text.endswith(last):
            return False
        for piece in middle:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A key in which * stands for any text."""

    parts: tuple[_Glob | str | None, ...]  #: None: any.
    rank: tuple[object, ...]
    meaning: Meaning | None

    def fits(self, code: Sequence[str]) -> bool:
        if len(self.parts) > len(code):
            return False
        for said, part in zip(self.parts, code, strict=False):
            if isinstance(said, str):
                if said != part:
                    return False
            elif said is not None and not said.fits(part):
                return False
        return True


class StatusTable:
    """Codes and their meanings.

    The more parts of a key are said, the more it counts, a part with a * in it less than one without; among equals,
    the one whose earlier parts are said, then the one that says more letters. A key with fewer parts than the code
    stands for every code that begins with it.
    """

    def __init__(self, table: Mapping[str, Meaning | None], most_parts: int = 9) -> None:
        self._whole: dict[tuple[str, ...], Meaning | None] = {}
        patterns = []
        for key, meaning in table.items():
            parts = [_part(part) for part in parts_of(key, most_parts)]
            if all(isinstance(part, str) for part in parts):
                self._whole[tuple(str(part) for part in parts)] = meaning
            else:
                patterns.append(_Pattern(tuple(parts), _rank(parts, key), meaning))
        self._patterns = sorted(patterns, key=lambda one: one.rank)
        self._remembered: dict[tuple[str, ...], Answer] = {}

    def meaning_of(self, parts: Sequence[str]) -> Answer:
        """Say whether the table knows a code (its parts, in order), and what it means."""
        asked = tuple(parts)
        answer = self._remembered.get(asked)
        if answer is None:
            answer = self._look_up(tuple(folded(part) for part in parts))
            if len(self._remembered) < REMEMBERED:
                self._remembered[asked] = answer
        return answer

    def _look_up(self, code: tuple[str, ...]) -> Answer:
        whole = next((code[:n] for n in range(len(code), 0, -1) if code[:n] in self._whole), None)
        pattern = next((one for one in self._patterns if one.fits(code)), None)
        if whole is not None and (pattern is None or _rank(whole, "")[:3] <= pattern.rank[:3]):
            return True, self._whole[whole]
        return (True, pattern.meaning) if pattern is not None else (False, None)


def _part(text: str) -> _Glob | str | None:
    pieces = [FOLDED.sub(" ", _ESCAPED.sub(r"\1", piece)).casefold() for piece in _STAR.split(text.strip())]
    if len(pieces) == 1:
        return pieces[0]
    return _Glob(tuple(pieces)) if any(pieces) else None


def _rank(parts: Sequence[object], key: str) -> tuple[object, ...]:
    """Give what sorts the more telling key first."""
    said = sum(isinstance(part, str) for part in parts)
    partly = sum(isinstance(part, _Glob) for part in parts)
    return (
        -said,
        -partly,
        tuple(0 if isinstance(part, str) else 1 if part is not None else 2 for part in parts),
        -len(key),
    )
