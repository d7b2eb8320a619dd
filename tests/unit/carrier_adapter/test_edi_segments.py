"""How EDI files are split: what stands in them comes out, whatever separates it, and as other libraries have it."""

import io
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydifact.parser import Parser
from pyx12.x12file import X12Reader

from carrier_adapter.formats import edifact_segments, x12_214, x12_segments
from carrier_adapter.formats.record import Unparsable

UTC = ZoneInfo("UTC")
SEPARATORS = "+:?'*|~^!#$%&/;<=>@\x1c\x1d\x1e\x1f"

values = st.text("ABCxyz019 .,-" + "ÄÉñ", max_size=8).map(str.strip)
names = st.from_regex(r"[A-Z]{3}", fullmatch=True).filter(lambda name: not name.startswith(("UN", "IS")))
four = st.permutations(SEPARATORS).map(lambda letters: letters[:4])


# EDIFACT.

edifact = st.lists(st.tuples(names, st.lists(st.lists(values, min_size=1, max_size=3), max_size=4)), max_size=5)
Messages = list[tuple[str, list[list[str]]]]


def written(message: Messages, separators: Sequence[str], *, advice: bool = True, charset: str = "UNOY") -> str:
    """Write an interchange as ISO 9735 says."""
    component, element, release, terminator = separators

    def value(text: str) -> str:
        return "".join(release + letter if letter in separators else letter for letter in text)

    body: Messages = [
        ("UNB", [[charset, "3"], ["CARRIER"], ["SHOP"], ["260302", "0800"], ["7"]]),
        *message,
        ("UNZ", [["1"], ["7"]]),
    ]
    lines = [element.join([name, *(component.join(map(value, one)) for one in parts)]) for name, parts in body]
    una = f"UNA{component}{element}.{release} {terminator}" if advice else ""
    return una + "".join(line + terminator for line in lines)


def read(body: bytes) -> list[list[tuple[str, list[list[str]]]]]:
    """Give each interchange's segments, without UNB and UNZ."""
    found = [list(one.segments()) for one in edifact_segments.interchanges(body)]
    return [[(parts[0][0], parts[1:]) for parts in segments if parts[0][0] not in ("UNB", "UNZ")] for segments in found]


@settings(max_examples=100)
@given(message=edifact, separators=four, other=edifact, others=four)
def test_edifact_values_come_out_as_they_went_in(
    message: Messages, separators: Sequence[str], other: Messages, others: str
) -> None:
    released = [
        (name, [[one + separators[3] + separators[0] for one in part] for part in parts]) for name, parts in message
    ]
    body = written(released, separators) + "\r\n" + written(other, others)

    assert read(body.encode()) == [released, other]


@pytest.mark.filterwarnings("ignore")  # it warns of what it would have written otherwise
@settings(max_examples=30)
@given(message=edifact, separators=st.sampled_from([":+?'", "|*\\~", ":+?'"]))
def test_edifact_is_split_as_pydifact_splits_it(message: Messages, separators: Sequence[str]) -> None:
    text = written(message, separators, charset="UNOC")

    (ours,) = read(text.encode("latin-1"))
    theirs = [one for one in Parser().parse(text) if one.tag not in ("UNA", "UNB", "UNZ")]

    def filled(element: list[str] | str) -> list[str]:  # theirs leaves out some empty components, and so do these
        components = [element] if isinstance(element, str) else list(element)
        while components and not components[-1]:
            components.pop()
        return components

    assert [(one.tag, [filled(element) for element in one.elements]) for one in theirs] == [
        (name, [filled(element) for element in elements]) for name, elements in ours
    ]


@pytest.mark.parametrize("separators", [":+?'", "\x1f\x1d \x1c"])
def test_without_a_una_the_usual_separators_count_and_those_that_do_not_print(separators: Sequence[str]) -> None:
    message: Messages = [("BGM", [["77"], ["A", "B"]])]

    assert read(written(message, separators, advice=False).encode()) == [message]


def test_a_una_counts_until_an_interchange_looks_otherwise() -> None:
    message: Messages = [("BGM", [["77"], ["A", "B"]])]
    body = written(message, "|*!~") + written(message, "|*!~", advice=False) + written(message, ":+?'", advice=False)

    assert read(body.encode()) == [message, message, message]


@pytest.mark.parametrize(
    ("charset", "encoding", "place"),
    [
        ("UNOC", "iso8859-1", "VÄXJÖ"),
        ("UNOD", "iso8859-2", "ŁÓDŹ"),
        ("UNOE", "iso8859-5", "ОМСК"),
        ("UNOF", "iso8859-7", "ΠΑΤΡΑ"),
        ("UNOH", "iso8859-4", "RĪGA"),
        ("UNOI", "iso8859-6", "مكة"),
        ("UNOJ", "iso8859-8", "עכו"),
        ("UNOK", "iso8859-9", "İZMİR"),
        ("UNOL", "iso8859-15", "€"),
        ("UNOW", "utf-8", "東京"),
        ("UNOY", "utf-8", "ŁÓDŹ"),
        ("UNOA", "utf-8", "VÄXJÖ"),
        ("UNOB", "latin-1", "VÄXJÖ"),
        ("UNOX", "latin-1", "VÄXJÖ"),
    ],
)
def test_an_interchange_says_its_character_set(charset: str, encoding: str, place: str) -> None:
    message: Messages = [("LOC", [["14"], ["", "", "", f"{place}+?"]])]

    assert read(written(message, ":+?'", charset=charset).encode(encoding)) == [message]


