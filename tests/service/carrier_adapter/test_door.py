"""The carriers' door: a receipt for what is kept, one answer for what is not authentic, and limits.

A1 to A42 are cases of bad input; the others are in `test_door_cases` and beside it.
"""

import asyncio
import base64
import gzip
import json
import time
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from carrier_adapter import intake
from service.carrier_adapter.conftest import Door
from support.pushing import Carrier, a_body, sign, tiktok_body, tiktok_scan
from support.services import Running

LARGEST = 1024 * 1024
NOT_AUTHENTIC = {"error": "the signature is missing or wrong for this endpoint"}


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format_name", "scheme"),
    [
        ("ninjavan-webhook", None),
        ("easypost-event", None),
        ("ship-by-tiktok", None),
        ("x12-214", None),
        ("x12-214", "hmac-sha256"),
    ],
)
async def test_a_push_that_is_signed_as_its_format_is_gets_a_receipt(
    door: Door, format_name: str, scheme: str | None
) -> None:
    carrier = await door.carrier(format_name, scheme)

    answer = await carrier.push(a_body())

    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
    receipt = answer.json()
    assert receipt == {"receipt": str(UUID(receipt["receipt"])), "seen_before": False}


async def test_the_receipt_names_a_push_that_is_in_the_database_when_it_is_given(door: Door) -> None:
    carrier = await door.carrier()

    receipt = (await carrier.push(a_body())).json()["receipt"]

    assert await door.running.pool.fetchval("SELECT account FROM pushes WHERE id = $1", UUID(receipt)) == carrier.name


async def test_a_push_that_comes_again_gets_the_first_one_s_receipt(door: Door) -> None:
    carrier, body = await door.carrier(), a_body()
    first = (await carrier.push(body)).json()

    again = [(await carrier.push(body)).json() for _ in range(2)]

    assert again == [{"receipt": first["receipt"], "seen_before": True}] * 2


async def test_a19_a_repeated_push_is_known_although_its_signature_differs(door: Door) -> None:
    tiktok = await door.carrier("ship-by-tiktok")
    body = tiktok_body(tiktok_scan("TT-1", "arrived", door.running.service.clock.now()))
    first = (await tiktok.push(body)).json()

    again = (await tiktok.push(body)).json()  # another webhook-id, another timestamp

    assert again == {"receipt": first["receipt"], "seen_before": True}


async def test_the_same_bytes_from_another_account_are_another_push(door: Door) -> None:
    body = a_body()

    receipts = [(await (await door.carrier(name)).push(body)).json() for name in ("ninjavan-webhook", "x12-214")]

    assert [one["seen_before"] for one in receipts] == [False, False]
    assert receipts[0]["receipt"] != receipts[1]["receipt"]


async def test_the_same_push_many_times_at_once_has_one_receipt(door: Door) -> None:
    carrier, body = await door.carrier(), a_body()

    answers = [one.json() for one in await asyncio.gather(*(carrier.push(body) for _ in range(20)))]

    assert len({one["receipt"] for one in answers}) == 1
    assert [one["seen_before"] for one in answers].count(False) == 1


@pytest.mark.usefixtures("_unhurried")
async def test_pushes_that_come_together_share_commits_and_each_gets_its_own_receipt(door: Door) -> None:
    carrier = await door.carrier()
    bodies = [a_body() for _ in range(150)]

    answers = await asyncio.gather(*(carrier.push(body) for body in bodies))

    receipts = [UUID(one.json()["receipt"]) for one in answers]
    assert len(set(receipts)) == 150
    # A transaction stamps each row that it writes with its own number.
    rows = await door.running.pool.fetch("SELECT DISTINCT xmin::text FROM pushes WHERE id = ANY ($1)", receipts)
    assert len(rows) < 75


# --- authenticity -----------------------------------------------------------------------------------------------------


