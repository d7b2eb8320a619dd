"""One request, one transaction: done once however often it is sent, and answered the same."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, Header, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from contracts.orders.v1 import OrderStatus, ParcelState
from contracts.policy import Policy
from orders import store
from orders.api import problems, schemas
from orders.api.gate import Caller, Gate
from orders.api.problems import Problem, order_unknown
from orders.api.views import order_view
from orders.bookkeeping import Books
from orders.life import commands as c
from orders.life.decide import act, place
from orders.life.order import Line, Order, Parcel

sql = load_queries("orders")

Answer = tuple[int, Any]


class Asking:
    """A request that changes something: who asks, and its Idempotency-Key."""

    def __init__(self, service: Service, caller: Caller, request: Request, key: str | None) -> None:
        self._service = service
        self._request = request
        self._key = key
        self.shop_id = caller.shop_id

    async def __call__(self, order_id: UUID, command: c.Command) -> Response:
        """Act on one order of the shop."""
        return await self.once(lambda tx: change_order(tx, self.shop_id, order_id, command))

    async def once(self, work: Callable[[Transaction], Awaitable[Answer]]) -> Response:
        """Do *work* in one transaction, unless the key says that it was done; then give the same answer again."""
        request, shop_id, key = self._request, self.shop_id, self._key
        if request.method == "PUT":
            key = key or uuid4().hex  # it says what is to be so, and may be said again
        if not key:
            raise Problem(400, "no Idempotency-Key", "Send a header Idempotency-Key, the same when you try again.")
        body = await request.body()
        asked = hashlib.sha256(b"\n".join((request.method.encode(), request.url.path.encode(), body))).digest()
        async with self._service.transaction() as tx:
            if await tx.connection.fetchval(sql.take_idempotency_key, shop_id, key, asked) is None:
                before = await tx.connection.fetchrow(sql.idempotent_answer, shop_id, key)
                if before["request"] != asked:
                    detail = "This Idempotency-Key was sent with another request: use a new one for a new request."
                    errors = [{"field": "Idempotency-Key", "message": "was used before"}]
                    raise Problem(422, "key reused", detail, errors)
                return _answer(before["status"], before["answer"])
            status, answer = await work(tx)
            content = JSONResponse(jsonable_encoder(answer)).body
            await tx.connection.execute(sql.keep_answer, shop_id, key, status, content)
        return _answer(status, content)


def asking(service: Service, gate: Gate) -> Callable[..., Awaitable[Asking]]:
    """Give the dependency of routes that change something."""

    async def ask(
        request: Request,
        caller: Annotated[Caller, Depends(gate.seller)],
        key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)] = None,
    ) -> Asking:
        return Asking(service, caller, request, key)

    return ask


def _answer(status: int, content: bytes | memoryview) -> Response:
    return Response(content, status, media_type=problems.MEDIA_TYPE if status >= 400 else "application/json")


async def place_order(tx: Transaction, shop_id: UUID, given: schemas.OrderGiven) -> Answer:
    """Take in an order."""
    taken = await tx.connection.fetchval(sql.order_by_number, shop_id, given.number)
    if taken is not None:
        body = Problem(409, "order number in use", f"This shop's order {given.number} is here already: {taken}.").body
        return 409, {**body, "id": taken}
    policy = await tx.connection.fetchrow(sql.current_policy, shop_id)
    order = _order_of(given, shop_id, policy, tx.now)
    outcome = place(order, tx.now)
    await store.insert(tx, outcome, shipping_fee=given.shipping_fee, discount=given.discount)
    buyer = given.buyer
    await tx.connection.execute(
        sql.insert_buyer,
        order.id,
        buyer.name,
        buyer.email,
        buyer.phone,
        buyer.locale,
        buyer.zone or order.zone,
        given.address.model_dump(),
    )
    return 201, order_view(outcome.order, await tx.connection.fetch(sql.history_of, order.id))


def _order_of(given: schemas.OrderGiven, shop_id: UUID, policy: Any, now: datetime) -> Order:
    lines = tuple(Line(line.sku, line.title, line.quantity, line.unit_price) for line in given.lines)
    if given.parcels:
        packed = [tuple((line.sku, line.quantity) for line in parcel.lines) for parcel in given.parcels]
    else:
        packed = [tuple((line.sku, line.quantity) for line in lines)]
    return Order(
        id=uuid4(),
        shop_id=shop_id,
        number=given.number,
        version=0,
        status=OrderStatus.PLACED,
        commanded=OrderStatus.PLACED,
        fulfilment=given.fulfilment.type,
        handover=given.fulfilment.handover,
        service=given.fulfilment.service,
        payment=given.payment.method,
        currency=given.currency,
        total=given.total,
        prepaid=given.payment.prepaid,
        collected=given.payment.prepaid * 0,
        placed_at=now,
        promised_at=given.promised_at.astimezone(UTC) if given.promised_at else None,
        shipped_at=None,
        cancelled_at=None,
        zone=policy["zone"],
        policy=Policy.model_validate(policy["terms"]),
        lines=lines,
        parcels=tuple(Parcel(n, content, ParcelState(number=n)) for n, content in enumerate(packed, start=1)),
    )


async def change_order(tx: Transaction, shop_id: UUID, order_id: UUID, command: c.Command) -> Answer:
    """Act on one order under its lock; a refusal is answered 409 or 422 and stays in the history."""
    if isinstance(command, c.SetTracking | c.HandOver | c.ConfirmCarrier):
        await tx.connection.execute(sql.change_bindings)
    if await tx.connection.fetchval(sql.find_order, order_id, shop_id) is None:
        raise order_unknown()
    order = (await store.load(tx.connection, [order_id], lock=True))[order_id]
    outcome = act(order, command, tx.now)
    await store.save(tx, [(order, outcome)])
    if outcome.refusal is not None:
        sentence, field = outcome.refusal.sentence, outcome.refusal.field
        if field:
            errors = [{"field": field, "message": sentence}]
            return 422, Problem(422, "invalid request", sentence, errors).body
        return 409, {**Problem(409, "not possible now", sentence).body, "order_status": order.status}
    if outcome.claims:
        books = Books(tx)
        await books.claim(binding for _, binding in outcome.claims)
        await books.close()
    return 200, await show_order(tx.connection, shop_id, order_id)


async def show_order(connection: Any, shop_id: UUID, order_id: UUID) -> Any:
    """Show an order to its own shop; another shop's is as unknown as one that is not there."""
    if await connection.fetchval(sql.find_order, order_id, shop_id) is None:
        raise order_unknown()
    order = (await store.load(connection, [order_id], lock=False))[order_id]
    return order_view(order, await connection.fetch(sql.history_of, order_id))
