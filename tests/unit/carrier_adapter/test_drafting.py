"""``carrier-adapter new-mapping``: drafts of mappings from samples of several shapes."""

import json
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.conformance.samples import EXAMPLES as FEEDS
from carrier_adapter.drafting.samples import NoSample
from carrier_adapter.drafting.wording import proposal
from carrier_adapter.drafting.writing import draft
from carrier_adapter.formats.record import Record, Unparsable
from carrier_adapter.mapping.loading import load, read
from contracts.vocabulary import SUB_STATUSES

UTC = ZoneInfo("UTC")
FIXTURES = sorted(file for file in FEEDS.glob("*/*") if "expected" not in file.name)


def drafted(*bodies: bytes) -> tuple[str, list[Record]]:
    """Give the draft for these samples, and what it makes of the first."""
    text = draft(bodies, "acme")
    return text, list(load(text, "acme.yaml").parse(bodies[0], UTC).records)


def told(records: list[Record]) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (one.tracking_number, one.raw_code, one.occurred_at.strftime("%m-%d %H:%M") if one.occurred_at else None)
        for one in records
    ]


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


NESTED = {
    "batch": "b-1",
    "createdAt": "2026-03-01T00:00:00Z",
    "shipments": [
        {
            "trackingNumber": "AC0000001",
            "orderNumber": "SO-1",
            "estimatedDelivery": "2026-03-05",
            "events": [
                {
                    "id": "e1",
                    "eventCode": "PU",
                    "description": "Picked up from sender",
                    "eventTime": "02/03/2026 14:05",
                    "location": {"city": "Depok", "country": "ID"},
                },
                {"id": "e2", "eventCode": "ZZ", "description": "Noted", "eventTime": "13/03/2026 09:05"},
            ],
        },
        {"trackingNumber": "AC0000002", "orderNumber": "SO-2", "events": []},
    ],
}


def test_scans_in_a_list_in_a_list_are_found_with_their_parts() -> None:
    text, records = drafted(as_json(NESTED))

    assert told(records) == [("AC0000001", "PU", "03-02 14:05"), ("AC0000001", "ZZ", "03-13 09:05")]
    assert (records[0].raw_text, records[0].place) == ("Picked up from sender", "Depok, ID")
    assert records[0].estimated_at is not None
    mapping = read(text, "acme.yaml")
    assert (mapping.parcels, mapping.scans, mapping.recognise) == (
        "push.shipments",
        "parcel.events",
        ("push.shipments",),
    )


def test_codes_are_listed_with_their_text_and_a_proposal_but_no_meaning() -> None:
    text, records = drafted(as_json(NESTED))

    assert "  PU: null  # seen: Picked up from sender  # perhaps picked_up.collected\n" in text
    assert "  ZZ: null  # seen: Noted\n" in text
    assert set(read(text, "acme.yaml").statuses.values()) == {None}
    assert all(record.problem == "unmapped_code" for record in records)


def test_what_a_person_has_to_decide_is_a_comment() -> None:
    text, _ = drafted(as_json(NESTED))

    assert "# record_id: scan.id" in text
    assert "zone: account  # check" in text
    assert "source: samples, and no document yet  # check" in text


def test_a_push_about_one_scan_is_read_as_it_is() -> None:
    body = as_json(
        {"Shipment": {"AWB": "1490812345", "Status": {"StatusCode": "DL-1", "StatusDateTime": "2026-03-02T14:05:00"}}}
    )

    assert told(drafted(body)[1]) == [("1490812345", "DL-1", "03-02 14:05")]


def test_a_document_that_is_a_list_is_read_item_by_item() -> None:
    body = as_json([{"awb": f"AC000000{n}", "status": "OK", "timestamp": 1772460300 + n} for n in range(3)])

    text, records = drafted(body)

    assert told(records)[0] == ("AC0000000", "OK", "03-02 14:05")
    assert len(records) == 3
    assert "layouts: epoch-seconds" in text


@pytest.mark.parametrize(
    ("written", "layout"),
    [
        ("/Date(1772460300000)/", "/Date({epoch-milliseconds})/"),
        (1772460300000, "epoch-milliseconds"),
        ("2026-03-02T14:05:00.1234567+0000", "iso"),
        ("02-Mar-2026 02:05 PM", "%d-%b-%Y %I:%M %p"),
        ("20260302140500", "%Y%m%d%H%M%S"),
        ("02.03.2026 14:05:00", "%d.%m.%Y %H:%M:%S"),
    ],
)
def test_the_layout_of_the_time_is_checked_by_reading_it(written: object, layout: str) -> None:
    text, records = drafted(as_json({"trackingNumber": "AC0000001", "status": "OK", "eventTime": written}))

    assert told(records) == [("AC0000001", "OK", "03-02 14:05")]
    assert read(text, "acme.yaml").scan.time is not None
    assert layout in text


