"""The service, declared: what it serves, hears and does by itself."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from carrier_adapter import erasing
from carrier_adapter.accounts import Accounts
from carrier_adapter.intake import GroupCommit, Intake
from carrier_adapter.normalising import Reader
from carrier_adapter.sealing import Seal
from carrier_adapter.settings import CarrierAdapterSettings
from carrier_adapter.watermark import Gauge
from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.orders.v1 import ScansJudged

sql = load_queries("carrier_adapter")

BODIES_KEPT = timedelta(days=30)


def create(settings: CarrierAdapterSettings) -> Service:
    """Declare the service; nothing runs yet."""
    service = Service(settings, name="carrier-adapter", package="carrier_adapter")
    seal = Seal(settings.sealing_key.get_secret_value())
    accounts = Accounts(seal)
    commits = GroupCommit(lambda: service.pool, service.clock, seal)
    reader = Reader(service, seal, commits.committed)
    gauge = Gauge(service, reader.drained, every=0.05 if settings.clock_file else 5.0)
    eraser = erasing.Eraser(service, seal)
    refused = service.counter("waybill_pushes_refused", "Pushes whose signature was missing or wrong")

    async def on_orders(tx: Transaction, events: Sequence[Event]) -> None:
        await on_judged(tx, events)
        await erasing.keep(tx, events)
        tx.afterwards(eraser.poke.set)

    service.serves_http(
        Intake(accounts, commits, settings.largest_body, refused), settings.http_host, settings.http_port
    )
    service.consumes("ORDERS", on_orders)
    service.background("accounts", lambda: accounts.keep_fresh(service.pool))
    service.background("commits", commits.run)
    service.background("reader", reader.run)
    service.background("watermark", gauge.run)
    service.chore("erasing", eraser.run)
    service.chore("retention", lambda: _forget(service))
    service.idle_when("unread", reader.is_done)
    service.idle_when("watermark", gauge.is_done)
    service.idle_when("erasing", eraser.is_done)
    return service


async def on_judged(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep what `orders` made of each record."""
    judged = [one for event in events if isinstance(event, ScansJudged) for one in event.judgements]
    if judged:
        rows = [(one.scan_id, one.verdict, one.reason) for one in judged]
        await tx.connection.execute(sql.keep_verdicts, *zip(*rows, strict=True))


async def _forget(service: Service) -> None:
    """Let go of bodies after 30 days, slice by slice."""
    while True:
        dropped = await service.pool.execute(sql.drop_bodies, service.clock.now() - BODIES_KEPT)
        await asyncio.sleep(0.1 if dropped == "UPDATE 1000" else 3600)
