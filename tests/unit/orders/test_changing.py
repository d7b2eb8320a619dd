"""R10, R11: what was ordered and where it goes may change for a while; a request is applied, refused, or waits."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.orders.v1 import Happening, OrderStatus
from orders.life import commands as c
from orders.life.cases import RequestState
from orders.life.changing import MOST
from orders.life.decide import act
from orders.life.order import Line, Order, state_of
from orders.life.parcel import ParcelStep
from support.orders import (
    CARRIER,
    Life,
    a_life,
    at,
    contents,
    filled,
    given_back,
    handed_over,
    in_status,
    money,
    ordered,
    pack_all,
    refusal,
    requests,
    scan,
    shipped,
)

ONE, TWO = UUID(int=101), UUID(int=102)
BEFORE_SHIPPED = ("placed", "confirmed", "processed")
AFTER = ("shipped", "delivered", "cancelled", "returned")


def quantity(order: Order, **quantities: int) -> tuple[Line, ...]:
    """Give the lines of an order with other quantities; those that are not named stay."""
    lines = [replace(line, quantity=quantities.get(line.sku, line.quantity)) for line in order.lines]
    return tuple(line for line in lines if line.quantity)


def modify(life: Life, quantities: dict[str, int], paid: str = "0", request: UUID = ONE) -> None:
    life.do(c.Modify(request, "seller", quantity(life.order, **quantities), Decimal(paid)))


# --- R10: the address -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["buyer", "seller"])
@pytest.mark.parametrize("status", BEFORE_SHIPPED)
def test_the_address_may_be_changed_until_shipped(status: str, by: str) -> None:
    life = in_status(status)

    outcome = life.do(c.ChangeAddress(ONE, by), hour=70)

    assert (life.status, requests(life)) == (status, [("address", "applied")])
    (told,) = outcome.occurrences
    assert (told.happening, told.detail) == (Happening.CHANGE_APPLIED, {"what": "address", "by": by})


@pytest.mark.parametrize("status", AFTER)
def test_the_address_stays_once_the_order_is_shipped_or_over(status: str) -> None:
    life = in_status(status)

    sentence, _ = refusal(life.do(c.ChangeAddress(ONE, "buyer"), hour=70))

    assert sentence == f"the order is {status}: its address stays as it is"
    assert requests(life) == [("address", "refused")]
    assert life.order.requests[0].reason == sentence


def test_what_a_carrier_has_goes_where_its_label_says() -> None:
    """Not marked shipped yet, but out of the seller's hands: its label cannot be void any more (R10)."""
    life = handed_over(parcels=2)
    life.do(c.HandOver(1, CARRIER, None, "intact"))

    assert refusal(life.do(c.ChangeAddress(ONE, "buyer")))[0].startswith("a carrier has a parcel already")


def test_a_new_address_voids_printed_labels_and_is_on_record() -> None:
    life = a_life(parcels=3)
    life.do(c.PutLabel(1, ()), c.PutLabel(3, ()))

    outcome = life.do(c.ChangeAddress(ONE, "seller"), hour=7)

    assert [parcel.step for parcel in life.order.parcels] == [ParcelStep.UNLABELLED] * 3
    (step,) = outcome.steps
    assert (step.trigger, step.at) == ("change_address", at(7))
    assert step.cause == {"request": str(ONE), "by": "seller", "void_labels": [1, 3]}


# --- R11: the window --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("terms", "hours"), [({}, 24), ({"modification_window_hours": 2}, 2)])
def test_lines_may_change_within_the_window_and_not_at_its_end(terms: dict[str, int], hours: int) -> None:
    life = a_life(**terms)
    more = c.Modify(ONE, "buyer", quantity(life.order, **{"SKU-1": 2}))

    assert act(life.order, more, at(hours) - timedelta(microseconds=1)).refusal is None
    sentence, _ = refusal(act(life.order, more, at(hours)))

    assert sentence.startswith(f"an order can be changed within {hours} hours")


