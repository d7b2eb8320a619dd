"""Streams and consumers come from one manifest, made by the provisioner, again and again if need be."""

import sys

import pytest
from nats.js.api import StorageType

from chassis import topology
from contracts.streams import CONSUMERS, SERVICES, STREAMS
from service.chassis.trial import numbered
from support.servers import Broker


async def test_the_provisioner_may_do_all_that_the_manifest_needs(broker: Broker) -> None:
    for name in STREAMS:
        await broker.jetstream.delete_stream(name)
    provisioner = await broker.connect("provisioner")

    await topology.provision(provisioner.jetstream())

    for consumer in CONSUMERS:
        assert (await broker.jetstream.consumer_info(consumer.stream, consumer.service)).config.max_deliver == -1
    for service in SERVICES:
        connection = await broker.connect(service)
        assert await topology.differences(connection.jetstream(), service) == []


async def test_provisioning_again_keeps_what_is_stored_and_how_far_it_was_read(broker: Broker) -> None:
    await broker.say(numbered(1), numbered(2))
    subscription = await broker.jetstream.pull_subscribe_bind(durable="orders", stream="SCANS")
    for message in await subscription.fetch(1):
        await message.ack_sync()

    await broker.provision()

    assert len(await broker.said("SCANS")) == 2
    assert await broker.unacknowledged("SCANS", "orders") == 1


async def test_provisioning_puts_a_changed_stream_and_consumer_right(broker: Broker) -> None:
    config = (await broker.jetstream.stream_info("ORDERS")).config
    await broker.jetstream.update_stream(config.evolve(duplicate_window=1, allow_atomic=False))
    consumer = (await broker.jetstream.consumer_info("ORDERS", "notifier")).config
    consumer.max_deliver = 2
    await broker.jetstream.add_consumer("ORDERS", consumer)
    connection = await broker.connect("notifier")
    assert await topology.differences(connection.jetstream(), "notifier") == [
        "stream ORDERS: allow_atomic",
        "stream ORDERS: duplicate_window",
        "consumer ORDERS/notifier: max_deliver",
    ]

    await broker.provision()

    assert await topology.differences(connection.jetstream(), "notifier") == []


async def test_streams_are_on_disk(broker: Broker) -> None:
    for name in STREAMS:
        assert (await broker.jetstream.stream_info(name)).config.storage == StorageType.FILE


@pytest.mark.parametrize("missing", ["NATS_URL", "NATS_SEED"])
def test_the_provisioner_says_in_one_sentence_what_it_was_not_told(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NATS_URL", "NATS_SEED"):
        monkeypatch.setenv(name, "told")
    monkeypatch.delenv(missing)
    monkeypatch.setattr(sys, "argv", ["topology", "provision"])

    with pytest.raises(SystemExit) as stop:
        topology.main()

    assert stop.value.code == "NATS_URL and NATS_SEED (the provisioner's nkey seed) must be set."
