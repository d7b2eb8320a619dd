"""Signed and well-formed, and still not to be believed: what the content of a scan can be at its worst.

Names begin with the case's id (B1 to B32). What is asked of one format alone stands with that format's tests.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.conformance.samples import EXAMPLES as FEEDS
from carrier_adapter.formats.instants import read_instant
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.normalising import KeptPush, read_push
from contracts.scans.v1 import ScanQuarantined, ScanReported
from contracts.vocabulary import TimeQuality

RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = "2026-03-02T06:05:00Z"

Fields = dict[str, Any]


def ninjavan(number: object = "NV-1", code: object = "Completed", at: object = AT, **more: object) -> Fields:
    return {"tracking_id": number, "status": code, "timestamp": at, **more}


def ship_by_tiktok(number: object = "TT-1", code: object = "arrived", at: object = AT, **more: object) -> Fields:
    return {"version": 1, "scans": [{"id": "s1", "tracking_number": number, "code": code, "at": at, **more}]}


def easypost(number: object = "1Z9", code: object = "delivered", at: object = AT, **more: object) -> Fields:
    detail = {"object": "TrackingDetail", "status": code, "datetime": at, "status_detail": None, **more}
    tracker = {"object": "Tracker", "tracking_code": number, "tracking_details": [detail]}
    return {"object": "Event", "id": "evt_1", "mode": "production", "result": tracker}


def shippo(number: object = "SP-1", code: object = "DELIVERED", at: object = AT, **more: object) -> Fields:
    """Give a push of a format that is a mapping file."""
    status = {"status": code, "status_date": at, "substatus": None, **more}
    data = {"tracking_number": number, "carrier": "usps", "tracking_status": status, "tracking_history": [status]}
    return {"event": "track_updated", "test": False, "data": data}


MAKERS: dict[str, Callable[..., Fields]] = {
    "ninjavan-webhook": ninjavan,
    "ship-by-tiktok": ship_by_tiktok,
    "easypost-event": easypost,
    "shippo-track": shippo,
}
of_each_kind = pytest.mark.parametrize("name", MAKERS)


def parse(name: str, push: Fields, zone: str = "UTC") -> Feed:
    return FORMATS[name].parse(json.dumps(push).encode(), ZoneInfo(zone))


def one(name: str, push: Fields) -> Record:
    (record,) = parse(name, push).records
    return record


def said(name: str, push: Fields, number: int = 0) -> list[ScanReported | ScanQuarantined]:
    """Give the events of a push that was accepted."""
    kept = KeptPush(
        id=uuid5(UUID(int=0), str(number)),
        account="an-account",
        carrier="ninjavan",
        format=name,
        zone="UTC",
        received_at=RECEIVED,
        digest=b"\x01" * 32,
        body=json.dumps(push).encode(),
    )
    return [event for event in read_push(kept, RECEIVED)[0] if isinstance(event, ScanReported | ScanQuarantined)]


@of_each_kind
def test_what_is_spoilt_below_is_good(name: str) -> None:
    assert one(name, MAKERS[name]()).problem is None


# --- tracking numbers -------------------------------------------------------------------------------------------------


@of_each_kind
@pytest.mark.parametrize("spelt", ["nv 12-3", "NV123\n", "\tnv123 ", "ＮＶ１２３", "N.V.1.2.3", "nv\u00a0123"])
def test_b2_a_number_is_the_same_however_it_is_spelt(name: str, spelt: str) -> None:
    (event,) = said(name, MAKERS[name](spelt))

    assert isinstance(event, ScanReported)
    assert event.tracking_number == "NV123"


@of_each_kind
@pytest.mark.parametrize("number", ["*", "../..", ".>", "\r\n", " ", "X" * 4096, None, [], {"a": 1}])
def test_b3_what_is_no_number_sets_its_scan_aside(name: str, number: object) -> None:
    (event,) = said(name, MAKERS[name](number))

    assert isinstance(event, ScanQuarantined)
    assert event.reason == "no_tracking_number"


# --- codes ------------------------------------------------------------------------------------------------------------


@of_each_kind
def test_b4_a_code_that_nobody_has_mapped_is_evidence_and_no_status(name: str) -> None:
    record = one(name, MAKERS[name](code="teleported"))

    assert (record.status, record.problem) == (None, "unmapped_code")
    assert "teleported" in (record.raw_code or "")


@of_each_kind
@pytest.mark.parametrize(
    "code", [None, [], ["delivered", "lost"], {}, True, 7, "", "d" * 10_240], ids=lambda code: repr(code)[:12]
)
def test_b5_what_is_no_code_is_never_taken_for_one(name: str, code: object) -> None:
    (event,) = said(name, MAKERS[name](code=code))

    assert isinstance(event, ScanQuarantined)
    assert event.reason == "unmapped_code"


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ninjavan-webhook", "ship-by-tiktok", "easypost-event"])
def test_b6_a_scan_without_a_time_says_so_and_when_it_came(name: str) -> None:
    (event,) = said(name, MAKERS[name](at=None))

    assert isinstance(event, ScanReported)
    assert (event.scanned_at, event.time_quality) == (None, TimeQuality.NONE)
    assert event.received_at == RECEIVED


@of_each_kind
def test_b7_a_time_without_a_zone_is_the_accounts_and_says_that_it_is(name: str) -> None:
    (record,) = parse(name, MAKERS[name](at="2026-03-02T14:05:00"), "Asia/Singapore").records

    assert record.occurred_at is not None
    assert record.occurred_at.astimezone(UTC) == datetime(2026, 3, 2, 6, 5, tzinfo=UTC)
    assert record.time_quality is TimeQuality.NAIVE_LOCAL


@of_each_kind
@pytest.mark.parametrize(
    "at",
    [
        *("2026-02-30T06:05:00Z", "2026-03-02T24:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon"),
        *("1772431500", "1772431500000"),  # B9: a number, and nobody says what it counts
    ],
)
def test_b8_b9_a_time_that_cannot_be_is_not_made_to_be(name: str, at: str) -> None:
    (event,) = said(name, MAKERS[name](at=at))

    assert isinstance(event, ScanQuarantined)
    assert event.reason == "bad_time"


@of_each_kind
def test_b8_a_leap_second_is_the_second_before_it(name: str) -> None:
    assert one(name, MAKERS[name](at="2016-12-31T23:59:60Z")).occurred_at == datetime(
        2016, 12, 31, 23, 59, 59, tzinfo=UTC
    )


def test_b11_an_hour_that_came_twice_is_told_apart_where_the_offset_is_said() -> None:
    """New York's clocks went from 02:00 back to 01:00 on 1 November 2026: -04:00 the first time, -05:00 the second."""
    new_york = ZoneInfo("America/New_York")

    first, second, unsaid = (read_instant(f"2026-11-01T01:30:00{end}", new_york)[0] for end in ("-04:00", "-05:00", ""))

    assert second - first == timedelta(hours=1)
    assert unsaid.astimezone(UTC) == first


