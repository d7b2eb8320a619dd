"""JSON, read strictly: what two readers could take for different things is no JSON here."""

import json
import re
from typing import Any

from carrier_adapter.formats.record import Unparsable

DEEPEST = 32

_TEXT_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, and nobody encodes half a character


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unparsable("a JSON object names a field twice")
    return found


def _constant(name: str) -> Any:
    raise Unparsable(f"{name} is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise Unparsable("a number has too many digits")
    return int(digits)


def _decimal(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Unparsable("a number is too large")
    return number


def read_json(body: bytes) -> Any:
    """Read one JSON document in UTF-8 (with or without a byte order mark). Raises `Unparsable`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unparsable("the body is not UTF-8") from None
    if text.count("{") + text.count("[") > DEEPEST and _depth(text) > DEEPEST:  # few brackets cannot nest deeply
        raise Unparsable("the JSON is nested too deeply")
    try:
        document = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer, parse_float=_decimal
        )
    except json.JSONDecodeError as wrong:
        why = wrong.msg[0].lower() + wrong.msg[1:].removesuffix(" at")
        raise Unparsable(f"the body is not JSON: {why} at line {wrong.lineno}, column {wrong.colno}") from None
    # Neither can be in the bytes as such: JSON forbids the one, UTF-8 the other. Only an escape brings them in.
    if "\\u" in text and _has_unkeepable(document):
        raise Unparsable("a text holds a NUL or half a character")
    return document


def _depth(text: str) -> int:
    """Give how deep the brackets nest; those inside texts do not count, or they could be used to hide others."""
    deepest = depth = 0
    for found in _TEXT_OR_BRACKET.findall(text):
        if found in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found in "]}":
            depth -= 1
    return deepest


def _has_unkeepable(value: Any) -> bool:
    if isinstance(value, str):
        return _UNKEEPABLE.search(value) is not None
    if isinstance(value, dict):
        return any(_has_unkeepable(key) or _has_unkeepable(one) for key, one in value.items())
    return isinstance(value, list) and any(_has_unkeepable(one) for one in value)


def as_object(value: Any, what: str = "the body") -> dict[str, Any]:
    """Give *value* if it is a JSON object. Raises `Unparsable`."""
    if not isinstance(value, dict):
        raise Unparsable(f"{what} is not a JSON object")
    return value
