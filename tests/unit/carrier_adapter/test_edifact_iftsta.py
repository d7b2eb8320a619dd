"""IFTSTA files, as UN/CEFACT's directories lay them out and as they are sent."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrier_adapter.formats.edifact_codes import NUMBERS, REASONS, WORDS
from carrier_adapter.formats.edifact_iftsta import parse
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Record, Unparsable
from contracts.vocabulary import TimeQuality

OSLO = ZoneInfo("Europe/Oslo")
UNB = "UNB+UNOC:3+RDFR:14+SHOP:ZZZ+260302:0800+7"
STS = "STS+1+31"
DTM = "DTM+78:202603021405:203"


def message(*segments: str, directory: str = "D:04A", bgm: str = "BGM+77+M1+9", kind: str = "IFTSTA") -> list[str]:
    return [f"UNH+1+{kind}:{directory}:UN", bgm, *segments, f"UNT+{len(segments) + 3}+1"]


def file(*messages: list[str], header: str = UNB) -> str:
    segments = [header, *(segment for one in messages for segment in one), f"UNZ+{len(messages)}+7"]
    return "".join(segment + "'" for segment in segments)


def read(text: str) -> Feed:
    return parse(text.encode("latin-1"), OSLO)


def read_one(*segments: str, directory: str = "D:04A", bgm: str = "BGM+77+M1+9") -> Record:
    (record,) = read(file(message(*segments, directory=directory, bgm=bgm))).records
    return record


def status(sts: str, directory: str = "D:04A") -> str | None:
    record = read_one("CNI+1+C1", f"STS+{sts}", DTM, directory=directory)
    assert record.problem == (None if record.status else "unmapped_code")
    return f"{record.status}.{record.sub_status}" if record.status else None


def test_a_status_is_a_record_with_what_follows_it() -> None:
    record = read_one("CNI+1+C1", "STS+1+24", "RFF+CU:5531", DTM, "LOC+14+NOOSL:139:6:OSLO+NO:162")

    assert (record.index, record.tracking_number, record.problem) == (0, "C1", None)
    assert (record.status, record.sub_status) == ("in_transit", "departed_facility")
    assert record.occurred_at is not None
    assert record.occurred_at.astimezone(UTC) == datetime(2026, 3, 2, 13, 5, tzinfo=UTC)
    assert record.time_quality is TimeQuality.NAIVE_LOCAL
    assert (record.raw_code, record.raw_time, record.raw_text) == ("24", "202603021405", None)
    assert record.place == "OSLO, NO"


def test_records_are_numbered_over_consignments_messages_and_interchanges() -> None:
    one = file(message("CNI+1+C1", STS, DTM, STS, DTM, "CNI+2+C2", STS), message("CNI+1+C3", STS))

    records = read(one + "\r\n" + file(message("CNI+1+C4", STS))).records

    numbers = [(record.index, record.tracking_number) for record in records]
    assert numbers == [(0, "C1"), (1, "C1"), (2, "C2"), (3, "C3"), (4, "C4")]


@pytest.mark.parametrize(
    "text",
    [
        file(message("CNI+1+C1", STS)).partition("UNZ")[0],
        file(message("CNI+1+C1", STS)).partition("UNT")[0],
        file(message("CNI+1+C1", STS)).rstrip("'"),
        "UNA:+.? '\r\n" + file(message("CNI+1+C1", STS)).replace("'", "'\r\n"),
        file(message("CNI+1+C1", STS)[:-1], message("B3")),
    ],
)
def test_a_file_that_lost_an_end_is_read_for_what_it_has(text: str) -> None:
    assert [record.tracking_number for record in read(text).records] == ["C1"]


def test_messages_of_other_kinds_are_left_alone() -> None:
    other = message("CNI+1+C9", STS, kind="IFTMIN")

    assert [record.tracking_number for record in read(file(other, message("CNI+1+C1", STS))).records] == ["C1"]
    with pytest.raises(Unparsable, match="no message IFTSTA"):
        read(file(other))
    with pytest.raises(Unparsable, match="no message"):
        read(file())


def test_a_message_without_a_status_says_nothing() -> None:
    feed = read(file(message("CNI+1+C1")))

    assert feed.records == ()
    assert feed.silence == "no message has a status (STS)"


def test_a_thousand_statuses_are_read_and_one_more_is_refused() -> None:
    assert len(read(file(message("CNI+1+C1", *[STS] * MOST_RECORDS))).records) == MOST_RECORDS
    with pytest.raises(Unparsable, match="more than 1000 records"):
        read(file(message("CNI+1+C1", *[STS] * MOST_RECORDS), message("CNI+1+C2", STS)))


def test_a_test_is_set_aside() -> None:
    (record,) = read(file(message("CNI+1+C1", STS), header=UNB + "++++++1")).records

    assert (record.status, record.problem) == ("in_transit", "test_mode")


def test_a_message_that_cancels_takes_its_records_back() -> None:
    told, cancelled = (read_one("CNI+1+C1", STS, DTM, bgm=f"BGM+77+M1+{function}") for function in "91")

    assert (cancelled.status, cancelled.sub_status, cancelled.raw_text) == ("note", "information", "cancelled")
    assert cancelled.identity("a") == told.identity("a")


# Whose parcel.


@pytest.mark.parametrize(
    ("segments", "number"),
    [
        (["CNI+1+C1", STS, "RFF+AAM:W1", "RFF+BM:B1"], "C1"),
        (["RFF+AAM:W0", "CNI+1", "RFF+AAM:W1", STS, "RFF+AAM:W2", "RFF+CN:P1"], "W2"),
        (["RFF+AAM:W0", "CNI+1", "RFF+AAS:W1", STS, "RFF+CN:P1"], "W1"),
        (["RFF+AAM:W0", "CNI+1", STS, "RFF+BN:B1", "GIN+BJ+370726206369762060"], "M1"),
        (["RFF+BM:B0", STS], "M1"),
        (["CNI+1+C1", STS, "TDT+20", "RFF+AAM:W1"], "C1"),
    ],
)
def test_the_number_is_the_surest_reference_there_is(segments: list[str], number: str) -> None:
    assert read_one(*segments).tracking_number == number


@pytest.mark.parametrize(
    ("segments", "number"),
    [
        (["RFF+CN:P0", "CNI+1", STS, "GIN+BJ+370726206369762060"], "P0"),
        (["RFF+BN:B0", "CNI+1", STS, "GIN+BJ+370726206369762060", "PCI+30+P1"], "370726206369762060"),
        (["RFF+BN:B0", "CNI+1", STS, "PCI+30+P1", "PCI+30+P2"], "P1"),
        (["RFF+BN:B0", "RFF+BM:B1", "CNI+1", STS], "B1"),
        (["RFF+CU:5531", "CNI+1", STS, "RFF+ON:7"], None),
    ],
)
def test_without_a_document_number_other_references_count(segments: list[str], number: str | None) -> None:
    record = read_one(*segments, bgm="BGM+77")

    assert record.tracking_number == number
    assert record.problem == (None if number else "no_tracking_number")


def test_a_messages_own_number_is_not_that_of_several_consignments() -> None:
    records = read(file(message("CNI+1", STS, "CNI+2", STS, "RFF+CN:P2"))).records

    assert [record.tracking_number for record in records] == [None, "P2"]


# What.


@pytest.mark.parametrize("code", [code for code in NUMBERS if not any(one == code for one, _ in REASONS)])
def test_a_number_of_the_united_nations_means_what_its_document_says(code: str) -> None:
    meaning = NUMBERS[code]

    assert status(f"1+{code}::6") == status(f"+{code}") == (f"{meaning[0]}.{meaning[1]}" if meaning else None)


@pytest.mark.parametrize(
    ("sts", "expected"),
    [
        ("1+21", "delivered.recipient"),
        ("1+49", "lost.carrier_declared"),
        ("1+20+17", "delayed.other"),
        ("1+23+6", "attempt_failed.other"),
        ("1+23+7", "attempt_failed.business_closed"),
        ("1+23+1::6", "undeliverable.out_of_area"),
        ("1+23+7::87", "attempt_failed.other"),
        # Somebody else's numbers and letters, with words beside them or without
        ("1+21::87", None),
        ("1+21:100", None),
        ("2+21", None),
        ("1+I::87:DELIVERED", "delivered.recipient"),
        ("1+I::87:Teleported", None),
        ("1+V::87:ERROR OCCURRED IN PROCESSING+99", None),
        ("1+Q::87:Arrived  at post office", "ready_for_pickup.pickup_point"),
        ("1+P::HS:Rail Departed from In-Transit Locat", "in_transit.departed_facility"),
        ("1+X:::Rail Departed from In-Transit Location", "in_transit.departed_facility"),
        # Numbers that two directories have for different things
        ("1+54", None),
        ("1+82", None),
        ("1+54:::Not collected", "pre_transit.pickup_failed"),
        ("1+82:::Returned", "returned.other"),
        ("1+999", None),
        ("1", None),
    ],
)
def test_status_codes_and_words(sts: str, expected: str | None) -> None:
    assert status(sts) == expected


def test_older_directories_number_reasons_otherwise() -> None:
    assert status("1+23+7", "D:96A") == "attempt_failed.other"
    assert status("1+23+7", "D:97A") == "attempt_failed.business_closed"


def test_every_word_is_written_as_it_is_compared() -> None:
    assert all(words == " ".join(words.casefold().split()) for words in WORDS)


def test_words_and_reasons_are_kept_as_they_are_written() -> None:
    record = read_one("CNI+1+C1", "STS+1+V::87:Held at caf?'e+99::87:Other+Z", DTM)

    assert (record.raw_code, record.raw_text) == ("V", "Held at caf'e; reason 99 Other; reason Z")


# When.


@pytest.mark.parametrize(
    ("text", "expected", "quality"),
    [
        ("20260302:102", "2026-03-02T22:59:59+00:00", "date_only"),
        ("260302:101", "2026-03-02T22:59:59+00:00", "date_only"),
        ("020326:2", "2026-03-02T22:59:59+00:00", "date_only"),
        ("030226:3", "2026-03-02T22:59:59+00:00", "date_only"),
        ("02032026:4", "2026-03-02T22:59:59+00:00", "date_only"),
        ("2603021405:201", "2026-03-02T13:05:00+00:00", "naive_local"),
        ("260302140507:202", "2026-03-02T13:05:07+00:00", "naive_local"),
        ("202603021405:203", "2026-03-02T13:05:00+00:00", "naive_local"),
        ("202607021405:203", "2026-07-02T12:05:00+00:00", "naive_local"),
        ("20260302140507:204", "2026-03-02T13:05:07+00:00", "naive_local"),
        ("20260302140560:204", "2026-03-02T13:05:59+00:00", "naive_local"),
        ("202603021405?+0800:205", "2026-03-02T06:05:00+00:00", "offset"),
        ("202603021405-0330:205", "2026-03-02T17:35:00+00:00", "offset"),
        ("2603021405UTC:301", "2026-03-02T14:05:00+00:00", "utc"),
        ("260302140507GMT:302", "2026-03-02T14:05:07+00:00", "utc"),
        ("202603021405UTC:303", "2026-03-02T14:05:00+00:00", "utc"),
        ("202603021405?+08:303", "2026-03-02T06:05:00+00:00", "offset"),
        ("20260302140507Z:304", "2026-03-02T14:05:07+00:00", "utc"),
        ("202603021405CST:303", "2026-03-02T13:05:00+00:00", "naive_local"),
    ],
)
def test_a_time_says_how_it_is_written(text: str, expected: str, quality: str) -> None:
    record = read_one("CNI+1+C1", STS, f"DTM+78:{text}")

    assert record.occurred_at is not None
    assert (record.occurred_at.astimezone(UTC).isoformat(), record.time_quality) == (expected, quality)


@pytest.mark.parametrize(
    "text",
    [
        *("20260231:102", "202603022460:203", "202603022405", "202603021405:999", "2603021405:203", "2026-03-02:102"),
        *(
            "202603021405:201",
            "202603021405?+1600:205",
            "202603021405?+0160:205",
            ":203",
            "00000000:102",
            "٢٠٢٦٠٣٠٢:102",
        ),
    ],
)
def test_a_time_that_does_not_exist_is_set_aside(text: str) -> None:
    (record,) = parse(file(message("CNI+1+C1", STS, f"DTM+78:{text}")).encode(), OSLO).records

    assert (record.problem, record.occurred_at, record.time_quality) == ("bad_time", None, TimeQuality.NONE)


def test_the_time_is_that_of_the_event_and_not_of_the_means_of_transport() -> None:
    journey = ("TDT+20", "LOC+9+NOOSL", "DTM+186:202603010600:203")

    assert read_one("CNI+1+C1", STS, "DTM+334:202603021406:203", DTM, *journey).raw_time == "202603021405"
    assert read_one("CNI+1+C1", STS, "DTM+334:202603021406:203", *journey).raw_time == "202603021406"
    record = read_one("DTM+137:202603021715:203", "CNI+1+C1", STS, *journey)
    assert (record.occurred_at, record.place, record.problem) == (None, None, None)


def test_an_expected_delivery_is_the_carriers_estimate() -> None:
    record = read_one("CNI+1+C1", STS, DTM, "DTM+17:202603031200UTC:303")

    assert record.estimated_at == datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert record.raw_time == "202603021405"
    assert read_one("CNI+1+C1", STS, DTM, "DTM+17:tomorrow:203").estimated_at is None


# Where.


@pytest.mark.parametrize(
    ("locations", "place"),
    [
        (["LOC+9+NOOSL", "LOC+14+SEMMA:139:6:MALMÖ+SE:162"], "MALMÖ, SE"),
        (["LOC+175+:::YSTAD"], "YSTAD"),
        (["LOC+8+NOOSL:139:6"], "NOOSL"),
        (["LOC+14+NOOSL+:::DOCK 4"], "NOOSL, DOCK 4"),
        (["LOC+14"], None),
        ([], None),
    ],
)
def test_a_place_is_where_the_goods_are(locations: list[str], place: str | None) -> None:
    assert read_one("CNI+1+C1", STS, DTM, *locations).place == place


def test_what_may_be_a_persons_is_not_read() -> None:
    record = read_one(
        "NAD+CN+++Kari Nordmann+Storgata 1", "CNI+1+C1", STS, "FTX+AAI+++Kari Nordmann", "NAD+CN+++Kari Nordmann"
    )

    assert "Kari" not in repr(record)


@settings(max_examples=150)
@given(data=st.data())
def test_any_file_with_other_components_is_a_feed_or_refused(data: st.DataObject) -> None:
    segments = [
        segment.split("+") for segment in file(message("CNI+1+C1", STS, DTM, "LOC+14+A:B:C:D+E")).split("'") if segment
    ]
    for _ in range(data.draw(st.integers(1, 4))):
        segment = segments[data.draw(st.integers(0, len(segments) - 1))]
        segment[data.draw(st.integers(0, len(segment) - 1))] = data.draw(
            st.text(max_size=12)
            | st.sampled_from(["STS", "UNH", "UNT", "CNI", "UNB", "IFTSTA", "78:20261325:102", "::::"])
        )

    try:
        feed = parse("'".join("+".join(segment) for segment in segments).encode("utf-8"), OSLO)
    except Unparsable:
        return
    assert [record.index for record in feed.records] == list(range(len(feed.records)))
