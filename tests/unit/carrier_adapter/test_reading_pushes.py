"""What a committed push becomes: an event for each record, and what nobody understands is set aside."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.record import Feed
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.normalising import KeptPush, Unreadable, read_push, scan_id_of
from contracts.event import decode
from contracts.scans.v1 import ScanQuarantined, ScanReported

PUSH = UUID("0194f5a0-0000-7000-8000-000000000001")
RECEIVED = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 7, 1, tzinfo=UTC)


def read(push: KeptPush) -> tuple[list[ScanReported | ScanQuarantined], list[Unreadable]]:
    """Give what is said of a push of scans alone."""
    said, unreadable = read_push(push, NOW)
    return [event for event in said if isinstance(event, ScanReported | ScanQuarantined)], unreadable


def kept(body: object, format_name: str = "ship-by-tiktok", **fields: Any) -> KeptPush:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    push = {
        "id": PUSH,
        "account": "tiktok-sg",
        "carrier": "shipbytiktok",
        "format": format_name,
        "zone": "Asia/Singapore",
        "received_at": RECEIVED,
        "digest": hashlib.sha256(text).digest(),
        "body": text,
        **fields,
    }
    return KeptPush(**push)


def scans(*listed: object) -> dict[str, object]:
    return {"version": 1, "scans": list(listed)}


def scan(**fields: object) -> dict[str, object]:
    return {"tracking_number": "tt-01", "code": "arrived", "at": "2026-03-02T14:05:00+08:00", **fields}


def tracker(**fields: object) -> dict[str, object]:
    detail = {
        "status": "in_transit",
        "status_detail": "arrived_at_facility",
        "datetime": "2026-03-02T06:05:00Z",
        "message": "Arrived at facility",
        "tracking_location": {"city": "OAKLAND"},
        **fields,
    }
    return {"object": "Event", "result": {"object": "Tracker", "tracking_code": "1Z9", "tracking_details": [detail]}}


def test_a_record_is_told_with_all_that_it_says() -> None:
    (event,), unreadable = read(kept(scans(scan(id="s1", carrier="Parcel Post", text="On the belt"))))

    assert isinstance(event, ScanReported)
    assert unreadable == []
    assert (event.tracking_number, event.status, event.sub_status) == ("TT01", "in_transit", "arrived_facility")
    assert (event.carrier, event.account, event.push_id) == ("parcelpost", "tiktok-sg", PUSH)
    assert (event.scanned_at, event.received_at, event.occurred_at) == (
        datetime(2026, 3, 2, 6, 5, tzinfo=UTC),
        RECEIVED,
        NOW,
    )
    assert event.identity == "tiktok-sg:s1"


def test_a_carrier_that_is_not_named_is_the_accounts() -> None:
    (event,), _ = read(kept(scans(scan())))

    assert isinstance(event, ScanReported)
    assert event.carrier == "shipbytiktok"


def test_what_is_told_is_understood_by_whoever_reads_the_stream() -> None:
    """Events are put together without a check of their fields; the readers do check."""
    push = kept(scans(scan(estimated_delivery="2026-03-05", attempt=1, fault="carrier"), scan(code="teleported"), None))

    for event in read(push)[0]:
        assert decode({event.subjects[0]: type(event)}, event.subjects[0], event.model_dump_json().encode()) == event


def test_one_bad_record_spoils_no_other() -> None:
    push = kept(scans(scan(), scan(code="teleported"), scan(at="soon"), "what?", scan(tracking_number=""), scan()))

    events, unreadable = read(push)

    assert [type(event) for event in events] == [ScanReported, *[ScanQuarantined] * 4, ScanReported]
    assert [(one.record, one.reason, one.raw_code) for one in unreadable] == [
        (1, "unmapped_code", "teleported"),
        (2, "bad_time", "arrived"),
        (3, "no_record", None),
        (4, "no_tracking_number", "arrived"),
    ]
    assert [event.scan_id for event in events] == [scan_id_of(PUSH, record) for record in range(6)]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_push_that_cannot_be_read_counts_as_one_record(name: str) -> None:
    events, unreadable = read(kept(b"\xff\x00 not a feed", name))

    (event,) = events
    assert isinstance(event, ScanQuarantined)
    assert event.reason == "unparsable"
    assert [(one.scan_id, one.record) for one in unreadable] == [(event.scan_id, -1)]


def test_a_push_without_scans_is_no_record_at_all() -> None:
    assert read(kept(scans())) == ([], [])


def test_a_push_whose_body_was_dropped_is_set_aside() -> None:
    (event,), (one,) = read(replace(kept(scans(scan())), body=None))

    assert isinstance(event, ScanQuarantined)
    assert "dropped" in one.reason


def test_a_fault_of_our_own_sets_the_push_aside_and_holds_up_no_other() -> None:
    def stumble(*_: object) -> Feed:
        raise KeyError("L. Tan, 7 Orchard Road")

    broken = {"ship-by-tiktok": Format("ship-by-tiktok", "", stumble, ())}

    (event,), (one,) = read_push(kept(scans(scan())), NOW, broken)

    assert isinstance(event, ScanQuarantined)
    assert event.reason == "unparsable"
    assert "KeyError" in one.reason
    assert "Orchard" not in one.reason


def test_reading_a_push_again_gives_the_same_ids() -> None:
    push = kept(scans(scan(), scan(code="teleported"), scan(tracking_number="TT02")))

    first, again = read(push)[0], read(push)[0]

    assert [(e.scan_id, e.identity) for e in first] == [(e.scan_id, e.identity) for e in again]
    assert len({event.scan_id for event in first}) == 3


def test_records_of_two_pushes_have_ids_of_their_own() -> None:
    other = kept(scans(scan()), id=UUID("0194f5a0-0000-7000-8000-000000000002"))

    assert read(kept(scans(scan())))[0][0].scan_id != read(other)[0][0].scan_id


def identity(push: KeptPush) -> str:
    (event,), _ = read(push)
    return event.identity


@pytest.mark.parametrize(
    "retold",
    [
        tracker(message="Arrived at the sorting centre"),
        tracker(tracking_location={"city": "Oakland", "state": "CA"}),
        tracker(source="Hermes"),
    ],
)
def test_a_record_keeps_its_identity_when_its_words_or_place_change(retold: object) -> None:
    assert identity(kept(retold, "easypost-event")) == identity(kept(tracker(), "easypost-event"))


@pytest.mark.parametrize(
    "other",
    [
        tracker(datetime="2026-03-02T06:06:00Z"),
        tracker(status_detail="departed_facility"),
        {**tracker(), "result": {**tracker()["result"], "tracking_code": "1Z8"}},  # type: ignore[dict-item]
    ],
)
def test_another_time_code_or_number_is_another_record(other: object) -> None:
    assert identity(kept(other, "easypost-event")) != identity(kept(tracker(), "easypost-event"))


def test_what_two_accounts_say_are_two_records() -> None:
    assert identity(kept(tracker(), "easypost-event")) != identity(kept(tracker(), "easypost-event", account="other"))
    assert identity(kept(scans(scan(id="s1")))) != identity(kept(scans(scan(id="s1")), account="other"))


def test_spellings_of_a_number_are_one_parcel() -> None:
    assert identity(kept(scans(scan(tracking_number="tt 01")))) == identity(kept(scans(scan(tracking_number="TT-01"))))


def test_our_own_records_are_known_by_their_ids_whatever_else_changes() -> None:
    assert identity(kept(scans(scan(id="s1")))) == identity(kept(scans(scan(id="s1", code="departed", at=None))))
