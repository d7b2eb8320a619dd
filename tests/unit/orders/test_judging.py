"""Deadlines are proposals: applied while every fact that they rest on holds, dropped with a record of why otherwise."""

from decimal import Decimal

import pytest

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Badge, Happening
from orders.life.cases import RefundState
from orders.life.commands import (
    Cancel,
    ConfirmReceipt,
    Ship,
)
from orders.life.decide import judge
from orders.life.order import badge_of
from support.orders import Life, a_life, at, handed_over, scan, shipped

D3, D4, D5 = DeadlineKind.DELIVERY_PERIOD, DeadlineKind.ACKNOWLEDGMENT, DeadlineKind.TRACKING_UPDATE
D7, D9, D10 = DeadlineKind.DELAY_GRACE, DeadlineKind.ABNORMAL_GRACE, DeadlineKind.SIGNATURE

#: What is asked for, sent back or on its way back goes on when the order is cancelled; D14 is of no order that is.
GOES_ON = {DeadlineKind.RETURN_PARCEL, DeadlineKind.WAY_BACK, DeadlineKind.ANSWER, DeadlineKind.CLOSING}

UNDER_WAY = (scan(12, "picked_up"), scan(24, "in_transit"))


def under_way(**order: object) -> Life:
    life = shipped(**order)
    life.see(*UNDER_WAY)
    return life


def lost(**order: object) -> Life:
    life = under_way(**order)
    life.see(scan(40, "lost"))
    return life


# --- D3, D4 ---------------------------------------------------------------------------------------------------------


def test_d3_makes_a_parcel_delayed() -> None:
    life = under_way(tiktok=True)

    outcome = life.due(D3, 156)

    assert (life.parcel.delayed_at, badge_of(life.order)) == (at(156), Badge.DELAYED)
    assert (life.status, outcome.steps[0].trigger) == ("shipped", "delivery_period")
    assert [one.happening for one in outcome.occurrences] == [Happening.DELAYED]


def test_d4_makes_a_parcel_lost_and_cancels_nothing_yet() -> None:
    life = under_way()

    outcome = life.due(D4, 288)

    assert (life.parcel.lost_at, badge_of(life.order), life.status) == (at(288), Badge.LOST, "shipped")
    assert [one.happening for one in outcome.occurrences] == [Happening.LOST]


def test_a_parcel_that_moved_on_since_d4_was_due_is_not_told_as_lost() -> None:
    """Movement does not clear D4; but by the time it is judged, the parcel is found again."""
    life = under_way()
    proposal = life.deadline(D4, 288)
    life.see(scan(289, "out_for_delivery"))

    outcome = life.take(judge(life.order, proposal, at(290)))

    assert life.parcel.lost_at is None
    assert not outcome.occurrences


def test_a_conclusion_is_drawn_once() -> None:
    life = under_way()
    life.due(D4, 288)
    life.see(scan(300, "in_transit"))

    outcome = life.due(D4, 288)

    assert outcome.steps[0].cause["dropped"] == "it was applied"
    assert outcome.order is life.order
    assert len(life.order.parcels[0].marks) == 1


@pytest.mark.parametrize(
    ("status", "fact"),
    [("delivered", "delivered_at"), ("returning", "returning_at"), ("returned", "returning_at")],
)
@pytest.mark.parametrize(("kind", "due"), [(D3, 156), (D4, 288), (D7, 228), (D9, 64)])
def test_what_ends_the_way_to_the_buyer_clears_d3_d4_d7_and_d9(
    kind: DeadlineKind, due: float, status: str, fact: str
) -> None:
    life = under_way(tiktok=True)
    life.see(scan(40, "damaged"))
    proposal = life.deadline(kind, due)
    life.see(scan(50, status, signed=True))

    outcome = life.take(judge(life.order, proposal, at(due)))

    assert f"parcel.{fact}" in outcome.steps[0].cause["dropped"]
    assert (life.parcel.delayed_at, life.parcel.lost_at, life.parcel.closed_at) == (None, None, None)