@pytest.mark.parametrize("until_shipped", [False, True])
@pytest.mark.parametrize("status", [*BEFORE_SHIPPED, *AFTER])
def test_lines_may_change_before_processed_or_until_shipped_by_policy(status: str, until_shipped: bool) -> None:
    life = in_status(status, modification_until_shipped=until_shipped)
    may = status in ("placed", "confirmed") or (status == "processed" and until_shipped)

    outcome = life.do(c.Modify(ONE, "buyer", quantity(life.order, **{"SKU-1": 2})))

    assert (outcome.refusal is None) == may
    assert requests(life) == [("lines", "applied" if may else "refused")]
    assert ordered(life.order)["SKU-1"] == (2 if may else 1)
    assert life.order.total == Decimal("25.00" if may else "12.50")


def test_what_a_carrier_has_stays_as_it_is_even_where_the_policy_is_lenient() -> None:
    life = handed_over(modification_until_shipped=True)
    life.do(c.HandOver(1, CARRIER, None, "intact"))

    life.do(c.Modify(ONE, "buyer", quantity(life.order, **{"SKU-1": 2})))

    assert requests(life) == [("lines", "refused")]


def test_label_and_checklist_are_void_when_lines_change() -> None:
    life = a_life(modification_until_shipped=True)
    life.do(c.Confirm(), pack_all(life.order), c.PutLabel(1, ()))
    assert life.status == "processed"

    modify(life, {"SKU-1": 3})

    assert (life.status, life.order.commanded) == ("confirmed", OrderStatus.CONFIRMED)
    assert life.order.parcels[0].step is ParcelStep.UNLABELLED
    assert life.steps[-1].cause["void_labels"] == [1]
    assert (life.steps[-1].before, life.steps[-1].after) == ("processed", "confirmed")
    assert refusal(life.do(c.Pack({"SKU-1": 1}, {})))[1] == "checklist"
    assert life.do(pack_all(life.order)).refusal is None


# --- R11: money -------------------------------------------------------------------------------------------------------


def test_what_is_paid_for_and_not_ordered_any_more_is_due_at_once() -> None:
    life = filled({"A": 3})

    modify(life, {"A": 2})

    assert (life.order.total, money(life)) == (Decimal("20.00"), [("modified", (), "due", "10.00")])
    assert life.told[-1].detail == {"what": "lines", "by": "seller", "amount": "10.00 SGD"}


def test_shipping_and_discounts_stay_when_lines_change() -> None:
    life = filled({"A": 3}, adjustment="4.50")

    modify(life, {"A": 1})

    assert (life.order.total, given_back(life.order)) == (Decimal("14.50"), Decimal("20.00"))


def test_what_is_paid_on_top_counts() -> None:
    life = filled({"A": 1})

    modify(life, {"A": 2}, paid="10.00")

    assert (life.order.total, life.order.prepaid, money(life)) == (Decimal("20.00"), Decimal("20.00"), [])
    assert "amount" not in life.told[-1].detail


def test_cash_on_delivery_owes_nothing_when_less_is_ordered() -> None:
    """RULES, races: nothing prepaid, nothing refunded."""
    life = filled({"A": 3}, cod=True)

    modify(life, {"A": 1})

    assert (life.order.total, money(life)) == (Decimal("10.00"), [])


def test_all_that_was_paid_is_given_back_once_over_changes_and_a_cancellation() -> None:
    life = filled({"A": 3}, {"B": 2})

    modify(life, {"A": 2})
    modify(life, {"A": 3}, paid="10.00", request=TWO)
    modify(life, {"A": 1, "B": 1}, request=UUID(int=103))
    life.do(c.Cancel("buyer", "no"))

    paid = Decimal("60.00")
    assert (life.order.prepaid, given_back(life.order)) == (paid, paid)
    assert [(cause, state) for cause, _, state, _ in money(life)] == [
        *(("modified", "due"), ("modified", "due"), ("cancelled", "due")),
    ]


