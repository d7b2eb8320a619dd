"""Streams and consumers, made from the one manifest. Only the provisioner runs this; services never make any.

``python -m chassis.topology provision`` with NATS_URL and NATS_SEED (the provisioner's) applies it, again and again if
need be: it creates or updates, and deletes nothing.
"""

import argparse
import asyncio
import os
import sys
from typing import Any

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from chassis.broker import inbox_prefix
from contracts.streams import CONSUMERS, STREAMS, ConsumerSpec, StreamSpec

DAY = 24 * 3600
KEPT_DAYS = 30  #: A stream is a copy: what is older is in the outbox.
DUPLICATE_WINDOW = 120  #: Seconds; saves work, guarantees nothing.
PENDING_BATCHES = 8


def stream_config(spec: StreamSpec) -> StreamConfig:
    """Say how a stream is kept."""
    return StreamConfig(
        name=spec.name,
        subjects=[spec.space],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        max_age=KEPT_DAYS * DAY,
        duplicate_window=DUPLICATE_WINDOW,
        num_replicas=1,
        allow_atomic=True,
    )


def consumer_config(spec: ConsumerSpec, ack_wait: float) -> ConsumerConfig:
    """Say how a consumer is served: everything, explicitly acknowledged, as often as it takes."""
    return ConsumerConfig(
        durable_name=spec.service,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait,
        max_deliver=-1,
        max_ack_pending=500 * PENDING_BATCHES,
        filter_subjects=list(spec.filters) if len(spec.filters) > 1 else None,
        filter_subject=spec.filters[0] if len(spec.filters) == 1 else None,
    )


async def provision(jetstream: JetStreamContext, ack_wait: float = 30.0) -> None:
    """Create what is missing and update what differs."""
    for stream in STREAMS.values():
        try:
            await jetstream.stream_info(stream.name)
            await jetstream.update_stream(stream_config(stream))
        except NotFoundError:
            await jetstream.add_stream(stream_config(stream))
    for consumer in CONSUMERS:
        await jetstream.add_consumer(consumer.stream, consumer_config(consumer, ack_wait))


async def differences(jetstream: JetStreamContext, service: str) -> list[str]:
    """Say what of the manifest that *service* needs is missing or differs on the broker."""
    wrong: list[str] = []
    mine = [consumer for consumer in CONSUMERS if consumer.service == service]
    streams = {consumer.stream for consumer in mine} | {s.name for s in STREAMS.values() if s.said_by == service}
    for name in sorted(streams):
        wanted, found = stream_config(STREAMS[name]), (await jetstream.stream_info(name)).config
        fields = ("storage", "retention", "allow_atomic", "duplicate_window", "subjects")
        wrong += [f"stream {name}: {f}" for f in fields if getattr(found, f) != getattr(wanted, f)]
    for consumer in mine:
        wanted_c = consumer_config(consumer, 30)
        found_c: Any = (await jetstream.consumer_info(consumer.stream, service)).config
        checks = ("ack_policy", "max_deliver", "filter_subject", "filter_subjects")
        wrong += [
            f"consumer {consumer.stream}/{service}: {f}"
            for f in checks
            if (getattr(found_c, f) or None) != (getattr(wanted_c, f) or None)
        ]
    return wrong


async def _main(url: str, seed: str, ack_wait: float, patience: float) -> None:
    connection = await nats.connect(
        url,
        name="provisioner",
        nkeys_seed_str=seed,
        inbox_prefix=inbox_prefix("provisioner").encode(),
        max_reconnect_attempts=max(1, int(patience)),
        reconnect_time_wait=1,
    )
    await provision(connection.jetstream(), ack_wait)
    await connection.close()


def main() -> None:
    """Apply the manifest; says in one sentence what is missing if it cannot."""
    parser = argparse.ArgumentParser(prog="python -m chassis.topology")
    parser.add_argument("verb", choices=["provision"])
    parser.add_argument("--ack-wait", type=float, default=30.0, help="seconds before an unacknowledged message returns")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds to wait for the broker")
    options = parser.parse_args()
    url, seed = os.environ.get("NATS_URL"), os.environ.get("NATS_SEED")
    if not url or not seed:
        sys.exit("NATS_URL and NATS_SEED (the provisioner's nkey seed) must be set.")
    try:
        asyncio.run(_main(url, seed, options.ack_wait, options.patience))
    except NatsError as error:
        sys.exit(f"the broker at {url} did not take the manifest: {type(error).__name__} {error}")
    print(f"provisioned {len(STREAMS)} streams and {len(CONSUMERS)} consumers")


if __name__ == "__main__":
    main()