def with_signature(change: Any) -> Any:
    """Change the signature header of a signed push."""

    def headers(carrier: Carrier, body: bytes) -> list[tuple[str, str]]:
        return [(name, change(value)) for name, value in carrier.signed(body).items()]

    return headers


NINJAVAN_WRONG: dict[str, Any] = {
    "A1 no signature": lambda carrier, body: [],
    "A2 empty": with_signature(lambda value: ""),
    "A6 no base64": with_signature(lambda value: "*" * 44),
    "A6 cut short": with_signature(lambda value: value[:-4]),
    "A6 hex": with_signature(lambda value: base64.b64decode(value).hex()),
    "A18 of other bytes": lambda carrier, body: list(sign("ninjavan", carrier.key, body + b" ").items()),
    "A8 with another key": lambda carrier, body: list(sign("ninjavan", "k" * 43, body).items()),
    "A12 sent twice": lambda carrier, body: [*carrier.signed(body).items()] * 2,
    "another scheme's": lambda carrier, body: list(sign("easypost", carrier.key, body).items()),
    "the key as a token": lambda carrier, body: [("authorization", f"Bearer {carrier.key}")],
    "A6 not ASCII": lambda carrier, body: [("x-ninjavan-hmac-sha256", "é" * 44)],
}


@pytest.mark.parametrize("how", NINJAVAN_WRONG)
async def test_a_push_that_is_not_authentic_gets_the_one_answer_and_is_not_kept(door: Door, how: str) -> None:
    carrier, body = await door.carrier(), a_body()
    before = await door.kept()
    headers = [(k.encode(), v.encode("utf-8")) for k, v in NINJAVAN_WRONG[how](carrier, body)]

    answer = await carrier.http.post(carrier.path, content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (401, NOT_AUTHENTIC)
    assert await door.kept() == before


def standard(**changed: Any) -> Any:
    """Sign as Standard Webhooks, then change headers by their last word; None takes one out."""

    def headers(carrier: Carrier, body: bytes) -> list[tuple[str, str]]:
        told = sign(
            "standard-webhooks",
            carrier.key,
            body,
            at=time.time() + changed.get("ahead", 0),
            message_id=changed.get("message_id"),
        )
        for name in ("id", "timestamp", "signature"):
            if name in changed:
                value = changed[name]
                told[f"webhook-{name}"] = value(told[f"webhook-{name}"]) if callable(value) else value
        return [(name, value) for name, value in told.items() if value is not None]

    return headers


STANDARD_WRONG = {
    "A1 no id": standard(id=None),
    "A1 no timestamp": standard(timestamp=None),
    "A3 v1 without a comma": standard(signature="v1"),
    "A4 two commas": standard(signature="v1,a,b"),
    "another version": standard(signature=lambda value: value.replace("v1,", "v2,")),
    "A11 nine signatures": standard(signature=lambda value: " ".join([value] * 9)),
    "A11 10,000 signatures": standard(signature=lambda value: " ".join(["v1,AAAA"] * 6_000)),
    "A13 too old": standard(ahead=-302),
    "A13 too new": standard(ahead=302),
    "A15 a timestamp with a point": standard(timestamp=lambda value: f"{value}.9"),
    "A15 a timestamp with underscores": standard(timestamp="1_700_000_000"),
    "A15 a timestamp of Arabic digits": standard(timestamp="١٧٠٠٠٠٠٠٠٠"),
    "A14 a timestamp of 20 digits": standard(timestamp="1" * 20),
    "A14 not a number": standard(timestamp="nan"),
    "A16 a shifted boundary": standard(message_id="msg.1"),
    "A17 an id of 10 KB": standard(message_id="m" * 10_000),
}


@pytest.mark.parametrize("how", STANDARD_WRONG)
async def test_a_standard_webhook_that_is_not_authentic_gets_the_same_answer(door: Door, how: str) -> None:
    carrier, body = await door.carrier("ship-by-tiktok"), a_body()
    headers = [(k.encode(), v.encode("utf-8")) for k, v in STANDARD_WRONG[how](carrier, body)]

    answer = await carrier.http.post(carrier.path, content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (401, NOT_AUTHENTIC)


@pytest.mark.parametrize(
    "signature",
    [
        lambda right: f"v1,AAAA {right}",
        lambda right: f"v1,AAAA  {right}",
        lambda right: f"v1a,AAAA {right}",
        lambda right: " ".join(["v1,AAAA"] * 7 + [right]),
    ],
    ids=["after another", "A5 two spaces", "after another version", "the eighth"],
)
async def test_one_right_signature_among_several_is_enough(door: Door, signature: Any) -> None:
    carrier, body = await door.carrier("ship-by-tiktok"), a_body()

    answer = await carrier.push(body, dict(standard(signature=signature)(carrier, body)))

    assert answer.status_code == 202


async def test_a36_an_endpoint_that_is_unknown_answers_as_one_that_is_known_does(door: Door) -> None:
    carrier, body = await door.carrier(), a_body()

    def parts(answer: httpx.Response) -> tuple[int, bytes, list[str]]:
        return answer.status_code, answer.content, [name for name in answer.headers if name != "date"]

    wrong = await carrier.push(body, {"x-ninjavan-hmac-sha256": "x"})
    for endpoint in (uuid4().hex, "x", "%00", "x" * 2_000, carrier.endpoint.swapcase()):
        unknown = await carrier.http.post(f"/v1/feeds/{endpoint}", content=body, headers=carrier.signed(body))
        assert parts(unknown) == parts(wrong)


@pytest.mark.parametrize(("headers", "reason"), [({}, "missing"), ({"x-ninjavan-hmac-sha256": "x"}, "malformed")])
async def test_what_is_not_authentic_is_counted_by_why(door: Door, headers: dict[str, str], reason: str) -> None:
    carrier, name = await door.carrier(), f'waybill_pushes_refused_total{{reason="{reason}"}} '

    async def refused() -> float:
        lines = (await door.running.ops.get("/metrics")).text.splitlines()
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))

    before = await refused()
    await carrier.push(a_body(), headers)

    assert await refused() == before + 1


