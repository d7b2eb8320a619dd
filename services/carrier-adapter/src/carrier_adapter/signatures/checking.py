"""What every check of a signature is made of: one header, strict encodings, comparing in constant time."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Final

Headers = Sequence[tuple[bytes, bytes]]  #: As they came; names in lower case.

TOLERANCE: Final = 300  #: Seconds by which a signed timestamp may differ from the machine's clock.

_HEX: Final = re.compile(rb"[0-9a-fA-F]{64}")
_SECONDS: Final = re.compile(rb"[0-9]{1,12}")


class Refusal(StrEnum):
    """Why a push is not taken for genuine."""

    MISSING = "missing"  #: The header is not there.
    REPEATED = "repeated"  #: It is there more than once.
    MALFORMED = "malformed"  #: It is not written as the scheme says.
    STALE = "stale"  #: Its timestamp is too far from now.
    WRONG = "wrong"  #: It is another key's, or of another body.


Check = Callable[[Headers, bytes, Sequence[bytes], float], Refusal | None]
"""(headers, raw body, active keys, Unix seconds) -> why it is refused, or None where it is genuine."""


def only(headers: Headers, name: bytes) -> tuple[bytes, Refusal | None]:
    """Give the value of a header that was sent exactly once, or nothing and why."""
    values = [value for key, value in headers if key == name]
    if len(values) == 1:
        return values[0], None
    return b"", Refusal.REPEATED if values else Refusal.MISSING


def hmac_sha256(key: bytes, signed: bytes) -> bytes:
    """Give the digest that most schemes rest on."""
    return hmac.new(key, signed, hashlib.sha256).digest()


def from_base64(text: bytes) -> bytes | None:
    """Decode base64 with its padding; None for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def from_hex(text: bytes) -> bytes | None:
    """Decode 64 hexadecimal digits, of either case; None for anything else."""
    return bytes.fromhex(text.decode("ascii")) if _HEX.fullmatch(text) else None


def matches(given: bytes | None, expected: Iterable[bytes]) -> bool:
    """Compare with what every active key gives, so that the time taken does not tell which one it was."""
    found = False
    for one in expected:
        found |= given is not None and len(given) == len(one) and hmac.compare_digest(given, one)
    return found


def judged(given: bytes | None, problem: Refusal | None, expected: Iterable[bytes]) -> Refusal | None:
    """Give the verdict; the digests are made whatever the problem is, so that it takes as long to see it."""
    right = matches(given, expected)
    if problem is not None:
        return problem
    if given is None:
        return Refusal.MALFORMED
    return None if right else Refusal.WRONG


def clock_problem(timestamp: bytes, now: float) -> Refusal | None:
    """Say what is wrong with a signed timestamp in Unix seconds: digits alone, and near to now."""
    if not _SECONDS.fullmatch(timestamp):
        return Refusal.MALFORMED
    return None if abs(int(timestamp) - now) <= TOLERANCE else Refusal.STALE
