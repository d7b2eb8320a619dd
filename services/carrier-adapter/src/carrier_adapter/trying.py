"""``carrier-adapter try``, ``formats``, ``new-mapping`` and ``check-mapping``: feeds and mappings without a server."""

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.catalogue import of_the_environment
from carrier_adapter.drafting.samples import NoSample
from carrier_adapter.drafting.writing import draft
from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import zone_named
from carrier_adapter.formats.record import Feed, Record, Unparsable
from carrier_adapter.mapping.document import MappingFile
from carrier_adapter.mapping.loading import BadMapping, load
from carrier_adapter.recognising import guesses, resembling
from contracts.vocabulary import scan_class

_PROBLEMS: Final = {
    "no_tracking_number": "without a tracking number",
    "bad_time": "with a time that cannot be read",
    "no_record": "that are no records",
    "test_mode": "of a test",
}


def add_commands(commands: Any) -> None:
    """Add them to the service's tool; none needs a server or a setting."""
    attempt = commands.add_parser("try", help="print what a feed file means, one JSON object per line and scan")
    attempt.add_argument("format", metavar="FORMAT", help="a format's name, a mapping file, or `auto`")
    attempt.add_argument("files", metavar="FILE", type=Path, nargs="+")
    attempt.add_argument("--zone", default="UTC", help="IANA zone of times that have none (default UTC)")
    attempt.set_defaults(run_alone=lambda options: try_files(options.format, options.files, options.zone))
    listing = commands.add_parser("formats", help="list the feed formats, one per line, name first")
    listing.set_defaults(run_alone=lambda _: list_formats())
    check = commands.add_parser("check-mapping", help="say what is wrong with mapping files, with line and column")
    check.add_argument("files", metavar="FILE", type=Path, nargs="+")
    check.set_defaults(run_alone=lambda options: check_mappings(options.files))
    schema = commands.add_parser("mapping-schema", help="print the JSON Schema of mapping files, for editors")
    schema.set_defaults(run_alone=lambda _: print_schema())
    new = commands.add_parser("new-mapping", help="print a first draft of a mapping file, made by looking at samples")
    new.add_argument("files", metavar="SAMPLE", type=Path, nargs="+")
    new.add_argument("--name", help="what to call the format (default: after the first sample)")
    new.set_defaults(run_alone=lambda options: new_mapping(options.files, options.name))


def list_formats() -> int:
    """Print the formats."""
    for one in of_the_environment().values():
        print(f"{one.name}\t{one.description}; signed by {' or '.join(one.schemes)}")
    return 0


def check_mappings(files: Sequence[Path]) -> int:
    """Say of each file that it is a mapping, or what is wrong; gives 2 where one is not."""
    status = 0
    for file in files:
        try:
            mapping = _mapping(file)
        except _Wrong as wrong:
            status = _fail(str(wrong))
        else:
            print(f"{file} is a mapping of {mapping.name}")
    return status


def print_schema() -> int:
    """Print the JSON Schema of mapping files, as docs/mapping-file.schema.json has it."""
    print(json.dumps(MappingFile.model_json_schema(), indent=2, ensure_ascii=False))
    return 0


def new_mapping(files: Sequence[Path], name: str | None) -> int:
    """Print a draft of a mapping file for the feed that *files* are samples of."""
    slug = re.sub(r"[^a-z0-9]+", "-", (name or files[0].stem).lower()).strip("-")[:63] or "new-feed"
    try:
        text = draft([_bytes(file) for file in files], slug)
    except (_Wrong, NoSample) as wrong:
        return _fail(str(wrong))
    sys.stdout.write(text)
    return 0


def try_files(name: str, files: Sequence[Path], zone: str) -> int:
    """Print what *files* say; gives 2, after one sentence, for one that says nothing that can be read."""
    try:
        formats = _formats(name)
        zone_info = _zone(zone)
    except _Wrong as wrong:
        return _fail(str(wrong))
    status = 0
    for file in files:
        try:
            feed = _auto(file, formats, zone_info) if name == "auto" else _read(file, formats[0], zone_info)
        except _Wrong as wrong:
            status = _fail(str(wrong))
            continue
        for record in feed.records:
            named = {"file": str(file)} if len(files) > 1 else {}
            print(json.dumps(named | line_of(record), ensure_ascii=False))
        sys.stderr.write("".join(f"{line}\n" for line in _summary(file, feed)))
    return status


