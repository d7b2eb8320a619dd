"""Schemes that sign the moment too, so that what was captured can be sent again for a few minutes only."""

import json
import re
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import jwt
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.warnings import InsecureKeyLengthWarning

from carrier_adapter.signatures.checking import (
    TOLERANCE,
    Headers,
    Refusal,
    clock_problem,
    from_base64,
    from_hex,
    hmac_sha256,
    judged,
    matches,
    only,
)

MOST_SIGNATURES: Final = 8  #: In one header; more is no honest sender, and costs us an HMAC each.
SHORTEST_RSA: Final = 2048  #: Bits; NIST SP 800-131A.

_MESSAGE_ID: Final = re.compile(rb"[A-Za-z0-9_-]{1,128}")
_INSTANT: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_SHIPPO: Final = re.compile(rb"t=([0-9]{1,12}),v1=([0-9a-fA-F]{64})")


def standard_webhooks(headers: Headers, body: bytes, keys: Sequence[bytes], now: float) -> Refusal | None:
    """``v1`` of Standard Webhooks 1.0: base64 HMAC-SHA256 of ``id.timestamp.body``; keys are ``whsec_`` and base64."""
    message_id, no_id = only(headers, b"webhook-id")
    timestamp, no_time = only(headers, b"webhook-timestamp")
    listed, no_signature = only(headers, b"webhook-signature")
    signatures = listed.split()
    problem = no_id or no_time or no_signature or clock_problem(timestamp, now)
    if not _MESSAGE_ID.fullmatch(message_id) or not 0 < len(signatures) <= MOST_SIGNATURES:
        problem = problem or Refusal.MALFORMED
    decoded = [standard_key(key) for key in keys]
    signed = b".".join((message_id, timestamp, body))
    found, readable = False, False
    for signature in [b""] if problem else signatures:
        version, _, encoded = signature.partition(b",")
        given = from_base64(encoded) if version == b"v1" else None
        readable |= given is not None
        found |= matches(given, (hmac_sha256(key, signed) for key in decoded))
    return problem or (None if found else Refusal.WRONG if readable else Refusal.MALFORMED)


def standard_key(key: bytes) -> bytes:
    """Give the bytes that a Standard Webhooks key is written for."""
    return from_base64(key.removeprefix(b"whsec_")) or key


def shippo(headers: Headers, body: bytes, keys: Sequence[bytes], now: float) -> Refusal | None:
    """``Shippo-Auth-Signature: t=…,v1=…``: hex HMAC-SHA256 of ``t.body``. Shippo documentation, Webhook security."""
    text, problem = only(headers, b"shippo-auth-signature")
    found = _SHIPPO.fullmatch(text)
    timestamp, digits = (found[1], found[2]) if found else (b"", b"")
    problem = problem or clock_problem(timestamp, now)
    return judged(from_hex(digits), problem, (hmac_sha256(key, timestamp + b"." + body) for key in keys))


def shipengine(headers: Headers, body: bytes, keys: Sequence[bytes], now: float) -> Refusal | None:
    """RSA-SHA256 of ``timestamp.body`` in ``X-ShipEngine-RSA-SHA256-Signature``, base64.

    ShipStation documentation, Webhook validation. A key is a public key in PEM, a JWK, or the JWK set that ShipEngine
    publishes, as JSON; nothing is fetched. In a set, the header's key id says which.
    """
    text, problem = only(headers, b"x-shipengine-rsa-sha256-signature")
    key_id, no_id = only(headers, b"x-shipengine-rsa-sha256-key-id")
    timestamp, no_time = only(headers, b"x-shipengine-timestamp")
    problem = problem or no_id or no_time or _instant_problem(timestamp, now)
    given, signed, found = from_base64(text), timestamp + b"." + body, False
    for key in keys:
        for public in public_keys(key, key_id):
            try:
                public.verify(given or b"", signed, PKCS1v15(), hashes.SHA256())
                found = True
            except InvalidSignature:
                continue
    return problem or (Refusal.MALFORMED if given is None else None if found else Refusal.WRONG)


def _instant_problem(timestamp: bytes, now: float) -> Refusal | None:
    if not _INSTANT.fullmatch(timestamp):
        return clock_problem(timestamp, now)  # or in Unix seconds
    try:
        moment = datetime.fromisoformat(timestamp[:19].decode("ascii")).replace(tzinfo=UTC)
    except ValueError:
        return Refusal.MALFORMED
    return None if abs(moment.timestamp() - now) <= TOLERANCE else Refusal.STALE


def public_keys(key: bytes, key_id: bytes | None = None) -> list[RSAPublicKey]:
    """Give the RSA keys that a key's text holds; of a set, those with this id. None where it holds none."""
    members = _members(key)
    wanted = None if key_id is None or len(members) == 1 else key_id.decode("latin-1")
    return [public for name, public in members if wanted in (None, name)]


@lru_cache(maxsize=64)  # to read a key takes longer than to verify with it
def _members(key: bytes) -> tuple[tuple[str | None, RSAPublicKey], ...]:
    try:
        if key.lstrip().startswith(b"-----"):
            found: list[tuple[str | None, Any]] = [(None, load_pem_public_key(key))]
        else:
            document = json.loads(key)
            listed = document.get("keys", [document])
            found = [(one.get("kid"), jwt.PyJWK(one, "RS256").key) for one in listed if one.get("kty") == "RSA"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UnsupportedAlgorithm, jwt.PyJWTError):
        return ()
    return tuple((name, one) for name, one in found if isinstance(one, RSAPublicKey) and one.key_size >= SHORTEST_RSA)


def easyship(headers: Headers, _: bytes, keys: Sequence[bytes], now: float) -> Refusal | None:
    """``X-EASYSHIP-SIGNATURE``: a JWT signed with HS256. Easyship documentation, Webhooks.

    It does not cover the body, and need not say when it was made: no better than a token, but it is what they send.
    """
    token, problem = only(headers, b"x-easyship-signature")
    refused: Refusal | None = Refusal.WRONG
    for key in keys:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", InsecureKeyLengthWarning)  # how long a key is, is Easyship's choice
                claims = jwt.decode(token, key, algorithms=["HS256"], options=_WITHOUT_CLOCK)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            refused = Refusal.MALFORMED
            continue
        ends = claims.get("exp")
        timely = ends is None or (isinstance(ends, int | float) and ends > now - TOLERANCE)
        refused = None if timely else Refusal.STALE
        break
    return problem or refused


#: The library would take the machine's clock; ours is given.
_WITHOUT_CLOCK: Final[Any] = {
    **dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_aud", "verify_iss", "verify_sub"), False),
    "verify_jti": False,
    "require": [],
    "enforce_minimum_key_length": False,
}


def trackingmore(_: Headers, body: bytes, keys: Sequence[bytes], now: float) -> Refusal | None:
    """``verifyInfo`` in the body: `signature` is the hex HMAC-SHA256 of `timeStr`, Unix seconds.

    TrackingMore documentation, Webhook. It does not cover the rest of the body.
    """
    try:
        document = json.loads(body)
        told = document["verifyInfo"]
        timestamp, signature = str(told["timeStr"]).encode("ascii"), str(told["signature"]).encode("ascii")
    except (ValueError, TypeError, KeyError, RecursionError):
        timestamp, signature = b"", b""
    problem = clock_problem(timestamp, now) if timestamp or signature else Refusal.MISSING
    return judged(from_hex(signature), problem, (hmac_sha256(key, timestamp) for key in keys))