@pytest.mark.parametrize(("kind", "due"), [(D3, 156), (D4, 288), (D7, 228), (D9, 64)])
def test_awaiting_signature_clears_them_too(kind: DeadlineKind, due: float) -> None:
    life = under_way(tiktok=True)
    proposal = life.deadline(kind, due)
    life.see(scan(50, "delivered"))

    assert "dropped" in life.take(judge(life.order, proposal, at(due))).steps[0].cause


@pytest.mark.parametrize("kind", sorted(set(DeadlineKind) - GOES_ON))
def test_nothing_is_applied_to_a_cancelled_order(kind: DeadlineKind) -> None:
    life = handed_over()
    proposal = life.deadline(kind, 288)
    life.do(Cancel("seller", "sold out"), hour=20)

    outcome = life.take(judge(life.order, proposal, at(288)))

    assert "order.cancelled_at" in outcome.steps[0].cause["dropped"]
    assert not outcome.occurrences


# --- D5 -------------------------------------------------------------------------------------------------------------


def test_d5_cancels_and_refunds_at_once() -> None:
    life = shipped()

    outcome = life.due(D5, 360)

    assert (life.status, life.order.cancelled_at) == ("cancelled", at(360))
    (refund,) = life.order.refunds
    assert (refund.cause, refund.state, refund.amount) == ("cancelled", RefundState.DUE, Decimal("12.50"))
    (told,) = outcome.occurrences
    assert (told.happening, told.detail) == (
        Happening.CANCELLED,
        {"by": "D5", "refund": "due", "amount": "12.50 SGD"},
    )


def test_d5_is_dropped_when_the_order_was_shipped_since() -> None:
    """Its due time was counted without the three days after Shipped."""
    life = handed_over()
    proposal = life.deadline(D5, 360)
    life.do(Ship(), hour=350)

    outcome = life.take(judge(life.order, proposal, at(360)))

    assert life.status == "shipped"
    assert outcome.steps[0].cause["dropped"] == "no longer so: order.shipped_at"


def test_d5_of_an_order_that_is_not_packed_cancels_it_too() -> None:
    life = a_life()

    life.due(D5, 360)

    assert life.status == "cancelled"


def test_a_collection_scan_clears_d5_though_it_does_not_ship() -> None:
    life = handed_over()
    proposal = life.deadline(D5, 360)
    life.see(scan(12, "picked_up"))

    assert "order.first_physical_at" in life.take(judge(life.order, proposal, at(360))).steps[0].cause["dropped"]
    assert life.status == "processed"


def test_d5_is_too_late_for_what_the_buyer_has() -> None:
    """No carrier was ever seen, but the buyer says that it came."""
    life = shipped()
    life.do(ConfirmReceipt(), hour=60)

    outcome = life.due(D5, 360)

    assert life.status == "delivered"
    assert outcome.steps[0].cause["dropped"] == "the order is delivered already"
    assert not life.order.refunds


# --- D7, D9 ---------------------------------------------------------------------------------------------------------


def test_d7_cancels_ship_by_tiktok() -> None:
    life = under_way(tiktok=True)
    life.due(D3, 156)

    outcome = life.due(D7, 228)

    assert life.status == "cancelled"
    assert life.parcel.closed_at == at(228)
    assert outcome.occurrences[-1].detail == {"by": "D7", "refund": "on_request", "amount": "12.50 SGD"}
    assert not life.order.refunds


def test_delay_only_informs_where_the_seller_ships() -> None:
    life = under_way(promised=96)
    life.due(D3, 96)

    outcome = life.due(D7, 168)

    assert (life.status, life.parcel.closed_at) == ("shipped", None)
    assert "kept" in outcome.steps[0].cause


