"""Buyers as they come: by the link and the code of their mail, with a token from then on; and sellers' files."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import httpx
from PIL import Image

from contracts.orders.contacts import ContactsAsked, ContactsGiven
from support.selling import Seller
from support.servers import Broker


async def contacts(broker: Broker, order_id: str, *challenges: str) -> ContactsGiven:
    """Ask about an order as `notifier` does: mints a link, and a code for each challenge."""
    notifier = await broker.connect("notifier")
    question = ContactsAsked(order_ids=[UUID(order_id)], challenges=[UUID(one) for one in challenges])
    answer = await notifier.request("rpc.orders.contacts", question.model_dump_json().encode(), timeout=20)
    return ContactsGiven.model_validate_json(answer.data)


async def link(broker: Broker, order_id: str) -> str:
    """Give the token of a new tracking link of an order."""
    [contact] = (await contacts(broker, order_id)).contacts
    assert contact.tracking_path is not None
    return contact.tracking_path.rsplit("/", 1)[-1]


async def code(broker: Broker, order_id: str, challenge: str) -> str:
    """Give the code that a challenge's mail would carry."""
    return (await contacts(broker, order_id, challenge)).codes[challenge]


@dataclass
class Buyer:
    """A buyer with a token."""

    http: httpx.AsyncClient
    token: str

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Look at something."""
        return await self.http.get(path, params=query, headers={"authorization": f"Bearer {self.token}"})

    async def post(
        self, path: str, body: Any = None, *, key: str | None = None, method: str = "POST", **headers: str
    ) -> httpx.Response:
        """Ask for something, with *key* as Idempotency-Key or a fresh one."""
        sent = {"authorization": f"Bearer {self.token}", "idempotency-key": key or uuid4().hex}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, json={} if body is None else body, headers=sent)

    async def order(self, order_id: str) -> Any:
        """Give an own order as it is now."""
        answer = await self.get(f"/v1/buyer/orders/{order_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(self, order_id: str, what: str, method: str = "POST", **body: Any) -> Any:
        """Do what must succeed: ``cancel``, ``received``, ``returns`` …"""
        answer = await self.post(f"/v1/buyer/orders/{order_id}/{what}", body, method=method)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json()


async def let_in(http: httpx.AsyncClient, broker: Broker, order_id: str) -> Buyer:
    """Have the buyer of an order prove the code that was sent."""
    token = await link(broker, order_id)
    asked = await http.post(f"/v1/tracking/{token}/code")
    assert asked.status_code == 202, asked.text
    challenge = asked.json()["challenge"]
    given = {"challenge": challenge, "code": await code(broker, order_id, challenge)}
    proven = await http.post(f"/v1/tracking/{token}/buyer", json=given)
    assert proven.status_code == 200, proven.text
    return Buyer(http, proven.json()["token"])


async def upload(seller: Seller, kind: str = "evidence", content: bytes | None = None) -> str:
    """Send a picture; gives the id of its file."""
    headers = {**seller.headers, "idempotency-key": uuid4().hex, "content-type": "image/png"}
    sent = content or picture()
    answer = await seller.http.post("/v1/files", params={"kind": kind}, content=sent, headers=headers)
    assert answer.status_code == 201, answer.text
    file_id: str = answer.json()["id"]
    return file_id


def picture() -> bytes:
    """Give a PNG with nothing on it."""
    sink = BytesIO()
    Image.new("RGB", (64, 48), "white").save(sink, "PNG")
    return sink.getvalue()
