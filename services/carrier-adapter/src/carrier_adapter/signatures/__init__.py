"""Signatures of pushes: whether one was sent by a holder of an account's key.

Over the raw bytes, before anything is believed that is in them. Total: no header or body, however malformed, makes a
check raise. What is compared is equal in length, in constant time.
"""

from carrier_adapter.signatures.checking import TOLERANCE, Headers, Refusal
from carrier_adapter.signatures.schemes import SCHEMES, Scheme, check, key_problem, new_key

__all__ = ["SCHEMES", "TOLERANCE", "Headers", "Refusal", "Scheme", "check", "key_problem", "new_key"]