async def test_a26_the_bytes_count_not_what_they_mean(door: Door) -> None:
    """The signature is checked before anything is parsed: bytes that no parser takes are kept when they are signed."""
    carrier = await door.carrier()

    answer = await carrier.push(b"\xff\xfe\x00 no JSON {" + uuid4().bytes)

    assert answer.status_code == 202


# --- limits -----------------------------------------------------------------------------------------------------------


async def test_a21_a_push_of_the_largest_size_is_kept_and_one_byte_more_is_refused(door: Door) -> None:
    carrier = await door.carrier()
    largest = uuid4().hex.encode().ljust(LARGEST)

    kept = await carrier.push(largest)
    refused = await carrier.push(largest + b" ")

    assert kept.status_code == 202
    assert refused.status_code == 413
    assert refused.json() == {"error": f"a push has {LARGEST} bytes at most: split it"}


async def test_a21_a_push_that_does_not_say_how_long_it_is_is_cut_off_at_the_same_size(door: Door) -> None:
    carrier = await door.carrier()
    before = await door.kept()

    async def pieces(count: int) -> Any:
        for _ in range(count):
            yield b" " * 64 * 1024

    refused = await carrier.http.post(carrier.path, content=pieces(17), headers=carrier.signed(b" " * 17 * 64 * 1024))

    assert refused.status_code == 413
    assert await door.kept() == before
    body = b" " * 16 * 64 * 1024
    kept = await carrier.http.post(carrier.path, content=pieces(16), headers=carrier.signed(body))
    assert kept.status_code == 202


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"9" * 20, b"9" * 5_000, b"0" * 5_000 + b"1"], ids=len)
async def test_a22_a_length_that_cannot_be_is_refused(door: Door, length: bytes) -> None:
    carrier = await door.carrier()

    status = await raw(door, carrier, b"Content-Length: " + length + b"\r\n\r\n")

    assert status in (400, 413)


