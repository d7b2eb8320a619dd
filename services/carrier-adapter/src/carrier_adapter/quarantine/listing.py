"""What waits in the quarantine, and what one record of it looks like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from carrier_adapter.masking import mask
from carrier_adapter.normalising import opened
from carrier_adapter.sealing import Seal
from chassis.postgres import load_queries
from contracts.vocabulary import carrier_slug

sql = load_queries("carrier_adapter")

MOST_SHOWN: Final = 1_000  #: Groups, or records, in one answer.
LONGEST_BODY: Final = 256 * 1024  #: Characters of a masked body that are shown.


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records of the quarantine; what is left out chooses none away."""

    carrier: str | None = None
    account: str | None = None
    reason: str | None = None  #: ``unmapped_code``, ``unparsable``, …
    code: str | None = None
    scan_ids: tuple[UUID, ...] | None = None

    @property
    def filters(self) -> tuple[str | None, ...]:
        """Give what the queries filter by."""
        return (carrier_slug(self.carrier) if self.carrier else None, self.account, self.reason, self.code)

    @property
    def ids(self) -> list[UUID] | None:
        """Give the records that are named, or None."""
        return list(self.scan_ids) if self.scan_ids is not None else None

    @property
    def is_everything(self) -> bool:
        """Say whether nothing narrows the choice down."""
        return not any(self.filters) and self.scan_ids is None


async def summary(connection: Any, choice: Choice) -> list[dict[str, Any]]:
    """Give what waits by account, reason and code, the largest group first."""
    rows = await connection.fetch(sql.quarantine_summary, *choice.filters, MOST_SHOWN)
    return [dict(row) for row in rows]


async def records(connection: Any, choice: Choice, most: int) -> list[dict[str, Any]]:
    """Give the newest records that wait."""
    rows = await connection.fetch(sql.quarantine_records, *choice.filters, min(most, MOST_SHOWN))
    return [{**dict(row), "record": _number(row["record"])} for row in rows]


async def show(connection: Any, seal: Seal, scan_id: UUID) -> dict[str, Any] | None:
    """Give a record with the body that it came in, personal data masked; None where there is none of that id."""
    row = await connection.fetchrow(sql.quarantined_record, scan_id)
    if row is None:
        return None
    body = opened(row, seal).body
    masked = mask(body) if body is not None else None
    reason, _, detail = row["why_unreadable"].partition(": ")
    return {
        **_plain(row, "scan_id", "push_id", "account", "carrier", "format", "code", "seen_at", "received_at"),
        **_plain(row, "settled", "settled_at", "settled_by", "settled_why"),
        "record": _number(row["record"]),
        "reason": reason,
        "detail": detail or None,
        "body": masked[:LONGEST_BODY] if masked is not None else None,
        "body_is_whole": masked is not None and len(masked) <= LONGEST_BODY,
    }


def _plain(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _number(record: int) -> int | None:
    return record if record >= 0 else None
