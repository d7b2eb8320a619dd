"""Keys as senders and accounts have them, and pushes signed with them by each scheme's sender."""

from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from carrier_adapter.conformance.signing import sign
from carrier_adapter.signatures import Refusal, check

NOW = 1_772_400_000.0
BODY = b'{"tracking_number":"WB1"}'

Sent = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Keys:
    """A key as its sender has it, and as the account has it."""

    sender: str
    account: bytes


@cache
def rsa(label: str) -> Keys:
    """Give a pair, of which the account has the public half."""
    key = generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Keys(private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@cache
def keys(scheme: str, label: str = "this") -> Keys:
    """Give a key of a scheme; *label* tells keys apart."""
    secret = f"{label}-carrier-has-a-key-of-its-own"
    match scheme:
        case "shipengine":
            return rsa(label)
        case "tiktok-shop" | "lazada":
            secret = f"app-{label}:{secret}"
        case "shopee":
            secret = f"https://waybill.example.com/v1/feeds/x {secret}"
        case "basic":
            secret = f"carrier:{secret}"
        case "header-token":
            secret = f"X-Carrier-Token: {secret}"
        case "standard-webhooks":
            secret = "whsec_" + "QUFB" * 8 + {"this": "QUFB", "other": "QkJC", "old": "Q0ND"}[label]
    return Keys(secret, secret.encode())


def sent(scheme: str, body: bytes = BODY, label: str = "this", at: float = NOW) -> tuple[Sent, bytes]:
    """Give a push as it arrives: its headers, and its body."""
    headers, as_sent = sign(scheme, keys(scheme, label).sender, body, at)
    return [(name.lower().encode(), value.encode()) for name, value in headers], as_sent


def refusal(scheme: str, headers: Sent, body: bytes, *labels: str) -> Refusal | None:
    """Check a push at `NOW` with the account's keys of these labels, "this" unless told."""
    return check(scheme, headers, body, [keys(scheme, label).account for label in labels or ("this",)], NOW)
