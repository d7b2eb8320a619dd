"""What the routes say of their errors, and the answer to an account that cannot be as it was asked for."""

from typing import Any, Final

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from carrier_adapter.accounts.register import Refused, Standing, Taken, Unknown
from chassis.problems import Answer, Problem


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


async def _on_refused(_: Request, refused: Refused) -> JSONResponse:
    sentence = str(refused)
    match refused:
        case Unknown():
            return Problem(404, f"unknown {refused.field}", sentence).response()
        case Taken() | Standing():
            return Problem(409, "not possible as things stand", sentence).response()
    errors = [{"field": refused.field, "message": sentence}]
    return Problem(422, "invalid request", f"Correct `{refused.field}`: {sentence}.", errors).response()


ANSWERS: Final[dict[type[Exception], Answer]] = {Refused: _on_refused}
