"""Orders in PostgreSQL: loaded many at a time, saved many at a time, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from chassis.postgres import json_text, load_queries
from chassis.transactions import Transaction
from contracts.orders.v1 import Occurrence, OrderChanged, OrderStatus
from orders.life.order import Order, badge_of, can_still_be_delivered, state_of
from orders.life.outcome import HistoryStep, Outcome
from orders.rows import assemble

sql = load_queries("orders")


class StaleVersion(Exception):
    """An order changed although it was locked; the transaction must not commit."""


class NumberTaken(Exception):
    """Another active order has the tracking number."""


async def load(connection: Any, ids: Iterable[UUID], *, lock: bool) -> dict[UUID, Order]:
    """Load orders with all that belongs to them; with *lock* they are held until the transaction ends."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = await connection.fetch(sql.lock_orders if lock else sql.read_orders, wanted)
    pinned = {(row["shop_id"], row["policy_version"]) for row in rows}
    return assemble(
        rows,
        await connection.fetch(sql.policies_of, *zip(*pinned, strict=True)) if pinned else [],
        await connection.fetch(sql.parcels_of, wanted),
        await connection.fetch(sql.bindings_of, wanted),
        await connection.fetch(sql.evidence_of, wanted),
        await connection.fetch(sql.refunds_of, wanted),
    )


async def save(tx: Transaction, changes: Sequence[tuple[Order, Outcome]]) -> None:
    """Write what came of decisions about orders that this transaction holds, and say it.

    *changes* are pairs of the order as it was loaded and the outcome; several about one order come in sequence.
    """
    await _save_history(tx, [(outcome.order.id, step) for _, outcome in changes for step in outcome.steps])
    first: dict[UUID, Order] = {}
    last: dict[UUID, Order] = {}
    for before, outcome in changes:
        if outcome.order.version != before.version:
            first.setdefault(before.id, before)
            last[before.id] = outcome.order
    if not last:
        return
    pairs = [(first[key], order) for key, order in last.items()]
    await _save_orders(tx, pairs)
    await _save_parcels(tx, pairs)
    await _save_bindings(tx, pairs)
    await _save_refunds(tx, pairs)
    told: dict[UUID, list[Occurrence]] = {key: [] for key in last}
    for _, outcome in changes:
        told.get(outcome.order.id, []).extend(outcome.occurrences)
    for key, order in last.items():
        say_changed(tx, order, told[key])


def say_changed(tx: Transaction, order: Order, occurrences: Sequence[Occurrence]) -> None:
    """Say what this transaction did to an order."""
    event = OrderChanged(event_id=uuid4(), occurred_at=tx.now, state=state_of(order), occurrences=list(occurrences))
    tx.say(event, order.id)


async def insert(tx: Transaction, outcome: Outcome, *, shipping_fee: Any, discount: Any) -> None:
    """Write a new order, and say it."""
    order = outcome.order
    await tx.connection.execute(
        sql.insert_order,
        order.id,
        order.shop_id,
        order.number,
        order.version,
        order.status,
        order.commanded,
        None,
        order.fulfilment,
        order.handover,
        order.service,
        order.payment,
        order.currency,
        order.total,
        order.prepaid,
        order.collected,
        shipping_fee,
        discount,
        order.placed_at,
        order.promised_at,
        order.policy.version,
        [
            {"sku": line.sku, "title": line.title, "quantity": line.quantity, "unit_price": str(line.unit_price)}
            for line in order.lines
        ],
        sorted(order.told),
    )
    for parcel in order.parcels:
        state = parcel.state.model_dump(mode="json", exclude_none=True)
        await tx.connection.execute(sql.insert_parcel, order.id, parcel.number, [list(x) for x in parcel.lines], state)
    await _save_history(tx, [(order.id, step) for step in outcome.steps])
    say_changed(tx, order, outcome.occurrences)


def is_over(order: Order) -> bool:
    """Say whether the order needs its tracking numbers no longer: a recycled one may be claimed by another."""
    if order.status in (OrderStatus.CANCELLED, OrderStatus.RETURNED):
        return True
    return order.status is OrderStatus.DELIVERED and not any(can_still_be_delivered(p.state) for p in order.parcels)


async def _save_orders(tx: Transaction, pairs: Sequence[tuple[Order, Order]]) -> None:
    columns = list(
        zip(
            *(
                (
                    now.id,
                    was.version,
                    now.version,
                    now.status,
                    now.commanded,
                    badge_of(now),
                    now.collected,
                    now.shipped_at,
                    now.cancelled_at,
                    json_text(sorted(now.told)),
                )
                for was, now in pairs
            ),
            strict=True,
        )
    )
    answer = await tx.connection.execute(sql.update_orders, *columns)
    if answer != f"UPDATE {len(pairs)}":
        raise StaleVersion(f"{answer} of {len(pairs)} orders")
    over = [now.id for was, now in pairs if is_over(now) and not is_over(was)]
    if over:
        await tx.connection.execute(sql.release_numbers, over)


async def _save_parcels(tx: Transaction, pairs: Sequence[tuple[Order, Order]]) -> None:
    rows = []
    for was, now in pairs:
        for old, parcel in zip(was.parcels, now.parcels, strict=True):
            if (old.state, old.marks, old.handed_over_at) != (parcel.state, parcel.marks, parcel.handed_over_at):
                state = parcel.state.model_dump_json(exclude_none=True)
                marks = json_text([{"mark": one.mark, "at": one.at.isoformat()} for one in parcel.marks])
                rows.append((now.id, parcel.number, state, marks, parcel.handed_over_at))
    if rows:
        await tx.connection.execute(sql.update_parcels, *zip(*rows, strict=True))


async def _save_bindings(tx: Transaction, pairs: Sequence[tuple[Order, Order]]) -> None:
    for was, now in pairs:
        rows = [
            (now.id, parcel.number, b.carrier, b.tracking_number, b.account, b.valid_from, b.valid_to)
            for old, parcel in zip(was.parcels, now.parcels, strict=True)
            if old.bindings != parcel.bindings
            for b in parcel.bindings
        ]
        if not rows:
            continue
        await tx.connection.execute(sql.save_bindings, *zip(*rows, strict=True))
        current = sorted({b.tracking_number for p in now.parcels for b in p.bindings if b.valid_to is None})
        await tx.connection.execute(sql.release_number, now.id, current)
        for number in current:
            if await tx.connection.fetchval(sql.claim_number, number, now.id) != now.id:
                raise NumberTaken(number)


async def _save_refunds(tx: Transaction, pairs: Sequence[tuple[Order, Order]]) -> None:
    rows = [
        (r.id, now.id, r.cause, json_text(list(r.parcels)), r.amount, r.state, r.reason)
        for was, now in pairs
        if was.refunds != now.refunds
        for r in now.refunds
    ]
    if rows:
        await tx.connection.execute(sql.save_refunds, *zip(*rows, strict=True))


async def _save_history(tx: Transaction, steps: Sequence[tuple[UUID, HistoryStep]]) -> None:
    if steps:
        rows = [(key, s.version, s.at, s.trigger, s.before, s.after, json_text(s.cause)) for key, s in steps]
        await tx.connection.execute(sql.add_history, *zip(*rows, strict=True))
