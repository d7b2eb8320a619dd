"""What became of a parcel: a fold of its evidence, the same whatever order the evidence came in.

Evidence is sorted by when it happened, equal times by how far along they are, then by content; never by arrival. Place
moves the parcel, condition and note do not. What rules concluded (D3, D4, D10, R9) is evidence too, at its due time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.orders.v1 import ParcelState
from contracts.vocabulary import PHYSICAL, Leg, ScanStatus
from orders.order import DerivedMark, Evidence, Mark

FUTURE_TOLERANCE = timedelta(minutes=15)  #: A time further ahead of its receipt than this is not believed.

#: How far along a record is, for two that bear the same time.
RANK = {
    ScanStatus.PRE_TRANSIT: 1,
    ScanStatus.PICKED_UP: 2,
    ScanStatus.IN_TRANSIT: 3,
    ScanStatus.OUT_FOR_DELIVERY: 4,
    ScanStatus.ATTEMPT_FAILED: 5,
    ScanStatus.READY_FOR_PICKUP: 6,
    ScanStatus.UNDELIVERABLE: 7,
    ScanStatus.DELIVERED: 8,
    ScanStatus.RETURNING: 9,
    ScanStatus.RETURNED: 10,
    ScanStatus.LOST: 11,
    ScanStatus.DESTROYED: 12,
}
MARK_RANK = 20  #: What a rule concluded at an instant comes after what was scanned at it.

#: Places that show that somebody moves the parcel: they end a carrier's delay and find a lost parcel again. A failed
#: attempt is not among them: it is what R8 counts.
MOVEMENTS = PHYSICAL - {ScanStatus.ATTEMPT_FAILED, ScanStatus.DESTROYED, ScanStatus.DAMAGED}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the fold needs to know of the order that a parcel belongs to."""

    signature_needed: bool  #: Ship by TikTok (R7).
    zone: ZoneInfo  #: Whose days count attempts where a feed has no ``out_for_delivery`` (R8).
    attempts_before_lost: Callable[[str], int]  #: By carrier slug.


def happened_at(evidence: Evidence) -> datetime:
    """Give the instant that counts: the scan's own, or that of its receipt where there is none to believe."""
    scanned, received = evidence.scanned_at, evidence.received_at
    if scanned is None or scanned > received + FUTURE_TOLERANCE:
        return received
    return scanned


@dataclass(slots=True)
class _Track:
    """A parcel while it is folded: the fields of `ParcelState`, and what only the fold needs."""

    place: ScanStatus | None = None
    place_at: datetime | None = None
    first_physical_at: datetime | None = None
    collected_at: datetime | None = None
    moved_at: datetime | None = None
    attempts: int = 0
    delivered_at: datetime | None = None
    awaiting_signature_at: datetime | None = None
    unsigned: bool = False
    returning_at: datetime | None = None
    returned_at: datetime | None = None
    delayed_at: datetime | None = None
    carrier_delay: bool = False
    lost_at: datetime | None = None
    damaged_at: datetime | None = None
    closed_at: datetime | None = None
    estimated_at: datetime | None = None

    proof: bool = False
    ever_out: bool = False
    out_since_attempt: bool = True
    attempt_day: date | None = None


_STATE_FIELDS = tuple(name for name in ParcelState.model_fields if name not in ("number", "carrier"))


def fold(
    number: int, carrier: str | None, evidence: Iterable[Evidence], marks: Iterable[DerivedMark], terms: Terms
) -> ParcelState:
    """Give the state of parcel *number* from all its evidence and marks, in whatever order they are given."""
    timeline: list[tuple[tuple[datetime, int, str, str, str, str], Evidence | DerivedMark]] = []
    for scan in evidence:
        rank = RANK.get(scan.status, 0)
        key = (happened_at(scan), rank, scan.status.value, scan.sub_status or "", scan.carrier, scan.identity)
        timeline.append((key, scan))
    timeline.extend(((mark.at, MARK_RANK, mark.mark.value, "", "", ""), mark) for mark in marks)
    timeline.sort(key=lambda entry: entry[0])

    track = _Track()
    for (at, *_), entry in timeline:
        if isinstance(entry, Evidence):
            _take_scan(track, entry, at, terms)
        else:
            _take_mark(track, entry.mark, at)
    return ParcelState.model_construct(
        number=number, carrier=carrier, **{name: getattr(track, name) for name in _STATE_FIELDS}
    )


