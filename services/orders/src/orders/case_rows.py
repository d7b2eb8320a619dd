"""Between the rows of `cases` and the cases of an order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from orders.life.cases import Complaint, Fault, Request, Return
from orders.life.order import Order
from orders.life.parcel import Parcel

Case = Request | Return | Complaint | Fault

_REQUEST: Final = TypeAdapter(Request)
_RETURN: Final = TypeAdapter(Return)
_COMPLAINT: Final = TypeAdapter(Complaint)
_FAULT: Final = TypeAdapter(Fault)


@dataclass(slots=True)
class Cases:
    """The cases of one order, oldest first."""

    requests: list[Request] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def cases_of_rows(rows: Iterable[Mapping[str, Any]], parcels: Mapping[tuple[UUID, int], Parcel]) -> dict[UUID, Cases]:
    """Read the cases of some orders; *parcels* are those that returns travel in, by order and number."""
    found: dict[UUID, Cases] = defaultdict(Cases)
    for row in rows:
        cases, body = found[row["order_id"]], row["body"]
        match row["what"]:
            case "request":
                cases.requests.append(_REQUEST.validate_python(body))
            case "return":
                parcel = parcels[row["order_id"], body["parcel"]]
                cases.returns.append(_RETURN.validate_python({**body, "parcel": parcel}))
            case "complaint":
                cases.complaints.append(_COMPLAINT.validate_python(body))
            case _:
                cases.faults.append(_FAULT.validate_python(body))
    return found


def rows_of_cases(was: Order, now: Order) -> list[tuple[UUID, UUID, str, str, datetime, str]]:
    """Write the cases that are new or have changed, as `save_cases` takes them."""
    rows: list[tuple[UUID, UUID, str, str, datetime, str]] = []
    for request in _new(was.requests, now.requests):
        body = _REQUEST.dump_json(request).decode()
        rows.append((request.id, now.id, "request", request.state, request.asked_at, body))
    for one in _new(was.returns, now.returns):
        body = _RETURN.dump_json(one, exclude={"parcel"}).decode()
        body = f'{{"parcel":{one.parcel.number},{body[1:]}'
        rows.append((one.id, now.id, "return", one.status, one.asked_at, body))
    for complaint in _new(was.complaints, now.complaints):
        body = _COMPLAINT.dump_json(complaint).decode()
        rows.append((complaint.id, now.id, "complaint", complaint.state, complaint.opened_at, body))
    for number, fault in list(enumerate(now.faults))[len(was.faults) :]:
        body = _FAULT.dump_json(fault).decode()
        rows.append((uuid5(now.id, f"fault/{number}"), now.id, "fault", fault.fault, fault.at, body))
    return rows


def _new(was: tuple[Any, ...], now: tuple[Any, ...]) -> list[Any]:
    return [] if was is now else [case for case in now if case not in was]
