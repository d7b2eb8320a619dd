"""What the watcher does when it hears of orders: it sets their deadlines as the rules give them."""

import json
from collections.abc import Sequence

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.orders.v1 import OrderChanged, OrderState
from deadline_watcher.deadlines import deadlines_of, needs_tracking_update
from deadline_watcher.reminders import next_reminder

sql = load_queries("deadline_watcher")


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
        await _set_deadlines(tx, fresh)
        await _set_reminders(tx, fresh)


async def _set_deadlines(tx: Transaction, states: Sequence[OrderState]) -> None:
    rows = [
        (
            state.order_id,
            deadline.parcel or 0,
            deadline.kind,
            deadline.due_at,
            json.dumps(deadline.rests_on),
            state.shop_id,
            state.policy.version,
            state.version,
        )
        for state in states
        for deadline in deadlines_of(state)
    ]
    ids, parcels, kinds = ([row[n] for row in rows] for n in range(3))
    await tx.connection.execute(sql.clear_deadlines, [state.order_id for state in states], ids, parcels, kinds)
    if rows:
        await tx.connection.execute(sql.set_deadlines, *zip(*rows, strict=True))


async def _set_reminders(tx: Transaction, states: Sequence[OrderState]) -> None:
    reminded = [state for state in states if needs_tracking_update(state)]
    rows = [
        (
            state.order_id,
            state.shop_id,
            state.placed_at,
            state.policy.model_dump_json(),
            *next_reminder(state.placed_at, tx.now, state.policy),
        )
        for state in reminded
    ]
    if rows:
        await tx.connection.execute(sql.set_reminders, *zip(*rows, strict=True))
    no_longer = [state.order_id for state in states if not needs_tracking_update(state)]
    if no_longer:
        await tx.connection.execute(sql.drop_reminders, no_longer)
