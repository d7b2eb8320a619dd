"""What is shown of a push to a person who is to map it: everything but the people in it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrier_adapter.masking import mask

#: Words of people and of where they live; none may be seen.
PERSONAL = (
    "Quirina",
    "Vellmorgan",
    "QUIRINA",
    "Wobblestreet",
    "69994321",
    "6999 4321",
    "quirina@",
    "1.28967",
    "103.8500",
)

JSON = {
    "event": "tracking.updated",
    "data": {
        "tracking_number": "CR123456789SG",
        "waybillNo": 8881234567,
        "status": "IN_TRANSIT",
        "statusCode": "OC",
        "sub_status_name": "Arrived at hub",
        "checkpointTime": "2026-03-02T12:00:00+08:00",
        "weight_kg": 1.25,
        "attempt": 2,
        "delivered": True,
        "carrier_name": "Crow Couriers",
        "location": {"city": "Jurong", "country": "SG", "latitude": 1.289671, "longitude": 103.850012},
        "receiver": {"name": "Quirina Vellmorgan", "city": "Jurong", "note": {"deep": ["Quirina"]}},
        "consigneePhone": "+65 6999 4321",
        "contact_email": "quirina@example.com",
        "signedBy": "Quirina",
        "podImageUrl": "https://example.com/pod/1?token=Quirina",
        "deliveryAddress1": "9 Wobblestreet",
        "postcode": "600123",
        "description": "Parcel delivered to Quirina Vellmorgan, tel 69994321",
        "remarks": "Left with QUIRINA at reception",
        "unheard_of": "Vellmorgan",
        "odd": {"value": "1.28967,103.8500", "tel": 69994321, "fallback": "69994321"},
        "wrapped": json.dumps({"receiver_name": "Quirina", "code": "A1"}),
    },
}

XML = """<?xml version="1.0" encoding="UTF-8"?>
<!-- for Quirina -->
<Push xmlns:c="urn:crow">
<Route mailno="SF1234567890" opcode="80" acceptAddress="9 Wobblestreet" c:remark="signed by Quirina"/>
<Event><Code>OK</Code><Time>2026-03-02 12:00:00</Time><City>Jurong</City>
<Consignee><Name>Quirina Vellmorgan</Name><Town>Jurong</Town></Consignee>
<SignatoryName>Quirina</SignatoryName><Text>Delivered to Quirina</Text></Event></Push>"""

X12 = (
    "ISA*00*          *00*          *ZZ*CROW           *ZZ*WAYBILL        *260302*1200*U*00401*000000001*0*P*>~"
    "GS*QM*CROW*WAYBILL*20260302*1200*1*X*004010~ST*214*0001~B10*CR123*SHIP9*CROW~L11*REF7*PO~"
    "N1*CN*QUIRINA VELLMORGAN*93*ST44~N3*9 Wobblestreet~N4*JURONG*SG*600123*SG~PER*IC*Quirina*TE*69994321~"
    "LX*1~AT7*D1*NS***20260302*1200*LT~MS1*JURONG*SG*SG*1038500*0128967*W*N~K1*DELIVERED TO QUIRINA~"
    "SE*9*0001~GE*1*1~IEA*1*000000001~"
)

EDIFACT = (
    "UNA:+.? 'UNB+UNOA:1+CROW+WAYBILL+260302:1200+1'UNH+1+IFTSTA:D:96A:UN'BGM+77+S1+9'"
    "NAD+CN+ST44::91++QUIRINA VELLMORGAN+9 Wobblestreet+JURONG'CTA+IC+:Quirina'COM+69994321:TE'"
    "CNI+1+CR123'STS+1+21'RFF+CN:CR123'DTM+334:202603021200:203'LOC+14+SGSIN:139:6'"
    "FTX+AAI+++DELIVERED TO QUIRINA?'S DOOR'UNT+9+1'UNZ+1+1'"
)

CSV = (
    "tracking_number,status_code,event_time,city,recipient_name,phone,comment\n"
    "CR1,DEL,2026-03-02 12:00,Jurong,Quirina Vellmorgan,6999 4321,delivered to Quirina\n"
    'CR2,RTO,2026-03-02 13:00,Jurong,"Vellmorgan, Quirina",+65 6999 4321,refused\n'
)

RECORDS = (
    "H|CROW|20260302|1\nD|CR123456789SG|DEL01|2026-03-02T12:00:00|Quirina Vellmorgan|9 Wobblestreet|69994321\nT|1|1\n"
)

BROKEN = (
    '{"tracking_id": "CR1", "status": "OUT_FOR_DELIVERY", "at": "2026-03-02T12:00:00Z",'
    ' "receiver": "Quirina Vellmorgan"'
)


@pytest.mark.parametrize(
    "body",
    [json.dumps(JSON), XML, X12, EDIFACT, CSV, RECORDS, BROKEN],
    ids=["json", "xml", "x12", "edifact", "csv", "records", "broken"],
)
def test_nothing_of_a_person_is_seen_whatever_the_format(body: str) -> None:
    masked = mask(body.encode())

    assert [word for word in PERSONAL if word in masked] == []


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (
            json.dumps(JSON),
            [
                *("CR123456789SG", "8881234567", "IN_TRANSIT", '"OC"', "Arrived at hub", "2026-03-02T12:00:00+08:00"),
                *("1.25", "Crow Couriers", '"Jurong"', "tracking.updated", '"signedBy"', "Parcel delivered to", "A1"),
                *("Left with xxxxxxx at reception",),
            ],
        ),
        (XML, ["SF1234567890", 'opcode="80"', "<Code>OK</Code>", "2026-03-02 12:00:00", "<City>Jurong</City>"]),
        (X12, ["B10*CR123*SHIP9*CROW", "AT7*D1*NS***20260302*1200*LT", "MS1*JURONG*SG*SG", "N1*CN*", "N4*JURONG*SG*"]),
        (EDIFACT, ["CNI+1+CR123", "STS+1+21", "DTM+334:202603021200:203", "LOC+14+SGSIN:139:6", "NAD+CN+"]),
        (CSV, ["CR1,DEL,2026-03-02 12:00,Jurong", "CR2,RTO", "recipient_name", "refused", "delivered to"]),
        (RECORDS, ["CR123456789SG", "DEL01", "2026-03-02T12:00:00", "D|"]),
        (BROKEN, ['"tracking_id"', "OUT_FOR_DELIVERY", "2026-03-02T12:00:00", '"receiver"']),
    ],
    ids=["json", "xml", "x12", "edifact", "csv", "records", "broken"],
)
def test_codes_numbers_times_and_towns_stay_where_they_are(body: str, seen: list[str]) -> None:
    masked = mask(body.encode())

    assert [word for word in seen if word not in masked] == []


def test_the_shape_of_what_is_blacked_out_stays() -> None:
    masked = json.loads(
        mask(json.dumps({"recipient": {"name": "Li Mei", "phone": "+65 6999-4321", "age": 41}}).encode())
    )

    assert masked == {"recipient": {"name": "xx xxx", "phone": "+00 0000-0000", "age": "00"}}


def test_an_entity_is_neither_followed_nor_shown(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Quirina")
    body = f'<!DOCTYPE a [<!ENTITY b SYSTEM "file://{secret}"><!ENTITY c "Quirina">]><a><code>&b;&c;</code></a>'

    assert "Quirina" not in mask(body.encode())


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff\xfe", b"[" * 100_000, b"ISA", b"UNB", b"<a", b",,,", b'{"a": NaN}', b"\xef\xbb\xbf{}"]
)
def test_whatever_the_body_is_something_is_given(body: bytes) -> None:
    assert isinstance(mask(body), str)


@settings(max_examples=200)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=400).map(str.encode),
        st.sampled_from([X12, EDIFACT, XML, CSV]).flatmap(
            lambda text: st.integers(0, len(text)).map(lambda cut: text[:cut].encode())
        ),
    )
)
def test_no_body_makes_it_fail(body: bytes) -> None:
    assert isinstance(mask(body), str)


@settings(max_examples=100)
@given(st.integers(0, len(json.dumps(JSON))))
def test_what_was_cut_off_anywhere_shows_nobody_either(cut: int) -> None:
    masked = mask(json.dumps(JSON).encode()[:cut])

    assert [word for word in PERSONAL if word in masked] == []
