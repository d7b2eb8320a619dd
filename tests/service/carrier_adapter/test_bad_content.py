"""Signed, but not to be read or not to be believed: accepted, for sending it again would not help, and kept as it came.

What cannot be read is put aside; what can is told as no more than it is, and nothing is done. Names begin with the
case's id. What each format makes of such scans is in the unit tests of the same name, and what
`orders` makes of them in tests/service/orders/test_bad_input_of_feeds.py.
"""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from carrier_adapter.sealing import Seal
from service.carrier_adapter.conftest import Door
from support.pushing import Carrier, a_body, ninjavan_body, tiktok_body, tiktok_scan
from support.services import SEALING_KEY
from support.waiting import eventually


async def pushed(door: Door, carrier: Carrier, body: bytes) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """Push, and wait until it is read; gives the receipt and what was said of it: subjects and bodies."""
    answer = await carrier.push(body)
    assert answer.status_code == 202
    receipt = str(answer.json()["receipt"])
    return receipt, await door.said_of(receipt)


# --- not to be read ---------------------------------------------------------------------------------------------------


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

    [(subject, unreadable)], [(next_one, _)] = [await door.said_of(receipt) for receipt in receipts]
    assert (subject, unreadable["reason"]) == ("scans.v1.quarantined", "unparsable")
    assert next_one == "scans.v1.reported"


# --- not to be believed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("../../x", "X"),
        ("orders.>", "ORDERS"),
        ("scans.v1.*", "SCANSV1"),
        ("a b", "AB"),
        ("x\r\nPUB y", "XPUBY"),
        ("'; DROP TABLE pushes; --", "DROPTABLEPUSHES"),
        ("*", None),
        ("X" * 4096, None),
    ],
    ids=lambda value: repr(value)[:16],
)
async def test_b2_b3_a_number_is_a_number_or_none_and_goes_into_no_subject(
    door: Door, number: str, key: str | None
) -> None:
    carrier, body = await door.carrier(), ninjavan_body(number, "Completed", door.running.service.clock.now())

    receipt, [(subject, event)] = await pushed(door, carrier, body)

    assert subject == ("scans.v1.reported" if key else "scans.v1.quarantined")
    assert (event.get("tracking_number"), event.get("reason")) == (key, None if key else "no_tracking_number")
    sealed = await door.running.pool.fetchval("SELECT sealed FROM pushes WHERE id = $1", UUID(receipt))
    assert Seal(SEALING_KEY).open(sealed, UUID(receipt).bytes) == body, "what was pushed is kept as it came"
    assert (await carrier.push(a_body())).status_code == 202


async def test_b4_an_unknown_code_is_kept_as_the_carrier_wrote_it_and_counted_by_account(door: Door) -> None:
    carrier, now = await door.carrier(), door.running.service.clock.now()
    counted = "SELECT coalesce(sum(count), 0) FROM scorecard WHERE account = $1 AND what = 'unmapped'"
    before = await door.running.pool.fetchval(counted, carrier.name)

    receipt, [(subject, event)] = await pushed(door, carrier, ninjavan_body("NV-B4", "Teleported", now))

    assert (subject, event["reason"]) == ("scans.v1.quarantined", "unmapped_code")
    rows = await door.running.pool.fetch(
        "SELECT account, reason, raw_code FROM unreadable WHERE push_id = $1", UUID(receipt)
    )
    assert [tuple(row) for row in rows] == [(carrier.name, "unmapped_code", "Teleported")]

    async def is_counted() -> bool:
        return bool(await door.running.pool.fetchval(counted, carrier.name) == before + 1)

    await eventually(is_counted)


async def test_b15_more_scans_than_a_push_may_hold_are_one_unreadable_push_and_none_is_no_record(door: Door) -> None:
    tiktok, now = await door.carrier("ship-by-tiktok"), door.running.service.clock.now()
    scans = [tiktok_scan(f"TT-B15-{n}", "arrived", now) for n in range(1_001)]

    _, [(subject, event)] = await pushed(door, tiktok, tiktok_body(*scans))
    _, nothing = await pushed(door, tiktok, tiktok_body())
    _, most = await pushed(door, tiktok, tiktok_body(*scans[1:]))

    assert (subject, event["reason"]) == ("scans.v1.quarantined", "unparsable")
    assert nothing == []
    assert [subject for subject, _ in most] == ["scans.v1.reported"] * 1_000


async def test_b29_an_address_that_a_push_names_is_never_called(door: Door) -> None:
    """A signature's or a photo's: whoever pushes could have us call what only we can reach."""
    carrier, now = await door.carrier(), door.running.service.clock.now()
    calls: list[object] = []
    server = await asyncio.start_server(lambda _, writer: calls.append(writer), "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/signature.png"
        proof = {"uri": url, "signature_uri": url, "image_uris": [url], "name": "Canary Consignee"}

        _, [(subject, event)] = await pushed(
            door, carrier, ninjavan_body("NV-B29", "Completed", now, pod=proof, delivery_information={"proof": proof})
        )

    assert calls == []
    assert (subject, event["signed"]) == ("scans.v1.reported", True)
    assert url not in json.dumps(event)
    assert "Canary" not in json.dumps(event)


async def test_b30_a_place_is_kept_as_the_text_it_is(door: Door) -> None:
    tiktok, now = await door.carrier("ship-by-tiktok"), door.running.service.clock.now()
    places = ["\N{DELIVERY TRUCK} depot", "<b>hub</b>", "'); DROP TABLE pushes; --", "{{7*7}}", "%n%s", "\u202ebuh"]

    _, told = await pushed(
        door,
        tiktok,
        tiktok_body(*(tiktok_scan("TT-B30", "arrived", now, facility={"name": place}) for place in places)),
    )

    assert [event["place"] for _, event in told] == [*places[:-1], "buh"]


@pytest.mark.parametrize("sender", ["ship-by-tiktok", "easypost-event"])
async def test_b32_what_another_carrier_pushes_is_quarantined(door: Door, sender: str) -> None:
    receiver, now = await door.carrier(sender), door.running.service.clock.now()

    _, [(subject, event)] = await pushed(door, receiver, ninjavan_body("NV-B32", "Completed", now))

    assert (subject, event["reason"]) == ("scans.v1.quarantined", "unparsable")
