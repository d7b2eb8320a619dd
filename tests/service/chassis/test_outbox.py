"""What a transaction says is published if and only if it commits, in order, and can be published again."""

import contextlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.clock import RealClock
from chassis.postgres import open_pool
from chassis.service import Service
from chassis.transactions import EventTooLarge, Transaction, begin
from contracts.event import Event
from contracts.orders.v1 import OrderChanged, PolicyPublished
from service.chassis.trial import Trial, changed, effects, policy_of
from support.servers import Broker
from support.services import Running, Starter, run_tool
from support.waiting import eventually


async def say(running: Running, events: Sequence[Event], about: UUID) -> None:
    async with running.service.transaction() as tx:
        for event in events:
            tx.say(event, about)


async def nothing_waits(running: Running) -> bool:
    return not await running.pool.fetchval("SELECT count(*) FROM outbox_waiting")


async def published(broker: Broker) -> list[UUID]:
    return [event.event_id for event in await broker.said("ORDERS")]


async def test_an_event_is_published_when_its_transaction_commits_and_not_when_it_fails(
    start: Starter, broker: Broker
) -> None:
    running = await Trial().start(start)
    never, always = policy_of(uuid4(), 1), policy_of(uuid4(), 2)

    with contextlib.suppress(RuntimeError):
        async with running.service.transaction() as tx:
            tx.say(never, "shop")
            await tx.flush()
            raise RuntimeError("the work failed after all")
    await say(running, [always], uuid4())
    await eventually(lambda: published(broker))
    await eventually(lambda: nothing_waits(running))

    assert await broker.said("ORDERS") == [always]


async def test_what_a_transaction_does_and_what_it_says_are_committed_together_or_not_at_all(start: Starter) -> None:
    running = await Trial().start(start)
    await running.pool.execute("ALTER TABLE outbox_waiting ADD CHECK (id < 0)")  # nothing can be said any more

    async def work() -> None:
        async with running.service.transaction() as tx:
            await tx.connection.execute("INSERT INTO effects (records) VALUES (1)")
            tx.say(policy_of(uuid4(), 1), "shop")

    with pytest.raises(asyncpg.CheckViolationError):
        await work()

    assert await effects(running) == []


@pytest.mark.parametrize("size", [1, 9, 10, 1200], ids=lambda size: f"{size} events")
async def test_events_about_one_thing_keep_their_order_and_come_once(start: Starter, broker: Broker, size: int) -> None:
    running = await Trial().start(start)
    shops = [uuid4(), uuid4(), uuid4()]

    for first in range(0, size, 400):
        for shop in shops:
            await say(running, [policy_of(shop, n + 1) for n in range(first, min(size, first + 400))], shop)
    await eventually(lambda: nothing_waits(running), within=30)

    said = [event for event in await broker.said("ORDERS") if isinstance(event, PolicyPublished)]
    for shop in shops:
        assert [event.policy.version for event in said if event.shop_id == shop] == list(range(1, size + 1))


async def test_many_events_are_stored_as_one_atomic_batch(start: Starter, broker: Broker) -> None:
    running = await Trial().start(start)

    await say(running, [policy_of(uuid4(), n) for n in range(1, 101)], uuid4())
    await eventually(lambda: nothing_waits(running))

    messages = [await broker.jetstream.get_msg("ORDERS", sequence) for sequence in range(1, 101)]
    batches = {(message.headers or {}).get("Nats-Batch-Id") for message in messages}
    assert len(batches) == 1
    assert None not in batches


async def test_a_batch_in_which_one_event_is_stored_already_goes_out_without_it(start: Starter, broker: Broker) -> None:
    events = [policy_of(uuid4(), n) for n in range(1, 31)]
    await broker.say(events[4], events[20])  # as a relay did that was killed before it could note it
    running = await Trial().start(start)

    await say(running, events, uuid4())
    await eventually(lambda: nothing_waits(running))

    assert sorted(await published(broker)) == sorted(event.event_id for event in events)


@pytest.mark.parametrize("size", [3, 30])
async def test_a_relay_killed_between_publishing_and_noting_it_leaves_no_event_out_or_double(
    start: Starter, broker: Broker, size: int
) -> None:
    events = [policy_of(uuid4(), n + 1) for n in range(size)]
    url = await start.servers.fresh_database("orders")
    pool = await open_pool(url, name="test", size=2)
    async with begin(pool, RealClock()) as tx:
        for event in events:
            tx.say(event, "shop")
    async with pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("LOCK TABLE outbox_waiting IN EXCLUSIVE MODE")  # reading goes on, noting waits
        killed = await start("orders", create=Trial().declare, database_url=url)

        async def all_published() -> bool:
            return len(await published(broker)) == size

        await eventually(all_published)
        await killed.break_off()
        await holding.rollback()
    assert await pool.fetchval("SELECT count(*) FROM outbox_waiting") == size
    await pool.close()

    running = await start("orders", create=Trial().declare, database_url=url)
    await eventually(lambda: nothing_waits(running))

    assert await published(broker) == [event.event_id for event in events]


