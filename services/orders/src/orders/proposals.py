"""Deadlines wait here until every push accepted before their due time has been judged; then they are judged.

In transactions of their own: a deadline that cannot be judged must not hold up the scans or deadlines beside it, and
the feed's level is compared with what was committed, so that no proposal and no level can miss each other.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.deadlines.v1 import DeadlineDue
from orders import store
from orders.life.decide import judge

log = get_logger()
sql = load_queries("orders")

TOGETHER = 500  #: Deadlines judged in one transaction.
LOOK_AGAIN = 1.0  #: Seconds; another instance may have raised the level, and cannot say so.


class Proposals:
    """The loop that judges the deadlines that may be judged."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.poke = asyncio.Event()  #: Set it when deadlines were kept, or the feed's level was raised.

    async def run(self) -> None:
        """Judge until cancelled."""
        while True:
            self.poke.clear()
            try:
                while await self.run_once():
                    pass
            except TRANSIENT as outage:
                log.warning("proposals_wait", error=type(outage).__name__)
                await asyncio.sleep(0.5)
                continue
            try:
                await asyncio.wait_for(self.poke.wait(), LOOK_AGAIN)
            except TimeoutError:
                continue

    async def run_once(self) -> int:
        """Judge what may be judged now; gives how many deadlines that were."""
        try:
            async with self._service.transaction() as tx:
                return await _judge(tx, await tx.connection.fetch(sql.take_proposals, TOGETHER))
        except TRANSIENT:
            raise
        except Exception as failure:  # whichever deadline it was: found below, one by one
            log.error("proposals_failed", exc_info=failure)
            return await self._one_by_one()

    async def is_done(self) -> bool:
        """Say whether no deadline waits."""
        return not await self._service.pool.fetchval(sql.count_proposals)

    async def _one_by_one(self) -> int:
        rows = await self._service.pool.fetch(sql.due_proposals, TOGETHER)
        for row in rows:
            try:
                async with self._service.transaction() as tx:
                    await _judge(tx, await tx.connection.fetch(sql.take_proposal, row["event_id"]))
            except TRANSIENT:
                raise
            except Exception as failure:  # the deadline alone: a person must look at it
                await self._put_aside(row["event_id"], failure)
        return len(rows)

    async def _put_aside(self, event_id: Any, failure: Exception) -> None:
        log.error("proposal_quarantined", event_id=str(event_id), exc_info=failure)
        reason = f"{type(failure).__name__}: {failure}"[:300]
        await self._service.pool.execute(sql.put_proposal_aside, event_id, reason)


async def keep(tx: Transaction, proposals: Sequence[DeadlineDue]) -> None:
    """Keep deadlines to be judged."""
    if proposals:
        rows = [(one.event_id, one.order_id, one.due_at, one.model_dump_json()) for one in proposals]
        await tx.connection.execute(sql.keep_proposals, *zip(*rows, strict=True))


async def _judge(tx: Transaction, rows: Sequence[Any]) -> int:
    """Judge deadlines in the order they were due."""
    rows = sorted(rows, key=lambda row: (row["due_at"], row["event_id"]))
    proposals = [DeadlineDue.model_validate(row["body"]) for row in rows]
    orders = await store.load(tx.connection, [proposal.order_id for proposal in proposals], lock=True)
    changes = []
    for proposal in proposals:
        order = orders.get(proposal.order_id)
        if order is not None:
            outcome = judge(order, proposal, tx.now)
            changes.append((order, outcome))
            orders[order.id] = outcome.order
    await store.save(tx, changes)
    return len(rows)
