"""What a mapping makes of a push: every part of a scan, every way to write a feed, and every way to spoil it."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Unparsable
from carrier_adapter.mapping.loading import load
from contracts.vocabulary import Fault, Leg, ScanStatus, TimeQuality

BERLIN = ZoneInfo("Europe/Berlin")

JSON = r"""
format: acme
title: Acme push
source: Acme API, 2026-03-02
recognise: [push.parcels, push.test]
parcels: push.parcels
scans: parcel.events
test: push.test
scan:
  number: [scan.awb, parcel.awb]
  code: [scan.code, scan.reason]
  time:
    from: [scan.date, scan.time]
    layouts: ["%d.%m.%Y %H:%M", iso]
    zone_of: {by: scan.hub.country, zones: {SG: Asia/Singapore}}
  text: [scan.text, scan.note]
  place: [scan.hub.name, scan.hub.city, scan.hub.country]
  carrier: parcel.carrier
  record_id: scan.id
  return_leg: parcel.back
  signed: scan.signature
  attempt: scan.attempt
  estimate: {from: parcel.due}
statuses:
  OK: delivered.recipient
  GO: out_for_delivery.loaded
  GO/later: null
  FAIL: attempt_failed.other
  FAIL/NA: {is: attempt_failed.nobody_home, fault: buyer}
  RTO: {is: returning.refused, leg: return}
  AT: ready_for_pickup.pickup_point
statuses_on_return:
  FAIL: {is: returning.undeliverable, fault: carrier}
  GO: null
