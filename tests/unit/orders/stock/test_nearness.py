"""Which location an order had best ship from (R21): the nearest with stock."""

from uuid import UUID, uuid4

import pytest

from orders.stock.nearness import Destination, Nearness, Place, nearness, rank, region_of

BUYER = Destination("SG", "018956")


def a_place(name: str, region: str) -> Place:
    return Place(uuid4(), name, region)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("SG-01", Nearness.SAME_ZONE),
        ("SG-0189", Nearness.SAME_ZONE),
        ("SG-02", Nearness.SAME_COUNTRY),
        ("SG", Nearness.SAME_COUNTRY),
        ("MY-01", Nearness.ELSEWHERE),
    ],
)
def test_how_near_a_location_is(region: str, expected: Nearness) -> None:
    assert nearness(a_place("Here", region), BUYER) is expected


def test_postcodes_are_compared_without_spaces_dashes_and_case() -> None:
    assert nearness(a_place("Here", "GB-SW1A1"), Destination("GB", "sw1a 1aa")) is Nearness.SAME_ZONE
    assert nearness(a_place("Here", "JP-10"), Destination("JP", "1-00 0001")) is Nearness.SAME_ZONE


@pytest.mark.parametrize(
    ("country", "postcode", "region"),
    [("SG", "018956", "SG-01"), ("GB", "sw1a 1aa", "GB-SW"), ("HK", None, "HK"), ("HK", " - ", "HK")],
)
def test_the_region_of_an_address(country: str, postcode: str | None, region: str) -> None:
    assert region_of(country, postcode) == region


def test_nothing_is_near_to_an_address_that_is_not_known() -> None:
    assert nearness(a_place("Here", "SG-01"), None) is Nearness.ELSEWHERE


def test_r21_the_nearest_location_that_has_all_of_it_comes_first() -> None:
    near_but_empty = a_place("Near but empty", "SG-01")
    abroad = a_place("Abroad", "MY-50")
    west, east = a_place("West", "SG-60"), a_place("East", "SG-48")
    stock = {(abroad.id, "MUG"): 9, (west.id, "MUG"): 2, (east.id, "MUG"): 2, (near_but_empty.id, "MUG"): 1}

    ranked = rank([abroad, west, near_but_empty, east], BUYER, {"MUG": 2}, lambda at, sku: stock.get((at, sku), 0))

    assert [one.place.name for one in ranked] == ["East", "West", "Abroad", "Near but empty"]
    assert ranked[0].reason == "same country, has all of it"
    assert ranked[-1].reason == "same zone, has too little: MUG: 1 of 2"


def test_where_none_has_all_of_it_the_one_with_the_most_comes_first() -> None:
    little, more = a_place("A little", "SG-01"), a_place("More", "MY-50")
    stock = {(little.id, "MUG"): 1, (more.id, "MUG"): 1, (more.id, "TEA"): 1}

    ranked = rank([little, more], BUYER, {"MUG": 2, "TEA": 1}, lambda at, sku: stock.get((at, sku), 0))

    assert [one.place.name for one in ranked] == ["More", "A little"]


def test_where_nothing_is_counted_the_nearest_is_recommended() -> None:
    def never(_: UUID, __: str) -> int:
        raise AssertionError

    ranked = rank([a_place("Abroad", "MY"), a_place("Near", "SG-01")], BUYER, {}, never)

    assert [one.place.name for one in ranked] == ["Near", "Abroad"]
    assert ranked[0].reason == "same zone, stock not counted"
