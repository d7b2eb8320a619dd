"""What is said of the deadlines ahead: of the orders for which it is something else than before, many in one event."""

import hashlib
from collections.abc import Iterator, Sequence
from uuid import uuid4

from chassis.postgres import load_queries
from chassis.transactions import Transaction
from contracts.deadlines.v1 import RULE, DeadlineAhead, DeadlinesSet, OrderAhead
from contracts.orders.v1 import OrderState
from deadline_watcher.deadlines import Deadline

sql = load_queries("deadline_watcher")

ORDERS_TOGETHER = 200  #: Orders in one event at most,
DEADLINES_TOGETHER = 1_000  #: and deadlines: some 130 bytes each, so that no event is too large.


async def tell(tx: Transaction, ahead: Sequence[tuple[OrderState, Sequence[Deadline]]]) -> None:
    """Say what is ahead of orders whose rows this transaction holds, where that is not what was said last."""
    digests = [(state.order_id, _digest(deadlines)) for state, deadlines in ahead]
    rows = await tx.connection.fetch(sql.say_again, *zip(*digests, strict=True))
    changed = {row["order_id"] for row in rows}
    orders = [_order_ahead(state, deadlines) for state, deadlines in ahead if state.order_id in changed]
    for some in together(orders):
        tx.say(DeadlinesSet(event_id=uuid4(), occurred_at=tx.now, orders=some), "deadlines")


def together(orders: Sequence[OrderAhead]) -> Iterator[list[OrderAhead]]:
    """Share orders out over as few events as they fit into, in order."""
    some: list[OrderAhead] = []
    count = 0
    for one in orders:
        if some and (len(some) == ORDERS_TOGETHER or count + len(one.ahead) > DEADLINES_TOGETHER):
            yield some
            some, count = [], 0
        some.append(one)
        count += len(one.ahead)
    if some:
        yield some


def _order_ahead(state: OrderState, deadlines: Sequence[Deadline]) -> OrderAhead:
    ahead = [
        DeadlineAhead(kind=one.kind, rule=RULE[one.kind], parcel=one.parcel, due_at=one.due_at)
        for one in sorted(deadlines, key=lambda one: one.due_at)
    ]
    return OrderAhead(order_id=state.order_id, order_version=state.version, ahead=ahead)


def _digest(deadlines: Sequence[Deadline]) -> bytes:
    """Sum up what is said of deadlines: kind, parcel and due time, and not what they rest on."""
    words = sorted(f"{one.kind} {one.parcel} {one.due_at.timestamp()}" for one in deadlines)
    return hashlib.blake2b("\n".join(words).encode(), digest_size=8).digest()
