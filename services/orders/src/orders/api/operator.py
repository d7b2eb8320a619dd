"""What the operator of the installation may see and do: shops, their policies and records, complaints, the books."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from chassis.transactions import Transaction
from orders.access.wall import for_shop
from orders.api import operator_schemas as shown
from orders.api.answers import Answer
from orders.api.changing import change_order
from orders.api.gate import Caller, Gate
from orders.api.operator_asking import OperatorAsking, asking_operator
from orders.api.requests import ShownOnce
from orders.bookkeeping import books_of
from orders.life import commands as c
from orders.life.cases import ComplaintState
from orders.listing.filters import CursorForeign, Filters, Place, Sort, read_cursor, write_cursor
from orders.shops.register import ShopUnknown, add_shop, set_policy
from orders.shops.suspending import SuspendedAlready, resume, suspend

sql = load_queries("orders")

ALL_SHOPS = UUID(int=0)  #: What a cursor of a list of all shops is bound to.

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=120, description="`next` of the page before")]
Version = Annotated[int, Path(ge=1, lt=2**31)]


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    mine = APIRouter(tags=["operator"], dependencies=[Depends(gate.operator)])

    @mine.get("/v1/books")
    async def books() -> Any:
        """Count the records of all feeds by bucket; the sum is what was accepted."""
        return await books_of(service.pool)

    _add_shops(mine, service, gate)
    _add_policies(mine, service, gate)
    _add_complaints(mine, service, gate)
    router.include_router(mine)
    router.include_router(_own_policies(service, gate))
    return router


def _add_shops(router: APIRouter, service: Service, gate: Gate) -> None:
    Change = Annotated[OperatorAsking, Depends(asking_operator(service, gate))]  # noqa: N806 - a type

    @router.post("/v1/shops", status_code=201, response_model=shown.ShopMade)
    async def add(body: shown.ShopGiven, change: Change) -> Any:
        """Add a shop; its key and its webhook secret are shown this once."""

        async def work(tx: Transaction) -> Answer:
            made = await add_shop(tx, **body.model_dump(), by=change.actor)
            kept = shown.ShopMade(id=UUID(made["shop_id"]), api_key=None, webhook_secret=None)
            secrets = {"api_key": made["api_key"], "webhook_secret": made["webhook_secret"]}
            return 201, ShownOnce(kept, kept.model_copy(update=secrets))

        return await change.once(work)

    @router.get("/v1/shops", response_model=shown.ShopsShown)
    async def list_shops(cursor: Cursor = None, limit: Limit = 50) -> Any:
        """List the shops with their records, newest first."""
        named = Filters(text="shops")
        after = _place(cursor, ALL_SHOPS, named)
        async with service.pool.acquire() as connection:
            rows = await connection.fetch(sql.list_shops, *after, limit + 1)
            page = await _with_records(connection, rows[:limit])
        return {"shops": page, "next": _next(rows, limit, "created_at", ALL_SHOPS, named)}

    @router.get("/v1/shops/{shop_id}", response_model=shown.ShopWhole)
    async def show(shop_id: UUID) -> Any:
        """Show a shop, its record, and what was done to it."""
        return await _shop(service.pool, shop_id)

    @router.post("/v1/shops/{shop_id}/suspend", response_model=shown.ShopWhole)
    async def suspend_shop(shop_id: UUID, body: shown.SuspensionGiven, change: Change) -> Any:
        """Have a shop take no more orders (R14); those it has go on, and its keys still work for them."""

        async def work(tx: Transaction) -> Answer:
            try:
                if not await suspend(tx, shop_id, body.reason, change.actor):
                    raise _shop_unknown()
            except SuspendedAlready as already:
                detail = f"It is suspended already: {already.because}. Resume it first to give another reason."
                raise Problem(409, "suspended already", detail) from None
            return 200, await _shop(tx.connection, shop_id)

        return await change.once(work)

    @router.post("/v1/shops/{shop_id}/resume", response_model=shown.ShopWhole)
    async def resume_shop(shop_id: UUID, change: Change) -> Any:
        """Let a shop take orders again."""

        async def work(tx: Transaction) -> Answer:
            if not await resume(tx, shop_id, change.actor):
                raise _shop_unknown()
            return 200, await _shop(tx.connection, shop_id)

        return await change.once(work)


def _add_policies(router: APIRouter, service: Service, gate: Gate) -> None:
    Change = Annotated[OperatorAsking, Depends(asking_operator(service, gate))]  # noqa: N806 - a type

    @router.get("/v1/shops/{shop_id}/policies", response_model=shown.PoliciesShown)
    async def list_policies(shop_id: UUID) -> Any:
        """List the versions of a shop's policy, newest first, with how many orders are pinned to each."""
        rows = await service.pool.fetch(sql.list_policies, shop_id)
        if not rows:
            raise _shop_unknown()
        return {"policies": [dict(row) for row in rows]}

    @router.post("/v1/shops/{shop_id}/policies", status_code=201, response_model=shown.PolicyShown)
    async def publish(shop_id: UUID, body: shown.PolicyChangesGiven, change: Change) -> Any:
        """Publish a new version of a shop's policy; orders placed before keep theirs."""
        changes = body.model_dump(mode="json", exclude_unset=True)
        if not changes:
            errors = [{"field": "body", "message": "must name what is to be different"}]
            raise Problem(422, "invalid request", "Nothing would be different: name at least one field.", errors)

        async def work(tx: Transaction) -> Answer:
            try:
                policy = await set_policy(tx, shop_id, changes, change.actor)
            except ShopUnknown:
                raise _shop_unknown() from None
            except ValidationError as invalid:  # together with what stays, it makes no policy
                raise RequestValidationError(invalid.errors(include_input=False, include_url=False)) from None
            row = await tx.connection.fetchrow(sql.find_policy, shop_id, policy.version)
            return 201, shown.PolicyShown(**row)

        return await change.once(work)

    @router.get("/v1/shops/{shop_id}/policies/{version}", response_model=shown.PolicyShown)
    async def show_policy(shop_id: UUID, version: Version) -> Any:
        """Show one version of a shop's policy."""
        return await _policy(service.pool, shop_id, version)


