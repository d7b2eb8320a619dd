"""The user's own mapping files: read when they change, and never the reason for a feed to stop."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from carrier_adapter.catalogue import Catalogue
from carrier_adapter.formats.registry import FORMATS
from chassis.logs import ALLOWED

MAPPING = """\
format: acme
title: Acme push
source: Acme API, 2026-03-02
recognise: push.awb
scan: {number: push.awb, code: push.code}
statuses: {OK: delivered.recipient}
"""


def write(file: Path, text: str, at: int) -> None:
    """Write a file as if at another second, as an editor does."""
    file.write_text(text)
    os.utime(file, (at, at))


def meaning(formats: Catalogue, code: str) -> str | None:
    (record,) = formats["acme"].parse(b'{"awb": "A1", "code": "%s"}' % code.encode(), ZoneInfo("UTC")).records
    return record.status


def test_a_folder_adds_to_the_formats_that_come_with_us(tmp_path: Path) -> None:
    write(tmp_path / "acme.yaml", MAPPING, 1)

    formats = Catalogue(tmp_path)

    assert list(formats) == [*FORMATS, "acme"]
    assert len(formats) == len(FORMATS) + 1
    assert meaning(formats, "OK") == "delivered"


def test_without_a_folder_there_are_those_that_come_with_us() -> None:
    formats = Catalogue(None)
    formats.refresh()

    assert dict(formats) == dict(FORMATS)


def test_a_file_that_changes_or_comes_is_read_again(tmp_path: Path) -> None:
    formats = Catalogue(tmp_path)
    assert "acme" not in formats

    write(tmp_path / "acme.yml", MAPPING, 1)
    formats.refresh()
    assert meaning(formats, "GO") is None
    write(tmp_path / "acme.yml", MAPPING.replace("{OK", "{GO: out_for_delivery.loaded, OK"), 2)
    formats.refresh()

    assert meaning(formats, "GO") == "out_for_delivery"


def test_a_file_that_breaks_is_told_once_in_its_own_words_and_what_it_said_last_goes_on_counting(
    tmp_path: Path,
) -> None:
    write(tmp_path / "acme.yaml", MAPPING, 1)
    formats = Catalogue(tmp_path)
    write(tmp_path / "acme.yaml", MAPPING.replace("delivered.", "delivred."), 2)

    with capture_logs() as logs:
        formats.refresh()
        formats.refresh()

    *_, told = logs
    assert [one["event"] for one in logs] == ["mapping_read", "mapping_is_broken"]
    assert (told["name"], told["state"]) == ("acme.yaml", "what it said last counts")
    assert told["error"].startswith("acme.yaml:6:12: statuses.OK: there is no status 'delivred'")
    assert set(told) - {"log_level"} <= ALLOWED
    assert meaning(formats, "OK") == "delivered"


@pytest.mark.parametrize("body", [b"\xff", b"", b"format: ["])
def test_a_file_that_was_never_right_harms_no_other(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "aaa.yaml").write_bytes(body)
    write(tmp_path / "acme.yaml", MAPPING, 1)

    with capture_logs() as logs:
        formats = Catalogue(tmp_path)
        formats.refresh()

    assert list(formats) == [*FORMATS, "acme"]
    assert [one["event"] for one in logs] == ["mapping_is_broken", "mapping_read"]


def test_a_file_that_is_taken_away_takes_its_format_along(tmp_path: Path) -> None:
    write(tmp_path / "acme.yaml", MAPPING, 1)
    formats = Catalogue(tmp_path)
    (tmp_path / "acme.yaml").unlink()

    with capture_logs() as logs:
        formats.refresh()

    assert "acme" not in formats
    assert logs[-1]["error"] == "acme.yaml is gone, and its format with it: acme"


def test_a_file_named_as_a_format_of_ours_goes_before_it(tmp_path: Path) -> None:
    write(tmp_path / "own.yaml", MAPPING.replace("format: acme", "format: ninjavan-webhook"), 1)

    assert Catalogue(tmp_path)["ninjavan-webhook"].description == "Acme push"


def test_of_two_files_of_one_format_the_first_counts_and_the_other_is_told(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", MAPPING, 1)
    write(tmp_path / "b.yaml", MAPPING.replace("Acme push", "Other push"), 1)

    with capture_logs() as logs:
        formats = Catalogue(tmp_path)
        formats.refresh()

    assert formats["acme"].description == "Acme push"
    assert logs[-1]["error"] == "b.yaml is a second file of the format acme: rename one"


def test_a_folder_that_is_not_there_is_told_once_and_looked_for_again(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    with capture_logs() as logs:
        formats = Catalogue(folder)
        formats.refresh()
    assert [one["event"] for one in logs] == ["mappings_not_found"]

    folder.mkdir()
    write(folder / "acme.yaml", MAPPING, 1)
    formats.refresh()

    assert "acme" in formats


def test_a_tool_that_looks_a_format_up_logs_nothing(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text("format: [")

    with capture_logs() as logs:
        formats = Catalogue(tmp_path)

    assert logs == []
    assert formats.troubles[0].startswith("acme.yaml:")
