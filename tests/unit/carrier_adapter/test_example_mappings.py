"""examples/mappings: whole formats in under 40 lines, each with a sample that is read as its document says."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.mapping.loading import load
from carrier_adapter.recognising import guesses
from carrier_adapter.trying import line_of

EXAMPLES = Path(__file__).parents[3] / "examples" / "mappings"
MAPPINGS = sorted(EXAMPLES.glob("*.yaml"))


def sample_of(mapping: Path) -> Path:
    (sample,) = (file for file in (EXAMPLES / "samples").glob(f"{mapping.stem}.*") if file.suffix != ".jsonl")
    return sample


@pytest.mark.parametrize("file", MAPPINGS, ids=lambda file: file.stem)
def test_an_example_reads_its_sample_as_its_document_says(file: Path) -> None:
    expected = EXAMPLES / "samples" / f"{file.stem}.expected.jsonl"
    wanted = [json.loads(line) for line in expected.read_text("utf-8").splitlines()]

    mapping = load(file.read_text("utf-8"), file.name)
    feed = mapping.parse(sample_of(file).read_bytes(), ZoneInfo("UTC"))

    read = [json.loads(json.dumps(line_of(record))) for record in feed.records]
    assert [{field: line[field] for field in one} for line, one in zip(read, wanted, strict=False)] == wanted
    assert len(read) == len(wanted)


@pytest.mark.parametrize("file", MAPPINGS, ids=lambda file: file.stem)
def test_an_example_is_short_and_of_a_format_that_is_not_built_in(file: Path) -> None:
    text = file.read_text("utf-8")

    assert len(text.splitlines()) < 40
    assert load(text, file.name).name == file.stem
    assert file.stem not in FORMATS


@pytest.mark.parametrize("file", MAPPINGS, ids=lambda file: file.stem)
def test_no_other_format_takes_its_sample(file: Path) -> None:
    others = [load(one.read_text("utf-8"), one.name) for one in MAPPINGS if one != file]

    assert guesses([*FORMATS.values(), *others], sample_of(file).read_bytes(), ZoneInfo("UTC")) == []


def test_an_editor_finds_the_schema_from_each_example() -> None:
    for file in MAPPINGS:
        first = file.read_text("utf-8").splitlines()[0]
        named = first.removeprefix("# yaml-language-server: $schema=")
        assert (EXAMPLES / named).resolve() == (EXAMPLES.parents[1] / "docs" / "mapping-file.schema.json").resolve()
