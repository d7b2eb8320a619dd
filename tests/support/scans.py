"""What `carrier-adapter` says, as the tests of its readers say it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from contracts.scans.v1 import ScanQuarantined, ScanReported, Watermark
from contracts.vocabulary import ScanStatus, TimeQuality, tracking_key


def reported(number: str, status: str, at: datetime, **told: Any) -> ScanReported:
    """Give a record of Ninja Van's feed; two with the same number, status and time are two tellings of one record."""
    key = tracking_key(number)
    fields: dict[str, Any] = {
        "event_id": uuid4(),
        "occurred_at": at,
        "scan_id": uuid4(),
        "push_id": uuid4(),
        "account": "ninjavan",
        "carrier": "ninjavan",
        "tracking_number": key,
        "identity": f"ninjavan:{key}:{status}:{at.isoformat()}",
        "status": ScanStatus(status),
        "scanned_at": at,
        "time_quality": TimeQuality.UTC,
        "received_at": at,
        "raw_code": status,
    }
    return ScanReported(**{**fields, **told})


def not_understood(at: datetime, reason: str = "unparsable", **told: Any) -> ScanQuarantined:
    """Give a record, or a push, that the adapter could not read."""
    fields: dict[str, Any] = {
        "event_id": uuid4(),
        "occurred_at": at,
        "scan_id": uuid4(),
        "push_id": uuid4(),
        "account": "ninjavan",
        "identity": f"ninjavan:{uuid4()}",
        "reason": reason,
        "received_at": at,
    }
    return ScanQuarantined(**{**fields, **told})


def read_through(at: datetime, records: int) -> Watermark:
    """Say that everything accepted before *at* is among the first *records* records."""
    return Watermark(event_id=uuid4(), occurred_at=at, through=at, records=records)
