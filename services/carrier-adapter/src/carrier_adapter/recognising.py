"""Which format a feed file is in: the one that understands most of it, or whose field names a broken file has."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from carrier_adapter.conformance.samples import examples_of
from carrier_adapter.formats.format import Format
from carrier_adapter.formats.record import Feed, Record, Unparsable
from carrier_adapter.formats.strict_json import read_json

FEWEST_FIELDS: Final = 3  #: Fewer names say nothing: every feed has a status.

_FIELD: Final = re.compile(rb'"([^"\\]{1,60})"\s*:')


@dataclass(frozen=True, slots=True)
class Guess:
    """A format that takes a file for its own."""

    format: Format
    feed: Feed

    @property
    def understood(self) -> int:
        """Give how many of its records, or of a marketplace's notices, would count."""
        return sum(record.problem is None for record in self.feed.records) + len(self.feed.notices)

    @property
    def is_one(self) -> bool:
        """Say whether it can be meant: a format that finds neither a number nor a code it knows was not sent."""
        told = any(record.tracking_number is not None or record.status is not None for record in self.feed.records)
        return told or bool(self.feed.notices) or not self.feed.records

    @property
    def rank(self) -> tuple[int, int, int]:
        """Give what the best guess has most of: records understood, few others, and what is known of them."""
        records = self.feed.records
        return self.understood, -sum(record.problem is not None for record in records), sum(map(_details, records))


def _details(record: Record) -> int:
    known = (record.tracking_number, record.occurred_at, record.raw_code, record.raw_text, record.place)
    more = (record.carrier, record.record_id, record.leg, record.estimated_at, record.signed or None)
    return sum(one is not None for one in (*known, *more))


def guesses(formats: Iterable[Format], body: bytes, zone: ZoneInfo) -> list[Guess]:
    """Give the formats that take *body* for theirs, the best first; among equals, as they are listed."""
    found = []
    for one in formats:
        try:
            found.append(Guess(one, one.parse(body, zone)))
        except Unparsable:
            continue
    return sorted((guess for guess in found if guess.is_one), key=lambda guess: guess.rank, reverse=True)


def resembling(formats: Iterable[Format], body: bytes) -> Format | None:
    """Give the format whose examples have most of the field names of a broken JSON body; None where too few do."""
    named = set(_FIELD.findall(body))
    if len(named) < FEWEST_FIELDS or _is_json(body):
        return None
    shared = [(len(named & set(_FIELD.findall(b"\n".join(examples_of(one.name))))), one) for one in formats]
    most, best = max(shared, key=lambda found: found[0])
    return best if most > len(named) / 2 else None


def _is_json(body: bytes) -> bool:
    try:
        read_json(body)
    except Unparsable:
        return False
    return True
