"""A shop's record: what deadlines and buyers say of it, as the operator sees it."""

from contracts.deadlines.v1 import DeadlineKind
from service.orders.test_deadlines import auto_cancel, due
from service.orders.test_operator import NO_COMPLAINTS, Operator, complaint
from support.scans import read_through
from support.selling import open_shop
from support.services import Starter, SteppedTime


async def test_a_shop_s_record_counts_d5_cancellations_late_dispatch_and_complaints(
    start: Starter, clock: SteppedTime
) -> None:
    """R14, D1, D5."""
    orders = await start("orders", clock=clock)
    broker = start.broker
    seller = await open_shop(orders.pool, orders.service.clock, orders.http)
    operator = Operator(orders.http)
    late, punctual = await seller.place(), await seller.place()
    await complaint(seller)
    nothing_shipped = {"order.shipped_at": None}
    ship_by = due(late, DeadlineKind.SHIP_BY, clock.advance(hours=120), nothing_shipped)
    stale = due(punctual, DeadlineKind.SHIP_BY, clock.now, {"order.shipped_at": clock.now.isoformat()})
    d5 = auto_cancel(late, clock.advance(days=10))
    await broker.say(ship_by, stale, d5, read_through(clock.advance(hours=1), 0))
    await orders.quiet()
    assert (await seller.order(late["id"]))["status"] == "cancelled"

    assert (await operator.shop(seller))["record"] == {
        "orders": 3,
        "complaints": {**NO_COMPLAINTS, "open": 1},
        "cancelled_for_want_of_tracking": 1,
        "dispatched_late": 1,
    }
    [listed] = (await operator.get("/v1/shops")).json()["shops"]
    assert listed["record"] == (await operator.shop(seller))["record"]
