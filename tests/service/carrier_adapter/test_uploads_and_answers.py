"""Files that are posted in an upload are pushes of their own; and each sender is answered in the way that it wants."""

from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pytest

from carrier_adapter.formats.x12_997 import acknowledge
from service.carrier_adapter.conftest import Door
from support.pushing import Carrier, a_body, sign, tiktok_body, tiktok_scan
from support.waiting import eventually

X12 = b"".join(
    segment + b"~"
    for segment in (
        b"ISA*00*          *00*          *02*RDFR           *ZZ*SHOPKEEPER     *260706*0915*U*00401*000000417*0*P*>",
        b"GS*QM*RDFR-A*SHOP-B*20260706*0916*88*X*004010",
        b"ST*214*0001",
        b"B10*PRO123*BOL456*RDFR",
        b"SE*3*0001",
        b"GE*1*88",
        b"IEA*1*000000417",
    )
)


async def told_of(door: Door, receipt: str) -> list[tuple[str, str | None]]:
    """Give what was said of a push: subjects, and reasons."""
    return [(subject, body.get("reason")) for subject, body in await door.said_of(receipt)]


# --- uploads ----------------------------------------------------------------------------------------------------------


def form(*files: bytes) -> tuple[bytes, dict[str, str]]:
    """Give the body of an upload, and its content type; its boundary is another each time."""
    parts = [("file", (f"{number}.json", content, "application/json")) for number, content in enumerate(files)]
    request = httpx.Request("POST", "http://waybill/", files=parts)
    return request.read(), {"content-type": request.headers["content-type"]}


def upload(carrier: Carrier, *files: bytes) -> tuple[bytes, dict[str, str]]:
    """Give the body of an upload, and its headers, signed over that body."""
    body, headers = form(*files)
    return body, {**headers, **carrier.signed(body)}


async def test_a_file_alone_in_an_upload_is_the_push_that_it_is_without_one(door: Door) -> None:
    carrier, file = await door.carrier(), a_body()

    answer = await carrier.push(*upload(carrier, file))
    posted = await carrier.push(file)

    receipt = answer.json()["receipt"]
    assert (answer.status_code, answer.json()) == (202, {"receipt": receipt, "seen_before": False})
    assert answer.headers["waybill-receipt"] == receipt
    assert posted.json() == {"receipt": receipt, "seen_before": True}
    assert await told_of(door, receipt) == [("scans.v1.reported", None)]


async def test_each_file_of_an_upload_is_a_push_and_has_its_receipt(door: Door) -> None:
    carrier, files = await door.carrier(), [a_body(), a_body()]

    answer = await carrier.push(*upload(carrier, *files))
    again = await carrier.push(*upload(carrier, *files))
    alone = await carrier.push(files[1])

    first, second = [one["receipt"] for one in answer.json()["files"]]
    assert answer.status_code == 202
    assert answer.headers["waybill-receipt"] == f"{first}, {second}"
    for receipt in (first, second):
        assert await told_of(door, receipt) == [("scans.v1.reported", None)]
    assert again.json()["files"] == [{"receipt": one, "seen_before": True} for one in (first, second)]
    assert alone.json() == {"receipt": second, "seen_before": True}, "posted as a body, it is the same push"


async def test_a_bad_file_of_an_upload_costs_only_itself(door: Door) -> None:
    carrier = await door.carrier()

    answer = await carrier.push(*upload(carrier, b"no feed " + uuid4().bytes, a_body()))

    told = [await told_of(door, one["receipt"]) for one in answer.json()["files"]]
    assert told == [[("scans.v1.quarantined", "unparsable")], [("scans.v1.reported", None)]]


async def test_an_upload_is_signed_whole(door: Door) -> None:
    carrier, file = await door.carrier(), a_body()
    body, headers = upload(carrier, file)
    before = await door.kept()

    refused = await carrier.push(body, {**headers, **carrier.signed(file)})

    assert refused.status_code == 401
    assert await door.kept() == before


async def test_an_upload_that_cannot_be_taken_apart_is_kept_and_quarantined(door: Door) -> None:
    carrier = await door.carrier()
    body, headers = upload(carrier, a_body())
    cut = body[:-10]

    answer = await carrier.push(cut, {**headers, **carrier.signed(cut)})

    assert answer.status_code == 202
    assert await told_of(door, answer.json()["receipt"]) == [("scans.v1.quarantined", "unparsable")]


async def test_a20_an_upload_under_an_id_that_came_before_is_the_same_files_or_set_aside_whole(door: Door) -> None:
    carrier, message_id = await door.carrier("ship-by-tiktok"), f"msg_{uuid4().hex}"
    now = door.running.service.clock.now()
    one, two, three = (tiktok_body(tiktok_scan("TT-1", "arrived", now)) for _ in range(3))

    async def pushed(*files: bytes) -> list[str]:
        body, headers = form(*files) if len(files) > 1 else (files[0], {})
        signed = sign(carrier.scheme, carrier.key, body, message_id=message_id)
        answer = await carrier.push(body, {**headers, **signed})
        assert answer.status_code == 202
        return str(answer.headers["waybill-receipt"]).split(", ")

    first = await pushed(one, two)
    again = await pushed(one, two)  # wrapped anew, as a client does that sends again
    other = await pushed(three)
    half = await pushed(one, three)

    assert again == first
    for receipt in first:
        assert await told_of(door, receipt) == [("scans.v1.reported", None)]
    assert await told_of(door, other[0]) == [("scans.v1.quarantined", "unparsable")]
    assert half == [first[0], other[0]]
    aside = await door.running.pool.fetchval(
        "SELECT count(*) FROM contradictions JOIN pushes ON id = push_id WHERE first_id = ANY ($1)",
        [UUID(receipt) for receipt in (first[0], other[0])],
    )
    assert aside == 3, "the file alone, and both of the last upload"


# --- answers ----------------------------------------------------------------------------------------------------------

ANSWERS: dict[str, tuple[int, str | None, Callable[[str], bytes]]] = {
    "empty": (200, None, lambda _: b""),
    "sf-express": (200, "application/json", lambda _: b'{"return_code": "0000", "return_msg": "ok"}'),
    "x12-997": (200, "application/edi-x12", lambda _: acknowledge(X12)),
    "receipt": (202, "application/json", lambda receipt: f'{{"receipt": "{receipt}", "seen_before": true}}'.encode()),
}


@pytest.mark.parametrize("style", ANSWERS)
async def test_a_sender_is_answered_as_its_account_says(door: Door, style: str) -> None:
    carrier = await door.carrier("x12-214")
    status, kind, body = ANSWERS[style]
    await door.running.pool.execute("UPDATE accounts SET answer = $2 WHERE name = $1", carrier.name, style)

    async def is_answered_so() -> bool:
        answer = await carrier.push(X12)
        return (answer.status_code, answer.headers.get("content-type")) == (status, kind)

    await eventually(is_answered_so)
    answer = await carrier.push(X12)
    refused = await carrier.push(X12, {})

    receipt = str(UUID(answer.headers["waybill-receipt"]))
    assert answer.content == body(receipt)
    assert answer.headers["content-length"] == str(len(answer.content))
    assert await door.running.pool.fetchval("SELECT count(*) FROM pushes WHERE id = $1", UUID(receipt)) == 1
    assert (refused.status_code, "waybill-receipt" in refused.headers) == (401, False)