def _take_scan(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    status = scan.status
    if scan.estimated_at is not None:
        track.estimated_at = scan.estimated_at
    if status in PHYSICAL and track.first_physical_at is None and scan.leg is not Leg.RETURN:
        track.first_physical_at = at
    match status:
        case ScanStatus.NOTE:
            _take_note(track, scan, at)
        case ScanStatus.DELAYED:
            track.carrier_delay = True
        case ScanStatus.DAMAGED:
            track.damaged_at = track.damaged_at or at
        case ScanStatus.ON_HOLD | ScanStatus.UNKNOWN | ScanStatus.CANCELLED:
            pass
        case _:
            _take_place(track, scan, at, terms)


def _take_note(track: _Track, scan: Evidence, at: datetime) -> None:
    if scan.sub_status == "problem_resolved":
        track.carrier_delay = False
    elif scan.sub_status == "proof_added":
        _take_proof(track, at)


def _take_proof(track: _Track, at: datetime) -> None:
    track.proof = True
    if track.awaiting_signature_at is not None:
        track.delivered_at, track.awaiting_signature_at = at, None


def _take_place(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    status = scan.status
    if track.returned_at is not None or track.place is ScanStatus.DESTROYED:
        return
    there = track.delivered_at is not None or track.awaiting_signature_at is not None
    if track.returning_at is not None:
        _take_return(track, scan, at, terms)
    elif there and status is ScanStatus.DELIVERED:
        if scan.signed or scan.sub_status == "signed":
            _take_proof(track, at)
    elif status is ScanStatus.RETURNED:
        _move(track, status, at)
        track.returning_at, track.returned_at = track.returning_at or at, at
        track.awaiting_signature_at = None
    elif status is ScanStatus.RETURNING or (scan.leg is Leg.RETURN and status in PHYSICAL):
        _move(track, ScanStatus.RETURNING, at)
        track.returning_at, track.awaiting_signature_at = at, None
    elif not there:
        _take_outbound(track, scan, at, terms)


def _take_return(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    """On the way back: it arrives with the seller, or, where the source says so, goes out again."""
    if scan.leg is Leg.OUTBOUND and scan.status is ScanStatus.DELIVERED:
        track.returning_at = None
        _take_outbound(track, scan, at, terms)
    elif scan.status in (ScanStatus.RETURNED, ScanStatus.DELIVERED):
        _move(track, ScanStatus.RETURNED, at)
        track.returned_at = at
    elif scan.status in (ScanStatus.LOST, ScanStatus.DESTROYED):
        track.place, track.place_at, track.lost_at = scan.status, at, at
    elif scan.status in MOVEMENTS:
        track.moved_at, track.lost_at, track.carrier_delay = at, None, False


def _take_outbound(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    status = scan.status
    if status is ScanStatus.ATTEMPT_FAILED and scan.sub_status == "refused":
        status = ScanStatus.UNDELIVERABLE
    match status:
        case ScanStatus.PRE_TRANSIT:
            if track.first_physical_at is None:
                track.place, track.place_at = status, at
        case ScanStatus.LOST:
            track.place, track.place_at, track.lost_at = status, at, track.lost_at or at
        case ScanStatus.DESTROYED:
            track.place, track.place_at, track.lost_at = status, at, track.lost_at or at
        case ScanStatus.ATTEMPT_FAILED:
            _take_attempt(track, scan, at, terms)
        case ScanStatus.DELIVERED:
            _move(track, status, at)
            if terms.signature_needed and not (scan.signed or scan.sub_status == "signed" or track.proof):
                track.awaiting_signature_at = at
            else:
                track.delivered_at = at
        case _:
            _move(track, status, at)
            if status is ScanStatus.PICKED_UP:
                track.collected_at = track.collected_at or at
            elif status is ScanStatus.OUT_FOR_DELIVERY:
                track.ever_out = track.out_since_attempt = True


def _move(track: _Track, status: ScanStatus, at: datetime) -> None:
    track.place, track.place_at, track.moved_at = status, at, at
    track.carrier_delay = False
    track.lost_at = None


def _take_attempt(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    """R8: one between two ``out_for_delivery``, else one a local day, unless the feed numbers them."""
    track.place, track.place_at, track.carrier_delay = scan.status, at, False
    day = at.astimezone(terms.zone).date()
    if scan.attempt_no is not None:
        counts = scan.attempt_no > track.attempts
    elif track.ever_out:
        counts = track.out_since_attempt
    else:
        counts = day != track.attempt_day
    track.out_since_attempt, track.attempt_day = False, day
    if counts:
        track.attempts = scan.attempt_no or track.attempts + 1
        if track.attempts >= terms.attempts_before_lost(scan.carrier):
            track.lost_at = at


def _take_mark(track: _Track, mark: Mark, at: datetime) -> None:
    arrived = track.delivered_at is not None
    settled = arrived or track.awaiting_signature_at is not None or track.returning_at is not None
    match mark:
        case Mark.DELAYED if not settled:
            track.delayed_at = at
        case Mark.LOST if not settled:
            track.lost_at = track.lost_at or at
        case Mark.UNSIGNED if track.awaiting_signature_at is not None:
            track.delivered_at, track.awaiting_signature_at, track.unsigned = at, None, True
        case Mark.CONFIRMED if not arrived and track.returning_at is None:
            track.delivered_at, track.awaiting_signature_at = at, None
        case Mark.CLOSED if not arrived:
            track.closed_at = at
        case _:
            pass
