"""Schemes that sign the body alone, or with something that both sides know before it."""

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from carrier_adapter.signatures.checking import (
    Check,
    Headers,
    Refusal,
    from_base64,
    from_hex,
    hmac_sha256,
    judged,
    only,
)

Decode = Callable[[bytes], bytes | None]


def body_hmac(header: bytes, decode: Decode) -> Check:
    """HMAC-SHA256 of the body, in a header of its own."""

    def check(headers: Headers, body: bytes, keys: Sequence[bytes], _: float) -> Refusal | None:
        given, problem = only(headers, header)
        return judged(decode(given), problem, (hmac_sha256(key, body) for key in keys))

    return check


#: Ninja Van API documentation, Webhooks.
ninjavan: Final = body_hmac(b"x-ninjavan-hmac-sha256", from_base64)
#: https://www.aftership.com/docs/tracking/webhook/webhook-signature
aftership: Final = body_hmac(b"aftership-hmac-sha256", from_base64)
#: FedEx Developer Portal, Advanced Integrated Visibility, Business rules and best practices.
fedex: Final = body_hmac(b"fdx-signature", from_base64)
#: For senders that have no scheme of their own.
own_hex: Final = body_hmac(b"x-signature-sha256", from_hex)
own_base64: Final = body_hmac(b"x-signature-sha256", from_base64)


def easypost(headers: Headers, body: bytes, keys: Sequence[bytes], _: float) -> Refusal | None:
    """``X-Hmac-Signature: hmac-sha256-hex=…``, with the secret NFKD-normalised.

    EasyPost API documentation, Webhooks; easypost-python, ``validate_webhook``.
    """
    given, problem = only(headers, b"x-hmac-signature")
    name, _equals, digits = given.partition(b"=")
    decoded = from_hex(digits) if name == b"hmac-sha256-hex" else None
    return judged(decoded, problem, (hmac_sha256(_nfkd(key), body) for key in keys))


def _nfkd(key: bytes) -> bytes:
    try:
        return unicodedata.normalize("NFKD", key.decode()).encode()
    except UnicodeDecodeError:
        return key


def marketplace(headers: Headers, body: bytes, keys: Sequence[bytes], _: float) -> Refusal | None:
    """``Authorization``: hex HMAC-SHA256 of the app key and the body, keyed with the app secret.

    TikTok Shop and Lazada sign alike: partner.tiktokshop.com, Webhooks overview; open.lazada.com, document 120168. A
    key is written ``app_key:app_secret``.
    """
    given, problem = only(headers, b"authorization")
    return judged(from_hex(given), problem, (_after_app_key(key, body) for key in keys))


def _after_app_key(key: bytes, body: bytes) -> bytes:
    app_key, _, secret = key.partition(b":")
    return hmac_sha256(secret, app_key + body)


def shopee(headers: Headers, body: bytes, keys: Sequence[bytes], _: float) -> Refusal | None:
    """``Authorization``: hex HMAC-SHA256 of the callback's address, ``|`` and the body, keyed with the partner key.

    Shopee Open Platform, Push mechanism. A key is written as the address that Shopee was told, a space, and the partner
    key: what the request says of its own address proves nothing.
    """
    given, problem = only(headers, b"authorization")
    return judged(from_hex(given), problem, (_after_address(key, body) for key in keys))


def _after_address(key: bytes, body: bytes) -> bytes:
    address, _, partner_key = key.rpartition(b" ")
    return hmac_sha256(partner_key, address + b"|" + body)


def track17(headers: Headers, body: bytes, keys: Sequence[bytes], _: float) -> Refusal | None:
    """``sign``: hex SHA-256 of the body, ``/`` and the key. 17TRACK API v2, Push."""
    given, problem = only(headers, b"sign")
    return judged(from_hex(given), problem, (hashlib.sha256(body + b"/" + key).digest() for key in keys))