def test_a_day_that_could_be_a_month_is_said_to_be_doubtful() -> None:
    text, _ = drafted(as_json({"awb": "AC0000001", "status": "OK", "date": "02/03/2026 14:05"}))

    assert "%m/%d/%Y %H:%M fit as well" in text


def test_several_samples_are_looked_at_together() -> None:
    one, other = (
        {"awb": f"AC000000{n}", "status": f"S{n}", "date": f"{day}/03/2026 14:05"} for n, day in ((1, "02"), (2, "13"))
    )

    text, _ = drafted(as_json(one), as_json(other))

    assert list(read(text, "acme.yaml").statuses) == ["S1", "S2"]
    assert "fit as well" not in text


def test_xml_with_namespaces_is_read_by_xpath() -> None:
    body = b"""<?xml version="1.0"?>
    <Report xmlns="urn:acme" xmlns:x="urn:x"><Sent>2026-03-03T00:00:00Z</Sent>
      <Parcel trackingNumber="AC0000001">
        <x:Event code="DEL"><Date>20260302</Date><Time>140500</Time>
          <Remark>Delivered</Remark><City>Depok</City></x:Event>
        <x:Event code="OFD"><Date>20260302</Date><Time>080500</Time><Remark>Loaded</Remark></x:Event>
      </Parcel></Report>"""

    text, records = drafted(body)

    assert told(records) == [("AC0000001", "DEL", "03-02 14:05"), ("AC0000001", "OFD", "03-02 08:05")]
    assert (records[0].raw_text, records[0].place) == ("Delivered", "Depok")
    assert "  DEL: null  # seen: Delivered  # perhaps delivered.recipient\n" in text


def test_csv_is_read_by_its_header() -> None:
    header = "Tracking No;Status Code;Scan Date;Scan Time;Depot\n"
    body = f"{header}AC0000001;10;02.03.2026;14:05;Köln\nAC0000002;NO;03.03.2026;09:05;Bonn\n"

    text, records = drafted(body.encode("windows-1252"))

    assert told(records) == [("AC0000001", "10", "03-02 14:05"), ("AC0000002", "NO", "03-03 09:05")]
    assert records[0].place == "Köln"
    assert list(read(text, "acme.yaml").statuses) == ["10", "NO"]


def test_fixed_width_lines_are_told_apart_by_what_they_start_with() -> None:
    body = b"".join(
        b"HDR  AC%07d    X\nEVT  DEL  20260302140500  Depok\nEVT  OFD  20260302080500  Bogor\n" % n for n in (1, 2)
    )

    text, records = drafted(body)

    assert told(records) == [
        *(("AC0000001", "DEL", "03-02 14:05"), ("AC0000001", "OFD", "03-02 08:05")),
        *(("AC0000002", "DEL", "03-02 14:05"), ("AC0000002", "OFD", "03-02 08:05")),
    ]
    assert "columns are guessed" in text


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"\x00", b"{", b"[]", b"{}", b"[1, 2]", b"<a", b"7", b"\xff\xfe\x00", b"<a/>"]
)
def test_a_sample_of_nothing_gives_a_sentence_or_a_draft_that_loads(body: bytes) -> None:
    try:
        text = draft([body], "acme")
    except NoSample:
        return
    assert load(text, "acme.yaml").name == "acme"


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_draft_for_any_feed_that_we_know_can_be_tried(file: Path) -> None:
    try:
        text = draft([file.read_bytes()], "acme")
    except NoSample:
        return
    try:
        load(text, "acme.yaml").parse(file.read_bytes(), UTC)
    except Unparsable as wrong:
        pytest.fail(str(wrong))


def test_texts_of_any_kind_make_a_draft_that_loads() -> None:
    chance = random.Random(4)
    signs = "aA1 :#'\"\\/*{}[]&!|>%@`,?-~\n\tü\u2028😀"
    for _ in range(300):
        words = ["".join(chance.choices(signs, k=chance.randint(0, 12))) for _ in range(8)]
        body = {
            words[0]: words[1],
            "events": [{words[2]: words[3], "status": words[4], "time": "2026-03-02", words[5]: words[6]}],
        }

        text = draft([as_json(body)], "acme")

        assert load(text, "acme.yaml").parse(as_json(body), UTC).records, text


def test_proposals_are_in_the_vocabulary() -> None:
    for words in (
        "lost",
        "Returned to shipper",
        "Customs clearance",
        "Out-for_delivery",
        "nobody home",
        "label created",
    ):
        status, _, sub_status = (proposal(words) or "").partition(".")
        assert sub_status in {sub for known, subs in SUB_STATUSES.items() if known == status for sub in subs}
    assert proposal("QX-9") is None
