"""Phone numbers in a folded text, and the figures on a label that only look like one (R4)."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

import phonenumbers

from orders.labels.folding import Folded
from orders.labels.links import merged
from orders.labels.vocabulary import DIGIT_WORDS, PHONE_CUES

#: Where a number that starts with 0 may ring.
REGIONS = ("GB", "ID", "TH", "VN", "MY", "PH", "TW", "JP", "CN", "DE", "FR", "IT")
#: How numbers that start with no 0 are written, and where they ring.
WRITTEN = (
    (re.compile(r"\(?[2-9]\d\d\)?[ .-]{1,2}\d{3}[ .-]\d{4}"), "US"),
    (re.compile(r"[6789]\d\d[ .-](?:\d{3}[ .-]\d{3}|\d\d[ .-]\d\d[ .-]\d\d)"), "ES"),
    (re.compile(r"[67]\d{8}"), "ES"),
    (re.compile(r"1[3-9]\d(?:[ .-]?\d{4}){2}"), "CN"),
)
FEWEST, MOST = 7, 15  #: Digits of a phone number, ITU-T E.164.

#: What is a figure for sure: ISBN, dates, times, sums of money, sizes.
FIGURES = re.compile(
    r"97[89](?:[ -]?\d){10}(?!\d)"
    r"|(?<!\d)\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)(?![\d./-]*\d)(?:,?\s+\d{1,2}[:.]\d\d)?"
    r"|(?<!\d)(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2}(?![\d./-])"
    r"|(?<!\d)\d{1,2}[.:]\d\d\s*-\s*\d{1,2}[.:]\d\d(?!\d)"
    r"|(?:rp|idr|vnd|thb|usd|eur|gbp|cny|rmb|[$€£¥₫฿])\.?\s*\d[\d.,]*"
    r"|(?<!\d)[1-9]\d{0,2}(?:[.,]\d{3})+(?:[.,]\d\d)?\s*(?:d|vnd|dong|k|rp|บาท|元|eur|€|₫|฿)(?![a-z0-9])"
    r"|\d+(?:[.,]\d+)?\s*[x×*]\s*\d+(?:[.,]\d+)?(?:\s*[x×*]\s*\d+(?:[.,]\d+)?)?"
)
#: Letters in a number, in the place of the digits that they look like.
MOCK_DIGITS = re.compile(r"(?<![a-z0-9])(?=[oil|]*\d)[\doil|]{3,}(?![a-z0-9])")
DIGITS_MEANT = str.maketrans("oil|", "0111")
DIGITS = r"\(?\d(?:[\s().\-/_*]{0,3}\d){%d,18}(?!\w)"
NUMBER = re.compile(r"(?<!\w)(?<!\w[-/._#])(?<![+])" + DIGITS % (FEWEST - 1))
INTERNATIONAL = re.compile(r"(?<![\d+])(?:\+\s{0,2}\d|(?<![\w./-])00[1-9])(?:[\s().\-/_*]{0,3}\d){6,13}(?!\d)")
CUED = re.compile(
    rf"(?:{PHONE_CUES})[^\w+(]{{0,4}}(?:(?:us|at|al|so|ke|no|ที่|เบอร์|号|号码)\W{{1,3}})?(?P<number>\+?{DIGITS % 5})"
)
GROUP = re.compile(r"\S+")
SPELT = re.compile(rf"(?<![a-z0-9])(?:(?:{DIGIT_WORDS}|\d+)[\s.,-]{{0,3}}){{3,}}(?<![\s.,-])(?![a-z0-9])")
WORDS = re.compile(DIGIT_WORDS)
HAN_DIGITS = frozenset("零〇一幺二两三四五六七八九")
HAN = re.compile(r"[零〇一幺二两三四五六七八九0-9]{8,15}")


def find(folded: Folded, known: Collection[str] = (), *, numbers_expected: bool = False) -> list[tuple[int, int]]:
    """Give where phone numbers start and end in ``folded.text``.

    *known* numbers, those of the order and its parcels, are none; where *numbers_expected*, as in a reference, digits
    without a separator are one only after a ``+`` or a word such as "call".
    """
    text = MOCK_DIGITS.sub(lambda token: token[0].translate(DIGITS_MEANT), folded.text)
    text = FIGURES.sub(lambda figure: "\0" * len(figure[0]), text)
    for number in known:
        text = text.replace(number.lower(), "\0" * len(number)) if number else text
    return merged(_phones(text, numbers_expected=numbers_expected))


def _phones(text: str, *, numbers_expected: bool) -> Iterator[tuple[int, int]]:
    for match in INTERNATIONAL.finditer(text):
        yield match.span()
    for match in CUED.finditer(text):
        if len(_digits(match["number"])) <= MOST:
            yield match.span("number")
    for match in NUMBER.finditer(text):
        yield from _ringing(match, numbers_expected=numbers_expected)
    for match in SPELT.finditer(text):
        spelt = len(WORDS.findall(match[0]))
        if spelt >= 2 and FEWEST < spelt + len(_digits(match[0])) <= MOST:
            yield match.span()
    for match in HAN.finditer(text):
        if len(HAN_DIGITS & set(match[0])) >= 3:
            yield match.span()


def _ringing(figures: re.Match[str], *, numbers_expected: bool) -> Iterator[tuple[int, int]]:
    """Give the phone among *figures*: all of them, or those that are left without others at either end."""
    groups = [(figures.start() + group.start(), figures.start() + group.end()) for group in GROUP.finditer(figures[0])]
    for first in range(len(groups)):
        for last in range(len(groups) - 1, first - 1, -1):
            start, end = groups[first][0], groups[last][1]
            written = figures.string[start:end]
            if len(_digits(written)) <= MOST and not (numbers_expected and written.isdigit()) and _rings(written):
                yield start, end
                return


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


@lru_cache(maxsize=4096)
def _rings(written: str) -> bool:
    """Say whether a number without its country is one that rings in a country of ours."""
    digits = _digits(written)
    if len(digits) <= FEWEST + (written == digits):
        return False
    if digits.startswith("0") and not digits.startswith("00"):
        return any(_is_valid(digits, region) for region in REGIONS)
    return any(form.fullmatch(written) and _is_valid(digits, region) for form, region in WRITTEN)


def _is_valid(digits: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False


def is_phone(text: str) -> bool:
    """Say whether *text* is a phone number and nothing else, in any writing."""
    return re.fullmatch(r"\+?[\d\s().\-/]*", text) is not None and FEWEST - 1 <= len(_digits(text)) <= MOST
