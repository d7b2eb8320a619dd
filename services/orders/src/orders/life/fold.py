"""What became of a parcel: a fold of its evidence, the same whatever order the evidence came in.

Evidence is sorted by when it happened, equal times by how far along they are, then by content; never by arrival. Place
moves the parcel, condition and note do not. What rules concluded (D3, D4, D10, R9) is evidence too, at its due time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.orders.v1 import ParcelState
from contracts.vocabulary import PHYSICAL, Leg, ScanStatus
from orders.life.parcel import DerivedMark, Evidence, Mark

FUTURE_TOLERANCE = timedelta(minutes=15)  #: A time further ahead of its receipt than this is not believed.

#: How far along a record of a leg is, for two that bear the same time; what it is like comes after where it is.
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
    ScanStatus.DELAYED: 13,
    ScanStatus.ON_HOLD: 13,
    ScanStatus.DAMAGED: 13,
}
RETURN_LEG, MARKS = 1, 2  #: At the same time, the way back follows the way out, and a rule's conclusion follows both.

#: Places that show that somebody moves the parcel: they end a carrier's delay and find a lost parcel again.
MOVEMENTS = PHYSICAL - {ScanStatus.DESTROYED, ScanStatus.DAMAGED}

WAY_BACK = frozenset({ScanStatus.RETURNING, ScanStatus.RETURNED})

#: Where a parcel on its way back can be only if it went out again, should the source say that this is the way out.
OUT_AGAIN = MOVEMENTS - WAY_BACK - {ScanStatus.UNDELIVERABLE}


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


def is_physical(scan: Evidence) -> bool:
    """Say whether somebody was seen with the parcel on its way out; that it turned round says so too (RULES, Words)."""
    return scan.status in PHYSICAL and (scan.leg is not Leg.RETURN or scan.status in WAY_BACK)


@dataclass(slots=True)
class _Track:
    """A parcel while it is folded: the fields of `ParcelState`, and what only the fold needs."""

    number: int
    carrier: str | None
    place: ScanStatus | None = None
    place_at: datetime | None = None
    handed_over_at: datetime | None = None
    pickup_asked_at: datetime | None = None
    first_physical_at: datetime | None = None
    collected_at: datetime | None = None
    moved_at: datetime | None = None
    attempts: int = 0
    delivered_at: datetime | None = None
    awaiting_signature_at: datetime | None = None
    disputed_at: datetime | None = None
    unsigned: bool = False
    returning_at: datetime | None = None
    returned_at: datetime | None = None
    delayed_at: datetime | None = None
    carrier_delay: bool = False
    lost_at: datetime | None = None
    damaged_at: datetime | None = None
    lost_in_return_at: datetime | None = None
    closed_at: datetime | None = None
    estimated_at: datetime | None = None

    proof: bool = False  #: The recipient's signature is known.
    lost_by_attempts: bool = False  #: Lost by R8, and not seen to move on since.
    ever_out: bool = False
    out_since_attempt: bool = True
    attempt_day: date | None = None
    numbered: dict[str, int] = field(default_factory=dict)
    """Carriers that number their attempts, each with the highest number so far."""


def fold(
    number: int, carrier: str | None, evidence: Iterable[Evidence], marks: Iterable[DerivedMark], terms: Terms
) -> ParcelState:
    """Give the state of parcel *number* from all its evidence and marks, in whatever order they are given."""
    track = _Track(number, carrier)
    timeline: list[tuple[tuple[datetime, int, int, str, str, str, str], Evidence | DerivedMark]] = []
    for scan in evidence:
        status, leg = scan.status, RETURN_LEG if scan.leg is Leg.RETURN else 0
        key = (happened_at(scan), leg, RANK.get(status, 0), status, scan.sub_status or "", scan.carrier, scan.identity)
        timeline.append((key, scan))
        if scan.attempt_no is not None and status is ScanStatus.ATTEMPT_FAILED and not leg:
            track.numbered[scan.carrier] = 0
    timeline.extend(((mark.at, MARKS, 0, mark.mark, "", "", ""), mark) for mark in marks)
    timeline.sort(key=lambda entry: entry[0])

    for (at, *_), entry in timeline:
        if isinstance(entry, Evidence):
            _take_scan(track, entry, at, terms)
        else:
            _take_mark(track, entry.mark, at)
    return ParcelState.model_validate(track, from_attributes=True)


def _take_scan(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    if scan.estimated_at is not None:
        track.estimated_at = scan.estimated_at
    if track.first_physical_at is None and is_physical(scan):
        track.first_physical_at = at
    match scan.status:
        case ScanStatus.NOTE:
            _take_note(track, scan, at)
        case ScanStatus.DELAYED:
            track.carrier_delay = True
        case ScanStatus.DAMAGED:
            _take_damage(track, at)
        case ScanStatus.ON_HOLD | ScanStatus.UNKNOWN | ScanStatus.CANCELLED:
            pass
        case _:
            _take_place(track, scan, at, terms)


def _take_note(track: _Track, scan: Evidence, at: datetime) -> None:
    if scan.sub_status == "problem_resolved":
        track.carrier_delay = False
    elif scan.signed or scan.sub_status == "proof_added":
        _take_proof(track, at)


def _take_proof(track: _Track, at: datetime) -> None:
    track.proof, track.unsigned = True, False
    if track.awaiting_signature_at is not None:
        track.delivered_at, track.awaiting_signature_at = at, None


def _take_damage(track: _Track, at: datetime) -> None:
    """Keep when the damage was done; a parcel that moved on since (D9) and is damaged again was damaged then."""
    moved_on = track.damaged_at is not None and track.moved_at is not None and track.moved_at > track.damaged_at
    if track.damaged_at is None or moved_on:
        track.damaged_at = at


def _take_place(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    if track.returned_at is not None or track.place is ScanStatus.DESTROYED:
        return
    status = _place_of(scan)
    there = track.delivered_at is not None or track.awaiting_signature_at is not None
    if status in WAY_BACK:
        _turn_back(track, status, at)
    elif track.returning_at is not None and scan.leg is Leg.OUTBOUND and status in OUT_AGAIN:
        _go_out_again(track)
        _take_outbound(track, scan, status, at, terms)
    elif track.returning_at is not None:
        _take_return(track, status, at)
    elif not there:
        _take_outbound(track, scan, status, at, terms)
    elif status is ScanStatus.DELIVERED and _is_signed(scan):
        _take_proof(track, at)


def _place_of(scan: Evidence) -> ScanStatus:
    """Give the place a record speaks of: on the way back, every place is on the way back."""
    if scan.leg is Leg.RETURN and scan.status in MOVEMENTS:
        arrived = scan.status in (ScanStatus.DELIVERED, ScanStatus.RETURNED)
        return ScanStatus.RETURNED if arrived else ScanStatus.RETURNING
    if scan.status is ScanStatus.ATTEMPT_FAILED and scan.sub_status == "refused":
        return ScanStatus.UNDELIVERABLE
    return scan.status


def _is_signed(scan: Evidence) -> bool:
    return scan.signed or scan.sub_status == "signed"


def _turn_back(track: _Track, status: ScanStatus, at: datetime) -> None:
    _move(track, status, at)
    track.returning_at, track.awaiting_signature_at = track.returning_at or at, None
    if status is ScanStatus.RETURNED:
        track.returned_at, track.lost_in_return_at = at, None


def _go_out_again(track: _Track) -> None:
    """The source says that a parcel that was on its way back is on its way out: what became of it before is over."""
    track.returning_at = track.delivered_at = track.lost_in_return_at = None
    track.proof = track.unsigned = False


def _take_return(track: _Track, status: ScanStatus, at: datetime) -> None:
    """On the way back, what is delivered is delivered to the seller."""
    if status is ScanStatus.DELIVERED:
        _turn_back(track, ScanStatus.RETURNED, at)
    elif status in (ScanStatus.LOST, ScanStatus.DESTROYED):
        _lose(track, status, at)
    elif status in MOVEMENTS:
        _move(track, ScanStatus.RETURNING, at)


def _take_outbound(track: _Track, scan: Evidence, status: ScanStatus, at: datetime, terms: Terms) -> None:
    match status:
        case ScanStatus.PRE_TRANSIT:
            if track.place in (None, ScanStatus.PRE_TRANSIT):
                track.place, track.place_at = status, at
        case ScanStatus.LOST | ScanStatus.DESTROYED:
            _lose(track, status, at)
        case ScanStatus.ATTEMPT_FAILED:
            _take_attempt(track, scan, at, terms)
        case ScanStatus.UNDELIVERABLE if track.lost_by_attempts:
            track.place, track.place_at = status, at  # the carrier gives up too: that finds nothing again
        case ScanStatus.DELIVERED:
            _take_delivery(track, scan, at, terms)
        case _:
            _move(track, status, at)
            if status is ScanStatus.PICKED_UP:
                track.collected_at = track.collected_at or at
            elif status is ScanStatus.OUT_FOR_DELIVERY:
                track.ever_out = track.out_since_attempt = True


def _take_delivery(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    _move(track, ScanStatus.DELIVERED, at)
    if terms.signature_needed and not (track.proof or _is_signed(scan)):
        track.awaiting_signature_at = at
    else:
        track.delivered_at = at
    if scan.sub_status == "damaged":
        _take_damage(track, at)


def _move(track: _Track, status: ScanStatus, at: datetime) -> None:
    track.place, track.place_at, track.moved_at = status, at, at
    track.carrier_delay = track.lost_by_attempts = False
    track.lost_at = None


def _lose(track: _Track, status: ScanStatus, at: datetime) -> None:
    track.place, track.place_at, track.lost_at = status, at, track.lost_at or at


def _take_attempt(track: _Track, scan: Evidence, at: datetime, terms: Terms) -> None:
    """R8: one between two ``out_for_delivery``, else one a local day; where a carrier numbers them, its numbers count.

    The attempt that makes the parcel Lost finds nothing again, nor does another telling of it.
    """
    day = at.astimezone(terms.zone).date()
    another = track.out_since_attempt if track.ever_out else day != track.attempt_day
    track.out_since_attempt, track.attempt_day = False, day
    before, so_far = track.attempts, track.numbered.get(scan.carrier)
    if so_far is None:
        track.attempts += another
    elif scan.attempt_no is not None and scan.attempt_no > so_far:
        track.attempts = max(track.attempts + another, scan.attempt_no)
        track.numbered[scan.carrier] = scan.attempt_no
    if track.attempts < terms.attempts_before_lost(scan.carrier):
        _move(track, ScanStatus.ATTEMPT_FAILED, at)
        return
    track.place, track.place_at, track.carrier_delay = ScanStatus.ATTEMPT_FAILED, at, False
    if track.attempts > before:
        track.lost_at, track.lost_by_attempts = track.lost_at or at, True


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
            track.disputed_at = None
            track.delivered_at, track.awaiting_signature_at, track.lost_at = at, None, None
        case Mark.DISPUTED if arrived or track.awaiting_signature_at is not None:
            track.disputed_at = at
        case Mark.LOST_IN_RETURN if track.returning_at is not None and track.returned_at is None:
            track.lost_in_return_at = at
        case Mark.HANDED_OVER:
            track.handed_over_at = at
        case Mark.PICKUP_ASKED:
            track.pickup_asked_at = at
        case Mark.CLOSED if not arrived:
            track.closed_at = at
        case _:
            pass
