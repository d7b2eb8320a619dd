"""R4, R5, R6, R23, D13: what the seller does with a parcel until a carrier has it, and says of it afterwards."""

import pytest

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Happening
from orders.life import commands as c
from orders.life.decide import judge
from orders.life.order import state_of
from orders.life.parcel import ParcelStep
from support.orders import CARRIER, Life, a_life, at, handed_over, in_status, money, refusal, scan, shipped

D5, D13 = DeadlineKind.TRACKING_UPDATE, DeadlineKind.COLLECTION
HAND_OVER = c.HandOver(1, CARRIER, None, "intact")
PICK_UP = c.Book(1, True, "Warehouse 2", "09:00-11:00")
DROP_OFF = c.Book(1, False, "Counter 5")


def step(life: Life) -> ParcelStep:
    return life.order.parcels[0].step


# --- R4: labels -------------------------------------------------------------------------------------------------------


def test_a_label_that_was_checked_is_put_on() -> None:
    life = a_life()

    outcome = life.do(c.PutLabel(1, (), "file-7"))

    assert step(life) is ParcelStep.LABELLED
    assert outcome.steps[0].cause == {"parcel": 1, "file": "file-7"}


def test_a_label_with_findings_is_refused_and_each_is_named() -> None:
    life = a_life()
    findings = (("note", "it holds a hyperlink"), ("recipient.name", "it is missing"))

    outcome = life.do(c.PutLabel(1, findings))

    assert outcome.refusal is not None
    assert outcome.refusal.findings == findings
    assert all(sentence in outcome.refusal.sentence for _, sentence in findings)
    assert step(life) is ParcelStep.UNLABELLED


def test_what_a_carrier_was_given_gets_no_other_label() -> None:
    life = handed_over()
    life.do(HAND_OVER)

    assert refusal(life.do(c.PutLabel(1, ())))[0].startswith("a parcel that is handed over cannot react to label")


@pytest.mark.parametrize("status", ["delivered", "cancelled", "returned"])
@pytest.mark.parametrize("command", [c.PutLabel(1, ()), PICK_UP, DROP_OFF, HAND_OVER, c.RecordUpdate(1, "w", ("e",))])
def test_an_order_that_is_over_has_no_parcels_to_prepare(status: str, command: c.Command) -> None:
    life = in_status(status)
    before = life.order

    assert life.do(command, hour=60).refusal is not None
    assert life.order is before


@pytest.mark.parametrize("command", [c.PutLabel(2, ()), c.Book(2, True), c.RecordUpdate(2, "words", ("photo",))])
def test_a_refusal_names_the_field_it_is_about(command: c.Command) -> None:
    assert refusal(handed_over().do(command))[1] == "parcel"


# --- policy: a label is required --------------------------------------------------------------------------------------


@pytest.mark.parametrize("booking", [(), (PICK_UP,), (DROP_OFF,)])
def test_where_the_shop_wants_labels_nothing_leaves_it_without_one(booking: tuple[c.Command, ...]) -> None:
    life = handed_over(label_required=True)
    for command in booking:
        life.do(command)

    assert refusal(life.do(HAND_OVER))[1] == "label"
    life.do(c.PutLabel(1, ()), *booking, HAND_OVER)

    assert step(life) is ParcelStep.HANDED_OVER


def test_a_label_that_is_void_is_none() -> None:
    life = handed_over(label_required=True)
    life.do(c.PutLabel(1, ()), PICK_UP, c.ChangeAddress(life.order.id, "buyer"))

    assert refusal(life.do(HAND_OVER))[1] == "label"


def test_where_the_shop_does_not_care_a_label_is_no_condition() -> None:
    life = handed_over()

    assert life.do(PICK_UP, HAND_OVER).refusal is None


# --- R5: booking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [PICK_UP, DROP_OFF, HAND_OVER])
@pytest.mark.parametrize("status", ["placed", "confirmed"])
def test_nothing_is_fetched_or_given_away_before_the_order_is_packed(status: str, command: c.Command) -> None:
    assert in_status(status).do(command).refusal is not None


def test_asking_for_a_pick_up_is_on_record() -> None:
    life = handed_over()

    outcome = life.do(PICK_UP, hour=7)

    assert (step(life), life.parcel.pickup_asked_at, life.status) == (ParcelStep.BOOKED, at(7), "processed")
    assert outcome.steps[0].trigger == "ask_pick_up"
    assert outcome.steps[0].cause == {"parcel": 1, "place": "Warehouse 2", "window": "09:00-11:00"}


