"""Which location is nearest to a buyer, and which of them can fill an order (R21). Pure.

A *region* is a country and the first characters of a postcode: ``SG-01``, or ``SG`` for all of it. A location whose
region holds the buyer's postcode is in the *same zone*, else it is in the *same country*, or *elsewhere*.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

REGION_CHARACTERS = 2  #: Of a postcode, where a shop names no region: in most countries they name the district.


class Nearness(IntEnum):
    """How near a location is, nearest first."""

    SAME_ZONE = 0
    SAME_COUNTRY = 1
    ELSEWHERE = 2


#: For people.
WORDS = {
    Nearness.SAME_ZONE: "same zone",
    Nearness.SAME_COUNTRY: "same country",
    Nearness.ELSEWHERE: "another country",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A location that orders may ship from."""

    id: UUID
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes: all that nearness needs of an address."""

    country: str
    postcode: str | None


@dataclass(frozen=True, slots=True)
class Lack:
    """What a location has too little of."""

    sku: str
    available: int
    needed: int
    place: str = ""  #: Its name.


@dataclass(frozen=True, slots=True)
class Ranked:
    """A location with what speaks for and against it."""

    place: Place
    nearness: Nearness
    lacks: tuple[Lack, ...]
    counted: bool = True  #: False: the shop counts nothing of what is needed.

    @property
    def reason(self) -> str:
        """Say why it stands where it does."""
        if not self.counted:
            return f"{WORDS[self.nearness]}, stock not counted"
        if not self.lacks:
            return f"{WORDS[self.nearness]}, has all of it"
        short = ", ".join(f"{lack.sku}: {lack.available} of {lack.needed}" for lack in self.lacks)
        return f"{WORDS[self.nearness]}, has too little: {short}"


def region_of(country: str, postcode: str | None) -> str:
    """Give the region that an address lies in."""
    start = _folded(postcode)[:REGION_CHARACTERS]
    return f"{country}-{start}" if start else country


def nearness(place: Place, destination: Destination | None) -> Nearness:
    """Say how near *place* is; nothing is near to an address that is not known."""
    country, _, start = place.region.partition("-")
    if destination is None or country != destination.country:
        return Nearness.ELSEWHERE
    if start and _folded(destination.postcode).startswith(start):
        return Nearness.SAME_ZONE
    return Nearness.SAME_COUNTRY


def rank(
    places: Iterable[Place],
    destination: Destination | None,
    needed: Mapping[str, int],
    available: Callable[[UUID, str], int],
) -> list[Ranked]:
    """Rank locations for an order: those that have all of it, the nearest first; then those with the most of it.

    *available* says how many of a SKU a location can give to this order. Equals stand by name.
    """
    ranked = []
    for place in places:
        have = {sku: available(place.id, sku) for sku in needed}
        lacks = tuple(Lack(sku, have[sku], n, place.name) for sku, n in sorted(needed.items()) if have[sku] < n)
        ranked.append(Ranked(place, nearness(place, destination), lacks, bool(needed)))
    return sorted(ranked, key=lambda one: (_missing(one), one.nearness, one.place.name))


def _missing(ranked: Ranked) -> int:
    return sum(lack.needed - lack.available for lack in ranked.lacks)


def _folded(postcode: str | None) -> str:
    return (postcode or "").replace(" ", "").replace("-", "").upper()
