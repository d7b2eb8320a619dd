"""Acknowledgments of X12 files: what a 997 says of each set and group, and that others can read it."""

import io
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyx12.x12file import X12Reader

from carrier_adapter.acknowledging import acknowledge_file, x12_997
from carrier_adapter.formats.record import Unparsable
from carrier_adapter.formats.x12_997 import acknowledge
from carrier_adapter.formats.x12_segments import interchanges

ISA = "ISA*00*          *00*          *02*RDFR           *ZZ*SHOPKEEPER     *260706*0915*U*00401*000000417*0*P*>"
GS = "GS*QM*RDFR-A*SHOP-B*20260706*0916*88*X*004010"
B10 = "B10*PRO123*BOL456*RDFR"
AT7 = "AT7*X6*NS***20260302*1405*UT"


def shipment(*segments: str, control: str = "0001", kind: str = "214") -> list[str]:
    return [f"ST*{kind}*{control}", *segments, f"SE*{len(segments) + 2}*{control}"]


def group(*sets: list[str], header: str = GS, trailer: str | None = None) -> list[str]:
    end = f"GE*{len(sets)}*88" if trailer is None else trailer
    return [header, *(segment for one in sets for segment in one), *([end] if end else [])]


def file(*groups: list[str], header: str = ISA, end: str = "~") -> bytes:
    segments = [header, *(segment for one in groups for segment in one), f"IEA*{len(groups)}*000000417"]
    return "".join(segment + end for segment in segments).encode()


def answer(*groups: list[str]) -> list[str]:
    return acknowledge(file(*groups)).decode().removesuffix("~").split("~")


def body_of(*groups: list[str]) -> list[str]:
    """Give an answer's AK segments."""
    return [segment for segment in answer(*groups) if segment.startswith("AK")]


def test_a_file_that_is_as_it_should_be_is_accepted_set_by_set() -> None:
    assert answer(group(shipment(B10, AT7), shipment(B10, AT7, control="0002"))) == [
        "ISA*00*          *00*          *ZZ*SHOPKEEPER     *02*RDFR           *260706*0916*U*00401*000000417*0*P*>",
        "GS*FA*SHOP-B*RDFR-A*20260706*0916*417*X*004010",
        *("ST*997*0001", "AK1*QM*88", "AK2*214*0001", "AK5*A", "AK2*214*0002", "AK5*A", "AK9*A*2*2*2", "SE*8*0001"),
        *("GE*1*417", "IEA*1*000000417"),
    ]


