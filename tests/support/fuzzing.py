"""A shop with orders in every state, and requests to its API that are made up after the API's own document."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from uuid import uuid4

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.errors import SerializationNotPossible
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

THOROUGH: Final = 50  #: From so many requests per operation on, every limit in the document is tried too.

#: What a request for one of these ends is what others need: it comes last.
LAST: Final = (
    "POST /v1/orders/{order_id}/cancel",
    "POST /v1/buyer/orders/{order_id}/cancel",
    "DELETE /v1/orders/{order_id}/links",
    "DELETE /v1/buyer",
    "PUT /v1/users/me/password",
    "DELETE /v1/session",
)

ID_LISTS: Final = ("requests", "refunds", "returns", "complaints")


@dataclass
class World:
    """What is there to be asked about, and who asks."""

    url: str
    seller_key: str
    operator_key: str
    buyer_token: str
    session: str
    csrf_token: str
    links: list[str]
    orders: list[dict[str, Any]]  #: As the API shows them.
    others: dict[str, list[str]]  #: By the name of a parameter of a path.
    files: list[str]

    def headers(self, label: str) -> dict[str, str]:
        """Give what says who asks, for an operation such as ``GET /v1/orders``."""
        path = label.partition(" ")[2]
        if path.startswith(("/v1/session", "/v1/users/me/")):
            return {"cookie": f"waybill_session={self.session}", "x-csrf-token": self.csrf_token}
        if path.startswith(("/v1/books", "/v1/shops", "/v1/complaints")):
            return {"authorization": f"Bearer {self.operator_key}"}
        if path == "/v1/buyer" or path.startswith("/v1/buyer/"):
            return {"authorization": f"Bearer {self.buyer_token}"}
        return {"authorization": f"Bearer {self.seller_key}"}

    def ids(self, place: int) -> dict[str, Any]:
        """Give ids that are there, of one order and of what belongs to it."""
        order = self.orders[place % len(self.orders)]
        found: dict[str, Any] = {name: some[place % len(some)] for name, some in self.others.items()}
        found |= {"order_id": order["id"], "parcel": 1, "token": self.links[place % len(self.links)]}
        for several in ID_LISTS:
            own = order[several] or next(one[several] for one in self.orders if one[several])
            found[f"{several.removesuffix('s')}_id"] = own[place % len(own)]["id"]
        return found

    def bring_in(self, body: Any, place: int) -> Any:
        """Put what is there in the place of what was made up."""
        if isinstance(body, list):
            return [self.bring_in(one, place) for one in body]
        if not isinstance(body, dict):
            return body
        known: dict[str, Any] = {
            "sku": "MUG-BLUE",
            "counts": {"MUG-BLUE": 2, "TEA": 1},
            "quantities": {"MUG-BLUE": 1},
            "photos": self.files,
            "evidence": self.files,
            "file": self.files[0],
            "orders": [order["id"] for order in self.orders],
        }
        return {name: known[name] if name in known else self.bring_in(one, place) for name, one in body.items()}


@dataclass
class Findings:
    """What was asked, and what came of it."""

    asked: Counter[str] = field(default_factory=Counter)  #: By operation.
    answered: Counter[int] = field(default_factory=Counter)  #: By HTTP status.
    done: set[str] = field(default_factory=set)  #: The operations that did at least once what they are for.
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)  #: By operation and kind: the first of them.

    def line(self) -> str:
        """Give the counts as a line of JSON."""
        statuses = {str(status): n for status, n in sorted(self.answered.items())}
        counts = {
            "operations": len(self.asked),
            "done": len(self.done),
            "cases": self.asked.total(),
            "statuses": statuses,
        }
        return json.dumps({**counts, "findings": len(self.wrong)})


def load(url: str) -> Any:
    """Read the document of a running API."""
    generation = GenerationConfig(deterministic=True, with_security_parameters=False)
    projects = ProjectsConfig(default=ProjectConfig(generation=generation))
    return schemathesis.openapi.from_url(f"{url}/openapi.json", config=SchemathesisConfig(projects=projects, seed=1))


def fuzz(world: World, budget: int, only: str = "") -> Findings:
    """Ask *budget* times of each operation: half of it what the document allows, half what it does not.

    Half of these are about what is there, and one in ten says nothing of who asks. Before them the document's own
    example is sent, to each order that there is.
    """
    findings = Findings()
    operations = sorted(_operations(load(world.url)), key=_turn)
    with requests.Session() as session:
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # each request says itself who asks
        for operation in operations:
            if only in operation.label:
                if operation.label not in LAST[-3:]:
                    _follow_example(world, session, operation, findings)
                if budget >= THOROUGH:
                    _cover(world, session, operation, findings)
                for mode in schemathesis.GenerationMode:
                    _ask(world, session, operation, mode, max(1, budget // 2), findings)
    return findings


def _turn(operation: Any) -> int:
    """Say when an operation's turn is: lines are changed while they can be, and `LAST` is last."""
    label = operation.label
    return LAST.index(label) + 1 if label in LAST else -label.endswith("/lines")


