"""R25, D12: the buyer cancels freely, then by request; what nobody answers is approved."""

from decimal import Decimal
from uuid import UUID

import pytest

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import AskKind, Happening
from orders.life import commands as c
from orders.life.decide import judge
from orders.life.order import state_of
from support.orders import Life, a_life, at, given_back, handed_over, in_status, money, requests, scan

D12 = DeadlineKind.ANSWER


def asking(**order: int) -> Life:
    """Give an order that is packed, and whose buyer asks for its cancellation in the sixth hour."""
    life = handed_over(**order)
    life.do(c.Cancel("buyer", "too late"), hour=6)
    return life


def the_ask(life: Life) -> UUID:
    (ask,) = state_of(life.order).asks
    assert ask.kind is AskKind.CANCELLATION
    return ask.id


@pytest.mark.parametrize("status", ["placed", "confirmed"])
def test_the_buyer_cancels_freely_before_processed(status: str) -> None:
    life = in_status(status)

    life.do(c.Cancel("buyer", "no"))

    assert (life.status, requests(life)) == ("cancelled", [])
    assert money(life) == [("cancelled", (), "due", "12.50")]


def test_from_processed_the_buyer_asks_once_at_a_time() -> None:
    life = asking()

    again = life.do(c.Cancel("buyer", "really"), hour=7)

    assert (life.status, requests(life)) == ("processed", [("cancellation", "requested")])
    assert (again.refusal, again.steps) == (None, ())
    assert life.happenings.count(Happening.CANCELLATION_REQUESTED) == 1
    assert life.told[-1].detail == {"hours": "24"}


@pytest.mark.parametrize("status", ["shipped", "delivered", "returned"])
def test_after_shipped_nobody_cancels(status: str) -> None:
    for by in ("buyer", "seller"):
        assert in_status(status).do(c.Cancel(by, "no")).refusal is not None


def test_the_seller_agrees_and_the_money_is_due_at_once() -> None:
    life = asking()

    life.do(c.DecideRequest(the_ask(life), True), hour=8)

    assert (life.status, requests(life)) == ("cancelled", [("cancellation", "applied")])
    assert money(life) == [("cancelled", (), "due", "12.50")]
    assert life.told[-1].detail["by"] == "buyer"


def test_the_seller_refuses_and_the_buyer_may_ask_again() -> None:
    life = asking()
    first = the_ask(life)

    life.do(c.DecideRequest(first, False, "it is packed"), hour=8)
    assert (life.status, life.happenings[-1]) == ("processed", Happening.CANCELLATION_REFUSED)
    life.do(c.Cancel("buyer", "please"), hour=9)

    assert the_ask(life) != first
    assert requests(life) == [("cancellation", "refused"), ("cancellation", "requested")]


def test_d12_approves_a_cancellation_that_nobody_answered() -> None:
    life = asking()

    outcome = life.due(D12, 30, None, the_ask(life))

    assert (life.status, requests(life), money(life)) == (
        "cancelled",
        [("cancellation", "applied")],
        [("cancelled", (), "due", "12.50")],
    )
    assert [one.happening for one in outcome.occurrences] == [Happening.CANCELLED]
    assert outcome.steps[0].cause["rule"] == "D12"


@pytest.mark.parametrize("approve", [True, False])
def test_d12_is_dropped_when_the_seller_answered(approve: bool) -> None:
    life = asking()
    proposal = life.deadline(D12, 30, None, the_ask(life))
    life.do(c.DecideRequest(the_ask(life), approve, "no"), hour=29)
    before = life.order

    outcome = life.take(judge(life.order, proposal, at(30)))

    assert "ask.kind" in outcome.steps[0].cause["dropped"]
    assert life.order is before


@pytest.mark.parametrize("by_scan", [True, False])
def test_a_cancellation_that_shipping_overtook_is_refused_and_d12_is_dropped(by_scan: bool) -> None:
    life = asking()
    proposal = life.deadline(D12, 30, None, the_ask(life))

    if by_scan:
        life.see(scan(20, "in_transit"))
    else:
        life.do(c.Ship(), hour=20)
    life.do(c.ConfirmReceipt(), hour=21)
    outcome = life.take(judge(life.order, proposal, at(30)))

    assert (life.status, requests(life)) == ("delivered", [("cancellation", "refused")])
    assert life.happenings.count(Happening.CANCELLATION_REFUSED) == 1
    assert "dropped" in outcome.steps[0].cause
    assert not outcome.occurrences


def test_a_request_that_another_cancellation_overtook_is_applied_and_nothing_is_refunded_twice() -> None:
    life = asking()
    proposal = life.deadline(D12, 30, None, the_ask(life))

    life.do(c.Cancel("seller", "sold out"), hour=10)
    life.take(judge(life.order, proposal, at(30)))

    assert requests(life) == [("cancellation", "applied")]
    assert money(life) == [("cancelled", (), "due", "12.50")]


def test_a_refund_asked_for_a_parcel_that_is_no_more_is_due_with_the_cancellation() -> None:
    """R13: cancelled before Shipped for any reason: due at once, all of it."""
    life = a_life(parcels=2, promised=4)
    for parcel in (1, 2):
        life.due(DeadlineKind.DELIVERY_PERIOD, 4, parcel)
    life.do(c.RequestRefund("late", (2,)), c.CombineParcels(1, (2,)), hour=5)

    life.do(c.Cancel("buyer", "no"), hour=6)

    assert given_back(life.order) == Decimal("25.00")
    assert {one.state for one in life.order.refunds} == {"due"}
