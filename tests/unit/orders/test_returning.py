"""R12: what a buyer sends back: asked for, approved or refused, on its way, received once; and what is given back."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Happening, ReturnStatus
from contracts.vocabulary import Leg, ScanStatus
from orders.life import commands as c
from orders.life.decide import act, judge
from orders.life.order import return_of, state_of
from support.orders import (
    CARRIER,
    at,
    delivered,
    filled,
    given_back,
    in_status,
    money,
    refusal,
    scan,
    shipped,
)
from support.returning import MOVING, ONE, THREE, TWO, approved, ask, at_home, back, sent, status

D8, D11, D12 = DeadlineKind.RETURN_PARCEL, DeadlineKind.WAY_BACK, DeadlineKind.ANSWER
WINDOW = 54 + 30 * 24  #: Delivered in hour 54; 30 days.


# --- asked for --------------------------------------------------------------------------------------------------------


def test_a_return_is_asked_for_within_the_window_and_not_at_its_end() -> None:
    life = at_home()
    wish = c.AskReturn(ONE, 1, (("A", 1),), "too small")

    assert act(life.order, wish, at(WINDOW) - timedelta(microseconds=1)).refusal is None
    assert refusal(act(life.order, wish, at(WINDOW)))[0].startswith("returns are taken within 30 days")


def test_a_window_of_business_days_leaves_weekends_out() -> None:
    """Delivered on Wednesday at 06:00 UTC: Thursday, Friday, Monday."""
    life = at_home(return_window_days=3, business_days=True, zone="UTC")
    wish, end = c.AskReturn(ONE, 1, (("A", 1),), "too small"), at(54 + 5 * 24)

    assert act(life.order, wish, end - timedelta(microseconds=1)).refusal is None
    assert act(life.order, wish, end).refusal is not None


@pytest.mark.parametrize("where", ["placed", "processed", "shipped", "returned"])
def test_what_is_not_delivered_is_not_returned(where: str) -> None:
    life = in_status(where)

    assert "is not delivered" in refusal(life.do(c.AskReturn(ONE, 1, (("SKU-1", 1),), "no"), hour=60))[0]


def test_what_waits_for_its_signature_is_not_delivered() -> None:
    life = shipped(tiktok=True)
    life.see(scan(54, "delivered"))

    assert life.do(c.AskReturn(ONE, 1, (("SKU-1", 1),), "no"), hour=60).refusal is not None


def test_a_parcel_that_came_may_be_returned_while_another_is_on_its_way() -> None:
    life = filled({"A": 1}, {"B": 1})
    life.see(scan(54, "delivered"))

    ask(life)

    assert (life.status, status(life)) == ("shipped", "requested")


def test_what_cannot_be_returned_is_refused_with_the_reason_the_buyer_was_shown() -> None:
    life = at_home({"A": 1, "SOAP": 1})
    lines = tuple(
        line if line.sku == "A" else type(line)("SOAP", "Soap", 1, line.unit_price, exclusion="hygiene")
        for line in life.order.lines
    )
    life.order = type(life.order)(**{n: getattr(life.order, n) for n in life.order.__slots__} | {"lines": lines})

    outcome = life.do(c.AskReturn(ONE, 1, (("A", 1), ("SOAP", 1)), "no"), hour=60)

    assert outcome.refusal is not None
    assert outcome.refusal.findings == (("lines", "SOAP cannot be returned: hygiene"),)
    assert ask(life).lines == (("A", 1),)
    assert status(life) == "requested"


@pytest.mark.parametrize("lines", [(), (("A", 4),), (("B", 1),), (("A", 1), ("B", 1))])
def test_no_more_is_returned_than_was_delivered(lines: tuple[tuple[str, int], ...]) -> None:
    assert refusal(at_home({"A": 3}).do(c.AskReturn(ONE, 1, lines, "no"), hour=60))[1] == "lines"


def test_several_returns_together_are_no_more_than_was_delivered() -> None:
    life = at_home({"A": 3})
    ask(life, ONE, A=2)

    assert refusal(life.do(c.AskReturn(TWO, 1, (("A", 2),), "no"), hour=60))[0].endswith("A: 1 of 2")
    ask(life, TWO, A=1)
    life.do(c.ReceiveReturn(ONE, ()), c.DecideReturn(TWO, False, "worn"), hour=62)
    assert refusal(life.do(c.ReceiveReturn(TWO, ()), hour=63))
    life.do(c.DecideReturn(ONE, True, "box"), c.ReceiveReturn(ONE, ()), hour=64)

    assert refusal(life.do(c.AskReturn(THREE, 1, (("A", 2),), "no"), hour=65))[0].endswith("A: 1 of 2")
    ask(life, THREE, hour=66, A=1)
    assert [status(life, n) for n in range(3)] == ["received", "refused", "requested"]


def test_a_return_travels_in_a_parcel_of_its_own_number() -> None:
    life = at_home({"A": 2}, {"B": 1})

    ask(life, ONE)
    ask(life, TWO)

    assert [one.parcel.number for one in life.order.returns] == [3, 4]
    assert [one.parcel for one in state_of(life.order).returns] == [3, 4]


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (c.AskReturn(ONE, 7, (("A", 1),), "no"), "parcel"),
        (c.DecideReturn(TWO, True, "box"), "return_id"),
        (c.SendReturn(TWO, CARRIER, "RT1"), "return_id"),
        (c.SendReturn(ONE, "!!!", "RT1"), "carrier"),
        (c.SendReturn(ONE, CARRIER, "---"), "number"),
        (c.ReceiveReturn(TWO, ()), "return_id"),
        (c.ReceiveReturn(ONE, (("A", 2),)), "intact"),
        (c.ReceiveReturn(ONE, (("B", 1),)), "intact"),
    ],
)
def test_a_refusal_names_the_field_it_is_about(command: c.Command, field: str) -> None:
    assert refusal(approved().do(command, hour=62))[1] == field


# --- approved or refused ----------------------------------------------------------------------------------------------


def test_a_return_is_approved_with_packing_instructions_once() -> None:
    life = approved()
    life.do(c.DecideReturn(ONE, True, "twice"), hour=63)

    (one,) = life.order.returns
    assert (one.status, one.approved_at, one.instructions) == (ReturnStatus.EXPECTED, at(61), "in its box")
    assert life.happenings.count(Happening.RETURN_APPROVED) == 1
    assert life.told[-1].detail == {"days": "14"}
    assert life.do(c.DecideReturn(ONE, False, "no"), hour=64).refusal is not None


def test_a_return_is_refused_with_a_reason_once() -> None:
    life = at_home()
    ask(life)
    for _ in range(2):
        life.do(c.DecideReturn(ONE, False, "worn"), hour=61)

    assert (status(life), life.order.returns[0].reason) == ("refused", "worn")
    assert life.happenings.count(Happening.RETURN_REFUSED) == 1
    for command in (c.DecideReturn(ONE, True, "box"), c.SendReturn(ONE, CARRIER, "RT1"), c.ReceiveReturn(ONE, ())):
        assert life.do(command, hour=62).refusal is not None


def test_d12_approves_what_nobody_answered() -> None:
    life = at_home()
    ask(life)

    proposal = life.deadline(D12, 108, None, ONE)
    outcome = life.take(judge(life.order, proposal, at(108)))
    again = life.take(judge(life.order, proposal, at(108)))

    assert (status(life), life.order.returns[0].approved_at) == ("expected", at(108))
    assert [one.happening for one in outcome.occurrences] == [Happening.RETURN_APPROVED]
    assert "dropped" in again.steps[0].cause


def test_d12_is_dropped_when_the_seller_answered() -> None:
    life = at_home()
    ask(life)
    proposal = life.deadline(D12, 108, None, ONE)
    life.do(c.DecideReturn(ONE, False, "worn"), hour=100)

    outcome = life.take(judge(life.order, proposal, at(108)))

    assert "dropped" in outcome.steps[0].cause
    assert status(life) == "refused"


# --- on its way back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leg", [None, Leg.OUTBOUND, Leg.RETURN])
@pytest.mark.parametrize("place", [*MOVING, "returning"])
def test_whatever_leg_a_carrier_says_a_return_is_on_its_way_back(place: str, leg: Leg | None) -> None:
    life = sent()

    back(life, scan(80, place, leg=leg))

    assert (status(life), life.order.returns[0].parcel.state.returning_at) == ("in_transit", at(80))
    assert (life.status, money(life)) == ("delivered", [])
    assert Happening.DELIVERED not in life.happenings[-1:]


@pytest.mark.parametrize("leg", [None, Leg.OUTBOUND, Leg.RETURN])
@pytest.mark.parametrize("place", ["delivered", "returned"])
def test_what_is_delivered_on_the_way_back_is_received(place: str, leg: Leg | None) -> None:
    life = sent()

    back(life, scan(80, "in_transit", leg=leg), scan(100, place, leg=leg))

    assert (status(life), life.order.returns[0].received_at) == ("received", at(100))
    assert (life.status, money(life)) == ("returned", [("returned", (1,), "due", "10.00")])
    assert life.happenings[-1] is Happening.RETURN_RECEIVED
    assert life.told[-1].detail == {"refund": "due", "amount": "10.00 SGD"}


@pytest.mark.parametrize("quiet", ["note", "on_hold", "unknown", "cancelled", "pre_transit", "delayed"])
def test_what_shows_nobody_with_it_is_no_movement(quiet: str) -> None:
    life = sent()

    back(life, scan(80, quiet))

    assert status(life) == "expected"


@pytest.mark.parametrize("one", ["requested", "refused", "expected", "in_transit", "received", "lapsed", "lost"])
@pytest.mark.parametrize("place", sorted(ScanStatus))
def test_no_record_of_a_return_is_ever_too_much(one: str, place: str) -> None:
    """Whatever a carrier brings, in whatever state: it is folded, and refused and requested returns stay so."""
    life = at_home()
    ask(life)
    if one == "refused":
        life.do(c.DecideReturn(ONE, False, "worn"), hour=61)
    elif one != "requested":
        life.do(c.DecideReturn(ONE, True, "box"), c.SendReturn(ONE, CARRIER, "RT1"), hour=61)
    match one:
        case "lapsed":
            life.due(D8, 61 + 336, 2)
        case "in_transit" | "lost":
            back(life, scan(70, "in_transit"))
        case "received":
            life.do(c.ReceiveReturn(ONE, ()), hour=70)
    if one == "lost":
        life.due(D11, 70 + 336, 2)
    assert status(life) == one

    back(life, scan(500, place))

    if one in ("requested", "refused", "received"):
        assert status(life) == one
    assert len(life.order.returns[0].parcel.evidence) == (2 if one in ("in_transit", "lost") else 1)


def test_a_return_may_get_another_number() -> None:
    life = sent()

    outcome = life.do(c.SendReturn(ONE, "Other Post", "OP 1"), hour=63)

    (first, second) = life.order.returns[0].parcel.bindings
    assert (first.valid_to, second.carrier, second.tracking_number) == (at(63), "otherpost", "OP1")
    assert outcome.claims == ((2, second),)
    assert life.do(c.SendReturn(ONE, "Other Post", "OP1"), hour=64).steps == ()


# --- received ---------------------------------------------------------------------------------------------------------


def test_what_the_seller_checks_in_is_received_and_in_stock_as_far_as_it_is_intact() -> None:
    """R2, R12."""
    life = at_home({"A": 3, "B": 1})
    ask(life, A=2, B=1)
    life.do(c.DecideReturn(ONE, True, "box"), hour=61)

    outcome = life.do(c.ReceiveReturn(ONE, (("A", 1),)), hour=90)

    assert (status(life), life.order.returns[0].received_at) == ("received", at(90))
    assert outcome.checked_in == (("A", 1),)
    assert (life.status, money(life)) == ("delivered", [("returned", (1,), "due", "30.00")])


def test_a_return_is_received_and_checked_in_once() -> None:
    life = sent()
    back(life, scan(80, "in_transit"), scan(100, "delivered"))

    first = life.do(c.ReceiveReturn(ONE, (("A", 1),)), hour=101)
    again = life.do(c.ReceiveReturn(ONE, (("A", 1),)), hour=102)
    back(life, scan(103, "returned"))

    assert (first.checked_in, again.checked_in, again.steps) == ((("A", 1),), (), ())
    assert life.order.returns[0].received_at == at(100)
    assert money(life) == [("returned", (1,), "due", "10.00")]
    assert life.happenings.count(Happening.RETURN_RECEIVED) == 1


def test_what_is_checked_in_before_its_scans_come_stays_received() -> None:
    life = sent()
    life.do(c.ReceiveReturn(ONE, (("A", 1),)), hour=90)

    back(life, scan(80, "in_transit", received=95), scan(89, "lost", received=96))

    assert (status(life), life.status) == ("received", "returned")
    assert money(life) == [("returned", (1,), "due", "10.00")]


def test_an_order_is_returned_only_when_nothing_is_left_with_the_buyer() -> None:
    life = at_home({"A": 2}, {"B": 1})
    for return_id, parcel, sku, expected in (
        (ONE, 1, "A", "delivered"),
        (TWO, 2, "B", "delivered"),
        (THREE, 1, "A", "returned"),
    ):
        ask(life, return_id, parcel, **{sku: 1})
        life.do(c.DecideReturn(return_id, True, "box"), c.ReceiveReturn(return_id, ()), hour=62)
        assert life.status == expected

    assert given_back(life.order) == Decimal("30.00")


def test_what_a_carrier_brought_back_and_what_the_buyer_sent_back_make_an_order_returned() -> None:
    life = filled({"A": 1}, {"B": 1}, adjustment="1.01")
    life.see(scan(54, "delivered"))
    life.see(scan(40, "returning"), scan(58, "returned"), parcel=2)
    assert life.status == "delivered"

    ask(life)
    life.do(c.DecideReturn(ONE, True, "box"), c.ReceiveReturn(ONE, ()), hour=62)

    assert life.status == "returned"
    assert given_back(life.order) == Decimal("21.01")


def test_a_cancelled_order_that_came_all_the_same_may_be_sent_back_and_is_refunded_once() -> None:
    life = shipped()
    life.due(DeadlineKind.TRACKING_UPDATE, 360)
    life.see(scan(366, "delivered"))

    life.do(c.AskReturn(ONE, 1, (("SKU-1", 1),), "cancelled"), c.DecideReturn(ONE, True, "box"), hour=370)
    life.do(c.ReceiveReturn(ONE, (("SKU-1", 1),)), hour=380)

    assert (life.status, money(life)) == ("cancelled", [("cancelled", (), "due", "12.50")])
    assert life.told[-1].detail == {"refund": "none"}


def test_nothing_is_owed_for_what_was_never_paid() -> None:
    life = sent(cod=True)
    life.do(c.ReceiveReturn(ONE, ()), hour=90)

    assert (life.status, money(life)) == ("returned", [])


def test_a_refund_asked_for_all_that_came_back_is_not_the_sellers_to_decide() -> None:
    life = at_home()
    life.see(scan(60, "damaged"))
    life.do(c.RequestRefund("broken"), hour=61)
    ask(life, hour=62)

    life.do(c.DecideReturn(ONE, True, "box"), c.ReceiveReturn(ONE, ()), hour=63)

    assert money(life) == [("request", (), "due", "10.00")]
    assert life.told[-1].detail == {"refund": "due", "amount": "10.00 SGD"}


def test_a_refund_asked_for_a_parcel_that_is_no_more_stays_the_sellers_to_decide() -> None:
    life = filled({"A": 1}, {"B": 1}, promised=4)
    life.due(DeadlineKind.DELIVERY_PERIOD, 4, 2)
    life.do(c.RequestRefund("late", (2,)), c.CombineParcels(1, (2,)), hour=5)
    delivered(life)
    ask(life)

    life.do(c.DecideReturn(ONE, True, "box"), c.ReceiveReturn(ONE, ()), hour=61)

    assert money(life) == [("request", (2,), "requested", "10.00"), ("returned", (1,), "due", "10.00")]


def test_what_came_back_is_due_when_a_wider_request_is_refused() -> None:
    life = at_home({"A": 1, "B": 1})
    life.see(scan(60, "damaged"))
    life.do(c.RequestRefund("broken"), hour=61)
    ask(life, hour=62)
    life.do(c.DecideReturn(ONE, True, "box"), c.ReceiveReturn(ONE, ()), hour=63)
    assert money(life) == [("request", (), "requested", "20.00")]

    life.do(c.DecideRefund(life.order.refunds[0].id, False, "only one is broken"), hour=64)

    assert money(life) == [("request", (), "refused", "20.00"), ("returned", (1,), "due", "10.00")]


def test_what_rounding_left_over_is_given_back_with_the_last_though_the_first_was_worth_nothing() -> None:
    """A present comes back first, for nothing; what is then the last takes all that is left."""
    life = at_home({"GIFT": 1, "A": 1, "B": 2}, prices={"GIFT": "0.00"}, adjustment="0.01")
    for n, (sku, so_far) in enumerate((("GIFT", "0"), ("A", "10.00"), ("B", "20.00"), ("B", "30.01"))):
        ask(life, UUID(int=300 + n), **{sku: 1})
        life.do(c.DecideReturn(UUID(int=300 + n), True, "box"), c.ReceiveReturn(UUID(int=300 + n), ()), hour=61)
        assert given_back(life.order) == Decimal(so_far)

    assert life.status == "returned"


def test_there_is_one_refund_for_what_came_back_though_more_was_collected_since() -> None:
    """R13: one refund per order, cause and lines."""
    life = sent(cod=True)
    life.do(c.CollectPayment(Decimal("4.00")), c.ReceiveReturn(ONE, ()), hour=90)
    life.do(c.CollectPayment(Decimal("6.00")), hour=91)

    back(life, scan(92, "note"))

    assert money(life) == [("returned", (1,), "due", "4.00")]


def test_what_was_collected_since_the_first_came_back_is_given_back_with_the_last() -> None:
    life = at_home({"A": 1}, {"B": 1}, cod=True)
    life.do(c.CollectPayment(Decimal("5.00")), hour=55)
    ask(life)
    life.do(c.DecideReturn(ONE, True, "box"), c.ReceiveReturn(ONE, ()), hour=61)
    life.do(c.CollectPayment(Decimal("15.00")), hour=62)

    ask(life, TWO, 2, hour=63, B=1)
    life.do(c.DecideReturn(TWO, True, "box"), c.ReceiveReturn(TWO, ()), hour=64)

    assert money(life) == [("returned", (1,), "due", "5.00"), ("returned", (2,), "due", "15.00")]


# --- any partition of an order into returns ---------------------------------------------------------------------------

CENTS = st.integers(0, 5_000).map(lambda cents: str(Decimal(cents).scaleb(-2)))
SKUS = ("A", "B", "C")


@settings(max_examples=150)
@given(
    st.lists(st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1), min_size=1, max_size=3),
    st.tuples(CENTS, CENTS, CENTS),
    st.integers(-2_000, 2_000),
    st.data(),
)
def test_the_refunds_of_any_partition_make_what_was_paid_and_never_more(
    holding: list[dict[str, int]], prices: tuple[str, str, str], cents: int, data: st.DataObject
) -> None:
    by_sku = dict(zip(SKUS, prices, strict=True))
    items = sum((Decimal(by_sku[sku]) * n for content in holding for sku, n in content.items()), Decimal(0))
    fee = max(Decimal(cents).scaleb(-2), -items)
    life = at_home(*holding, prices=by_sku, adjustment=str(fee))
    paid = items + fee
    units = [(n, sku) for n, content in enumerate(holding, start=1) for sku in content for _ in range(content[sku])]
    shuffled = data.draw(st.permutations(units))
    sizes = data.draw(st.lists(st.integers(1, 4), max_size=len(units)))

    partition: list[tuple[int, Counter[str]]] = []
    for size in (*sizes, *[len(units)] * len(holding)):
        if not shuffled:
            break
        parcel = shuffled[0][0]
        some = [unit for unit in shuffled if unit[0] == parcel][:size]
        for unit in some:
            shuffled.remove(unit)
        partition.append((parcel, Counter(sku for _, sku in some)))

    for n, (parcel, lines) in enumerate(partition):
        return_id = UUID(int=300 + n)
        ask(life, return_id, parcel, **lines)
        life.do(c.DecideReturn(return_id, True, "box"), c.ReceiveReturn(return_id, ()), hour=61)
        assert status(life, n) == "received"
        assert given_back(life.order) <= paid
        assert (life.status == "returned") == (n == len(partition) - 1)

    assert given_back(life.order) == paid
    assert return_of(life.order, 1) is None
