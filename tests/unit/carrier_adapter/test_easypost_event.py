"""EasyPost's events, as its documentation describes them."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.easypost_event import parse
from carrier_adapter.formats.record import Feed, Record, Unparsable
from contracts.vocabulary import Fault, TimeQuality

UTC_ZONE = ZoneInfo("UTC")


def detail(
    status: str | None = "in_transit", finer: str | None = "arrived_at_facility", **fields: object
) -> dict[str, Any]:
    return {
        "object": "TrackingDetail",
        "message": "Arrived at the sorting centre",
        "status": status,
        "status_detail": finer,
        "datetime": "2026-03-02T06:05:00Z",
        "source": "Hermes",
        "tracking_location": {
            "object": "TrackingLocation",
            "city": "OAKLAND",
            "state": "CA",
            "country": "US",
            "zip": "1",
        },
        **fields,
    }


def tracker(*details: object, **fields: object) -> dict[str, Any]:
    return {
        "id": "trk_1",
        "object": "Tracker",
        "mode": "production",
        "tracking_code": "9400110200881234567890",
        "status": "in_transit",
        "carrier": "USPS",
        "signed_by": None,
        "est_delivery_date": None,
        "tracking_details": list(details),
        **fields,
    }


def event(result: object, **fields: object) -> dict[str, Any]:
    return {"object": "Event", "description": "tracker.updated", "mode": "production", "result": result, **fields}


def read(push: object) -> Feed:
    return parse(json.dumps(push).encode(), UTC_ZONE)


def read_one(status: str | None, finer: str | None = None, **fields: object) -> Record:
    (record,) = read(event(tracker(detail(status, finer, **fields)))).records
    return record


def meaning(record: Record) -> str | None:
    return f"{record.status}.{record.sub_status}" if record.status else None


def test_every_detail_of_the_tracker_is_a_record() -> None:
    feed = read(
        event(
            tracker(
                detail("pre_transit", "label_created"),
                detail(),
                detail("delivered", "arrived_at_destination", datetime="2026-03-04T09:00:00-08:00"),
            )
        )
    )

    assert [record.index for record in feed.records] == [0, 1, 2]
    assert [meaning(record) for record in feed.records] == [
        "pre_transit.label_created",
        "in_transit.arrived_facility",
        "delivered.recipient",
    ]
    first, _, last = feed.records
    assert (first.tracking_number, first.carrier) == ("9400110200881234567890", "usps")
    assert (first.raw_code, first.raw_text) == ("pre_transit/label_created", "Arrived at the sorting centre")
    assert first.place == "OAKLAND, CA, US"
    assert (first.occurred_at, first.time_quality) == (datetime(2026, 3, 2, 6, 5, tzinfo=UTC), TimeQuality.UTC)
    assert (last.occurred_at, last.time_quality) == (datetime(2026, 3, 4, 17, tzinfo=UTC), TimeQuality.OFFSET)
    assert not any(record.problem for record in feed.records)


@pytest.mark.parametrize(
    ("status", "finer", "expected"),
    [
        # The status alone decides.
        ("pre_transit", "status_update", "pre_transit.info_received"),
        ("pre_transit", None, "pre_transit.info_received"),
        ("out_for_delivery", "out_for_delivery", "out_for_delivery.loaded"),
        ("available_for_pickup", "delivery_exception", "ready_for_pickup.pickup_point"),
        ("delivered", "arrived_at_destination", "delivered.recipient"),
        ("return_to_sender", "return", "returning.other"),
        ("cancelled", "cancelled", "cancelled.before_handover"),
        # It leaves it to the detail.
        ("in_transit", "received_at_origin_facility", "picked_up.accepted"),
        ("in_transit", "delivery_exception", "attempt_failed.other"),
        ("in_transit", "arrived_at_destination", "in_transit.arrived_local_depot"),
        ("in_transit", "address_correction", "on_hold.address"),
        ("in_transit", "weather_delay", "delayed.weather"),
        ("failure", "delayed", "delayed.carrier"),
        ("failure", "lost", "lost.carrier_declared"),
        ("failure", "damaged", "damaged.in_transit"),
        ("failure", "refused", "undeliverable.refused"),
        ("unknown", "expired", "unknown.expired"),
        ("error", "expired", "unknown.expired"),
        (None, "arrived_at_facility", "in_transit.arrived_facility"),
        # The detail says nothing.
        ("in_transit", "in_transit", "in_transit.moving"),
        ("in_transit", "unknown", "in_transit.moving"),
        ("in_transit", "beamed_up", "in_transit.moving"),
        ("failure", "unknown", "undeliverable.other"),
        ("unknown", "status_update", "unknown.other"),
        ("unknown", None, "unknown.other"),
        # Both say more than either.
        ("return_to_sender", "refused", "returning.refused"),
        ("delivered", "damaged", "delivered.damaged"),
        # Nobody should guess.
        ("delivered", "return", None),
        ("delivered", "refused", None),
        ("out_for_delivery", "delivery_exception", None),
        ("teleported", "arrived_at_facility", None),
        ("teleported", None, None),
        (None, None, None),
    ],
)
def test_status_and_detail_together_have_a_meaning(status: str | None, finer: str | None, expected: str | None) -> None:
    record = read_one(status, finer)

    assert meaning(record) == expected
    assert record.problem == (None if expected else "unmapped_code")


def test_a_delay_by_the_weather_is_nobodys_fault() -> None:
    assert read_one("in_transit", "weather_delay").fault is Fault.WEATHER
    assert read_one("in_transit", "delayed").fault is None


def test_signed_is_the_last_delivery_when_the_tracker_names_who_did() -> None:
    feed = read(event(tracker(detail("delivered", "damaged"), detail("delivered", None), detail(), signed_by="L TAN")))

    assert [record.signed for record in feed.records] == [False, True, False]
    assert meaning(feed.records[1]) == "delivered.signed"


@pytest.mark.parametrize("signer", [None, "", " ", "null", "NULL", False, {}])
def test_without_a_name_nobody_signed(signer: object) -> None:
    (record,) = read(event(tracker(detail("delivered", None), signed_by=signer))).records

    assert not record.signed
    assert meaning(record) == "delivered.recipient"


def test_the_trackers_estimate_goes_with_its_details() -> None:
    (record,) = read(event(tracker(detail(), est_delivery_date="2026-03-05T18:00:00Z"))).records

    assert record.estimated_at == datetime(2026, 3, 5, 18, tzinfo=UTC)


def test_a_tracker_or_a_list_of_them_is_read_without_an_event_around() -> None:
    one = tracker(detail(), detail())
    other = tracker(detail(), tracking_code="1Z9", carrier="UPS")

    assert [record.index for record in read(one).records] == [0, 1]
    both = read({"trackers": [one, other], "has_more": False}).records
    assert [(record.index, record.carrier) for record in both] == [(0, "usps"), (1, "usps"), (2, "ups")]
    assert read({"events": [event(one), event(other)]}).records == both


def test_an_old_event_without_details_names_or_objects_is_read() -> None:
    old = {"tracking_code": "1Z9", "tracking_details": [{"status": "delivered", "datetime": "2015-01-02T03:04:05Z"}]}

    (record,) = read({"description": "tracker.updated", "result": old}).records

    assert (meaning(record), record.raw_code) == ("delivered.recipient", "delivered")


@pytest.mark.parametrize(
    ("push", "why"),
    [
        (event(tracker()), "no details"),
        (event(tracker(tracking_details=None)), "no details"),
        (event({"object": "Batch", "id": "batch_1", "state": "created"}), "Batch"),
        (event({"object": "Shipment", "tracking_code": "1Z9", "tracker": tracker(detail())}), "Shipment"),
        (event({"object": "Insurance", "tracking_code": "1Z9"}), "Insurance"),
        (event(None), "no tracker"),
        ({"object": "Event", "description": "tracker.updated"}, "no tracker"),
        ({"events": [{"object": "Event"}], "has_more": True}, "no tracker"),
        ({"trackers": []}, "no tracker"),
    ],
)
def test_an_event_without_scans_says_why(push: object, why: str) -> None:
    feed = read(push)

    assert feed.records == ()
    assert feed.silence is not None
    assert why in feed.silence


def test_a_bad_detail_leaves_the_others_as_they_are() -> None:
    feed = read(event(tracker(detail(), "what?", detail(datetime="soon"), detail(datetime=None), detail())))

    assert [record.problem for record in feed.records] == [None, "no_record", "bad_time", None, None]
    assert feed.records[3].time_quality is TimeQuality.NONE


@pytest.mark.parametrize("push", [event(tracker(detail()), mode="test"), event(tracker(detail(), mode="test"))])
def test_what_a_test_says_is_set_aside(push: object) -> None:
    """B31."""
    (record,) = read(push).records

    assert record.problem == "test_mode"


def test_a_thousand_details_are_read_and_one_more_is_refused() -> None:
    assert len(read(event(tracker(*[detail()] * 1_000))).records) == 1_000
    with pytest.raises(Unparsable):
        read({"trackers": [tracker(*[detail()] * 1_000), tracker(detail())]})


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"hello":"world"}', b"1"])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(Unparsable):
        parse(body, UTC_ZONE)
