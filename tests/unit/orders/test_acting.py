"""What sellers and buyers may do to an order: done, late (nothing happens), or refused with what is possible."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Happening, OrderStatus
from orders.life import commands as c
from orders.life.decide import act, place, weigh
from orders.life.order import Order
from orders.life.outcome import Outcome
from orders.life.parcel import Binding
from support.orders import (
    CARRIER,
    PLACED_AT,
    a_life,
    an_order,
    at,
    handed_over,
    in_status,
    pack_all,
    refusal,
    scan,
    shipped,
)

CANCEL = {by: c.Cancel(by, "changed my mind") for by in ("buyer", "seller")}


COMMANDS: dict[str, c.Command] = {
    "confirm": c.Confirm(),
    "pack": pack_all(an_order()),
    "ship": c.Ship(),
    "buyer": CANCEL["buyer"],
    "seller": CANCEL["seller"],
    "track": c.SetTracking(1, "Other Post", "OP-9"),
    "handover": c.HandOver(1, CARRIER, None, "intact"),
    "receipt": c.ConfirmReceipt(),
}

#: What each command does to an order in each status: moves it, is ``done`` on it, is ``late``, or is refused (``-``).
GRID = """
            confirm    pack       ship     buyer      seller     track  handover  receipt
placed      confirmed  -          -        cancelled  cancelled  done   -         -
confirmed   late       processed  -        cancelled  cancelled  done   -         -
processed   late       late       shipped  done       cancelled  done   done      -
shipped     late       late       late     -          -          done   done      delivered
delivered   late       late       late     -          -          -      -         late
cancelled   -          -          -        late       late       -      -         -
returned    late       late       late     -          -          -      -         -
"""


def cells() -> list[tuple[str, str, str]]:
    head, *rows = (line.split() for line in GRID.strip().splitlines())
    return [(row[0], name, cell) for row in rows for name, cell in zip(head, row[1:], strict=True)]


def test_the_grid_has_every_status_and_command() -> None:
    assert {(status, name) for status, name, _ in cells()} == {(s.value, n) for s in OrderStatus for n in COMMANDS}


@pytest.mark.parametrize(("status", "name", "cell"), cells())
def test_a_command_moves_an_order_is_late_or_is_refused(status: str, name: str, cell: str) -> None:
    life = in_status(status)

    outcome = act(life.order, COMMANDS[name], at(60))

    match cell:
        case "-":
            assert outcome.refusal is not None
            assert outcome.order is life.order
            (step,) = outcome.steps
            assert (step.before, step.after, step.cause) == (status, status, {"refused": outcome.refusal.sentence})
        case "late":
            assert (outcome.refusal, outcome.steps, outcome.occurrences) == (None, (), ())
            assert outcome.order is life.order
        case "done":
            assert outcome.refusal is None
            assert (outcome.order.status, len(outcome.steps)) == (status, 1)
        case to:
            assert (outcome.order.status, outcome.steps[-1].before, outcome.steps[-1].after) == (to, status, to)
            assert outcome.order.version == life.order.version + 1


def test_a_refusal_says_what_is_possible_now() -> None:
    sentence, _ = refusal(a_life().do(c.Ship()))

    assert sentence == "an order that is placed cannot react to ship; possible now: confirm, cancel"


# --- confirm, pack, ship, cancel ------------------------------------------------------------------------------------


def test_each_step_is_announced() -> None:
    assert shipped().happenings == [Happening.CONFIRMED, Happening.PROCESSED, Happening.SHIPPED]


@pytest.mark.parametrize(
    ("pack", "short"),
    [
        (c.Pack({"SKU-1": 1}, {}), "SKU-2: 0 of 1"),
        (c.Pack({"SKU-1": 1, "SKU-2": 2}, {}), "SKU-2: 2 of 1"),
        (c.Pack({"SKU-1": 1, "SKU-2": 1, "FLYER": 1}, {}), "FLYER: not ordered"),
        (c.Pack({"SKU-1": 1, "SKU-2": 1}, {"address_checked": False}), "address checked"),
    ],
)
def test_packing_is_complete_or_says_what_is_short(pack: c.Pack, short: str) -> None:
    life = a_life(parcels=2)
    life.do(c.Confirm())

    assert refusal(life.do(pack)) == (f"the checklist is not complete: {short}", "checklist")
    assert life.status == "confirmed"


def test_every_parcel_has_its_number_before_the_order_is_shipped() -> None:
    life = a_life(parcels=2)
    life.do(c.Confirm(), pack_all(life.order), c.SetTracking(1, CARRIER, "NV1"))

    assert refusal(life.do(c.Ship())) == (
        "parcel 2 has no tracking number: set it, then mark shipped",
        "parcels",
    )


def test_shipped_counts_from_the_mark_or_from_an_older_scan() -> None:
    marked, seen = shipped(), handed_over()
    seen.see(scan(24, "in_transit"))
    marked.see(scan(24, "in_transit"))
    assert (marked.order.shipped_at, seen.order.shipped_at) == (at(6), at(24))

    marked.see(scan(5, "in_transit", received=25))
    seen.see(scan(18, "in_transit", received=25))

    assert (marked.order.shipped_at, seen.order.shipped_at) == (at(5), at(18))


def test_shipped_is_never_before_placement() -> None:
    life = handed_over()
    life.see(scan(-10, "in_transit"))

    assert life.order.shipped_at == PLACED_AT


@pytest.mark.parametrize(("policy", "status"), [(False, "processed"), (True, "shipped")])
def test_the_collection_scan_ships_where_the_policy_says_so(policy: bool, status: str) -> None:
    life = handed_over(collection_marks_shipped=policy)

    life.see(scan(12, "picked_up"))

    assert life.status == status
    assert Happening.COLLECTED in life.happenings


def test_a_scan_past_collection_ships_an_order_that_nobody_confirmed() -> None:
    life = a_life()

    life.see(scan(24, "in_transit"))

    assert (life.status, life.order.commanded) == ("shipped", "placed")


def test_a_cancellation_says_who_and_what_is_refunded_and_leaves_the_reason_at_home() -> None:
    (told,) = a_life().do(CANCEL["buyer"]).occurrences

    assert told.detail == {"by": "buyer", "refund": "due", "amount": "12.50 SGD"}


# --- tracking numbers, hand-over, carriers ----------------------------------------------------------------------------


def bindings(order: Order) -> list[tuple[str, str, bool]]:
    return [(one.carrier, one.tracking_number, one.valid_to is None) for one in order.parcels[0].bindings]


def test_another_number_takes_the_place_of_the_first() -> None:
    life = a_life()
    life.do(c.SetTracking(1, "Ninja Van", "nv-1"), hour=5)

    outcome = life.do(c.SetTracking(1, "Other Post", "op 2"), hour=6)

    assert bindings(life.order) == [("ninjavan", "NV1", False), ("otherpost", "OP2", True)]
    assert life.order.parcels[0].bindings[0].valid_to == at(6)
    assert life.parcel.carrier == "otherpost"
    assert outcome.claims == ((1, Binding("otherpost", "OP2", at(6))),)


def test_the_same_number_again_is_nothing_new() -> None:
    life = a_life()
    life.do(c.SetTracking(1, "Ninja Van", "nv-1"))

    assert life.do(c.SetTracking(1, "NinjaVan", "NV 1")) == Outcome(life.order)


def test_two_parcels_of_an_order_cannot_have_one_number() -> None:
    life = a_life(parcels=2)
    life.do(c.SetTracking(1, CARRIER, "NV1"))

    assert refusal(life.do(c.SetTracking(2, CARRIER, "NV1"))) == (
        "parcel 1 of this order has that tracking number",
        "number",
    )


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (c.SetTracking(2, CARRIER, "NV1"), "parcel"),
        (c.SetTracking(1, CARRIER, "----"), "number"),
        (c.SetTracking(1, "!!!", "NV1"), "carrier"),
        (c.HandOver(2, CARRIER, "NV1", "intact"), "parcel"),
        (c.HandOver(1, "Other Post", None, "intact"), "carrier"),
        (c.HandOver(1, CARRIER, "----", "intact"), "number"),
        (c.ConfirmCarrier(2, "Other Post"), "parcel"),
        (c.ConfirmCarrier(1, "!!!"), "carrier"),
        (c.ConfirmReceipt((2,)), "parcels"),
        (c.RequestRefund("late", (2,)), "parcels"),
    ],
)
def test_a_refusal_names_the_field_it_is_about(command: c.Command, field: str) -> None:
    assert refusal(handed_over().do(command))[1] == field


def test_the_number_is_set_at_hand_over_at_the_latest() -> None:
    life = a_life()
    life.do(c.Confirm(), pack_all(life.order))
    assert refusal(life.do(c.HandOver(1, CARRIER, None, "intact")))[1] == "number"

    outcome = life.do(c.HandOver(1, "Ninja Van", "NV1", "a dent", ("photo-1",)), hour=7)

    assert bindings(life.order) == [("ninjavan", "NV1", True)]
    assert life.parcel.handed_over_at == at(7)
    assert outcome.steps[-1].cause == {
        "parcel": 1,
        "carrier": "ninjavan",
        "condition": "a dent",
        "photos": ["photo-1"],
    }


def test_a_carrier_that_the_seller_confirmed_has_the_parcel_too() -> None:
    life = handed_over()

    outcome = life.do(c.ConfirmCarrier(1, "Road Freight"), hour=48)

    assert bindings(life.order) == [("ninjavan", "NV1", True), ("roadfreight", "NV1", True)]
    assert outcome.claims == ((1, Binding("roadfreight", "NV1", at(48))),)
    for carrier in ("Ninja Van", "Road Freight"):
        assert life.do(c.HandOver(1, carrier, None, "intact"), hour=50).refusal is None
    assert life.do(c.ConfirmCarrier(1, "Road Freight"), hour=51) == Outcome(life.order)


def test_no_carrier_is_confirmed_for_an_order_that_is_over() -> None:
    assert in_status("cancelled").do(c.ConfirmCarrier(1, "Road Freight")).refusal is not None


# --- R6: mix-up -------------------------------------------------------------------------------------------------------


def test_a_mix_up_alerts_the_seller_once_a_carrier_and_moves_nothing() -> None:
    life = shipped()
    stranger = scan(24, "delivered", carrier="roadfreight")
    before = life.order

    outcome = life.take(weigh(life.order, {}, at(24), mixed_up=[(1, stranger)]))
    again = life.take(weigh(life.order, {}, at(25), mixed_up=[(1, stranger)]))
    other = life.take(weigh(life.order, {}, at(26), mixed_up=[(1, replace(stranger, carrier="third"))]))

    assert [(one.happening, one.detail) for one in outcome.occurrences] == [
        (Happening.MIX_UP, {"carrier": "roadfreight"}),
    ]
    assert not again.occurrences
    assert len(other.occurrences) == 1
    assert (life.order.parcels, life.status) == (before.parcels, "shipped")


def test_a_carriers_cancellation_alerts_the_seller_once_and_changes_nothing() -> None:
    life = shipped()

    outcome = life.see(scan(12, "cancelled"))
    again = life.see(scan(13, "cancelled"))

    assert [one.happening for one in outcome.occurrences] == [Happening.CARRIER_CANCELLED]
    assert not again.occurrences
    assert (life.status, life.parcel.place) == ("shipped", None)


# --- R7, R22: receipt -------------------------------------------------------------------------------------------------


def test_the_buyers_confirmation_ends_the_wait_for_a_signature() -> None:
    life = handed_over(tiktok=True)
    life.see(scan(54, "delivered"))
    wait = life.deadline(DeadlineKind.SIGNATURE, 126)

    outcome = life.do(c.ConfirmReceipt(), hour=60)

    assert (life.status, life.parcel.delivered_at, life.parcel.unsigned) == ("delivered", at(60), False)
    assert [one.happening for one in outcome.occurrences] == [Happening.DELIVERED]
    assert wait.rests_on["parcel.delivered_at"] is None


def test_the_buyers_confirmation_corrects_a_loss() -> None:
    life = shipped()
    life.see(scan(24, "in_transit"))
    life.due(DeadlineKind.ACKNOWLEDGMENT, 288)

    outcome = life.do(c.ConfirmReceipt(), hour=290)

    assert [one.happening for one in outcome.occurrences] == [Happening.CORRECTED, Happening.DELIVERED]
    assert life.parcel.lost_at is None


def test_a_buyer_may_confirm_one_parcel_of_several() -> None:
    life = shipped(parcels=2)

    life.do(c.ConfirmReceipt((2,)), hour=60)

    assert life.status == "shipped"
    assert [parcel.state.delivered_at for parcel in life.order.parcels] == [None, at(60)]
    life.do(c.ConfirmReceipt(), hour=61)
    assert life.status == "delivered"


def test_confirming_all_is_not_to_say_that_a_parcel_came_that_was_given_up() -> None:
    life = shipped(parcels=2)
    life.see(scan(24, "in_transit"), scan(40, "lost"), parcel=2)
    life.due(DeadlineKind.ABNORMAL_GRACE, 64, parcel=2)

    life.do(c.ConfirmReceipt(), hour=70)

    assert life.status == "delivered"
    assert life.order.parcels[1].state.delivered_at is None


# --- placing ----------------------------------------------------------------------------------------------------------


def test_a_new_order_is_version_1_and_the_first_row_of_its_history() -> None:
    draft = replace(an_order(), version=0, told=frozenset())

    outcome = place(draft, PLACED_AT + timedelta(seconds=1))

    (step,) = outcome.steps
    assert (outcome.order.version, step.version, step.before, step.after) == (1, 1, None, "placed")
    assert [one.fact for one in outcome.occurrences] == ["placed"]