# --- the same again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ninjavan-webhook", "easypost-event", "shippo-track"])
def test_b13_the_same_scan_in_another_message_is_the_same_record(name: str) -> None:
    """Where the record has no id of its own, its identity is what it says."""
    push = MAKERS[name]()
    other = {**push, "id": "evt_2", "previous_status": "x", "description": "tracker.updated"}

    (first,), (again,) = said(name, push), said(name, other, 1)

    assert first.identity == again.identity
    assert first.scan_id != again.scan_id


def test_b12_the_same_scan_twice_in_one_push_is_two_tellings_of_one_record() -> None:
    push = ship_by_tiktok()
    push["scans"] *= 2

    first, again = said("ship-by-tiktok", push)

    assert first.identity == again.identity
    assert first.scan_id != again.scan_id


def test_b14_a_corrected_time_is_another_telling_of_a_record_that_has_an_id() -> None:
    (first,), (corrected,) = (
        said("ship-by-tiktok", ship_by_tiktok(at=f"2026-03-02T0{hour}:05:00Z")) for hour in (6, 7)
    )

    assert first.identity == corrected.identity


# --- how many ---------------------------------------------------------------------------------------------------------


def test_b15_one_scan_more_than_a_push_may_hold_and_none_of_it_is_read() -> None:
    push = ship_by_tiktok()
    push["scans"] *= MOST_RECORDS + 1

    (event,) = said("ship-by-tiktok", push)

    assert isinstance(event, ScanQuarantined)
    assert event.reason == "unparsable"


