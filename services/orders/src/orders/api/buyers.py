"""A buyer's own orders (R16): who holds a link and has the code that was sent to the contact on record is the buyer."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from chassis.transactions import Transaction
from orders import store
from orders.access.wall import for_shop
from orders.api import schemas
from orders.api.answers import Answer
from orders.api.buyer_schemas import (
    BuyerCancelGiven,
    BuyerComplaintGiven,
    BuyerOrderShown,
    BuyerOrdersShown,
    BuyerReturnGiven,
    BuyerTokenShown,
    ChallengeShown,
    CodeGiven,
    NotReceivedGiven,
    QuantitiesGiven,
)
from orders.api.buyer_views import buyer_order_view, buyer_orders_view, masked
from orders.api.case_schemas import AddressChangeGiven, ReturnSentGiven
from orders.api.cases import move_address
from orders.api.gate import Caller
from orders.api.problems import order_unknown
from orders.api.requests import Asking
from orders.api.tracking import UNSEEN, link_unknown
from orders.buyers.codes import TooManyCodes, ask_code, prove
from orders.buyers.links import order_of_link
from orders.buyers.sessions import buyer_of, end_session, open_session
from orders.life import commands as c
from orders.life.cases import ComplaintKind
from orders.life.order import Order

sql = load_queries("orders")


def router(service: Service) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()

    async def buyer(request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and token
        email = await buyer_of(service.pool, token, service.clock.now()) if known else None
        if email is None:
            detail = "Ask for a code through the tracking link, and prove it: the token is unknown, or over."
            raise Problem(401, "not authorised", detail)
        return email

    Buyer = Annotated[str, Depends(buyer)]  # noqa: N806 - a type

    async def own_order(
        order_id: UUID,
        request: Request,
        email: Buyer,
        key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)] = None,
        if_match: Annotated[str | None, Header(alias="If-Match", max_length=255)] = None,
    ) -> "Buying":
        shop_id = await service.pool.fetchval(sql.order_of_buyer, order_id, email)
        if shop_id is None:
            raise order_unknown("You have no order with that id.")
        # A shop, its buyers and their orders may all choose the same key.
        own_key = f"buyer:{order_id}:{key}" if key else None
        caller = Caller(shop_id, "buyer", frozenset())
        return Buying(Asking(service, caller, request, own_key, if_match), order_id)

    Own = Annotated[Buying, Depends(own_order)]  # noqa: N806 - a type

    @router.post("/v1/tracking/{token}/code", response_model=ChallengeShown, status_code=202)
    async def send_code(token: str, response: Response) -> Any:
        """Send a one-time code to the contact on record of the order that a link shows."""
        response.headers.update(UNSEEN)
        async with service.transaction() as tx:
            order_id = await order_of_link(tx.connection, token, tx.now)
            email = await tx.connection.fetchval(sql.email_of_order, order_id) if order_id else None
            if order_id is None or email is None:
                raise link_unknown()
            try:
                challenge = await ask_code(tx, order_id, tx.now)
            except TooManyCodes as wait:
                seconds = max(1, int((wait.again_at - tx.now).total_seconds()))
                detail = (
                    f"Several codes were sent already: look at your mail, or ask again in {seconds // 60 + 1} minutes."
                )
                raise Problem(429, "too many codes", detail, headers={"Retry-After": str(seconds)}) from None
        return ChallengeShown(challenge=challenge.id, sent_to=masked(email), expires_at=challenge.expires_at)

    @router.post("/v1/tracking/{token}/buyer", response_model=BuyerTokenShown)
    async def become_buyer(token: str, body: CodeGiven, response: Response) -> Any:
        """Prove the code; gives a token for all orders of the buyer."""
        response.headers.update(UNSEEN)
        async with service.transaction() as tx:
            order_id = await order_of_link(tx.connection, token, tx.now)
            proven = await prove(tx, body.challenge, body.code, tx.now) if order_id else None
            opened = await open_session(tx, proven) if proven and proven == order_id else None
        if order_id is None:
            raise link_unknown()
        if opened is None:
            errors = [{"field": "code", "message": "is wrong, used or over"}]
            raise Problem(422, "invalid request", "The code does not count: look again, or ask for a new one.", errors)
        return BuyerTokenShown(token=opened[0], expires_at=opened[1])

    @router.delete("/v1/buyer", status_code=204)
    async def leave(request: Request, _: Buyer) -> Response:
        """End the buyer's token."""
        await end_session(service.pool, request.headers["authorization"].partition(" ")[2])
        return Response(status_code=204)

    @router.get("/v1/buyer/orders", response_model=BuyerOrdersShown)
    async def list_own_orders(
        email: Buyer,
        cursor: Annotated[str | None, Query(max_length=120)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Any:
        """List all orders of the buyer at this marketplace, newest first, with what they come to (R16)."""
        at, last = _read_cursor(cursor)
        async with service.pool.acquire() as connection:
            rows = await connection.fetch(sql.orders_of_buyer, email, at, last, limit + 1)
            totals = await connection.fetch(sql.totals_of_buyer, email)
        return buyer_orders_view(rows, totals, limit)

    @router.get("/v1/buyer/orders/{order_id}", response_model=BuyerOrderShown)
    async def show_own_order(own: Own, response: Response) -> Any:
        """Show an order to its buyer (R16)."""
        async with for_shop(service, own.change.shop_id) as tx:
            shown = await _shown(tx, own.order_id)
        response.headers["ETag"] = f'"{shown.version}"'
        return shown

    @router.post("/v1/buyer/orders/{order_id}/address", response_model=BuyerOrderShown)
    async def change_own_address(body: AddressChangeGiven, own: Own) -> Any:
        """Send it elsewhere, until it is shipped (R10)."""
        return await own.do(lambda tx: move_address(tx, own.change, own.order_id, "buyer", body))

    @router.post("/v1/buyer/orders/{order_id}/lines", response_model=BuyerOrderShown)
    async def modify_own_order(body: QuantitiesGiven, own: Own) -> Any:
        """Order less at once, or wish for another size, colour or quantity, which the shop answers (R11)."""

        async def work(tx: Transaction) -> Answer:
            if body.wish is not None:
                return await own.change.change(tx, own.order_id, c.WishModification(uuid4(), body.wish))
            return await own.change.change(tx, own.order_id, await _with_less(tx, own.order_id, body.quantities))

        return await own.do(work)

    @router.post("/v1/buyer/orders/{order_id}/cancel", response_model=BuyerOrderShown)
    async def cancel_own_order(body: BuyerCancelGiven, own: Own) -> Any:
        """Call it off: at once before it is packed, by asking the shop until it is shipped (R25)."""
        return await own.act(c.Cancel("buyer", body.reason))

    @router.post("/v1/buyer/orders/{order_id}/received", response_model=BuyerOrderShown)
    async def confirm_own_receipt(body: schemas.ReceivedGiven, own: Own) -> Any:
        """Say that it came (R22)."""
        return await own.act(c.ConfirmReceipt(tuple(body.parcels)))

    @router.post("/v1/buyer/orders/{order_id}/not-received", response_model=BuyerOrderShown)
    async def dispute_own_receipt(body: NotReceivedGiven, own: Own) -> Any:
        """Say that it did not come: a complaint (R14, R22)."""
        return await own.act(c.Complain(uuid4(), ComplaintKind.NOT_RECEIVED, body.parcel, body.words))

    @router.post("/v1/buyer/orders/{order_id}/complaints", response_model=BuyerOrderShown)
    async def complain(body: BuyerComplaintGiven, own: Own) -> Any:
        """Complain (R14)."""
        return await own.act(c.Complain(uuid4(), body.kind, body.parcel, body.words))

    @router.post("/v1/buyer/orders/{order_id}/refunds", response_model=BuyerOrderShown)
    async def ask_own_refund(body: schemas.RefundGiven, own: Own) -> Any:
        """Ask for the money back (R13)."""
        return await own.act(c.RequestRefund(body.reason, tuple(body.parcels)))

    @router.post("/v1/buyer/orders/{order_id}/returns", response_model=BuyerOrderShown)
    async def ask_own_return(body: BuyerReturnGiven, own: Own) -> Any:
        """Ask to send something back (R12)."""
        return await own.act(c.AskReturn(uuid4(), body.parcel, tuple(body.quantities.items()), body.reason))

    @router.put("/v1/buyer/orders/{order_id}/returns/{return_id}/tracking", response_model=BuyerOrderShown)
    async def send_own_return(return_id: UUID, body: ReturnSentGiven, own: Own) -> Any:
        """Say by which carrier, and under which number, it is on its way back."""
        return await own.act(c.SendReturn(return_id, body.carrier, body.number))

    return router


class Buying:
    """A buyer's request about an order of the buyer's own."""

    def __init__(self, change: Asking, order_id: UUID) -> None:
        self.change = change
        self.order_id = order_id

    async def act(self, command: c.Command) -> Response:
        """Act on the order."""
        return await self.do(lambda tx: self.change.change(tx, self.order_id, command))

    async def do(self, work: Callable[[Transaction], Awaitable[Answer]]) -> Response:
        """Do *work* once, and show what came of it as the buyer sees it."""

        async def as_buyer(tx: Transaction) -> Answer:
            status, answer = await work(tx)
            return status, (await _shown(tx, self.order_id) if status < 400 else answer)

        return await self.change.once(as_buyer)


async def _shown(tx: Transaction, order_id: UUID) -> BuyerOrderShown:
    order = await _load(tx, order_id, lock=False)
    return buyer_order_view(order, await tx.connection.fetchrow(sql.about_order, order_id))


async def _with_less(tx: Transaction, order_id: UUID, quantities: dict[str, int]) -> c.Modify:
    """Give the command by which less is ordered; more is for the shop to say (R11)."""
    order = await _load(tx, order_id, lock=True)
    ordered = {line.sku: line.quantity for line in order.lines}
    wrong = [sku for sku, quantity in quantities.items() if sku not in ordered or quantity > ordered[sku]]
    if wrong or all(ordered[sku] == quantity for sku, quantity in quantities.items()):
        detail = "Only less can be had at once: wish for anything else in words, as `wish`."
        errors = [{"field": f"quantities.{sku}", "message": f"at most {ordered.get(sku, 0)}"} for sku in wrong]
        raise Problem(
            422, "invalid request", detail, errors or [{"field": "quantities", "message": "name what changes"}]
        )
    left = (replace(line, quantity=quantities.get(line.sku, line.quantity)) for line in order.lines)
    return c.Modify(uuid4(), "buyer", tuple(line for line in left if line.quantity))


async def _load(tx: Transaction, order_id: UUID, *, lock: bool) -> Order:
    return (await store.load(tx.connection, [order_id], lock=lock))[order_id]


def _read_cursor(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    if cursor is None:
        return None, None
    at, _, last = cursor.partition("~")
    try:
        instant, order_id = datetime.fromisoformat(at), UUID(last)
        if instant.tzinfo is None:
            raise ValueError(at)
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        errors = [{"field": "cursor", "message": "take it from `next` of the page before"}]
        raise Problem(422, "invalid request", "The cursor is not one of ours.", errors) from None
    return instant, order_id
