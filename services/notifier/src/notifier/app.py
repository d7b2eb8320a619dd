"""The service, declared: what it hears and does by itself."""

from collections.abc import Sequence

from chassis.service import Service
from chassis.transactions import Transaction
from contracts.event import Event
from notifier import handlers
from notifier.channels.email import Email
from notifier.notices import Notices
from notifier.sending import Sender
from notifier.settings import NotifierSettings


def create(settings: NotifierSettings) -> Service:
    """Declare the service; nothing runs yet."""
    service = Service(settings, name="notifier", package="notifier")
    email = Email(
        settings.smtp_host,
        settings.smtp_port,
        sender=settings.sender,
        sender_name=settings.sender_name,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        tls=settings.smtp_tls,
    )
    notices = Notices(service)
    sender = Sender(
        service,
        email,
        ended=notices.poke,
        domain=settings.message_id_domain,
        public_url=settings.public_url,
        waking=(settings.waking_from, settings.waking_until),
    )

    async def on_orders(tx: Transaction, events: Sequence[Event]) -> None:
        if await handlers.on_orders(tx, events):
            tx.afterwards(sender.poke.set)

    async def on_deadlines(tx: Transaction, events: Sequence[Event]) -> None:
        if await handlers.on_deadlines(tx, events):
            tx.afterwards(sender.poke.set)

    service.consumes("ORDERS", on_orders)
    service.consumes("DEADLINES", on_deadlines)
    if settings.sending:
        service.background("sender", sender.run)
    service.chore("notices", notices.run)
    service.idle_when("messages", sender.is_done)
    service.idle_when("notices", notices.is_done)
    return service
