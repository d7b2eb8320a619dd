"""The scans of a benchmark, and how they get into the stream before the clock starts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from bench.world import LIFE, SLUG
from chassis.broker import connect
from chassis.outbox import publish_atomically
from contracts.scans.v1 import ScanReported
from contracts.vocabulary import ScanStatus, TimeQuality
from sandbox.stack import Stack

BATCH = 1_000  #: What the broker takes in one atomic batch.
STRIDE = 7_919  #: A prime: parcels are visited in scattered order.


def scans_of(numbers: Sequence[str]) -> Iterator[ScanReported]:
    """Give every parcel's life, scan by scan: all first scans, then all second ones, in scattered order."""
    now = datetime.now(UTC)
    push_id = uuid4()
    for step, (status, sub_status) in enumerate(LIFE):
        at = now - timedelta(minutes=len(LIFE) - step)
        for place in range(len(numbers)):
            number = numbers[place * STRIDE % len(numbers)]
            yield ScanReported(
                event_id=uuid4(),
                occurred_at=now,
                scan_id=uuid4(),
                push_id=push_id,
                account="bench",
                carrier=SLUG,
                tracking_number=number,
                identity=f"bench:{number}:{step}",
                status=status,
                sub_status=sub_status,
                scanned_at=at,
                time_quality=TimeQuality.OFFSET,
                raw_time=at.isoformat(),
                received_at=now,
                raw_code=f"{status} {sub_status}",
                raw_text="Parcel is being processed at the facility",
                place="Singapore Central Hub",
                signed=status is ScanStatus.DELIVERED,
            )


def rows_of(scans: Iterator[ScanReported]) -> list[dict[str, Any]]:
    """Write scans as the adapter's outbox holds them."""
    return [
        {"event_id": scan.event_id, "subject": scan.subject, "body": scan.model_dump_json(exclude_none=True).encode()}
        for scan in scans
    ]


async def preload(stack: Stack, rows: list[dict[str, Any]]) -> None:
    """Put scans into the stream, as the adapter."""
    name = "carrier-adapter"
    connection = await connect(stack.nats.url, stack.nats.seeds[name], name=name, reconnected=_never)
    for start in range(0, len(rows), BATCH):
        await publish_atomically(connection, rows[start : start + BATCH])
    await connection.close()


async def _never() -> None:
    """Nothing is to be done when the connection comes back: it does not live that long."""
