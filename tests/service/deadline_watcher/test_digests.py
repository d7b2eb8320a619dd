"""D6: one digest per shop and local day, at 09:00 of the shop, of the orders that no carrier was seen with."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from contracts.orders.v1 import OrderState
from deadline_watcher.watch import LISTED
from service.deadline_watcher.watching import Watch, order_id
from support.services import Starter
from unit.deadline_watcher.standing import SHOP, seen, standing

SINGAPORE = "Asia/Singapore"
OTHER = UUID(int=3)


def morning(day: int, hour: int = 9) -> datetime:
    """Give an hour of Singapore, on a day of March."""
    return datetime(2026, 3, day, hour - 8, tzinfo=UTC)


def waiting(number: int, *parcels: dict[str, Any], zone: str = SINGAPORE, **facts: Any) -> OrderState:
    policy = {"zone": zone, **facts.pop("policy", {})}
    return standing(*parcels, order_id=order_id(number), policy=policy, **facts)


async def until(watch: Watch, instant: datetime) -> None:
    watch.clock.set(instant)
    await watch.settle()


def numbers(orders: list[UUID]) -> list[int]:
    return [one.int for one in orders]


async def test_each_shop_has_one_digest_a_day_at_its_own_nine(watch: Watch) -> None:
    await watch.hear(waiting(1), waiting(2), waiting(3, shop_id=OTHER, zone="Asia/Bangkok"))

    await until(watch, datetime(2026, 3, 3, 0, 59, 59, tzinfo=UTC))
    assert await watch.digests() == []

    await until(watch, morning(3))
    [first] = await watch.digests()
    assert (first.shop_id, first.local_date, first.due_at) == (SHOP, date(2026, 3, 3), morning(3))
    assert (numbers(first.order_ids), first.more) == ([1, 2], 0)

    await until(watch, morning(3, 10))  # nine in Bangkok
    assert [(one.shop_id, numbers(one.order_ids)) for one in (await watch.digests())[1:]] == [(OTHER, [3])]

    await until(watch, morning(4, 8))
    assert len(await watch.digests()) == 2


async def test_an_order_is_in_it_from_the_day_after_its_placement_until_a_carrier_is_seen(watch: Watch) -> None:
    await watch.hear(waiting(1), waiting(2), waiting(3))
    await until(watch, morning(3, 8))
    await watch.hear(waiting(4, placed_at=morning(3, 8)), waiting(2, seen(20), version=2, first_physical_at=20))

    for day in (3, 4):
        await until(watch, morning(day))

    assert [numbers(one.order_ids) for one in await watch.digests()] == [[1, 3], [1, 3, 4]]


async def test_a_shop_without_such_orders_has_no_digest_and_one_again_when_it_has(watch: Watch) -> None:
    await watch.hear(waiting(1))
    await watch.hear(waiting(1, seen(), version=2, first_physical_at=12))
    for day in (3, 4):
        await until(watch, morning(day))
    await watch.hear(waiting(2, placed_at=morning(4)))
    await until(watch, morning(5))

    assert [(one.local_date.day, numbers(one.order_ids)) for one in await watch.digests()] == [(5, [2])]


async def test_what_is_waiting_longest_comes_first(watch: Watch) -> None:
    await until(watch, morning(2, 22))
    placed = {1: morning(2, 20), 2: morning(2, 10), 3: morning(2, 15)}
    await watch.hear(*(waiting(number, placed_at=at) for number, at in placed.items()))
    await until(watch, morning(3))

    assert [numbers(one.order_ids) for one in await watch.digests()] == [[2, 3, 1]]


async def test_after_a_stop_the_days_that_passed_are_left_out_and_today_is_not(watch: Watch, start: Starter) -> None:
    await watch.hear(waiting(1))
    await watch.running.stop()
    watch.clock.set(morning(6, 12))

    watch.running = await start("deadline-watcher", clock=watch.clock, database_url=watch.running.database_url)
    await watch.settle()
    await until(watch, morning(7))

    assert [(one.local_date.day, one.due_at) for one in await watch.digests()] == [(6, morning(6)), (7, morning(7))]


async def test_before_nine_of_the_day_it_comes_back_nothing_is_due(watch: Watch, start: Starter) -> None:
    await watch.hear(waiting(1))
    await watch.running.stop()
    watch.clock.set(morning(6, 8))

    watch.running = await start("deadline-watcher", clock=watch.clock, database_url=watch.running.database_url)
    await watch.settle()
    assert await watch.digests() == []

    await until(watch, morning(6))
    assert [one.local_date.day for one in await watch.digests()] == [6]


async def test_orders_of_two_policies_of_a_shop_are_in_one_digest_at_the_newer_hour(watch: Watch) -> None:
    await watch.hear(waiting(1))
    await until(watch, morning(3))
    await watch.hear(waiting(2, placed_at=morning(3), policy={"version": 2, "reminder_at": "11:00:00"}))
    await watch.hear(waiting(3, placed_at=morning(3)))  # heard late, of the older policy
    for hour in (morning(4, 8), morning(4), morning(4, 10), morning(5), morning(5, 10), morning(5, 11)):
        await until(watch, hour)

    found = [(one.local_date.day, one.due_at, numbers(one.order_ids)) for one in await watch.digests()]
    assert found == [(3, morning(3), [1]), (4, morning(4), [1, 2, 3]), (5, morning(5, 11), [1, 2, 3])]


async def test_a_digest_names_no_more_than_a_person_reads_and_counts_the_rest(watch: Watch) -> None:
    await watch.hear(*(waiting(number) for number in range(1, LISTED + 31)))
    await until(watch, morning(3))

    [digest] = await watch.digests()
    assert len(digest.order_ids) == len(set(digest.order_ids)) == 200
    assert digest.more == 30


async def test_two_watchers_say_one_digest(watch: Watch, start: Starter) -> None:
    other = await start("deadline-watcher", clock=watch.clock, database_url=watch.running.database_url)
    await watch.hear(*(waiting(number, shop_id=UUID(int=number)) for number in range(1, 41)))
    await until(watch, morning(3))
    await other.quiet()

    assert sorted(numbers([one.shop_id for one in await watch.digests()])) == list(range(1, 41))


async def test_the_day_that_apia_left_out_has_no_digest(watch: Watch) -> None:
    placed = datetime(2011, 12, 28, 20, tzinfo=UTC)  # the 28th in Apia, ten hours behind
    watch.clock.set(placed)
    await watch.hear(waiting(1, placed_at=placed, zone="Pacific/Apia"))
    # 19:00 UTC is nine in the morning there, from the 31st on (local) of the day after.
    for day, hour in ((28, 22), (29, 19), (30, 10), (30, 19), (31, 10), (31, 19)):
        await until(watch, datetime(2011, 12, day, hour, tzinfo=UTC))

    assert [str(one.local_date) for one in await watch.digests()] == ["2011-12-29", "2011-12-31", "2012-01-01"]
