"""Feeds that somebody spoilt: good ones with bytes, values, elements or lines changed."""

import json
import random
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from lxml import etree

_BYTES: Final = (b"", b"\x00", b"\xff", b"\xc3", b"\r\n", *(bytes((sign,)) for sign in b"\"\\{}[]<>&'*~+:,"))
_TEXTS: Final = (
    *("", " ", "x" * 400, "\u0000", "\ud800", "\u202e", "é́" * 60, "😀", "null", "0", "-1", "1e999", "NaN", "true"),
    *("2026-02-30T25:61:61Z", "2026-03-29T02:30:00", "9999-12-31T23:59:59+14:00", "0001-01-01", "20260302", "1405"),
    *(
        "99999999999999999999",
        "1772460300",
        "1772460300000",
        "/Date(1772460300000)/",
        "+99:99",
        "Europe/Berlin",
        "../..",
    ),
)
_NUMBERS: Final = (0, -1, 1, 2**31, 2**63, 10**19, 1e308, -0.0, 0.1, 1772460300, 1772460300000)
_TOKEN: Final = re.compile(rb"[^\s*~+':|,;<>{}\[\]\"]+")

Mutate = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutated(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Give one of *seeds*, spoilt in one way or a few."""
    body = chance.choice(seeds)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        with suppress(ValueError, etree.LxmlError, RecursionError):  # no longer what that mutation takes
            body = chance.choice(_ways(body))(chance, body, seeds)
    return body


def _ways(body: bytes) -> Sequence[Mutate]:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return (_structure, _structure, _structure, _structure, _bytes, _cut, _token)
    if start == b"<":
        return (_elements, _elements, _elements, _bytes, _cut, _token)
    return (_token, _token, _lines, _lines, _bytes, _cut, _splice)


def _bytes(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    for _spot in range(chance.randint(1, 3)):
        at = chance.randint(0, len(body))
        new = chance.choice(_BYTES) if chance.random() < 0.7 else chance.randbytes(chance.randint(1, 8))
        body = body[:at] + new + body[at + chance.randint(0, 6) :]
    return body


def _cut(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] if chance.random() < 0.7 else body[at:]


def _splice(chance: random.Random, body: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return body[: chance.randint(0, len(body))] + other[chance.randint(0, len(other)) :]


def _token(chance: random.Random, body: bytes, seeds: Sequence[bytes]) -> bytes:
    tokens = list(_TOKEN.finditer(body))
    if not tokens:
        return body
    token, others = chance.choice(tokens), _TOKEN.findall(chance.choice(seeds)) or [b""]
    text = chance.choice(_TEXTS).encode("utf-8", "surrogatepass")
    return body[: token.start()] + (text if chance.random() < 0.5 else chance.choice(others)) + body[token.end() :]


def _lines(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    end = next((sign for sign in (b"\n", b"~", b"'") if sign in body), b"\n")
    lines = body.split(end)
    at = chance.randrange(len(lines))
    way = chance.randrange(4)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(at, chance.choice(lines))
    elif way == 2:
        chance.shuffle(lines)
    else:
        lines[at:at] = [lines[at]] * chance.choice((2, 30))
    return end.join(lines)


# --- JSON ------------------------------------------------------------------------------------------------------------


def _structure(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    document = json.loads(body)
    spots = _spots(document)
    if not spots:
        return json.dumps(any_value(chance)).encode()
    holder, key = chance.choice(spots)
    way = chance.randrange(6)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, list):
        holder[key:key] = [holder[key]] * chance.choice((1, 2, 40))
    elif way == 2:
        other, there = chance.choice(spots)
        holder[key] = json.loads(json.dumps(other[there]))
    elif way == 3:
        holder[key] = chance.choice(([holder[key]], {"x": holder[key]}, str(holder[key])))
    else:
        holder[key] = any_value(chance)
    return json.dumps(document, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _spots(value: Any) -> list[tuple[Any, Any]]:
    """Give where in a document something stands: what holds it, and its key there."""
    inner = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in inner] + [spot for _, one in inner for spot in _spots(one)]


def any_value(chance: random.Random, depth: int = 3) -> Any:
    """Give a JSON value of any kind."""
    way = chance.randrange(8 if depth else 5)
    if way < 3:
        return chance.choice(_TEXTS)
    if way < 5:
        return chance.choice((None, True, False, *_NUMBERS))
    if way < 7:
        return [any_value(chance, depth - 1) for _ in range(chance.randrange(3))]
    return {chance.choice(_TEXTS): any_value(chance, depth - 1) for _ in range(chance.randrange(3))}


# --- XML -------------------------------------------------------------------------------------------------------------


def _elements(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    root = etree.fromstring(body)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    element = chance.choice(elements)
    parent = element.getparent()
    way = chance.randrange(6)
    if way == 0 and parent is not None:
        parent.remove(element)
    elif way == 1 and parent is not None:
        for _copy in range(chance.choice((1, 2, 40))):
            parent.append(etree.fromstring(etree.tostring(element)))
    elif way == 2 and element.attrib:
        element.set(chance.choice(list(element.attrib)), chance.choice(_TEXTS))
    elif way == 3:
        chance.choice(elements).append(etree.fromstring(etree.tostring(element)))
    elif way == 4:
        element.tag = chance.choice(elements).tag
    else:
        element.text = chance.choice(_TEXTS)
    return bytes(etree.tostring(root))