def line_of(record: Record) -> dict[str, Any]:
    """Give what `try` prints of a record."""
    status = record.status
    return {
        "record": record.index,
        "tracking_number": record.tracking_number,
        "status": status or "unknown",
        "sub_status": record.sub_status if status else "unmapped",
        "class": scan_class(status) if status else "place",
        "occurred_at": record.occurred_at.isoformat() if record.occurred_at else None,
        "time_quality": record.time_quality,
        "raw_code": record.raw_code,
        "raw_text": record.raw_text,
        "place": record.place,
        "leg": record.leg,
        "signed": record.signed,
        "attempt_no": record.attempt_no,
        "fault": record.fault,
        "carrier": record.carrier,
        "record_id": record.record_id,
        "estimated_at": record.estimated_at.isoformat() if record.estimated_at else None,
        "raw_time": record.raw_time,
        "problem": record.problem,
    }


class _Wrong(Exception):
    """What somebody typed leads to nothing; the sentence says what to do."""


def _formats(name: str) -> list[Format]:
    if name.endswith((".yaml", ".yml")):
        return [_mapping(Path(name))]
    known = of_the_environment()
    if name == "auto":
        return list(known.values())
    if name not in known:
        raise _Wrong(f"there is no format {name}: it is auto, a mapping file, or one of {', '.join(known)}")
    return [known[name]]


def _mapping(file: Path) -> Format:
    try:
        return load(_bytes(file).decode("utf-8"), str(file))
    except UnicodeDecodeError:
        raise _Wrong(f"{file} is not UTF-8: save it as that") from None
    except BadMapping as wrong:
        raise _Wrong(str(wrong)) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_named(name)
    except ValueError as wrong:
        raise _Wrong(str(wrong)) from None


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _Wrong(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _read(file: Path, one: Format, zone: ZoneInfo) -> Feed:
    try:
        return one.parse(_bytes(file), zone)
    except Unparsable as wrong:
        raise _Wrong(f"{file} is not {one.name}: {wrong}") from None


def _auto(file: Path, formats: list[Format], zone: ZoneInfo) -> Feed:
    """Print the name of the format that *file* is in, and what speaks for others; gives what it says."""
    body = _bytes(file)
    found = guesses(formats, body, zone)
    if not found:
        if meant := resembling(formats, body):
            print(meant.name)
            return _read(file, meant, zone)
        raise _Wrong(f"{file} is in no format that is known: `carrier-adapter new-mapping {file}` drafts one for it")
    best, *others = found
    print(best.format.name)
    for other in others:
        sys.stderr.write(
            f"{file} could also be {other.format.name}, which understands {other.understood} of its "
            f"{len(other.feed.records)} records; {best.format.name} understands {best.understood} of "
            f"{len(best.feed.records)}\n"
        )
    return best.feed


def _summary(file: Path, feed: Feed) -> list[str]:
    """Say what of a file was not understood."""
    if not feed.records:
        return [f"{file} holds no scans: {feed.silence}"]
    texts = {record.raw_code: record.raw_text for record in reversed(feed.records)}
    unmapped = Counter(record.raw_code for record in feed.records if record.status is None and record.raw_code)
    lines = [
        f"no meaning for {code}, {_times(count)}" + (f": {texts[code]}" if texts[code] not in (None, code) else "")
        for code, count in unmapped.most_common()
    ]
    problems = Counter(record.problem for record in feed.records if record.problem in _PROBLEMS)
    without_code = sum(record.problem == "unmapped_code" and not record.raw_code for record in feed.records)
    lines += [f"{count} records {_PROBLEMS[str(problem)]}" for problem, count in problems.most_common()]
    return lines + ([f"{without_code} records without a code"] if without_code else [])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2
