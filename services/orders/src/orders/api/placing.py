"""Taking an order in, whoever brings it: the API or an import."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.transactions import Transaction
from contracts.orders.v1 import OrderStatus, ParcelState
from contracts.policy import Policy
from orders import store
from orders.access.wall import beyond
from orders.api import schemas
from orders.api.answers import Answer
from orders.api.showing import shown
from orders.life.decide import place
from orders.life.order import Order
from orders.life.parcel import Parcel
from orders.marketplace import taking
from orders.shops.suspending import why_suspended
from orders.stock import booking

sql = load_queries("orders")


async def place_order(tx: Transaction, shop_id: UUID, given: schemas.OrderGiven) -> Answer:
    """Take in an order, and then what marketplaces have said of it already."""
    await tx.connection.execute(sql.hold_notices)
    taken = await tx.connection.fetchval(sql.order_by_number, shop_id, given.number)
    if taken is not None:
        body = Problem(409, "order number in use", f"This shop's order {given.number} is here already: {taken}.").body
        return 409, {**body, "id": taken}
    await refuse_if_suspended(tx.connection, shop_id)
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
    await booking.apply(tx, [(None, outcome.order)])
    async with beyond(tx, shop_id):  # notices that were kept have no order yet, and so no shop
        order = await taking.claim(tx, outcome.order)
    return 201, await shown(tx.connection, order)


async def refuse_if_suspended(connection: Any, shop_id: UUID) -> None:
    """Let no order in for a shop that the operator has suspended (R14)."""
    because = await why_suspended(connection, shop_id)
    if because is not None:
        detail = f"shop suspended: {because}. It takes no new orders; those it has go on. Ask the operator."
        raise Problem(403, "shop suspended", detail)


def _order_of(given: schemas.OrderGiven, shop_id: UUID, policy: Any, now: datetime) -> Order:
    lines = tuple(line.line for line in given.lines)
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
        promised_at=given.promised_at,
        shipped_at=None,
        cancelled_at=None,
        zone=policy["zone"],
        policy=Policy.model_validate(policy["terms"]),
        lines=lines,
        parcels=tuple(Parcel(n, content, ParcelState(number=n)) for n, content in enumerate(packed, start=1)),
    )