"""


@cache
def loaded(mapping: str) -> Format:
    return load(mapping, "acme.yaml")


def read(mapping: str, body: bytes) -> Feed:
    return loaded(mapping).parse(body, BERLIN)


def push(*events: Any, **parcel: Any) -> bytes:
    return json.dumps({"parcels": [{"awb": "A1", "events": list(events), **parcel}]}).encode()


def test_every_part_of_a_scan_is_read() -> None:
    event = {
        "id": 77,
        "code": "ok",
        "date": "02.03.2026",
        "time": "14:05",
        "note": "Handed over",
        "hub": {"name": "Hub 7", "city": "Singapore", "country": "sg"},
        "signature": {"by": "L"},
        "attempt": "2",
    }

    (record,) = read(JSON, push(event, carrier="Parcel Post", due="2026-03-03")).records

    assert (record.tracking_number, record.status, record.sub_status) == ("A1", ScanStatus.DELIVERED, "signed")
    assert record.occurred_at == datetime(2026, 3, 2, 6, 5, tzinfo=UTC)
    assert (record.time_quality, record.raw_time) == (TimeQuality.NAIVE_LOCAL, "02.03.2026 14:05")
    assert (record.raw_code, record.raw_text, record.place) == ("ok", "Handed over", "Hub 7, Singapore, sg")
    assert (record.carrier, record.record_id, record.signed, record.attempt_no) == ("parcelpost", "77", True, 2)
    assert record.estimated_at == datetime(2026, 3, 3, 23, 59, 59, tzinfo=BERLIN)
    assert (record.leg, record.fault, record.problem) == (None, None, None)


@pytest.mark.parametrize(
    ("code", "reason", "back", "status", "sub_status", "leg", "fault"),
    [
        ("FAIL", None, False, "attempt_failed", "other", None, None),
        ("FAIL", "na", False, "attempt_failed", "nobody_home", None, Fault.BUYER),
        ("RTO", None, False, "returning", "refused", Leg.RETURN, None),
        ("FAIL", "na", True, "returning", "undeliverable", Leg.RETURN, Fault.CARRIER),
        ("OK", None, True, "returned", "to_seller", Leg.RETURN, None),
        ("GO", None, True, None, None, Leg.RETURN, None),
        ("AT", None, True, "returning", "other", Leg.RETURN, None),
        ("GO", "later", False, None, None, None, None),
        ("NEW", None, True, None, None, Leg.RETURN, None),
    ],
)
def test_a_code_means_what_the_table_says_and_on_the_way_back_what_that_table_says_first(
    code: str, reason: str | None, back: bool, status: str | None, sub_status: str | None, leg: Any, fault: Any
) -> None:
    (record,) = read(JSON, push({"code": code, "reason": reason}, back=back)).records

    assert (record.status, record.sub_status, record.leg, record.fault) == (status, sub_status, leg, fault)
    assert record.problem == (None if status else "unmapped_code")
    assert record.raw_code == (f"{code}/{reason}" if reason else code)


def test_one_bad_record_costs_only_itself() -> None:
    """B16."""
    events = [
        {"code": "OK"},
        None,
        "OK",
        7,
        {"code": "OK", "date": "31.02.2026", "time": "14:05"},
        {},
        {"code": {"x": 1}, "date": [1], "awb": ["A", "B"]},
    ]
    parcels = [
        {"awb": "A1", "events": events},
        None,
        {"awb": "?", "events": [{"code": "OK"}]},
        {"events": {"code": "GO"}},
    ]

    records = read(JSON, json.dumps({"parcels": parcels}).encode()).records

    assert [record.problem for record in records] == [
        *(None, "no_record", "no_record", "no_record", "bad_time", "unmapped_code", "bad_time"),
        *("no_tracking_number", "no_tracking_number"),
    ]
    assert [record.index for record in records] == list(range(9))


def test_a_test_push_moves_nothing() -> None:
    """B31."""
    body = json.dumps({"test": True, "parcels": [{"awb": "A1", "events": [{"code": "OK"}]}]}).encode()

    assert [record.problem for record in read(JSON, body).records] == ["test_mode"]


@pytest.mark.parametrize("parcels", [None, [], [{"awb": "A1"}], [{"awb": "A1", "events": []}]])
def test_a_push_of_this_format_without_scans_is_silent(parcels: Any) -> None:
    assert read(JSON, json.dumps({"parcels": parcels, "test": "yes"}).encode()) == Feed((), "the push holds no scans")


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b"7", b'"x"', b'{"parcels": []}', b"", b"<a/>", b'{"test": NaN}']
)
def test_what_is_not_this_format_is_refused(body: bytes) -> None:
    with pytest.raises(Unparsable):
        read(JSON, body)


def test_more_scans_than_a_push_may_hold_are_refused() -> None:
    """B15."""
    assert len(read(JSON, push(*[{"code": "OK"}] * MOST_RECORDS)).records) == MOST_RECORDS
    with pytest.raises(Unparsable, match="more than 1000 records"):
        read(JSON, push(*[{"code": "OK"}] * (MOST_RECORDS + 1)))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "x" * 10_000,
        "\x07\u2028",
        10**19,
        -1,
        1.5e300,
        True,
        [],
        {},
        [[]],
        ["x"],
        [{}],
        {"a": {"b": []}},
        "é́" * 200,
    ],
)
@pytest.mark.parametrize("field", ["awb", "code", "reason", "date", "hub", "text", "id", "attempt", "signature"])
def test_a_value_of_any_kind_in_any_field_is_kept_whole_and_short(field: str, value: Any) -> None:
    """B5."""
    event = {"code": "OK", "hub": {"name": "H"}} | {field: value}

    (record,) = read(JSON, push(event, due=value, carrier=value, back=value)).records

    for text in (record.raw_code, record.raw_text, record.raw_time, record.place, record.record_id, record.carrier):
        assert text is None or (0 < len(text) <= 300 and text.isprintable() and text == text.strip())
    assert (record.occurred_at is None) is (record.time_quality is TimeQuality.NONE)


XML = """
format: acme-xml
title: Acme XML
source: Acme manual, 2026-03-02
reads: xml
namespaces: {a: 'urn:acme'}
recognise: /a:Report
parcels: /a:Report/a:Parcel
scans: a:Event
scan:
  number: ../@no
  code: '@code'
  time: {from: [a:Date, a:Time], layouts: "%Y%m%d %H%M%S", offset: a:Time/@offset}
  text: a:Text
  place: [a:City, a:Country]
  return_leg: ../a:Back
  signed: a:Signature
statuses:
  OK: delivered.recipient
"""


def test_xml_is_read_with_namespaces_from_the_element_of_the_scan() -> None:
    body = """<?xml version="1.0" encoding="ISO-8859-1"?>
    <Report xmlns="urn:acme">
      <Parcel no="A1"><Back>false</Back>
        <Event code="OK"><Date>20260302</Date><Time offset="+0800">140500</Time>
          <Text> Zugestellt <b>&amp; gut</b></Text><City>Köln</City><Country>DE</Country><Signature/></Event>
        <Event code="??"/>
      </Parcel>
      <Parcel no="A2"/>
    </Report>""".encode("iso-8859-1")

    first, second = read(XML, body).records

    assert (first.tracking_number, first.status, first.sub_status) == ("A1", ScanStatus.DELIVERED, "recipient")
    assert (first.occurred_at, first.time_quality) == (datetime(2026, 3, 2, 6, 5, tzinfo=UTC), TimeQuality.OFFSET)
    assert (first.raw_text, first.place, first.leg) == ("Zugestellt & gut", "Köln, DE", None)
    assert (second.raw_code, second.problem, second.time_quality) == ("??", "unmapped_code", TimeQuality.NONE)


def test_xml_of_another_namespace_is_not_this_format() -> None:
    with pytest.raises(Unparsable, match="this is no Acme XML"):
        read(XML, b"<Report xmlns='urn:other'/>")
    assert read(XML, b"<Report xmlns='urn:acme'/>").silence == "the push holds no scans"


CSV = """
format: acme-csv
title: Acme CSV
source: Acme manual, 2026-03-02
reads: csv
csv: {delimiter: ';', encoding: windows-1252}
recognise: contains(push.header, 'Tracking No')
scans: push.rows
scan:
  number: scan."Tracking No"
  code: scan.Status
  time: {from: scan.When, layouts: "%d/%m/%Y %I:%M %p"}
  place: scan.Place
