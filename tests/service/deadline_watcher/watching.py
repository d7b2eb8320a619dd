"""A watcher at work on real servers, and what it is told and says. Hours count from placement, at 08:00 UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from contracts.deadlines.v1 import DeadlineDue, DeadlineKind, ReminderDue
from contracts.orders.v1 import OrderChanged, OrderState
from support.servers import Broker
from support.services import Running, SteppedTime
from support.waiting import eventually
from unit.deadline_watcher.standing import at, hours_of


def order_id(number: int) -> UUID:
    """Give the id of an order by its number."""
    return UUID(int=number)


def changed(state: OrderState, **facts: Any) -> OrderChanged:
    """Give the event that says how an order stands."""
    return OrderChanged(event_id=uuid4(), occurred_at=state.placed_at, state=state.model_copy(update=facts))


@dataclass
class Watch:
    """A watcher, its broker, and the clock."""

    running: Running
    broker: Broker
    clock: SteppedTime

    async def hear(self, *states: OrderState) -> None:
        """Say how orders stand, and wait until the watcher has taken it."""
        await self.broker.say(*(changed(state) for state in states))
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is left to do at this instant."""
        await self.running.quiet(within=20)

    async def reach(self, hour: float) -> None:
        """Move time to an hour after placement, and wait until what is due is said."""
        self.clock.set(at(hour))
        await self.settle()

    async def proposals(self) -> list[DeadlineDue]:
        """Give what was proposed, oldest first."""
        return [event for event in await self.broker.said("DEADLINES") if isinstance(event, DeadlineDue)]

    async def proposed(self) -> list[tuple[DeadlineKind, int, float]]:
        """Give what was proposed: (kind, epoch, hour at which it was due)."""
        return [(one.kind, one.epoch, hours_of(one.due_at)) for one in await self.proposals()]

    async def digests(self) -> list[ReminderDue]:
        """Give the digests, oldest first."""
        return [event for event in await self.broker.said("DEADLINES") if isinstance(event, ReminderDue)]

    async def until_proposed(self, count: int, within: float = 20) -> Sequence[DeadlineDue]:
        """Wait until so many deadlines were proposed."""

        async def enough() -> list[DeadlineDue]:
            found = await self.proposals()
            assert len(found) >= count, len(found)
            return found

        found: list[DeadlineDue] = await eventually(enough, within, every=0.1)
        return found

    async def ledger(self, order: int) -> dict[str, tuple[int, str]]:
        """Give what the ledger has of an order: epoch and state by kind."""
        rows = await self.running.pool.fetch("SELECT * FROM deadlines WHERE order_id = $1", order_id(order))
        return {row["kind"]: (row["epoch"], row["state"]) for row in rows}
