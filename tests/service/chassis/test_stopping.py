"""SIGTERM: not ready, nothing new is taken, what is under way is finished, exit status 0 within ten seconds."""

import asyncio
import os
import signal
import time
from typing import Any

import httpx
import pytest

from chassis import service
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.scans.v1 import Watermark
from sandbox.servers import SERVICES, free_port
from service.chassis.trial import Trial, effects, numbered
from support.servers import Broker, Servers
from support.services import Launcher, PartFailed, Process, Running, Starter, run_tool
from support.waiting import eventually


async def stops_within_ten_seconds(process: Process) -> None:
    began = time.monotonic()
    process.signal(signal.SIGTERM)

    assert await process.ended(20) == 0
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", SERVICES)
async def test_a_process_that_is_told_to_stop_ends_with_status_0(launch: Launcher, name: str) -> None:
    process = await launch(name)
    await process.ready()

    await stops_within_ten_seconds(process)


async def test_a_process_steps_back_for_others_as_far_as_it_is_told(launch: Launcher) -> None:
    process = await launch("notifier", niceness=7)
    await process.ready()

    assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 7


async def test_a_process_that_waits_for_its_database_can_be_told_to_stop(launch: Launcher) -> None:
    process = await launch("orders", database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    await eventually(lambda: "database_awaited" in process.said(), within=30)

    await stops_within_ten_seconds(process)


async def test_a_process_that_waits_for_the_broker_can_be_told_to_stop(launch: Launcher) -> None:
    process = await launch("orders", nats_url=f"nats://127.0.0.1:{free_port()}")
    await eventually(lambda: "broker_refused" in process.said(), within=30)

    await stops_within_ten_seconds(process)


async def test_a_process_can_be_told_to_stop_while_its_database_does_not_answer(
    launch: Launcher, servers: Servers
) -> None:
    process = await launch("orders")
    await process.ready()
    await servers.postgres.pause()

    await stops_within_ten_seconds(process)


class Held:
    """A handler that waits in the middle of its transaction."""

    def __init__(self) -> None:
        self.entered, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def hold(self, _: Transaction, __: Watermark) -> None:
        self.entered.set()
        await self.may_go_on.wait()


async def test_a_batch_under_way_is_finished_and_acknowledged(start: Starter, broker: Broker) -> None:
    held = Held()
    running = await Trial(held.hold).start(start)
    await broker.say(numbered(1))
    await eventually(held.entered.is_set)

    running.service.stop()
    asyncio.get_running_loop().call_later(0.3, held.may_go_on.set)
    await running.stop()

    assert await broker.unacknowledged("SCANS", "orders") == 0
    again = await Trial().start(start, database_url=running.database_url)
    assert await effects(again) == [1]


async def test_nothing_new_is_taken_while_it_stops(start: Starter, broker: Broker) -> None:
    held, trial = Held(), Trial()
    trial.effect = held.hold
    running = await trial.start(start)
    await broker.say(numbered(1))
    await eventually(held.entered.is_set)
    running.service.stop()
    await broker.say(numbered(2))

    held.may_go_on.set()
    await running.stop()

    assert trial.batches == [[1]]
    assert await broker.unacknowledged("SCANS", "orders") == 1


async def test_a_batch_that_cannot_be_finished_is_given_up_and_has_no_effect(
    start: Starter, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "FINISH_WITHIN", 0.3)
    held = Held()
    running = await Trial(held.hold).start(start)
    await broker.say(numbered(1))
    await eventually(held.entered.is_set)

    await running.stop()

    again = await Trial().start(start, database_url=running.database_url)

    async def is_handled_by_the_next() -> bool:
        return await effects(again) == [1]

    await eventually(is_handled_by_the_next)


async def place_order_while_stopping(orders: Running, key: str) -> httpx.Response:
    """Place an order whose transaction waits for a lock when the service is told to stop."""
    body = {
        "number": "STOP-1",
        "buyer": {"name": "Mei Tan", "email": "mei@example.com"},
        "address": {"lines": ["1 Example Road"], "city": "Singapore", "country": "SG"},
        "lines": [{"sku": "MUG", "title": "Mug", "quantity": 1, "unit_price": "5"}],
        "currency": "SGD",
        "payment": {"method": "card", "prepaid": "5"},
        "fulfilment": {"type": "ship_by_seller"},
    }
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "one"}
    async with orders.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        request = asyncio.create_task(orders.http.post("/v1/orders", json=body, headers=headers))

        async def request_waits() -> bool:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(request_waits)
        orders.service.stop()
        await holding.rollback()
    return await request


async def test_a_request_under_way_is_answered(start: Starter) -> None:
    orders = await start("orders")
    words = ("shops", "add", "--name", "Shop", "--email", "seller@example.com")
    made = await run_tool("orders", *words, environment=orders.environment)
    key = made.printed.split('"api_key": "')[1].split('"')[0]

    answer = await place_order_while_stopping(orders, key)

    assert answer.status_code == 201


async def test_a_part_that_fails_ends_the_process(start: Starter) -> None:
    async def fail() -> None:
        raise RuntimeError("no more")

    trial = Trial()

    def declare(settings: Any) -> Service:
        declared = trial.declare(settings)
        declared.background("part", fail)
        return declared

    running = await trial.start(start, create=declare)

    with pytest.raises(PartFailed):
        await running.ended()
