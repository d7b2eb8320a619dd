"""Orders from a CSV file: checked and placed as those that are sent one by one, each in a transaction of its own.

The number of an order is what makes an import safe to repeat: what is here already stays as it is.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter, ValidationError

from chassis.postgres import load_queries
from chassis.problems import Problem
from chassis.service import Service
from orders.access.wall import for_shop
from orders.api.gate import Caller, Gate
from orders.api.importing_schemas import Fate, ImportedShown, ImportShown, WrongShown
from orders.api.placing import place_order, refuse_if_suspended
from orders.api.schemas import Instant, OrderGiven
from orders.listing.reading import BOUGHT_AT, COLUMNS, MOST_BYTES, REQUIRED, Candidate, FileRefused, Wrong, read_orders

sql = load_queries("orders")

SIDE_BY_SIDE = 4  #: Transactions of one import at a time: half of the connections that a service has by default.
MEDIA_TYPES = ("text/csv", "application/csv")
BODY = {
    "requestBody": {
        "required": True,
        "description": f"UTF-8, at most {MOST_BYTES} bytes. Columns, in any order: {', '.join(COLUMNS)}; "
        f"those that must be there: {', '.join(REQUIRED)}.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


def router(service: Service, gate: Gate) -> APIRouter:
    """Build the routes of a service that runs."""
    router = APIRouter()
    Seller = Annotated[Caller, Depends(gate.seller)]  # noqa: N806 - a type

    @router.post("/v1/orders/import", response_model=ImportShown, openapi_extra=BODY)
    async def import_orders(request: Request, caller: Seller) -> Any:
        """Take in orders from CSV: one row for each line of an order; the rows of one order share its `number`.

        Their clocks start now. `placed_at` says when the buyer bought it, and is shown as that. What is wrong in one
        order holds up no other; an order whose number is here already is left as it is.
        """
        async with for_shop(service, caller.shop_id) as tx:
            await refuse_if_suspended(tx.connection, caller.shop_id)
        data = await _body(request)
        try:
            candidates = await asyncio.to_thread(read_orders, data)
        except FileRefused as refused:
            errors = [{"field": refused.column, "message": refused.message, "line": str(refused.line)}]
            detail = f"Nothing was taken in. Line {refused.line}, {refused.column}: {refused.message}."
            raise Problem(422, "file refused", detail, errors) from None
        turns = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(candidate: Candidate) -> ImportedShown:
            async with turns:
                return await _take_in(service, caller.shop_id, candidate)

        try:
            async with asyncio.TaskGroup() as tasks:
                done = [tasks.create_task(one(candidate)) for candidate in candidates]
        except ExceptionGroup as failures:  # an outage: send it again, what is in already stays
            raise failures.exceptions[0] from None
        orders = [task.result() for task in done]
        counts = {fate: sum(order.result is fate for order in orders) for fate in Fate}
        return ImportShown(
            taken=counts[Fate.TAKEN],
            here_already=counts[Fate.HERE_ALREADY],
            refused=counts[Fate.REFUSED],
            orders=orders,
        )

    return router


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in MEDIA_TYPES:
        raise Problem(415, "not CSV", "Send the file as the body, with `Content-Type: text/csv`.")
    data = bytearray()
    async for some in request.stream():
        data += some
        if len(data) > MOST_BYTES:
            raise Problem(413, "file too large", f"Send it in parts of at most {MOST_BYTES} bytes.")
    return bytes(data)


async def _take_in(service: Service, shop_id: UUID, candidate: Candidate) -> ImportedShown:
    given, bought_at, wrong = _check(candidate, service.clock.now())
    if wrong or given is None:
        return _refused(candidate, wrong)
    try:
        async with for_shop(service, shop_id) as tx:
            status, answer = await place_order(tx, shop_id, given)
            if status == 201 and bought_at is not None:
                await tx.connection.execute(sql.keep_bought_at, answer.id, bought_at)
    except asyncpg.UniqueViolationError:  # it came in another way at this moment
        async with for_shop(service, shop_id) as tx:
            status, answer = 409, {"id": await tx.connection.fetchval(sql.order_by_number, shop_id, given.number)}
    except Problem as problem:
        return _refused(candidate, [Wrong(candidate.line, "number", str(problem))])
    match status:
        case 201:
            return _shown(candidate, Fate.TAKEN, "is taken in", answer.id)
        case 409 if "id" in answer:
            return _shown(candidate, Fate.HERE_ALREADY, "is here already, and was not changed", answer["id"])
        case _:
            return _refused(candidate, _wrong_of_answer(candidate, answer))


def _check(candidate: Candidate, now: datetime) -> tuple[OrderGiven | None, datetime | None, list[Wrong]]:
    """Check an order as any other is; gives it, when it was bought, and what is wrong with it."""
    wrong = list(candidate.wrong)
    bought_at = None
    if (text := candidate.cells.get(BOUGHT_AT)) is not None:
        line = candidate.said_on[BOUGHT_AT]
        try:
            bought_at = _INSTANT.validate_python(text)
            if bought_at > now:
                wrong.append(Wrong(line, BOUGHT_AT, "must not lie ahead"))
        except ValidationError:
            message = "must be a time with its offset, such as 2026-03-01T09:30:00+08:00"
            wrong.append(Wrong(line, BOUGHT_AT, message))
    given = None
    try:
        given = OrderGiven.model_validate(candidate.body)
    except ValidationError as invalid:
        wrong += [_wrong(candidate, error) for error in invalid.errors(include_url=False, include_input=False)]
    return given, bought_at, wrong


def _wrong(candidate: Candidate, error: Any) -> Wrong:
    path, message = tuple(str(part) for part in error["loc"]), str(error["msg"]).removeprefix("Value error, ")
    if not path and ": " in message:  # a rule over several fields names the field itself
        field, message = message.split(": ", 1)
        path = tuple(field.split("."))
    line, column = candidate.place_of(path)
    return Wrong(line, column, message)


def _wrong_of_answer(candidate: Candidate, answer: dict[str, Any]) -> list[Wrong]:
    """Say what the order was refused for when it was placed."""
    errors: Sequence[dict[str, str]] = answer.get("errors", ())
    if not errors:
        return [Wrong(candidate.line, "number", str(answer.get("detail", "was refused")))]
    return [Wrong(*candidate.place_of(tuple(error["field"].split("."))), error["message"]) for error in errors]


def _refused(candidate: Candidate, wrong: Sequence[Wrong]) -> ImportedShown:
    ordered = sorted(wrong, key=lambda one: (one.line, COLUMNS.index(one.column) if one.column in COLUMNS else 0))
    errors = [WrongShown(line=one.line, column=one.column, message=one.message) for one in ordered]
    return _shown(candidate, Fate.REFUSED, "is not taken in: correct it and send it again", None, errors)


def _shown(
    candidate: Candidate, result: Fate, message: str, order_id: UUID | None, errors: Sequence[WrongShown] = ()
) -> ImportedShown:
    return ImportedShown(
        number=candidate.number[:64],
        line=candidate.line,
        ok=result is not Fate.REFUSED,
        result=result,
        message=message,
        id=order_id,
        errors=list(errors),
    )
