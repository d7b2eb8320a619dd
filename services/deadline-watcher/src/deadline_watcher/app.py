"""The service, declared: what it hears and does by itself."""

from collections.abc import Sequence

from chassis.service import Service
from chassis.transactions import Transaction
from contracts.event import Event
from deadline_watcher import handlers
from deadline_watcher.settings import DeadlineWatcherSettings
from deadline_watcher.watch import Watcher


def create(settings: DeadlineWatcherSettings) -> Service:
    """Declare the service; nothing runs yet."""
    service = Service(settings, name="deadline-watcher", package="deadline_watcher")
    watcher = Watcher(service)

    async def on_orders(tx: Transaction, events: Sequence[Event]) -> None:
        await handlers.on_orders(tx, events)
        tx.afterwards(watcher.poke.set)

    service.consumes("ORDERS", on_orders)
    service.background("watcher", watcher.run)
    service.idle_when("due", watcher.is_done)
    return service
