"""EPCIS 2.0 events, as GS1's standard and its Core Business Vocabulary lay them out."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.epcis_2_json import parse
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable
from contracts.vocabulary import Leg, TimeQuality

TOKYO = ZoneInfo("Asia/Tokyo")
SSCC = "urn:epc:id:sscc:952.00012345678901"
OTHER = "https://id.gs1.org/00/395200123456789024"
EVENT_ID = "urn:uuid:5f0a2c11-6f7e-4b0e-9a51-0b5c2d0e7a01"


def event(**fields: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": "2026-03-02T14:05:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [SSCC],
        "bizStep": "departing",
    } | fields


def document(*events: Any) -> dict[str, Any]:
    return {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": list(events)}}


def read(value: Any) -> Feed:
    return parse(json.dumps(value).encode(), TOKYO)


def read_one(**fields: Any) -> Record:
    (record,) = read(event(**fields)).records
    return record


def test_an_event_is_a_record_of_its_object() -> None:
    record = read_one(
        eventID=EVENT_ID,
        disposition="in_transit",
        readPoint={"id": "urn:epc:id:sgln:9520012.34567.0"},
        bizLocation={"id": "urn:epc:id:sgln:9520012.34568.0"},
    )

    assert (record.index, record.tracking_number, record.problem) == (0, SSCC, None)
    assert (record.status, record.sub_status, record.leg) == ("in_transit", "departed_facility", None)
    assert record.occurred_at == datetime(2026, 3, 2, 6, 5, tzinfo=UTC)
    assert record.time_quality is TimeQuality.OFFSET
    assert (record.raw_code, record.raw_text) == ("departing", "disposition in_transit")
    assert record.place == "urn:epc:id:sgln:9520012.34567.0"
    assert record.record_id == EVENT_ID


# Which document, and which objects.


@pytest.mark.parametrize(
    "value",
    [
        event(),
        [event()],
        document(event()),
        {"epcisBody": {"event": event()}},
        {
            "type": "EPCISQueryDocument",
            "epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [event()]}}},
        },
        {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], **document(event())},
        {key: value for key, value in event().items() if key != "type"} | {"@type": "epcis:ObjectEvent"},
        {key: value for key, value in event().items() if key != "type"} | {"isA": "ObjectEvent"},
    ],
)
def test_events_come_alone_in_lists_and_in_documents(value: Any) -> None:
    assert [record.tracking_number for record in read(value).records] == [SSCC]


@pytest.mark.parametrize(
    ("fields", "numbers"),
    [
        ({"epcList": [SSCC, OTHER]}, [SSCC, OTHER]),
        ({"type": "AggregationEvent", "parentID": SSCC, "childEPCs": [OTHER], "epcList": []}, [SSCC]),
        ({"type": "AggregationEvent", "childEPCs": [OTHER, SSCC], "epcList": []}, [OTHER, SSCC]),
        ({"type": "AssociationEvent", "parentID": SSCC, "childEPCs": [OTHER]}, [SSCC]),
        ({"type": "TransactionEvent", "epcList": [OTHER]}, [OTHER]),
        ({"type": "TransactionEvent", "parentID": SSCC, "epcList": [OTHER]}, [SSCC]),
    ],
)
def test_the_number_is_the_object_as_the_event_writes_it(fields: dict[str, Any], numbers: list[str]) -> None:
    records = read(event(**fields)).records

    assert [record.tracking_number for record in records] == numbers
    assert [record.index for record in records] == list(range(len(numbers)))
    assert not any(record.problem for record in records)


@pytest.mark.parametrize(
    "fields",
    [
        {"epcList": []},
        {"epcList": [7]},
        {"epcList": ["x" * 65]},
        {"epcList": None, "quantityList": [{"epcClass": "c"}]},
    ],
)
def test_an_event_that_names_no_object_is_set_aside(fields: dict[str, Any]) -> None:
    assert read_one(**fields).problem == "no_tracking_number"


def test_what_is_no_event_costs_only_itself() -> None:
    records = read(document(7, event(), {"type": "WeatherEvent"}, None, [event()])).records

    assert [record.problem for record in records] == ["no_record", None, "no_record", "no_record", "no_record"]


def test_events_of_goods_that_become_others_are_of_no_parcel() -> None:
    feed = read(document(event(type="TransformationEvent", outputEPCList=[SSCC])))

    assert feed.records == ()
    assert feed.silence == "the document has no event of an object"
    assert read(document()).silence == feed.silence


@pytest.mark.parametrize(
    "value",
    [
        7,
        "x",
        None,
        {},
        {"type": "EPCISDocument"},
        {"epcisBody": []},
        {"epcisBody": {}},
        {"epcisBody": {"eventList": 7}},
    ],
)
def test_what_is_no_epcis_document_is_refused(value: Any) -> None:
    with pytest.raises(Unparsable):
        read(value)


def test_a_thousand_objects_are_read_and_one_more_is_refused() -> None:
    assert len(read(event(epcList=[SSCC] * MOST_RECORDS)).records) == MOST_RECORDS
    with pytest.raises(Unparsable, match="more than 1000 records"):
        read(document(event(epcList=[SSCC] * MOST_RECORDS), event()))
    with pytest.raises(Unparsable, match="more than 1000 records"):
        read(event(epcList=[SSCC] * 100_000))


# What.


@pytest.mark.parametrize(
    "step",
    [
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "https://ns.gs1.org/cbv/BizStep-shipping",
        "cbv:BizStep-shipping",
    ],
)
def test_a_word_of_the_vocabulary_is_written_in_several_ways(step: str) -> None:
    record = read_one(bizStep=step, disposition=step.replace("BizStep", "Disp").replace("bizstep", "disp"))

    assert (record.status, record.raw_code, record.raw_text) == ("in_transit", "shipping", "disposition shipping")


@pytest.mark.parametrize(
    ("step", "disposition", "expected"),
    [
        ("departing", None, "in_transit.departed_facility"),
        ("shipping", "in_transit", "in_transit.departed_facility"),
        ("arriving", None, "in_transit.arrived_facility"),
        ("arriving", "expired", "in_transit.arrived_facility"),
        ("transporting", "https://example.com/voc/wet", "in_transit.moving"),
        ("staging_outbound", "container_closed", "pre_transit.other"),
        ("holding", None, "on_hold.other"),
        ("holding", "returned", "on_hold.other"),
        ("destroying", "destroyed", "destroyed.disposed"),
        ("inspecting", "damaged", "damaged.in_transit"),
        ("receiving", "damaged", "damaged.in_transit"),
        ("void_shipping", None, "cancelled.other"),
        ("shipping", "returned", "returning.other"),
        ("receiving", "returned", "returned.other"),
        ("inspecting", "stolen", "lost.carrier_declared"),
        (None, "in_transit", "in_transit.moving"),
        # Open, or of goods
        ("receiving", "in_progress", None),
        ("receiving", "in_transit", None),
        ("accepting", None, None),
        ("inspecting", "in_progress", None),
        ("commissioning", "active", None),
        ("retail_selling", "retail_sold", None),
        ("https://example.com/voc/shipping", None, None),
        ("Shipping", None, None),
        (None, None, None),
        (7, ["x"], None),
    ],
)
def test_business_steps_and_dispositions(step: Any, disposition: Any, expected: str | None) -> None:
    record = read_one(bizStep=step, disposition=disposition)

    assert (f"{record.status}.{record.sub_status}" if record.status else None) == expected
    assert record.problem == (None if expected else "unmapped_code")


@pytest.mark.parametrize(("step", "leg"), [("shipping", Leg.RETURN), ("receiving", Leg.RETURN), ("holding", None)])
def test_a_return_says_its_leg(step: str, leg: Leg | None) -> None:
    assert read_one(bizStep=step, disposition="returned").leg is leg


# When, and which record.


@pytest.mark.parametrize(
    ("told", "offset", "expected", "quality"),
    [
        ("2026-03-02T14:05:00Z", "+02:00", "2026-03-02T14:05:00+00:00", "utc"),
        ("2026-03-02T14:05:00.116000-06:00", "-06:00", "2026-03-02T20:05:00.116000+00:00", "offset"),
        ("2026-03-02T14:05:00.1234567+01:00", "+01:00", "2026-03-02T13:05:00.123456+00:00", "offset"),
        ("2026-03-02T14:05:00", "+02:00", "2026-03-02T12:05:00+00:00", "offset"),
        ("2026-03-02T14:05:00", None, "2026-03-02T05:05:00+00:00", "naive_local"),
        ("2026-03-02T14:05:00", "two", "2026-03-02T05:05:00+00:00", "naive_local"),
    ],
)
def test_the_time_is_the_events_and_its_offset_only_helps(told: str, offset: Any, expected: str, quality: str) -> None:
    record = read_one(eventTime=told, eventTimeZoneOffset=offset, recordTime="2026-03-09T00:00:00Z")

    assert record.occurred_at is not None
    assert (record.occurred_at.astimezone(UTC).isoformat(), record.time_quality) == (expected, quality)
    assert record.raw_time == told


@pytest.mark.parametrize(
    "told", [None, 1772460300, "", "yesterday", "2026-02-31T00:00:00Z", "2026-03-02T14:05:00+99:00"]
)
def test_a_time_that_does_not_exist_is_set_aside(told: Any) -> None:
    assert read_one(eventTime=told).problem == "bad_time"


def test_each_object_of_an_event_has_an_identity_of_its_own() -> None:
    first, second = read(event(eventID=EVENT_ID, epcList=[SSCC, OTHER])).records
    again, other = read(event(eventID=EVENT_ID, epcList=[OTHER, SSCC])).records

    assert first.identity("a") != second.identity("a")
    assert (first.identity("a"), second.identity("a")) == (other.identity("a"), again.identity("a"))


def test_ids_too_long_to_keep_are_told_apart() -> None:
    long = "ni:///sha-256;" + "0f" * 32 + "?ver=CBV2.0&" + "x" * 100
    first, second = read(event(eventID=long, epcList=[SSCC, OTHER])).records

    assert len({record.identity("account-of-a-carrier" * 5) for record in (first, second)}) == 2


@pytest.mark.parametrize("event_id", [EVENT_ID, None])
def test_an_event_declared_wrong_takes_the_place_of_what_it_said(event_id: str | None) -> None:
    told = read_one(eventID=event_id)
    declared = read_one(
        eventID=event_id,
        errorDeclaration={
            "declarationTime": "2026-03-03T00:00:00Z",
            "reason": "did_not_occur",
            "correctiveEventIDs": [],
        },
    )

    assert declared.identity("a") == told.identity("a")
    assert (declared.status, declared.sub_status, declared.raw_text) == ("note", "information", "withdrawn")
