"""What the watcher does when it hears of orders: it sets their deadlines as the rules give them."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.orders.v1 import OrderChanged, OrderState
from contracts.policy import Policy
from deadline_watcher.deadlines import Deadline, deadlines_of, needs_tracking_update
from deadline_watcher.reminders import first_day, reminder_from
from deadline_watcher.tellings import tell

sql = load_queries("deadline_watcher")

NO_ASK = UUID(int=0)  #: In the ledger, of a deadline that is of nothing that waits for an answer.


async def on_orders(tx: Transaction, events: Sequence[Event]) -> None:
    """Set the deadlines of the orders that changed, from the newest state of each."""
    newest: dict[str, OrderState] = {}
    for event in events:
        if isinstance(event, OrderChanged):
            key = str(event.state.order_id)
            if key not in newest or newest[key].version < event.state.version:
                newest[key] = event.state
    states = sorted(newest.values(), key=lambda state: state.order_id)
    if not states:
        return
    columns = [(state.order_id, state.shop_id, state.version) for state in states]
    known = {row["order_id"] for row in await tx.connection.fetch(sql.newer_orders, *zip(*columns, strict=True))}
    fresh = [state for state in states if state.order_id in known]
    if fresh:
        ahead = [(state, deadlines_of(state)) for state in fresh]
        await _set_deadlines(tx, ahead)
        await tell(tx, ahead)
        await _set_reminders(tx, fresh)


async def _set_deadlines(tx: Transaction, ahead: Sequence[tuple[OrderState, Sequence[Deadline]]]) -> None:
    rows = [
        (
            state.order_id,
            deadline.parcel or 0,
            deadline.kind,
            deadline.ask or NO_ASK,
            deadline.due_at,
            json.dumps(deadline.rests_on),
            state.shop_id,
            state.policy.version,
            state.version,
        )
        for state, deadlines in ahead
        for deadline in deadlines
    ]
    still = ([row[n] for row in rows] for n in range(4))
    await tx.connection.execute(sql.clear_deadlines, [state.order_id for state, _ in ahead], *still)
    if rows:
        await tx.connection.execute(sql.set_deadlines, *zip(*rows, strict=True))


async def _set_reminders(tx: Transaction, states: Sequence[OrderState]) -> None:
    reminded = [state for state in states if needs_tracking_update(state)]
    if reminded:
        days = [first_day(state.placed_at, state.policy.zone) for state in reminded]
        members = [(s.order_id, s.shop_id, s.placed_at, day) for s, day in zip(reminded, days, strict=True)]
        await tx.connection.execute(sql.set_reminders, *zip(*members, strict=True))
        await tx.connection.execute(sql.set_digests, *zip(*_digests(reminded, days), strict=True))
    no_longer = [state.order_id for state in states if not needs_tracking_update(state)]
    if no_longer:
        await tx.connection.execute(sql.drop_reminders, no_longer)


def _digests(states: Sequence[OrderState], days: Sequence[date]) -> list[tuple[Any, ...]]:
    """Give one row for each shop: by its newest policy, and from the first day that one of its orders asks for."""
    newest: dict[UUID, Policy] = {}
    earliest: dict[UUID, date] = {}
    for state, day in zip(states, days, strict=True):
        shop_id, policy = state.shop_id, state.policy
        newest[shop_id] = max(policy, newest.get(shop_id, policy), key=lambda one: one.version)
        earliest[shop_id] = min(day, earliest.get(shop_id, day))
    return [
        (
            shop_id,
            policy.version,
            policy.zone,
            policy.reminder_at,
            *reminder_from(earliest[shop_id], policy.reminder_at, policy.zone),
        )
        for shop_id, policy in sorted(newest.items())
    ]
