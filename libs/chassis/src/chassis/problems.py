"""Errors of an HTTP API: one shape (RFC 9457), a sentence that says what to do, and nothing of the input."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT

log = get_logger()

MEDIA_TYPE: Final = "application/problem+json"

Answer = Callable[[Request, Any], Awaitable[JSONResponse]]

#: How a rule over several fields says which one it is about.
_NAMED: Final = re.compile(r"(?P<field>[a-z_]+(\.[a-z_]+)*): (?P<message>.+)", re.DOTALL)


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


def install(app: Starlette, invalid: type[Exception], answers: dict[type[Exception], Answer] | None = None) -> None:
    """Give every kind of failure its answer.

    *invalid* is what the framework raises for a request that does not fit its model, *answers* are for the service's
    own failures.
    """
    kinds: dict[type[Exception], Answer] = {
        Problem: _on_problem,
        invalid: _on_invalid,
        HTTPException: _on_http,
        asyncpg.DataError: _on_unkeepable,  # what no field's own check has found
        UnicodeEncodeError: _on_unkeepable,
        asyncpg.QueryCanceledError: _on_outage,
        **{outage: _on_outage for outage in TRANSIENT if issubclass(outage, Exception)},
        **(answers or {}),
    }
    for kind, answer in kinds.items():
        app.add_exception_handler(kind, answer)


async def _on_problem(_: Request, problem: Problem) -> JSONResponse:
    return problem.response()


async def _on_invalid(_: Request, invalid: Any) -> JSONResponse:
    errors = [_field_error(error) for error in invalid.errors()]
    fields = ", ".join(error["field"] for error in errors)
    return Problem(422, "invalid request", f"Correct these fields and send it again: {fields}.", errors).response()


async def _on_http(_: Request, error: HTTPException) -> JSONResponse:
    return Problem(error.status_code, str(error.detail).lower(), "See /docs for what can be asked.").response()


async def _on_outage(_: Request, __: Exception) -> JSONResponse:
    return Problem(503, "try again", "The database is away; nothing was changed. Send it again.").response()


async def _on_unkeepable(request: Request, error: Exception) -> JSONResponse:
    log.warning("input_not_kept", method=request.method, error=type(error).__name__)  # never what it was
    detail = (
        "It holds a text or a number that cannot be kept, such as a NUL character or a number that is too large:"
        " correct it and send it again."
    )
    return Problem(422, "invalid request", detail).response()


def _field_error(error: dict[str, Any]) -> dict[str, str]:
    places = [str(place) for place in error["loc"] if place not in ("body", "query", "path", "header")]
    message = str(error["msg"]).removeprefix("Value error, ")
    if named := _NAMED.fullmatch(message):  # a rule over several fields names the field itself
        places.append(named["field"])
        message = named["message"]
    return {"field": ".".join(places) or "body", "message": message}
