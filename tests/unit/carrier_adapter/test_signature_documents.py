"""docs/signatures.md names every scheme and every way to be answered that there is, and no other."""

import re
from pathlib import Path

from carrier_adapter.answers import STYLES
from carrier_adapter.signatures import SCHEMES

PAGE = (Path(__file__).parents[3] / "docs" / "signatures.md").read_text(encoding="utf-8")


def listed(heading: str) -> set[str]:
    """Give the first column of the table under a heading; the page's first table without one."""
    section = PAGE.partition(heading)[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def test_every_scheme_is_there() -> None:
    assert listed("# Signatures") == set(SCHEMES)


def test_every_way_to_be_answered_is_there() -> None:
    assert listed("## Answers") == set(STYLES)


def test_carriers_without_a_scheme_are_told_to_use_one_that_there_is() -> None:
    section = PAGE.partition("## Carriers without")[2].partition("\nKnown, and not built")[0]
    columns = [line.rsplit("|", 2)[1] for line in section.splitlines() if line.startswith("|")][2:]
    advised = {name for column in columns for name in re.findall(r"`([a-z0-9-]+)`", column)}

    assert advised
    assert advised <= set(SCHEMES)
