"""The service, declared: what it hears, answers, serves and does by itself."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.event import Event
from contracts.orders import contacts
from orders import api, handlers, unheard
from orders.access import delays, sessions
from orders.bookkeeping import identity_of
from orders.buyers import codes
from orders.buyers.contacts import Contacts
from orders.files.keeping import Files
from orders.files.sweeping import Sweeper
from orders.payments import Payments
from orders.proposals import Proposals
from orders.settings import OrdersSettings

sql = load_queries("orders")

UNMATCHED_KEPT = timedelta(days=30)


def create(settings: OrdersSettings) -> Service:
    """Declare the service; nothing runs yet."""
    service = Service(settings, name="orders", package="orders")
    payments, proposals = Payments(service), Proposals(service)

    async def on_feed(tx: Transaction, events: Sequence[Event]) -> None:
        await handlers.on_feed(tx, events)
        tx.afterwards(proposals.poke.set)

    async def on_deadlines(tx: Transaction, events: Sequence[Event]) -> None:
        await handlers.on_deadlines(tx, events)
        tx.afterwards(proposals.poke.set)

    service.consumes("SCANS", on_feed, identity_of)
    service.consumes("DEADLINES", on_deadlines)
    service.consumes("NOTICES", handlers.on_notices)
    service.consumes("MARKETPLACE", handlers.on_marketplace)
    service.answers(contacts.SUBJECT, Contacts(service).answer)
    service.serves_http(api.create(service, settings), settings.http_host, settings.http_port)
    service.background("payments", payments.run)
    service.background("proposals", proposals.run)
    service.chore("files", Sweeper(service, Files(settings)).run)
    service.chore("unheard", lambda: unheard.keep_telling(service))
    service.chore("retention", lambda: _forget(service))
    service.idle_when("payments", payments.is_done)
    service.idle_when("proposals", proposals.is_done)
    return service


async def _forget(service: Service) -> None:
    """Let go of what is kept for a time only, once an hour."""
    while True:
        await service.pool.execute(sql.forget_keys)
        await service.pool.execute(sql.forget_operator_keys)
        await service.pool.execute(sql.forget_buyer_sessions, service.clock.now())
        await service.pool.execute(sql.forget_unmatched, service.clock.now() - UNMATCHED_KEPT)
        await service.pool.execute(sql.forget_unmatched_notices, service.clock.now() - UNMATCHED_KEPT)
        await service.pool.execute(sql.forget_sessions, service.clock.now() - sessions.LONGEST)
        await service.pool.execute(sql.forget_codes, service.clock.now() - codes.FORGOTTEN)
        await service.pool.execute(sql.forget_tries, service.clock.now() - delays.FORGOTTEN)
        await asyncio.sleep(3600)