@pytest.mark.parametrize("status", ["lost", "damaged", "destroyed"])
@pytest.mark.parametrize("tiktok", [False, True])
def test_d9_cancels_for_loss_and_damage(status: str, tiktok: bool) -> None:
    """B24."""
    life = under_way(tiktok=tiktok)
    life.see(scan(40, status))

    life.due(D9, 64)

    assert life.status == "cancelled"
    assert not life.order.refunds


def test_a_shop_may_leave_the_order_open() -> None:
    life = lost(abnormal_cancels_ship_by_seller=False)

    outcome = life.due(D9, 64)

    assert (life.status, life.parcel.lost_at) == ("shipped", at(40))
    assert "kept" in outcome.steps[0].cause


@pytest.mark.parametrize("status", ["in_transit", "out_for_delivery", "attempt_failed", "ready_for_pickup"])
@pytest.mark.parametrize("trouble", ["lost", "damaged"])
def test_later_movement_clears_d9(trouble: str, status: str) -> None:
    life = under_way()
    life.see(scan(40, trouble))
    proposal = life.deadline(D9, 64)
    life.see(scan(50, status))

    outcome = life.take(judge(life.order, proposal, at(64)))

    assert "parcel.moved_at" in outcome.steps[0].cause["dropped"]
    assert life.status == "shipped"


def test_before_shipped_an_abnormal_delivery_is_refunded_at_once() -> None:
    """R13: cancelled before Shipped for any reason. A carrier's word that a parcel is lost is no physical scan."""
    life = handed_over()
    life.see(scan(40, "lost"))
    assert life.status == "processed"

    life.due(D9, 64)

    assert [(one.cause, one.state) for one in life.order.refunds] == [("cancelled", RefundState.DUE)]


# --- several parcels ------------------------------------------------------------------------------------------------


def test_one_parcel_of_several_closes_and_the_order_goes_on() -> None:
    life = shipped(parcels=2)
    life.see(*UNDER_WAY, scan(40, "lost"), parcel=2)
    life.see(*UNDER_WAY, parcel=1)

    outcome = life.due(D9, 64, parcel=2)

    assert life.status == "shipped"
    (told,) = outcome.occurrences
    assert (told.happening, told.parcel, told.detail) == (Happening.PARCEL_CLOSED, 2, {"amount": "12.50 SGD"})
    life.see(scan(70, "delivered"), parcel=1)
    assert life.status == "delivered"


def test_a_closed_parcel_beside_a_delivered_one_leaves_the_order_delivered() -> None:
    life = shipped(parcels=2)
    life.see(*UNDER_WAY, scan(40, "lost"), parcel=2)
    life.see(scan(30, "delivered"), parcel=1)
    assert life.status == "shipped"

    life.due(D9, 64, parcel=2)

    assert life.status == "delivered"


def test_the_order_is_cancelled_when_the_last_parcel_closes() -> None:
    life = shipped(parcels=2)
    for parcel in (1, 2):
        life.see(*UNDER_WAY, scan(40, "lost"), parcel=parcel)

    life.due(D9, 64, parcel=1)
    assert life.status == "shipped"
    outcome = life.due(D9, 64, parcel=2)

    assert life.status == "cancelled"
    assert [one.happening for one in outcome.occurrences] == [Happening.CANCELLED]
    assert [step.trigger for step in outcome.steps] == ["abnormal_grace", "abnormal_grace"]


def test_a_closed_parcel_and_one_that_came_back_make_the_order_returned() -> None:
    life = shipped(parcels=2)
    life.see(*UNDER_WAY, scan(40, "lost"), parcel=1)
    life.see(*UNDER_WAY, scan(40, "returning"), parcel=2)
    life.due(D9, 64, parcel=1)
    assert life.status == "shipped"

    life.see(scan(90, "returned"), parcel=2)

    assert life.status == "returned"


def test_an_order_is_returned_only_when_no_parcel_can_still_be_delivered() -> None:
    life = shipped(parcels=2)
    life.see(scan(24, "returning"), scan(40, "returned"), parcel=1)
    life.see(*UNDER_WAY, parcel=2)
    assert life.status == "shipped"

    life.see(scan(54, "delivered"), parcel=2)

    assert life.status == "delivered"


