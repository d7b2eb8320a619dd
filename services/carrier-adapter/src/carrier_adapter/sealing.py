"""Encryption at rest of what a feed may carry of a person, and of the accounts' keys: AES-256-GCM."""

import base64
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Seal:
    """Seals and opens with one key; *label* (the row it belongs to) must be the same both times."""

    def __init__(self, key: str) -> None:
        self._cipher = AESGCM(base64.b64decode(key))

    def close(self, content: bytes, label: bytes) -> bytes:
        """Encrypt *content*."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, content, label)

    def open(self, sealed: bytes, label: bytes) -> bytes:
        """Decrypt what `close` made; raises InvalidTag for anything else."""
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], label)
