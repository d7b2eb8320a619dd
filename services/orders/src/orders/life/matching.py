"""Which parcel a scan record belongs to, and which bucket of the books it goes into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.orders.v1 import Verdict
from orders.life.fold import happened_at
from orders.life.parcel import Binding, Evidence

BEFORE_PLACEMENT = timedelta(hours=24)  #: Older than this before placement, and a number was somebody else's.


@dataclass(frozen=True, slots=True)
class Candidate:
    """A parcel that has, or had, the record's tracking number."""

    order_id: UUID
    parcel: int
    placed_at: datetime
    binding: Binding


@dataclass(frozen=True, slots=True)
class Matched:
    """The verdict on one record, and the parcel it is about where there is one."""

    verdict: Verdict
    reason: str | None = None
    order_id: UUID | None = None
    parcel: int | None = None
    also: tuple[tuple[UUID, int], ...] = ()  #: Further orders' parcels in the same package.


def match(scan: Evidence, candidates: Sequence[Candidate]) -> Matched:
    """Judge a record that is not a repetition.

    Applied: the number and the carrier are a parcel's, and the time lies inside the binding. Refused: the number was
    used before this order (a recycled one), or another carrier has the parcel (R6, a mix-up).
    """
    if not candidates:
        return Matched(Verdict.UNMATCHED)
    timely = [one for one in candidates if _inside(scan, one)]
    if not timely:
        one = candidates[0]
        return Matched(Verdict.REFUSED, "stale_binding", one.order_id, one.parcel)
    for one in timely:
        if one.binding.carrier == scan.carrier:
            also = tuple(
                (other.order_id, other.parcel) for other in timely if _travel_together(one, other, scan.carrier)
            )
            return Matched(Verdict.APPLIED, None, one.order_id, one.parcel, also)
    return Matched(Verdict.REFUSED, "mix_up", timely[0].order_id, timely[0].parcel)


def _travel_together(one: Candidate, other: Candidate, carrier: str) -> bool:
    """Say whether two orders' parcels are in one package: one names the other, or both name the same."""
    if one.order_id == other.order_id or other.binding.carrier != carrier:
        return False
    package, others = one.binding.shared_with or one.order_id, other.binding.shared_with or other.order_id
    return package == others


def _inside(scan: Evidence, candidate: Candidate) -> bool:
    at, until = happened_at(scan), candidate.binding.valid_to
    return at >= candidate.placed_at - BEFORE_PLACEMENT and (until is None or at <= until)


def same_content(one: Evidence, other: Evidence) -> bool:
    """Say whether two tellings of one record say the same; wording and the spelling of a place do not count."""
    return _content(one) == _content(other)


def _content(scan: Evidence) -> tuple[object, ...]:
    return (scan.status, scan.sub_status, scan.scanned_at, scan.carrier, scan.leg, scan.signed, scan.attempt_no)
