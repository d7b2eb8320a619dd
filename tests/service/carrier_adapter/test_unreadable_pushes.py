"""Signed, but not to be read: accepted, because sending it again would not help, and put aside."""

import json

import pytest

from service.carrier_adapter.conftest import Door
from support.pushing import a_body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"0",
        b"\xff\xfe",
        b'{"tracking_id": "NV-1", "status"',
        b'{"tracking_id": "NV-1", "status": "Completed"} trailing',
        b'{"tracking_id": "NV-1", "status": "Completed"}{}',
        b'{"tracking_id": "NV-1", "status": "Completed", "status": "Cancelled"}',
        b'{"tracking_id": "NV-1", "status": "Completed", "weight": NaN}',
        b'{"tracking_id": "NV-1", "status": "Completed", "weight": 1' + b"0" * 5000 + b"}",
        b'{"tracking_id": "NV-1\\u0000", "status": "Completed"}',
        b'{"tracking_id": "NV-1", "status": "Completed", "comments": "\\ud800"}',
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:30])[2:-1],
)
async def test_a_signed_push_that_cannot_be_read_is_accepted_and_quarantined_and_the_next_one_is_read(
    door: Door, body: bytes
) -> None:
    carrier = await door.carrier()

    receipts = [(await carrier.push(one)).json()["receipt"] for one in (body, a_body())]
    await door.running.quiet()

    rows = await door.running.pool.fetch("SELECT subject, body FROM outbox")
    told = {json.loads(row["body"]).get("push_id"): row for row in rows}
    unreadable, readable = (told[receipt] for receipt in receipts)
    assert unreadable["subject"] == "scans.v1.quarantined"
    assert json.loads(unreadable["body"])["reason"] == "unparsable"
    assert readable["subject"] == "scans.v1.reported"
