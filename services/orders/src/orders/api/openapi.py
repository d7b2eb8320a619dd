"""What /openapi.json says of all routes at once: who may call them, the errors they answer, examples of bodies.

A route declares what is its own. What follows from its kind is added here, so that no route can forget it.
"""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI

from chassis.problems import MEDIA_TYPE
from orders.access.sessions import COOKIE
from orders.api.answers import ProblemShown
from orders.api.examples import EXAMPLES

_REF: Final = "#/components/schemas/{model}"

SAYS: Final = {
    400: "No Idempotency-Key, or a body that is no text in UTF-8.",
    401: "Nobody is known by what was sent.",
    403: "The caller may not do this.",
    404: "There is nothing of that id that the caller may see.",
    409: "Not possible as things stand.",
    411: "The length of the file was not sent.",
    412: "The order has another version than `If-Match` says.",
    413: "The file is too large.",
    415: "The file is of another kind than is taken.",
    422: "Something in the request is wrong; `errors` says what.",
    429: "Too many tries: wait as long as `Retry-After` says.",
    503: "The database or the storage is away; nothing was changed.",
}

SCHEMES: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key of the shop."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "As POST /v1/session sets it."},
    "buyer": {"type": "http", "scheme": "bearer", "description": "The token of a buyer who has proven a code."},
    "operator": {"type": "http", "scheme": "bearer", "description": "The operator's key."},
}

_LOCAL_TIME: Final = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"

_OPEN: Final = ("/v1/tracking/",)  #: A link, or a log-in, is all it takes.
_OPERATORS: Final = ("/v1/books", "/v1/shops", "/v1/complaints")
_SESSIONS: Final = ("/v1/session", "/v1/users/me/")
_LIMITED: Final = ("/v1/session", "/v1/users/me/password", "/v1/tracking/{token}/code")


def describe(app: FastAPI) -> None:
    """Have an app's document say what follows from each route's kind."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = ProblemShown.model_json_schema(ref_template=_REF)
    for name, schema in problem.pop("$defs", {}).items():
        schemas.setdefault(name, schema)
    schemas["ProblemShown"] = problem
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which no route answers with
        schemas.pop(name, None)
    _say_local_times(schemas)
    components["securitySchemes"] = SCHEMES
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names = _who(path, method)
            operation["security"] = [{name: []} for name in names]
            said = {int(status): answer for status, answer in operation["responses"].items()}
            said.pop(422, None)
            said |= {status: _problem(status) for status in _errors(path, method, operation, names)}
            operation["responses"] = {str(status): said[status] for status in sorted(said)}
            _give_example(operation)


def _say_local_times(schema: Any) -> None:
    """Say of times of a day that they have no zone, which the format "time" (RFC 3339) would have."""
    if isinstance(schema, list):
        for one in schema:
            _say_local_times(one)
    elif isinstance(schema, dict):
        if schema.get("type") == "string" and schema.get("format") == "time":
            del schema["format"]
            schema["pattern"] = _LOCAL_TIME
        for one in schema.values():
            _say_local_times(one)


def _who(path: str, method: str) -> tuple[str, ...]:
    if path.startswith(_OPEN) or (path, method) == ("/v1/session", "post"):
        return ()
    if path.startswith(_SESSIONS):
        return ("session",)
    if path == "/v1/buyer" or path.startswith("/v1/buyer/"):
        return ("buyer",)
    return ("operator", "session") if path.startswith(_OPERATORS) else ("key", "session")


def _errors(path: str, method: str, operation: dict[str, Any], names: tuple[str, ...]) -> Iterator[int]:
    """Give the statuses of the errors that a route may answer."""
    sent = {one["name"] for one in operation.get("parameters", ())}
    taken = operation.get("requestBody", {}).get("content", {})
    yield 503
    if names or path == "/v1/session":
        yield 401
    if "session" in names:
        yield 403
    if sent or taken:
        yield 422
    if "{" in path:
        yield 404
    if method != "get":
        yield 409
    if taken or "Idempotency-Key" in sent:
        yield 400
    if "If-Match" in sent:
        yield 412
    if taken and "application/json" not in taken:
        yield from (411, 413, 415)
    if path in _LIMITED:
        yield 429


def _problem(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": SAYS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemShown")}}},
    }
    if status in (429, 503):
        answer["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}}
    return answer


def _give_example(operation: dict[str, Any]) -> None:
    taken = operation.get("requestBody", {}).get("content", {}).get("application/json")
    model = taken["schema"].get("$ref", "").rsplit("/", 1)[-1] if taken else ""
    if taken and model in EXAMPLES:
        taken["example"] = EXAMPLES[model]