def test_each_group_and_each_interchange_gets_its_own() -> None:
    first = file(group(shipment(B10, AT7)), group(shipment(B10), header=GS.replace("*88*", "*89*"), trailer="GE*1*89"))
    second = file(group(shipment(B10, AT7)), header=ISA.replace("000000417", "000000418")).replace(b"*", b"|")

    text = acknowledge(first + b"\r\n" + second).decode()

    assert [line for line in text.split("~") if line[:3] in ("ISA", "AK1", "AK9", "IEA")] == [
        "ISA*00*          *00*          *ZZ*SHOPKEEPER     *02*RDFR           *260706*0916*U*00401*000000417*0*P*>",
        *("AK1*QM*88", "AK9*A*1*1*1", "AK1*QM*89", "AK9*A*1*1*1", "IEA*1*000000417"),
        "ISA|00|          |00|          |ZZ|SHOPKEEPER     |02|RDFR           |260706|0916|U|00401|000000418|0|P|>",
        *("AK1|QM|88", "AK9|A|1|1|1", "IEA|1|000000418"),
    ]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (["ST*214*0001", B10, AT7], ["AK2*214*0001", "AK5*E*2"]),
        (["ST*214*0001", B10, AT7, "SE*4*0007"], ["AK2*214*0001", "AK5*E*3"]),
        (["ST*214*0001", B10, AT7, "SE*5*0001"], ["AK2*214*0001", "AK5*E*4"]),
        (["ST*214*1", B10, AT7, "SE*4*1"], ["AK2*214*1", "AK5*E*7"]),
        (
            shipment(B10, "AT7*X6*NS***20260231*1405*UT"),
            ["AK2*214*0001", "AK3*AT7*3**8", "AK4*5*373*8*20260231", "AK5*E*5"],
        ),
        (
            shipment(B10, "LX*1", "AT7*X6*NS***20260302*2505*UT"),
            ["AK2*214*0001", "AK3*AT7*4**8", "AK4*6*337*9*2505", "AK5*E*5"],
        ),
        (shipment("L11*PRO123*CN", AT7), ["AK2*214*0001", "AK3*B10*2**3", "AK5*E*5"]),
        (shipment(B10, "AT7*ZZ*NS"), ["AK2*214*0001", "AK5*A"]),
    ],
)
def test_what_can_be_used_is_accepted_with_its_errors(segments: list[str], expected: list[str]) -> None:
    verdict = "A" if expected[-1] == "AK5*A" else "E"

    assert body_of(group(segments)) == ["AK1*QM*88", *expected, f"AK9*{verdict}*1*1*1"]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (shipment("B3**INV9", kind="210"), ["AK2*210*0001", "AK5*R*1"]),
        (["ST", B10, "SE*3*0001"], ["AK2*000*0000", "AK5*R*3*7*6"]),
        (shipment("B10***RDFR", AT7), ["AK2*214*0001", "AK3*B10*2**8", "AK4*1*127*2", "AK5*R*5"]),
        (shipment(AT7), ["AK2*214*0001", "AK3*B10*2**3", "AK5*R*5"]),
    ],
)
def test_what_names_no_shipment_or_is_none_is_rejected(segments: list[str], expected: list[str]) -> None:
    assert body_of(group(segments)) == ["AK1*QM*88", *expected, "AK9*R*1*1*0"]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (group(shipment(B10), shipment(kind="210")), "AK9*P*2*2*1"),
        (group(shipment(B10), trailer="GE*3*88"), "AK9*E*3*1*1*5"),
        (group(shipment(B10), trailer="GE*1*89"), "AK9*E*1*1*1*4"),
        (group(shipment(B10), trailer=""), "AK9*E*1*1*1*3"),
        (group(shipment(B10), header=GS.replace("QM", "IM")), "AK9*E*1*1*1*1"),
        (group(shipment(B10), header=GS.replace("*88*", "*A8*")), "AK9*E*1*1*1*4*6"),
        (group(), "AK9*R*0*0*0"),
        (group(shipment(B10))[1:], "AK9*E*1*1*1*1*4*6"),
    ],
)
def test_a_groups_verdict_is_that_of_its_sets_and_its_own_ends(groups: list[str], expected: str) -> None:
    assert body_of(groups)[-1] == expected


def test_acknowledgments_are_not_acknowledged() -> None:
    other = group(["ST*997*0001", "AK1*QM*1", "AK9*A*1*1*1", "SE*4*0001"], header=GS.replace("QM", "FA"))

    assert acknowledge(file(other)) == b""
    assert Counter(segment[:3] for segment in body_of(other, group(shipment(B10))))["AK1"] == 1


def test_an_answer_bears_the_moment_it_is_given_or_the_files_own() -> None:
    body = file(group(shipment(B10)))
    singapore = datetime(2026, 7, 7, 2, 30, tzinfo=timezone(timedelta(hours=8)))

    assert b"*260706*1830*U" in acknowledge(body, singapore)
    assert b"*20260706*1830*417*" in acknowledge(body, singapore)
    assert acknowledge(body) == acknowledge(body)


def test_the_answer_to_a_test_is_one() -> None:
    assert b"*000000417*0*T*>" in acknowledge(file(group(shipment(B10)), header=ISA.replace("*P*", "*T*")))


@pytest.mark.parametrize("text", ["", "UNB+UNOA:1'", "ST*214*0001~B10*P~", GS + "~" + "~".join(shipment(B10)) + "~"])
def test_what_has_nobody_to_answer_to_is_refused(text: str) -> None:
    with pytest.raises(Unparsable):
        acknowledge(text.encode())