statuses: {OK: delivered.recipient}
"""


def test_csv_is_read_row_by_row() -> None:
    body = "Tracking No;Status;When;Place\nA1;OK;02/03/2026 02:05 PM;Köln\nA2;OK;;x;y\n".encode("windows-1252")

    first, second = read(CSV, body).records

    assert (first.tracking_number, first.status, first.place) == ("A1", ScanStatus.DELIVERED, "Köln")
    assert first.occurred_at == datetime(2026, 3, 2, 14, 5, tzinfo=BERLIN)
    assert second.problem == "no_record"


FIXED = """
format: acme-fixed
title: Acme lines
source: Acme manual, 2026-03-02
reads: fixed
fixed:
  lines:
    stop: {starts: S, columns: {number: [2, 9]}}
    scan: {starts: E, columns: {code: [2, 3], at: [4, 17]}, inherits: stop}
recognise: push.rows[?line=='stop']
scans: push.rows[?line=='scan']
scan:
  number: scan.stop.number
  code: scan.code
  time: {from: scan.at, layouts: "%Y%m%d%H%M%S"}
statuses: {OK: delivered.recipient}
"""


def test_a_line_that_is_none_and_a_scan_without_the_time_it_must_have_are_set_aside() -> None:
    mapping = FIXED.replace("?line=='scan'", "?line!='stop'").replace("layouts:", "required: true, layouts:")

    records = read(mapping, b"SPARCEL01\nEOK\n???\nEOK20260302140500\n").records

    assert [record.problem for record in records] == ["bad_time", "no_record", None]


def test_a_fixed_width_line_reaches_the_line_above_it() -> None:
    records = read(FIXED, b"SPARCEL01\nEOK20260302140500\nSPARCEL02\nEOK20260302150500\nENO\n").records

    assert [record.tracking_number for record in records] == ["PARCEL01", "PARCEL02", "PARCEL02"]
    assert records[1].occurred_at == datetime(2026, 3, 2, 15, 5, tzinfo=BERLIN)
    assert [record.problem for record in records] == [None, None, "unmapped_code"]


SHIPMENTS = """
format: acme
title: Acme push
source: Acme API, 2026-03-02
recognise: push.answers
shipments: push.answers
parcels: shipment.parcels
scans: parcel.events
scan:
  number: shipment.asked
  code: scan.code
  record_id: join('/', [parcel.id, scan.code])
statuses:
  OK: delivered.recipient
"""


def test_a_scan_may_take_its_parts_from_the_shipment_that_its_parcel_is_in() -> None:
    answers = [
        {
            "asked": "A1",
            "parcels": [{"id": "one", "events": [{"code": "OK"}]}, {"id": "two", "events": {"code": "OK"}}],
        },
        {"asked": "B2", "parcels": [{"id": "three", "events": [{"code": "OK"}, 7]}]},
        {"asked": "C3"},
    ]

    feed = read(SHIPMENTS, json.dumps({"answers": answers}).encode())

    assert [(one.tracking_number, one.record_id, one.problem) for one in feed.records] == [
        ("A1", "one/OK", None),
        ("A1", "two/OK", None),
        ("B2", "three/OK", None),
        (None, None, "no_record"),
    ]


def test_the_shipments_of_an_xml_feed_are_found_from_its_root_and_the_parcels_from_them() -> None:
    mapping = SHIPMENTS.replace("push.answers", "//answer").replace("shipment.parcels", "parcel")
    mapping = mapping.replace("parcel.events", "event").replace("shipment.asked", "ancestor::answer/@asked")
    mapping = mapping.replace("join('/', [parcel.id, scan.code])", "../@id").replace("scan.code", '"@code"')

    feed = read(
        mapping + "reads: xml\n",
        b'<all><answer asked="A1"><parcel id="one"><event code="OK"/></parcel></answer><answer asked="B2"/></all>',
    )

    assert [(one.tracking_number, one.record_id) for one in feed.records] == [("A1", "one")]
