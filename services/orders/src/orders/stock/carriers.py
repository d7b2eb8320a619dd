"""Which carrier has the best record on a lane (R21): how often it was on time, and how long it took. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """What a carrier did with the parcels that a shop had delivered on a lane."""

    carrier: str  #: Slug.
    parcels: int  #: Delivered.
    judged: int  #: Of them, those with a date to be measured by.
    on_time: int  #: Of these, those delivered in time.
    median_hours: float | None  #: From the first physical scan until Delivered.

    @property
    def share(self) -> float | None:
        """The share that was on time; None where nothing can be said."""
        return self.on_time / self.judged if self.judged else None

    @property
    def reason(self) -> str:
        """Say what the record rests on."""
        took = "" if self.median_hours is None else f", half of them within {self.median_hours:.0f} h"
        punctual = f"{self.on_time} of {self.judged} on time" if self.judged else "none had a promised date"
        return f"{punctual}, {self.parcels} delivered{took}"


def best_first(records: Iterable[Record]) -> list[Record]:
    """Rank carriers: most punctual first, then fastest, then by name.

    One parcel in time and one late count for each beforehand: a single parcel must not beat ninety-nine of a hundred.
    """

    def key(record: Record) -> tuple[float, float, str]:
        punctual = (record.on_time + 1) / (record.judged + 2)
        hours = float("inf") if record.median_hours is None else record.median_hours
        return -punctual, hours, record.carrier

    return sorted(records, key=key)
