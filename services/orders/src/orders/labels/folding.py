"""Text as a reader sees it: without the disguises of width, accents, invisible characters and look-alikes."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

#: Letters of other scripts, and signs, that look like a Latin letter or like punctuation.
LOOKALIKES = str.maketrans(
    "аеорсухіѕјкмтвнгԁԛԝһӏαεορνιτκχυıđøł。․‧·•∙⋅●○∘۔।∕⁄╱⧸‐‑‒–—―−﹣՚’‘ʼ`´：︰∶꞉",
    "aeopcyxisjkmtbhrdqwhlaeopvitkxyidol............////--------''''''::::",
)
MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]")
ACCENTS = re.compile("[\u0300-\u0333]")  #: Those that languages write; the others only cross letters out.
UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0")
LETTERED = ((0x1F1E6, 26), (0x1F150, 26), (0x1F170, 26))  #: Flags' and boxes' letters, which NFKD leaves alone.

#: Letters set apart one by one: ``c u p c o``, ``c*u*p*c*o . c*o``.
SPACED = re.compile(r"(?<!\w)[^\W_](?:[ *_~|]{1,3}(?:[^\W_](?![^\W_])|[.@/:-])){2,}")
GAP = " *_~|"
WINDOW, OVERLAP = 600, 300  #: Characters of a text that are read at a time, and how many of them again with the next.


@lru_cache(maxsize=65_536)
def _fold_character(character: str) -> tuple[str, bool]:
    """Give what a character is folded to, and whether it loses an accent by it."""
    for first, count in LETTERED:
        if first <= ord(character) < first + count:
            return chr(ord("a") + ord(character) - first), False
    folded, accented = [], False
    for part in unicodedata.normalize("NFKD", character):
        category = unicodedata.category(part)
        if MARKS.match(part):
            accented = accented or ACCENTS.match(part) is not None
        elif part == "\n" or part.isspace():
            folded.append("\n" if part == "\n" else " ")
        elif category in ("Cf", "Cc") or part in UNSEEN:
            continue
        elif category == "Nd":
            folded.append(str(unicodedata.digit(part)))
        else:
            folded.append(part.lower().replace("ß", "ss").translate(LOOKALIKES))
    return "".join(folded), accented and bool(folded)


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text that knows where in the original each of its characters stands."""

    original: str
    text: str
    origin: tuple[int, ...]  #: By character of *text*, its index in *original*.
    accented: frozenset[int]  #: The characters of *text* that had an accent.

    def words(self, start: int, end: int) -> str:
        """Give the original's words behind ``text[start:end]``."""
        return self.original[self.origin[start] : self.origin[end - 1] + 1].strip() if end > start else ""

    def raw(self, at: int) -> str:
        """Give the original's character behind ``text[at]``."""
        return self.original[self.origin[at]]

    def windows(self) -> "Iterator[Folded]":
        """Give a long text in pieces that overlap and end between words, so that reading it takes linear time."""
        start, length = 0, len(self.text)
        while True:
            end = (
                length
                if start + WINDOW >= length
                else self._between_words(start + WINDOW, start + WINDOW - OVERLAP // 2)
            )
            characters = range(start, end)
            accented = frozenset(at - start for at in characters if at in self.accented)
            yield Folded(self.original, self.text[start:end], self.origin[start:end], accented)
            if end == length:
                return
            start = self._between_words(end - OVERLAP // 2, end - OVERLAP)

    def _between_words(self, at: int, earliest: int) -> int:
        return next((place for place in range(at, earliest, -1) if self.text[place - 1].isspace()), at)

    def without_gaps(self) -> "Folded":
        """Give the text with letters that are set apart one by one pulled together."""
        keep = bytearray(b"\x01" * len(self.text))
        for run in SPACED.finditer(self.text):
            for at in range(run.start(), run.end()):
                keep[at] = run.string[at] not in GAP
        if all(keep):
            return self
        kept = [at for at, stays in enumerate(keep) if stays]
        return Folded(
            self.original,
            "".join(self.text[at] for at in kept),
            tuple(self.origin[at] for at in kept),
            frozenset(new for new, old in enumerate(kept) if old in self.accented),
        )


def fold(text: str) -> Folded:
    """Fold *text*: NFKD, lower case, ASCII digits, Latin letters without accents and for their look-alikes."""
    characters: list[str] = []
    origin: list[int] = []
    accented: set[int] = set()
    for at, character in enumerate(text):
        folded, bare = _fold_character(character)
        if bare:
            accented.add(len(characters))
        elif characters and ACCENTS.match(character):
            accented.add(len(characters) - 1)
        characters.extend(folded)
        origin.extend([at] * len(folded))
    return Folded(text, "".join(characters), tuple(origin), frozenset(accented))


def plain(text: str) -> str:
    """Give the letters and digits of *text* alone, folded: what is left to compare of a name or a number."""
    return "".join(character for character in fold(text).text if character.isalnum())
