"""The buyers of the world: they follow the link in their mail, prove the code that is sent to them, and act."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from sandbox.world.ledger import Played

Ask = Callable[..., Awaitable[httpx.Response]]


class NoMail(Exception):
    """A message that a buyer waits for never came."""


class Buyers:
    """Everybody who has ordered something."""

    def __init__(self, ask: Ask, orders_url: str, mail_file: Path) -> None:
        self._ask = ask
        self._url = orders_url
        self._mail_file = mail_file
        self._read = 0  #: How much of the mail file is known.
        self._texts: dict[str, list[str]] = defaultdict(list)  #: By order.
        self._requests = 0

    async def act(self, played: Played, method: str, what: str, body: Any) -> httpx.Response:
        """Do something to an order of the buyer's own."""
        self._requests += 1
        key = f"buyer-{self._requests}"
        headers = {"Authorization": f"Bearer {await self._token(played)}", "Idempotency-Key": key}
        url = f"{self._url}/v1/buyer/orders/{played.id}{what}"
        return await self._ask(method, url, json=body, headers=headers)

    async def _token(self, played: Played) -> str:
        """Prove to be the buyer of an order: anew each time, for a token does not live long."""
        link = await self._in_mail(played, lambda text: re.findall(r"/t/([A-Za-z0-9_-]{16,})", text), after=0)
        before = len(self._mail(played))
        asked = await self._ask("POST", f"{self._url}/v1/tracking/{link}/code")
        code = await self._in_mail(played, lambda text: re.findall(r"code is ([0-9]{6})", text), after=before)
        proof = {"challenge": asked.json()["challenge"], "code": code}
        proven = await self._ask("POST", f"{self._url}/v1/tracking/{link}/buyer", json=proof)
        token: str = proven.json()["token"]
        return token

    def _mail(self, played: Played) -> list[str]:
        """Give the texts that a buyer was sent, oldest first; what has come since the last look is read."""
        with self._mail_file.open("rb") as mail:
            mail.seek(self._read)
            *whole, _ = mail.read().split(b"\n")
        for line in whole:
            self._read += len(line) + 1
            one = json.loads(line)
            if one["recipient"] == "buyer":
                self._texts[one["order"]].append(one["text"])
        return self._texts[played.id]

    async def _in_mail(self, played: Played, read: Callable[[str], list[str]], after: int) -> str:
        """Give what *read* finds in the newest message that has it, among those from number *after* on."""
        for _ in range(600):
            for text in reversed(self._mail(played)[after:]):
                if found := read(text):
                    return found[-1]
            await asyncio.sleep(0.05)
        raise NoMail(f"{played.number} ({played.story.name})")
