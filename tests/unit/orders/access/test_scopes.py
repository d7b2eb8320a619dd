"""What each scope opens: `write` implies `read`, and `admin` both."""

import pytest

from orders.access.scopes import Scope, allows, scopes_of_user


@pytest.mark.parametrize(
    ("held", "opened"),
    [
        ([], set()),
        ([Scope.READ], {Scope.READ}),
        ([Scope.WRITE], {Scope.READ, Scope.WRITE}),
        ([Scope.ADMIN], {Scope.READ, Scope.WRITE, Scope.ADMIN}),
        ([Scope.READ, Scope.ADMIN], {Scope.READ, Scope.WRITE, Scope.ADMIN}),
    ],
)
def test_a_scope_implies_the_lesser_ones(held: list[Scope], opened: set[Scope]) -> None:
    assert {scope for scope in Scope if allows(held, scope)} == opened


def test_a_seller_may_see_and_change_and_an_admin_may_do_all() -> None:
    assert not allows(scopes_of_user(is_admin=False), Scope.ADMIN)
    assert allows(scopes_of_user(is_admin=False), Scope.WRITE)
    assert allows(scopes_of_user(is_admin=True), Scope.ADMIN)