def test_a_closed_parcel_that_arrives_after_all_makes_a_returned_order_delivered() -> None:
    life = shipped(parcels=2)
    life.see(*UNDER_WAY, scan(40, "lost"), parcel=1)
    life.see(scan(40, "returned"), parcel=2)
    life.due(D9, 64, parcel=1)
    assert life.status == "returned"

    life.see(scan(100, "delivered"), parcel=1)

    assert life.status == "delivered"


# --- D10 ------------------------------------------------------------------------------------------------------------


def test_d10_alerts_the_seller_and_makes_it_delivered_unsigned() -> None:
    life = under_way(tiktok=True)
    life.see(scan(54, "delivered"))
    assert (life.status, badge_of(life.order)) == ("shipped", Badge.AWAITING_SIGNATURE)

    outcome = life.due(D10, 126)

    assert (life.status, life.parcel.unsigned, badge_of(life.order)) == ("delivered", True, None)
    assert [one.happening for one in outcome.occurrences] == [Happening.SIGNATURE_MISSING, Happening.DELIVERED]


def test_what_waits_for_its_signature_is_late_no_longer() -> None:
    life = under_way(tiktok=True)
    life.due(D3, 156)

    life.see(scan(160, "delivered"))

    assert badge_of(life.order) is Badge.AWAITING_SIGNATURE


def test_a_shop_may_wait_for_the_signature() -> None:
    life = under_way(tiktok=True, unsigned_becomes_delivered=False)
    life.see(scan(54, "delivered"))

    outcome = life.due(D10, 126)

    assert life.status == "shipped"
    assert [one.happening for one in outcome.occurrences] == [Happening.SIGNATURE_MISSING]


@pytest.mark.parametrize("record", [scan(60, "note", "proof_added"), scan(60, "returning")])
def test_a_proof_or_a_return_clears_d10(record: object) -> None:
    life = under_way(tiktok=True)
    life.see(scan(54, "delivered"))
    proposal = life.deadline(D10, 126)
    life.see(record)  # type: ignore[arg-type]

    outcome = life.take(judge(life.order, proposal, at(126)))

    assert "dropped" in outcome.steps[0].cause
    assert not outcome.occurrences


# --- on record ------------------------------------------------------------------------------------------------------


def test_every_judgement_is_on_record_with_its_reasons() -> None:
    life = under_way()
    proposal = life.deadline(D4, 288)

    (step,) = life.take(judge(life.order, proposal, at(289))).steps

    assert step.cause == {
        "rule": "D4",
        "due_at": at(288).isoformat(),
        "epoch": 1,
        "policy_version": 1,
        "parcel": 1,
        "rests_on": proposal.rests_on,
    }
    assert step.at == at(289)


def test_a_proposal_that_was_dropped_changes_nothing() -> None:
    life = under_way()
    proposal = life.deadline(D4, 288)
    life.see(scan(60, "delivered"))

    outcome = judge(life.order, proposal, at(288))

    assert outcome.order is life.order
    assert (outcome.steps[0].before, outcome.steps[0].after) == ("delivered", "delivered")


def test_a_proposal_about_a_parcel_or_a_fact_that_does_not_exist_is_dropped() -> None:
    life = under_way()
    known = life.deadline(D4, 288)
    nobodys = known.model_copy(update={"parcel": 7})
    unheard = known.model_copy(update={"rests_on": {"parcel.colour": None}})
    groundless = known.model_copy(update={"parcel": 7, "rests_on": {}})
    grace = groundless.model_copy(update={"kind": D9})

    for proposal in (nobodys, unheard, groundless, grace):
        outcome = judge(life.order, proposal, at(288))
        assert "dropped" in outcome.steps[0].cause
        assert outcome.order is life.order
