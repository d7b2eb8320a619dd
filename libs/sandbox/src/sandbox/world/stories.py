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
    promised: float | None = None
    refunds: tuple[tuple[str, str], ...] = ()  #: (cause, state)
    dues: tuple[tuple[str, float], ...] = ()  #: (rule, hour): every deadline that is applied.
    told: tuple[str, ...] = ()  #: Facts that the buyer must be told of (beginnings of their names).
    told_seller: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()  #: Facts that nobody may be told of.

    @property
    def seen_at(self) -> float:
        """Give the hour at which the system first knows of a carrier that has the parcel; infinity if it never does."""
        hours = [math.inf]
        for act in self.acts:
            kinds = [kind for _, kind in act.details.get("pairs", ())] or [act.details.get("kind")]
            counts = not act.details.get("refused") and not act.details.get("quarantined")
            if counts and any(kind in PHYSICAL for kind in kinds):
                known = "confirm_carrier" if act.details.get("stranger") else "track"
                hours.append(max([act.hour, *(one.hour for one in self.acts if one.what == known)]))
        return min(hours)

    @property
    def over_at(self) -> float:
        """Give the hour at which the order is cancelled; infinity if it never is."""
        cancels = [act.hour for act in self.acts if act.what == "cancel" and not act.details.get("refused")]
        return min([*cancels, *(hour for rule, hour in self.dues if rule in ("D5", "D7", "D9")), math.inf])


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
