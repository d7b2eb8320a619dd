"""R13: what is given back, when, and never twice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Happening
from orders.life import commands as c
from orders.life.cases import Refund, RefundState
from orders.life.order import refundable
from orders.life.refunds import refundable_for, shares
from support.orders import Life, a_life, an_order, money, scan, shipped

D3, D5, D9 = DeadlineKind.DELIVERY_PERIOD, DeadlineKind.TRACKING_UPDATE, DeadlineKind.ABNORMAL_GRACE


def lose(life: Life, parcel: int = 1) -> None:
    life.see(scan(24, "in_transit"), scan(40, "lost"), parcel=parcel)


def ask(life: Life, *parcels: int) -> Refund:
    life.do(c.RequestRefund("it never came", parcels), hour=50)
    return life.order.refunds[-1]


# --- the share of a parcel --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prices", "adjustment", "expected"),
    [
        (("10.00", "30.00"), "0", ["10.00", "30.00"]),
        (("10.00", "30.00"), "4.00", ["11.00", "33.00"]),  # shipping
        (("10.00", "30.00"), "-8.00", ["8.00", "24.00"]),  # a discount
        (("10.00", "10.00", "10.00"), "-20.00", ["3.33", "3.34", "3.33"]),
        (("100", "100", "100"), "-100", ["67", "66", "67"]),  # a currency without a smaller unit
        (("0.00", "0.00"), "5.00", ["2.50", "2.50"]),  # presents
    ],
)
def test_a_parcels_share_has_its_part_of_shipping_and_discount(
    prices: tuple[str, ...], adjustment: str, expected: list[str]
) -> None:
    order = an_order(parcels=len(prices), prices=prices, adjustment=adjustment)

    assert [str(share) for share in shares(order).values()] == expected


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.integers(0, 5_000))
def test_the_shares_make_the_total_and_none_is_negative(cents: list[int], shipping: int) -> None:
    prices = [str(Decimal(price).scaleb(-2)) for price in cents]
    order = an_order(parcels=len(cents), prices=prices, adjustment=str(Decimal(shipping).scaleb(-2)))

    assert sum(shares(order).values()) == order.total
    assert min(shares(order).values()) >= 0


# --- cancelled --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["buyer", "seller"])
def test_cancelled_before_shipped_is_due_at_once(by: str) -> None:
    life = a_life(adjustment="2.00")

    life.do(c.Cancel(by, "sold out"))

    assert money(life) == [("cancelled", (), "due", "14.50")]


def test_only_what_was_paid_is_given_back() -> None:
    life = a_life(prepaid="5.00")

    life.do(c.Cancel("seller", "sold out"))

    assert money(life) == [("cancelled", (), "due", "5.00")]


def test_what_the_buyer_asked_for_is_not_the_sellers_to_decide_once_the_rule_owes_it() -> None:
    """Delayed by its promised date, the refund asked for, and then no carrier was ever seen: D5."""
    life = shipped(promised=96)
    life.due(D3, 96)
    asked = ask(life)
    assert asked.state is RefundState.REQUESTED

    outcome = life.due(D5, 360)

    assert money(life) == [("request", (), "due", "12.50")]
    assert outcome.occurrences[-1].detail == {"by": "D5", "refund": "due", "amount": "12.50 SGD"}
    assert life.do(c.DecideRefund(asked.id, False)).refusal is not None


def test_after_an_abnormal_delivery_the_buyer_asks_and_the_seller_decides() -> None:
    life = shipped()
    lose(life)
    cancelled = life.due(D9, 64)
    assert cancelled.occurrences[-1].detail == {"by": "D9", "refund": "on_request", "amount": "12.50 SGD"}
    assert money(life) == []

    asked = life.do(c.RequestRefund("it never came"), hour=70)
    refund = life.order.refunds[0]
    life.do(c.DecideRefund(refund.id, True), hour=80)
    paid = life.do(c.IssueRefund(refund.id), hour=81)

    assert money(life) == [("request", (), "issued", "12.50")]
    assert [one.happening for one in (*asked.occurrences, *paid.occurrences)] == [
        *(Happening.REFUND_REQUESTED, Happening.REFUND_ISSUED),
    ]
    assert paid.occurrences[0].detail == {"amount": "12.50 SGD"}


# --- came back --------------------------------------------------------------------------------------------------------


def test_what_comes_back_is_refunded_parcel_by_parcel_and_in_the_end_all_of_it() -> None:
    life = shipped(parcels=2, adjustment="1.00")

    life.see(scan(24, "returning"), scan(40, "returned"), parcel=1)
    assert money(life) == [("returned", (1,), "due", "13.00")]
    life.see(scan(30, "in_transit"), parcel=2)
    life.see(scan(41, "returned"), parcel=2)

    assert money(life) == [("returned", (1,), "due", "13.00"), ("returned", (2,), "due", "13.00")]
    assert refundable(life.order) == 0


def test_there_is_one_refund_for_a_cause_and_its_parcels() -> None:
    life = shipped(cod=True)
    life.do(c.CollectPayment(Decimal("5.00")), hour=54)
    life.see(scan(55, "delivered"), scan(60, "returned"))
    life.do(c.CollectPayment(Decimal("7.50")), hour=61)

    life.see(scan(62, "note"))

    assert money(life) == [("returned", (1,), "due", "5.00")]


def test_a_refund_asked_for_a_parcel_is_due_when_it_comes_back() -> None:
    life = shipped(parcels=2)
    lose(life, 1)
    ask(life, 1)

    life.see(scan(60, "returning"), scan(90, "returned"), parcel=1)
    life.see(scan(91, "in_transit"), parcel=1)

    assert money(life) == [("request", (1,), "due", "12.50")]


def test_a_parcel_that_was_refunded_as_lost_is_not_refunded_again_when_it_comes_back() -> None:
    life = shipped(parcels=2)
    lose(life, 1)
    life.do(c.DecideRefund(ask(life, 1).id, True), hour=52)

    life.see(scan(60, "returning"), scan(90, "returned"), parcel=1)

    assert money(life) == [("request", (1,), "approved", "12.50")]


def test_what_came_back_is_due_when_a_wider_request_is_refused() -> None:
    life = shipped(parcels=2)
    lose(life, 1)
    lose(life, 2)
    asked = ask(life)
    life.see(scan(60, "returning"), scan(90, "returned"), parcel=1)
    assert money(life) == [("request", (), "requested", "25.00")]

    life.do(c.DecideRefund(asked.id, False, "found"), hour=100)

    assert money(life) == [("request", (), "refused", "25.00"), ("returned", (1,), "due", "12.50")]


def test_a_cancelled_order_that_comes_back_is_refunded_if_it_was_not() -> None:
    life = shipped()
    lose(life)
    life.due(D9, 64)

    life.see(scan(90, "returned"))

    assert (life.status, money(life)) == ("cancelled", [("returned", (1,), "due", "12.50")])


# --- asked for --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parcels", [(), (1,), (1, 1)])
def test_asking_twice_is_asking_once(parcels: tuple[int, ...]) -> None:
    life = shipped()
    lose(life)
    ask(life)

    again = life.do(c.RequestRefund("again", parcels), hour=51)

    assert (again.refusal, again.steps, len(life.order.refunds)) == (None, (), 1)


def test_what_was_refused_is_not_asked_for_again() -> None:
    life = shipped()
    lose(life)
    refused = life.do(c.DecideRefund(ask(life).id, False, "it was found"), hour=60)

    again = life.do(c.RequestRefund("again"), hour=61)

    assert [one.happening for one in refused.occurrences] == [Happening.REFUND_REFUSED]
    assert again.refusal is not None
    assert refundable(life.order) == Decimal("12.50")


@pytest.mark.parametrize("trouble", ["lost", "damaged", "delayed"])
def test_a_refund_can_be_asked_for_when_something_is_wrong(trouble: str) -> None:
    life = shipped()
    life.see(scan(24, "in_transit"), scan(40, trouble))

    assert ask(life).state is RefundState.REQUESTED


def test_a_refund_cannot_be_asked_for_while_all_is_well() -> None:
    waiting = shipped(tiktok=True)
    waiting.see(scan(24, "in_transit"))
    assert waiting.do(c.RequestRefund("hurry")).refusal is not None

    waiting.see(scan(54, "delivered"))  # its signature is missing; that is no reason

    assert waiting.do(c.RequestRefund("hurry")).refusal is not None


def test_of_several_parcels_only_those_that_are_abnormal_are_refundable() -> None:
    life = shipped(parcels=2)
    lose(life, 2)

    assert life.do(c.RequestRefund("gone")).refusal is not None
    assert life.do(c.RequestRefund("gone", (1,))).refusal is not None
    assert ask(life, 2).amount == Decimal("12.50")


def test_the_rest_of_the_order_is_what_was_not_given_back_yet() -> None:
    life = shipped(parcels=2, prices=("10.00", "30.00"))
    lose(life, 1)
    lose(life, 2)
    ask(life, 1)

    assert refundable_for(life.order, [1, 2]) == Decimal("30.00")
    assert refundable_for(life.order, [1]) == 0
    assert ask(life).amount == Decimal("30.00")
    assert life.do(c.RequestRefund("all", (2,))).refusal is not None


def test_nothing_is_asked_for_that_was_not_paid() -> None:
    life = shipped(cod=True)
    lose(life)

    outcome = life.do(c.RequestRefund("gone"))

    assert outcome.refusal is not None
    assert outcome.refusal.sentence == "nothing was paid that could be given back"


# --- decided, paid out, collected -------------------------------------------------------------------------------------


def test_a_decision_and_a_payment_are_taken_once() -> None:
    life = shipped()
    lose(life)
    refund = ask(life)
    assert life.do(c.IssueRefund(refund.id)).refusal is not None

    approve, issue = c.DecideRefund(refund.id, True), c.IssueRefund(refund.id)
    for command in (approve, approve, issue, issue, approve):
        assert life.do(command).refusal is None

    assert life.do(c.DecideRefund(refund.id, False)).refusal is not None
    assert [step.trigger for step in life.steps].count("refund_issued") == 1
    assert life.happenings.count(Happening.REFUND_ISSUED) == 1


def test_an_unknown_refund_is_refused() -> None:
    life = shipped()

    for command in (c.DecideRefund(life.order.id, True), c.IssueRefund(life.order.id)):
        outcome = life.do(command)
        assert outcome.refusal is not None
        assert outcome.refusal.field == "refund_id"


def test_no_more_is_collected_than_the_order_costs() -> None:
    life = shipped(cod=True)

    assert life.do(c.CollectPayment(Decimal("12.51"))).refusal is not None
    assert life.do(c.CollectPayment(Decimal("12.50"))).refusal is None
    assert life.do(c.CollectPayment(Decimal("0.01"))).refusal is not None
    assert refundable(life.order) == Decimal("12.50")


def test_cash_collected_for_a_cancelled_order_can_be_asked_back() -> None:
    life = shipped(cod=True)
    life.due(D5, 360)
    life.see(scan(372, "delivered"))
    life.do(c.CollectPayment(Decimal("12.50")), hour=373)

    assert ask(life).amount == Decimal("12.50")
