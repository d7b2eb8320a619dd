"""The table of an order's life: every pair of status and trigger, against a grid written by hand from the rules."""

from itertools import product
from pathlib import Path

import pytest

from contracts.orders.v1 import OrderStatus
from orders.life.chart import chart
from orders.life.lifecycle import LATE, POSSIBLE, SHOWN, TRANSITIONS, Trigger, react
from orders.life.machine import IllegalTransition, Late, Moved

CHART = Path(__file__).parents[3] / "docs" / "lifecycle.md"

#: ``late`` changes nothing, ``-`` is refused; all else is where the order goes.
GRID = """
            confirm    pack       unpack     ship     cancel     abandon    moved    arrived    left     came_back
placed      confirmed  -          late       -        cancelled  cancelled  shipped  delivered  late     returned
confirmed   late       processed  late       -        cancelled  cancelled  shipped  delivered  late     returned
processed   late       late       confirmed  shipped  cancelled  cancelled  shipped  delivered  late     returned
shipped     late       late       -          late     -          cancelled  late     delivered  late     returned
delivered   late       late       -          late     -          late       late     late       shipped  returned
cancelled   -          -          -          -        late       late       late     late       late     late
returned    late       late       -          late     -          late       late     delivered  shipped  late
"""


def grid() -> dict[tuple[OrderStatus, Trigger], str]:
    head, *rows = (line.split() for line in GRID.strip().splitlines())
    return {
        (OrderStatus(row[0]), Trigger(trigger)): cell
        for row in rows
        for trigger, cell in zip(head, row[1:], strict=True)
    }


def test_the_grid_has_every_pair() -> None:
    assert set(grid()) == set(product(OrderStatus, Trigger))


@pytest.mark.parametrize(("status", "trigger"), list(product(OrderStatus, Trigger)))
def test_each_pair_moves_is_late_or_is_illegal_as_the_rules_say(status: OrderStatus, trigger: Trigger) -> None:
    match grid()[status, trigger]:
        case "-":
            with pytest.raises(IllegalTransition, match=f"an order that is {status} cannot react to {trigger}"):
                react(status, trigger)
        case "late":
            assert react(status, trigger) == Late(status)
        case to:
            assert react(status, trigger) == Moved(OrderStatus(to))


def test_no_pair_both_moves_and_is_late() -> None:
    assert not LATE & TRANSITIONS.keys()


def test_every_status_can_be_reached_from_placed() -> None:
    reached = {OrderStatus.PLACED}
    while more := {to for (start, _), to in TRANSITIONS.items() if start in reached} - reached:
        reached |= more

    assert reached == set(OrderStatus)


def test_cancelled_is_the_only_status_that_nothing_leaves() -> None:
    left = {start for start, _ in TRANSITIONS}

    assert set(OrderStatus) - left == {OrderStatus.CANCELLED}


def test_nothing_that_carriers_or_rules_bring_is_ever_illegal() -> None:
    brought = set(Trigger) - {Trigger.CONFIRM, Trigger.PACK, Trigger.UNPACK, Trigger.SHIP, Trigger.CANCEL}

    assert set(product(OrderStatus, brought)) <= TRANSITIONS.keys() | LATE


def test_what_is_possible_next_is_said_of_every_status() -> None:
    assert POSSIBLE[OrderStatus.PLACED] == ("confirm", "cancel")
    assert POSSIBLE[OrderStatus.CONFIRMED] == ("pack", "cancel")
    assert POSSIBLE[OrderStatus.PROCESSED] == ("ship", "cancel")
    assert all(not POSSIBLE[status] for status in OrderStatus if status not in ("placed", "confirmed", "processed"))


def test_buyers_and_sellers_see_the_six_statuses_of_r1() -> None:
    assert {SHOWN[status] for status in OrderStatus} == {
        *("Pending", "Processed", "Shipped", "Delivered", "Cancelled", "Returned"),
    }
    assert SHOWN[OrderStatus.PLACED] == SHOWN[OrderStatus.CONFIRMED] == "Pending"


def test_the_chart_in_the_documents_is_the_table() -> None:
    assert CHART.read_text() == chart(), "run `make docs`"
