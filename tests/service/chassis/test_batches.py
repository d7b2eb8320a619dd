"""A batch is a transaction: known events change nothing, a failing one is found and put aside, the others go on."""

from uuid import uuid4

import pytest

from chassis.batches import ATTEMPTS
from chassis.transactions import Transaction
from contracts.scans.v1 import Watermark
from service.chassis.trial import Trial, effects, numbered
from support.servers import Broker, Servers
from support.services import Running, Starter
from support.waiting import eventually


class Unacceptable(Exception):
    """What the handler of these tests makes of some events."""


async def refuse_13(_: Transaction, mark: Watermark) -> None:
    if mark.records == 13:
        raise Unacceptable("13 is not accepted")


async def all_acknowledged(broker: Broker) -> None:
    async def nothing_left() -> bool:
        return await broker.unacknowledged("SCANS", "orders") == 0

    await eventually(nothing_left)


async def quarantined(running: Running) -> list[tuple[str, str]]:
    rows = await running.pool.fetch("SELECT subject, reason FROM quarantine ORDER BY id")
    return [(row["subject"], row["reason"]) for row in rows]


async def test_an_event_that_comes_again_changes_nothing(start: Starter, broker: Broker) -> None:
    trial = Trial()
    running = await trial.start(start)
    event = numbered(1)
    again = event.model_dump_json().encode()

    await broker.say(event)
    await all_acknowledged(broker)
    for _ in range(3):
        await broker.put(event.subject, again)  # another message of the broker's, the same event
    await broker.say(numbered(2))
    await all_acknowledged(broker)

    assert await effects(running) == [1, 2]
    assert 'waybill_events_duplicate{stream="SCANS"} 3.0' in (await running.ops.get("/metrics")).text


async def test_the_same_event_twice_in_one_batch_has_one_effect(start: Starter, broker: Broker) -> None:
    event = numbered(1)
    for _ in range(2):
        await broker.put(event.subject, event.model_dump_json().encode())

    running = await Trial().start(start)
    await all_acknowledged(broker)

    assert await effects(running) == [1]


async def test_a_stream_read_again_from_its_beginning_changes_nothing(start: Starter, broker: Broker) -> None:
    running = await Trial().start(start)
    await broker.say(*(numbered(n) for n in range(5)))
    await all_acknowledged(broker)
    await running.stop()

    await broker.jetstream.delete_consumer("SCANS", "orders")
    await broker.provision()
    again = await Trial().start(start, database_url=running.database_url)
    await all_acknowledged(broker)

    assert await effects(again) == [0, 1, 2, 3, 4]


async def test_a_failing_batch_is_halved_until_the_poison_is_alone_and_the_others_are_applied(
    start: Starter, broker: Broker
) -> None:
    await broker.provision(ack_wait=20)  # none comes again while 13 is tried
    await broker.say(*(numbered(n) for n in range(40)))
    trial = Trial(refuse_13)

    running = await trial.start(start)
    await all_acknowledged(broker)

    assert await effects(running) == [n for n in range(40) if n != 13]
    assert await quarantined(running) == [("scans.v1.watermark", "Unacceptable: 13 is not accepted")]
    assert len(trial.batches[0]) > 1
    assert trial.batches.count([13]) == ATTEMPTS
    assert len([batch for batch in trial.batches if 13 not in batch]) <= 6  # halves, not one by one


async def test_failures_are_counted_in_the_database_and_outlive_the_process(start: Starter, broker: Broker) -> None:
    poison = numbered(13)
    trial = Trial(refuse_13)
    running = await trial.start(start)
    await running.pool.execute(
        "INSERT INTO attempts (event_id, failures, last_reason) VALUES ($1, $2, 'Unacceptable')",
        poison.event_id,
        ATTEMPTS - 1,  # as another process left it
    )

    await broker.say(poison)
    await all_acknowledged(broker)

    assert trial.batches == [[13]]
    assert len(await quarantined(running)) == 1