def _own_policies(service: Service, gate: Gate) -> APIRouter:
    """Build the routes by which a shop sees its own policy."""
    router = APIRouter(tags=["policy"])
    Seller = Annotated[Caller, Depends(gate.seller)]  # noqa: N806 - a type

    @router.get("/v1/policies/current", response_model=shown.PolicyShown)
    async def show_current(caller: Seller) -> Any:
        """Show the policy that the shop's next order will be pinned to."""
        async with for_shop(service, caller.shop_id) as tx:
            return await _policy(tx.connection, caller.shop_id, None)

    @router.get("/v1/policies/{version}", response_model=shown.PolicyShown)
    async def show_version(version: Version, caller: Seller) -> Any:
        """Show a version of the shop's policy, such as an order's `policy_version`."""
        async with for_shop(service, caller.shop_id) as tx:
            return await _policy(tx.connection, caller.shop_id, version)

    return router


def _add_complaints(router: APIRouter, service: Service, gate: Gate) -> None:
    Change = Annotated[OperatorAsking, Depends(asking_operator(service, gate))]  # noqa: N806 - a type

    @router.get("/v1/complaints", response_model=shown.ComplaintsShown)
    async def list_complaints(
        state: ComplaintState | None = None, shop: UUID | None = None, cursor: Cursor = None, limit: Limit = 50
    ) -> Any:
        """List complaints about all shops, or about one, newest first (R14)."""
        named = Filters(text=f"complaints {state or ''}")
        after = _place(cursor, shop or ALL_SHOPS, named)
        rows = await service.pool.fetch(sql.list_complaints, state, shop, *after, limit + 1)
        page = [_complaint(row) for row in rows[:limit]]
        return {"complaints": page, "next": _next(rows, limit, "opened_at", shop or ALL_SHOPS, named)}

    @router.get("/v1/complaints/{complaint_id}", response_model=shown.ComplaintOfShop)
    async def show_complaint(complaint_id: UUID) -> Any:
        """Show a complaint."""
        return _complaint(await _find_complaint(service.pool, complaint_id))

    @router.post("/v1/complaints/{complaint_id}/uphold", response_model=shown.ComplaintOfShop)
    async def uphold(complaint_id: UUID, body: shown.VerdictGiven, change: Change) -> Any:
        """Find a complaint right: it stands on the shop's record as upheld."""
        return await change.once(lambda tx: _decide(tx, complaint_id, uphold=True, words=body.words))

    @router.post("/v1/complaints/{complaint_id}/refuse", response_model=shown.ComplaintOfShop)
    async def refuse(complaint_id: UUID, body: shown.VerdictGiven, change: Change) -> Any:
        """Find a complaint wrong."""
        return await change.once(lambda tx: _decide(tx, complaint_id, uphold=False, words=body.words))


