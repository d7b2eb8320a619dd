"""What is said of the deadlines ahead of an order: all of them, and only when it is something else than before."""

from contracts.deadlines.v1 import DeadlinesSet, OrderAhead
from contracts.orders.v1 import OrderStatus
from deadline_watcher import handlers
from service.deadline_watcher.watching import Watch, changed, order_id
from unit.deadline_watcher.standing import at, standing


async def told(watch: Watch) -> list[list[OrderAhead]]:
    """Give what was said of deadlines ahead: one list for each event."""
    return [event.orders for event in await watch.broker.said("DEADLINES") if isinstance(event, DeadlinesSet)]


async def test_what_is_ahead_of_a_new_order_is_said_with_its_due_times_and_rules(watch: Watch) -> None:
    await watch.hear(standing(shipped_at=6, version=3))

    [[one]] = await told(watch)

    assert (one.order_id, one.order_version) == (order_id(1), 3)
    assert ("D5", None, at(360)) in [(ahead.rule, ahead.parcel, ahead.due_at) for ahead in one.ahead]
    assert [ahead.due_at for ahead in one.ahead] == sorted(ahead.due_at for ahead in one.ahead)


async def test_an_order_whose_deadlines_stay_is_not_said_again(watch: Watch) -> None:
    await watch.hear(standing(shipped_at=6))
    await watch.hear(standing(shipped_at=6, version=2))
    await watch.hear(standing(shipped_at=6, version=3))

    assert len(await told(watch)) == 1


async def test_a_change_of_what_is_ahead_is_said_whole_and_so_is_its_end(watch: Watch) -> None:
    await watch.hear(standing(shipped_at=6))
    await watch.hear(standing(shipped_at=6, first_physical_at=12, version=2))
    await watch.hear(standing(status=OrderStatus.CANCELLED, cancelled_at=20, version=3))

    [_], [seen], [over] = await told(watch)

    assert seen.order_version == 2
    assert "D5" not in {ahead.rule for ahead in seen.ahead}
    assert (over.order_version, over.ahead) == (3, [])


async def test_news_that_is_older_than_what_is_known_is_not_said(watch: Watch) -> None:
    await watch.hear(standing(shipped_at=6, version=5))
    await watch.hear(standing(version=4))

    assert [[one.order_version for one in orders] for orders in await told(watch)] == [[5]]


async def test_what_one_batch_changed_is_said_together(watch: Watch) -> None:
    states = [standing(shipped_at=6).model_copy(update={"order_id": order_id(n)}) for n in range(1, 60)]
    async with watch.running.service.transaction() as tx:
        await handlers.on_orders(tx, [changed(state) for state in states])
    await watch.settle()

    [orders] = await told(watch)

    assert [one.order_id for one in orders] == [order_id(n) for n in range(1, 60)]
