"""Signed, but not to be read: accepted, because sending it again would not help, and put aside."""

import json

import pytest

from service.carrier_adapter.conftest import Door
from support.pushing import a_body

UNREADABLE = {
    "A25 empty": b"",
    "A25 null": b"null",
    "A25 a list": b"[]",
    "A25 a text": b'"x"',
    "A25 a number": b"0",
    "A26 no UTF-8": b"\xff\xfe",
    "A28 cut off": b'{"tracking_id": "NV-1", "status"',
    "A28 something after it": b'{"tracking_id": "NV-1", "status": "Completed"} trailing',
    "A28 two documents": b'{"tracking_id": "NV-1", "status": "Completed"}{}',
    "A29 100,000 lists": b"[" * 100_000,
    "A30 an integer of 5,000 digits": b'{"tracking_id": "NV-1", "status": "Completed", "weight": 1'
    + b"0" * 5000
    + b"}",
    "A31 not a number": b'{"tracking_id": "NV-1", "status": "Completed", "weight": NaN}',
    "A31 infinite": b'{"tracking_id": "NV-1", "status": "Completed", "weight": -Infinity}',
    "A31 larger than any float": b'{"tracking_id": "NV-1", "status": "Completed", "weight": 1e400}',
    "A32 a key twice": b'{"tracking_id": "NV-1", "status": "Completed", "status": "Cancelled"}',
    "A33 a NUL": b'{"tracking_id": "NV-1\\u0000", "status": "Completed"}',
    "A34 half a surrogate pair": b'{"tracking_id": "NV-1", "status": "Completed", "comments": "\\ud800"}',
}


@pytest.mark.parametrize("what", UNREADABLE)
async def test_a_signed_push_that_cannot_be_read_is_accepted_and_quarantined_and_the_next_one_is_read(
    door: Door, what: str
) -> None:
    carrier = await door.carrier()

    receipts = [(await carrier.push(one)).json()["receipt"] for one in (UNREADABLE[what], a_body())]
    await door.running.quiet()

    rows = await door.running.pool.fetch("SELECT subject, body FROM outbox")
    told = {json.loads(row["body"]).get("push_id"): row for row in rows}
    unreadable, readable = (told[receipt] for receipt in receipts)
    assert unreadable["subject"] == "scans.v1.quarantined"
    assert json.loads(unreadable["body"])["reason"] == "unparsable"
    assert readable["subject"] == "scans.v1.reported"
