"""One request, one transaction: done once however often it is sent, and answered the same."""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, ClassVar, NamedTuple
from uuid import UUID, uuid4

import asyncpg
from fastapi import Depends, Header, Request, Response
from pydantic_core import to_json

from chassis.postgres import load_queries
from chassis.problems import MEDIA_TYPE, Problem
from chassis.service import Service
from chassis.transactions import Transaction
from orders.access.wall import for_shop
from orders.api.answers import Answer, OrderShown
from orders.api.changing import change_order
from orders.api.gate import Caller, Gate
from orders.api.showing import show_order
from orders.life import commands as c

sql = load_queries("orders")


class ShownOnce(NamedTuple):
    """An answer with a secret, which is shown the first time and kept nowhere."""

    kept: Any  #: What a repetition of the request is answered.
    shown: Any


class Keys(NamedTuple):
    """The queries of a table of Idempotency-Keys."""

    take: str
    before: str
    keep: str


class Once:
    """A request that is done once, however often it is sent: known by its Idempotency-Key and by *whose* it is."""

    keys: ClassVar = Keys(sql.take_idempotency_key, sql.idempotent_answer, sql.keep_answer)

    def __init__(self, service: Service, request: Request, key: str | None, whose: Any) -> None:
        self._service = service
        self._request = request
        self._key = key
        self._whose = whose

    def _begin(self) -> AbstractAsyncContextManager[Transaction]:
        return for_shop(self._service, self._whose)

    async def once(self, work: Callable[[Transaction], Awaitable[Answer]]) -> Response:
        """Do *work* in one transaction, unless the key says that it was done; then give the same answer again."""
        try:
            return await self._do(work)
        except asyncpg.UniqueViolationError:  # another request was first with a name: it is there to be seen now
            return await self._do(work)

    async def _do(self, work: Callable[[Transaction], Awaitable[Answer]]) -> Response:
        request, whose, key = self._request, self._whose, self._key
        if request.method == "PUT":
            key = key or uuid4().hex  # it says what is to be so, and may be said again
        if not key:
            raise Problem(400, "no Idempotency-Key", "Send a header Idempotency-Key, the same when you try again.")
        body = await request.body()
        asked = hashlib.sha256(b"\n".join((request.method.encode(), request.url.path.encode(), body))).digest()
        about = UUID(request.path_params["order_id"]) if "order_id" in request.path_params else None
        async with self._begin() as tx:
            if await tx.connection.fetchval(self.keys.take, whose, key, asked, about) is None:
                before = await tx.connection.fetchrow(self.keys.before, whose, key)
                if before["request"] != asked:
                    detail = "This Idempotency-Key was sent with another request: use a new one for a new request."
                    errors = [{"field": "Idempotency-Key", "message": "was used before"}]
                    raise Problem(422, "key reused", detail, errors)
                return _answer(before["status"], before["answer"])
            status, answer = await work(tx)
            kept, shown = answer if isinstance(answer, ShownOnce) else (answer, answer)
            content = json_of(kept)
            await tx.connection.execute(self.keys.keep, whose, key, status, content)
        return _answer(status, content if shown is kept else json_of(shown))


class Asking(Once):
    """A request that changes something: who asks, and its Idempotency-Key."""

    def __init__(
        self, service: Service, caller: Caller, request: Request, key: str | None, if_match: str | None = None
    ) -> None:
        super().__init__(service, request, key, caller.shop_id)
        self._if_match = if_match
        self.shop_id = caller.shop_id
        self.actor = caller.actor  #: For the record: ``key:Warehouse``, ``user:<id>``.

    async def __call__(self, order_id: UUID, command: c.Command) -> Response:
        """Act on one order of the shop."""
        return await self.once(lambda tx: self.change(tx, order_id, command))

    async def change(self, tx: Transaction, order_id: UUID, command: c.Command) -> Answer:
        """Act on one order in a transaction that is open already."""
        return await change_order(tx, self.shop_id, order_id, command, self._if_match)

    async def show(self, tx: Transaction, order_id: UUID) -> OrderShown:
        """Show an order as it is now."""
        return await show_order(tx.connection, self.shop_id, order_id)


def asking(
    service: Service, gate: Gate, door: Callable[[Request], Awaitable[Caller]] | None = None
) -> Callable[..., Awaitable[Asking]]:
    """Give the dependency of routes that change something, for whom *door* lets in: writers, unless told otherwise."""

    async def ask(
        request: Request,
        caller: Annotated[Caller, Depends(door or gate.writer)],
        key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)] = None,
        if_match: Annotated[str | None, Header(alias="If-Match", max_length=255)] = None,
    ) -> Asking:
        return Asking(service, caller, request, key, if_match)

    return ask


def _answer(status: int, content: bytes | memoryview) -> Response:
    return Response(content, status, media_type=MEDIA_TYPE if status >= 400 else "application/json")


def json_of(answer: Any) -> bytes:
    """Write an answer: times in UTC with ``Z``, sums of money as text."""
    return to_json(answer)
