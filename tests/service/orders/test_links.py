"""Contacts are for `notifier` alone; a tracking link shows an order to whoever holds it, and nothing of its buyer."""

from uuid import uuid4

import pytest

from contracts.orders.contacts import ContactsAsked, ContactsGiven
from service.orders.conftest import Api
from support.selling import Seller
from support.servers import Broker
from support.services import Running


@pytest.fixture
def broker(api: Api) -> Broker:
    """The broker that `orders` is on."""
    return api.broker


@pytest.fixture
def shop(seller: Seller) -> Seller:
    """The seller of a new shop."""
    return seller


@pytest.fixture
def orders(api: Api) -> Running:
    """The `orders` that is asked."""
    return api.running


async def contacts(broker: Broker, *order_ids: str) -> ContactsGiven:
    notifier = await broker.connect("notifier")
    question = ContactsAsked.model_validate({"order_ids": order_ids}).model_dump_json().encode()
    return ContactsGiven.model_validate_json((await notifier.request("rpc.orders.contacts", question, timeout=5)).data)


async def test_notifier_is_told_whom_to_write_to_about_an_order(broker: Broker, shop: Seller) -> None:
    order = await shop.place(number="TT-9")

    [contact] = (await contacts(broker, order["id"], str(uuid4()))).contacts

    assert (contact.buyer.name, contact.buyer.email, contact.buyer.zone) == (
        "Mei Tan",
        "mei@example.com",
        "Asia/Singapore",
    )
    assert (contact.seller.email, contact.shop_name, contact.order_number) == (
        "seller@example.com",
        "Blue shop",
        "TT-9",
    )
    assert (contact.state.status, contact.state.version) == ("placed", 1)


@pytest.mark.parametrize("question", [b"", b"{", b"{}", b'{"order_ids": ["canary"]}', b'{"order_ids": []}'])
async def test_a_question_that_makes_no_sense_is_answered_with_nobody(
    broker: Broker, shop: Seller, question: bytes
) -> None:
    notifier = await broker.connect("notifier")

    answer = await notifier.request("rpc.orders.contacts", question, timeout=5)

    assert ContactsGiven.model_validate_json(answer.data).contacts == []


async def linked(broker: Broker, order_id: str) -> str:
    """Give the token of a tracking link of an order, as a message to its buyer would carry it."""
    [contact] = (await contacts(broker, order_id)).contacts
    assert contact.tracking_path is not None
    return contact.tracking_path.rsplit("/", 1)[-1]


async def test_a_link_shows_where_the_order_is_and_no_word_of_its_buyer(
    broker: Broker, shop: Seller, orders: Running
) -> None:
    order = await shop.place(number="TT-9")
    token = await linked(broker, order["id"])

    answer = await orders.http.get(f"/v1/tracking/{token}")

    assert answer.status_code == 200
    assert (answer.json()["number"], answer.json()["status"]) == ("TT-9", "Pending")
    for path in (f"/v1/tracking/{token}", f"/t/{token}"):
        shown = await orders.http.get(path)
        for word in ("Mei", "Tan", "mei@example.com", "6123", "Example Road", "018956", "12.50", "32.00"):
            assert word not in shown.text
        assert shown.headers["referrer-policy"] == "no-referrer"
        assert shown.headers["x-robots-tag"] == "noindex"
        assert shown.headers["cache-control"] == "private, no-store"


async def test_links_are_long_and_only_their_digests_are_kept(broker: Broker, shop: Seller, orders: Running) -> None:
    order = await shop.place()

    tokens = {await linked(broker, order["id"]) for _ in range(3)}

    assert len(tokens) == 3
    assert all(len(token) >= 22 for token in tokens)  # 128 bits in base64
    kept = b"".join(row["digest"] for row in await orders.pool.fetch("SELECT digest FROM tracking_links"))
    assert not [token for token in tokens if token.encode() in kept]
