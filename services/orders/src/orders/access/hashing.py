"""argon2id, away from the event loop: a hash takes 64 MB and some 0.1 s of CPU, on purpose."""

import asyncio
import base64
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from orders.access.passwords import normalised

AT_ONCE: Final = 2  #: Hashes under way at the same time.

_hasher = PasswordHasher()  # RFC 9106's choice for little memory: 64 MiB, 3 passes, 4 lanes


def _never_matching() -> str:
    """Write a hash with the parameters of a real one, that no password is known to have."""
    salt, tag = (base64.b64encode(bytes(size)).decode().rstrip("=") for size in (_hasher.salt_len, _hasher.hash_len))
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${tag}"


#: Verified where there is no account, so that an answer takes as long as if there were one.
NOBODY: Final = _never_matching()


class Hashing:
    """Makes and verifies hashes, a few at a time; the others wait in the order in which they came."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def make(self, password: str) -> str:
        """Give the hash to keep of a password."""
        async with self._turn:
            return await asyncio.to_thread(_hasher.hash, normalised(password))

    async def matches(self, kept: str | None, password: str) -> bool:
        """Say whether *password* is the one that a hash was made of; takes as long for None, and says no."""
        async with self._turn:
            return await asyncio.to_thread(_verify, kept or NOBODY, normalised(password))

    def is_outdated(self, kept: str) -> bool:
        """Say whether a hash was made with other parameters than today's."""
        return _hasher.check_needs_rehash(kept)


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
