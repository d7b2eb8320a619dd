"""X12 214 files, as the standard lays them out and as they are sent."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.record import Feed, Record, Unparsable
from carrier_adapter.formats.x12_214 import parse
from contracts.vocabulary import Fault, TimeQuality

CHICAGO = ZoneInfo("America/Chicago")
ISA = "ISA*00*          *00*          *02*RDFR           *ZZ*SHOP           *260302*0800*U*00401*000000001*0*P*>"
GS = "GS*QM*RDFR*SHOP*20260302*0800*1*X*004010"
B10 = "B10*PRO123*BOL456*RDFR"
AT7 = "AT7*X6*NS***20260302*1405*UT"


def shipment(*segments: str, control: int = 1) -> list[str]:
    return [f"ST*214*{control:04}", *segments, f"SE*{len(segments) + 2}*{control:04}"]


def file(*segments: str, end: str = "~", header: str = ISA) -> str:
    return end.join([header, GS, *segments, "GE*1*1", "IEA*1*000000001"]) + end


def read(text: str, zone: ZoneInfo = CHICAGO) -> Feed:
    return parse(text.encode(), zone)


def read_one(*segments: str) -> Record:
    (record,) = read(file(*shipment(*segments))).records
    return record


def status(at7: str) -> str | None:
    record = read_one(B10, f"AT7*{at7}***20260302*1405*UT")
    assert record.problem == (None if record.status else "unmapped_code")
    return f"{record.status}.{record.sub_status}" if record.status else None


def instant(date: str, time: str = "", code: str = "") -> tuple[datetime | None, TimeQuality]:
    record = read_one(B10, f"AT7*X6*NS***{date}*{time}*{code}")
    return record.occurred_at and record.occurred_at.astimezone(UTC), record.time_quality


def test_a_status_is_a_record_with_the_place_that_follows() -> None:
    record = read_one(B10, "LX*1", "AT7*AF*NS***20260302*1405*CT", "MS1*JOLIET*IL*US")

    assert record.index == 0
    assert record.tracking_number == "PRO123"
    assert (record.status, record.sub_status) == ("in_transit", "departed_facility")
    assert record.occurred_at is not None
    assert record.occurred_at.astimezone(UTC) == datetime(2026, 3, 2, 20, 5, tzinfo=UTC)
    assert record.time_quality is TimeQuality.OFFSET
    assert (record.raw_code, record.raw_time, record.raw_text) == ("AF", "20260302 1405 CT", None)
    assert record.place == "JOLIET, IL, US"
    assert record.problem is None


# How files are cut.


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "\n", "\r\n", "\r", "'", "\x1c", "\x85", "|\n"])
def test_a_segment_may_end_in_any_character_and_line_breaks_may_follow(end: str) -> None:
    (record,) = read(file(*shipment(B10, AT7, "MS1*JOLIET*IL*US"), end=end)).records

    assert (record.raw_code, record.place) == ("X6", "JOLIET, IL, US")


@pytest.mark.parametrize("separator", ["|", "^", "\x1d", "\x1f", "\t", "+"])
def test_elements_may_be_separated_by_any_character(separator: str) -> None:
    (record,) = read(file(*shipment(B10, AT7)).replace("*", separator)).records

    assert record.tracking_number == "PRO123"


@pytest.mark.parametrize(
    "header",
    [
        "ISA*00**00**02*RDFR*ZZ*SHOP*260302*0800*U*00401*000000001*0*P*>",
        "ISA*00*          *00*          *02*RDFR                 *ZZ*SHOP  *260302*0800*^*00501*1*0*P*:",
        "ISA*00*          *00*          *02*RDFR           *ZZ*SHOP           *260302*0800*U*00401*000000001*0*P*",
    ],
)
def test_a_header_that_is_not_padded_as_it_should_be_is_read(header: str) -> None:
    (record,) = read(file(*shipment(B10, AT7), header=header)).records

    assert record.tracking_number == "PRO123"


def test_records_are_numbered_over_all_sets_groups_and_interchanges() -> None:
    one = file(*shipment(B10, AT7, AT7), *shipment("B10*PRO2", AT7, control=2))
    other = file(*shipment("B10*PRO3", AT7), end="'", header=ISA.replace("*", "|")).replace("*", "|")

    records = read(one + "\r\n" + other).records

    assert [(record.index, record.tracking_number) for record in records] == [
        (0, "PRO123"),
        (1, "PRO123"),
        (2, "PRO2"),
        (3, "PRO3"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        file(*shipment(B10, AT7)).partition("GE*")[0],
        file(*shipment(B10, AT7)).partition("SE*")[0],
        file(*shipment(B10, AT7)).partition("~")[2],
        "~".join(shipment(B10, AT7)),
        "\n".join(shipment(B10, AT7)),
        file(*shipment(B10, AT7)).rstrip("~"),
        "\ufeff" + file(*shipment(B10, AT7)),
        "\r\n " + file(*shipment(B10, AT7)),
    ],
)
def test_a_file_that_lost_an_end_is_read_for_what_it_has(text: str) -> None:
    (record,) = read(text).records

    assert record.tracking_number == "PRO123"


def test_a_set_whose_end_was_forgotten_ends_where_the_next_begins() -> None:
    first, second = shipment(B10, AT7)[:-1], shipment("B10*PRO2", AT7)

    assert [record.tracking_number for record in read(file(*first, *second)).records] == ["PRO123", "PRO2"]


def test_sets_of_other_kinds_are_left_alone() -> None:
    other = ["ST*210*0001", "B3**INV9*PRO9", AT7, "SE*4*0001"]

    assert [record.tracking_number for record in read(file(*other, *shipment(B10, AT7))).records] == ["PRO123"]
    with pytest.raises(Unparsable, match="no transaction set 214"):
        read(file(*other))


def test_equipment_remarks_and_weights_are_read_past() -> None:
    record = read_one(B10, "LX*1", AT7, "MS1*JOLIET*IL", "MS2*RDFR*7*TL", "K1*LEFT WITH J DOE", "Q7*1", "AT8*G*L*5*1")

    assert (record.place, record.raw_text, record.problem) == ("JOLIET, IL", None, None)
    assert "DOE" not in repr(record)


def test_a_file_that_is_not_utf_8_is_latin_1() -> None:
    (record,) = parse(file(*shipment(B10, AT7, "MS1*MÜNCHEN**DE")).encode("latin-1"), CHICAGO).records

    assert record.place == "MÜNCHEN, DE"


def test_a_shipment_without_a_status_says_nothing() -> None:
    feed = read(file(*shipment(B10, "LX*1")))

    assert feed.records == ()
    assert feed.silence is not None
    assert "AT7" in feed.silence


@pytest.mark.parametrize(
    "text",
    [
        *("", "ISA", "ISA*", "ISA*00*", ISA, ISA + "~", "GS", "ST*", "STATUS,PLACE\nX6,JOLIET\n", '{"ISA":1}'),
        *("UNB+UNOA:1+A+B'", "ISA" + "*" * 16, "ISA" + " " * 200, file(), file(*shipment(B10, AT7)) + "\x00"),
        file(*shipment(B10, AT7)) + "ISA*00*",
    ],
)
def test_what_is_no_214_is_refused(text: str) -> None:
    with pytest.raises(Unparsable):
        read(text)


def test_a_thousand_statuses_are_read_and_one_more_is_refused() -> None:
    assert len(read(file(*shipment(B10, *[AT7] * 1_000))).records) == 1_000
    with pytest.raises(Unparsable):
        read(file(*shipment(B10, *[AT7] * 1_000), *shipment("B10*PRO2", AT7, control=2)))


# Whose parcel.


@pytest.mark.parametrize(
    ("segments", "number"),
    [
        (["B10*PRO123*BOL456*RDFR"], "PRO123"),
        (["B10**BOL456*RDFR"], "BOL456"),
        (["B10**BOL456*RDFR", "L11*1Z999*2I"], "1Z999"),
        (["B10**BOL456*RDFR", "L11*PRO789*CN"], "BOL456"),
        (["B10***RDFR", "L11*PO1*PO", "L11*PRO789*CN"], "PRO789"),
        (["B10***RDFR", "REF*CN*PRO789"], "PRO789"),
        (["B10***RDFR", "N9*2I*1Z999"], "1Z999"),
        (["B10***RDFR", "MAN*GM*000111*CP*ZZ", "MAN*CP*PKG1"], "PKG1"),
        (["L11*PKG2*97"], "PKG2"),
    ],
)
def test_the_number_is_the_surest_reference_there_is(segments: list[str], number: str) -> None:
    assert read_one(*segments, AT7).tracking_number == number
    assert read_one(segments[0], "LX*1", AT7, *segments[1:]).tracking_number == number


def test_a_shipment_that_nobody_can_name_is_set_aside() -> None:
    assert read_one("B10***RDFR", "L11*PO1*PO", AT7).problem == "no_tracking_number"


def test_a_shipments_number_is_not_the_next_ones() -> None:
    records = read(file(*shipment(B10, AT7), *shipment("B10***RDFR", AT7, control=2))).records

    assert [record.tracking_number for record in records] == ["PRO123", None]


# Where.


def places(*segments: str) -> list[str | None]:
    return [record.place for record in read(file(*shipment(B10, *segments))).records]


def test_a_place_goes_with_the_status_before_it() -> None:
    assert places("LX*1", AT7, "MS1*JOLIET*IL", "MS2*RDFR*7", AT7, "LX*2", AT7, "MS1*GARY*IN") == [
        "JOLIET, IL",
        None,
        "GARY, IN",
    ]


def test_some_put_the_place_first() -> None:
    assert places("LX*1", "MS1*JOLIET*IL", AT7, "LX*2", "MS1*GARY*IN", AT7, "LX*3", AT7) == [
        "JOLIET, IL",
        "GARY, IN",
        None,
    ]


def test_a_place_is_never_another_lines() -> None:
    assert places("LX*1", AT7, "LX*2", "MS1*GARY*IN", AT7) == [None, "GARY, IN"]
    assert places("LX*1", "MS1*GARY*IN", "LX*2", AT7) == [None]


def test_without_a_city_the_coordinates_are_the_place() -> None:
    assert places(AT7, "MS1****100.51*25.7252*W*N") == ["25.7252 N, 100.51 W"]
    assert places(AT7, "MS1****100.51*25.7252") == ["25.7252, 100.51"]
    assert places(AT7, "MS1****100.51") == [None]
    assert places(AT7, "MS1") == [None]


# What.


@pytest.mark.parametrize(
    ("at7", "expected"),
    [
        ("XB*NS", "pre_transit.info_received"),
        ("X3*NS", "pre_transit.pickup_started"),
        ("CP*NS", "picked_up.collected"),
        ("AF*NS", "in_transit.departed_facility"),
        ("X4*NS", "in_transit.arrived_facility"),
        ("AJ*NS", "out_for_delivery.loaded"),
        ("AH*NS", "attempt_failed.other"),
        ("AH*", "attempt_failed.other"),
        ("AH*AQ", "attempt_failed.nobody_home"),
        ("AP*A2", "attempt_failed.address_problem"),
        ("AP*BH", "delayed.carrier"),
        ("AH*BS", "undeliverable.refused"),
        ("A7*NS", "undeliverable.refused"),
        ("AV*NS", "in_transit.arrived_local_depot"),
        ("AV*C1", "ready_for_pickup.depot"),
        ("D1*NS", "delivered.recipient"),
        ("D1*BS", None),
        ("A3*NS", "returned.to_seller"),
        ("A9*NS", "damaged.in_transit"),
        ("SD*AO", "delayed.weather"),
        ("SD*AI", "delayed.carrier"),
        ("CA*NS", "cancelled.other"),
        ("CD*NS", "note.information"),
        ("X9*NS", None),
        ("ZZ*NS", None),
        ("d1*NS", None),
        ("**AA", "note.information"),
        ("**X9*NA", "note.information"),
        ("**ZZ", None),
        ("*", None),
    ],
)
def test_status_and_reason_codes(at7: str, expected: str | None) -> None:
    code, reason, appointment, why = [*at7.split("*"), "", "", ""][:4]
    record = read_one(B10, f"AT7*{code}*{reason}*{appointment}*{why}*20260302*1405*UT")

    assert (f"{record.status}.{record.sub_status}" if record.status else None) == expected
    assert record.problem == (None if expected else "unmapped_code")
    assert record.raw_code == (code or appointment or None)


def test_a_reason_is_kept_and_says_whose_doing_it_was() -> None:
    record = read_one(B10, "AT7*SD*AI***20260302*1405*UT")

    assert record.raw_text == "reason AI"
    assert record.fault is Fault.CARRIER
    assert read_one(B10, "AT7*D1*AI***20260302*1405*UT").fault is None


def test_an_expected_delivery_is_a_note_and_the_carriers_estimate() -> None:
    record = read_one(B10, "AT7*AG*NS***20260305*1800*UT")

    assert record.status == "note"
    assert record.estimated_at == datetime(2026, 3, 5, 18, tzinfo=UTC)
    assert read_one(B10, AT7).estimated_at is None


# When.


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("UT", "14:05"),
        ("GM", "14:05"),
        ("ES", "19:05"),
        ("ED", "18:05"),
        ("PS", "22:05"),
        ("TS", "18:05"),
        ("AS", "23:05"),
        ("NS", "17:35"),
        ("01", "13:05"),
        ("08", "06:05"),
        ("13", "26:05"),
        ("20", "19:05"),
        ("24", "15:05"),
        ("27", "08:35"),
        # In winter, by the clocks there
        ("ET", "19:05"),
        ("CT", "20:05"),
        ("PT", "22:05"),
        ("AT", "23:05"),
        ("TT", "18:05"),
    ],
)
def test_a_time_code_says_how_far_from_utc(code: str, expected: str) -> None:
    hour, minute = (int(part) for part in expected.split(":"))
    moment, quality = instant("20260302", "1405", code)

    assert moment == datetime(2026, 3, 2 + hour // 24, hour % 24, minute, tzinfo=UTC)
    assert quality is (TimeQuality.UTC if code in ("UT", "GM") else TimeQuality.OFFSET)


def test_in_summer_the_clocks_there_are_an_hour_ahead() -> None:
    assert instant("20260702", "1405", "ET")[0] == datetime(2026, 7, 2, 18, 5, tzinfo=UTC)
    assert instant("20260702", "1405", "ES")[0] == datetime(2026, 7, 2, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize("code", ["LT", "", "QQ", "33"])
def test_any_other_time_is_local_in_the_accounts_zone(code: str) -> None:
    assert instant("20260302", "1405", code) == (datetime(2026, 3, 2, 20, 5, tzinfo=UTC), TimeQuality.NAIVE_LOCAL)


@pytest.mark.parametrize(
    ("time", "second", "micro"), [("140507", 7, 0), ("1405078", 7, 0), ("14050789", 7, 0), ("140560", 59, 0)]
)
def test_a_time_may_have_seconds_and_parts_of_them(time: str, second: int, micro: int) -> None:
    assert instant("20260302", time, "UT")[0] == datetime(2026, 3, 2, 14, 5, second, micro, tzinfo=UTC)


def test_a_date_alone_is_the_end_of_that_day() -> None:
    assert instant("20260302", "", "ES") == (datetime(2026, 3, 3, 4, 59, 59, tzinfo=UTC), TimeQuality.DATE_ONLY)
    assert instant("20260302") == (datetime(2026, 3, 3, 5, 59, 59, tzinfo=UTC), TimeQuality.DATE_ONLY)


def test_a_date_of_six_digits_is_of_this_century() -> None:
    assert instant("260302", "1405", "UT")[0] == datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


def test_a_status_without_a_date_has_no_time() -> None:
    record = read_one(B10, "AT7*X6*NS")

    assert (record.occurred_at, record.time_quality, record.problem) == (None, TimeQuality.NONE, None)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        *(
            ("20260230", "1405"),
            ("2026-03-02", "1405"),
            ("20260302", "2405"),
            ("20260302", "1460"),
            ("20260302", "405"),
        ),
        *(("20260302", "14050"), ("20260302", "140561"), ("20260302", "14:05"), ("00000000", "0000"), ("٢٠٢٦٠٣٠٢", "")),
    ],
)
def test_a_time_that_does_not_exist_is_set_aside(date: str, time: str) -> None:
    assert read_one(B10, f"AT7*X6*NS***{date}*{time}*UT").problem == "bad_time"