# --- R11: what is in the parcels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"A": 1}, [{"A": 1}, {"B": 2}, {"C": 1}]),  # less is taken from the last that has it
        ({"A": 5}, [{"A": 4}, {"A": 1, "B": 2}, {"C": 1}]),  # more goes where it is
        ({"B": 0}, [{"A": 2}, {"A": 1}, {"C": 1}]),
        ({"C": 0}, [{"A": 2}, {"A": 1, "B": 2}]),  # nothing is left in the third
    ],
)
def test_parcels_hold_what_is_ordered(wanted: dict[str, int], expected: list[dict[str, int]]) -> None:
    life = filled({"A": 2}, {"A": 1, "B": 2}, {"C": 1})

    modify(life, wanted)

    assert [dict(parcel.lines) for parcel in life.order.parcels] == expected
    assert contents(life.order) == ordered(life.order)


def test_what_was_not_ordered_before_goes_into_a_parcel_too() -> None:
    life = filled({"A": 1}, {"B": 1})
    new = (*life.order.lines[1:], Line("A-red", "Thing A, red", 2, Decimal("11.00")))

    life.do(c.Modify(ONE, "buyer", new, Decimal("12.00")))

    assert contents(life.order) == {"B": 1, "A-red": 2}
    assert (life.order.total, money(life)) == (Decimal("32.00"), [])


def test_a_tracking_update_of_a_parcel_that_is_no_more_still_counts() -> None:
    """R23: it cleared D6, and D5 once."""
    life = filled({"A": 1}, {"B": 1})
    life.do(c.RecordUpdate(2, "it waits for the boat", ("photo",)), hour=5)

    modify(life, {"B": 0})

    assert len(life.order.parcels) == 1
    assert state_of(life.order).updated_at == at(5)


# --- R11: refused -----------------------------------------------------------------------------------------------------


def test_what_is_not_in_stock_is_refused() -> None:
    life = a_life()

    sentence, _ = refusal(life.do(c.Modify(ONE, "seller", life.order.lines, short=("SKU-1: 1 of 2",))))

    assert sentence == "not in stock: SKU-1: 1 of 2"
    assert requests(life) == [("lines", "refused")]


def test_an_order_of_nothing_is_a_cancellation() -> None:
    assert "cancel it instead" in refusal(a_life().do(c.Modify(ONE, "buyer", ())))[0]


def test_a_discount_is_never_more_than_the_order_costs() -> None:
    life = filled({"A": 3}, adjustment="-25.00")

    assert "cancel it instead" in refusal(life.do(c.Modify(ONE, "buyer", quantity(life.order, A=2))))[0]


def test_a_thing_stands_once_in_an_order() -> None:
    life = filled({"A": 1})

    assert "A stands there twice" in refusal(life.do(c.Modify(ONE, "buyer", life.order.lines * 2)))[0]
    assert contents(life.order) == ordered(life.order)


def test_who_asks_without_end_leaves_no_record_without_end() -> None:
    life = shipped()
    for n in range(MOST + 10):
        life.do(c.ChangeAddress(UUID(int=n), "buyer"))

    assert len(life.order.requests) == MOST


# --- R11: wishes ------------------------------------------------------------------------------------------------------


def wishing(hour: float = 6, status: str = "confirmed", **order: bool) -> Life:
    life = in_status(status, **order)
    life.do(c.WishModification(ONE, "two, please"), hour=hour)
    return life


def test_a_wish_waits_for_the_seller_and_is_no_question_that_answers_itself() -> None:
    """D12 is about cancellations, refunds and returns."""
    life = wishing()

    assert requests(life) == [("lines", "requested")]
    assert (life.order.requests[0].words, life.happenings[-1]) == ("two, please", Happening.CHANGE_REQUESTED)
    assert state_of(life.order).asks == []


