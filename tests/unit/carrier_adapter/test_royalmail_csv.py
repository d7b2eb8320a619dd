"""Royal Mail's event files: batches (H), and the items in them (D)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.record import MOST_RECORDS, Feed, Unparsable
from carrier_adapter.formats.registry import FORMATS
from contracts.vocabulary import TimeQuality

LONDON = ZoneInfo("Europe/London")
BATCH = "H,KP20,20260703,164005\r\n"
ITEM = 'D,KP20,"ZZ100200315GB","","ZE2 9XX","Post Office at ZE1 0AA","EVPPA"\r\n'


def read(text: str) -> Feed:
    return FORMATS["royalmail-csv"].parse(text.encode(), LONDON)


def test_an_item_is_a_record_at_the_time_of_its_batch() -> None:
    (record,) = read(BATCH + ITEM).records

    assert (record.index, record.tracking_number, record.problem) == (0, "ZZ100200315GB", None)
    assert (record.status, record.sub_status, record.signed) == ("picked_up", "dropped_off", False)
    assert record.occurred_at is not None
    assert record.occurred_at.astimezone(UTC) == datetime(2026, 7, 3, 15, 40, 5, tzinfo=UTC)
    assert record.time_quality is TimeQuality.NAIVE_LOCAL
    assert (record.raw_code, record.raw_time, record.place) == ("EVPPA", "20260703 164005", "Post Office at ZE1 0AA")


def test_the_postcode_of_an_item_is_not_read() -> None:
    assert "ZE2 9XX" not in repr(read(BATCH + ITEM))


def test_each_item_has_the_batch_above_it() -> None:
    records = read(BATCH + ITEM + ITEM + "H,KP21,20260704,0915\n\n" + ITEM).records

    assert [record.raw_time for record in records] == ["20260703 164005", "20260703 164005", "20260704 0915"]
    assert [record.index for record in records] == [0, 1, 2]


@pytest.mark.parametrize(
    ("batch", "problem", "quality"),
    [
        ("", "bad_time", "none"),
        ("H\n", "bad_time", "none"),
        ("H,KP20,20260231,164005\n", "bad_time", "none"),
        ("H,KP20,20260703,2460\n", "bad_time", "none"),
        ("H,KP20,2026-07-03,1640\n", "bad_time", "none"),
        ("H,KP20,20260703,16400\n", "bad_time", "none"),
        ("H,KP20,20260703\n", None, "date_only"),
        ("H,KP20,20260703,\n", None, "date_only"),
        ("H,KP20,20260703,1640\n", None, "naive_local"),
    ],
)
def test_a_batch_without_a_real_time_costs_its_items(batch: str, problem: str | None, quality: str) -> None:
    first, *_, last = read(batch + ITEM + BATCH + ITEM).records

    assert (first.problem, first.time_quality, last.problem) == (problem, quality, None)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("EVPPA", "picked_up.dropped_off"),
        ("EVKSP", "delivered.signed"),
        ("EVNMI", "in_transit.missorted"),
        ("EVGPD", None),
        ("", None),
    ],
)
def test_event_codes(code: str, expected: str | None) -> None:
    (record,) = read(BATCH + ITEM.replace("EVPPA", code)).records

    assert (f"{record.status}.{record.sub_status}" if record.status else None) == expected
    assert record.problem == (None if expected else "unmapped_code")
    assert record.signed is (code == "EVKSP")


def test_a_record_that_is_wrong_costs_only_itself() -> None:
    records = read(BATCH + "D\r\nD,KP20,,,,,EVPPA\r\nX,1\r\n" + ITEM).records

    assert [record.problem for record in records] == ["no_tracking_number", "no_tracking_number", "no_record", None]


def test_batches_without_items_say_nothing() -> None:
    assert read(BATCH) == Feed((), "the push holds no scans")


@pytest.mark.parametrize(
    "text", ["", "\n\n", ",,\n", "number,status\nZZ1,EVPPA\n", "ISA*00*", 'H,1\nD,"a"b\n', 'D,"a\n', "H,\x00"]
)
def test_what_is_no_such_file_is_refused(text: str) -> None:
    with pytest.raises(Unparsable):
        read(text)


def test_a_file_may_begin_with_a_byte_order_mark_and_be_of_windows() -> None:
    assert read("\ufeff" + BATCH + ITEM).records[0].problem is None
    (record,) = FORMATS["royalmail-csv"].parse((BATCH + ITEM.replace("Post", "Café")).encode("cp1252"), LONDON).records
    assert record.place == "Café Office at ZE1 0AA"


def test_a_thousand_items_are_read_and_one_more_is_refused() -> None:
    assert len(read(BATCH + ITEM * MOST_RECORDS).records) == MOST_RECORDS
    with pytest.raises(Unparsable, match="more than 1000 records"):
        read(BATCH + ITEM * (MOST_RECORDS + 1))
