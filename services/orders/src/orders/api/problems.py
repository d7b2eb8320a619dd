"""Errors of the HTTP API: one shape (RFC 9457), a sentence that says what to do, and nothing of the input."""

from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from chassis.postgres import TRANSIENT
from orders.store import NumberTaken

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.body: dict[str, Any] = {"title": title, "status": status, "detail": detail}
        if errors:
            self.body["errors"] = errors

    def response(self) -> JSONResponse:
        """Give the HTTP answer."""
        headers = {"Retry-After": "2"} if self.status == 503 else None
        return JSONResponse(self.body, self.status, headers, MEDIA_TYPE)


def order_unknown() -> Problem:
    """The answer for an order that is not there, and for one of another shop: the same."""
    return Problem(404, "unknown order", "This shop has no order with that id.")


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
    async def on_number_taken(_: Request, __: NumberTaken) -> JSONResponse:
        detail = "Another order that is not over has this tracking number: check it, or correct the other order (R14)."
        return Problem(409, "tracking number in use", detail).response()

    async def on_outage(_: Request, __: Exception) -> JSONResponse:
        return Problem(503, "try again", "The database is away; nothing was changed. Send it again.").response()

    for outage in TRANSIENT:
        if issubclass(outage, Exception):
            app.add_exception_handler(outage, on_outage)
    app.add_exception_handler(asyncpg.QueryCanceledError, on_outage)


def _field_error(error: dict[str, Any]) -> dict[str, str]:
    places = [str(place) for place in error["loc"] if place not in ("body", "query", "path", "header")]
    message = str(error["msg"]).removeprefix("Value error, ")
    if not places and ": " in message:  # a rule over several fields names the field itself
        field, message = message.split(": ", 1)
        return {"field": field, "message": message}
    return {"field": ".".join(places) or "body", "message": message}
