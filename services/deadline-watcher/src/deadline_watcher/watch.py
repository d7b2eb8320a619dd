"""Where a deadline fires: at once when it is due, never early, each epoch once. Sleeps until the next is due."""

import asyncio
from collections import defaultdict
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.deadlines.v1 import RULE, DeadlineDue, DeadlineKind, ReminderDue
from contracts.policy import Policy
from deadline_watcher.reminders import next_reminder

log = get_logger()
sql = load_queries("deadline_watcher")

TOGETHER = 500  #: Deadlines proposed in one transaction.


class Watcher:
    """The loop that proposes what is due."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.poke = asyncio.Event()  #: Set it when deadlines were set: one may be due earlier than the next known.

    async def run(self) -> None:
        """Propose until cancelled."""
        while True:
            try:
                while await self.run_once():
                    pass
                next_due = await self._service.pool.fetchval(sql.next_due)
                await self._service.clock.wait(next_due, self.poke)
            except TRANSIENT as outage:
                log.warning("watcher_waits", error=type(outage).__name__)
                await asyncio.sleep(0.5)

    async def run_once(self) -> int:
        """Propose what is due now, at most `TOGETHER` of it; gives how much that was."""
        async with self._service.transaction() as tx:
            due = await tx.connection.fetch(sql.take_due, tx.now, TOGETHER)
            for row in due:
                tx.say(_proposal(row, tx.now), row["order_id"])
            return len(due) + await _remind(tx)

    async def is_done(self) -> bool:
        """Say whether nothing is due."""
        next_due = await self._service.pool.fetchval(sql.next_due)
        return next_due is None or next_due > self._service.clock.now()


def _proposal(row: Any, now: datetime) -> DeadlineDue:
    kind = DeadlineKind(row["kind"])
    return DeadlineDue(
        event_id=uuid4(),
        occurred_at=now,
        kind=kind,
        rule=RULE[kind],
        order_id=row["order_id"],
        shop_id=row["shop_id"],
        parcel=row["parcel"] or None,
        due_at=row["due_at"],
        epoch=row["epoch"],
        policy_version=row["policy_version"],
        order_version=row["order_version"],
        rests_on=row["rests_on"],
    )


async def _remind(tx: Transaction) -> int:
    """Say one digest per shop and local day (D6), and set each order's next reminder."""
    rows = await tx.connection.fetch(sql.take_reminders, tx.now)
    digests: dict[tuple[UUID, date, datetime], list[UUID]] = defaultdict(list)
    moved = []
    for row in rows:
        digests[row["shop_id"], row["local_date"], row["due_at"]].append(row["order_id"])
        moved.append((row["order_id"], *next_reminder(row["placed_at"], tx.now, Policy.model_validate(row["policy"]))))
    for (shop_id, local_date, due_at), order_ids in digests.items():
        digest = ReminderDue(
            event_id=uuid4(),
            occurred_at=tx.now,
            shop_id=shop_id,
            local_date=local_date,
            due_at=due_at,
            order_ids=order_ids,
        )
        tx.say(digest, shop_id)
    if moved:
        await tx.connection.execute(sql.move_reminders, *zip(*moved, strict=True))
    return len(rows)
