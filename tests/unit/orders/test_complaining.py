"""R14, R22, R24: what buyers complain of, what comes of it, and whose fault a thing was."""

from uuid import UUID

import pytest

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Happening
from orders.life import commands as c
from orders.life.cases import ComplaintKind, ComplaintState, Party
from orders.life.complaining import MOST
from orders.life.decide import judge
from orders.life.order import badge_of, state_of
from support.orders import Life, at, handed_over, in_status, money, refusal, scan, shipped

ONE, TWO = UUID(int=401), UUID(int=402)
D10, D14 = DeadlineKind.SIGNATURE, DeadlineKind.CLOSING


def complain(life: Life, kind: str = "empty", parcel: int | None = 1, hour: float = 60, which: UUID = ONE) -> c.Command:
    command = c.Complain(which, ComplaintKind(kind), parcel, "there was nothing in it", ("photo-1",))
    life.do(command, hour=hour)
    return command


def complained(kind: str = "empty", **order: object) -> Life:
    life = shipped(**order)
    life.see(scan(54, "delivered", signed=True))
    complain(life, kind)
    return life


# --- R14 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ComplaintKind)
def test_a_complaint_is_open_on_record_and_holds_the_order_open(kind: str) -> None:
    life = complained(kind)

    (one,) = life.order.complaints
    assert (one.kind, one.state, one.parcel, one.opened_at) == (kind, ComplaintState.OPEN, 1, at(60))
    assert (one.words, one.evidence) == ("there was nothing in it", ("photo-1",))
    assert (life.status, state_of(life.order).disputed) == ("delivered", True)
    assert (life.happenings[-1], life.told[-1].detail) == (Happening.COMPLAINT_OPENED, {"kind": kind})
    assert "there was nothing" not in str(life.told[-1])


@pytest.mark.parametrize("status", ["placed", "confirmed", "processed"])
@pytest.mark.parametrize("kind", ComplaintKind)
def test_before_anything_was_sent_only_the_shop_can_be_complained_of(kind: str, status: str) -> None:
    life = in_status(status)
    complain(life, kind)

    assert bool(life.order.complaints) == (kind in ("fraudulent", "false_label"))


@pytest.mark.parametrize("status", ["shipped", "delivered", "returned", "cancelled"])
def test_afterwards_a_complaint_is_taken_wherever_the_order_stands(status: str) -> None:
    life = in_status(status)
    complain(life, "damaged")

    assert (len(life.order.complaints), life.status) == (1, status)


def test_the_seller_answers_and_the_operator_decides() -> None:
    life = complained()

    life.do(c.AnswerComplaint(ONE, "we packed it"), hour=70)
    assert (life.order.complaints[0].state, state_of(life.order).disputed) == (ComplaintState.ANSWERED, True)
    life.do(c.AnswerComplaint(ONE, "here is a photo"), hour=71)
    life.do(c.DecideComplaint(ONE, True, "it was empty"), hour=80)

    (one,) = life.order.complaints
    assert (one.state, one.answer, one.reason, one.decided_at) == (
        *(ComplaintState.UPHELD, "here is a photo", "it was empty", at(80)),
    )
    assert not state_of(life.order).disputed
    assert [life.happenings.count(h) for h in (Happening.COMPLAINT_ANSWERED, Happening.COMPLAINT_UPHELD)] == [1, 1]


@pytest.mark.parametrize("uphold", [True, False])
def test_a_decision_is_taken_once(uphold: bool) -> None:
    life = complained()
    decide, other = (c.DecideComplaint(ONE, one, "seen") for one in (uphold, not uphold))

    life.do(decide, hour=70)
    again = life.do(decide, hour=71)

    assert (again.refusal, again.steps) == (None, ())
    for late in (other, c.AnswerComplaint(ONE, "but")):
        assert refusal(life.do(late, hour=72))[0].startswith("a complaint that is")


def test_an_upheld_complaint_entitles_to_a_refund() -> None:
    life = complained()
    assert life.do(c.RequestRefund("empty"), hour=61).refusal is not None

    life.do(c.DecideComplaint(ONE, True, "it was empty"), c.RequestRefund("empty"), hour=62)

    assert money(life) == [("request", (), "requested", "12.50")]


def test_an_upheld_complaint_about_one_parcel_says_nothing_of_another() -> None:
    life = complained(parcels=2)
    life.do(c.DecideComplaint(ONE, True, "it was empty"), hour=62)

    assert life.do(c.RequestRefund("empty", (2,)), hour=63).refusal is not None
    assert life.do(c.RequestRefund("empty", (1,)), hour=63).refusal is None


def test_a_complaint_clears_d14_and_none_is_taken_once_it_was_applied() -> None:
    life = shipped()
    life.see(scan(54, "delivered"))
    proposal = life.deadline(D14, 54 + 720)
    complain(life, "incomplete")
    assert "order.disputed" in life.take(judge(life.order, proposal, at(774))).steps[0].cause["dropped"]

    life.do(c.DecideComplaint(ONE, False, "complete"), hour=700)
    life.due(D14, 54 + 720)

    assert life.order.closed_at == at(774)
    assert life.do(c.Complain(TWO, ComplaintKind.DAMAGED, 1, "torn"), hour=775).refusal is not None