def _operations(schema: Any) -> Iterator[Any]:
    for found in schema.get_all_operations():
        yield found.ok()


def _cover(world: World, session: requests.Session, operation: Any, findings: Findings) -> None:
    """Send each parameter and field at its limits and beyond, one at a time, as the document has them."""
    schema = operation.schema
    cases = schema.iter_coverage_cases(
        operation,
        generation_modes=list(schemathesis.GenerationMode),
        generation_config=schema.config.generation_for(operation=operation),
    )
    for place, case in enumerate(cases):
        if case.method.upper() != operation.method.upper():
            continue  # what is asked by another method is another operation, or none
        ids = world.ids(place)
        if place % 2:
            known = {name: ids[name] for name in case.path_parameters or {} if name in ids}
            case.path_parameters = {**(case.path_parameters or {}), **known}
        headers = {"idempotency-key": uuid4().hex, **world.headers(operation.label)}
        with suppress(SerializationNotPossible):  # a picture is not made up after a schema
            _send(world, session, case, headers, findings)


def _ask(
    world: World,
    session: requests.Session,
    operation: Any,
    mode: schemathesis.GenerationMode,
    budget: int,
    findings: Findings,
) -> None:
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception as nothing:
        findings.wrong[operation.label, f"no {mode.value} case"] = repr(nothing)
        return

    @settings(
        max_examples=budget,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, there=st.booleans(), known=st.integers(1, 10), place=st.integers(0, 1000))
    def each(case: Any, there: bool, known: int, place: int) -> None:
        headers = {"idempotency-key": uuid4().hex} if known > 2 else {}
        if known != 2:
            headers |= world.headers(operation.label)
        if there:
            ids = world.ids(place)
            case.path_parameters = {
                **case.path_parameters,
                **{name: ids[name] for name in case.path_parameters if name in ids},
            }
            case.body = world.bring_in(case.body, place)
        _send(world, session, case, headers, findings)

    with suppress(Unsatisfiable):  # nothing can be wrong with a request that holds nothing
        each()


def _example(operation: Any) -> Any:
    """Give the example of a body that the document has, or None."""
    content = operation.definition.raw.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def _follow_example(world: World, session: requests.Session, operation: Any, findings: Findings) -> None:
    path = operation.label.partition(" ")[2]
    for place in range(len(world.orders) if "{order_id}" in path else 1):
        ids = {name: value for name, value in world.ids(place).items() if f"{{{name}}}" in path}
        example = _example(operation)
        body = {} if example is None else {"body": world.bring_in(example, place), "media_type": "application/json"}
        case = operation.Case(path_parameters=ids, **body)
        headers = {"idempotency-key": uuid4().hex, **world.headers(operation.label)}
        _send(world, session, case, headers, findings)


def _send(world: World, session: requests.Session, case: Any, headers: dict[str, str], findings: Findings) -> None:
    label = case.operation.label
    response = case.call(base_url=world.url, session=session, headers=headers, timeout=30)
    findings.asked[label] += 1
    findings.answered[response.status_code] += 1
    if response.status_code < 300:
        findings.done.add(label)
    try:
        case.validate_response(response, checks=CHECKS)
    except BaseExceptionGroup as group:
        for one in group.exceptions:
            _note(findings, label, one, case)
    except AssertionError as one:
        _note(findings, label, one, case)


def _note(findings: Findings, label: str, failure: BaseException, case: Any) -> None:
    kind = type(failure).__name__
    findings.wrong.setdefault((label, kind), f"{failure}\n{case.as_curl_command()[:1500]}")