async def test_when_one_relay_goes_another_one_takes_over(start: Starter, broker: Broker) -> None:
    first = await Trial().start(start)
    second = await Trial().start(start, database_url=first.database_url)
    await say(second, [policy_of(uuid4(), 1)], uuid4())
    await eventually(lambda: nothing_waits(second))

    await first.stop()
    await say(second, [policy_of(uuid4(), 2)], uuid4())
    await eventually(lambda: nothing_waits(second))

    assert len(await published(broker)) == 2


async def test_while_another_process_is_the_relay_this_one_publishes_nothing(start: Starter, broker: Broker) -> None:
    url = await start.servers.fresh_database("orders")
    relay = await asyncpg.connect(url)
    await relay.execute("SELECT pg_advisory_lock(7232002)")
    running = await start("orders", create=Trial().declare, database_url=url)

    async def last_try() -> Any:
        return await relay.fetchval(
            "SELECT max(query_start) FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%'"
            " AND pid <> pg_backend_pid() AND datname = current_database()"
        )

    before = await eventually(last_try)
    await say(running, [policy_of(uuid4(), 1)], uuid4())

    async def tried_again() -> bool:
        return bool(await last_try() > before)

    await eventually(tried_again)
    assert await published(broker) == []

    await relay.close()
    await eventually(lambda: nothing_waits(running))
    assert len(await published(broker)) == 1


async def test_an_event_that_the_broker_would_not_take_is_refused_when_it_is_said(start: Starter) -> None:
    running = await Trial().start(start)
    much = {f"service-{n}": 1 for n in range(40_000)}
    large = policy_of(uuid4(), 1)
    large = large.model_copy(
        update={"policy": large.policy.model_copy(update={"delivery_period_hours_by_service": much})}
    )

    with pytest.raises(EventTooLarge, match=r"orders\.v1\.policy_published has"):
        await say(running, [large], uuid4())

    assert await running.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_what_was_published_is_kept_for_45_days(start: Starter) -> None:
    url = await start.servers.fresh_database("orders")
    connection = await asyncpg.connect(url)
    for days in (44, 46):
        await connection.execute(
            "INSERT INTO outbox (event_id, about, subject, body, recorded_at)"
            " VALUES ($1, 'shop', 'orders.v1.policy_published', '{}', now() - make_interval(days => $2))",
            uuid4(),
            days,
        )
    await start("orders", create=Trial().declare, database_url=url)

    async def ages() -> list[int]:
        rows = await connection.fetch("SELECT extract(days FROM now() - recorded_at)::int AS age FROM outbox")
        return [row["age"] for row in rows]

    async def only_the_younger_is_left() -> bool:
        return await ages() == [44]

    await eventually(only_the_younger_is_left)
    await connection.close()


class Reader:
    """Stands in for a service that reads ORDERS, and notes the version of each order it hears of."""

    def declare(self, settings: Any) -> Service:
        service = Service(settings, name="deadline-watcher", package="deadline_watcher")
        service.consumes("ORDERS", self._on_orders)
        return service

    async def _on_orders(self, tx: Transaction, events: Sequence[Event]) -> None:
        for event in events:
            assert isinstance(event, OrderChanged)
            await tx.connection.execute("INSERT INTO effects (records) VALUES ($1)", event.state.version)


async def test_a_stream_that_the_broker_lost_is_rebuilt_and_its_readers_drop_what_they_know(
    start: Starter, broker: Broker
) -> None:
    sayer = await Trial().start(start)
    url = await start.servers.fresh_database("deadline_watcher")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE effects (records bigint)")
    await connection.close()
    reader = await start("deadline-watcher", create=Reader().declare, database_url=url)

    async def has_effects(numbers: list[int]) -> bool:
        return await effects(reader) == numbers

    events = [changed(n) for n in range(1, 26)]
    await say(sayer, events, uuid4())
    await eventually(lambda: has_effects(list(range(1, 26))))

    await broker.jetstream.delete_stream("ORDERS")
    await broker.provision()
    ran = await run_tool("orders", "outbox", "republish", environment=sayer.environment)
    assert (ran.status, ran.printed) == (0, "25 events are on their way again\n")
    await say(sayer, [changed(26)], uuid4())

    await eventually(lambda: has_effects(list(range(1, 27))), within=30)
    assert (await published(broker))[:25] == [event.event_id for event in events]
    assert len(await published(broker)) == 26
    assert 'waybill_events_duplicate{stream="ORDERS"} 25.0' in (await reader.ops.get("/metrics")).text


async def test_republishing_reaches_back_as_many_days_as_it_is_told(start: Starter, broker: Broker) -> None:
    running = await Trial().start(start)
    await say(running, [policy_of(uuid4(), 1), policy_of(uuid4(), 2)], uuid4())
    await eventually(lambda: nothing_waits(running))
    await running.pool.execute(
        "UPDATE outbox SET recorded_at = now() - interval '10 days' WHERE id = (SELECT min(id) FROM outbox)"
    )

    ran = await run_tool("orders", "outbox", "republish", "--days", "9", environment=running.environment)

    assert ran.printed == "1 events are on their way again\n"