def test_an_order_has_so_many_complaints_and_no_more() -> None:
    life = complained()
    for n in range(MOST + 5):
        complain(life, "damaged", which=UUID(int=500 + n))

    assert len(life.order.complaints) == MOST


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (c.Complain(TWO, ComplaintKind.EMPTY, 2, "no"), "parcel"),
        (c.AnswerComplaint(TWO, "no"), "complaint_id"),
        (c.DecideComplaint(TWO, True, "no"), "complaint_id"),
        (c.AssignFault(2, Party.SELLER, Party.SELLER, "no"), "parcel"),
    ],
)
def test_a_refusal_names_the_field_it_is_about(command: c.Command, field: str) -> None:
    assert refusal(complained().do(command, hour=62))[1] == field


# --- R22 --------------------------------------------------------------------------------------------------------------


def test_not_received_is_a_complaint_that_ends_the_wait_for_a_signature_without_delivering() -> None:
    """D10 is cleared by a complaint; who says that it never came is not given it by the passing of time (R7)."""
    life = shipped(tiktok=True)
    life.see(scan(54, "delivered"))
    proposal = life.deadline(D10, 126)

    complain(life, "not_received", None)
    outcome = life.take(judge(life.order, proposal, at(126)))

    assert "parcel.disputed_at" in outcome.steps[0].cause["dropped"]
    assert not outcome.occurrences
    assert (life.status, life.parcel.delivered_at, life.parcel.disputed_at) == ("shipped", None, at(60))


def test_who_says_that_it_never_came_and_then_has_it_has_it() -> None:
    life = shipped(tiktok=True)
    life.see(scan(54, "delivered"))
    complain(life, "not_received", 1)

    life.do(c.ConfirmReceipt(), hour=70)

    assert (life.status, life.parcel.delivered_at, life.parcel.disputed_at) == ("delivered", at(70), None)


def test_not_received_does_not_take_delivered_away() -> None:
    """It is a complaint; whose word counts is decided on it."""
    life = complained("not_received")

    assert (life.status, badge_of(life.order), life.parcel.disputed_at) == ("delivered", None, at(60))
    assert Happening.CORRECTED not in life.happenings


def test_not_received_of_one_parcel_is_about_that_one() -> None:
    life = shipped(parcels=2, tiktok=True)
    for parcel in (1, 2):
        life.see(scan(54, "delivered"), parcel=parcel)

    complain(life, "not_received", 2)

    assert [parcel.state.disputed_at for parcel in life.order.parcels] == [None, at(60)]


# --- R24 --------------------------------------------------------------------------------------------------------------


def test_fault_is_on_record_with_evidence_and_who_bears_the_cost() -> None:
    life = shipped()
    life.see(scan(24, "in_transit"), scan(40, "lost"))

    life.do(c.AssignFault(1, Party.WEATHER, Party.PLATFORM, "a flood", ("news",)), hour=50)
    life.do(c.AssignFault(1, Party.CARRIER, Party.CARRIER, "it was left outside"), hour=51)

    first, last = life.order.faults
    assert (first.fault, first.bears, first.words, first.evidence, first.at) == (
        *(Party.WEATHER, Party.PLATFORM, "a flood", ("news",), at(50)),
    )
    assert (last.fault, last.bears) == (Party.CARRIER, Party.CARRIER)
    assert life.steps[-1].cause == {"parcel": 1, "fault": "carrier", "bears": "carrier"}


@pytest.mark.parametrize(
    ("status", "sub"),
    [
        *(("attempt_failed", None), ("attempt_failed", "refused"), ("undeliverable", None), ("lost", None)),
        *(("destroyed", None), ("damaged", None), ("returning", None), ("returned", None)),
    ],
)
def test_a_failed_delivery_a_loss_a_damage_and_a_return_have_somebodys_fault(status: str, sub: str | None) -> None:
    life = shipped()
    life.see(scan(24, "in_transit"), scan(40, status, sub))

    for party in Party:
        assert life.do(c.AssignFault(1, party, Party.BUYER, "nobody was in"), hour=41).refusal is None


def test_a_return_has_a_fault_of_its_own() -> None:
    life = shipped()
    life.see(scan(54, "delivered"))
    life.do(c.AskReturn(ONE, 1, (("SKU-1", 1),), "broken"), hour=60)

    assert life.do(c.AssignFault(2, Party.SELLER, Party.SELLER, "badly packed"), hour=61).refusal is None


def test_where_nothing_went_wrong_nobody_is_at_fault() -> None:
    life = handed_over()
    life.see(scan(24, "in_transit"), scan(30, "delayed"))

    assert life.do(c.AssignFault(1, Party.CARRIER, Party.CARRIER, "slow"), hour=41).refusal is not None