async def raw(door: Door, carrier: Carrier, rest: bytes) -> int | None:
    """Send a request by hand; gives the status of the answer, or None where the connection is closed without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.running.settings.http_port)
    writer.write(f"POST {carrier.path} HTTP/1.1\r\nHost: waybill\r\n".encode() + rest)
    await writer.drain()
    line = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1]) if line else None


async def test_a22_a_body_that_does_not_arrive_is_given_up_and_nothing_of_it_is_kept(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "READ_WITHIN", 0.2)
    carrier = await door.carrier()
    before = await door.kept()

    assert await raw(door, carrier, b"Content-Length: 10\r\n\r\nhalf") == 408

    assert await door.kept() == before
    assert (await carrier.push(a_body())).status_code == 202


async def test_a39_a_sender_that_goes_away_in_the_middle_leaves_nothing(door: Door) -> None:
    carrier = await door.carrier()
    before = await door.kept()
    _, writer = await asyncio.open_connection("127.0.0.1", door.running.settings.http_port)
    writer.write(f"POST {carrier.path} HTTP/1.1\r\nHost: waybill\r\nContent-Length: 10\r\n\r\nhalf".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await carrier.push(a_body())).status_code == 202
    assert await door.kept() == before + 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
async def test_a23_a_body_that_is_encoded_is_refused_before_it_is_read(door: Door, encoding: str) -> None:
    carrier, body = await door.carrier(), gzip.compress(a_body())

    answer = await carrier.push(body, {**carrier.signed(body), "content-encoding": encoding})

    assert answer.status_code == 415


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json; charset=utf-16"])
async def test_a24_the_content_type_does_not_matter(door: Door, content_type: str | None) -> None:
    carrier, body = await door.carrier(), a_body()
    headers = {**carrier.signed(body), **({"content-type": content_type} if content_type else {})}

    assert (await carrier.push(body, headers)).status_code == 202


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "OPTIONS", "TRACE", "DELETE", "PATCH"])
async def test_a35_only_posts_are_pushes(door: Door, method: str) -> None:
    carrier = await door.carrier()

    answer = await carrier.http.request(method, carrier.path)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/v1/feeds", "/v1/feeds/a/b", "/v2/feeds/x", "/doc"])
async def test_there_is_nothing_else(door: Door, path: str) -> None:
    answer = await door.running.http.post(path, content=b"{}")

    assert answer.status_code == 404


async def test_an_answer_never_repeats_what_was_sent(door: Door) -> None:
    carrier = await door.carrier()
    body = json.dumps({"canary": "canary"}).encode()

    for answer in (
        await carrier.push(body, {"x-canary": "canary"}),
        await carrier.push(body),
        await carrier.push(b"canary".ljust(LARGEST + 1)),
        await carrier.http.post("/v1/feeds/canary/canary", content=body),
    ):
        assert "canary" not in answer.text
        assert "canary" not in str(answer.headers)


# --- at rest ----------------------------------------------------------------------------------------------------------


async def test_bodies_and_keys_are_encrypted_at_rest(door: Door) -> None:
    carrier = await door.carrier()
    await carrier.push(json.dumps({"consignee": "Canary Consignee", "id": uuid4().hex}).encode())

    rows = await everything(door.running)

    assert "Canary Consignee" not in rows
    assert b"Canary Consignee".hex() not in rows
    assert carrier.key not in rows
    assert carrier.key.encode().hex() not in rows


async def everything(running: Running) -> str:
    """Give every row of every table as text; bytea shows as hexadecimal."""
    tables = await running.pool.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    found = []
    for table in tables:
        found += [row[0] for row in await running.pool.fetch(f"SELECT t::text FROM {table['table_name']} AS t")]
    assert found
    return "\n".join(found)
