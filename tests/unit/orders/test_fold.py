"""A parcel is what its evidence makes of it: rule by rule, and whatever order the evidence comes in."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.orders.v1 import ParcelState
from contracts.vocabulary import CONDITIONS, Leg, ScanStatus
from orders.life.fold import happened_at, is_physical
from orders.life.parcel import DerivedMark, Evidence, Mark
from support.orders import at, folded, scan

# --- place, condition, note ----------------------------------------------------------------------------------------


def test_a_parcel_is_where_it_was_scanned_last() -> None:
    parcel = folded([scan(12, "picked_up"), scan(24, "in_transit"), scan(48, "out_for_delivery")])

    assert (parcel.place, parcel.place_at) == (ScanStatus.OUT_FOR_DELIVERY, at(48))
    assert (parcel.first_physical_at, parcel.collected_at, parcel.moved_at) == (at(12), at(12), at(48))


@pytest.mark.parametrize("status", ["delayed", "on_hold", "damaged", "note", "unknown", "cancelled"])
def test_what_is_no_place_leaves_the_parcel_where_it_is(status: str) -> None:
    parcel = folded([scan(24, "in_transit"), scan(30, status)])

    assert (parcel.place, parcel.place_at, parcel.moved_at) == (ScanStatus.IN_TRANSIT, at(24), at(24))


@pytest.mark.parametrize(
    "status", ["delayed", "on_hold", "damaged", "lost", "destroyed", "in_transit", "attempt_failed"]
)
def test_nothing_stamped_later_leaves_delivered(status: str) -> None:
    """B19."""
    parcel = folded([scan(54, "delivered"), scan(60, status)])

    assert (parcel.place, parcel.delivered_at) == (ScanStatus.DELIVERED, at(54))
    assert (parcel.lost_at, parcel.attempts) == (None, 0)


@pytest.mark.parametrize("status", ["returning", "returned"])
def test_only_the_way_back_leaves_delivered(status: str) -> None:
    """B23."""
    parcel = folded([scan(54, "delivered"), scan(80, status)])

    assert (parcel.place, parcel.returning_at) == (ScanStatus(status), at(80))


@pytest.mark.parametrize(
    ("status", "leg", "physical"),
    [
        *((status, None, True) for status in ("picked_up", "in_transit", "out_for_delivery", "attempt_failed")),
        *((status, None, True) for status in ("ready_for_pickup", "delivered", "undeliverable", "damaged")),
        *((status, leg, True) for status in ("returning", "returned") for leg in (None, Leg.RETURN)),
        ("destroyed", Leg.OUTBOUND, True),
        *((status, None, False) for status in ("pre_transit", "note", "unknown", "cancelled", "lost")),
        *((status, None, False) for status in ("delayed", "on_hold")),
        *((status, Leg.RETURN, False) for status in ("in_transit", "delivered", "attempt_failed")),
    ],
)
def test_a_physical_scan_proves_on_the_way_out_that_somebody_has_it(
    status: str, leg: Leg | None, physical: bool
) -> None:
    record = scan(12, status, leg=leg)

    assert is_physical(record) is physical
    assert (folded([record]).first_physical_at is not None) is physical


def test_a_label_printed_again_does_not_take_a_parcel_back() -> None:
    assert folded([scan(12, "picked_up"), scan(13, "pre_transit")]).place is ScanStatus.PICKED_UP


# --- time ----------------------------------------------------------------------------------------------------------


def test_equal_times_sort_by_how_far_along_they_are() -> None:
    together = [scan(54, "delivered"), scan(54, "out_for_delivery"), scan(54, "in_transit")]

    assert folded(together) == folded(together[::-1])
    assert folded(together).place is ScanStatus.DELIVERED


def test_equal_times_and_ranks_sort_by_content() -> None:
    one, other = scan(24, "in_transit", "moving"), scan(24, "in_transit", "arrived_facility", carrier="another")

    assert folded([one, other]) == folded([other, one])


def test_at_the_same_time_the_way_back_follows_the_way_out() -> None:
    together = [scan(60, "in_transit", leg=Leg.RETURN), scan(60, "attempt_failed")]

    assert folded(together).returning_at == folded(together[::-1]).returning_at == at(60)
    assert folded(together).attempts == 1


@pytest.mark.parametrize(("minutes", "believed"), [(15, True), (16, False)])
def test_a_time_too_far_in_the_future_counts_as_of_its_receipt(minutes: float, believed: bool) -> None:
    """B10."""
    ahead = scan(24 + minutes / 60, "in_transit", received=24)

    assert happened_at(ahead) == (at(24 + minutes / 60) if believed else at(24))
    assert ahead.scanned_at == at(24 + minutes / 60)


def test_a_record_without_a_time_counts_as_of_its_receipt() -> None:
    """B6."""
    assert folded([scan(None, "in_transit", received=30)]).place_at == at(30)


def test_the_carriers_newest_estimate_counts() -> None:
    older, newer = scan(12, "picked_up"), scan(24, "in_transit")

    parcel = folded([replace(newer, estimated_at=at(96)), replace(older, estimated_at=at(72)), scan(30, "in_transit")])

    assert parcel.estimated_at == at(96)


# --- R8: attempts --------------------------------------------------------------------------------------------------

ROUND_1 = (scan(48, "out_for_delivery"), scan(54, "attempt_failed", "nobody_home"))
ROUND_2 = (scan(72, "out_for_delivery"), scan(78, "attempt_failed", "nobody_home"))


def test_two_failed_attempts_lose_a_parcel() -> None:
    assert folded(ROUND_1).lost_at is None
    assert (folded([*ROUND_1, *ROUND_2]).attempts, folded([*ROUND_1, *ROUND_2]).lost_at) == (2, at(78))


def test_carriers_may_be_given_more_attempts() -> None:
    three = {"ninjavan": 3}
    round_3 = (scan(96, "out_for_delivery"), scan(100, "attempt_failed"))

    assert folded([*ROUND_1, *ROUND_2], attempts_before_lost_by_carrier=three).lost_at is None
    assert folded([*ROUND_1, *ROUND_2, *round_3], attempts_before_lost_by_carrier=three).lost_at == at(100)
    assert folded([*ROUND_1], attempts_before_lost=1).lost_at == at(54)


def test_between_two_rounds_one_attempt_counts_however_often_it_is_told() -> None:
    """The carrier and an aggregator tell the same attempt at slightly different times."""
    told_again = scan(54.05, "attempt_failed", carrier="aggregator")

    assert folded([*ROUND_1, told_again]).attempts == 1
    assert folded([*ROUND_1, told_again, scan(60, "attempt_failed")]).attempts == 1


def test_without_rounds_one_attempt_counts_on_a_local_day() -> None:
    # 40 and 50 hours after Monday, 08:00 in Singapore, are Wednesday 00:00 and 10:00 there; in UTC they are two days.
    same_day = [scan(40, "attempt_failed"), scan(50, "attempt_failed")]

    assert folded(same_day).attempts == 1
    assert folded(same_day, zone="UTC").attempts == 2
    assert folded([*same_day, scan(64, "attempt_failed")]).attempts == 2


def test_where_a_feed_numbers_attempts_its_numbers_count() -> None:
    first = scan(54, "attempt_failed", attempt_no=1)

    assert folded([first, scan(60, "attempt_failed", attempt_no=2)]).attempts == 2
    assert folded([first, scan(100, "attempt_failed", attempt_no=1)]).attempts == 1
    assert folded([first, scan(100, "attempt_failed")]).attempts == 1
    assert folded([scan(54, "attempt_failed", attempt_no=2)]).lost_at == at(54)


def test_a_number_on_what_is_no_attempt_numbers_nothing() -> None:
    assert folded([scan(54, "attempt_failed"), scan(54, "delayed", attempt_no=1)]).attempts == 1


def test_numbered_and_unnumbered_tellings_of_one_attempt_are_one() -> None:
    numbered, told = scan(54, "attempt_failed", attempt_no=1), scan(54.1, "attempt_failed", carrier="aggregator")

    assert folded([numbered, told]).attempts == 1
    assert folded([scan(53.9, "attempt_failed", carrier="aggregator"), numbered]).attempts == 1


def test_a_second_carrier_starts_its_numbers_anew() -> None:
    first, second = scan(54, "attempt_failed", attempt_no=1), scan(80, "attempt_failed", carrier="other", attempt_no=1)

    assert folded([first, second]).attempts == 2


def test_a_refusal_is_no_attempt_but_undeliverable() -> None:
    parcel = folded([*ROUND_1, scan(72, "out_for_delivery"), scan(78, "attempt_failed", "refused")])

    assert (parcel.attempts, parcel.place, parcel.lost_at) == (1, ScanStatus.UNDELIVERABLE, None)


def test_attempts_on_the_way_back_do_not_count() -> None:
    back = [scan(80, "returning"), scan(90, "attempt_failed"), scan(120, "attempt_failed")]

    assert folded([*ROUND_1, *back]).attempts == 1
    assert folded([*ROUND_1, scan(90, "attempt_failed", leg=Leg.RETURN)]).attempts == 1


def test_another_attempt_or_giving_up_does_not_find_what_two_attempts_lost() -> None:
    lost = (*ROUND_1, *ROUND_2)

    for later in (scan(79, "attempt_failed", carrier="aggregator"), scan(80, "undeliverable", "attempts_exhausted")):
        parcel = folded([*lost, later])
        assert (parcel.lost_at, parcel.moved_at) == (at(78), at(72))


def test_a_third_round_finds_the_parcel_and_its_failure_loses_it_again() -> None:
    found = folded([*ROUND_1, *ROUND_2, scan(96, "out_for_delivery")])
    lost = folded([*ROUND_1, *ROUND_2, scan(96, "out_for_delivery"), scan(100, "attempt_failed")])

    assert (found.lost_at, lost.lost_at, lost.attempts) == (None, at(100), 3)


# --- lost, damaged, delayed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["in_transit", "out_for_delivery", "attempt_failed", "ready_for_pickup", "undeliverable"]
)
def test_a_lost_parcel_that_is_seen_again_is_not_lost(status: str) -> None:
    for lost in ([scan(60, "lost")], []):
        marks = [] if lost else [DerivedMark(Mark.LOST, at(60))]
        parcel = folded([scan(24, "in_transit"), *lost, scan(66, status)], marks)
        assert (parcel.lost_at, parcel.moved_at) == (None, at(66))


def test_a_parcel_may_be_lost_found_and_lost_again() -> None:
    first = [scan(60, "lost"), scan(61, "lost")]

    assert folded(first).lost_at == at(60)
    assert folded([*first, scan(66, "in_transit"), scan(70, "lost")]).lost_at == at(70)


def test_a_destroyed_parcel_counts_as_lost_and_goes_nowhere() -> None:
    parcel = folded([scan(24, "in_transit"), scan(60, "destroyed"), scan(66, "delivered")])

    assert (parcel.place, parcel.lost_at, parcel.delivered_at) == (ScanStatus.DESTROYED, at(60), None)


def test_damage_stays_and_counts_from_when_it_was_done() -> None:
    parcel = folded([scan(40, "damaged"), scan(41, "damaged"), scan(48, "out_for_delivery")])

    assert (parcel.damaged_at, parcel.moved_at) == (at(40), at(48))


def test_damage_after_the_parcel_moved_on_is_a_new_one() -> None:
    """Movement ended the grace of the first damage (D9); the second has its own."""
    assert folded([scan(40, "damaged"), scan(48, "in_transit"), scan(60, "damaged")]).damaged_at == at(60)


def test_damage_noted_at_delivery_is_damage() -> None:
    parcel = folded([scan(54, "delivered", "damaged")])

    assert (parcel.delivered_at, parcel.damaged_at) == (at(54), at(54))


@pytest.mark.parametrize("later", [scan(48, "out_for_delivery"), scan(48, "attempt_failed"), scan(48, "delivered")])
def test_a_carriers_own_delay_holds_until_later_movement(later: Evidence) -> None:
    delay = [scan(24, "in_transit"), scan(30, "delayed")]

    assert folded(delay).carrier_delay
    assert folded(delay).delayed_at is None
    assert not folded([*delay, later]).carrier_delay


def test_movement_at_the_very_time_of_a_delay_is_not_later() -> None:
    assert folded([scan(30, "delayed"), scan(30, "in_transit")]).carrier_delay


def test_a_problem_that_is_resolved_ends_a_carriers_delay() -> None:
    assert not folded([scan(30, "delayed"), scan(31, "note", "problem_resolved")]).carrier_delay


# --- R7: signature --------------------------------------------------------------------------------------------------

UNSIGNED = scan(54, "delivered", "recipient")


def test_ship_by_tiktok_is_delivered_only_with_a_signature() -> None:
    parcel = folded([UNSIGNED], tiktok=True)

    assert (parcel.delivered_at, parcel.awaiting_signature_at) == (None, at(54))
    assert folded([UNSIGNED]).delivered_at == at(54)


@pytest.mark.parametrize(
    "proof",
    [
        scan(60, "note", "proof_added"),
        scan(60, "note", "information", signed=True),
        scan(60, "delivered", "signed"),
        scan(60, "delivered", signed=True),
    ],
)
def test_a_later_proof_or_signed_scan_makes_it_delivered(proof: Evidence) -> None:
    parcel = folded([UNSIGNED, proof], tiktok=True)

    assert (parcel.delivered_at, parcel.awaiting_signature_at) == (at(60), None)


def test_a_proof_that_comes_before_the_delivery_is_a_proof() -> None:
    assert folded([scan(53, "note", "proof_added"), UNSIGNED], tiktok=True).delivered_at == at(54)


def test_the_buyers_confirmation_makes_it_delivered() -> None:
    parcel = folded([UNSIGNED], [DerivedMark(Mark.CONFIRMED, at(70))], tiktok=True)

    assert (parcel.delivered_at, parcel.awaiting_signature_at, parcel.unsigned) == (at(70), None, False)


def test_what_the_buyer_confirms_is_not_lost() -> None:
    parcel = folded([scan(24, "in_transit")], [DerivedMark(Mark.LOST, at(288)), DerivedMark(Mark.CONFIRMED, at(290))])

    assert (parcel.delivered_at, parcel.lost_at) == (at(290), None)


def test_d10_makes_it_delivered_without_a_signature_until_one_comes() -> None:
    mark = DerivedMark(Mark.UNSIGNED, at(126))
    parcel, proven = folded([UNSIGNED], [mark], tiktok=True), scan(130, "note", "proof_added")

    assert (parcel.delivered_at, parcel.unsigned) == (at(126), True)
    assert not folded([UNSIGNED, proven], [mark], tiktok=True).unsigned


def test_a_return_ends_the_wait_for_a_signature() -> None:
    parcel = folded([UNSIGNED, scan(60, "returning")], tiktok=True)

    assert (parcel.awaiting_signature_at, parcel.delivered_at, parcel.returning_at) == (None, None, at(60))


# --- the way back ---------------------------------------------------------------------------------------------------


def test_what_is_delivered_on_the_way_back_is_returned() -> None:
    parcel = folded(
        [scan(48, "out_for_delivery"), scan(60, "returning"), scan(70, "in_transit"), scan(90, "delivered")]
    )

    assert (parcel.returning_at, parcel.returned_at, parcel.delivered_at) == (at(60), at(90), None)


def test_a_record_of_the_return_leg_says_that_the_parcel_is_on_its_way_back() -> None:
    assert folded([scan(54, "delivered"), scan(60, "in_transit", leg=Leg.RETURN)]).returning_at == at(60)
    assert folded([scan(54, "delivered"), scan(90, "delivered", leg=Leg.RETURN)]).returned_at == at(90)


def test_a_parcel_on_its_way_back_goes_out_again_only_if_the_source_says_so() -> None:
    back = [scan(54, "delivered", signed=True), scan(60, "returning")]
    out = folded([*back, scan(70, "out_for_delivery", leg=Leg.OUTBOUND)])
    again = folded([*back, scan(74, "delivered", leg=Leg.OUTBOUND)], tiktok=True)

    assert folded([*back, scan(70, "out_for_delivery")]).returning_at == at(60)
    assert folded([*back, scan(70, "undeliverable", leg=Leg.OUTBOUND)]).returning_at == at(60)
    assert (out.returning_at, out.delivered_at, out.place) == (None, None, ScanStatus.OUT_FOR_DELIVERY)
    assert (again.delivered_at, again.awaiting_signature_at) == (None, at(74))


def test_a_parcel_lost_on_its_way_back_may_be_found_on_it() -> None:
    back = [scan(60, "returning"), scan(70, "lost")]
    found = folded([*back, scan(80, "in_transit")])

    assert (folded(back).lost_at, folded(back).returning_at) == (at(70), at(60))
    assert (found.lost_at, found.place) == (None, ScanStatus.RETURNING)


def test_a_returned_parcel_stays_returned() -> None:
    parcel = folded([scan(60, "returning"), scan(90, "returned"), scan(95, "delivered"), scan(96, "lost")])

    assert (parcel.place, parcel.returned_at, parcel.lost_at) == (ScanStatus.RETURNED, at(90), None)


# --- marks, and evidence that comes after them ----------------------------------------------------------------------

STOPS = [scan(100, "delivered"), scan(100, "returning"), scan(100, "returned")]


@pytest.mark.parametrize("earlier", STOPS)
@pytest.mark.parametrize(("mark", "name"), [(Mark.DELAYED, "delayed_at"), (Mark.LOST, "lost_at")])
def test_a_mark_has_no_effect_where_older_evidence_forbids_it(earlier: Evidence, mark: Mark, name: str) -> None:
    """The deadline was applied at 150 h; a scan of 100 h is pushed later. It is as if it had come in time."""
    marks = [DerivedMark(mark, at(150))]

    assert getattr(folded([scan(24, "in_transit")], marks), name) == at(150)
    assert getattr(folded([scan(24, "in_transit"), earlier], marks), name) is None
    assert getattr(folded([scan(24, "in_transit"), UNSIGNED], marks, tiktok=True), name) is None


def test_a_parcel_that_was_delivered_before_it_was_given_up_is_not_given_up() -> None:
    lost, mark = [scan(24, "in_transit"), scan(60, "lost")], DerivedMark(Mark.CLOSED, at(84))

    assert folded(lost, [mark]).closed_at == at(84)
    assert folded([*lost, scan(80, "delivered")], [mark]).closed_at is None
    assert folded([*lost, scan(80, "in_transit")], [mark]).closed_at == at(84)


def test_a_scan_at_the_instant_of_a_mark_comes_first() -> None:
    assert folded([scan(150, "delivered")], [DerivedMark(Mark.LOST, at(150))]).lost_at is None


# --- any order, any repetition --------------------------------------------------------------------------------------

HOURS = st.integers(0, 20).map(lambda quarter: 12 + quarter * 6)
SCANS = st.builds(
    scan,
    HOURS,
    st.sampled_from([*ScanStatus]).map(str),
    st.sampled_from([None, "refused", "signed", "damaged", "proof_added", "problem_resolved"]),
    carrier=st.sampled_from(["ninjavan", "aggregator"]),
    leg=st.sampled_from([None, None, None, Leg.OUTBOUND, Leg.RETURN]),
    signed=st.booleans(),
    attempt_no=st.sampled_from([None, None, None, 1, 2]),
)
FUTURE = st.builds(lambda hour, received: scan(hour + received, "in_transit", received=hour), HOURS, st.integers(0, 3))
EVIDENCE = st.lists(SCANS | FUTURE, max_size=12, unique_by=lambda one: one.identity)
MARKS = st.lists(st.builds(DerivedMark, st.sampled_from([*Mark]), HOURS.map(at)), max_size=3, unique=True)
PLACE = ("place", "place_at", "moved_at", "collected_at", "attempts", "returning_at", "returned_at")


@settings(max_examples=150)
@given(st.data(), EVIDENCE, MARKS, st.booleans())
def test_any_order_and_any_repetition_give_the_same_parcel(
    data: st.DataObject, scans: list[Evidence], marks: list[DerivedMark], tiktok: bool
) -> None:
    again = data.draw(st.lists(st.sampled_from(scans), max_size=5)) if scans else []
    shuffled = data.draw(st.permutations([*scans, *again]))
    marks_again = data.draw(st.permutations([*marks, *marks]))

    assert folded(shuffled, marks_again, tiktok=tiktok) == folded(scans, marks, tiktok=tiktok)


@settings(max_examples=150)
@given(EVIDENCE, MARKS, st.booleans())
def test_conditions_and_notes_never_change_the_place(
    scans: list[Evidence], marks: list[DerivedMark], tiktok: bool
) -> None:
    places = [one for one in scans if one.status not in CONDITIONS and one.status is not ScanStatus.NOTE]
    whole, bare = folded(scans, marks, tiktok=tiktok), folded(places, marks, tiktok=tiktok)

    assert {name: getattr(whole, name) for name in PLACE} == {name: getattr(bare, name) for name in PLACE}


@settings(max_examples=150)
@given(EVIDENCE, MARKS, st.booleans())
def test_a_parcel_never_contradicts_itself(scans: list[Evidence], marks: list[DerivedMark], tiktok: bool) -> None:
    parcel: ParcelState = folded(scans, marks, tiktok=tiktok)

    assert not (parcel.delivered_at and parcel.awaiting_signature_at)
    assert not (parcel.returning_at and parcel.awaiting_signature_at)
    assert not (parcel.returned_at and not parcel.returning_at)
    assert not (parcel.unsigned and not parcel.delivered_at)
    assert not (parcel.lost_at and parcel.delivered_at and not parcel.returning_at)
    assert not (parcel.awaiting_signature_at and not tiktok)
    assert parcel.attempts <= 2 or sum(one.status is ScanStatus.ATTEMPT_FAILED for one in scans) >= parcel.attempts


@settings(max_examples=100)
@given(EVIDENCE)
def test_what_is_stamped_after_a_delivery_never_undoes_it_unless_it_goes_back(scans: list[Evidence]) -> None:
    delivered = scan(11, "delivered")
    after = [one for one in scans if one.leg is not Leg.RETURN and one.status not in ("returning", "returned")]
    parcel = folded([delivered, *after])

    assert (parcel.place, parcel.delivered_at, parcel.lost_at, parcel.attempts) == (
        ScanStatus.DELIVERED,
        at(11),
        None,
        0,
    )
