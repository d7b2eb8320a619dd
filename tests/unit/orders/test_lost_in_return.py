"""D8, D11: what was to come back and never did, and what comes of it when it comes after all."""

from decimal import Decimal

import pytest

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Happening
from orders.life import commands as c
from orders.life.decide import judge
from orders.life.order import state_of
from support.orders import Life, at, given_back, handed_over, money, scan, shipped
from support.returning import MOVING, ONE, TWO, approved, ask, back, sent, status

D8, D11, D12 = DeadlineKind.RETURN_PARCEL, DeadlineKind.WAY_BACK, DeadlineKind.ANSWER


# --- D8: never sent ---------------------------------------------------------------------------------------------------


def test_d8_lets_a_return_lapse_that_was_never_sent() -> None:
    life = approved()

    outcome = life.due(D8, 61 + 14 * 24, 2)

    assert (status(life), life.status, money(life)) == ("lapsed", "delivered", [])
    assert [one.happening for one in outcome.occurrences] == [Happening.RETURN_LAPSED]
    assert outcome.steps[-1].cause["rule"] == "D8"


@pytest.mark.parametrize("place", [*MOVING, "returning", "lost", "delivered"])
def test_the_first_scan_of_the_return_leg_clears_d8(place: str) -> None:
    life = sent()
    proposal = life.deadline(D8, 397, 2)
    back(life, scan(80, place))

    outcome = life.take(judge(life.order, proposal, at(397)))

    assert "dropped" in outcome.steps[0].cause
    assert Happening.RETURN_LAPSED not in life.happenings


def test_d8_twice_is_d8_once() -> None:
    life = approved()
    proposal = life.deadline(D8, 397, 2)
    for _ in range(2):
        life.take(judge(life.order, proposal, at(397)))

    assert life.happenings.count(Happening.RETURN_LAPSED) == 1


def test_what_was_sent_after_it_lapsed_is_received_all_the_same() -> None:
    life = sent()
    life.due(D8, 397, 2)

    back(life, scan(400, "in_transit"))
    assert status(life) == "in_transit"
    back(life, scan(450, "delivered"))

    assert (status(life), money(life)) == ("received", [("returned", (1,), "due", "10.00")])


def test_what_lapsed_can_be_asked_for_again() -> None:
    life = approved()
    life.due(D8, 397, 2)

    ask(life, TWO, hour=400)

    assert status(life, 1) == "requested"


# --- D11: lost on its way back ----------------------------------------------------------------------------------------


def lost_return() -> Life:
    life = sent()
    back(life, scan(80, "in_transit"))
    life.due(D11, 80 + 14 * 24, 2)
    return life


def test_d11_loses_a_return_and_the_seller_decides_about_the_refund() -> None:
    life = lost_return()

    assert (status(life), money(life)) == ("lost", [("lost_in_return", (1,), "requested", "10.00")])
    assert life.status != "cancelled"
    assert life.happenings[-1] is Happening.LOST_IN_RETURN
    (ask,) = state_of(life.order).asks
    assert (ask.kind, ask.asked_at) == ("refund", at(416))


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("place", ["lost", "destroyed"])
def test_a_return_that_its_carrier_lost_is_lost(place: str, first: bool) -> None:
    """Also where that is the first that the carrier says of it: it was sent, and does not lapse (D8)."""
    life = sent()
    if not first:
        back(life, scan(80, "in_transit"))

    back(life, scan(90, place))

    assert (status(life), money(life)) == ("lost", [("lost_in_return", (1,), "requested", "10.00")])
    assert life.happenings.count(Happening.LOST_IN_RETURN) == 1


def test_d11_is_dropped_when_the_return_was_received() -> None:
    life = sent()
    back(life, scan(80, "in_transit"))
    proposal = life.deadline(D11, 416, 2)
    life.do(c.ReceiveReturn(ONE, ()), hour=400)

    outcome = life.take(judge(life.order, proposal, at(416)))

    assert "dropped" in outcome.steps[0].cause
    assert (status(life), money(life)) == ("received", [("returned", (1,), "due", "10.00")])


