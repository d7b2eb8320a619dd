"""Changes that the operator asks for: done once per Idempotency-Key, and on record with who asked."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Header, Request

from chassis.postgres import load_queries
from chassis.service import Service
from chassis.transactions import Transaction
from orders.api.gate import Gate, Operator
from orders.api.requests import Keys, Once

sql = load_queries("orders")


class OperatorAsking(Once):
    """A request of the operator's. Keys are the actor's own: two people may choose the same."""

    keys: ClassVar = Keys(sql.take_operator_key, sql.operator_answer, sql.keep_operator_answer)

    def __init__(self, service: Service, operator: Operator, request: Request, key: str | None) -> None:
        super().__init__(service, request, key, operator.actor)
        self.actor = operator.actor  #: For the record: ``operator``, ``user:<id>``.

    def _begin(self) -> AbstractAsyncContextManager[Transaction]:
        return self._service.transaction()


def asking_operator(service: Service, gate: Gate) -> Callable[..., Any]:
    """Give the dependency of the operator's routes that change something."""

    async def ask(
        request: Request,
        operator: Annotated[Operator, Depends(gate.operator)],
        key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)] = None,
    ) -> OperatorAsking:
        return OperatorAsking(service, operator, request, key)

    return ask
