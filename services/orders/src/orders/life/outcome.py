"""What a decision comes to: the order afterwards, the history of it, and what is to be announced."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from contracts.orders.v1 import Happening, Occurrence, OrderStatus
from orders.life.order import Order
from orders.life.parcel import Binding


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One row of an order's history: what was asked or seen, what came of it, and why."""

    version: int
    at: datetime
    trigger: str
    before: OrderStatus | None
    after: OrderStatus
    cause: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not done, in a sentence for whoever asked."""

    sentence: str
    field: str | None = None  #: The input it is about, where it is about one.
    findings: tuple[tuple[str, str], ...] = ()  #: Each thing that is wrong: field, and what to do.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision. An order whose version has not moved was not changed."""

    order: Order
    steps: tuple[HistoryStep, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    refusal: Refusal | None = None
    claims: tuple[tuple[int, Binding], ...] = ()
    """Numbers that parcels now have: records kept for them are to be judged again."""
    checked_in: tuple[tuple[str, int], ...] = ()  #: (SKU, quantity) that came back unharmed: in stock again (R2).


@dataclass(slots=True)
class Draft:
    """An outcome while it is written; the order's version moves at most once."""

    order: Order
    now: datetime
    steps: list[HistoryStep] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)
    claims: list[tuple[int, Binding]] = field(default_factory=list)
    checked_in: list[tuple[str, int]] = field(default_factory=list)
    _changed: bool = False
    _told: set[str] = field(default_factory=set)

    def change(self, **fields: Any) -> None:
        """Change fields of the order; the first change makes a new version."""
        if not self._changed:
            self._changed = True
            fields["version"] = self.order.version + 1
        self.order = replace(self.order, **fields)

    def record(self, trigger: str, cause: dict[str, Any], before: OrderStatus | None = None) -> None:
        """Add a row of history. *before* is the status that the step started from."""
        start = self.order.status if before is None else before
        self.steps.append(HistoryStep(self.order.version, self.now, trigger, start, self.order.status, cause))

    def announce(self, happening: Happening, fact: str, at: datetime, parcel: int | None = None, **detail: str) -> None:
        """Announce *fact*, unless it was announced before."""
        if self.is_news(fact):
            self._told.add(fact)
            if not self._changed:
                self.change()
            self.occurrences.append(Occurrence(happening=happening, fact=fact, parcel=parcel, at=at, detail=detail))

    def is_news(self, fact: str) -> bool:
        """Say whether *fact* was never announced."""
        return fact not in self.order.told and fact not in self._told

    def finish(self, refusal: Refusal | None = None) -> Outcome:
        """Give what came of it."""
        if self._told:
            self.change(told=self.order.told | self._told)
        claims, checked_in = tuple(self.claims), tuple(self.checked_in)
        return Outcome(self.order, tuple(self.steps), tuple(self.occurrences), refusal, claims, checked_in)
