"""D1, D2, D12, D13, D14: deadlines that alert, approve or close: none of them takes anything from anybody."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Happening
from contracts.vocabulary import Leg
from orders.life.cases import ComplaintKind, RefundState
from orders.life.commands import AskReturn, Complain, DecideRefund, HandOver, RequestRefund, Ship
from orders.life.decide import judge, weigh
from support.orders import CARRIER, Life, at, handed_over, in_status, scan, shipped

D1, D2, D13 = DeadlineKind.SHIP_BY, DeadlineKind.MARK_SHIPPED, DeadlineKind.COLLECTION
D9, D12, D14 = DeadlineKind.ABNORMAL_GRACE, DeadlineKind.ANSWER, DeadlineKind.CLOSING


def lost() -> Life:
    life = shipped()
    life.see(scan(12, "picked_up"), scan(24, "in_transit"), scan(40, "lost"))
    return life


# --- D1, D2: alerts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tiktok", [False, True])
@pytest.mark.parametrize("status", ["placed", "confirmed", "processed"])
def test_d1_alerts_the_seller_of_an_order_that_is_not_shipped(status: str, tiktok: bool) -> None:
    life = in_status(status, tiktok=tiktok)

    outcome = life.due(D1, 120)

    (told,) = outcome.occurrences
    assert (told.happening, told.parcel, told.at) == (Happening.SHIP_OVERDUE, None, at(120))
    assert (life.status, outcome.steps[0].cause["rule"]) == (status, "D1")


def test_d2_alerts_the_seller_of_an_order_that_was_collected_and_not_marked_shipped() -> None:
    life = handed_over(tiktok=True)
    life.see(scan(12, "picked_up"))

    outcome = life.due(D2, 60)

    assert [one.happening for one in outcome.occurrences] == [Happening.MARK_SHIPPED_OVERDUE]
    assert life.status == "processed"


@pytest.mark.parametrize("by_scan", [False, True])
@pytest.mark.parametrize(("kind", "due"), [(D1, 120), (D2, 60)])
def test_shipped_clears_d1_and_d2(kind: DeadlineKind, due: float, by_scan: bool) -> None:
    life = handed_over(tiktok=True)
    life.see(scan(12, "picked_up"))
    proposal = life.deadline(kind, due)
    if by_scan:
        life.see(scan(20, "in_transit"))
    else:
        life.do(Ship(), hour=20)

    outcome = life.take(judge(life.order, proposal, at(due)))

    assert outcome.steps[0].cause["dropped"] == "no longer so: order.shipped_at"
    assert not outcome.occurrences


@pytest.mark.parametrize(("kind", "due"), [(D1, 120), (D2, 60), (D13, 55)])
def test_an_alert_takes_nothing_from_anybody_and_is_given_once(kind: DeadlineKind, due: float) -> None:
    life = handed_over(tiktok=True)
    life.do(HandOver(1, CARRIER, None, "intact"))
    before = life.order
    proposal = life.deadline(kind, due)

    first = life.take(judge(life.order, proposal, at(due)))
    again = life.take(judge(life.order, proposal, at(due + 1)))

    assert (len(first.occurrences), len(again.occurrences)) == (1, 0)
    assert again.order is first.order
    assert replace(life.order, version=before.version, told=before.told) == before


def test_an_alert_that_comes_due_anew_is_given_anew() -> None:
    """Collected once more, after a correction: the days of D2 are others, and so is the fact."""
    life = handed_over(tiktok=True)
    wrong = scan(12, "picked_up")
    life.see(wrong)
    life.due(D2, 60)
    life.take(weigh(life.order, {1: [scan(70, "picked_up")]}, at(70), frozenset({wrong.scan_id})))

    assert len(life.due(D2, 118).occurrences) == 1


# --- D12: refunds that nobody decided ---------------------------------------------------------------------------------


def test_d12_approves_a_refund_that_nobody_decided_once() -> None:
    life = lost()
    life.do(RequestRefund("gone"), hour=50)
    (refund,) = life.order.refunds
    proposal = life.deadline(D12, 98, None, refund.id)

    for _ in range(2):
        life.take(judge(life.order, proposal, at(98)))

    assert [(one.state, one.amount) for one in life.order.refunds] == [(RefundState.APPROVED, Decimal("12.50"))]
    assert [step.trigger for step in life.steps].count("refund_approved") == 1


@pytest.mark.parametrize("approve", [False, True])
def test_d12_is_dropped_when_the_seller_decided(approve: bool) -> None:
    life = lost()
    life.do(RequestRefund("gone"), hour=50)
    proposal = life.deadline(D12, 98, None, life.order.refunds[0].id)
    life.do(DecideRefund(life.order.refunds[0].id, approve), hour=97)
    before = life.order

    outcome = life.take(judge(life.order, proposal, at(98)))

    assert "ask.kind" in outcome.steps[0].cause["dropped"]
    assert outcome.order is before


def test_d12_is_dropped_when_a_rule_owes_the_refund_by_now() -> None:
    life = lost()
    life.do(RequestRefund("gone"), hour=50)
    proposal = life.deadline(D12, 98, None, life.order.refunds[0].id)
    life.see(scan(60, "returned"))

    assert "dropped" in life.take(judge(life.order, proposal, at(98))).steps[0].cause
    assert [one.state for one in life.order.refunds] == [RefundState.DUE]


def test_d12_goes_on_where_the_order_is_cancelled() -> None:
    life = lost()
    life.due(D9, 64)
    life.do(RequestRefund("gone"), hour=70)

    life.due(D12, 118, None, life.order.refunds[0].id)

    assert (life.status, life.order.refunds[0].state) == ("cancelled", RefundState.APPROVED)


# --- D14 ------------------------------------------------------------------------------------------------------------


def test_d14_closes_a_delivered_order_once_and_tells_nobody() -> None:
    life = shipped()
    life.see(scan(54, "delivered"))
    proposal = life.deadline(D14, 774)

    first = life.take(judge(life.order, proposal, at(775)))
    again = life.take(judge(life.order, proposal, at(776)))

    assert (life.status, life.order.closed_at, first.occurrences) == ("delivered", at(774), ())
    assert "order.closed_at" in again.steps[0].cause["dropped"]
    assert again.order is first.order


@pytest.mark.parametrize("what", ["return", "complaint", "refund", "sent back"])
def test_what_is_open_clears_d14(what: str) -> None:
    life = shipped()
    life.see(scan(54, "delivered"), scan(60, "damaged"))
    proposal = life.deadline(D14, 774)
    match what:
        case "return":
            life.do(AskReturn(UUID(int=9), 1, (("SKU-1", 1),), "broken"), hour=700)
        case "complaint":
            life.do(Complain(UUID(int=9), ComplaintKind.DAMAGED, 1, "broken"), hour=700)
        case "refund":
            life.do(RequestRefund("broken"), hour=700)
        case _:
            life.see(scan(700, "returning"))

    outcome = life.take(judge(life.order, proposal, at(774)))

    assert "dropped" in outcome.steps[0].cause
    assert life.order.closed_at is None


def test_what_was_delivered_again_is_closed_from_then() -> None:
    """It was sent back, went out again, and came: its window is another one."""
    life = shipped()
    life.see(scan(54, "delivered"))
    proposal = life.deadline(D14, 774)
    life.see(scan(100, "returning"), scan(110, "out_for_delivery", leg=Leg.OUTBOUND), scan(120, "delivered"))
    assert life.status == "delivered"

    assert "parcel.delivered_at" in life.take(judge(life.order, proposal, at(774))).steps[0].cause["dropped"]
