"""How a story is told: what people do to one order, hour by hour, and what the rules must make of it.

Hours count from placement. Deadlines that come due in a story are given in hours too: the world's own arithmetic.
"""

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody does to an order at an hour."""

    hour: float
    what: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One order's life, and what must come of it."""

    name: str
    acts: tuple[Act, ...]
    status: str
    tiktok: bool = False
    drop_off: bool = False
    own_rules: bool = False  #: Placed with the shop that has a policy of its own.
    format: str = "ninjavan-webhook"
    badge: str | None = None
    cod: bool = False
    parcels: int = 1
    together: bool = False  #: All in one parcel at first, which the seller splits.
    extra: int = 0  #: Pieces that are ordered beside one for each parcel, in the first.
    scarce: bool = False  #: Of a thing of which there is one.
    early: bool = False  #: Placed at once: what comes of it takes nearly the three weeks.
    promised: float | None = None
    refunds: tuple[tuple[str, str], ...] = ()  #: (cause, state)
    dues: tuple[tuple[str, float], ...] = ()  #: (rule, hour): every deadline that is applied.
    told: tuple[str, ...] = ()  #: Facts that the buyer must be told of (beginnings of their names).
    told_seller: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()  #: Facts that nobody may be told of.

    @property
    def seen_at(self) -> float:
        """Give the hour at which a carrier is first known to have a parcel, or the seller tells how it fares (R23).

        Infinity if that never is.
        """
        updates = [act.hour for act in self.acts if act.what == "update"]
        return min([self._known(*PHYSICAL), *updates])

    @property
    def alerts(self) -> list[tuple[str, float]]:
        """Give when D1, D2 and D13 come: by the hours at which things are known, and the rules' own numbers."""
        found: list[tuple[str, float]] = []
        over, shipped = self.over_at, self._shipped_at
        if min(shipped, over) > SHIP_BY:
            found.append(("D1", SHIP_BY))
        collected = self._known("collected", "dropped")
        if self.tiktok and min(shipped, over) > collected + MARK_SHIPPED:
            found.append(("D2", collected + MARK_SHIPPED))
        handed = max((act.hour for act in self.acts if act.what == "handover"), default=math.inf)
        seen = [self._known(*PHYSICAL, parcel=number) for number in range(1, self.parcels + 1)]
        found += [("D13", handed + COLLECTION) for known in seen if min(known, over) > handed + COLLECTION]
        return found

    @property
    def _shipped_at(self) -> float:
        moved = PHYSICAL if self.own_rules else PHYSICAL - {"collected", "dropped"}
        return min([*(act.hour for act in self.acts if act.what == "ship"), self._known(*moved)])

    def _known(self, *kinds: str, parcel: int | None = None) -> float:
        """Give the hour at which the system first knows of a scan of one of these kinds."""
        hours = [math.inf]
        for act in self.acts:
            details = act.details
            told = [kind for _, kind in details.get("pairs", ())] or [details.get("kind")]
            counts = not details.get("refused") and not details.get("quarantined")
            of_parcel = parcel is None or details.get("parcel", 1) == parcel
            if counts and of_parcel and any(kind in kinds for kind in told):
                known = "confirm_carrier" if details.get("stranger") else "track"
                hours.append(max([act.hour, *(one.hour for one in self.acts if one.what == known)]))
        return min(hours)

    @property
    def over_at(self) -> float:
        """Give the hour at which the order is cancelled; infinity if it never is."""
        if self.status != "cancelled":
            return math.inf
        cancels = [
            act.hour
            for act in self.acts
            if act.what in ("cancel", "buyer_cancel") and not act.details.get("refused") and not self._is_asked(act)
        ]
        return min([*cancels, *(hour for rule, hour in self.dues if rule in ("D5", "D7", "D9", "D12")), math.inf])

    def _is_asked(self, act: Act) -> bool:
        """Say whether a buyer who cancels can only ask: the order is packed (R25)."""
        return act.what == "buyer_cancel" and any(one.what == "pack" and one.hour <= act.hour for one in self.acts)


#: Hours, as the rules give them: D1 from placement, D2 from the collection scan, D13 from hand-over.
SHIP_BY, MARK_SHIPPED, COLLECTION = 120, 48, 48

#: Kinds of scans that prove that somebody has the parcel.
PHYSICAL = frozenset(
    {
        *("collected", "dropped", "moving", "out", "failed", "ready", "delivered", "signed"),
        *("returning", "returned", "damaged", "destroyed"),
    }
)


def fulfil(hour: float = 6) -> list[Act]:
    """The seller confirms, packs, labels, hands over and marks shipped."""
    return [Act(hour, "confirm"), Act(hour, "pack"), Act(hour, "track"), Act(hour, "handover"), Act(hour, "ship")]


def ready(hour: float = 6) -> list[Act]:
    """The seller does all that but marks nothing shipped."""
    return [Act(hour, "confirm"), Act(hour, "pack"), Act(hour, "track"), Act(hour, "handover")]


def labelled(*, wrong_first: bool) -> list[Act]:
    """The seller fulfils it, with a label that is checked; the first one may have a link on it."""
    wrong = [Act(6, "label", {"refused": True})] if wrong_first else []
    first, rest = fulfil()[:3], fulfil()[3:]
    return [*first, *wrong, Act(6, "label"), *rest]


def scans(*pairs: tuple[float, str], **details: Any) -> list[Act]:
    """A carrier scans, and pushes at once."""
    return [Act(hour, "scan", {"kind": kind, **details}) for hour, kind in pairs]


def story(name: str, acts: list[Act], status: str, **rest: Any) -> Story:
    """Put a story together: its acts, and the status it must end in."""
    return Story(name, tuple(acts), status, **rest)


HAPPY = ((12, "collected"), (24, "moving"), (48, "out"), (54, "delivered"))
SIGNED = ((12, "collected"), (24, "moving"), (48, "out"), (54, "signed"))
PAID_BACK = (("cancelled", "issued"),)
DELIVERED_TOLD = ("placed", "shipped", "p1:delivered")
