"""The carriers' door, case by case: what comes again, what is sent badly, and what comes in a crowd.

Names begin with the case's id; the others are in `test_door`, `test_bad_content` and `test_door_in_trouble`.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from carrier_adapter import intake
from carrier_adapter.signatures import check
from service.carrier_adapter.conftest import Door, known
from support.pushing import Carrier, a_body, sign, tiktok_body, tiktok_scan
from support.waiting import eventually


async def told_of(door: Door, receipt: str) -> list[tuple[str, str | None]]:
    """Give what was said of a push: subjects, and reasons."""
    return [(subject, body.get("reason")) for subject, body in await door.said_of(receipt)]


async def counted(door: Door, name: str) -> float:
    lines = (await door.running.ops.get("/metrics")).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith((f"{name}_total ", f"{name}_total{{")))


# --- keys -------------------------------------------------------------------------------------------------------------


async def test_a9_a_key_that_ended_61_seconds_ago_is_refused(door: Door) -> None:
    carrier = await door.carrier("x12-214", "hmac-sha256")
    ends = "UPDATE account_keys SET not_after = now() + $2::int * interval '1 second' WHERE account = $1"
    await door.running.pool.execute(ends, carrier.name, -61)

    async def is_refused() -> bool:
        return (await carrier.push(a_body())).status_code == 401

    await eventually(is_refused)
    await door.running.pool.execute(ends, carrier.name, 3600)

    async def is_taken() -> bool:
        return (await carrier.push(a_body())).status_code == 202

    await eventually(is_taken)


# --- again ------------------------------------------------------------------------------------------------------------


def a_scan(door: Door) -> bytes:
    return tiktok_body(tiktok_scan(f"TT-{uuid4().hex[:10].upper()}", "arrived", door.running.service.clock.now()))


async def test_a19_a_request_that_is_replayed_at_once_changes_nothing(door: Door) -> None:
    carrier, body = await door.carrier("ship-by-tiktok"), a_scan(door)
    headers = carrier.signed(body)

    first, again = [(await carrier.push(body, headers)).json() for _ in range(2)]

    assert again == {"receipt": first["receipt"], "seen_before": True}
    assert await told_of(door, first["receipt"]) == [("scans.v1.reported", None)]


@pytest.mark.parametrize("seconds", [6 * 60, 40 * 86_400], ids=["6 minutes", "40 days"])
async def test_a19_a_request_that_is_replayed_later_is_refused(door: Door, seconds: int) -> None:
    carrier, body = await door.carrier("ship-by-tiktok"), a_scan(door)
    headers = sign(carrier.scheme, carrier.key, body, at=time.time() - seconds)

    assert (await carrier.push(body, headers)).status_code == 401


async def test_a20_another_content_under_an_id_that_came_before_is_quarantined_and_counted(door: Door) -> None:
    carrier, body, other = await door.carrier("ship-by-tiktok"), a_scan(door), a_scan(door)
    message_id, before = f"msg_{uuid4().hex}", await counted(door, "waybill_pushes_contradicted")

    def signed(content: bytes) -> dict[str, str]:
        return sign(carrier.scheme, carrier.key, content, message_id=message_id)

    answers = [await carrier.push(content, signed(content)) for content in (body, other, body)]
    elsewhere = await carrier.push(other)

    assert [answer.status_code for answer in answers] == [202] * 3
    first, second, third = [answer.json() for answer in answers]
    assert third == {"receipt": first["receipt"], "seen_before": True}
    assert await told_of(door, first["receipt"]) == [("scans.v1.reported", None)]
    assert await told_of(door, second["receipt"]) == [("scans.v1.quarantined", "unparsable")]
    assert await counted(door, "waybill_pushes_contradicted") == before + 1
    assert elsewhere.json() == {"receipt": second["receipt"], "seen_before": True}, "under an id of its own"


async def test_a20_two_contents_under_one_id_at_once_are_one_push_and_one_contradiction(door: Door) -> None:
    carrier, message_id = await door.carrier("ship-by-tiktok"), f"msg_{uuid4().hex}"
    before = await counted(door, "waybill_pushes_contradicted")
    bodies = [a_scan(door) for _ in range(2)]

    answers = await asyncio.gather(
        *(carrier.push(body, sign(carrier.scheme, carrier.key, body, message_id=message_id)) for body in bodies)
    )

    told = [await told_of(door, answer.json()["receipt"]) for answer in answers]
    assert sorted(told) == [[("scans.v1.quarantined", "unparsable")], [("scans.v1.reported", None)]]
    assert await counted(door, "waybill_pushes_contradicted") == before + 1


async def test_a20_another_account_s_messages_may_have_the_same_ids(door: Door) -> None:
    one, other = await door.carrier("ship-by-tiktok"), await known(door.running, "another", "ship-by-tiktok")
    before, message_id = await counted(door, "waybill_pushes_contradicted"), f"msg_{uuid4().hex}"

    for carrier in (one, other):
        body = a_scan(door)
        headers = sign(carrier.scheme, carrier.key, body, message_id=message_id)
        assert (await carrier.push(body, headers)).status_code == 202

    assert await counted(door, "waybill_pushes_contradicted") == before


# --- bytes and lengths ------------------------------------------------------------------------------------------------


async def test_a27_a_byte_order_mark_before_json_is_no_fault(door: Door) -> None:
    carrier = await door.carrier()

    receipt = (await carrier.push(b"\xef\xbb\xbf" + a_body())).json()["receipt"]

    assert await told_of(door, receipt) == [("scans.v1.reported", None)]


@asynccontextmanager
async def by_hand(door: Door) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.running.settings.http_port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def statuses(door: Door, request: bytes, within: float = 1) -> list[int]:
    """Send bytes, and give the status of each answer until the connection is closed, or nothing more comes in time."""
    found = []
    async with by_hand(door) as (reader, writer):
        with contextlib.suppress(ConnectionError, TimeoutError):
            writer.write(request)
            await writer.drain()
            while line := await asyncio.wait_for(reader.readline(), within):
                if line.startswith(b"HTTP/1.1 "):
                    found.append(int(line.split()[1]))
    return found


def head(carrier: Carrier, *lines: bytes, version: bytes = b"1.1") -> bytes:
    return b"\r\n".join((f"POST {carrier.path} HTTP/".encode() + version, b"Host: waybill", *lines, b"", b""))


def signed_lines(carrier: Carrier, body: bytes) -> list[bytes]:
    return [f"{name}: {value}".encode() for name, value in carrier.signed(body).items()]


async def is_at_work(carrier: Carrier) -> bool:
    return (await carrier.push(a_body())).status_code == 202


async def test_a22_what_comes_after_the_announced_length_is_no_part_of_the_push(door: Door) -> None:
    carrier, whole = await door.carrier(), b"{" * 1024 * 1024
    before = await door.kept()

    found = await statuses(door, head(carrier, b"Content-Length: 10", *signed_lines(carrier, whole)) + whole)

    assert set(found) <= {400, 401}, "the first ten bytes are not what was signed, and the rest is no request"
    assert await door.kept() == before
    assert await is_at_work(carrier)


@pytest.mark.parametrize("how", ["chunks without an end", "a byte at a time"])
async def test_a22_a_body_that_takes_too_long_is_cut_off(door: Door, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ten seconds; a fifth of one here."""
    monkeypatch.setattr(intake, "READ_WITHIN", 0.2)
    carrier = await door.carrier()
    before = await door.kept()
    length = b"Transfer-Encoding: chunked" if how == "chunks without an end" else b"Content-Length: 1000"
    async with by_hand(door) as (reader, writer):
        writer.write(head(carrier, length, *signed_lines(carrier, b"1" * 1000)))

        async def drip() -> None:
            while True:
                writer.write(b"1\r\n1\r\n" if how == "chunks without an end" else b"1")
                await writer.drain()
                await asyncio.sleep(0.02)  # as a slow sender does

        dripping = asyncio.create_task(drip())
        line = await asyncio.wait_for(reader.readline(), 5)
        dripping.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await dripping

    assert line.split()[1] == b"408"
    assert await door.kept() == before
    assert await is_at_work(carrier)


