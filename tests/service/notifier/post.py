"""Where messages go and what they are asked of: a mail server that may misbehave, a desk that knows the parties."""

import asyncio
import email
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID, uuid4

from aiosmtpd.smtp import SMTP
from nats.aio.msg import Msg

from contracts.event import Event
from contracts.orders.contacts import SUBJECT, Contact, ContactsAsked, ContactsGiven, Party
from contracts.orders.v1 import Occurrence, OrderChanged, OrderState
from support.servers import Broker, listening
from support.services import Running, SteppedTime
from support.waiting import eventually
from unit.notifier.happened import ZONE, standing


class Letterbox:
    """A mail server: keeps what it accepted, and answers as it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to_recipients: dict[str, list[str]] = {}  #: By address: what is answered to RCPT, in turn.
        self.to_senders: list[str] = []  #: What is answered to MAIL, in turn.
        self.after_data: list[Callable[[SMTP], Awaitable[None]]] = []  #: What is done once a mail was kept, in turn.
        self.port = 0

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what came, in order."""
        return [str(mail["Message-ID"]) for mail in self.mails]

    @property
    def subjects(self) -> list[str]:
        """The subjects of what came, in order."""
        return [str(mail["Subject"]) for mail in self.mails]

    @property
    def facts(self) -> list[str]:
        """The facts that were told, in order."""
        return [fact for mail in self.mails for fact in str(mail["X-Waybill-Facts"]).split()]

    async def handle_MAIL(self, _: Any, __: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Take a sender, or not."""
        answer = self.to_senders.pop(0) if self.to_senders else "250 OK"
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: list[str]) -> str:  # noqa: N802
        """Take a recipient, or not."""
        answers = self.to_recipients.get(address)
        answer = answers.pop(0) if answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a mail, then do what is to be done before it is acknowledged."""
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        if self.after_data:
            await self.after_data.pop(0)(server)
        return "250 OK"

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Letterbox"]:
        """Take mail on a free port."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, enable_SMTPUTF8=False, hostname="mail.example.com", loop=loop), "127.0.0.1", 0
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


async def cut(server: SMTP) -> None:
    """Break the connection before the answer: the sender does not know that the mail was kept."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


@dataclass
class Desk:
    """Answers in the place of `orders`: who is behind an order, and how it stands now."""

    states: dict[UUID, OrderState] = field(default_factory=dict)
    buyers: dict[UUID, Party] = field(default_factory=dict)
    questions: list[int] = field(default_factory=list)  #: How many orders each question was about.
    garbage: int = 0  #: How many questions are answered with nonsense first.
    refused: set[UUID] = field(default_factory=set)  #: Challenges that get no code.
    codes: list[str] = field(default_factory=list)  #: The codes that were given, in order.

    async def open(self, broker: Broker) -> Any:
        """Answer from now on; gives the subscription."""
        connection = await broker.connect("orders")
        subscription = await connection.subscribe(SUBJECT, cb=self._answer)
        await listening(connection)
        return subscription

    async def _answer(self, message: Msg) -> None:
        asked = ContactsAsked.model_validate_json(message.data)
        self.questions.append(len(asked.order_ids))
        if self.garbage:
            self.garbage -= 1
            await message.respond(b"{}")
            return
        contacts = [self._contact(self.states[one]) for one in asked.order_ids if one in self.states]
        codes = {str(one): self._code() for one in asked.challenges if one not in self.refused}
        given = ContactsGiven(contacts=contacts, codes=codes)
        await message.respond(given.model_dump_json(exclude_none=True).encode())

    def _code(self) -> str:
        self.codes.append(f"{704_613 + len(self.codes):06d}")
        return self.codes[-1]

    def _contact(self, state: OrderState) -> Contact:
        number = state.order_id.int
        buyer = Party(email=f"buyer{number}@example.com", name=f"Buyer {number}", zone=ZONE)
        return Contact(
            state=state,
            order_number=f"TT-{number}",
            shop_name="Blue Mug Shop",
            buyer=self.buyers.get(state.order_id, buyer),
            seller=Party(email="shop@example.com", name="Blue Mug Shop", zone=ZONE),
            tracking_path=f"/t/{number}",
        )


@dataclass
class Post:
    """A notifier at work, with its letterbox, its desk, and the clock."""

    running: Running
    box: Letterbox
    desk: Desk
    broker: Broker
    clock: SteppedTime

    def stands(self, number: int = 1, *parcels: Any, **facts: Any) -> OrderState:
        """Have the desk know how an order stands."""
        state = standing(*parcels, order_id=UUID(int=number), **facts)
        self.desk.states[state.order_id] = state
        return state

    async def tell(self, number: int, *occurrences: Occurrence, state: OrderState | None = None) -> OrderChanged:
        """Say what a transaction did to an order; it stands as the desk knows, unless told otherwise."""
        event = OrderChanged(
            event_id=uuid4(),
            occurred_at=self.clock.now,
            state=state or self.desk.states.get(UUID(int=number)) or standing(order_id=UUID(int=number)),
            occurrences=list(occurrences),
        )
        await self.broker.say(event)
        return event

    async def say(self, *events: Event) -> None:
        """Say events, and wait until the notifier has kept what they cause."""
        await self.broker.say(*events)
        await self.kept()

    async def kept(self) -> None:
        """Wait until the notifier has taken what was said."""

        async def all_taken() -> bool:
            return not any([await self.broker.unacknowledged(stream, "notifier") for stream in ("ORDERS", "DEADLINES")])

        await eventually(all_taken)

    async def settle(self) -> None:
        """Wait until everything that was said is taken, and whatever may be sent now is settled."""
        await self.kept()
        await self.running.quiet(within=20)

    async def arrived(self, count: int) -> list[EmailMessage]:
        """Wait until so many mails came."""
        await eventually(lambda: len(self.box.mails) >= count, within=20)
        return self.box.mails

    async def messages(self, **only: Any) -> list[dict[str, Any]]:
        """Give the messages of the ledger, in order; those with these values, if any are given."""
        rows = [dict(row) for row in await self.running.pool.fetch("SELECT * FROM messages ORDER BY place")]
        return [row for row in rows if all(row[name] == value for name, value in only.items())]

    async def outcomes(self) -> list[tuple[str, str | None]]:
        """Give what became of each message, in order."""
        return [(row["state"], row["outcome"]) for row in await self.messages()]
