"""How `notifier` asks `orders` whom to write to, at the moment of sending (core NATS request and reply).

The only place where personal data crosses between services: it is asked for, used and forgotten.
"""

from typing import Final
from uuid import UUID

from contracts.event import Contract
from contracts.orders.v1 import OrderState

SUBJECT: Final = "rpc.orders.contacts"


class ContactsAsked(Contract):
    """Ask for the parties of these orders, at most 100 at a time, and for one-time codes."""

    order_ids: list[UUID]
    challenges: list[UUID] = []  #: Of `CodeAsked`: each is given a new code.


class Party(Contract):
    """A person, or a shop, that messages go to."""

    email: str | None = None
    name: str | None = None
    locale: str = "en"
    zone: str = "UTC"


class Contact(Contract):
    """An order as it stands now, and the people behind it."""

    state: OrderState
    order_number: str  #: The marketplace's own number, as the buyer knows it.
    shop_name: str
    buyer: Party
    seller: Party
    tracking_path: str | None = None  #: ``/t/<token>``; minted for this answer, only its hash is kept.


class ContactsGiven(Contract):
    """The answer; an order that is not there is unknown or erased, and a code that is not there not wanted any more."""

    contacts: list[Contact]
    codes: dict[str, str] = {}  #: By challenge id; minted for this answer, only their hashes are kept.