def test_a_wish_is_applied_by_the_lines_that_the_seller_gives() -> None:
    life = wishing()
    assert refusal(life.do(c.DecideRequest(ONE, True)))[1] == "lines"

    life.do(c.DecideRequest(ONE, True, None, quantity(life.order, **{"SKU-1": 2}), Decimal("12.50")))

    assert (requests(life), life.happenings[-1]) == ([("lines", "applied")], Happening.CHANGE_APPLIED)
    assert (contents(life.order), life.order.total) == ({"SKU-1": 2}, Decimal("25.00"))


def test_a_wish_is_refused_with_a_reason_and_its_buyer_hears_of_it_once() -> None:
    life = wishing()

    for _ in range(2):
        life.do(c.DecideRequest(ONE, False, "sold out"))

    assert (requests(life), life.order.requests[0].reason) == ([("lines", "refused")], "sold out")
    assert life.happenings.count(Happening.CHANGE_REFUSED) == 1
    assert refusal(life.do(c.DecideRequest(ONE, True)))[0].startswith("a request that is refused cannot react")


def test_the_window_counts_when_the_buyer_asked_not_when_the_seller_answers() -> None:
    life = wishing(hour=23.9)

    assert life.do(c.DecideRequest(ONE, True, lines=life.order.lines), hour=40).refusal is None
    assert refusal(wishing(hour=23.9).do(c.WishModification(TWO, "more"), hour=24))


def test_what_is_wished_and_cannot_be_filled_is_not_decided() -> None:
    life = wishing()

    assert refusal(life.do(c.DecideRequest(ONE, True, lines=life.order.lines, short=("SKU-1: 0 of 2",))))[1] == "lines"
    assert requests(life) == [("lines", "requested")]


def test_a_wish_that_packing_overtook_is_refused_and_its_buyer_hears_of_it_once() -> None:
    life = wishing()

    outcome = life.do(pack_all(life.order))
    life.do(c.SetTracking(1, CARRIER, "NV1"), c.Ship())

    assert life.order.requests[0].state is RequestState.REFUSED
    assert [one.happening for one in outcome.occurrences] == [Happening.PROCESSED, Happening.CHANGE_REFUSED]
    assert life.happenings.count(Happening.CHANGE_REFUSED) == 1


def test_where_lines_change_until_shipped_a_wish_waits_until_then() -> None:
    life = wishing(modification_until_shipped=True)
    life.do(pack_all(life.order))
    assert requests(life) == [("lines", "requested")]

    life.see(scan(30, "in_transit"))

    assert (life.status, requests(life)) == ("shipped", [("lines", "refused")])
    assert life.happenings.count(Happening.CHANGE_REFUSED) == 1


def test_a_wish_about_an_order_that_is_cancelled_is_refused_and_the_cancellation_says_so() -> None:
    life = wishing()

    outcome = life.do(c.Cancel("seller", "sold out"))

    assert requests(life) == [("lines", "refused")]
    assert [one.happening for one in outcome.occurrences] == [Happening.CANCELLED]


def test_an_unknown_request_is_refused() -> None:
    assert refusal(a_life().do(c.DecideRequest(ONE, True)))[1] == "request_id"


def test_r11_a_parcel_that_nothing_is_left_in_holds_the_order_up_no_more() -> None:
    life = a_life(parcels=2)
    life.do(c.Confirm(), *(c.SetTracking(number, CARRIER, f"NV{number}") for number in (1, 2)))
    left = life.order.lines[:1]

    life.do(c.Modify(UUID(int=5), "seller", left), hour=7)

    assert [bool(parcel.lines) for parcel in life.order.parcels] == [True, False]
    assert [binding.valid_to for binding in life.order.parcels[1].bindings] == [at(7)]
    assert life.do(pack_all(life.order), c.Ship(), hour=8).refusal is None
    life.see(scan(24, "in_transit"), scan(48, "delivered"))
    assert life.status == "delivered"