def test_b15_an_empty_list_says_nothing() -> None:
    assert said("ship-by-tiktok", {"version": 1, "scans": []}) == []


def test_b16_one_bad_scan_among_twenty_costs_only_itself() -> None:
    push = ship_by_tiktok()
    push["scans"] = [{**push["scans"][0], "id": f"s{n}", "at": "soon" if n == 11 else AT} for n in range(20)]

    events = said("ship-by-tiktok", push)

    assert [n for n, event in enumerate(events) if isinstance(event, ScanQuarantined)] == [11]
    assert len(events) == 20


# --- what is not for us -----------------------------------------------------------------------------------------------


PERSONAL = {
    "pod": {"name": "Canary Consignee", "uri": "https://canary.example.com/s.png"},
    "to": {"name": "Canary", "address1": "1 Canary Road"},
    "recipient": {"name": "Canary"},
    "signed_by": "Canary",
    "address_to": {"street1": "1 Canary Road"},
    "photo_url": "https://canary.example.com/p.jpg",
}


@of_each_kind
def test_b29_what_is_about_a_person_is_in_no_event(name: str) -> None:
    push = MAKERS[name](**PERSONAL)

    for told in (push, {**push, **PERSONAL}):
        (event,) = said(name, told)
        assert "canary" not in event.model_dump_json().lower()


ODD_PLACES = {
    "\N{DELIVERY TRUCK} depot": "\N{DELIVERY TRUCK} depot",
    "\u202egnp.exe": "gnp.exe",
    "a\u200bb\x07c": "a b c",
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "'; DROP TABLE scans; --": "'; DROP TABLE scans; --",
    "{{7*7}}": "{{7*7}}",
    "%n%s": "%n%s",
}


@pytest.mark.parametrize("place", ODD_PLACES)
def test_b30_a_place_is_a_text_and_what_steers_the_screen_is_taken_out(place: str) -> None:
    (event,) = said("ship-by-tiktok", ship_by_tiktok(facility={"name": place}))

    assert isinstance(event, ScanReported)
    assert event.place == ODD_PLACES[place]


@pytest.mark.parametrize(
    ("name", "push"),
    [
        ("easypost-event", {**easypost(), "mode": "test"}),
        ("shippo-track", {**shippo(), "test": True}),
    ],
)
def test_b31_what_is_said_in_a_test_is_set_aside(name: str, push: Fields) -> None:
    (event,) = said(name, push)

    assert isinstance(event, ScanQuarantined)
    assert event.reason == "test_mode"


@pytest.mark.parametrize("sender", sorted({file.parent.name for file in FEEDS.glob("*/*")}))
def test_b32_what_one_sender_pushes_is_none_of_anothers_scans(sender: str) -> None:
    """Refused as a whole, or set aside scan by scan; never silence, in which it would be lost."""
    pushes = [file.read_bytes() for file in FEEDS.glob(f"{sender}/*") if "expected" not in file.name]
    for other in FORMATS.values():
        for push in pushes if other.name != sender else ():
            try:
                feed = other.parse(push, ZoneInfo("UTC"))
            except Unparsable:
                continue
            assert feed.records, other.name
            assert not feed.notices, other.name
            assert all(record.problem is not None for record in feed.records), other.name
