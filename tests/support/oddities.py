"""Requests that are wrong in ways that no schema speaks of: what a text, a number or a body can be at its worst."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

#: NUL, half a surrogate pair, a direction override, digits that are not ASCII, very long; numbers that no column holds.
ODD: Final[tuple[Any, ...]] = (
    *("\x00", "a\x00b", "\ud800", "\u202e", "١٢٣", "", " ", "x" * 70_000, "2026-02-30T25:61:61Z", "-0001-01-01"),
    *(10**40, -(10**40), 2**31, 2**63, -1, 1e308, float("nan"), float("inf"), 0.1 + 0.2),
    *(None, True, [], {}, [[[[]]]], {"\x00": "\ud800"}, {"\ud800": 1}),
)

ODD_TEXTS: Final = (
    *("%00", "a%00b", "%ED%A0%80", "%FF", "0", "-1", "2147483648", "99999999999999999999", "a" * 3000, "%20", "~"),
    *("AAAA", "%E2%80%AE", "1e400", "NaN", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:59", "..%2F.."),
    *(f"9999-12-31T23:59:59-23:59~{uuid4()}", f"0001-01-01T00:00:00%2B23:59~{uuid4()}", f"%00~{uuid4()}"),
)

ODD_BODIES: Final = (
    *(b"", b"null", b"[]", b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 50_000, b'"\\ud800"', b'{"\\u0000": "\\ud800"}'),
    *(b'{"a": ' + b"1" * 5000 + b"}", b'{"a": 1e999}', b"{'a': 1}", b"\x00", "{}".encode("utf-16")),
)

ODD_HEADERS: Final = (
    *(("idempotency-key", b"\xff\xfe"), ("idempotency-key", b"x" * 300), ("idempotency-key", b"\xc3\xa9")),
    *(("if-match", b"\xff"), ("if-match", b'"' + b"9" * 200 + b'"'), ("if-match", b"W/,,")),
    *(
        ("authorization", b"Bearer \xff\xfe"),
        ("authorization", b"Bearer"),
        ("authorization", b"\xc3\xa9 " + b"x" * 4000),
    ),
    *(("content-type", b"\xff"), ("content-type", b"multipart/form-data"), ("content-type", b"text/csv; charset=x")),
    *(("cookie", b"waybill_session=\xff\xfe"), ("content-type", b"application/json; charset=utf-16")),
)


@dataclass
class Odd:
    """A request."""

    label: str  #: The operation, such as ``GET /v1/orders``.
    path: str
    headers: dict[str, bytes] = field(default_factory=dict)
    content: bytes | None = None
    what: str = ""


def odd_requests(document: dict[str, Any], ids: dict[str, Any], each: int) -> Iterator[Odd]:
    """Give requests for every operation of an API, with *each* odd values in turn for whatever can be odd."""
    turn = itertools.count()

    def some(values: tuple[Any, ...]) -> list[Any]:
        return [values[next(turn) % len(values)] for _ in range(min(each, len(values)))]

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            label = f"{method.upper()} {path}"
            parameters = operation.get("parameters", [])
            known = {one["name"]: str(ids.get(one["name"], "1")) for one in parameters if one["in"] == "path"}
            plain = path.format(**{name: quote(value, safe="") for name, value in known.items()})
            content = operation.get("requestBody", {}).get("content", {})
            kind = next(iter(content), "application/json")
            example = content.get("application/json", {}).get("example")
            body = None if example is None else json.dumps(example).encode()
            headers = {"content-type": kind.encode()} if content else {}
            for one in parameters:
                for value in some(ODD_TEXTS):
                    if one["in"] == "path":
                        yield Odd(label, path.format(**{**known, one["name"]: value}), headers, body)
                    elif one["in"] == "query":
                        yield Odd(label, f"{plain}?{one['name']}={value}", headers, body)
            for name, sent in some(ODD_HEADERS):
                yield Odd(label, plain, {**headers, name: sent}, body, f"{name}: {sent[:40]!r}")
            if content:
                for sent in some(ODD_BODIES):
                    yield Odd(label, plain, headers, sent, repr(sent[:40]))
            if example is not None:
                for spoiled in _spoiled(example, some):
                    sent = json.dumps(spoiled).encode()
                    yield Odd(label, plain, headers, sent, repr(sent[:400]))


def _spoiled(value: Any, some: Any) -> Iterator[Any]:
    """Give copies of a value, each with an odd one in the place of one of its parts, or one part more."""
    for odd in some(ODD):
        yield odd
    if isinstance(value, dict):
        for name, one in value.items():
            for other in _spoiled(one, some):
                yield {**value, name: other}
        for odd in some(("\x00", "\ud800", "x" * 70_000)):
            yield {**value, odd: 1}
    elif isinstance(value, list):
        for place, one in enumerate(value):
            for other in _spoiled(one, some):
                yield [*value[:place], other, *value[place + 1 :]]
        yield value * 300
