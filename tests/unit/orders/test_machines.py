"""The machines of an order's cases, each against a grid written by hand from the rules; and what all have in common."""

from enum import StrEnum
from itertools import product
from typing import Any, cast

import pytest

from contracts.orders.v1 import OrderStatus, ReturnStatus
from orders.life.cases import ComplaintState, RefundState, RequestState
from orders.life.changing import REQUEST, RequestTrigger
from orders.life.complaining import COMPLAINT
from orders.life.lifecycle import ORDER, Trigger
from orders.life.machine import IllegalTransition, Late, Machine, Moved
from orders.life.parcel import ParcelStep
from orders.life.preparing import PARCEL, ParcelTrigger
from orders.life.refunding import REFUND, RefundTrigger
from orders.life.returning import RETURN, ReturnTrigger

#: ``late`` changes nothing, ``-`` is refused; all else is where it goes. The order's own grid is in test_lifecycle.
GRIDS: dict[str, tuple[Machine[Any, Any], str]] = {
    # R4, R5, R6; a label is void by R10 and R11, of what no carrier has
    "parcel": (
        PARCEL,
        """
                     label      void        book    hand_over
        unlabelled   labelled   late        booked  handed_over
        labelled     labelled   unlabelled  booked  handed_over
        booked       booked     unlabelled  booked  handed_over
        handed_over  -          late        -       handed_over
        """,
    ),
    # R11: shown as requested, applied or refused
    "request": (
        REQUEST,
        """
                   apply    refuse
        requested  applied  refused
        applied    late     -
        refused    -        late
        """,
    ),
    # R13: due, requested, approved, issued, refused
    "refund": (
        REFUND,
        """
                   approve   refuse   fall_due  issue
        due        late      -        late      issued
        requested  approved  refused  due       -
        approved   late      -        late      issued
        issued     late      -        late      late
        refused    -         late     late      -
        """,
    ),
    # R12: approved or refused, then expected, in transit, received, lost in return; D8 lapses it
    "return": (
        RETURN,
        """
                    approve   refuse   move        receive   lapse   lose
        requested   expected  refused  late        -         late    late
        refused     -         late     late        -         late    late
        expected    late      -        in_transit  received  lapsed  late
        in_transit  late      -        late        received  late    lost
        received    late      -        late        late      late    late
        lapsed      late      -        in_transit  received  late    late
        lost        late      -        in_transit  received  late    late
        """,
    ),
    # R14: open, answered, upheld or refused
    "complaint": (
        COMPLAINT,
        """
                  answer    uphold  refuse
        open      answered  upheld  refused
        answered  answered  upheld  refused
        upheld    -         late    -
        refused   -         -       late
        """,
    ),
}

#: Where each begins.
STARTS: list[tuple[Machine[Any, Any], set[StrEnum]]] = [
    (ORDER, {OrderStatus.PLACED}),
    (PARCEL, {ParcelStep.UNLABELLED}),
    (REQUEST, {RequestState.REQUESTED}),
    (REFUND, {RefundState.REQUESTED, RefundState.DUE}),
    (RETURN, {ReturnStatus.REQUESTED}),
    (COMPLAINT, {ComplaintState.OPEN}),
]

#: What nobody asks for: carriers and rules bring it, in whatever state the thing is.
BROUGHT: list[tuple[Machine[Any, Any], set[StrEnum]]] = [
    (ORDER, {Trigger.ABANDON, Trigger.MOVED, Trigger.ARRIVED, Trigger.LEFT, Trigger.CAME_BACK}),
    (PARCEL, {ParcelTrigger.VOID}),
    (REFUND, {RefundTrigger.FALL_DUE}),
    (RETURN, {ReturnTrigger.MOVE, ReturnTrigger.LAPSE, ReturnTrigger.LOSE}),
]


def states(machine: Machine[Any, Any]) -> list[StrEnum]:
    return list(cast("type[StrEnum]", machine.states))


def triggers(machine: Machine[Any, Any]) -> list[StrEnum]:
    return list(cast("type[StrEnum]", machine.triggers))


def cells(name: str) -> list[tuple[str, str, str]]:
    head, *rows = (line.split() for line in GRIDS[name][1].strip().splitlines())
    return [(row[0], trigger, cell) for row in rows for trigger, cell in zip(head, row[1:], strict=True)]


@pytest.mark.parametrize("name", GRIDS)
def test_the_grid_has_every_pair(name: str) -> None:
    machine, _ = GRIDS[name]
    pairs = [(state, trigger) for state, trigger, _ in cells(name)]

    assert sorted(pairs) == sorted((s.value, t.value) for s, t in product(states(machine), triggers(machine)))


@pytest.mark.parametrize(
    ("name", "state", "trigger", "cell"), [(name, *cell) for name in GRIDS for cell in cells(name)]
)
def test_each_pair_moves_is_late_or_is_illegal_as_the_rules_say(name: str, state: str, trigger: str, cell: str) -> None:
    machine, _ = GRIDS[name]
    one, what = machine.states(state), machine.triggers(trigger)

    match cell:
        case "-":
            with pytest.raises(IllegalTransition, match=f"{name} that is {state.replace('_', ' ')} cannot react") as no:
                machine.react(one, what)
            assert set(no.value.possible) == {t for s, t, to in cells(name) if s == state and to not in ("-", "late")}
        case "late":
            assert machine.react(one, what) == Late(one)
        case to:
            assert machine.react(one, what) == Moved(machine.states(to))


@pytest.mark.parametrize(("machine", "_"), STARTS, ids=lambda one: getattr(one, "what", ""))
def test_no_pair_both_moves_and_is_late(machine: Machine[Any, Any], _: set[StrEnum]) -> None:
    assert not machine.late & machine.moves.keys()


@pytest.mark.parametrize(("machine", "starts"), STARTS, ids=lambda one: getattr(one, "what", ""))
def test_every_state_can_be_reached(machine: Machine[Any, Any], starts: set[StrEnum]) -> None:
    reached = set(starts)
    while more := {to for (start, _), to in machine.moves.items() if start in reached} - reached:
        reached |= more

    assert reached == set(states(machine))


@pytest.mark.parametrize(("machine", "brought"), BROUGHT, ids=lambda one: getattr(one, "what", ""))
def test_nothing_that_carriers_or_rules_bring_is_ever_illegal(
    machine: Machine[Any, Any], brought: set[StrEnum]
) -> None:
    assert set(product(states(machine), brought)) <= machine.moves.keys() | machine.late


def test_a_repetition_is_never_illegal() -> None:
    """Whatever moved something can be told again at once: it is late, or moves it in place."""
    for machine, _ in STARTS:
        for (_, trigger), to in machine.moves.items():
            assert isinstance(machine.react(to, trigger), Late) or machine.moves[to, trigger] == to


def test_the_sentence_names_what_it_is_about_and_its_state() -> None:
    with pytest.raises(IllegalTransition, match=r"^an order that is shipped cannot react to cancel$"):
        ORDER.react(OrderStatus.SHIPPED, Trigger.CANCEL)
    with pytest.raises(IllegalTransition, match=r"^a request that is refused cannot react to apply$"):
        REQUEST.react(RequestState.REFUSED, RequestTrigger.APPLY)
