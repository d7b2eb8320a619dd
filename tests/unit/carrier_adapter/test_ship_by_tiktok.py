"""The marketplace's own scans, as docs/feeds/ship-by-tiktok.md defines them."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.record import Feed, Record, Unparsable
from carrier_adapter.formats.ship_by_tiktok import parse
from contracts.vocabulary import Fault, Leg, TimeQuality

SINGAPORE = ZoneInfo("Asia/Singapore")
DIGEST = "0f" * 32


def scan(**fields: object) -> dict[str, object]:
    return {"id": "scn_1", "tracking_number": "TT01", "code": "arrived", "at": "2026-03-02T14:05:00+08:00", **fields}


def read(*scans: object, version: object = 1) -> Feed:
    return parse(json.dumps({"version": version, "scans": list(scans)}).encode(), SINGAPORE)


def read_one(**fields: object) -> Record:
    (record,) = read(scan(**fields)).records
    return record


def meaning(record: Record) -> str:
    return f"{record.status}.{record.sub_status}"


def test_every_field_is_read() -> None:
    record = read_one(
        facility={"name": "Hub 7", "zone": "Asia/Singapore"},
        carrier="Parcel Post",
        leg="return",
        text="On the belt",
        attempt=2,
        fault="carrier",
        estimated_delivery="2026-03-05T18:00:00+08:00",
    )

    assert (record.tracking_number, record.record_id, record.raw_code) == ("TT01", "scn_1", "arrived")
    assert meaning(record) == "in_transit.arrived_facility"
    assert record.occurred_at is not None
    assert record.occurred_at.astimezone(UTC) == datetime(2026, 3, 2, 6, 5, tzinfo=UTC)
    assert (record.place, record.raw_text, record.carrier) == ("Hub 7", "On the belt", "parcelpost")
    assert (record.leg, record.attempt_no, record.fault) == (Leg.RETURN, 2, Fault.CARRIER)
    assert record.estimated_at == datetime(2026, 3, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "signature", [{"name": "L. Tan"}, {"image_sha256": DIGEST}, {"image_sha256": DIGEST.upper(), "name": None}]
)
def test_a_delivery_with_the_consignees_signature_is_signed(signature: object) -> None:
    record = read_one(code="delivered", signature=signature)

    assert record.signed
    assert meaning(record) == "delivered.signed"


@pytest.mark.parametrize("signature", [None, {}, [], "L. Tan", {"name": " "}, {"image_sha256": "0f"}, {"name": 1}])
def test_nothing_else_is_a_signature(signature: object) -> None:
    delivered = read_one(code="delivered", signature=signature)
    later = read_one(code="proof_added", signature=signature)

    assert not delivered.signed
    assert meaning(delivered) == "delivered.recipient"
    assert not later.signed
    assert meaning(later) == "note.information"


def test_a_signature_may_come_later() -> None:
    record = read_one(code="proof_added", signature={"image_sha256": DIGEST})

    assert record.signed
    assert meaning(record) == "note.proof_added"


@pytest.mark.parametrize("code", ["information", "problem_resolved", "collected", "returned"])
def test_a_signature_on_another_code_counts_for_nothing(code: str) -> None:
    assert not read_one(code=code, signature={"name": "L. Tan"}).signed


def test_a_failed_attempt_says_why() -> None:
    assert meaning(read_one(code="attempt_failed", reason="nobody_home")) == "attempt_failed.nobody_home"
    assert meaning(read_one(code="attempt_failed", reason="bad_mood")) == "attempt_failed.other"
    assert meaning(read_one(code="attempt_failed")) == "attempt_failed.other"
    assert meaning(read_one(code="delayed", reason="nobody_home")) == "delayed.carrier"


def test_a_refusal_is_no_attempt() -> None:
    assert meaning(read_one(code="refused")) == "undeliverable.refused"
    assert meaning(read_one(code="attempt_failed", reason="refused")) == "undeliverable.refused"


@pytest.mark.parametrize("code", ["teleported", "Delivered", "", None, 7, ["delivered"]])
def test_a_code_that_is_not_listed_moves_nothing(code: object) -> None:
    record = read_one(code=code)

    assert (record.status, record.problem) == (None, "unmapped_code")


def test_local_time_is_the_facilitys_else_the_accounts() -> None:
    at = "2026-03-02T14:05:00"
    tokyo = read_one(at=at, facility={"zone": "Asia/Tokyo"})
    nowhere = read_one(at=at, facility={"zone": "Asia/Atlantis"})
    folder = read_one(at=at, facility={"zone": "Asia"})
    climbing = read_one(at=at, facility={"zone": "../../etc/passwd"})
    none = read_one(at=at)

    assert tokyo.occurred_at is not None
    assert tokyo.occurred_at.astimezone(UTC) == datetime(2026, 3, 2, 5, 5, tzinfo=UTC)
    for record in (nowhere, folder, climbing, none):
        assert record.occurred_at is not None
        assert record.occurred_at.astimezone(UTC) == datetime(2026, 3, 2, 6, 5, tzinfo=UTC)
        assert record.time_quality is TimeQuality.NAIVE_LOCAL


@pytest.mark.parametrize(
    "field",
    [
        {"fault": ["carrier"]},
        {"fault": {"carrier": 1}},
        {"fault": "the moon"},
        {"attempt": True},
        {"attempt": 0},
        {"attempt": 100},
        {"attempt": "2"},
        {"leg": "sideways"},
        {"leg": ["return"]},
        {"facility": "Hub 7"},
        {"facility": {"name": 7, "zone": 7}},
        {"carrier": "…"},
        {"text": 7},
        {"reason": {}},
        {"estimated_delivery": "soon"},
        {"at": 1772431500},
        {"id": 7},
        {"colour": "red"},
    ],
)
def test_an_optional_field_of_the_wrong_kind_counts_as_left_out(field: dict[str, object]) -> None:
    plain = read_one(**dict.fromkeys(field))

    assert read_one(**field) == plain
    assert plain.problem is None


def test_an_id_too_long_to_keep_whole_is_none() -> None:
    assert read_one(id="x" * 100).record_id == "x" * 100
    assert read_one(id="x" * 101).record_id is None


def test_a_bad_scan_leaves_the_others_as_they_are() -> None:
    feed = read(scan(), None, scan(tracking_number=None), scan(at="soon"), scan())

    assert [record.problem for record in feed.records] == [None, "no_record", "no_tracking_number", "bad_time", None]
    assert [record.index for record in feed.records] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("version", [None, 2, "1", True, 1.0, [1]])
def test_another_version_is_refused(version: object) -> None:
    with pytest.raises(Unparsable, match="version"):
        read(scan(), version=version)


def test_an_empty_list_says_nothing() -> None:
    feed = read()

    assert feed.records == ()
    assert feed.silence == "scans is empty"


def test_a_thousand_scans_are_read_and_one_more_is_refused() -> None:
    assert len(read(*[scan()] * 1_000).records) == 1_000
    with pytest.raises(Unparsable):
        read(*[scan()] * 1_001)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"version":1}', b'{"version":1,"scans":{}}'])
def test_what_is_no_push_is_refused(body: bytes) -> None:
    with pytest.raises(Unparsable):
        parse(body, SINGAPORE)
