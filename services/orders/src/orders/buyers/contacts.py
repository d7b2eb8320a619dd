"""Answers `notifier`: whom to write to about an order, and how the order stands at this moment."""

from typing import Any

from pydantic import ValidationError

from chassis.postgres import load_queries
from chassis.service import Service
from contracts.orders.contacts import Contact, ContactsAsked, ContactsGiven, Party
from orders import store
from orders.buyers.codes import mint_codes
from orders.buyers.links import mint_links
from orders.life.order import state_of

sql = load_queries("orders")

MOST = 100  #: Orders in one question.


class Contacts:
    """The one place where a buyer's data leaves this service: into a message that is being sent."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def answer(self, question: bytes) -> bytes:
        """Give the parties of the orders asked for, and the codes; nothing for orders that are unknown or erased."""
        try:
            asked = ContactsAsked.model_validate_json(question)
        except ValidationError:
            return ContactsGiven(contacts=[]).model_dump_json().encode()
        ids = asked.order_ids[:MOST]
        async with self._service.transaction() as tx:
            orders = await store.load(tx.connection, ids, lock=False)
            people = {row["order_id"]: row for row in await tx.connection.fetch(sql.contacts, ids)}
            links = await mint_links(tx.connection, [key for key in orders if key in people], tx.now)
            codes = await mint_codes(tx.connection, asked.challenges[:MOST], tx.now)
        contacts = [_contact(state_of(orders[key]), people[key], links[key]) for key in links]
        given = ContactsGiven(contacts=contacts, codes={str(key): code for key, code in codes.items()})
        return given.model_dump_json(exclude_none=True).encode()


def _contact(state: Any, row: Any, path: str) -> Contact:
    return Contact(
        state=state,
        order_number=row["number"],
        shop_name=row["shop_name"],
        buyer=Party(email=row["email"], name=row["name"], locale=row["locale"], zone=row["zone"]),
        seller=Party(email=row["shop_email"], name=row["shop_name"], locale=row["shop_locale"], zone=row["shop_zone"]),
        tracking_path=path,
    )