def test_a_letter_that_is_not_of_its_character_set_costs_only_itself() -> None:
    body = written([("LOC", [["14"], ["X~Y"]])], ":+?'", charset="UNOY").encode().replace(b"~", b"\xff")

    assert read(body) == [[("LOC", [["14"], ["X\ufffdY"]])]]


@pytest.mark.parametrize("end", ["'", "'\n", "'\r\n", "'\r\n\r\n", "' "])
def test_line_breaks_may_follow_a_segment(end: str) -> None:
    message: Messages = [("BGM", [["77"], ["A"]])]

    assert read(written(message, ":+?'").replace("'", end).encode()) == [message]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "UNA",
            "UNA:+.? ",
            "UNA:+.? '",
            "UNA:+.? 'UNH+1'",
            "UNH+1+IFTSTA:D:96A:UN'",
            "ISA*00*",
            '{"a":1}',
            "UNA++.? 'UNB+",
        ),
        *("UNAAB.? 'UNB+UNOA:1'", "UNA:+.?  UNB+UNOA:1 ", "UNA:+.:?'UNB+UNOA:1'", "UNB+UNOA:1'\x00"),
    ],
)
def test_what_is_no_edifact_is_refused(text: str) -> None:
    with pytest.raises(Unparsable):
        read(text.encode())


# X12.

x12 = st.lists(
    st.tuples(st.sampled_from(["B10", "L11", "AT7", "MS1", "K1"]), st.lists(values, min_size=1, max_size=5)), max_size=5
)
Sets = list[tuple[str, list[str]]]


def envelope(segments: Sets, element: str, component: str, terminator: str) -> str:
    """Write an interchange of one 214 as X12.5 says."""
    header = ["ISA", "00", " " * 10, "00", " " * 10, "02", f"{'RDFR':15}", "ZZ", f"{'SHOP':15}", "260302", "0800"]
    lines = [
        [*header, "U", "00401", "000000001", "0", "P", component],
        ["GS", "QM", "RDFR", "SHOP", "20260302", "0800", "1", "X", "004010"],
        ["ST", "214", "0001"],
        *([name, *elements] for name, elements in segments),
        ["SE", str(len(segments) + 2), "0001"],
        ["GE", "1", "1"],
        ["IEA", "1", "000000001"],
    ]
    return "".join(element.join(line) + terminator for line in lines)


@settings(max_examples=100)
@given(segments=x12, separators=four)
def test_x12_values_come_out_as_they_went_in(segments: Sets, separators: Sequence[str]) -> None:
    element, component, terminator, _ = separators
    text = envelope(segments, element, component, terminator)

    (one,) = x12_segments.interchanges(text)

    assert (one.separator, one.component, one.terminator) == (element, component, terminator)
    assert [(name, elements) for name, *elements in one.segments()][3:-3] == segments


@settings(max_examples=60)
@given(segments=x12, separators=four)
def test_x12_is_split_as_pyx12_splits_it(segments: Sets, separators: Sequence[str]) -> None:
    element, component, terminator, _ = separators
    text = envelope(segments, element, component, terminator)

    (one,) = x12_segments.interchanges(text)

    def stripped(elements: list[str]) -> list[str]:  # theirs leaves out empty elements at the end, but for the first
        filled = [place for place, value in enumerate(elements) if value]
        return elements[: max(2, filled[-1] + 1)]

    theirs = [
        segment.format("\x00", "\x01", "\x02").rstrip("\x00").split("\x01") for segment in X12Reader(io.StringIO(text))
    ]
    assert [stripped([value.strip() for value in each]) for each in theirs] == [
        stripped(each) for each in one.segments()
    ]


STATUS: Sets = [("B10", ["PRO1", "BOL1", "RDFR"]), ("AT7", ["X6", "NS", "", "", "20260302", "1405", "UT"])]


@pytest.mark.parametrize("release", ["003040", "004010", "004030", "005010", "006020"])
def test_every_release_of_x12_is_read(release: str) -> None:
    text = envelope(STATUS, "*", ">", "~").replace("00401*", f"{release[:5]}*").replace("004010", release)

    (record,) = x12_214.parse(text.encode(), UTC).records

    assert (record.tracking_number, record.problem) == ("PRO1", None)


def test_an_x12_interchange_that_is_a_test_is_set_aside_and_the_next_is_not() -> None:
    real = envelope(STATUS, "*", ">", "~")

    records = x12_214.parse((real.replace("*P*>", "*T*>") + real).encode(), UTC).records

    assert [(record.status, record.problem) for record in records] == [
        ("in_transit", "test_mode"),
        ("in_transit", None),
    ]
