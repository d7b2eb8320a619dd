"""What a caller may do: read, write or administer; each implies the ones before it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What a key, or a user, may do in its shop."""

    READ = "read"  #: See orders and what belongs to them.
    WRITE = "write"  #: Change them.
    ADMIN = "admin"  #: Keys, users and the policy.


ALL: Final = tuple(Scope)


def allows(held: Iterable[Scope], needed: Scope) -> bool:
    """Say whether one of the scopes *held* is, or implies, the one *needed*."""
    return any(ALL.index(scope) >= ALL.index(needed) for scope in held)


def scopes_of_user(is_admin: bool) -> frozenset[Scope]:
    """Give what a seller who is logged in may do in the shop."""
    return frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN} if is_admin else {Scope.READ, Scope.WRITE})
