"""Puts numbers into a sample push that exist nowhere, so that a run touches no parcel and no order. Pure."""

import random
import string
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.record import Unparsable


def with_fresh_numbers(sample: bytes, fmt: Format, chance: random.Random) -> bytes:
    """Give the sample with each of its tracking and order numbers replaced by one of equal length and alphabet.

    A number keeps its letters where it has six digits or more. A sample that cannot be read is given as it is.
    """
    try:
        feed = fmt.parse(sample, ZoneInfo("UTC"))
    except Unparsable:
        return sample
    tracked = (record.tracking_number for record in feed.records if record.tracking_number)
    ordered = (number for notice in feed.notices for number in notice.order_numbers)
    for number in _longest_first({*tracked, *ordered}):
        sample = sample.replace(number.encode(), _fresh(number, chance).encode())
    return sample


def _longest_first(numbers: Iterable[str]) -> list[str]:
    """Order them so that one that is part of another does not spoil it."""
    return sorted(numbers, key=lambda number: (-len(number), number))


def _fresh(number: str, chance: random.Random) -> str:
    keeps_letters = sum(letter.isdigit() for letter in number) >= 6
    made = []
    for place, letter in enumerate(number):
        if letter.isascii() and letter.isdigit():
            made.append(chance.choice("123456789" if place == 0 else string.digits))
        elif letter.isascii() and letter.isalpha() and not keeps_letters:
            made.append(chance.choice(string.ascii_uppercase if letter.isupper() else string.ascii_lowercase))
        else:
            made.append(letter)
    return "".join(made)
