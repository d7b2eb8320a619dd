"""Ninja Van's webhooks, 1.1 and 2.0, as their documentation describes them."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.ninjavan_webhook import parse
from carrier_adapter.formats.record import Record, Unparsable
from contracts.vocabulary import Fault, Leg, TimeQuality

SINGAPORE = ZoneInfo("Asia/Singapore")


def read(status: str | None = "Pending Pickup", **fields: object) -> Record:
    push = {
        "id": "5d0c7f",
        "shipper_id": 41,
        "tracking_id": "NVSGTEST00017",
        "shipper_order_ref_no": "A-17",
        "timestamp": "2026-03-02T14:05:00+0800",
        "previous_status": "Staging",
        "status": status,
        **fields,
    }
    (record,) = parse(json.dumps(push).encode(), SINGAPORE).records
    return record


def meaning(record: Record) -> str:
    return f"{record.status}.{record.sub_status}"


def test_an_event_of_1_1_is_one_record() -> None:
    record = read("Successful Pickup", comments="Collected at the counter")

    assert record.index == 0
    assert record.tracking_number == "NVSGTEST00017"
    assert meaning(record) == "picked_up.collected"
    assert record.occurred_at is not None
    assert record.occurred_at.astimezone(UTC) == datetime(2026, 3, 2, 6, 5, tzinfo=UTC)
    assert record.time_quality is TimeQuality.OFFSET
    assert (record.raw_code, record.raw_text) == ("Successful Pickup", "Collected at the counter")
    assert record.problem is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Staging", "pre_transit.info_received"),
        ("Van en-route to pickup", "pre_transit.pickup_started"),
        ("Pending Pickup at Distribution Point", "picked_up.dropped_off"),
        ("En-route to Sorting Hub", "picked_up.collected"),
        ("Arrived at Sorting Hub", "in_transit.arrived_facility"),
        ("On Vehicle for Delivery", "out_for_delivery.loaded"),
        ("On Vehicle for Delivery (RTS)", "returning.undeliverable"),
        ("Arrived at Distribution Point", "ready_for_pickup.pickup_point"),
        ("Completed", "delivered.recipient"),
        ("successful delivery", "delivered.recipient"),
        ("Pending Reschedule", "attempt_failed.other"),
        ("Return to Sender Triggered", "returning.undeliverable"),
        ("Returned to Sender", "returned.to_seller"),
        ("Customs Held", "on_hold.customs"),
        ("Parcel Weight", "note.information"),
    ],
)
def test_statuses_of_1_1(status: str, expected: str) -> None:
    assert meaning(read(status)) == expected


@pytest.mark.parametrize(
    ("status", "event", "expected"),
    [
        ("Arrived at Destination Hub", "Arrived at Destination Hub", "in_transit.arrived_local_depot"),
        ("At PUDO", "At PUDO, Pending Customer Collection", "ready_for_pickup.pickup_point"),
        ("Delivered", "Delivered, Left at Doorstep", "delivered.safe_place"),
        ("Delivery Exception", "Delivery Exception, Max Attempts Reached", "undeliverable.attempts_exhausted"),
        ("Delivery Exception", "Delivery Exception, Parcel Lost", "lost.carrier_declared"),
        ("International Transit", "International Transit, Customs Held", "on_hold.customs"),
    ],
)
def test_events_of_2_0_say_more_than_their_statuses(status: str, event: str, expected: str) -> None:
    assert meaning(read(status, event=event)) == expected


def test_without_an_event_it_is_put_together_from_status_and_state() -> None:
    record = read("Delivery Exception", delivery_exception={"state": "Pending Reschedule"})

    assert record.raw_code == "Delivery Exception, Pending Reschedule"
    assert meaning(record) == "attempt_failed.other"


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("Teleported", None),
        ("Picked Up", "Picked Up, Handed to a Drone"),
        ("Delivery Exception", None),
        ("International Transit", "International Transit, Parcel Exception"),
    ],
)
def test_what_nobody_has_mapped_moves_nothing(status: str, event: str | None) -> None:
    """B4."""
    record = read(status, event=event)

    assert record.status is None
    assert record.problem == "unmapped_code"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Residential address, but no one to receive", "attempt_failed.nobody_home"),
        ("Office address, closed", "attempt_failed.business_closed"),
        ("Location is inaccessible (restricted area)", "attempt_failed.no_access"),
        ("Package is fine - unable to collect COD", "attempt_failed.payment_unpaid"),
        ("The dog was not amused", "attempt_failed.other"),
    ],
)
def test_the_documented_reason_of_a_failed_attempt_is_its_sub_status(reason: str, expected: str) -> None:
    assert meaning(read("Pending Reschedule", comments=reason)) == expected
    assert (
        meaning(
            read("x", event="Delivery Exception, Pending Reschedule", delivery_exception={"failure_reason": reason})
        )
        == expected
    )


def test_a_parcel_that_was_declined_was_refused_and_not_attempted() -> None:
    declined = read("Pending Reschedule", comments="Package is fine - Customer wishes to cancel order")
    going_back = read("Return to Sender Triggered", comments="Return to sender: Item refused at Doorstep")

    assert meaning(declined) == "undeliverable.refused"
    assert meaning(going_back) == "returning.refused"


def test_a_driver_who_did_not_come_made_no_attempt() -> None:
    record = read("Pending Reschedule", comments="I had insufficient time to complete all my deliveries")

    assert meaning(record) == "delayed.carrier"
    assert record.fault is Fault.CARRIER


def test_a_reason_says_nothing_about_another_status() -> None:
    assert meaning(read("Successful Delivery", comments="Office address, closed")) == "delivered.recipient"


def test_only_the_first_attempt_is_numbered() -> None:
    assert read("First Attempt Delivery Fail").attempt_no == 1
    assert read("Pending Reschedule").attempt_no is None


@pytest.mark.parametrize(
    "proof",
    [
        {
            "pod": {
                "type": "RECIPIENT",
                "name": "L. Tan",
                "uri": "https://example.com/s.png",
                "left_in_safe_place": False,
            }
        },
        {"delivery_information": {"proof": {"signature_uri": "https://example.com/s.png"}}},
    ],
)
def test_a_delivery_with_an_image_of_the_signature_is_signed(proof: dict[str, object]) -> None:
    record = read("Successful Delivery", **proof)

    assert record.signed
    assert meaning(record) == "delivered.signed"


@pytest.mark.parametrize(
    "proof",
    [
        {"pod": None},
        {"pod": "https://example.com/s.png"},
        {"pod": {"type": "RECIPIENT", "name": "L. Tan", "uri": ""}},
        {"delivery_information": {"proof": {"signature_uri": None}}},
        {"delivery_information": []},
    ],
)
def test_a_delivery_without_such_an_image_is_not_signed(proof: dict[str, object]) -> None:
    record = read("Successful Delivery", **proof)

    assert not record.signed
    assert meaning(record) == "delivered.recipient"


def test_what_was_left_in_a_safe_place_was_signed_by_nobody() -> None:
    record = read("Successful Delivery", pod={"uri": "https://example.com/door.png", "left_in_safe_place": True})

    assert not record.signed
    assert meaning(record) == "delivered.safe_place"


def test_the_proof_of_a_pick_up_is_the_senders() -> None:
    assert not read("Successful Pickup", pod={"uri": "https://example.com/s.png"}).signed


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Successful Delivery", "returned.to_seller"),
        ("On Vehicle for Delivery", "returning.undeliverable"),
        ("Pending Reschedule", "returning.undeliverable"),
        ("Arrived at Sorting Hub", "in_transit.arrived_facility"),
    ],
)
def test_on_the_way_back_nothing_is_said_of_the_consignee(status: str, expected: str) -> None:
    record = read(status, is_parcel_on_rts_leg=True, pod={"uri": "https://example.com/s.png"})

    assert record.leg is Leg.RETURN
    assert not record.signed
    assert meaning(record) == expected


def test_2_0_says_at_which_hub() -> None:
    record = read(
        "Arrived at Transit Hub", arrived_at_transit_hub_information={"country": "SG", "city": "Tuas", "hub": "TU-2"}
    )

    assert record.place == "TU-2, Tuas, SG"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"tracking_id": None}, "no_tracking_number"),
        ({"tracking_id": "---"}, "no_tracking_number"),
        ({"tracking_id": "X" * 65}, "no_tracking_number"),
        ({"tracking_id": {"a": 1}}, "no_tracking_number"),
        ({"timestamp": "the other day"}, "bad_time"),
        ({"timestamp": "2026-02-30T00:00:00+0800"}, "bad_time"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(fields: dict[str, object], problem: str) -> None:
    assert read("Pending Pickup", **fields).problem == problem


def test_a_record_without_a_time_has_none() -> None:
    """B6."""
    record = read(timestamp=None)

    assert (record.occurred_at, record.time_quality, record.problem) == (None, TimeQuality.NONE, None)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"hello":"world"}', b'{"tracking_id":null,"status":""}', b"<xml/>"])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(Unparsable):
        parse(body, SINGAPORE)
