"""For senders that cannot sign: a secret that comes with every push. It proves who sent, not what."""

import hashlib
from collections.abc import Sequence

from carrier_adapter.signatures.checking import Headers, Refusal, from_base64, judged, only


def bearer(headers: Headers, _: bytes, keys: Sequence[bytes], __: float) -> Refusal | None:
    """``Authorization: Bearer …`` (RFC 6750)."""
    given, problem = only(headers, b"authorization")
    scheme, _space, token = given.partition(b" ")
    return _same(token if scheme.lower() == b"bearer" and token else None, problem, keys)


def basic(headers: Headers, _: bytes, keys: Sequence[bytes], __: float) -> Refusal | None:
    """``Authorization: Basic …`` (RFC 7617). A key is written ``user:password``."""
    given, problem = only(headers, b"authorization")
    scheme, _space, encoded = given.partition(b" ")
    return _same(from_base64(encoded) if scheme.lower() == b"basic" and encoded else None, problem, keys)


def header_token(headers: Headers, _: bytes, keys: Sequence[bytes], __: float) -> Refusal | None:
    """Take a token in a header of the sender's choice. A key is written ``Header-Name: token``."""
    refused: Refusal | None = Refusal.MISSING
    for key in keys:
        name, _colon, token = key.partition(b":")
        given, problem = only(headers, name.strip().lower())
        verdict = _same(given.strip() or None, problem, [token.strip()])
        if verdict is None:
            refused = None
        elif refused is Refusal.MISSING:
            refused = verdict
    return refused


def _same(token: bytes | None, problem: Refusal | None, keys: Sequence[bytes]) -> Refusal | None:
    # Compared as digests: equal in length, whatever was sent.
    seen = hashlib.sha256(token).digest() if token is not None else None
    return judged(seen, problem, (hashlib.sha256(key).digest() for key in keys))