async def test_an_event_that_succeeds_at_a_later_attempt_has_one_effect_and_is_not_put_aside(
    start: Starter, broker: Broker
) -> None:
    trial = Trial()

    async def fail_twice(_: Transaction, __: Watermark) -> None:
        if len(trial.batches) <= 2:
            raise Unacceptable("not yet")

    trial.effect = fail_twice
    running = await trial.start(start)
    await broker.say(numbered(1))
    await all_acknowledged(broker)

    assert await effects(running) == [1]
    assert await quarantined(running) == []


@pytest.mark.parametrize(
    ("subject", "body", "reason"),
    [
        ("scans.v1.watermark", b"", "body: Invalid JSON"),
        ("scans.v1.watermark", b"canary {", "body: Invalid JSON"),
        ("scans.v1.watermark", b"\xff\xfe canary", "body: Invalid JSON"),
        ("scans.v1.watermark", b"canary" * 43_000, "body: Invalid JSON"),
        ("scans.v1.watermark", b'{"records": "canary"}', "event_id: Field required"),
        ("scans.v1.watermark", b"[" * 100_000, "body: Invalid JSON"),
        ("scans.v1.unheard_of", b'{"canary": 1}', "unknown subject or version"),
    ],
    ids=["empty", "no JSON", "no UTF-8", "256 KB", "not valid", "nested", "unknown kind"],
)
async def test_what_does_not_parse_is_put_aside_as_it_came_and_the_consumer_goes_on(
    start: Starter, broker: Broker, subject: str, body: bytes, reason: str
) -> None:
    running = await Trial().start(start)

    await broker.put(subject, body)
    await broker.say(numbered(1))
    await all_acknowledged(broker)

    assert await effects(running) == [1]
    [row] = await running.pool.fetch("SELECT * FROM quarantine")
    assert (row["stream"], row["sequence"], row["subject"], row["body"]) == ("SCANS", 1, subject, body)
    assert row["reason"].startswith(reason)
    assert "canary" not in row["reason"]


async def test_what_does_not_parse_is_put_aside_once_however_often_it_is_delivered(
    start: Starter, broker: Broker
) -> None:
    running = await Trial().start(start)
    await broker.put("scans.v1.watermark", b"{")
    await all_acknowledged(broker)
    await broker.jetstream.delete_consumer("SCANS", "orders")
    await broker.provision()

    await broker.say(numbered(1))
    await all_acknowledged(broker)

    assert len(await quarantined(running)) == 1


async def test_an_absent_database_is_waited_for_and_nothing_is_acknowledged_counted_or_put_aside(
    start: Starter, broker: Broker, servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    running = await Trial().start(start)
    servers.postgres.kill()
    await broker.say(*(numbered(n) for n in range(10)))

    await eventually(lambda: "batch_waits" in caplog.text)

    async def none_is_acknowledged() -> bool:
        return await broker.unacknowledged("SCANS", "orders") == 10

    await eventually(none_is_acknowledged)

    await servers.up()
    await all_acknowledged(broker)
    assert await effects(running) == list(range(10))
    assert await running.pool.fetchval("SELECT count(*) FROM attempts") == 0
    assert await quarantined(running) == []


async def test_a_deadlock_is_no_fault_of_the_event(start: Starter, broker: Broker) -> None:
    key = uuid4().int % 2**31

    async def take_two_locks(tx: Transaction, _: Watermark) -> None:
        await tx.connection.execute("SELECT pg_advisory_xact_lock($1)", key)
        await tx.connection.execute("SELECT pg_advisory_xact_lock($1)", key + 1)

    running = await Trial(take_two_locks).start(start)

    async def handler_waits() -> bool:
        return bool(await running.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    async with running.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", key + 1)
        await broker.say(numbered(1))
        await eventually(handler_waits)  # who waits longest is the one that PostgreSQL ends
        await connection.execute("SELECT pg_advisory_xact_lock($1)", key)
    await all_acknowledged(broker)

    assert await effects(running) == [1]
    assert await running.pool.fetchval("SELECT count(*) FROM attempts") == 0
