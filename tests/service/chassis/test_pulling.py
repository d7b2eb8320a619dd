"""Messages reach the handler soon, in order and all of them, whatever becomes of the broker."""

import asyncio
import time

import pytest

from chassis.batches import BATCH
from chassis.transactions import Transaction
from contracts.scans.v1 import Watermark
from service.chassis.trial import Trial, effects, numbered
from support.servers import Broker, Servers
from support.services import Running, Starter
from support.waiting import eventually


async def has_effects(running: Running, numbers: list[int], within: float = 15) -> None:
    async def all_there() -> bool:
        return await effects(running) == numbers

    await eventually(all_there, within)


async def test_one_message_does_not_wait_for_more_to_come(start: Starter, broker: Broker) -> None:
    running = await Trial().start(start)
    await running.quiet()
    began = time.monotonic()

    await broker.say(numbered(1))
    await has_effects(running, [1])

    assert time.monotonic() - began < 2


async def test_a_backlog_comes_in_full_batches_in_order_and_once_each(start: Starter, broker: Broker) -> None:
    numbers = list(range(2 * BATCH + 200))
    await broker.say(*(numbered(n) for n in numbers))
    trial = Trial()

    running = await trial.start(start)
    await has_effects(running, numbers, within=30)

    assert [n for batch in trial.batches for n in batch] == numbers
    assert max(len(batch) for batch in trial.batches) <= BATCH
    assert len(trial.batches) < 10


async def test_a_partial_batch_is_not_held_back_when_the_request_for_the_rest_ends(
    start: Starter, broker: Broker
) -> None:
    running = await Trial().start(start)

    for number in range(5):  # one at a time: each is a part of what was asked for
        await broker.say(numbered(number))
        await has_effects(running, list(range(number + 1)), within=2)


async def test_after_the_broker_was_killed_what_it_stored_and_what_comes_then_is_handled(
    start: Starter, broker: Broker, servers: Servers
) -> None:
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def hold(_: Transaction, __: Watermark) -> None:
        entered.set()
        await may_go_on.wait()

    trial = Trial(hold)
    running = await trial.start(start)
    await broker.say(*(numbered(n) for n in range(10)))
    await eventually(entered.is_set)
    await eventually(lambda: len(trial.batches[0]) + running.service._pullers["SCANS"].holding == 10)
    servers.nats.kill()  # with a batch under way, whose acknowledgement is lost
    may_go_on.set()
    await has_effects(running, list(range(10)))

    await asyncio.to_thread(servers.nats.start)
    await eventually(lambda: broker.owner.is_connected)
    await broker.say(numbered(10))
    await has_effects(running, list(range(11)))

    async def all_acknowledged() -> bool:
        return await broker.unacknowledged("SCANS", "orders") == 0

    await eventually(all_acknowledged)
    assert await effects(running) == list(range(11))


async def test_a_consumer_that_was_deleted_is_served_again_once_it_is_provisioned(
    start: Starter, broker: Broker
) -> None:
    running = await Trial().start(start)
    await broker.say(numbered(1))
    await has_effects(running, [1])
    await broker.jetstream.delete_consumer("SCANS", "orders")

    async def says_so() -> bool:
        return "consumer not found" in (await running.wrong()).get("broker", "")

    await eventually(says_so)
    await broker.say(numbered(2))
    await broker.provision()

    await has_effects(running, [1, 2], within=30)


async def test_a_consumer_that_is_not_there_is_asked_for_with_time_between(
    start: Starter, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    running = await Trial().start(start)
    await running.quiet()

    await broker.jetstream.delete_consumer("SCANS", "orders")
    await eventually(lambda: caplog.text.count("pull_refused") >= 2)
    began = time.monotonic()
    await eventually(lambda: caplog.text.count("pull_refused") >= 5)

    assert time.monotonic() - began > 1


async def test_two_instances_share_a_stream_and_each_event_has_one_effect(start: Starter, broker: Broker) -> None:
    first, second = Trial(), Trial()
    running = await first.start(start)
    await second.start(start, database_url=running.database_url)

    for wave in range(10):
        await broker.say(*(numbered(10 * wave + n) for n in range(10)))
    await has_effects(running, list(range(100)))