def test_a_file_that_is_refused_for_its_many_records_is_not_acknowledged() -> None:
    assert acknowledge(file(group(shipment(B10, *[AT7] * 1_000))))
    with pytest.raises(Unparsable, match="more than 1000 records"):
        acknowledge(file(group(shipment(B10, *[AT7] * 1_000), shipment(B10, AT7))))
    with pytest.raises(Unparsable, match="more than 1000 records"):
        acknowledge(file(group(*[shipment(B10)] * 10_001)))


def test_an_account_that_wants_one_gets_it_as_the_answer_to_its_push() -> None:
    body = file(group(shipment(B10)))

    assert x12_997(body) == (200, "application/edi-x12", acknowledge(body))
    status, kind, text = x12_997(b"tracking,status\n")
    assert (status, kind) == (202, "text/plain; charset=utf-8")
    assert text == b"kept, but not acknowledged: the file does not begin with ISA\n"


controls = st.sampled_from(["0001", "0002", "1", "ABCDEFGHIJ", ""])
segments = st.sampled_from(
    [B10, AT7, "AT7*X6*NS***20261302*1405", "B10***R", "L11*P*2I", "SE*3*0001", "ST*214*0009", "GE*1*88", GS]
)
sets = st.builds(
    lambda middle, control, kind, count: [f"ST*{kind}*{control}", *middle, f"SE*{count}*{control}"],
    st.lists(segments, max_size=5),
    controls,
    st.sampled_from(["214", "210", ""]),
    st.sampled_from(["2", "3", "4", "x"]),
)


@settings(max_examples=150)
@given(groups=st.lists(st.lists(sets, max_size=4), min_size=1, max_size=3), separators=st.permutations("*|^~'!\n\x1d"))
def test_any_answer_is_well_formed_and_its_counts_are_right(
    groups: list[list[list[str]]], separators: list[str]
) -> None:
    element, end = separators[0] if separators[0] != "\n" else "+", separators[1]
    body = (
        file(*(group(*one) for one in groups)).decode().replace("*", "\x00").replace("~", end).replace("\x00", element)
    )

    text = acknowledge(body.encode()).decode()

    reader = X12Reader(io.StringIO(text))
    lines = [segment.format("", element, ":") for segment in reader]
    assert reader.pop_errors() == []  # counts and control numbers of SE, GE and IEA
    names = Counter(line.split(element)[0] for line in lines)
    assert names["ST"] == names["AK1"] == names["AK9"]
    assert names["AK2"] == names["AK5"]
    received = accepted = 0
    for line in lines:
        name, *values = line.split(element)
        if name == "AK5":
            received, accepted = received + 1, accepted + (values[0] in ("A", "E"))
            assert (values[0] == "A") is (len(values) == 1)
        if name == "AK9":
            assert (int(values[2]), int(values[3])) == (received, accepted)
            assert (values[0] == "R") is (accepted == 0)
            assert (values[0] == "P") is (0 < accepted < received)
            received = accepted = 0


@settings(max_examples=150)
@given(data=st.data())
def test_any_file_is_acknowledged_or_refused(data: st.DataObject) -> None:
    body = file(group(shipment(B10, AT7)))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(body)))
        body = body[:start] + data.draw(st.binary(max_size=8)) + body[start + data.draw(st.integers(0, 9)) :]

    try:
        text = acknowledge(body).decode()
    except Unparsable:
        return
    assert not text or len(list(next(interchanges(text)).segments())) >= 7


def test_the_command_prints_an_acknowledgment_or_says_why_there_is_none(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    good, bad = tmp_path / "good.edi", tmp_path / "bad.csv"
    good.write_bytes(file(group(shipment(B10)), end="\n"))
    bad.write_text("tracking,status\n")

    assert acknowledge_file(good) == 0
    printed = capsysbinary.readouterr()
    assert b"AK9*A*1*1*1\n" in printed.out
    assert b"*20260706*" not in printed.out  # now, not when the file was written

    assert acknowledge_file(bad) == 2
    printed = capsysbinary.readouterr()
    assert (printed.out, printed.err) == (
        b"",
        f"{bad} cannot be acknowledged: the file does not begin with ISA\n".encode(),
    )

    assert acknowledge_file(tmp_path / "none.edi") == 2
    assert b"No such file" in capsysbinary.readouterr().err
