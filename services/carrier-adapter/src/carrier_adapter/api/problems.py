"""Errors of the HTTP API: one shape (RFC 9457), a sentence that says what to do, and nothing of the input."""

from typing import Any, Final

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from carrier_adapter.accounts.register import Refused, Standing, Taken, Unknown
from chassis.postgres import TRANSIENT

MEDIA_TYPE: Final = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class ProblemShown(BaseModel):
    """An answer that is an error."""

    title: str
    status: int
    detail: str
    errors: list[FieldError] = []


#: What a route says of its errors in the OpenAPI document.
SAYS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemShown, "description": text}
    for status, text in {
        401: "The token is missing or wrong.",
        403: "No admin token is set, so that nobody may.",
        404: "There is nothing of that name or id.",
        409: "Not possible as things stand.",
        410: "It was kept for a while, which is over.",
        422: "Something in the request is wrong; `errors` says what.",
        503: "The database is away; nothing was changed.",
    }.items()
}


def says(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Give what a route says of the errors it may answer."""
    return {status: SAYS[status] for status in statuses}


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
        headers = {503: {"Retry-After": "2"}, 401: {"WWW-Authenticate": "Bearer"}}.get(self.status)
        return JSONResponse(self.body, self.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Give every kind of failure its answer."""

    @app.exception_handler(Problem)
    async def on_problem(_: Request, problem: Problem) -> JSONResponse:
        return problem.response()

    @app.exception_handler(Refused)
    async def on_refused(_: Request, refused: Refused) -> JSONResponse:
        sentence = str(refused)
        match refused:
            case Unknown():
                return Problem(404, f"unknown {refused.field}", sentence).response()
            case Taken() | Standing():
                return Problem(409, "not possible as things stand", sentence).response()
        errors = [{"field": refused.field, "message": sentence}]
        return Problem(422, "invalid request", f"Correct `{refused.field}`: {sentence}.", errors).response()

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, invalid: RequestValidationError) -> JSONResponse:
        errors = [_field_error(error) for error in invalid.errors()]
        fields = ", ".join(error["field"] for error in errors)
        return Problem(422, "invalid request", f"Correct these fields and send it again: {fields}.", errors).response()

    @app.exception_handler(HTTPException)
    async def on_http(_: Request, error: HTTPException) -> JSONResponse:
        return Problem(error.status_code, str(error.detail).lower(), "See /docs for what can be asked.").response()

    async def on_outage(_: Request, __: Exception) -> JSONResponse:
        return Problem(503, "try again", "The database is away; nothing was changed. Send it again.").response()

    async def on_unkeepable(_: Request, __: Exception) -> JSONResponse:
        detail = "It holds a text that cannot be kept, such as a NUL character: correct it and send it again."
        return Problem(422, "invalid request", detail).response()

    for unkeepable in (asyncpg.DataError, UnicodeEncodeError):
        app.add_exception_handler(unkeepable, on_unkeepable)
    for outage in TRANSIENT:
        if issubclass(outage, Exception):
            app.add_exception_handler(outage, on_outage)
    app.add_exception_handler(asyncpg.QueryCanceledError, on_outage)


def _field_error(error: dict[str, Any]) -> dict[str, str]:
    places = [str(place) for place in error["loc"] if place not in ("body", "query", "path", "header")]
    return {"field": ".".join(places) or "body", "message": str(error["msg"]).removeprefix("Value error, ")}