async def _decide(tx: Transaction, complaint_id: UUID, *, uphold: bool, words: str) -> Answer:
    """Decide a complaint as any change of an order is made: under its lock, inside its shop's walls."""
    row = await _find_complaint(tx.connection, complaint_id)
    await tx.connection.execute(sql.stand_behind_the_wall, str(row["shop_id"]))
    command = c.DecideComplaint(complaint_id, uphold, words)
    status, answer = await change_order(tx, row["shop_id"], row["order_id"], command)
    if status >= 400:
        return status, answer
    return 200, _complaint(await _find_complaint(tx.connection, complaint_id))


async def _find_complaint(connection: Any, complaint_id: UUID) -> Any:
    row = await connection.fetchrow(sql.find_complaint, complaint_id)
    if row is None:
        raise Problem(404, "unknown complaint", "There is no complaint with that id.")
    return row


def _complaint(row: Any) -> shown.ComplaintOfShop:
    about = {name: row[name] for name in ("order_id", "order_number", "shop_id", "shop_name")}
    return shown.ComplaintOfShop.model_validate({**row["body"], **about})


async def _shop(connection: Any, shop_id: UUID) -> shown.ShopWhole:
    row = await connection.fetchrow(sql.find_shop, shop_id)
    if row is None:
        raise _shop_unknown()
    [whole] = await _with_records(connection, [row])
    notes = [dict(note) for note in await connection.fetch(sql.record_of_shop, shop_id)]
    return shown.ShopWhole.model_validate({**whole, "history": notes})


async def _with_records(connection: Any, rows: list[Any]) -> list[dict[str, Any]]:
    """Put to each shop what counts for or against it."""
    ids = [row["id"] for row in rows]
    orders = {row["shop_id"]: row["orders"] for row in await connection.fetch(sql.count_orders_of_shops, ids)}
    failings = {row["shop_id"]: row for row in await connection.fetch(sql.count_failings_of_shops, ids)}
    complaints: dict[UUID, dict[str, int]] = {key: dict.fromkeys(ComplaintState, 0) for key in ids}
    for row in await connection.fetch(sql.count_complaints_of_shops, ids):
        complaints[row["shop_id"]][row["state"]] = row["complaints"]
    return [
        {
            **dict(row),
            "record": {
                "orders": orders.get(row["id"], 0),
                "complaints": complaints[row["id"]],
                "cancelled_for_want_of_tracking": failings[row["id"]]["cancelled"] if row["id"] in failings else 0,
                "dispatched_late": failings[row["id"]]["late"] if row["id"] in failings else 0,
            },
        }
        for row in rows
    ]


async def _policy(connection: Any, shop_id: UUID, version: int | None) -> dict[str, Any]:
    row = await connection.fetchrow(sql.find_policy, shop_id, version)
    if row is None:
        raise Problem(404, "unknown policy", "There is no such version of that shop's policy.")
    return dict(row)


def _shop_unknown() -> Problem:
    return Problem(404, "unknown shop", "There is no shop with that id.")


def _place(cursor: str | None, bound_to: UUID, named: Filters) -> tuple[Any, Any]:
    """Give the place that a cursor of this very list says; nulls for the first page."""
    if cursor is None:
        return None, None
    try:
        place = read_cursor(cursor, Sort.NEWEST, bound_to, named)
    except CursorForeign as foreign:
        errors = [{"field": "cursor", "message": f"{foreign}: take it from `next` of the page before"}]
        raise Problem(422, "invalid request", "Correct these fields and send it again: cursor.", errors) from None
    return place.at, place.order_id


def _next(rows: list[Any], limit: int, at: str, bound_to: UUID, named: Filters) -> str | None:
    """Give the cursor of the page after the first *limit* of some rows; None where nothing follows."""
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return write_cursor(Place(last[at], last["id"]), Sort.NEWEST, bound_to, named)
