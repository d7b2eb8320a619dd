"""Every format reads its own fixtures as the documents say: carrier_adapter/examples/<format>/NN-what.<ext>.

Beside each stands NN-what.expected.jsonl: a JSON object for each record, in order, with those fields of what
`carrier-adapter try` prints that matter; times without a zone are UTC. No line: the push holds no scans.
"""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.conformance.samples import EXAMPLES as FEEDS
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.trying import line_of

EXPECTED = sorted(FEEDS.glob("*/*.expected.jsonl"))


def named(file: Path) -> str:
    return str(file.relative_to(FEEDS)).removesuffix(".expected.jsonl")


def push_of(expected: Path) -> Path:
    """Give the push that *expected* is about."""
    stem = expected.name.removesuffix(".expected.jsonl")
    (push,) = (file for file in expected.parent.glob(f"{stem}.*") if file != expected)
    return push


@pytest.mark.parametrize("expected", EXPECTED, ids=named)
def test_a_fixture_is_read_as_its_document_says(expected: Path) -> None:
    wanted = [json.loads(line) for line in expected.read_text("utf-8").splitlines() if line]

    feed = FORMATS[expected.parent.name].parse(push_of(expected).read_bytes(), ZoneInfo("UTC"))

    read = [json.loads(json.dumps(line_of(record))) for record in feed.records]
    assert [{field: line[field] for field in one} for line, one in zip(read, wanted, strict=False)] == wanted
    assert len(read) == len(wanted)


def test_every_fixture_says_what_is_expected_of_it() -> None:
    pushes = {file for file in FEEDS.glob("*/*") if not file.name.endswith(".expected.jsonl")}

    assert pushes == {push_of(expected) for expected in EXPECTED}
    assert {file.parent.name for file in pushes} <= set(FORMATS)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_has_a_fixture_of_which_every_record_counts(name: str) -> None:
    own = [push_of(one) for one in EXPECTED if one.parent.name == name]
    feeds = [FORMATS[name].parse(push.read_bytes(), ZoneInfo("UTC")) for push in own]

    assert feeds
    only_notices = not any(feed.records for feed in feeds)
    assert only_notices or any(feed.records and not any(one.problem for one in feed.records) for feed in feeds)
