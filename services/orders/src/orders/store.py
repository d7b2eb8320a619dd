"""Orders in PostgreSQL: loaded many at a time, saved many at a time, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from chassis.postgres import json_text, load_queries
from chassis.transactions import Transaction
from contracts.orders.v1 import Occurrence, OrderChanged, OrderState, OrderStatus, ReturnStatus
from contracts.vocabulary import Leg
from orders.case_rows import rows_of_cases
from orders.life.order import Order, badge_of, parcels_of, state_of
from orders.life.outcome import HistoryStep, Outcome
from orders.life.parcel import Parcel, can_still_be_delivered
from orders.life.preparing import open_bindings
from orders.rows import assemble, row_of_line
from orders.stock import booking

sql = load_queries("orders")


class StaleVersion(Exception):
    """An order changed although it was locked; the transaction must not commit."""


class NumberTaken(Exception):
    """Another active order has the tracking number; *status* is that of the order that wanted it."""

    def __init__(self, number: str, status: OrderStatus) -> None:
        super().__init__(number)
        self.status = status


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
        await connection.fetch(sql.cases_of, wanted),
    )


async def save(tx: Transaction, changes: Sequence[tuple[Order, Outcome]]) -> None:
    """Write what came of decisions about orders that this transaction holds, and say it.

    *changes* are pairs of the order as it was loaded and the outcome; several about one order come in sequence.
    """
    first: dict[UUID, Order] = {}
    last: dict[UUID, Order] = {}
    for before, outcome in changes:
        if outcome.order.version != before.version:
            first.setdefault(before.id, before)
            last[before.id] = outcome.order
    states = {key: state_of(order) for key, order in last.items()}
    stood = {key: _stood(order, states[key]) for key, order in last.items()}
    await _save_history(tx, [(outcome.order.id, step) for _, outcome in changes for step in outcome.steps], stood)
    if not last:
        return
    pairs = [(first[key], order) for key, order in last.items()]
    await _save_orders(tx, pairs)
    await _save_parcels(tx, pairs)
    await _save_bindings(tx, pairs)
    await _save_refunds(tx, pairs)
    await _save_cases(tx, pairs)
    await booking.apply(tx, pairs, [(outcome.order, outcome.checked_in) for _, outcome in changes])
    told: dict[UUID, list[Occurrence]] = {key: [] for key in last}
    for _, outcome in changes:
        told.get(outcome.order.id, []).extend(outcome.occurrences)
    for key, state in states.items():
        _say_changed(tx, state, told[key])


def _say_changed(tx: Transaction, state: OrderState, occurrences: Sequence[Occurrence]) -> None:
    """Say what this transaction did to an order."""
    event = OrderChanged(event_id=uuid4(), occurred_at=tx.now, state=state, occurrences=list(occurrences))
    tx.say(event, state.order_id)


async def insert(tx: Transaction, outcome: Outcome, *, shipping_fee: Any, discount: Any) -> None:
    """Write a new order, and say it."""
    order = outcome.order
    state = state_of(order)
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
        [row_of_line(line) for line in order.lines],
        sorted(order.told),
    )
    for parcel in order.parcels:
        known = parcel.state.model_dump(mode="json", exclude_none=True)
        await tx.connection.execute(sql.insert_parcel, order.id, parcel.number, [list(x) for x in parcel.lines], known)
    await _save_history(tx, [(order.id, step) for step in outcome.steps], {order.id: _stood(order, state)})
    _say_changed(tx, state, outcome.occurrences)


def is_over(order: Order) -> bool:
    """Say whether the order needs the numbers of its parcels no longer: a recycled one may be claimed by another."""
    if order.status in (OrderStatus.CANCELLED, OrderStatus.RETURNED):
        return True
    return order.status is OrderStatus.DELIVERED and not any(can_still_be_delivered(p.state) for p in order.parcels)


def numbers_held(order: Order) -> set[str]:
    """Give the tracking numbers that no other order may claim: its parcels', and those of returns on their way."""
    parcels = [] if is_over(order) else list(order.parcels)
    parcels += [one.parcel for one in order.returns if one.status in (ReturnStatus.EXPECTED, ReturnStatus.IN_TRANSIT)]
    return {binding.tracking_number for parcel in parcels for binding in open_bindings(parcel)}


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
    bought = [
        (
            *(now.id, json_text([row_of_line(line) for line in now.lines]), now.total, now.prepaid, now.closed_at),
            now.last_number,
        )
        for was, now in pairs
        if (was.lines, was.total, was.prepaid, was.closed_at, was.last_number)
        != (now.lines, now.total, now.prepaid, now.closed_at, now.last_number)
    ]
    if bought:
        await tx.connection.execute(sql.update_bought, *zip(*bought, strict=True))


