"""Documents that mappings read, and what is none."""

from typing import Any

import pytest

from carrier_adapter.formats.record import Unparsable
from carrier_adapter.mapping.document import Csv, Fixed
from carrier_adapter.mapping.sources import NoRow, read_csv, read_fixed, read_xml


def fixed(**lines: Any) -> Fixed:
    return Fixed.model_validate({"lines": lines})


# --- XML -------------------------------------------------------------------------------------------------------------


def test_xml_is_read_in_the_encoding_that_it_names() -> None:
    body = "<?xml version='1.0' encoding='iso-8859-1'?><a>Köln</a>".encode("iso-8859-1")

    assert read_xml(body).text == "Köln"


def test_comments_and_instructions_are_no_part_of_a_text() -> None:
    assert "".join(read_xml(b"<a>x<!-- y --><?z z?></a>").itertext()) == "x"


BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "'
    + b"x" * 1000
    + b'"><!ENTITY c "'
    + b"&b;" * 1000
    + b'"><!ENTITY d "'
    + b"&c;" * 1000
    + b'">]><a>&d;</a>'
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<a>",
        b"<a/><b/>",
        b"<a>&nothing;</a>",
        b"<a>\x00</a>",
        b"<a>&#xD800;</a>",
        b"<a>\xff</a>",
        b"<?xml version='1.0' encoding='nothing'?><a/>",
        b"<!-- -->",
        b"<a>" * 100_000,
        b"<a>" * 1000 + b"</a>" * 1000,
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><a/>',
        b'<!DOCTYPE a [<!ENTITY b "x"><!ATTLIST a c CDATA "&b;">]><a/>',
        BOMB,
    ],
)
def test_what_is_no_plain_xml_is_refused(body: bytes) -> None:
    with pytest.raises(Unparsable):
        read_xml(body)


# --- CSV -------------------------------------------------------------------------------------------------------------


def test_csv_is_read_by_the_names_of_its_header() -> None:
    body = '\ufeffNumber; Status ;Status\r\n1;"a;\r\nb";c \r\n\r\n2;d\r\n'.encode()

    assert read_csv(body, Csv(delimiter=";")) == {
        "header": ["Number", "Status", "Status_2"],
        "rows": [{"Number": "1", "Status": "a;\r\nb", "Status_2": "c"}, {"Number": "2", "Status": "d"}],
    }


def test_csv_without_a_header_is_read_by_the_names_that_the_mapping_gives() -> None:
    assert read_csv(b"1\t'a'\n", Csv(delimiter="\t", quote="'", columns=("n", "s")))["rows"] == [{"n": "1", "s": "a"}]


def test_of_several_encodings_the_first_that_fits_counts() -> None:
    how = Csv(encoding=("utf-8-sig", "windows-1252"))

    assert [read_csv("n\nKöln".encode(name), how)["rows"][0]["n"] for name in how.encoding] == ["Köln", "Köln"]


def test_lines_before_the_header_are_skipped() -> None:
    assert read_csv(b"Report, 2\nof a day\nn\n1\n", Csv(skip=2)) == {"header": ["n"], "rows": [{"n": "1"}]}
    assert read_csv(b"Report", Csv(skip=2)) == {"header": [], "rows": []}


def test_a_row_with_more_cells_than_names_is_no_row_and_spoils_no_other() -> None:
    assert read_csv(b"a,b\n1,2,3\n4,5,,\n", Csv())["rows"] == [NoRow(), {"a": "4", "b": "5"}]


def test_csv_of_several_kinds_of_line_lets_a_line_reach_the_last_of_a_kind_above_it() -> None:
    kinds = {
        "head": {"starts": "H", "columns": ["kind", "date"]},
        "scan": {"starts": "D", "columns": ["kind", "number"], "inherits": "head"},
    }

    rows = read_csv(b"D,0\nH,1\nD,2\nX,9\nH,3\nD,4\nD,5,6\n", Csv.model_validate({"lines": kinds}))["rows"]

    scans = [row for row in rows if row["line"] != "head"]
    assert [(row.get("number"), row.get("head") and row["head"]["date"]) for row in scans] == [
        ("0", None),
        ("2", "1"),
        (None, None),
        ("4", "3"),
        (None, None),
    ]
    assert [isinstance(row, NoRow) for row in scans] == [False, False, True, False, True]


@pytest.mark.parametrize(
    ("body", "how"),
    [
        (b'a,b\n1,"2', Csv()),
        (b'a\n"1"2\n', Csv()),
        (b"a\n" + b"x" * 200_000, Csv()),
        (b"a\xff\n", Csv()),
        (b"a\n\x00", Csv()),
        (b"a\n\\ud800", Csv(encoding=("unicode_escape",))),
        (b"\xff", Csv(encoding=("utf-16",))),
    ],
)
def test_what_is_no_csv_is_refused(body: bytes, how: Csv) -> None:
    with pytest.raises(Unparsable):
        read_csv(body, how)


# --- fixed width -----------------------------------------------------------------------------------------------------


def test_a_fixed_width_line_reaches_the_last_line_of_a_kind_above_it() -> None:
    how = fixed(
        route={"starts": "R", "columns": {"van": [2, 4]}},
        stop={"starts": "S", "columns": {"number": [2, 6]}, "inherits": ["route"]},
        scan={"starts": "E", "columns": {"code": [2, 3], "time": [4, 9]}, "inherits": ["stop"]},
    )

    rows = read_fixed(b"R007\r\nSAB123\r\nEOK\x0b0102\rSAB124\n\nZZZ\nENO", how)["rows"]

    scans = [row for row in rows if row["line"] == "scan"]
    assert [(scan["code"], scan["stop"]["number"], scan["stop"]["route"]["van"]) for scan in scans] == [
        ("OK", "AB123", "007"),
        ("NO", "AB124", "007"),
    ]
    assert [scan["time"] for scan in scans] == ["0102", ""]


def test_letters_count_as_one_position_whatever_they_take_in_bytes() -> None:
    how = fixed(scan={"columns": {"place": [1, 4], "code": [5, 6]}})

    assert read_fixed("KölnOK".encode(), how)["rows"] == [{"line": "scan", "place": "Köln", "code": "OK"}]
