"""The catalogue of bad input at the carriers' door: every case has a test that is named after it.

A test is named after a case in its name (``test_a19_…``, ``test_b8_b9_…``), at the head of its docstring
(``B12, B13.``), or at the head of a parameter's id (``A6 no base64``).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
#: About the request and its signature: refused (401, one answer for all), quarantined, or as it says.
REQUESTS = {
    "A1": "no signature",
    "A2": "an empty signature",
    "A3": "v1 without a comma",
    "A4": "v1,a,b",
    "A5": "two spaces between signatures: taken if one is right",
    "A6": "no base64, no hexadecimal",
    "A7": "hexadecimal in capitals is taken, base64 in capitals is not",
    "A8": "another carrier's key",
    "A9": "a key that ended 61 seconds ago",
    "A10": "the second key during an exchange: taken",
    "A11": "9 or 10,000 signatures: 8 are looked at",
    "A12": "the signature's header twice",
    "A13": "a timestamp more than five minutes off",
    "A14": "a timestamp that is no number of seconds",
    "A15": "a timestamp with more than digits",
    "A16": "an id that shifts the boundary of what is signed",
    "A17": "an id that is endless, empty, or no word",
    "A18": "a body of which a byte is another",
    "A19": "a request that is replayed: nothing new, or refused once it is old",
    "A20": "another body under an id that came before: quarantined and counted",
    "A21": "one byte more than the largest body (1 MiB, a setting): 413",
    "A22": "a length that lies, chunks without an end, a byte at a time: cut off",
    "A23": "a Content-Encoding: 415",
    "A24": "another content type, or none: the bytes count",
    "A25": "empty, null, a list, a text, a number: quarantined",
    "A26": "no UTF-8: quarantined",
    "A27": "a byte order mark: taken",
    "A28": "cut off, something after it, two documents: quarantined",
    "A29": "100,000 levels: quarantined",
    "A30": "an integer of 5,000 digits: quarantined",
    "A31": "numbers that are none: quarantined",
    "A32": "a key twice: quarantined",
    "A33": "a NUL: quarantined",
    "A34": "half a surrogate pair: quarantined",
    "A35": "another method: 405",
    "A36": "an unknown endpoint: answered as a wrong signature is",
    "A37": "who a request says it comes from: counts for nothing",
    "A38": "an old protocol, smuggling, too many or too large headers",
    "A39": "a sender that leaves before the answer: known when it comes back",
    "A40": "a database that is down, stopped, full, read-only or has no connection left: 503 in time",
    "A41": "no broker: kept all the same",
    "A42": "a thousand connections of junk",
}
#: About what a signed push says.
CONTENT = {
    "B1": "an unknown tracking number: unmatched until an order claims it",
    "B2": "spellings of a number: one number",
    "B3": "a number that looks like a path, a subject or a command: in no subject",
    "B4": "an unknown code: quarantined and counted, never taken for a status",
    "B5": "no code, or something that is none: quarantined",
    "B6": "no time: as of its receipt, and says so",
    "B7": "a local time without a zone: the facility's or the account's",
    "B8": "a time that cannot be: quarantined; a leap second is the second before",
    "B9": "seconds, milliseconds, texts: told apart by profile, never by guess",
    "B10": "hours ahead: as of its receipt; years ago: another parcel's",
    "B11": "an hour that summer time skips or doubles",
    "B12": "the same scan twice in a push: one applied, one duplicate",
    "B13": "the same scan in another message: a duplicate",
    "B14": "the same id, a corrected time: superseded, both kept",
    "B15": "more than 1,000 scans: quarantined whole; none: no record",
    "B16": "one bad scan among 20: costs only itself",
    "B17": "newest first: the same parcel",
    "B18": "Delivered as the first scan",
    "B19": "InTransit after Delivered: moves nothing",
    "B20": "Delivered after Lost: Delivered, and corrected",
    "B21": "scanned or Delivered after the cancellation: on record, and the seller is told",
    "B22": "Delivered and the cancellation at once: one legal end",
    "B23": "Returned after Delivered: Returned",
    "B24": "Lost or Damaged, says the carrier: at once, apart from what a rule presumes",
    "B25": "one parcel of three: the order is not Delivered",
    "B26": "a number that two active orders claim: the second is refused",
    "B27": "a recycled number: older scans never fold",
    "B28": "a scan for an erased buyer's order: applied, no word kept, nobody told",
    "B29": "a name, a photo's address: in no event, and never called",
    "B30": "a place with markup, templates or control characters: a text",
    "B31": "a test: quarantined",
    "B32": "another carrier's push: quarantined",
}
CASES = REQUESTS | CONTENT

_IN_NAME = re.compile(r"test_((?:[ab]\d+_)+)")
_IN_DOCSTRING = re.compile(r"([AB]\d+(?:, [AB]\d+)*)\.")
_IN_ID = re.compile(r"([AB]\d+) [a-z0-9]")


def named(source: str) -> Iterator[str]:
    """Give the cases that the tests of a module are named after."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            if found := _IN_NAME.match(node.name):
                yield from found[1].upper().strip("_").split("_")
            if found := _IN_DOCSTRING.match(ast.get_docstring(node) or ""):
                yield from found[1].split(", ")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := _IN_ID.match(node.value)):
            yield found[1]


@pytest.fixture(scope="module")
def tested() -> set[str]:
    """Every case that a test somewhere is named after."""
    files = (file for file in TESTS.rglob("test_*.py") if file != Path(__file__))
    return {case for file in files for case in named(file.read_text("utf-8"))}


def test_every_case_of_bad_input_has_a_test(tested: set[str]) -> None:
    assert [case for case in CASES if case not in tested] == []


def test_no_test_is_named_after_a_case_that_there_is_not(tested: set[str]) -> None:
    assert sorted(tested.difference(CASES)) == []


@pytest.mark.parametrize(
    ("source", "cases"),
    [
        ("def test_a19_b2_again(): ...", ["A19", "B2"]),
        ("async def test_a_push(): ...", []),
        ('def test_x():\n    """B12, B13. In one push."""', ["B12", "B13"]),
        ('def test_x():\n    """Of A1 and B2."""', []),
        ('WRONG = {"A6 no base64": 1, "A29 100,000 lists": 2}', ["A6", "A29"]),
        ('EDI = "B10*1*2~", "A9", "A1B2"', []),
        ("def helper_a19_(): ...", []),
    ],
)
def test_where_a_test_says_its_case(source: str, cases: list[str]) -> None:
    assert list(named(source)) == cases
