"""``carrier-adapter try`` and ``formats``: what a feed file means, without a server."""

import json
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carrier_adapter.formats.record import Record, Unparsable
from carrier_adapter.formats.registry import FORMATS
from contracts.vocabulary import scan_class


def add_commands(commands: Any) -> None:
    """Add both to the service's tool; neither needs a server or a setting."""
    attempt = commands.add_parser("try", help="print what a feed file means, one JSON object per line and scan")
    attempt.add_argument("format", metavar="FORMAT")
    attempt.add_argument("file", metavar="FILE", type=Path)
    attempt.add_argument("--zone", default="UTC", help="IANA zone of times that have none (default UTC)")
    attempt.set_defaults(run_alone=lambda options: try_file(options.format, options.file, options.zone))
    listing = commands.add_parser("formats", help="list the feed formats, one per line, name first")
    listing.set_defaults(run_alone=lambda _: list_formats())


def list_formats() -> int:
    """Print the formats."""
    for one in FORMATS.values():
        print(f"{one.name}\t{one.description}; signed by {' or '.join(one.schemes)}")
    return 0


def try_file(name: str, file: Path, zone: str) -> int:
    """Print what *file* says; gives 2, after one sentence, where it says nothing that can be read."""
    if name not in FORMATS:
        return _fail(f"there is no format {name}: it is one of {', '.join(FORMATS)}")
    try:
        zone_info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, like Asia
        return _fail(f"there is no time zone {zone}: write it like Asia/Singapore")
    try:
        body = file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return _fail(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}")
    try:
        feed = FORMATS[name].parse(body, zone_info)
    except Unparsable as wrong:
        return _fail(f"{file} is not {name}: {wrong}")
    for record in feed.records:
        print(json.dumps(_line(record), ensure_ascii=False))
    if not feed.records:
        sys.stderr.write(f"{file} holds no scans: {feed.silence}\n")
    return 0


def _line(record: Record) -> dict[str, Any]:
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
    }


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2
