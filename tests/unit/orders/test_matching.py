"""Which parcel a record belongs to: number, carrier and time must be right."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from contracts.orders.v1 import Verdict
from contracts.vocabulary import Leg, ScanStatus
from orders.life.matching import Candidate, Matched, match, same_content
from orders.life.parcel import Binding
from support.orders import PLACED_AT, at, scan

ORDER, OLDER = UUID(int=1), UUID(int=2)


def candidate(
    order_id: UUID = ORDER, placed: float = 0, until: float | None = None, carrier: str = "ninjavan"
) -> Candidate:
    bound = Binding(carrier, "NV1", at(placed + 6), None if until is None else at(until))
    return Candidate(order_id, 1, at(placed), bound)


def test_a_number_that_no_order_has_is_unmatched() -> None:
    assert match(scan(12, "in_transit"), []) == Matched(Verdict.UNMATCHED)


def test_number_and_carrier_make_a_record_a_parcels() -> None:
    assert match(scan(12, "in_transit"), [candidate()]) == Matched(Verdict.APPLIED, None, ORDER, 1)


def test_what_was_scanned_before_the_number_was_set_folds_when_it_is() -> None:
    assert match(scan(1, "picked_up"), [candidate()]).verdict is Verdict.APPLIED


@pytest.mark.parametrize(("hour", "verdict"), [(-24, Verdict.APPLIED), (-24.01, Verdict.REFUSED)])
def test_older_than_a_day_before_placement_a_number_was_somebody_elses(hour: float, verdict: Verdict) -> None:
    """B27."""
    matched = match(scan(hour, "delivered"), [candidate()])

    assert matched.verdict is verdict
    assert matched.reason == (None if verdict is Verdict.APPLIED else "stale_binding")


@pytest.mark.parametrize(("hour", "verdict"), [(100, Verdict.APPLIED), (100.01, Verdict.REFUSED)])
def test_a_number_that_a_parcel_no_longer_has_takes_nothing_later(hour: float, verdict: Verdict) -> None:
    assert match(scan(hour, "delivered"), [candidate(until=100)]).verdict is verdict


def test_a_time_that_cannot_be_is_judged_as_of_its_receipt() -> None:
    assert match(scan(200, "delivered", received=50), [candidate(until=100)]).verdict is Verdict.APPLIED
    assert match(scan(None, "delivered", received=101), [candidate(until=100)]).verdict is Verdict.REFUSED


def test_another_carriers_record_is_a_mix_up_that_names_the_parcel() -> None:
    assert match(scan(12, "in_transit", carrier="roadfreight"), [candidate()]) == Matched(
        Verdict.REFUSED, "mix_up", ORDER, 1
    )


def test_once_the_carrier_is_confirmed_its_records_are_the_parcels() -> None:
    record = scan(12, "in_transit", carrier="roadfreight")

    assert match(record, [candidate(), candidate(carrier="roadfreight")]).verdict is Verdict.APPLIED


def test_a_recycled_number_is_the_newer_orders_from_a_day_before_its_placement() -> None:
    both = [candidate(placed=1000), candidate(OLDER)]

    assert match(scan(980, "picked_up"), both).order_id == ORDER
    assert match(scan(900, "returned"), both).order_id == OLDER


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"raw_text": "reworded", "place": "SINGAPORE", "received_at": at(99), "estimated_at": PLACED_AT}, True),
        ({"status": ScanStatus.DELIVERED}, False),
        ({"sub_status": "departed_facility"}, False),
        ({"scanned_at": at(11)}, False),
        ({"carrier": "other"}, False),
        ({"leg": Leg.RETURN}, False),
        ({"signed": True}, False),
        ({"attempt_no": 2}, False),
    ],
)
def test_a_record_is_corrected_by_what_it_says_not_by_how_it_is_worded(change: dict[str, Any], same: bool) -> None:
    record = scan(12, "in_transit", "arrived_facility")

    assert same_content(record, replace(record, **change)) is same
