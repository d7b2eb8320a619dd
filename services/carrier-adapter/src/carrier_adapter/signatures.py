"""Signatures of pushes, one function per scheme, over the raw bytes and before anything is parsed.

Strict and total: no header, however malformed, makes one raise. What is compared is equal in length, in constant time.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

Headers = Iterable[tuple[bytes, bytes]]  #: As they came; names in lower case.

TOLERANCE = 300  #: Seconds by which a signed timestamp may differ from the machine's clock.
SHORTEST_KEY = 24  #: Characters.
MOST_SIGNATURES = 8  #: In one header; more is no honest sender, and costs us an HMAC each.

_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_MESSAGE_ID = re.compile(rb"[A-Za-z0-9_-]{1,128}")
_HEX = re.compile(rb"[0-9a-fA-F]{64}")


def _one(headers: Headers, name: bytes) -> bytes | None:
    """Give the value of a header that was sent exactly once."""
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else None


def _digest(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def _base64(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _any_matches(given: bytes | None, keys: Sequence[bytes], signed: bytes) -> bool:
    """Compare with every active key, so that the time taken does not tell which one it was."""
    found = False
    for key in keys:
        expected = _digest(key, signed)
        found |= given is not None and len(given) == len(expected) and hmac.compare_digest(given, expected)
    return found


def _ninjavan(headers: Headers, body: bytes, keys: Sequence[bytes], _: float) -> bool:
    """``X-Ninjavan-Hmac-Sha256``: base64 HMAC-SHA256 of the body."""
    given = _one(headers, b"x-ninjavan-hmac-sha256")
    return _any_matches(_base64(given) if given is not None else None, keys, body)


def _easypost(headers: Headers, body: bytes, keys: Sequence[bytes], __: float) -> bool:
    """``X-Hmac-Signature: hmac-sha256-hex=…``: hex HMAC-SHA256 of the body, with the secret NFKD-normalised."""
    given = _one(headers, b"x-hmac-signature") or b""
    name, _, digits = given.partition(b"=")
    decoded = bytes.fromhex(digits.decode()) if name == b"hmac-sha256-hex" and _HEX.fullmatch(digits) else None
    return _any_matches(decoded, [_nfkd(key) for key in keys], body)


def _nfkd(key: bytes) -> bytes:
    try:
        return unicodedata.normalize("NFKD", key.decode()).encode()
    except UnicodeDecodeError:
        return key


def _standard_webhooks(headers: Headers, body: bytes, keys: Sequence[bytes], now: float) -> bool:
    """Standard Webhooks 1.0, ``v1``: base64 HMAC-SHA256 of ``id.timestamp.body``; keys are ``whsec_`` and base64."""
    headers = list(headers)
    message_id, timestamp = _one(headers, b"webhook-id") or b"", _one(headers, b"webhook-timestamp") or b""
    signatures = (_one(headers, b"webhook-signature") or b"").split()
    well_formed = bool(
        _MESSAGE_ID.fullmatch(message_id)
        and _TIMESTAMP.fullmatch(timestamp)
        and abs(int(timestamp) - now) <= TOLERANCE
        and 0 < len(signatures) <= MOST_SIGNATURES
    )
    decoded = [_standard_key(key) for key in keys]
    signed = b".".join((message_id, timestamp, body))
    found = False
    for signature in signatures if well_formed else [b""]:
        version, _, encoded = signature.partition(b",")
        found |= _any_matches(_base64(encoded) if version == b"v1" else None, decoded, signed)
    return found


def _standard_key(key: bytes) -> bytes:
    return _base64(key.removeprefix(b"whsec_")) or key


def new_key(scheme: str) -> str:
    """Make a key for *scheme*: 32 random bytes, as its senders write them down."""
    if scheme == "standard-webhooks":
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def key_problem(scheme: str, key: str) -> str | None:
    """Say what is wrong with a key that somebody chose, or None."""
    if scheme == "standard-webhooks":
        decoded = _base64(key.removeprefix("whsec_").encode())
        if decoded is None or not 24 <= len(decoded) <= 64:
            return "a Standard Webhooks key is whsec_ and 24 to 64 bytes in base64"
    elif len(key) < SHORTEST_KEY:
        return f"a key has {SHORTEST_KEY} characters or more"
    return None


def _hmac_header(headers: Headers, body: bytes, keys: Sequence[bytes], _: float) -> bool:
    """``X-Signature-SHA256``: hex HMAC-SHA256 of the body; for senders that have no scheme of their own."""
    given = _one(headers, b"x-signature-sha256") or b""
    return _any_matches(bytes.fromhex(given.decode()) if _HEX.fullmatch(given) else None, keys, body)


def _bearer(headers: Headers, _: bytes, keys: Sequence[bytes], __: float) -> bool:
    """``Authorization: Bearer …``: a token, for senders that cannot sign."""
    given = _one(headers, b"authorization") or b""
    scheme, _, token = given.partition(b" ")
    # Compared as digests: equal in length, whatever was sent.
    seen = hashlib.sha256(token).digest() if scheme.lower() == b"bearer" and token else None
    found = False
    for key in keys:
        found |= seen is not None and hmac.compare_digest(seen, hashlib.sha256(key).digest())
    return found


Verifier = Callable[[Headers, bytes, Sequence[bytes], float], bool]

SCHEMES: Final[Mapping[str, Verifier]] = MappingProxyType(
    {
        "ninjavan": _ninjavan,
        "easypost": _easypost,
        "standard-webhooks": _standard_webhooks,
        "hmac-sha256": _hmac_header,
        "bearer": _bearer,
    }
)


def verify(scheme: str, headers: Headers, body: bytes, keys: Sequence[bytes], now: float) -> bool:
    """Say whether *body* was sent by a holder of one of *keys*; *now* is the machine's time in Unix seconds."""
    return SCHEMES[scheme](list(headers), body, keys, now)
