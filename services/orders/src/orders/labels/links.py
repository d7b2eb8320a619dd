"""Hyperlinks in a folded text, in all their disguises (R4)."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from publicsuffixlist import PublicSuffixList

from orders.labels.folding import Folded

SUFFIXES = PublicSuffixList(only_icann=True)

#: Endings of shops' domains that are no words: they end one however its dot is disguised.
NAME_ENDINGS = frozenset({"com", "net", "org", "xyz", "biz", "asia", "io"})
COUNTRY_ENDINGS = frozenset({"vn", "cn", "tw", "hk", "sg", "uk", "th", "ph", "jp", "ru"})
#: These are words too, of one language or another: a sentence may go on with them.
WORD_ENDINGS = frozenset(
    {"shop", "store", "online", "site", "website", "app", "link", "club", "vip", "top", "live", "info", "page"}
    | {"id", "es", "de", "mx", "my", "me", "us", "co", "ly", "pro", "tv", "eu", "fr", "it", "gd"}
)
ENDINGS = NAME_ENDINGS | COUNTRY_ENDINGS | WORD_ENDINGS
MOST_LABELS = 8  #: Of a domain; it is no longer one after more.
BY_LENGTH = sorted(ENDINGS, key=len, reverse=True)
OTHER_SCRIPTS = {"คอม": "com", "เน็ต": "net"}  #: Endings spelt as they sound.

#: What stands before a dot without being a site's name: titles, streets, forms of companies, numbers.
ABBREVIATIONS = frozenset(
    [
        "dr",
        "st",
        "mr",
        "mrs",
        "ms",
        "no",
        "nr",
        "av",
        "avda",
        "jl",
        "kec",
        "kel",
        "kab",
        "kp",
        "gg",
        "rt",
        "rw",
        "q",
        "p",
        "d",
        "tp",
        "tx",
        "ng",
        "c",
        "pza",
        "pl",
        "ud",
        "cv",
        "pt",
        "co",
        "ltd",
        "inc",
        "sl",
        "sa",
        "ref",
        "ver",
        "vol",
        "art",
        "ph",
        "tel",
        "ext",
        "apt",
        "bldg",
        "blk",
        "fl",
        "rd",
        "dept",
        "est",
        "max",
        "min",
        "approx",
        "ca",
        "c/o",
        "n",
        "t",
        "s",
        "k",
        "xom",
        "ql",
        "mt",
        "ft",
        "prof",
        "sr",
        "sra",
        "dn",
    ]
)
NO_SITES = frozenset({"asp.net", "vb.net", "ado.net"})  #: Names of things that only look like one.
SHORT_HOSTS = frozenset({"t.me", "t.co", "m.me", "x.com", "v.gd", "g.co", "b.link", "q.com", "t.cn", "s.id", "g.page"})

DOT_WORDS = r"d[o0]tt?|titik|punto|cham|punkt|ponto|point|toчka|tochka"
DOT_SIGNS = r"จุด|ดอท|ดอต|点|點"
DOTS = re.compile(
    rf"(?P<bracketed>\s*[\[({{<]\s*(?:\.|{DOT_WORDS}|{DOT_SIGNS})\s*[\])}}>]\s*)"
    rf"|(?P<worded>\s+(?:{DOT_WORDS})\s+|\s*(?:{DOT_SIGNS})\s*)"
    r"|(?P<dot>[ \t\n]{0,3}\.[ \t\n]{0,3})"
    r"|(?P<comma>,)"
)
LEFT = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|[^\W_]{1,63})\Z")
RIGHT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?![a-z0-9])|[^\W\d_]{2,63}")
SPLIT_ENDING = re.compile(r"(?:c ?o ?m|n ?e ?t|o ?r ?g|s ?h ?o ?p)(?![\w-])")
PATH = re.compile(r"(?::\d{2,5})?\s?/\s?[\w@~%?=&#+.-][^\s]*|\?\S+|:\d{2,5}\b")
GLUED = re.compile(rf"(?<![a-z0-9-])[a-z0-9][a-z0-9-]+?\s?(?:{DOT_WORDS})\s?(?:com|net|org)(?![a-z0-9])(?:/\S*)?")
SCHEME = re.compile(
    r"(?<![a-z])(?:h\s?[tx]\s?[tx]\s?p\s?s?|ftps?)\s*[:;]\s*[/\\]\s*[/\\]?\s*\S+|(?<![a-z])[a-z][a-z0-9+.-]{1,20}://\S*"
)
WWW = re.compile(r"(?<![a-z0-9])(?:w{3}|vvvvvv)\d?\s*[.,\s]\s*[a-z0-9][\w-]+(?:\s*\.\s*[a-z0-9-]+)*(?:/\S*)?")
NUMERIC_HOST = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}[:/]\w\S*|(?<![\w-])xn--[a-z0-9-]+\S*")
WORD_FOLLOWS = re.compile(r"[ \t]+[^\W\d_]")


class Dot(Enum):
    """How a dot is written."""

    BARE = auto()
    SPACE_AFTER = auto()
    SPACE_BEFORE = auto()
    BRACKETED = auto()
    WORDED = auto()
    COMMA = auto()


class Joint(NamedTuple):
    """A dot between two labels of what may be a domain."""

    left: tuple[int, int]
    right: tuple[int, int]
    dot: Dot


def find(folded: Folded) -> list[tuple[int, int]]:
    """Give where links start and end in ``folded.text``; those that overlap are one."""
    found = [match.span() for pattern in (SCHEME, WWW, NUMERIC_HOST, GLUED) for match in pattern.finditer(folded.text)]
    return merged(chain(found, _domains(folded)))


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give *spans* in order, with those that overlap made one."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _domains(folded: Folded) -> Iterator[tuple[int, int]]:
    joints = list(_joints(folded))
    for at, joint in enumerate(joints):
        for end, ending in _endings(folded, joint):
            start = _start(folded.text, joints[: at + 1], ending)
            path = PATH.match(folded.text, end)
            if start is not None and _is_link(folded, joint, start, end, ending, has_path=path is not None):
                yield start, path.end() if path else end
                break


def _joints(folded: Folded) -> Iterator[Joint]:
    text = folded.text
    for dot in DOTS.finditer(text):
        left = LEFT.search(text, max(0, dot.start() - 63), dot.start())
        right = RIGHT.match(text, dot.end())
        if left and right:
            yield Joint(left.span(), right.span(), _kind(dot))


def _kind(dot: re.Match[str]) -> Dot:
    if dot["bracketed"]:
        return Dot.BRACKETED
    if dot["worded"]:
        return Dot.WORDED
    if dot["comma"]:
        return Dot.COMMA
    if dot[0][0] != ".":
        return Dot.SPACE_BEFORE
    return Dot.SPACE_AFTER if len(dot[0]) > 1 else Dot.BARE


def _endings(folded: Folded, joint: Joint) -> Iterator[tuple[int, str]]:
    """Give where a domain may end after a dot, and with what ending."""
    start, end = joint.right
    if folded.accented.isdisjoint(range(start, end)):
        word = folded.text[start:end]
        yield end, OTHER_SCRIPTS.get(word, word)
        for sound, ending in OTHER_SCRIPTS.items():
            if word.startswith(sound):
                yield start + len(sound), ending
        if split := SPLIT_ENDING.match(folded.text, start):
            yield split.end(), split[0].replace(" ", "")
        if folded.origin[end - 1] - folded.origin[start] >= 2 * (end - 1 - start) > 0:  # set apart: others may follow
            yield from ((start + len(known), known) for known in BY_LENGTH if word.startswith(known))


def _start(text: str, joints: list[Joint], ending: str) -> int | None:
    """Give where the domain starts that the last of *joints* ends; None where it would have no name of its own."""
    name, at = ending, len(joints)
    start: int | None = None
    while at and len(joints) - at < MOST_LABELS:
        joint = joints[at - 1]
        if start is not None and (joint.right[1] < start or joint.right[0] > start):
            break
        owned = start is not None and _is_owned(name)
        if owned and joint.dot not in (Dot.BARE, Dot.BRACKETED):
            break
        start = joint.left[0]
        name, at = f"{text[slice(*joint.left)]}.{name}", at - 1
    return start if start is not None and _is_owned(name) else None


@lru_cache(maxsize=4096)
def _is_owned(name: str) -> bool:
    """Say whether *name* is under a public suffix, and not one itself."""
    return SUFFIXES.publicsuffix(name, accept_unknown=False) is not None and SUFFIXES.privatesuffix(name) is not None


def _is_link(folded: Folded, joint: Joint, start: int, end: int, ending: str, *, has_path: bool) -> bool:
    """Weigh a domain's ending against the chance that a sentence, a title or an abbreviation ends there."""
    text = folded.text
    label = text[slice(*joint.left)]
    whole = f"{label}.{ending}"
    if whole in NO_SITES or (
        label in ABBREVIATIONS and ending != "com" and start == joint.left[0] and whole not in SHORT_HOSTS
    ):
        return False
    if len(label) == 1 and start == joint.left[0] and whole not in SHORT_HOSTS:
        return False
    if label.isdigit() and ending not in ENDINGS - {"co", "me", "es", "de", "it"}:
        return False
    ends_there = WORD_FOLLOWS.match(text, end) is None
    first, last = folded.raw(joint.right[0]), folded.raw(end - 1)
    match joint.dot:
        case Dot.BARE:
            starts_sentence = first.isupper() and not last.isupper() and not ends_there
            return has_path or not _is_glue(folded, joint, ending, starts_sentence=starts_sentence)
        case Dot.BRACKETED:
            return True
        case Dot.COMMA:
            return ending in ("com", "net", "org")
        case Dot.WORDED:
            return ending in NAME_ENDINGS | COUNTRY_ENDINGS or (
                ending in ENDINGS and (has_path or ends_there or len(ending) > 2)
            )
        case Dot.SPACE_BEFORE:
            return ending in ENDINGS and (
                ends_there or has_path or ending in NAME_ENDINGS or first.islower() or last.isupper()
            )
        case Dot.SPACE_AFTER:
            calm = ends_there and not first.isupper()
            return has_path or ending in NAME_ENDINGS or (ending in ENDINGS and calm)


def _is_glue(folded: Folded, joint: Joint, ending: str, *, starts_sentence: bool) -> bool:
    """Say whether a full stop only lacks its space, as in ``by the door.No bell``, or is the Chinese one."""
    if folded.raw(joint.right[0] - 1) == "。" and not ending.isascii():
        return True
    label = folded.words(*joint.left)
    is_word = label.isalpha() and label[-1].islower()
    return starts_sentence and is_word and ending not in NAME_ENDINGS | COUNTRY_ENDINGS