async def test_a36_an_unknown_endpoint_costs_the_same_look_at_the_same_bytes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the time an answer takes does not tell whether an endpoint is there."""
    looked: list[tuple[bytes, int]] = []

    def looking(scheme: str, headers: Any, body: bytes, keys: Any, now: float) -> Any:
        looked.append((body, len(keys)))
        return check(scheme, headers, body, keys, now)

    monkeypatch.setattr("carrier_adapter.intake.check", looking)
    carrier, body = await door.carrier(), a_body()

    known = await carrier.push(body, {})
    unknown = await carrier.http.post(f"/v1/feeds/{uuid4().hex}", content=body)

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert looked == [(body, 1)] * 2


async def test_a36_what_stands_in_for_an_unknown_endpoint_opens_nothing(door: Door) -> None:
    carrier, body = await door.carrier(), a_body()
    before = await door.kept()
    headers = sign("hmac-sha256", "\0" * 32, body)
    answer = await carrier.http.post(f"/v1/feeds/{uuid4().hex}", content=body, headers=headers)

    assert answer.status_code == 401
    assert await door.kept() == before


async def test_a37_who_a_request_says_it_comes_from_counts_for_nothing(door: Door) -> None:
    carrier, body = await door.carrier(), a_body()
    claims = {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1", "x-real-ip": "127.0.0.1"}

    forged = await carrier.push(body, claims)
    genuine = await carrier.push(body, {**carrier.signed(body), **claims})

    assert (forged.status_code, genuine.status_code) == (401, 202)


async def test_a38_an_old_protocol_is_taken_because_proxies_speak_it(door: Door) -> None:
    carrier, body = await door.carrier(), a_body()
    lines = (b"Content-Length: %d" % len(body), *signed_lines(carrier, body))

    assert await statuses(door, head(carrier, *lines, version=b"1.0") + body, within=10) == [202]
    assert await statuses(door, head(carrier, lines[0], version=b"1.0") + body, within=10) == [401]


@pytest.mark.parametrize(
    "lines",
    [
        [b"Content-Length: 4", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: chunked", b"Content-Length: 4"],
        [b"Content-Length: 4", b"Content-Length: 5"],
        [b"Transfer-Encoding: chunked, identity"],
        [b"Content-Length: 4", b"X-Large: " + b"x" * 1024 * 1024],
        [b"Content-Length: 4", b"X-Large: " + b"x" * 70_000],
        [b"Content-Length: 4", *[b"X-Many: x"] * 200],
    ],
    ids=[
        *("CL and TE", "TE and CL", "two lengths", "a coding after chunked"),
        *("a header of 1 MB", "a header of 70 KB", "200 headers"),
    ],
)
async def test_a38_a_request_that_two_could_read_differently_or_that_has_no_end_is_refused(
    door: Door, lines: list[bytes]
) -> None:
    carrier = await door.carrier()
    before = await door.kept()

    found = await statuses(door, head(carrier, *lines) + b"0\r\n\r\nGET /v1/feeds/smuggled HTTP/1.1\r\n\r\n")

    assert found in ([400], [431], []), "one answer, and none for what was hidden behind it"
    assert await door.kept() == before
    assert await is_at_work(carrier)


async def test_a38_as_many_headers_as_a_few_proxies_add_do_not_hurt(door: Door) -> None:
    carrier, body = await door.carrier(), a_body()
    many = {f"x-{number}": "x" * 200 for number in range(80)}

    assert (await carrier.push(body, many)).status_code == 401
    assert (await carrier.push(body, {**many, **carrier.signed(body)})).status_code == 202


async def test_a39_a_sender_that_leaves_before_the_answer_is_known_when_it_comes_back(door: Door) -> None:
    carrier, body = await door.carrier(), a_body()
    before = await door.kept()
    async with by_hand(door) as (_, writer):
        writer.write(head(carrier, b"Content-Length: %d" % len(body), *signed_lines(carrier, body)) + body)
        await writer.drain()

    async def is_kept() -> bool:
        return await door.kept() == before + 1

    await eventually(is_kept)
    assert (await carrier.push(body)).json()["seen_before"] is True


async def test_a42_a_thousand_connections_of_junk_leave_room_for_the_others(door: Door) -> None:
    """Half a request, and nothing more; the slowest good push but one takes twice as long at most, or a second."""
    carrier = await door.carrier()

    async def slowest_but_one(count: int = 100) -> float:
        took = []
        for _ in range(count):
            began = time.perf_counter()
            assert await is_at_work(carrier)
            took.append(time.perf_counter() - began)
        return sorted(took)[-2]

    alone = await slowest_but_one()
    async with contextlib.AsyncExitStack() as crowd:
        for number in range(1000):
            _, writer = await crowd.enter_async_context(by_hand(door))
            writer.write(
                head(carrier, b"Content-Length: 10")[: 20 + number % 60] if number % 2 else b"\x16\x03\x01junk"
            )

        crowded = await slowest_but_one()

    assert crowded <= max(2 * alone, 1)
