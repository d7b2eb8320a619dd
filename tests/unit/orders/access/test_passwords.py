"""Which passwords are taken."""

import pytest

from orders.access.passwords import COMMONEST, SHORTEST, make_one_time, normalised, weakness_of

EMAIL = "Mei.Tan.Long.Name@example.com"


@pytest.mark.parametrize(
    "password", ["correct horse battery", "a" * 11 + "Zq", "é" * 6 + "ßÄ日本語x", "x7" + "lkjwer" * 33]
)
def test_a_long_password_is_taken(password: str) -> None:
    assert weakness_of(password, EMAIL) is None


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("elevenchars", "at least 12"),
        ("", "at least 12"),
        ("k7" * 100 + "x", "at most 200"),
        ("mei.tan.long.name@EXAMPLE.com", "e-mail"),
        ("Password1234", "first that anybody would try"),
        ("aaaaaaaaaaaa", "first that anybody would try"),
        ("abababababab", "first that anybody would try"),
        ("abcabcabcabcab", "first that anybody would try"),
        ("123456789012", "first that anybody would try"),
        ("210987654321", "first that anybody would try"),
        ("abcdefghijkl", "first that anybody would try"),
        ("ZYXWVUTSRQPO", "first that anybody would try"),
    ],
)
def test_a_weak_password_is_refused_with_its_weakness(password: str, said: str) -> None:
    weakness = weakness_of(password, EMAIL)

    assert weakness is not None
    assert said in weakness


def test_each_of_the_commonest_could_be_typed() -> None:
    assert all(len(password) >= SHORTEST and password == password.casefold() for password in COMMONEST)


def test_a_letter_that_is_composed_another_way_is_the_same_letter() -> None:
    assert normalised("caf\N{LATIN SMALL LETTER E WITH ACUTE}") == normalised("cafe\N{COMBINING ACUTE ACCENT}")


def test_a_password_that_is_given_out_is_taken_and_is_another_each_time() -> None:
    made = {make_one_time() for _ in range(20)}

    assert len(made) == 20
    assert not [password for password in made if weakness_of(password, EMAIL)]
