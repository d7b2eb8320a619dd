"""What goes wrong in this API alone: orders that are not there, and numbers that another order has."""

from typing import Final

from fastapi import Request
from fastapi.responses import JSONResponse

from chassis.problems import Answer, Problem
from orders.life.lifecycle import POSSIBLE
from orders.store import NumberTaken


def order_unknown(detail: str = "This shop has no order with that id.") -> Problem:
    """The answer for an order that is not there, and for one of another shop or buyer: the same."""
    return Problem(404, "unknown order", detail)


async def _on_number_taken(_: Request, taken: NumberTaken) -> JSONResponse:
    detail = "Another order that is not over has this tracking number: check it, or correct the other order (R14)."
    problem = Problem(409, "tracking number in use", detail)
    problem.body |= {"order_status": taken.status, "possible": list(POSSIBLE[taken.status])}
    return problem.response()


ANSWERS: Final[dict[type[Exception], Answer]] = {NumberTaken: _on_number_taken}
