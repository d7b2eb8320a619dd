"""Errors of the HTTP API: one shape (RFC 9457), a sentence that says what to do, and nothing of the input."""

import re
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT
from orders.life.lifecycle import POSSIBLE
from orders.store import NumberTaken

log = get_logger()

MEDIA_TYPE = "application/problem+json"


#: How a rule over several fields says which one it is about.
_NAMED = re.compile(r"(?P<field>[a-z_]+(\.[a-z_]+)*): (?P<message>.+)", re.DOTALL)


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers
        self.body: dict[str, Any] = {"title": title, "status": status, "detail": detail}
        if errors:
            self.body["errors"] = errors

    def response(self) -> JSONResponse:
        """Give the HTTP answer."""
        headers = self.headers or ({"Retry-After": "2"} if self.status == 503 else None)
        return JSONResponse(self.body, self.status, headers, MEDIA_TYPE)


def order_unknown(detail: str = "This shop has no order with that id.") -> Problem:
    """The answer for an order that is not there, and for one of another shop or buyer: the same."""
    return Problem(404, "unknown order", detail)


def install(app: FastAPI) -> None:
    """Give every kind of failure its answer."""

    @app.exception_handler(Problem)
    async def on_problem(_: Request, problem: Problem) -> JSONResponse:
        return problem.response()

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, invalid: RequestValidationError) -> JSONResponse:
        errors = [_field_error(error) for error in invalid.errors()]
        fields = ", ".join(error["field"] for error in errors)
        return Problem(422, "invalid request", f"Correct these fields and send it again: {fields}.", errors).response()

    @app.exception_handler(HTTPException)
    async def on_http(_: Request, error: HTTPException) -> JSONResponse:
        return Problem(error.status_code, str(error.detail).lower(), "See /docs for what can be asked.").response()

    @app.exception_handler(NumberTaken)
    async def on_number_taken(_: Request, taken: NumberTaken) -> JSONResponse:
        detail = "Another order that is not over has this tracking number: check it, or correct the other order (R14)."
        problem = Problem(409, "tracking number in use", detail)
        problem.body |= {"order_status": taken.status, "possible": list(POSSIBLE[taken.status])}
        return problem.response()

    async def on_outage(_: Request, __: Exception) -> JSONResponse:
        return Problem(503, "try again", "The database is away; nothing was changed. Send it again.").response()

    async def on_unkeepable(request: Request, error: Exception) -> JSONResponse:
        log.warning("input_not_kept", method=request.method, error=type(error).__name__)  # never what it was
        detail = (
            "It holds a text or a number that cannot be kept, such as a NUL character or a number that is too large:"
            " correct it and send it again."
        )
        return Problem(422, "invalid request", detail).response()

    for unkeepable in (asyncpg.DataError, UnicodeEncodeError):  # what no field's own check has found
        app.add_exception_handler(unkeepable, on_unkeepable)

    for outage in TRANSIENT:
        if issubclass(outage, Exception):
            app.add_exception_handler(outage, on_outage)
    app.add_exception_handler(asyncpg.QueryCanceledError, on_outage)


def _field_error(error: dict[str, Any]) -> dict[str, str]:
    places = [str(place) for place in error["loc"] if place not in ("body", "query", "path", "header")]
    message = str(error["msg"]).removeprefix("Value error, ")
    if named := _NAMED.fullmatch(message):  # a rule over several fields names the field itself
        places.append(named["field"])
        message = named["message"]
    return {"field": ".".join(places) or "body", "message": message}
