"""The watermark: everything accepted before T has been read, and its records are among the first n put out."""

import asyncio
import json
from datetime import datetime
from uuid import UUID

import pytest

from carrier_adapter.watermark import read_watermark
from contracts.scans.v1 import Watermark
from support.pushing import Carrier, a_body
from support.servers import Broker
from support.services import Running, SteppedTime
from support.waiting import eventually


async def levels(broker: Broker) -> list[Watermark]:
    return [event for event in await broker.said("SCANS") if isinstance(event, Watermark)]


async def test_when_all_is_read_it_is_the_present_with_every_record_counted(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    for _ in range(3):
        await ninjavan.push(a_body())
    clock.advance(minutes=5)
    await adapter.quiet()

    last = (await levels(broker))[-1]

    assert last.through == clock.now
    assert last.records == await adapter.pool.fetchval("SELECT count(*) FROM pushes")


async def test_it_moves_on_when_nothing_comes(adapter: Running, broker: Broker, clock: SteppedTime) -> None:
    await adapter.quiet()

    later = clock.advance(days=15)
    await adapter.quiet()

    assert (await levels(broker))[-1].through == later


async def test_it_stays_where_the_oldest_push_waits_that_is_not_read(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    await adapter.quiet()
    received_at = clock.advance(minutes=1)
    async with adapter.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("LOCK TABLE feed IN EXCLUSIVE MODE")  # reading stops short of its commit
        await ninjavan.push(a_body())
        after = clock.advance(minutes=10)
        level = await read_watermark(adapter.service)
        assert (level.through, level.occurred_at) == (received_at, after)
        assert max(level.through for level in await levels(broker)) <= received_at
        await holding.rollback()
    await adapter.quiet()

    assert (await levels(broker))[-1].through == after


@pytest.mark.usefixtures("_unhurried")
async def test_it_waits_for_a_commit_that_is_under_way(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    """A push that bears an earlier time is committed, and seen, before a later level is said."""
    await adapter.quiet()
    received_at = clock.advance(minutes=1)
    async with adapter.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("LOCK TABLE unread IN SHARE MODE")  # the commit of a push stops, its time is read
        pushing = asyncio.create_task(ninjavan.push(a_body()))

        async def commit_waits() -> bool:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'RowExclusiveLock'"
            return bool(await connection.fetchval(waiting))

        await eventually(commit_waits)
        clock.advance(minutes=10)

        async def level_waits() -> bool:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
            return bool(await connection.fetchval(waiting))

        await eventually(level_waits)
        assert max(level.through for level in await levels(broker)) <= received_at
        await holding.rollback()
    assert (await pushing).status_code == 202
    await adapter.quiet()


@pytest.mark.usefixtures("_unhurried")
async def test_it_is_true_of_every_level_that_is_said_while_pushes_come_together_and_time_moves(
    adapter: Running, ninjavan: Carrier, broker: Broker, clock: SteppedTime
) -> None:
    done = asyncio.Event()

    async def move_time() -> None:
        while not done.is_set():
            clock.advance(milliseconds=1)
            await asyncio.sleep(0)

    async def push_many() -> None:
        for _ in range(25):
            assert (await ninjavan.push(a_body())).status_code == 202

    moving = asyncio.create_task(move_time())
    await asyncio.gather(*(push_many() for _ in range(8)))
    done.set()
    await moving
    await adapter.quiet()

    received = await received_at_of_each_push(adapter)
    position = await position_of_each_push(adapter)
    said = await levels(broker)
    assert len(said) > 3
    assert len({level.through for level in said}) > 3
    for level in said:
        before = [position[push_id] for push_id, at in received.items() if at < level.through]
        assert max(before, default=0) <= level.records


async def received_at_of_each_push(adapter: Running) -> dict[UUID, datetime]:
    return {row["id"]: row["received_at"] for row in await adapter.pool.fetch("SELECT id, received_at FROM pushes")}


async def position_of_each_push(adapter: Running) -> dict[UUID, int]:
    """Say how many records were put out until that of each push, itself included."""
    rows = await adapter.pool.fetch(
        "SELECT body FROM outbox WHERE subject IN ('scans.v1.reported', 'scans.v1.quarantined') ORDER BY id"
    )
    return {UUID(json.loads(row["body"])["push_id"]): place for place, row in enumerate(rows, start=1)}
