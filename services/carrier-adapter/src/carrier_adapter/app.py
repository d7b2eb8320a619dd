"""The service, declared: what it serves, hears and does by itself."""

import asyncio
from collections.abc import Sequence
from typing import Any

from carrier_adapter import api, erasing
from carrier_adapter.accounts import Account, Accounts, linking, register
from carrier_adapter.catalogue import Catalogue
from carrier_adapter.intake import GroupCommit, Intake
from carrier_adapter.normalising import Reader
from carrier_adapter.receipts import KEPT
from carrier_adapter.scorecard.keeping import KEPT as SCORES_KEPT
from carrier_adapter.scorecard.keeping import Scorecard
from carrier_adapter.scorecard.watching import Watch
from carrier_adapter.sealing import Seal
from carrier_adapter.settings import CarrierAdapterSettings
from carrier_adapter.signatures import Refusal
from carrier_adapter.watermark import Gauge
from chassis.postgres import CannotStart, load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.orders.v1 import ParcelsUnheard, ScansJudged

sql = load_queries("carrier_adapter")


def create(settings: CarrierAdapterSettings) -> Service:
    """Declare the service; nothing runs yet."""
    service = Service(settings, name="carrier-adapter", package="carrier_adapter")
    seal = Seal(settings.sealing_key.get_secret_value())
    formats = Catalogue(settings.mappings)
    accounts = Accounts(seal, formats)
    contradicted = service.counter("waybill_pushes_contradicted", "Pushes whose id had come with another content")
    commits = GroupCommit(lambda: service.pool, service.clock, seal, contradicted.inc)
    scorecard = Scorecard(lambda: service.pool, service.clock)
    reader = Reader(service, seal, commits.committed, scorecard, formats)
    gauge = Gauge(service, reader.drained, every=0.05 if settings.clock_file else 5.0)
    eraser = erasing.Eraser(service, seal, formats)
    refused = service.counter("waybill_pushes_refused", "Pushes whose signature was missing or wrong", ("reason",))

    def turned_away(account: Account | None, reason: Refusal) -> None:
        refused.labels(reason).inc()
        if account is not None:
            scorecard.rejected(account.name, reason)

    async def on_orders(tx: Transaction, events: Sequence[Event]) -> None:
        await on_judged(tx, events)
        await erasing.keep(tx, events)
        tx.afterwards(eraser.poke.set)
        tx.afterwards(lambda: _score(scorecard, accounts, events))

    intake = Intake(accounts, commits, settings.largest_body, turned_away)
    more = api.create(service, settings, seal, accounts, formats)
    service.serves_http(api.Front(intake, more), settings.http_host, settings.http_port)
    service.looks_first(lambda pool: _look_at_the_seal(pool, seal))
    service.consumes("ORDERS", on_orders)
    service.background("formats", lambda: _keep_fresh(formats))
    service.background("accounts", lambda: accounts.keep_fresh(service.pool))
    service.background("commits", commits.run)
    service.background("reader", reader.run)
    service.background("watermark", gauge.run)
    service.chore("erasing", eraser.run)
    service.chore("scorecard", scorecard.run)
    service.chore("alarms", Watch(service).run)
    service.chore("retention", lambda: _forget(service))
    service.chore("links", lambda: linking.keep_telling(service))
    service.idle_when("links", lambda: linking.is_told(service))
    service.idle_when("unread", reader.is_done)
    service.idle_when("watermark", gauge.is_done)
    service.idle_when("erasing", eraser.is_done)
    return service


async def on_judged(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep what `orders` made of each record."""
    judged = [one for event in events if isinstance(event, ScansJudged) for one in event.judgements]
    if judged:
        rows = [(one.scan_id, one.verdict, one.reason) for one in judged]
        await tx.connection.execute(sql.keep_verdicts, *zip(*rows, strict=True), tx.now)


def _score(scorecard: Scorecard, accounts: Accounts, events: Sequence[Event]) -> None:
    """Count verdicts, and parcels that no feed speaks of."""
    for event in events:
        if isinstance(event, ScansJudged):
            scorecard.judged(event.judgements)
        elif isinstance(event, ParcelsUnheard):
            scorecard.unheard(event, accounts.carriers())


async def _look_at_the_seal(pool: Any, seal: Seal) -> None:
    if problem := await register.seal_problem(pool, seal):
        raise CannotStart(problem)


async def _keep_fresh(formats: Catalogue) -> None:
    """Look for new and changed mapping files, until cancelled."""
    while True:
        await asyncio.sleep(Accounts.refresh_every)
        formats.refresh()


async def _forget(service: Service) -> None:
    """Let go of bodies, and of verdicts, after 30 days, slice by slice; of scorecards after more than a year."""
    while True:
        await service.pool.execute(sql.forget_scorecard, (service.clock.now() - SCORES_KEPT).date())
        await service.pool.execute(sql.drop_message_ids)
        before = service.clock.now() - KEPT
        dropped = {
            await service.pool.execute(sql.drop_bodies, before),
            await service.pool.execute(sql.drop_verdicts, before),
        }
        await asyncio.sleep(0.1 if dropped & {"UPDATE 1000", "DELETE 5000"} else 3600)
