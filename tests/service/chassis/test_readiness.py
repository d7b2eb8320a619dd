"""The probes claim only what they have tested: alive, ready, idle."""

import asyncio
from pathlib import Path

import pytest
from nats.js.api import ConsumerConfig

from chassis.transactions import Transaction
from contracts.scans.v1 import Watermark
from service.chassis.trial import Trial, numbered
from support.servers import Broker, Servers
from support.services import Running, Starter
from support.waiting import eventually


async def becomes_ready(running: Running) -> None:
    async def nothing_is_wrong() -> bool:
        return await running.wrong() == {}

    await eventually(nothing_is_wrong, within=15)


async def becomes_wrong(running: Running, what: str) -> str:
    """Wait until /readyz finds *what* wrong; gives its sentence."""

    async def sentence() -> str | None:
        return (await running.wrong()).get(what)

    return str(await eventually(sentence, within=15))


async def test_a_service_with_all_it_needs_is_ready(start: Starter) -> None:
    assert await (await start("orders")).wrong() == {}


async def test_a_broker_that_acknowledges_before_it_fsyncs_makes_it_not_ready(
    start: Starter, servers: Servers, tmp_path: Path
) -> None:
    careless = servers.another_nats(tmp_path / "nats")
    config = tmp_path / "nats" / "nats.conf"
    config.write_text(config.read_text().replace("sync_interval: always", "sync_interval: 2m"))
    await asyncio.to_thread(careless.start)
    try:
        running = await start("orders", nats_monitor_url=careless.monitor_url)

        assert await running.wrong() == {
            "durability": "the broker does not fsync before it acknowledges: sync_interval"
        }
    finally:
        await asyncio.to_thread(careless.stop)


async def test_a_consumer_that_is_missing_makes_it_not_ready_until_it_is_provisioned(
    start: Starter, broker: Broker
) -> None:
    running = await start("orders")
    await broker.jetstream.delete_consumer("SCANS", "orders")

    assert "consumer not found" in await becomes_wrong(running, "broker")

    await broker.provision()
    await becomes_ready(running)


async def test_a_stream_that_is_missing_makes_it_not_ready_until_it_is_provisioned(
    start: Starter, broker: Broker
) -> None:
    running = await start("carrier-adapter")
    await broker.jetstream.delete_stream("SCANS")

    assert "stream not found" in await becomes_wrong(running, "broker")

    await broker.provision()
    await becomes_ready(running)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"duplicate_window": 5}, "stream SCANS: duplicate_window"),
        ({"subjects": ["scans.v1.reported"]}, "stream SCANS: subjects"),
        ({"allow_atomic": False}, "stream SCANS: allow_atomic"),
    ],
)
async def test_a_stream_changed_by_hand_makes_it_not_ready(
    start: Starter, broker: Broker, change: dict[str, object], sentence: str
) -> None:
    running = await start("orders")
    config = (await broker.jetstream.stream_info("SCANS")).config

    await broker.jetstream.update_stream(config.evolve(**change))

    assert await becomes_wrong(running, "broker") == sentence
    await broker.provision()
    await becomes_ready(running)


async def test_a_consumer_changed_by_hand_makes_it_not_ready(start: Starter, broker: Broker) -> None:
    running = await start("orders")
    found = (await broker.jetstream.consumer_info("SCANS", "orders")).config

    await broker.jetstream.add_consumer("SCANS", ConsumerConfig(**{**found.__dict__, "max_deliver": 3}))

    assert await becomes_wrong(running, "broker") == "consumer SCANS/orders: max_deliver"


async def test_an_absent_database_makes_it_not_ready_but_alive(start: Starter, servers: Servers) -> None:
    running = await start("orders")
    servers.postgres.kill()

    assert await becomes_wrong(running, "database")
    assert (await running.ops.get("/healthz")).status_code == 200

    await servers.up()
    await becomes_ready(running)


async def test_a_database_that_does_not_answer_makes_it_not_ready_within_seconds(
    start: Starter, servers: Servers
) -> None:
    running = await start("orders")
    await servers.postgres.pause()

    answer = await running.ops.get("/readyz", timeout=4)

    assert answer.status_code == 503
    assert "database" in answer.json()["wrong"]
    servers.postgres.resume()
    await becomes_ready(running)


async def test_an_absent_broker_makes_it_not_ready_but_alive(start: Starter, servers: Servers) -> None:
    running = await start("orders")
    servers.nats.kill()

    assert await becomes_wrong(running, "broker") == "not connected"
    assert "durability" in await running.wrong()
    assert (await running.ops.get("/healzth")).status_code == 404
    assert (await running.ops.get("/healthz")).status_code == 200

    await asyncio.to_thread(servers.nats.start)
    await becomes_ready(running)


async def test_a_service_that_stops_is_not_ready_while_it_finishes(start: Starter, broker: Broker) -> None:
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def hold(_: Transaction, __: Watermark) -> None:
        entered.set()
        await may_go_on.wait()

    running = await Trial(hold).start(start)
    await broker.say(numbered(1))
    await eventually(entered.is_set)

    running.service.stop()

    assert await running.wrong() == {"stopping": "the service is stopping"}
    may_go_on.set()


async def test_a_service_with_a_message_to_take_is_not_idle(start: Starter, broker: Broker) -> None:
    may_go_on = asyncio.Event()

    async def hold(_: Transaction, __: Watermark) -> None:
        await may_go_on.wait()

    running = await Trial(hold).start(start)
    await running.quiet()
    await broker.say(numbered(1))

    async def is_at_work() -> bool:
        answer = (await running.ops.get("/idle")).json()
        return answer["idle"] is False and "stream SCANS" in answer["waiting"]

    await eventually(is_at_work)
    may_go_on.set()
    await running.quiet()


async def test_figures_are_there_for_prometheus(start: Starter, broker: Broker) -> None:
    running = await Trial().start(start)
    await broker.say(*(numbered(n) for n in range(3)))
    await broker.put("scans.v1.watermark", b"no event")
    await running.quiet()

    figures = (await running.ops.get("/metrics")).text.splitlines()

    assert 'waybill_events_handled{stream="SCANS"} 3.0' in figures
    assert 'waybill_events_quarantined{stream="SCANS"} 1.0' in figures
    assert "waybill_outbox_waiting 0.0" in figures
