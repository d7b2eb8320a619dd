"""Mapping files as people write them: what is wrong is said with line and column, and what to do."""

import json
import random
from pathlib import Path

import pytest

from carrier_adapter.mapping.document import MappingFile
from carrier_adapter.mapping.loading import BUILT_IN, BadMapping, load, read
from carrier_adapter.mapping.yaml_nodes import read_yaml
from support.mutations import mutated

EXAMPLES = Path(__file__).parents[4] / "examples" / "mappings"

GOOD = """\
format: acme
title: Acme push
source: Acme API, 2026-03-02
recognise: push.awb
scan:
  number: push.awb
  code: push.code
  time: {from: push.at}
statuses:
  010: picked_up.collected
  NO: {is: returned.to_seller, leg: return, fault: buyer}
  1e5: null
"""


def wrong(text: str) -> list[str]:
    with pytest.raises(BadMapping) as refused:
        load(text, "acme.yaml")
    return str(refused.value).splitlines()


def test_codes_are_texts_whatever_yaml_takes_them_for() -> None:
    assert list(read(GOOD, "acme.yaml").statuses) == ["010", "NO", "1e5"]
    assert read(GOOD, "acme.yaml").statuses["1e5"] is None


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("push.code", "push.[", "7:3", "is no JMESPath"),
        ("push.code", "awb.code", "7:3", "start from push or shipment or parcel or scan"),
        ("push.code", "[push.code, 'nothing(scan)']", "7:21", "no function nothing"),
        ("recognise: push.awb", "recognise: scan.awb", "4:1", "start from push"),
        ("{from: push.at}", "{from: push.at, layouts: '%Q'}", "8:25", "there is no %Q"),
        ("{from: push.at}", "{from: push.at, zone: Mars}", "8:25", "write it like Asia/Singapore"),
        ("{from: push.at}", "{from: push.at, zone_of: {by: x, zones: {A: Mars}}}", "8:35", "start from push"),
        ("picked_up.collected", "picked_up.colected", "10:3", "picked_up is followed by one of"),
        ("picked_up.collected", "pickedup.collected", "10:3", "there is no status 'pickedup'"),
        ("picked_up.collected", "unknown.unmapped", "10:3", "write null"),
        ("leg: return", "leg: back", "11:32", "is 'outbound' or 'return'"),
        ("leg: return", "legs: return", "11:32", "is no field of a mapping file here"),
        ("title: Acme push\n", "", "1:1", "title: is missing: add it"),
        ("format: acme", "format: Acme", "1:1", "small letters"),
        ("title: Acme push", "title: [a, b]", "2:1", "is a text"),
        ("title: Acme push", "titel: Acme push", "2:1", "titel: is no field"),
        ("title: Acme push", "title: Acme push\nschemes: [morse]", "3:1", "there is no signature scheme morse"),
        ("title: Acme push", "title: Acme push\nanswer: loudly", "3:1", "nobody is answered with loudly"),
        ("title: Acme push", "title: Acme push\nreads: yaml", "3:1", "is 'json', 'xml', 'csv' or 'fixed'"),
        ("title: Acme push", "title: Acme push\nreads: fixed", "1:1", "`fixed` goes with"),
        ("title: Acme push", "title: Acme push\ncsv: {}", "1:1", "`csv` goes with"),
        ("title: Acme push", "title: Acme push\nreads: csv\ncsv: {encoding: nothing}", "4:7", "is no text encoding"),
        ("title: Acme push", "title: Acme push\nreads: csv\ncsv: {encoding: hex}", "4:7", "is no text encoding"),
        ("title: Acme push", "title: Acme push\nreads: csv\ncsv: {quote: ','}", "4:1", "two different signs"),
        ("recognise: push.awb", "reads: xml\nrecognise: /a[", "5:1", "is no XPath"),
        ("  NO:", "  010:", "11:3", "010 stands here a second time"),
        ("statuses:\n", "statuses: [\n", "11:5", "did not find"),
        ("format: acme", "format: !!python/object:os.system acme", "1:9", "means nothing here"),
        ("format: acme", "format: acme\nformat: acme", "2:1", "a second time"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_to_do(old: str, new: str, place: str, said: str) -> None:
    lines = wrong(GOOD.replace(old, new, 1))

    assert any(line.startswith(f"acme.yaml:{place}: ") and said in line for line in lines), lines


def test_everything_that_is_wrong_is_said_at_once_and_once() -> None:
    lines = wrong(GOOD.replace("push.code", "push.[").replace("picked_up", "picked").replace("title: Acme push\n", ""))

    assert [line.split(" ")[1] for line in lines] == ["title:", "scan.code.0:", "statuses.010:"]


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "- a", "a", "~", "\x00", "a: *b", "? [a]\n: b", "\t", "{" * 10_000]
)
def test_what_is_no_mapping_at_all_is_a_sentence_too(text: str) -> None:
    assert all(line.startswith("acme.yaml:") for line in wrong(text))


def test_aliases_that_unfold_without_end_are_refused() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )

    assert "unfold without end" in wrong(bomb)[0]
    assert "unfold without end" in wrong("a: &a [*a]")[0]


def test_an_alias_is_as_good_as_what_it_stands_for() -> None:
    assert read_yaml("a: &x {b: 1}\nc: *x").value == {"a": {"b": "1"}, "c": {"b": "1"}}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("{a: {columns: {n: [2, 1]}}}", "ends before it starts"),
        ("{a: {columns: {n: [0, 1]}}}", "greater than or equal to 1"),
        ("{a: {columns: {n: [1, 2]}, inherits: b}}", "inherits b, which is no kind of line"),
        (
            "{a: {columns: {n: [1, 2]}}, b: {columns: {a: [1, 1]}, inherits: a}}",
            "rename one",
        ),
        ("{a: {columns: {line: [1, 2]}}}", "another name"),
    ],
)
def test_lines_that_cannot_be_told_apart_are_refused(lines: str, said: str) -> None:
    text = GOOD.replace("title: Acme push", f"title: Acme push\nreads: fixed\nfixed: {{lines: {lines}}}")

    assert any(said in line for line in wrong(text))


def test_the_schema_that_editors_use_is_that_of_the_code() -> None:
    schema = Path(__file__).parents[4] / "docs" / "mapping-file.schema.json"

    assert json.loads(schema.read_text("utf-8")) == MappingFile.model_json_schema()


@pytest.mark.parametrize("file", sorted(BUILT_IN.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_mapping_that_comes_with_us_is_named_as_its_format(file: Path) -> None:
    assert read(file.read_text("utf-8"), file.name).format == file.stem


def test_a_file_that_is_spoilt_in_any_way_is_a_mapping_or_told_what_is_wrong_with_it() -> None:
    chance = random.Random(4)
    seeds = [file.read_bytes() for file in sorted(EXAMPLES.glob("*.yaml"))] + [GOOD.encode()]
    for _ in range(400):
        text = mutated(chance, seeds).decode("utf-8", "replace")
        try:
            load(text, "acme.yaml")
        except BadMapping as refused:
            lines = str(refused).splitlines()
            assert lines
            assert all(line.startswith("acme.yaml:") for line in lines)
