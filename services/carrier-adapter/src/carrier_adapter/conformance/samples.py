"""The pushes that the kit sends: those that come with us, or a carrier's own; and what they mean, without a server."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from carrier_adapter.conformance.kit import Finding
from carrier_adapter.formats.format import Format
from carrier_adapter.formats.record import Unparsable

EXAMPLES: Final = Path(__file__).parents[1] / "examples"  #: A folder for each format.
EXPECTED: Final = ".expected.jsonl"  #: What an example means stands beside it.


class NoSamples(Exception):
    """There is nothing to send; the sentence says what to give."""


def examples_of(name: str) -> list[bytes]:
    """Give the example pushes of a format that come with us; none for a format of the user's own."""
    folder = EXAMPLES / name
    files = sorted(file for file in folder.glob("*") if not file.name.endswith(EXPECTED)) if folder.is_dir() else []
    return [file.read_bytes() for file in files]


def in_folder(folder: Path) -> list[tuple[str, bytes]]:
    """Give the files of a folder, by name. Raises `NoSamples`."""
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
        found = [(file.name, file.read_bytes()) for file in files]
    except OSError as error:
        raise NoSamples(f"{folder} cannot be read: {error.strerror or error}") from None
    if not found:
        raise NoSamples(f"{folder} holds no files: put a sample push into each file")
    return found


def understood(fmt: Format, samples: list[tuple[str, bytes]], zone: ZoneInfo) -> Iterator[Finding]:
    """Say of each sample whether all of it is understood."""
    for name, body in samples:
        try:
            feed = fmt.parse(body, zone)
        except Unparsable as wrong:
            yield Finding(name, passed=False, why=f"cannot be read: {wrong}")
            continue
        problems = Counter(
            f"code {record.raw_code!r} is not mapped" if record.problem == "unmapped_code" else record.problem
            for record in feed.records
            if record.problem
        )
        said = f"{len(feed.records)} scans" if not feed.notices else f"{len(feed.notices)} notices"
        wrong_ones = "; ".join(f"{problem} ({count})" for problem, count in sorted(problems.items()))
        yield Finding(f"{name}: {said}", passed=not problems, why=wrong_ones)
