"""What `carrier-adapter` says: one event for each record of a carrier's feed, and how far it has got."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.event import Event
from contracts.vocabulary import Fault, Leg, ScanStatus, TimeQuality


class ScanReported(Event):
    """A carrier's record, normalised. `orders` decides what it means for a parcel."""

    stream: ClassVar[str] = "SCANS"
    subjects: ClassVar[tuple[str, ...]] = ("scans.v1.reported",)

    scan_id: UUID  #: The record's own id: the same however often its push is read again.
    push_id: UUID
    account: str  #: The carrier account whose endpoint it came in by.
    carrier: str  #: Slug of the carrier that the payload names, else of the account's carrier.
    tracking_number: str  #: As `tracking_key` folds it.
    identity: str  #: Equal for two tellings of one record: the carrier's record id, else a digest of its content.
    status: ScanStatus
    sub_status: str | None = None
    leg: Leg | None = None  #: Where the source says it.
    scanned_at: AwareDatetime | None = None  #: The instant, as the feed's zone convention gives it; unclamped.
    time_quality: TimeQuality
    raw_time: str | None = None
    received_at: AwareDatetime  #: When the push was committed.
    raw_code: str | None = None
    raw_text: str | None = None
    place: str | None = None
    signed: bool = False  #: The record carries, or is, the recipient's signature (R7).
    attempt_no: int | None = None  #: Where the feed numbers its delivery attempts (R8).
    fault: Fault | None = None
    estimated_at: AwareDatetime | None = None  #: The carrier's own estimate of delivery.


class ScanQuarantined(Event):
    """A record, or a whole push, that could not be understood; it waits in the adapter's quarantine."""

    stream: ClassVar[str] = "SCANS"
    subjects: ClassVar[tuple[str, ...]] = ("scans.v1.quarantined",)

    scan_id: UUID
    push_id: UUID
    account: str
    identity: str
    reason: str  #: ``unparsable``, ``unmapped_code``, …; never the content.
    received_at: AwareDatetime


class Watermark(Event):
    """Every push accepted before `through` has been read, and its records are among the first `records` put out.

    Not a fact but a level: only the newest counts, so it is published as it is, past the outbox. A reader that has
    seen at least `records` records may rely on `through`, whatever order they came in.
    """

    stream: ClassVar[str] = "SCANS"
    subjects: ClassVar[tuple[str, ...]] = ("scans.v1.watermark",)

    through: AwareDatetime
    records: int


class FeedLinked(Event):
    """A carrier account was added, enabled or disabled, or linked to other shops: a level, of which the last counts."""

    stream: ClassVar[str] = "SCANS"
    subjects: ClassVar[tuple[str, ...]] = ("scans.v1.feed_linked",)

    account: str
    carrier: str
    enabled: bool
    shops: list[UUID] | None = None  #: Whose 3PL it is; None: the whole marketplace's.


class FeedTrouble(StrEnum):
    """What is wrong with a carrier's feed as a whole."""

    SILENT = "silent"  #: Nothing has come for longer than this account is ever silent.
    EVERYTHING_REJECTED = "everything_rejected"  #: Pushes come, and none has a right signature.


class FeedAlarmed(Event):
    """A feed is in trouble, or no longer is; said once when it begins and once when it is over."""

    stream: ClassVar[str] = "SCANS"
    subjects: ClassVar[tuple[str, ...]] = ("scans.v1.feed_alarmed",)

    account: str
    carrier: str
    trouble: FeedTrouble
    over: bool = False
    last_push_at: AwareDatetime | None = None  #: The last genuine one.
    reasons: dict[str, int] = {}  #: Rejected signatures by reason, since that push.
