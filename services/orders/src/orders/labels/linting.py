"""Reads texts of a label or an insert for what may not be on it (R3, R4): pure, and it never fails on any text."""

import re
from collections.abc import Collection, Iterator, Mapping
from enum import Enum, auto

from orders.labels import contacts, links, payloads, phones
from orders.labels.folding import Folded, fold
from orders.labels.label import Finding
from orders.labels.phrases import REVIEW, THREAT, UNRELATED

REASONS = {
    "R4.qr": "Remove this: a label may hold no QR code, nor what encodes one or asks to scan one.",
    "R4.contact": "Remove this: the buyer reaches you through the order; a label may hold no phone number, "
    "e-mail address or account of another platform.",
    "R4.link": "Remove this: a label may hold no link. If it is none, put a space after the full stop.",
    "R4.unrelated": "Remove this: a label may hold only what is about this order.",
    "R3.review": "Remove this: you may not ask for a good review, nor offer anything for one.",
    "R3.threat": "Remove this: nothing in a parcel may threaten the buyer.",
}


class Nature(Enum):
    """What a field is there for, which decides what is ordinary in it."""

    PROSE = auto()
    NAMES = auto()  #: Names of people, streets and things: words of any kind are ordinary.
    NUMBERS = auto()  #: Digits are ordinary.
    PHONE = auto()  #: One phone number, and nothing else.


#: By the name of a field; every other one is prose.
NATURES = {
    **dict.fromkeys(("recipient", "address", "items"), Nature.NAMES),
    **dict.fromkeys(("tracking_number", "reference", "order_number", "invoice", "sku", "codes"), Nature.NUMBERS),
    "phone": Nature.PHONE,
}

PHRASES = {"R4.unrelated": re.compile(UNRELATED), "R3.review": re.compile(REVIEW), "R3.threat": re.compile(THREAT)}

Span = tuple[int, int, str]  #: Where in the original words start and end, and the rule that they break.


def lint(texts: Mapping[str, str], *, known: Collection[str] = ()) -> tuple[Finding, ...]:
    """Give what may not stand in *texts*, by name of field; *known* are the numbers of the order and its parcels."""
    return tuple(
        finding
        for field, text in texts.items()
        for finding in lint_field(field, text, NATURES.get(field, Nature.PROSE), known)
    )


def lint_field(field: str, text: str, nature: Nature, known: Collection[str] = ()) -> list[Finding]:
    """Give what may not stand in a field of that *nature*, in the order of its words."""
    if nature is Nature.PHONE:
        if not text.strip() or phones.is_phone(fold(text).text):
            return []
        found = _lint(field, text, nature, known)
        return found or [finding(field, text.strip(), "R4.unrelated", "Leave only the recipient's phone number here.")]
    return _lint(field, text, nature, known)


def praise_and_threats(field: str, text: str) -> list[Finding]:
    """Give what R3 prohibits in *text*."""
    prohibited = ("R3.review", "R3.threat")
    found = {span for folded in fold(text).windows() for rule in prohibited for span in _phrases(folded, rule)}
    spans = sorted(_one_for_the_same_words(found, within_a_rule=True))
    return [finding(field, text[start:end].strip(), rule) for start, end, rule in spans]


def finding(field: str, words: str, rule: str, reason: str | None = None) -> Finding:
    """Give a finding with the reason that its *rule* has of its own, or another one."""
    return Finding(field, words, rule, reason or REASONS[rule])


def _lint(field: str, text: str, nature: Nature, known: Collection[str]) -> list[Finding]:
    ways_out, phrases = set[Span](), set[Span]()
    for folded in fold(text).windows():
        gapless = folded.without_gaps()
        ways_out |= set(_ways_out(folded, nature, known))
        if gapless is not folded:
            ways_out |= set(_ways_out(gapless, nature, known))
        if nature is not Nature.NAMES:
            phrases |= {span for rule in PHRASES for span in _phrases(folded, rule)}
    refused = _one_for_the_same_words(ways_out) + _one_for_the_same_words(phrases, within_a_rule=True)
    return [finding(field, text[start:end].strip(), rule) for start, end, rule in sorted(refused)]


def _ways_out(folded: Folded, nature: Nature, known: Collection[str]) -> Iterator[Span]:
    """Give what leads out of the marketplace: codes, contacts and links."""
    domains = links.find(folded)
    sweeps = {
        "R4.qr": (payloads.find(folded),),
        "R4.contact": (
            contacts.find(folded, domains, names_expected=nature is Nature.NAMES),
            phones.find(folded, known, numbers_expected=nature is Nature.NUMBERS),
        ),
        "R4.link": (domains,),
    }
    for rule, found in sweeps.items():
        yield from (_in_original(folded, start, end, rule) for spans in found for start, end in spans if start < end)


def _one_for_the_same_words(found: set[Span], *, within_a_rule: bool = False) -> list[Span]:
    """Keep one finding of those that overlap: the one that covers most words, then the first of `REASONS`."""
    precedence = list(REASONS)
    kept: list[Span] = []
    for start, end, rule in sorted(found, key=lambda one: (one[0] - one[1], precedence.index(one[2]), one[0])):
        if not any(one[0] < end and start < one[1] and (one[2] == rule or not within_a_rule) for one in kept):
            kept.append((start, end, rule))
    return kept


def _phrases(folded: Folded, rule: str) -> Iterator[Span]:
    spans = links.merged(match.span() for match in PHRASES[rule].finditer(folded.text))
    return (_in_original(folded, start, end, rule) for start, end in spans if start < end)


def _in_original(folded: Folded, start: int, end: int, rule: str) -> Span:
    return folded.origin[start], folded.origin[end - 1] + 1, rule
