"""Where a deadline fires: at once when it is due, never early, each epoch once. Sleeps until the next is due."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.deadlines.v1 import RULE, DeadlineDue, DeadlineKind, ReminderDue
from deadline_watcher.reminders import DAY, next_reminder, reminder_from

log = get_logger()
sql = load_queries("deadline_watcher")

TOGETHER = 500  #: Deadlines proposed, or digests given, in one transaction.
LISTED = 200  #: Orders that a digest names; it counts the rest.
LOOK_AGAIN = 10.0  #: Seconds: another process may have set a deadline and died before it was due.


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
                await self._rest()
            except TRANSIENT as outage:
                log.warning("watcher_waits", error=type(outage).__name__)
                await asyncio.sleep(0.5)

    async def _rest(self) -> None:
        next_due = await self._service.pool.fetchval(sql.next_due)
        if next_due is not None and next_due <= self._service.clock.now():
            # Another watcher holds it.
            await asyncio.sleep(0.05)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._service.clock.wait(next_due, self.poke), LOOK_AGAIN)

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
        ask=row["ask"] if row["ask"].int else None,
        due_at=row["due_at"],
        epoch=row["epoch"],
        policy_version=row["policy_version"],
        order_version=row["order_version"],
        rests_on=row["rests_on"],
    )


async def _remind(tx: Transaction) -> int:
    """Give each shop its digest of today, if that is due (D6), and set its next one."""
    rows = await tx.connection.fetch(sql.take_digests, tx.now, TOGETHER)
    if not rows:
        return 0
    today, moved = [], []
    for row in rows:
        at, zone = row["reminder_at"], row["zone"]
        due_at, day = row["due_at"], row["local_date"]
        if (latest := next_reminder(tx.now, day, at, zone))[1] != day:
            due_at, day = latest
        if due_at <= tx.now:
            today.append((row["shop_id"], day, due_at))
            due_at, day = reminder_from(day + DAY, at, zone)
        moved.append((row["shop_id"], due_at, day))
    await _give_digests(tx, today)
    await tx.connection.execute(sql.move_digests, *zip(*moved, strict=True))
    return len(rows)


async def _give_digests(tx: Transaction, shops: list[tuple[UUID, Any, datetime]]) -> None:
    ids, days = [shop_id for shop_id, *_ in shops], [day for _, day, _ in shops]
    waiting: dict[UUID, list[Any]] = defaultdict(list)
    for row in await tx.connection.fetch(sql.reminders_of, ids, days, LISTED):
        waiting[row["shop_id"]].append(row)
    for shop_id, day, due_at in shops:
        orders = waiting[shop_id]
        if orders:
            digest = ReminderDue(
                event_id=uuid4(),
                occurred_at=tx.now,
                shop_id=shop_id,
                local_date=day,
                due_at=due_at,
                order_ids=[row["order_id"] for row in orders],
                more=orders[0]["waiting"] - len(orders),
            )
            tx.say(digest, shop_id)
