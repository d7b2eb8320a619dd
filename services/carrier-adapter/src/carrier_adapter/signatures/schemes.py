"""Every signature scheme by its name, and what its keys look like."""

import base64
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import Final

from carrier_adapter.signatures import of_a_moment as moment
from carrier_adapter.signatures import of_nothing as nothing
from carrier_adapter.signatures import of_the_body as body
from carrier_adapter.signatures.checking import Check, Refusal, from_base64

SHORTEST_KEY: Final = 24  #: Characters of a key that we make, or that somebody chose.
SHORTEST_GIVEN: Final = 8  #: Characters of a key that a marketplace or an aggregator gave out: theirs to choose.

KeyProblem = Callable[[str], str | None]


def _long_enough(key: str) -> str | None:
    return None if len(key) >= SHORTEST_KEY else f"a key has {SHORTEST_KEY} characters or more"


def _given_long_enough(key: str) -> str | None:
    return None if len(key) >= SHORTEST_GIVEN else f"a key has {SHORTEST_GIVEN} characters or more"


def _standard(key: str) -> str | None:
    decoded = from_base64(key.removeprefix("whsec_").encode())
    if decoded is None or not 24 <= len(decoded) <= 64:
        return "a Standard Webhooks key is whsec_ and 24 to 64 bytes in base64"
    return None


def _app(key: str) -> str | None:
    app_key, _, secret = key.partition(":")
    if not app_key or len(secret) < SHORTEST_GIVEN:
        return "a key is written app_key:app_secret"
    return None


def _address(key: str) -> str | None:
    address, _, partner_key = key.rpartition(" ")
    if not re.fullmatch(r"https?://\S+", address) or len(partner_key) < SHORTEST_GIVEN:
        return "a key is written as the address that Shopee pushes to, a space, and the partner key"
    return None


def _public(key: str) -> str | None:
    if not moment.public_keys(key.encode()):
        return f"a key is an RSA public key of {moment.SHORTEST_RSA} bits or more: PEM, a JWK, or a JWK set as JSON"
    return None


def _user(key: str) -> str | None:
    user, _, password = key.partition(":")
    if not user or len(password) < SHORTEST_KEY:
        return f"a key is written user:password, the password with {SHORTEST_KEY} characters or more"
    return None


def _header(key: str) -> str | None:
    name, _, token = key.partition(":")
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name) or len(token.strip()) < SHORTEST_KEY:
        return f"a key is written Header-Name: token, the token with {SHORTEST_KEY} characters or more"
    return None


@dataclass(frozen=True, slots=True)
class Scheme:
    """A signature scheme."""

    name: str
    description: str
    check: Check
    key: str = "a secret"  #: What its keys look like.
    key_problem: KeyProblem = _given_long_enough  #: (key) -> what is wrong with it.
    _: KW_ONLY
    given: bool = False  #: The sender gives the key out; we cannot make one.
    signs_a_time: bool = False
    covers_the_body: bool = True
    in_the_body: bool = False  #: The signature is in the body, not in a header.


_APP: Final = ("app_key:app_secret", _app)
_RSA: Final = ("an RSA public key: PEM, JWK or JWK set", _public)
_STANDARD: Final = ("whsec_ and base64", _standard)
_HEADER: Final = ("Header-Name: token", _header)
_OWN: Final = ("a secret", _long_enough)

_ALL: Final = (
    Scheme("ninjavan", "Ninja Van: HMAC of the body", body.ninjavan, *_OWN),
    Scheme("easypost", "EasyPost: HMAC of the body", body.easypost, *_OWN),
    Scheme("aftership", "AfterShip: HMAC of the body", body.aftership, given=True),
    Scheme("17track", "17TRACK: SHA-256 of the body and the key", body.track17, given=True),
    Scheme("fedex", "FedEx: HMAC of the body", body.fedex, *_OWN),
    Scheme("tiktok-shop", "TikTok Shop: HMAC of app key and body", body.marketplace, *_APP, given=True),
    Scheme("lazada", "Lazada: HMAC of app key and body", body.marketplace, *_APP, given=True),
    Scheme("shopee", "Shopee: HMAC of address and body", body.shopee, "address partner_key", _address, given=True),
    Scheme("shippo", "Shippo: HMAC of time and body", moment.shippo, given=True, signs_a_time=True),
    Scheme("shipengine", "ShipEngine: RSA over time and body", moment.shipengine, *_RSA, given=True, signs_a_time=True),
    Scheme("easyship", "Easyship: a JWT of its own", moment.easyship, given=True, covers_the_body=False),
    Scheme(
        *("trackingmore", "TrackingMore: HMAC of the time", moment.trackingmore),
        given=True,
        signs_a_time=True,
        covers_the_body=False,
        in_the_body=True,
    ),
    Scheme("standard-webhooks", "Standard Webhooks 1.0", moment.standard_webhooks, *_STANDARD, signs_a_time=True),
    Scheme("hmac-sha256", "X-Signature-SHA256: HMAC of the body, hexadecimal", body.own_hex, *_OWN),
    Scheme("hmac-sha256-base64", "X-Signature-SHA256: HMAC of the body, base64", body.own_base64, *_OWN),
    Scheme(
        "bearer", "Authorization: Bearer and a token", nothing.bearer, "a token", _long_enough, covers_the_body=False
    ),
    Scheme("basic", "Authorization: Basic", nothing.basic, "user:password", _user, covers_the_body=False),
    Scheme(
        "header-token",
        "a token in a header",
        nothing.header_token,
        "Header-Name: token",
        _header,
        covers_the_body=False,
    ),
)

SCHEMES: Final[Mapping[str, Scheme]] = MappingProxyType({one.name: one for one in _ALL})


def check(
    scheme: str, headers: Iterable[tuple[bytes, bytes]], pushed: bytes, keys: Sequence[bytes], now: float
) -> Refusal | None:
    """Say why *pushed* is not taken for a push by a holder of one of *keys*; None where it is genuine.

    *now* is the machine's time in Unix seconds.
    """
    return SCHEMES[scheme].check(list(headers), pushed, keys, now)


def new_key(scheme: str) -> str:
    """Make a key for *scheme*: 32 random bytes, as its senders write them down. Raises ValueError if theirs it is."""
    if SCHEMES[scheme].given:
        raise ValueError(f"{scheme} is signed with a key that the sender gives out: {SCHEMES[scheme].key}")
    match scheme:
        case "standard-webhooks":
            return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        case "basic":
            return "waybill:" + secrets.token_urlsafe(32)
        case "header-token":
            return "X-Waybill-Token: " + secrets.token_urlsafe(32)
        case _:
            return secrets.token_urlsafe(32)


def key_problem(scheme: str, key: str) -> str | None:
    """Say what is wrong with a key that somebody chose, or None."""
    return SCHEMES[scheme].key_problem(key)
