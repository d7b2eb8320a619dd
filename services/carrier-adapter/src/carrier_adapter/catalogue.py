"""The formats that come with us, and those of the user's own mapping files."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.mapping.loading import BadMapping, load
from chassis.logs import get_logger

log = get_logger()

MAPPINGS: Final = "CARRIER_ADAPTER_MAPPINGS"  #: The folder of the user's own mapping files, as the service has it.

_Seen = tuple[int, int]  #: When a file was changed, and its size.


class Catalogue(Mapping[str, Format]):
    """Formats by name: those built in, and those of a folder's ``*.yaml`` files, which go before.

    `refresh` looks at the folder again. A file that is broken is logged once, in its own words, and what it last said
    well goes on counting; a file that is taken away takes its format along. Nothing is logged before the first
    `refresh`: a tool that looks a format up prints its own answer only.
    """

    def __init__(self, folder: Path | None = None, built_in: Mapping[str, Format] = FORMATS) -> None:
        self._folder = folder
        self._built_in = built_in
        self._seen: dict[Path, _Seen] = {}
        self._read: dict[Path, Format] = {}
        self._formats: Mapping[str, Format] = built_in
        self._folder_is_there = True
        self._untold: list[tuple[str, dict[str, Any]]] = []
        self._look_again()

    def __getitem__(self, name: str) -> Format:
        return self._formats[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._formats)

    def __len__(self) -> int:
        return len(self._formats)

    @property
    def troubles(self) -> list[str]:
        """Give what is wrong with the folder, in sentences, and has not been logged yet."""
        return [fields["error"] for _, fields in self._untold if "error" in fields]

    def refresh(self) -> None:
        """Read what has changed in the folder, and log it; never raises."""
        self._look_again()
        for event, fields in self._untold:
            (log.error if "error" in fields else log.info)(event, **fields)
        self._untold.clear()

    def _look_again(self) -> None:
        if self._folder is None or (seen := self._look(self._folder)) == self._seen:
            return
        for file in sorted(seen):
            if seen[file] != self._seen.get(file):
                self._read_one(file)
        for gone in sorted(self._read.keys() - seen.keys()):
            self._tell(
                "mapping_gone", gone, error=f"{gone.name} is gone, and its format with it: {self._read.pop(gone).name}"
            )
        self._seen = seen
        self._put_together()

    def _look(self, folder: Path) -> dict[Path, _Seen]:
        try:
            files = [file for ending in ("*.yaml", "*.yml") for file in folder.glob(ending) if file.is_file()]
            states = {file: file.stat() for file in files}
            there = folder.is_dir()
        except OSError:
            return self._seen  # a file went away while it was looked at, or the folder is out of reach: next time
        if self._folder_is_there and not there:
            self._tell("mappings_not_found", folder, error=f"there is no folder {folder}: make it, or name another")
        self._folder_is_there = there
        return {file: (state.st_mtime_ns, state.st_size) for file, state in states.items()}

    def _read_one(self, file: Path) -> None:
        kept = "what it said last counts" if file in self._read else "it does not count"
        try:
            self._read[file] = load(file.read_text("utf-8"), file.name)
        except BadMapping as wrong:
            self._tell("mapping_is_broken", file, error=str(wrong), state=kept)
        except (OSError, UnicodeDecodeError) as wrong:
            self._tell("mapping_is_broken", file, error=f"{file.name} cannot be read: {wrong}", state=kept)
        else:
            self._tell("mapping_read", file, format=self._read[file].name)

    def _put_together(self) -> None:
        found: dict[str, Format] = {}
        for file, one in sorted(self._read.items()):
            if one.name in found:
                sentence = f"{file.name} is a second file of the format {one.name}: rename one"
                self._tell("mapping_is_double", file, error=sentence)
            else:
                found[one.name] = one
        self._formats = {**self._built_in, **found}

    def _tell(self, event: str, file: Path, **fields: str) -> None:
        self._untold.append((event, {"name": file.name, **fields}))


def of_the_environment() -> Catalogue:
    """Give the formats that a tool without settings knows; what is wrong with the folder goes to standard error."""
    folder = os.environ.get(MAPPINGS)
    found = Catalogue(Path(folder) if folder else None)
    sys.stderr.write("".join(f"{trouble}\n" for trouble in found.troubles))
    return found
