"""docs/feeds says what the code does, and the code speaks the vocabulary."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from carrier_adapter.formats import (
    easypost_event,
    edifact_codes,
    epcis_2_json,
    ninjavan_webhook,
    ship_by_tiktok,
    x12_codes,
)
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.mapping.loading import BUILT_IN, read
from contracts.vocabulary import SUB_STATUSES, ScanStatus

FEEDS = Path(__file__).parents[3] / "docs" / "feeds"

Meaning = tuple[ScanStatus, str] | None


def joined(pairs: Mapping[tuple[str, str], Meaning]) -> dict[str, Meaning]:
    return {" ".join(pair): meaning for pair, meaning in pairs.items()}


#: What each document lists, in all its tables together.
TABLES: dict[str, list[Mapping[str, Meaning]]] = {
    "ninjavan-webhook": [ninjavan_webhook.STATUSES, ninjavan_webhook.REASONS, ninjavan_webhook.RETURN_REASONS],
    "easypost-event": [joined(easypost_event.PAIRS), easypost_event.STATUSES, easypost_event.DETAILS],
    "ship-by-tiktok": [ship_by_tiktok.CODES],
    "x12-214": [x12_codes.STATUSES, joined(x12_codes.REASONS)],
    "edifact-iftsta": [edifact_codes.NUMBERS, edifact_codes.WORDS, joined(edifact_codes.REASONS)],
    "epcis-2-json": [
        epcis_2_json.STEPS,
        epcis_2_json.DISPOSITIONS,
        epcis_2_json.ALONE,
        joined(epcis_2_json.PAIRS),
    ],
}


#: Notices of marketplaces, whose tables test_marketplace_notices compares.
NOTICES = {"tiktok-shop-webhook", "lazada-push", "shopee-push"}

#: The formats that are mapping files, with what those say.
MAPPINGS = {file.stem: read(file.read_text("utf-8"), file.name) for file in sorted(BUILT_IN.glob("*.yaml"))}


def document(name: str) -> str:
    return (FEEDS / f"{name}.md").read_text()


def rows_of(text: str) -> set[tuple[str, str]]:
    """Give the rows that say what a code, or two together, mean."""
    found = re.findall(r"^\| (`(?:[^|]|\\\|)+`) \| (`\w+\.\w+`|unmapped) \|$", text, re.MULTILINE)
    return {(code.replace("` `", " ").strip("`").replace("\\|", "|"), meaning.strip("`")) for code, meaning in found}


def test_every_format_has_a_document() -> None:
    assert {file.stem for file in FEEDS.glob("*.md")} == set(FORMATS) == {*TABLES, *MAPPINGS, *NOTICES}


@pytest.mark.parametrize("name", sorted(MAPPINGS))
def test_the_tables_of_a_format_that_is_a_mapping_say_what_the_mapping_says(name: str) -> None:
    mapping = MAPPINGS[name]
    said = {
        (key, f"{meaning.status}.{meaning.sub_status}" if meaning else "unmapped")
        for table in (mapping.statuses, mapping.statuses_on_return)
        for key, meaning in table.items()
    }

    assert rows_of(document(name)) == said


@pytest.mark.parametrize("name", sorted(TABLES))
def test_its_tables_say_what_the_code_does(name: str) -> None:
    coded = {
        (code, f"{meaning[0]}.{meaning[1]}" if meaning else "unmapped")
        for table in TABLES[name]
        for code, meaning in table.items()
    }

    assert rows_of(document(name)) == coded


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_meaning_is_in_the_vocabulary(name: str) -> None:
    for table in TABLES[name]:
        for code, meaning in table.items():
            assert meaning is None or meaning[1] in SUB_STATUSES[meaning[0]], code


def test_every_reason_of_an_attempt_is_in_the_vocabulary_and_in_its_document() -> None:
    listed = document("ship-by-tiktok").partition("Reasons:")[2].partition(".")[0]

    assert set(re.findall(r"`(\w+)`", listed)) == ship_by_tiktok.REASONS
    assert set(SUB_STATUSES[ScanStatus.ATTEMPT_FAILED]) > ship_by_tiktok.REASONS


def test_the_time_codes_of_x12_are_those_of_its_document() -> None:
    text = document("x12-214")

    offsets = {code: float(hours) for code, hours in re.findall(r"`(\w\w)` ([+-][\d.]+) h", text)}
    assert offsets == x12_codes.OFFSETS
    assert dict(re.findall(r"`(\w\w)` (America/\w+)", text)) == x12_codes.ZONES
    assert all(ZoneInfo(zone) for zone in x12_codes.ZONES.values())


def test_the_appointment_codes_of_x12_are_those_of_its_document() -> None:
    listed = document("x12-214").partition("appointment codes")[2].partition(".\n")[0].partition("Any other")[0]

    assert set(re.findall(r"`(\w\w)`", listed)) == x12_codes.APPOINTMENTS


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_each_document_names_the_signature_schemes_of_its_format(name: str) -> None:
    text = document(name).replace("\n", " ")

    assert set(re.findall(r"scheme `([\w-]+)`", text)) == set(FORMATS[name].schemes)


def test_the_example_of_our_own_format_is_read_whole() -> None:
    example = document("ship-by-tiktok").partition("```json\n")[2].partition("```")[0]

    (record,) = ship_by_tiktok.parse(json.dumps(json.loads(example)).encode(), ZoneInfo("UTC")).records

    assert record.problem is None
    assert (record.status, record.sub_status, record.signed) == (ScanStatus.DELIVERED, "signed", True)
    assert (record.record_id, record.place, record.carrier) == ("scn_7f3a9c", "Hub 7", "parcelpost")
    assert record.estimated_at is not None
