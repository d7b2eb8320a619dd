"""Whatever an authentic sender sends, a parser gives a feed or refuses it; it does nothing else."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrier_adapter.formats.record import LONGEST_NUMBER, MOST_RECORDS, Feed, Unparsable
from carrier_adapter.formats.registry import FORMATS
from contracts.vocabulary import SUB_STATUSES, TimeQuality, tracking_key

BERLIN = ZoneInfo("Europe/Berlin")
EVERY = sorted(FORMATS)
JSON = {
    "ninjavan-webhook": {
        "tracking_id": "NV1",
        "status": "Delivered",
        "event": "Delivered, Received by Customer",
        "timestamp": "2026-03-02T14:05:00+0800",
        "comments": "Office address, closed",
        "is_parcel_on_rts_leg": False,
        "pod": {"uri": "https://example.com/s.png", "left_in_safe_place": False},
        "delivery_information": {"state": "Received by Customer", "proof": {"signature_uri": "https://example.com"}},
        "arrived_at_origin_hub_information": {"hub": "A", "city": "B", "country": "C"},
    },
    "easypost-event": {
        "object": "Event",
        "mode": "production",
        "result": {
            "object": "Tracker",
            "tracking_code": "EZ1",
            "carrier": "USPS",
            "signed_by": "L. Tan",
            "est_delivery_date": "2026-03-02T14:05:00Z",
            "tracking_details": [
                {
                    "status": "in_transit",
                    "status_detail": "arrived_at_facility",
                    "datetime": "2026-03-02T14:05:00Z",
                    "message": "Arrived",
                    "tracking_location": {"city": "A", "state": "B", "country": "C"},
                },
                {"status": "delivered", "status_detail": "arrived_at_destination", "datetime": "2026-03-02T15:05:00Z"},
            ],
        },
    },
    "ship-by-tiktok": {
        "version": 1,
        "scans": [
            {
                "id": "s1",
                "tracking_number": "TT1",
                "code": "delivered",
                "at": "2026-03-02T14:05:00",
                "facility": {"name": "Hub 7", "zone": "Asia/Singapore"},
                "carrier": "ParcelPost",
                "leg": "outbound",
                "reason": "nobody_home",
                "attempt": 1,
                "fault": "carrier",
                "estimated_delivery": "2026-03-02",
                "signature": {"name": "L. Tan", "image_sha256": "0f" * 32},
            }
        ],
    },
}
X12 = (
    "ISA*00*          *00*          *02*RDFR           *ZZ*SHOP           *260302*0800*U*00401*000000001*0*P*>~"
    "GS*QM*RDFR*SHOP*20260302*0800*1*X*004010~ST*214*0001~B10*PRO123*BOL456*RDFR~L11*1Z9*2I~LX*1~"
    "AT7*AF*NS***20260302*1405*CT~MS1*JOLIET*IL*US~AT7***AA*NA*20260302*1405*LT~MS1****100.5*25.7*W*N~SE*8*0001~"
    "GE*1*1~IEA*1*000000001~"
)
DOCUMENTS = {name: json.dumps(document).encode() for name, document in JSON.items()} | {"x12-214": X12.encode()}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def parse(name: str, body: bytes) -> Feed | Unparsable:
    try:
        return FORMATS[name].parse(body, BERLIN)
    except Unparsable as refusal:
        return refusal


def read(name: str, body: bytes) -> None:
    """Read *body*, and look at what came out: it must be fit to be kept and told."""
    feed = parse(name, body)
    if isinstance(feed, Unparsable):
        assert 0 < len(str(feed)) < 150
        return
    assert bool(feed.records) is (feed.silence is None)
    assert len(feed.records) <= MOST_RECORDS
    assert [record.index for record in feed.records] == list(range(len(feed.records)))
    for record in feed.records:
        if record.problem is None:
            assert record.status is not None
            assert record.sub_status in SUB_STATUSES[record.status]
            assert record.tracking_number is not None
            assert 0 < len(tracking_key(record.tracking_number)) <= LONGEST_NUMBER
        assert (record.occurred_at is None) is (record.time_quality is TimeQuality.NONE)
        assert record.occurred_at is None or record.occurred_at.isoformat()
        for text in (record.raw_code, record.raw_text, record.raw_time, record.place, record.carrier, record.record_id):
            assert text is None or (0 < len(text) <= 300 and text.isprintable())
        assert 0 < len(record.identity("account")) <= 200


@pytest.mark.parametrize("name", EVERY)
def test_the_documents_that_are_spoilt_below_are_good(name: str) -> None:
    records = FORMATS[name].parse(DOCUMENTS[name], BERLIN).records

    assert records
    assert not any(record.problem for record in records)
    read(name, DOCUMENTS[name])


@pytest.mark.parametrize("name", EVERY)
@given(body=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_feed_or_refused(name: str, body: bytes) -> None:
    read(name, body)


@pytest.mark.parametrize("name", sorted(JSON))
@given(document=json_values)
def test_any_json_is_a_feed_or_refused(name: str, document: object) -> None:
    read(name, json.dumps(document).encode())


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=150)
@given(data=st.data())
def test_any_document_with_some_bytes_changed_is_a_feed_or_refused(name: str, data: st.DataObject) -> None:
    body = DOCUMENTS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 12)))
        body = body[:start] + data.draw(st.binary(max_size=8)) + body[end:]

    read(name, body)


def spots(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give where in a document something stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(spot for key, one in inner for spot in spots(one, (*path, key)))]


def put(document: Any, path: tuple[Any, ...], value: object) -> Any:
    """Give *document* with *value* in place of what stands at *path*."""
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = put(copy[path[0]], path[1:], value)
    return copy


@pytest.mark.parametrize("name", sorted(JSON))
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), value=json_values)
def test_any_document_with_a_value_of_another_kind_is_a_feed_or_refused(
    name: str, data: st.DataObject, value: object
) -> None:
    path = data.draw(st.sampled_from(spots(JSON[name])))

    read(name, json.dumps(put(JSON[name], path, value)).encode())


@settings(max_examples=150)
@given(data=st.data())
def test_any_x12_file_with_other_elements_is_a_feed_or_refused(data: st.DataObject) -> None:
    segments = [segment.split("*") for segment in X12.split("~") if segment]
    for _ in range(data.draw(st.integers(1, 4))):
        segment = segments[data.draw(st.integers(0, len(segments) - 1))]
        segment[data.draw(st.integers(0, len(segment) - 1))] = data.draw(
            st.text(max_size=12) | st.sampled_from(["AT7", "ST", "SE", "ISA", "214", "D1", "20261325", "9999", "99"])
        )

    read("x12-214", "~".join("*".join(segment) for segment in segments).encode())