def test_a_drop_off_is_planned_and_nobody_is_awaited() -> None:
    life = handed_over()

    life.do(DROP_OFF, hour=7)

    assert (step(life), life.parcel.pickup_asked_at) == (ParcelStep.BOOKED, None)


# --- D13 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "fact"), [(HAND_OVER, "handed_over_at"), (PICK_UP, "pickup_asked_at")])
def test_d13_alerts_the_seller_when_nobody_was_seen_with_it(command: c.Command, fact: str) -> None:
    life = handed_over()
    life.do(command, hour=7)
    assert getattr(life.parcel, fact) == at(7)
    proposal = life.deadline(D13, 55)

    outcome = life.take(judge(life.order, proposal, at(55)))
    again = life.take(judge(life.order, proposal, at(55)))

    assert [(one.happening, one.parcel) for one in outcome.occurrences] == [(Happening.COLLECTION_OVERDUE, 1)]
    assert outcome.steps[0].cause["rule"] == "D13"
    assert (again.occurrences, life.status, money(life)) == ((), "processed", [])


@pytest.mark.parametrize("place", ["picked_up", "in_transit", "damaged", "delivered"])
def test_the_first_physical_scan_clears_d13(place: str) -> None:
    life = handed_over()
    life.do(HAND_OVER, hour=7)
    proposal = life.deadline(D13, 55)
    life.see(scan(30, place))

    outcome = life.take(judge(life.order, proposal, at(55)))

    assert "parcel.first_physical_at" in outcome.steps[0].cause["dropped"]
    assert not outcome.occurrences


@pytest.mark.parametrize("quiet", ["pre_transit", "note", "unknown", "cancelled"])
def test_what_shows_nobody_with_it_leaves_d13(quiet: str) -> None:
    life = handed_over()
    life.do(HAND_OVER, hour=7)
    proposal = life.deadline(D13, 55)
    life.see(scan(30, quiet))

    assert len(life.take(judge(life.order, proposal, at(55))).occurrences) == 1


def test_what_is_handed_over_after_a_pick_up_was_asked_for_is_awaited_from_then() -> None:
    life = handed_over()
    life.do(PICK_UP, hour=7)
    proposal = life.deadline(D13, 55)
    life.do(HAND_OVER, hour=50)

    assert "parcel.handed_over_at" in life.take(judge(life.order, proposal, at(55))).steps[0].cause["dropped"]


# --- R6: hand-over ----------------------------------------------------------------------------------------------------


def test_hand_over_does_not_ship_and_tells_nobody() -> None:
    """R5: the seller marks Shipped after it, or a scan past collection does."""
    life = handed_over()

    outcome = life.do(HAND_OVER, hour=7)

    assert (life.status, outcome.occurrences) == ("processed", ())


# --- R23: the seller's tracking updates -------------------------------------------------------------------------------


def test_a_tracking_update_is_on_record_with_its_evidence_and_moves_nothing() -> None:
    life = shipped()

    outcome = life.do(c.RecordUpdate(1, "it waits for the boat", ("photo-1", "photo-2")), hour=100)

    assert outcome.steps[0].trigger == "record_update"
    assert outcome.steps[0].cause == {
        "parcel": 1,
        "words": "it waits for the boat",
        "evidence": ["photo-1", "photo-2"],
    }
    assert (life.status, life.parcel.place, life.parcel.first_physical_at) == ("shipped", None, None)
    assert not outcome.occurrences


def test_the_first_tracking_update_is_what_counts() -> None:
    """It clears D6, and D5 once: a second one does not begin its days anew."""
    life = shipped(parcels=2)

    life.do(c.RecordUpdate(2, "it waits", ("photo",)), hour=100)
    life.do(c.RecordUpdate(1, "it still waits", ("photo",)), hour=200)

    assert state_of(life.order).updated_at == at(100)


def test_a_tracking_update_clears_d5_once() -> None:
    life = shipped()
    first = life.deadline(D5, 360)
    life.do(c.RecordUpdate(1, "it waits", ("photo",)), hour=350)
    assert "order.updated_at" in life.take(judge(life.order, first, at(360))).steps[0].cause["dropped"]

    second = life.deadline(D5, 350 + 360)
    life.do(c.RecordUpdate(1, "it still waits", ("photo",)), hour=700)
    life.take(judge(life.order, second, at(710)))

    assert life.status == "cancelled"


def test_a_tracking_update_is_no_scan_and_survives_them() -> None:
    life = shipped()
    life.do(c.RecordUpdate(1, "it waits", ("photo",)), hour=100)

    life.see(scan(110, "in_transit"))

    assert (state_of(life.order).updated_at, life.parcel.first_physical_at) == (at(100), at(110))
