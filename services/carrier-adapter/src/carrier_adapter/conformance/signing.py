"""Signs pushes as their senders do, for the kit to send. Pure.

Written after the same documents as `carrier_adapter.signatures`, from the other side.
"""

import base64
import hashlib
import hmac
import json
import unicodedata
from functools import lru_cache
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from carrier_adapter.conformance.cases import Headers

KEY_ID = "conformance"


class CannotSign(ValueError):
    """A key that cannot sign; the sentence says what is wanted."""


def sign(scheme: str, key: str, body: bytes, now: float) -> tuple[Headers, bytes]:
    """Give the headers of a push with *body*, and the body as it is sent; *now* is in Unix seconds.

    *key* is the account's, as `carrier-adapter accounts add` printed it; for ShipEngine, the private key in PEM.
    Raises `CannotSign`.
    """
    secret, seconds = key.encode(), str(int(now))
    match scheme:
        case "ninjavan":
            return (("X-Ninjavan-Hmac-Sha256", _base64(_hmac(secret, body))),), body
        case "easypost":
            digest = _hmac(unicodedata.normalize("NFKD", key).encode(), body).hex()
            return (("X-Hmac-Signature", f"hmac-sha256-hex={digest}"),), body
        case "aftership":
            return (("aftership-hmac-sha256", _base64(_hmac(secret, body))),), body
        case "17track":
            return (("sign", hashlib.sha256(body + b"/" + secret).hexdigest()),), body
        case "fedex":
            return (("fdx-signature", _base64(_hmac(secret, body))),), body
        case "tiktok-shop" | "lazada":
            app_key, _, app_secret = key.partition(":")
            return (("Authorization", _hmac(app_secret.encode(), app_key.encode() + body).hex()),), body
        case "shopee":
            address, _, partner_key = key.rpartition(" ")
            return (("Authorization", _hmac(partner_key.encode(), address.encode() + b"|" + body).hex()),), body
        case "shippo":
            digest = _hmac(secret, f"{seconds}.".encode() + body).hex()
            return (("Shippo-Auth-Signature", f"t={seconds},v1={digest}"),), body
        case "shipengine":
            signature = _private(key).sign(f"{seconds}.".encode() + body, PKCS1v15(), hashes.SHA256())
            headers = (("X-ShipEngine-RSA-SHA256-Signature", _base64(signature)), ("X-ShipEngine-Timestamp", seconds))
            return (*headers, ("X-ShipEngine-RSA-SHA256-Key-ID", KEY_ID)), body
        case "easyship":
            return (("X-EASYSHIP-SIGNATURE", jwt.encode({"easyship_company_id": "1"}, key, "HS256")),), body
        case "trackingmore":
            return (), _with_verify_info(secret, body, seconds)
        case "standard-webhooks":
            message_id = f"msg_{uuid4().hex}"
            decoded = base64.b64decode(key.removeprefix("whsec_"))
            digest = _base64(_hmac(decoded, f"{message_id}.{seconds}.".encode() + body))
            signed = (("webhook-id", message_id), ("webhook-timestamp", seconds))
            return (*signed, ("webhook-signature", f"v1,{digest}")), body
        case "hmac-sha256":
            return (("X-Signature-SHA256", _hmac(secret, body).hex()),), body
        case "hmac-sha256-base64":
            return (("X-Signature-SHA256", _base64(_hmac(secret, body))),), body
        case "bearer":
            return (("Authorization", f"Bearer {key}"),), body
        case "basic":
            return (("Authorization", f"Basic {_base64(secret)}"),), body
        case "header-token":
            name, _, token = key.partition(":")
            return ((name.strip(), token.strip()),), body
        case _:
            raise CannotSign(f"there is no signature scheme {scheme}")


def forged_key(scheme: str, key: str) -> str:
    """Give another key of the same form, which the account does not have."""
    if scheme == "shipengine":
        other = generate_private_key(public_exponent=65_537, key_size=2_048)
        return other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    # All but the first letters and the form's own marks are the secret: its last letters are turned around.
    half = len(key) // 2
    turned = key[:half] + "".join(chr(ord("a") + (ord(one) + 7) % 26) if one.isalnum() else one for one in key[half:])
    return turned if turned != key else key[:-1] + ("x" if key[-1] != "x" else "y")


def _hmac(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@lru_cache(maxsize=8)  # the library looks long at a private key before it takes it
def _private(key: str) -> RSAPrivateKey:
    try:
        loaded = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError):
        loaded = None
    if not isinstance(loaded, RSAPrivateKey):
        raise CannotSign("give an RSA private key in PEM, whose public key the account has")
    return loaded


def _with_verify_info(key: bytes, body: bytes, seconds: str) -> bytes:
    """Give the body with TrackingMore's signature in it; one that is no JSON object cannot carry any."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    if not isinstance(document, dict):
        return body
    document["verifyInfo"] = {"timeStr": seconds, "signature": _hmac(key, seconds.encode()).hex()}
    return json.dumps(document, ensure_ascii=False).encode()
