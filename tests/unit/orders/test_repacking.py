"""Parcels are split and combined before they are shipped; nothing is lost on the way, and nothing doubled."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.orders.v1 import OrderStatus
from orders.life import commands as c
from orders.life.order import next_number, state_of
from orders.life.parcel import ParcelStep
from support.orders import CARRIER, Life, at, contents, filled, handed_over, in_status, ordered, refusal, scan


def held(life: Life) -> dict[int, dict[str, int]]:
    return {parcel.number: dict(parcel.lines) for parcel in life.order.parcels}


def test_some_of_a_parcel_goes_into_one_of_its_own() -> None:
    life = filled({"A": 3, "B": 1})

    life.do(c.SplitParcel(1, (("A", 2),)))

    assert held(life) == {1: {"A": 1, "B": 1}, 2: {"A": 2}}
    assert life.steps[-1].cause == {"parcel": 1, "new": 2, "lines": [["A", 2]]}


def test_parcels_go_into_one() -> None:
    life = filled({"A": 3}, {"B": 1}, {"A": 1, "C": 2})

    life.do(c.CombineParcels(1, (3, 2)))

    assert held(life) == {1: {"A": 4, "B": 1, "C": 2}}
    assert life.steps[-1].cause == {"into": 1, "parcels": [2, 3]}


def test_a_label_that_says_what_is_in_a_parcel_is_void_when_that_changes() -> None:
    """R4: a label carries the items."""
    life = filled({"A": 2}, {"B": 1}, {"C": 1})
    life.do(*(c.PutLabel(n, ()) for n in (1, 2, 3)))

    life.do(c.SplitParcel(1, (("A", 1),)))
    life.do(c.CombineParcels(2, (4,)))

    assert [(one.number, one.step) for one in life.order.parcels] == [
        *((1, ParcelStep.UNLABELLED), (2, ParcelStep.UNLABELLED), (3, ParcelStep.LABELLED)),
    ]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (c.SplitParcel(1, (("A", 3),)), "parcel 1 does not hold that much: A: 2 of 3"),
        (c.SplitParcel(1, (("B", 1),)), "parcel 1 does not hold that much: B: 0 of 1"),
        (c.SplitParcel(1, (("A", 2),)), "nothing would be left in parcel 1: leave something in it"),
        (c.SplitParcel(9, (("A", 1),)), "the order has no parcel 9"),
        (c.CombineParcels(1, (9,)), "the order has no such parcel"),
        (c.CombineParcels(9, (1,)), "the order has no such parcel"),
        (c.CombineParcels(1, (1, 2)), "a parcel is not combined with itself"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(command: c.Command, sentence: str) -> None:
    life = filled({"A": 2}, {"B": 1})
    before = life.order

    assert refusal(life.do(command))[0] == sentence
    assert life.order is before


COMMANDS: list[Any] = [c.SplitParcel(1, (("SKU-1", 1),)), c.CombineParcels(1, (2,))]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {"placed", "confirmed", "processed"}))
def test_nothing_is_packed_anew_once_the_order_is_shipped_or_over(status: str, command: c.Command) -> None:
    life = in_status(status, parcels=1 if status in ("delivered", "returned") else 2)

    assert life.do(command).refusal is not None


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("command", [c.CombineParcels(1, (2,)), c.CombineParcels(2, (1,)), COMMANDS[0]])
def test_what_a_carrier_has_is_not_opened(command: c.Command, seen: bool) -> None:
    life = handed_over(parcels=2)
    if seen:
        life.see(scan(8, "picked_up"))
    else:
        life.do(c.HandOver(1, CARRIER, None, "intact"))

    assert refusal(life.do(command, hour=9))[0] == "parcel 1 is with its carrier: it cannot be opened any more"


def test_a_parcel_with_a_tracking_number_is_combined_into_and_not_away() -> None:
    life = filled({"A": 1}, {"B": 1})
    life.do(c.SetTracking(2, CARRIER, "NV2"))

    assert "parcel 2 has a tracking number" in refusal(life.do(c.CombineParcels(1, (2,))))[0]
    life.do(c.CombineParcels(2, (1,)))

    assert held(life) == {2: {"A": 1, "B": 1}}
    assert life.order.parcels[0].bindings[0].tracking_number == "NV2"


def test_what_the_seller_said_of_a_parcel_goes_with_it() -> None:
    """R23: an update cleared D6, and D5 once."""
    life = filled({"A": 1}, {"B": 1})
    life.do(c.RecordUpdate(2, "it waits for the boat", ("photo",)), hour=5)

    life.do(c.CombineParcels(1, (2,)), hour=6)

    assert state_of(life.order).updated_at == at(5)


SKUS = ("A", "B", "C")
HOLDING = st.lists(st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1), min_size=1, max_size=4)
STEPS = st.lists(
    st.one_of(
        st.builds(
            c.SplitParcel,
            st.integers(1, 6),
            st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=1).map(lambda d: tuple(d.items())),
        ),
        st.builds(c.CombineParcels, st.integers(1, 6), st.lists(st.integers(1, 6), max_size=3).map(tuple)),
        st.builds(lambda n: c.SetTracking(n, CARRIER, f"NV{n}"), st.integers(1, 6)),
    ),
    max_size=12,
)


@settings(max_examples=150)
@given(HOLDING, STEPS)
def test_nothing_is_lost_and_nothing_doubled_however_often_parcels_are_split_and_combined(
    holding: list[dict[str, int]], steps: list[c.Command]
) -> None:
    life = filled(*holding)

    for step in steps:
        before = life.order
        outcome = life.do(step)
        assert contents(life.order) == ordered(life.order) == ordered(before)
        assert all(parcel.lines and all(n > 0 for _, n in parcel.lines) for parcel in life.order.parcels)
        numbers = [one.number for one in life.order.parcels]
        assert len(set(numbers)) == len(numbers)
        assert next_number(life.order) not in numbers
        if outcome.refusal is not None:
            assert life.order is before


def test_a_number_is_never_given_twice() -> None:
    life = in_status("placed", parcels=2)
    life.do(c.CombineParcels(1, (2,)))

    life.do(c.SplitParcel(1, (("SKU-2", 1),)))

    assert [parcel.number for parcel in life.order.parcels] == [1, 3]