def test_d11_twice_is_d11_once() -> None:
    life = sent()
    back(life, scan(80, "in_transit"))
    proposal = life.deadline(D11, 416, 2)
    for _ in range(2):
        life.take(judge(life.order, proposal, at(416)))

    assert (len(life.order.refunds), life.happenings.count(Happening.LOST_IN_RETURN)) == (1, 1)


@pytest.mark.parametrize("by_scan", [False, True])
@pytest.mark.parametrize("decided", [None, True, False])
def test_what_was_lost_and_is_received_after_all_is_refunded_once(decided: bool | None, by_scan: bool) -> None:
    """R12: due when it is received, whatever was decided when it was lost; and never twice."""
    life = lost_return()
    if decided is not None:
        life.do(c.DecideRefund(life.order.refunds[0].id, decided, "it is on its way"), hour=420)

    if by_scan:
        back(life, scan(500, "delivered"))
    else:
        life.do(c.ReceiveReturn(ONE, (("A", 1),)), hour=500)

    assert (status(life), life.status, given_back(life.order)) == ("received", "returned", Decimal("10.00"))
    expected = {
        None: [("lost_in_return", "due")],
        True: [("lost_in_return", "approved")],
        False: [("lost_in_return", "refused"), ("returned", "due")],
    }
    assert [(cause, state) for cause, _, state, _ in money(life)] == expected[decided]


def test_d12_approves_the_refund_of_a_lost_return_that_nobody_decided() -> None:
    life = lost_return()

    life.due(D12, 464, None, life.order.refunds[0].id)

    assert money(life) == [("lost_in_return", (1,), "approved", "10.00")]


# --- D11: parcels that a carrier sends back ---------------------------------------------------------------------------


def sent_back(**order: bool) -> Life:
    life = shipped(**order)
    life.see(scan(24, "in_transit"), scan(40, "returning"))
    return life


def test_d11_of_a_parcel_asks_for_its_refund_and_cancels_nothing() -> None:
    life = sent_back()

    outcome = life.due(D11, 376)

    assert (life.parcel.lost_in_return_at, life.order.cancelled_at) == (at(376), None)
    assert money(life) == [("lost_in_return", (1,), "requested", "12.50")]
    assert [one.happening for one in outcome.occurrences] == [Happening.LOST_IN_RETURN]


def test_d11_of_a_parcel_is_dropped_when_it_is_back() -> None:
    life = sent_back()
    proposal = life.deadline(D11, 376)
    life.see(scan(300, "returned"))

    outcome = life.take(judge(life.order, proposal, at(376)))

    assert "parcel.returned_at" in outcome.steps[0].cause["dropped"]
    assert money(life) == [("returned", (1,), "due", "12.50")]


@pytest.mark.parametrize("decided", [None, True, False])
def test_a_parcel_that_was_lost_on_its_way_back_and_comes_is_refunded_once(decided: bool | None) -> None:
    life = sent_back()
    life.due(D11, 376)
    if decided is not None:
        life.do(c.DecideRefund(life.order.refunds[0].id, decided, "wait"), hour=380)

    life.see(scan(500, "returned"))

    assert (life.status, life.parcel.lost_in_return_at) == ("returned", None)
    assert given_back(life.order) == Decimal("12.50")
    assert [(cause, state) for cause, _, state, _ in money(life)] == {
        None: [("lost_in_return", "due")],
        True: [("lost_in_return", "approved")],
        False: [("lost_in_return", "refused"), ("returned", "due")],
    }[decided]


def test_d11_goes_on_where_the_order_is_cancelled_and_finds_nothing_to_refund_twice() -> None:
    life = handed_over()
    life.do(c.Cancel("seller", "sold out"))
    life.see(scan(40, "returning"))

    life.due(D11, 376)

    assert (life.status, money(life)) == ("cancelled", [("cancelled", (), "due", "12.50")])
