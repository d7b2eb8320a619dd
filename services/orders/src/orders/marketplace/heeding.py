"""What comes of a marketplace's notice: done, noted, refused or overtaken, and always a row of history. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.marketplace.v1 import MarketplaceNoticed
from contracts.orders.v1 import Happening, OrderStatus
from orders.life.decide import act
from orders.life.order import Order
from orders.life.outcome import Draft, Outcome, Refusal
from orders.marketplace.meaning import overtaking, wanted


class CameOf(StrEnum):
    """What came of a notice."""

    DONE = "done"
    NOTED = "noted"  #: It asks for nothing, or it is so already.
    REFUSED = "refused"  #: The rules do not allow it.
    OVERTAKEN = "overtaken"  #: A notice of a later moment was there first.


@dataclass(frozen=True, slots=True)
class Heeded:
    """What came of a notice: the order before and after each step, the last step being its row of history."""

    came_of: CameOf
    changes: tuple[tuple[Order, Outcome], ...]

    @property
    def order(self) -> Order:
        """The order afterwards."""
        return self.changes[-1][1].order


def heed(order: Order, notice: MarketplaceNoticed, earlier: Sequence[MarketplaceNoticed], now: datetime) -> Heeded:
    """Do what a notice asks of an order that has taken the *earlier* ones, under the rules that all others obey."""
    if newer := overtaking(notice, earlier):
        return _close(order, (), CameOf.OVERTAKEN, notice, now, overtaken_by=str(newer.notice_id))
    changes: list[tuple[Order, Outcome]] = []
    refusal: Refusal | None = None
    wants = wanted(order, notice, earlier)
    current, commands = order, list(wants.commands)
    more = wants.again
    while commands and refusal is None:
        outcome = act(current, commands.pop(0), now)
        refusal = outcome.refusal
        if refusal is None and outcome.steps:
            changes.append((current, outcome))
            current = outcome.order
        if more and not commands:
            more, commands = False, list(wanted(current, notice, earlier).commands)
    if refusal is not None:
        return _close(current, changes, CameOf.REFUSED, notice, now, look=True, refused=refusal.sentence)
    came_of = CameOf.DONE if changes else CameOf.NOTED
    words = wants.words or (None if changes else "it is so already")
    return _close(current, changes, came_of, notice, now, look=wants.look, note=words)


def _close(
    order: Order,
    changes: Sequence[tuple[Order, Outcome]],
    came_of: CameOf,
    notice: MarketplaceNoticed,
    now: datetime,
    *,
    look: bool = False,
    **said: str | None,
) -> Heeded:
    draft = Draft(order, now)
    if look and order.status is not OrderStatus.CANCELLED:
        fact = f"marketplace:{notice.notice_id}"
        draft.announce(Happening.MARKETPLACE_NOTICE, fact, notice.happened_at, what=notice.meaning)
    draft.record("marketplace", _cause(notice) | {"came_of": came_of} | {k: v for k, v in said.items() if v})
    return Heeded(came_of, (*changes, (order, draft.finish())))


def _cause(notice: MarketplaceNoticed) -> dict[str, Any]:
    cause = {
        "notice": str(notice.notice_id),
        "marketplace": notice.marketplace,
        "said": notice.meaning,
        "raw": notice.raw_status,
        "at": notice.happened_at.isoformat(),
        "by": notice.by,
        "case": notice.case,
        "line": notice.line,
    }
    return {name: value for name, value in cause.items() if value is not None}
