"""What a feed says, record by record, before anybody decides what it means for an order."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from contracts.marketplace.v1 import NoticedPackage, NoticeMeaning, NoticeParty, ReturnKind
from contracts.vocabulary import Fault, Leg, ScanStatus, TimeQuality, carrier_slug, tracking_key

MOST_RECORDS = 1_000  #: In one push.
LONGEST_NUMBER = 64


class Unparsable(Exception):
    """A push as a whole cannot be read; the sentence says why, without its content."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event record of a feed.

    A record that cannot be understood has a `problem`; the other records of its push are none the worse.
    """

    index: int  #: Number of the feed's own event record, from 0, as listed.
    tracking_number: str | None
    status: ScanStatus | None = None  #: None: a code that nobody has mapped.
    sub_status: str | None = None
    occurred_at: datetime | None = None
    time_quality: TimeQuality = TimeQuality.NONE
    raw_time: str | None = None
    raw_code: str | None = None
    raw_text: str | None = None
    place: str | None = None
    carrier: str | None = None  #: Where the payload names one.
    leg: Leg | None = None
    signed: bool = False
    attempt_no: int | None = None
    fault: Fault | None = None
    estimated_at: datetime | None = None
    record_id: str | None = None  #: The carrier's own, where it is stable.
    problem: str | None = None

    def identity(self, account: str) -> str:
        """Give what two tellings of this record share: the carrier's id, else account, number, code and time.

        Never the wording, and never the spelling of the place: carriers change both when they send a list again.
        """
        if self.record_id is not None:
            return f"{account}:{self.record_id}"[:200]
        parts = (account, tracking_key(self.tracking_number or ""), self.raw_code or "", self.raw_time or "")
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a marketplace says of orders of its own. It is about no parcel, and is no record."""

    marketplace: str  #: ``tiktok-shop``, ``lazada`` or ``shopee``.
    meaning: NoticeMeaning
    raw_status: str
    seller: str  #: The marketplace's own number of the shop.
    order_numbers: tuple[str, ...]
    happened_at: datetime
    identity: str  #: Equal for two tellings of one notice to one account.
    line: str | None = None  #: The one item of the order that it is about; None: the order.
    case: str | None = None  #: The marketplace's number of the cancellation or return.
    return_kind: ReturnKind | None = None
    by: NoticeParty | None = None
    packages: tuple[NoticedPackage, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A push as it was read; without records, `silence` says why there are none."""

    records: tuple[Record, ...]
    silence: str | None = None
    notices: tuple[Notice, ...] = ()  #: A marketplace's, where the format has such.


def clean(text: object, most: int = 300) -> str | None:
    """Give a text fit to keep: a string, without control characters, not endless; None for what is no text."""
    if not isinstance(text, str):
        return None
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text.strip()[:most].rstrip() or None


def number_of(value: object) -> str | None:
    """Give a tracking number as the feed writes it, trimmed; None for what can be none."""
    text = clean(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, 200)
    return text if text and len(text) <= LONGEST_NUMBER and 0 < len(tracking_key(text)) <= LONGEST_NUMBER else None


def slug_of(value: object) -> str | None:
    """Give a carrier's name folded, or None."""
    text = clean(value, 100)
    return carrier_slug(text) or None if text else None
