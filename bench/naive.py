"""The naive variant: one message, one transaction, one publish, by eight workers in each stage.

The same decision and the same effects as the services have: inbox row, order, parcel, scan, history, outbox row, and
what is said is published; the deadlines are set and the messages kept by the services' own code. It leaves out what
only the real ones do (books, watermark, verdicts, quarantine). ``python -m bench.naive STAGE`` runs one stage.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import nats
import uvloop
from nats.errors import TimeoutError as NothingCame
from nats.js import JetStreamContext

from chassis.broker import inbox_prefix
from chassis.clock import RealClock
from chassis.postgres import load_queries, open_pool
from chassis.settings import ServiceSettings, load
from chassis.transactions import Transaction
from contracts.event import Event, decode
from contracts.orders.v1 import Verdict
from contracts.scans.v1 import ScanReported
from contracts.streams import STREAMS
from deadline_watcher import handlers as watcher
from deadline_watcher.settings import DeadlineWatcherSettings
from notifier import handlers as notifier
from notifier.settings import NotifierSettings
from orders import store
from orders.bookkeeping import Entry, row_of_entry
from orders.life.decide import weigh
from orders.life.matching import Matched
from orders.rows import evidence_of_event
from orders.settings import OrdersSettings

WORKERS = 8

sql, chassis_sql, orders_sql = load_queries("bench"), load_queries("chassis"), load_queries("orders")


async def apply_scan(tx: Transaction, event: Event) -> None:
    """Decide what a scan does to its order, and write it down; a watermark between them means nothing here."""
    if not isinstance(event, ScanReported):
        return
    scan = evidence_of_event(event)
    found = await tx.connection.fetchrow(orders_sql.candidates, [event.tracking_number])
    order_id, parcel = found["order_id"], found["parcel"]
    order = (await store.load(tx.connection, [order_id], lock=True))[order_id]
    await store.save(tx, [(order, weigh(order, {parcel: [scan]}, tx.now))])
    matched = Matched(Verdict.APPLIED, None, order_id, parcel)
    row = row_of_entry(Entry(scan, event.account, event.tracking_number, matched))
    await tx.connection.execute(orders_sql.keep_scans, *([value] for value in row))


async def set_deadlines(tx: Transaction, event: Event) -> None:
    """Set the deadlines of one order."""
    await watcher.on_orders(tx, [event])


async def keep_messages(tx: Transaction, event: Event) -> None:
    """Keep the messages about one order."""
    await notifier.on_orders(tx, [event])


@dataclass(frozen=True, slots=True)
class Stage:
    """One service's place in the pipeline."""

    settings: type[ServiceSettings]
    stream: str
    handle: Callable[[Transaction, Event], Awaitable[None]]


STAGES = {
    "orders": Stage(OrdersSettings, "SCANS", apply_scan),
    "deadline-watcher": Stage(DeadlineWatcherSettings, "ORDERS", set_deadlines),
    "notifier": Stage(NotifierSettings, "ORDERS", keep_messages),
}


async def work(stage: Stage, pool: Any, jetstream: JetStreamContext, durable: str) -> None:
    """Take messages one by one, until cancelled."""
    known, clock = STREAMS[stage.stream].known(), RealClock()
    subscription = await jetstream.pull_subscribe_bind(durable=durable, stream=stage.stream)
    while True:
        try:
            (message,) = await subscription.fetch(1, timeout=5)
        except NothingCame:
            continue
        event = decode(known, message.subject, message.data)
        assert isinstance(event, Event)
        async with pool.acquire() as connection:
            async with connection.transaction():
                tx = Transaction(connection, clock.now())
                if await connection.fetch(chassis_sql.remember_events, [event.event_id]):
                    await stage.handle(tx, event)
                places = [await connection.fetchval(sql.put_one_in_outbox, *said) for said in tx.said]
            for place, (event_id, _, subject, body) in zip(places, tx.said, strict=True):
                await jetstream.publish(subject, body, headers={"Nats-Msg-Id": str(event_id)})
                await connection.execute(chassis_sql.mark_published, [place])
        await message.ack()


async def run(name: str) -> None:
    """Run a stage until the process is ended."""
    stage = STAGES[name]
    settings = load(stage.settings)
    pool = await open_pool(settings.database_url.get_secret_value(), name=name, size=WORKERS + 1)
    connection = await nats.connect(
        settings.nats_url,
        nkeys_seed_str=settings.nats_seed.get_secret_value(),
        inbox_prefix=inbox_prefix(name).encode(),
    )
    async with asyncio.TaskGroup() as workers:
        for _ in range(WORKERS):
            workers.create_task(work(stage, pool, connection.jetstream(), name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.naive")
    parser.add_argument("stage", choices=list(STAGES))
    uvloop.run(run(parser.parse_args().stage))