async def _save_parcels(tx: Transaction, pairs: Sequence[tuple[Order, Order]]) -> None:
    changed, put, dropped = [], [], []
    for was, now in pairs:
        old = {parcel.number: parcel for parcel in parcels_of(was)}
        for parcel in parcels_of(now):
            before = old.pop(parcel.number, None)
            if before is parcel:
                continue
            state, marks = parcel.state.model_dump_json(exclude_none=True), _marks(parcel)
            if before is None or (before.lines, before.step) != (parcel.lines, parcel.step):
                leg = Leg.OUTBOUND if parcel in now.parcels else Leg.RETURN
                put.append((now.id, parcel.number, leg, parcel.step, json_text(parcel.lines), state, marks))
            elif (before.state, before.marks) != (parcel.state, parcel.marks):
                changed.append((now.id, parcel.number, state, marks))
        dropped += [(now.id, number) for number in old]
    for query, rows in ((sql.put_parcels, put), (sql.update_parcels, changed), (sql.drop_parcels, dropped)):
        if rows:
            await tx.connection.execute(query, *zip(*rows, strict=True))


def _marks(parcel: Parcel) -> str:
    return json_text([{"mark": one.mark, "at": one.at.isoformat()} for one in parcel.marks])


async def _save_bindings(tx: Transaction, pairs: Sequence[tuple[Order, Order]]) -> None:
    let_go = [(now.id, number) for was, now in pairs for number in numbers_held(was) - numbers_held(now)]
    if let_go:
        await tx.connection.execute(sql.release_numbers, *zip(*let_go, strict=True))
    for was, now in pairs:
        bound = {parcel.number: parcel.bindings for parcel in parcels_of(was)}
        rows = [
            (
                *(now.id, parcel.number, b.carrier, b.tracking_number, b.account, b.valid_from, b.valid_to),
                b.shared_with,
            )
            for parcel in parcels_of(now)
            if parcel.bindings != bound.get(parcel.number, ())
            for b in parcel.bindings
        ]
        if rows:
            await tx.connection.execute(sql.save_bindings, *zip(*rows, strict=True))
        # Only what is set now is claimed: a scan that brings an order back must never be turned away.
        for number in sorted(numbers_held(now) & {row[3] for row in rows}):
            partners = [row[7] for row in rows if row[3] == number and row[7] is not None]
            await tx.connection.execute(sql.hold_number, number)
            if await tx.connection.fetchval(sql.is_claimed, number, now.id, partners):
                raise NumberTaken(number, was.status)
            await tx.connection.execute(sql.claim_number, number, now.id)


async def _save_refunds(tx: Transaction, pairs: Sequence[tuple[Order, Order]]) -> None:
    rows = [
        (
            *(r.id, now.id, r.cause, json_text(r.parcels), r.amount, r.state, r.reason),
            *(json_text(r.lines), r.asked_at),
        )
        for was, now in pairs
        if was.refunds != now.refunds
        for r in now.refunds
    ]
    if rows:
        await tx.connection.execute(sql.save_refunds, *zip(*rows, strict=True))


async def _save_cases(tx: Transaction, pairs: Sequence[tuple[Order, Order]]) -> None:
    rows = [row for was, now in pairs for row in rows_of_cases(was, now)]
    if rows:
        await tx.connection.execute(sql.save_cases, *zip(*rows, strict=True))


async def _save_history(tx: Transaction, steps: Sequence[tuple[UUID, HistoryStep]], stood: dict[UUID, str]) -> None:
    """Add steps; the last one of each order says how the order stands after it."""
    if steps:
        last = {key: number for number, (key, _) in enumerate(steps)}
        rows = [
            (
                *(key, s.version, s.at, s.trigger, s.before, s.after, json_text(s.cause)),
                stood.get(key) if last[key] == number else None,
            )
            for number, (key, s) in enumerate(steps)
        ]
        await tx.connection.execute(sql.add_history, *zip(*rows, strict=True))


def _stood(order: Order, now: OrderState) -> str:
    """Give what `GET /v1/orders/{id}?as_of=` shows of an order: impersonal, and small."""
    state = now.model_dump_json(exclude={"policy"}, exclude_none=True, exclude_defaults=True)
    more: dict[str, object] = {
        "money": {"total": order.total, "prepaid": order.prepaid, "collected": order.collected},
        "lines": [row_of_line(line) for line in order.lines],
    }
    if order.refunds:
        more["refunds"] = [(r.id, r.cause, r.parcels, r.amount, r.state) for r in order.refunds]
    if order.requests:
        more["requests"] = [(r.id, r.kind, r.state) for r in order.requests]
    if order.complaints:
        more["complaints"] = [(one.id, one.kind, one.state) for one in order.complaints]
    return f"{state[:-1]},{json_text(more)[1:]}"
