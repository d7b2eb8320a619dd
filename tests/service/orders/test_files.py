"""Files of a shop: sent, cleaned, kept and shown, with either storage behind it."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.transactions import begin
from orders.files.cleaning import LARGEST, clean
from orders.files.keeping import Files, bind_files, files_of, forget_files_of_order
from service.orders.object_storage import ObjectStorage
from support.selling import Seller, open_shop
from support.servers import Servers
from support.services import Running, in_this_process
from unit.orders.files.made import CANARY, encoded, label, opened, photo, scene

UNKNOWN = {"title": "unknown file", "status": 404, "detail": "This shop has no file with that id."}
TOO_LARGE = "The file is larger than 5 MB: send a smaller one."


@dataclass
class Door:
    """An `orders` at work, and where it keeps files."""

    running: Running
    storage: str

    async def shop(self) -> Seller:
        return await open_shop(self.running.pool, self.running.service.clock, self.running.http)

    async def rows(self, shop: Seller) -> list[dict[str, Any]]:
        found = await self.running.pool.fetch("SELECT * FROM files WHERE shop_id = $1", UUID(shop.shop_id))
        return [dict(row) for row in found]


@pytest.fixture(scope="module", params=["postgres", "s3"])
async def door(request: pytest.FixtureRequest, servers: Servers) -> AsyncIterator[Door]:
    """`orders` with one of its storages."""
    objects = ObjectStorage()
    if request.param == "s3":
        await objects.start()
    settings = objects.settings if request.param == "s3" else {}
    async with servers.broker() as broker, in_this_process(servers, broker) as start:
        yield Door(await start("orders", **settings), request.param)
    objects.kill()


@pytest.fixture
async def shop(door: Door) -> Seller:
    """A new shop."""
    return await door.shop()


async def send(
    shop: Seller, content: Any, kind: str = "photo", *, key: str | None = None, declared: str = "image/jpeg"
) -> httpx.Response:
    """Send a file as the body of a request."""
    headers = {**shop.headers, "idempotency-key": key or uuid4().hex, "content-type": declared}
    return await shop.http.post("/v1/files", params={"kind": kind}, content=content, headers=headers)


async def send_form(shop: Seller, files: Any, *, key: str | None = None, **fields: str) -> httpx.Response:
    """Send a file as a part of a form."""
    headers = {**shop.headers, "idempotency-key": key or uuid4().hex}
    return await shop.http.post("/v1/files", params={"kind": "photo"}, files=files, data=fields, headers=headers)


# --- what is kept, and shown ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (photo("JPEG", 6), "image/jpeg"),
        (photo("PNG", 6), "image/png"),
        (photo("WEBP", 6), "image/webp"),
        (label(), "application/pdf"),
    ],
    ids=["JPEG", "PNG", "WebP", "PDF"],
)
@pytest.mark.parametrize("kind", ["photo", "label", "evidence"])
async def test_a_file_is_kept_clean_and_shown_to_its_shop(
    door: Door, shop: Seller, content: bytes, content_type: str, kind: str
) -> None:
    answer = await send(shop, content, kind, declared="application/octet-stream")
    shown = await shop.get(f"/v1/files/{answer.json()['id']}")

    assert answer.status_code == 201
    assert answer.json() == {
        "id": answer.json()["id"],
        "content_type": content_type,
        "size": len(shown.content),
        "sha256": hashlib.sha256(shown.content).hexdigest(),
    }
    assert (shown.status_code, shown.headers["content-type"]) == (200, content_type)
    assert CANARY not in shown.content
    assert content_type == "application/pdf" or opened(shown.content).size == (40, 80)
    (row,) = await door.rows(shop)
    assert (str(row["id"]), row["kind"], row["storage"]) == (answer.json()["id"], kind, door.storage)


async def test_a_file_is_shown_as_what_it_is_and_runs_nothing(shop: Seller) -> None:
    picture = (await send(shop, photo())).json()["id"]
    document = (await send(shop, label(), "label")).json()["id"]

    shown, saved = [(await shop.get(f"/v1/files/{one}")).headers for one in (picture, document)]

    for headers in (shown, saved):
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'"
        assert headers["cache-control"] == "private, no-store"
    assert saved["content-disposition"] == f'attachment; filename="{document}.pdf"'
    assert "content-disposition" not in shown


async def test_what_a_file_calls_itself_counts_for_nothing(shop: Seller) -> None:
    raw = await send(shop, encoded(scene(), "PNG"), declared="text/html")
    form = await send_form(shop, {"file": ("photo.jpg", label(), "image/jpeg")})

    assert (raw.json()["content_type"], form.json()["content_type"]) == ("image/png", "application/pdf")


async def test_a_file_comes_as_the_body_or_as_a_part_of_a_form(shop: Seller) -> None:
    body = await send(shop, photo())
    form = await send_form(shop, {"file": ("a.jpg", photo(), "image/jpeg")}, note="at the door")

    assert (body.status_code, form.status_code) == (201, 201)
    assert form.json() == body.json()


async def test_the_same_file_sent_twice_is_one_file(door: Door, shop: Seller) -> None:
    first, second = await asyncio.gather(send(shop, photo()), send(shop, photo()))
    third = await send(shop, photo() + b"another tail")

    assert first.json() == second.json() == third.json()
    assert len(await door.rows(shop)) == 1


async def test_two_shops_with_the_same_file_have_one_each(door: Door, shop: Seller) -> None:
    ids = {(await send(one, photo())).json()["id"] for one in (shop, await door.shop())}

    assert len(ids) == 2


async def test_another_shop_s_file_is_as_unknown_as_one_that_is_not_there(door: Door, shop: Seller) -> None:
    theirs = (await send(await door.shop(), photo())).json()["id"]

    for file_id in (theirs, str(uuid4())):
        answer = await shop.get(f"/v1/files/{file_id}")
        assert (answer.status_code, answer.json()) == (404, UNKNOWN)


async def test_without_a_shop_s_key_no_file_is_taken_or_shown(door: Door, shop: Seller) -> None:
    file_id = (await send(shop, photo())).json()["id"]
    nobody = Seller(shop.http, shop.shop_id, "wb_wrong")

    assert (await send(nobody, photo("PNG"))).status_code == 401
    assert (await nobody.get(f"/v1/files/{file_id}")).status_code == 401
    assert len(await door.rows(shop)) == 1


# --- once, however often it is sent ---------------------------------------------------------------------------------


async def test_a_form_that_is_sent_again_is_the_same_request_whatever_its_boundary(shop: Seller) -> None:
    key = uuid4().hex
    first, again = [await send_form(shop, {"file": ("a.jpg", photo())}, key=key) for _ in range(2)]

    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (again.status_code, again.json()) == (201, first.json())


@pytest.mark.parametrize(("content", "kind"), [(photo("PNG"), "photo"), (photo(), "evidence")], ids=["file", "kind"])
async def test_a_key_that_was_sent_with_another_file_or_kind_is_refused(
    door: Door, shop: Seller, content: bytes, kind: str
) -> None:
    key = uuid4().hex
    await send(shop, photo(), key=key)

    answer = await send(shop, content, kind, key=key)

    assert (answer.status_code, answer.json()["title"]) == (422, "key reused")
    assert len(await door.rows(shop)) == 1


async def test_a_file_without_an_idempotency_key_is_not_kept(door: Door, shop: Seller) -> None:
    answer = await shop.http.post("/v1/files", params={"kind": "photo"}, content=photo(), headers=shop.headers)

    assert answer.status_code == 400
    assert not await door.rows(shop)


# --- what is refused ------------------------------------------------------------------------------------------------


async def refused(door: Door, shop: Seller, answer: httpx.Response, status: int, sentence: str) -> None:
    """See that *answer* is a refusal in one sentence that names the field, and that nothing was kept."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["detail"]) == (status, status, sentence)
    assert problem["errors"] == [{"field": "file", "message": sentence}]
    assert not await door.rows(shop)
    assert not await door.running.pool.fetchval(
        "SELECT count(*) FROM idempotency_keys WHERE shop_id = $1", UUID(shop.shop_id)
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<script>", "The file is none that is taken here: send a JPEG, PNG or WebP picture, or a PDF."),
        (
            photo()[: len(photo()) // 2],
            "The picture is damaged or not complete: take or export it again and send that.",
        ),
        (b"", "The file is empty: send a JPEG, PNG or WebP picture, or a PDF."),
    ],
    ids=["not a picture", "truncated", "empty"],
)
async def test_what_is_no_picture_and_no_document_is_refused(
    door: Door, shop: Seller, content: bytes, sentence: str
) -> None:
    await refused(door, shop, await send(shop, content), 422, sentence)
    await refused(door, shop, await send_form(shop, {"file": ("photo.jpg", content, "image/jpeg")}), 422, sentence)


async def test_a_file_of_5_mb_is_taken_and_one_byte_more_is_not(door: Door, shop: Seller) -> None:
    largest = photo().ljust(LARGEST, b"\x00")

    await refused(door, shop, await send(shop, largest + b"\x00"), 413, TOO_LARGE)
    assert (await send(shop, largest)).status_code == 201
    assert (await send_form(shop, {"file": ("a.jpg", largest)})).status_code == 201


async def test_a_form_s_file_of_more_than_5_mb_is_refused(door: Door, shop: Seller) -> None:
    content = photo().ljust(LARGEST + 1, b"\x00")
    sentence = "The file is larger than 5 MB (5,242,880 bytes): send a smaller one."

    await refused(door, shop, await send_form(shop, {"file": ("a.jpg", content)}), 413, sentence)


async def test_a_file_that_does_not_say_how_long_it_is_is_cut_off_at_the_same_size(door: Door, shop: Seller) -> None:
    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield bytes(64 * 1024)

    await refused(door, shop, await send(shop, pieces(81)), 413, TOO_LARGE)


async def test_a_body_that_says_to_be_too_long_is_not_waited_for(door: Door, shop: Seller) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.running.settings.http_port)
    head = [
        "POST /v1/files?kind=photo HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {shop.api_key}",
        "Idempotency-Key: one",
        f"Content-Length: {10**12}",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode())
    answer = await asyncio.wait_for(reader.read(), 5)  # to its end: the connection is closed
    writer.close()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["errors"] == [{"field": "file", "message": TOO_LARGE}]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"other": ("a.jpg", photo())}, "The multipart body has no file: send it as the part `file`."),
        ({"file": (None, "text")}, "The multipart body has no file: send it as the part `file`."),
        (
            [("file", ("a.jpg", photo())), ("file", ("b.jpg", photo()))],
            "The multipart body cannot be read, or has more than one file: send one part `file`.",
        ),
    ],
    ids=["another part", "a text", "two files"],
)
async def test_a_form_without_just_one_file_is_refused(door: Door, shop: Seller, files: Any, sentence: str) -> None:
    await refused(door, shop, await send_form(shop, files), 422, sentence)


@pytest.mark.parametrize("declared", ["multipart/form-data", "multipart/form-data; boundary=x"])
async def test_a_form_that_is_none_is_refused(door: Door, shop: Seller, declared: str) -> None:
    sentence = "The multipart body cannot be read, or has more than one file: send one part `file`."

    await refused(door, shop, await send(shop, photo(), declared=declared), 422, sentence)


@pytest.mark.parametrize("kind", ["", "canary", "photo,label"])
async def test_a_file_of_a_kind_that_nobody_knows_is_refused(door: Door, shop: Seller, kind: str) -> None:
    answer = await send(shop, photo(), kind)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["kind"]
    assert "canary" not in answer.text
    assert not await door.rows(shop)


# --- what commands ask of files, and what is forgotten --------------------------------------------------------------


async def test_a_command_learns_which_files_a_shop_has(door: Door, shop: Seller) -> None:
    mine = UUID((await send(shop, photo(), "evidence")).json()["id"])
    theirs = UUID((await send(await door.shop(), photo())).json()["id"])

    found = await files_of(door.running.pool, UUID(shop.shop_id), [mine, theirs, uuid4()])

    assert found == {mine: "evidence"}


async def bind(door: Door, order: Any, *file_ids: str) -> None:
    async with begin(door.running.pool, door.running.service.clock) as tx:
        await bind_files(tx, UUID(order["id"]), [UUID(one) for one in file_ids])


async def forget(door: Door, order: Any) -> int:
    async with begin(door.running.pool, door.running.service.clock) as tx:
        return await forget_files_of_order(tx, UUID(order["id"]))


async def test_the_files_of_an_order_are_forgotten_with_it_and_no_others(door: Door, shop: Seller) -> None:
    order, other = await shop.place(), await shop.place()
    bound, shared, free = [(await send(shop, content)).json()["id"] for content in (photo(), label(), photo("PNG"))]
    await bind(door, order, bound, shared)
    await bind(door, other, shared)

    gone = await forget(door, order)

    assert gone == 1
    assert [(await shop.get(f"/v1/files/{one}")).status_code for one in (bound, shared, free)] == [404, 200, 200]
    assert await forget(door, order) == 0
    assert await forget(door, other) == 1
    assert (await shop.get(f"/v1/files/{shared}")).json() == UNKNOWN


async def test_another_shop_s_file_cannot_be_bound(door: Door, shop: Seller) -> None:
    stranger = await door.shop()
    theirs = (await send(stranger, photo())).json()["id"]
    order = await shop.place()
    await bind(door, order, theirs)

    assert await forget(door, order) == 0
    assert (await stranger.get(f"/v1/files/{theirs}")).status_code == 200


async def test_what_was_forgotten_can_be_sent_again(door: Door, shop: Seller) -> None:
    order, before = await shop.place(), (await send(shop, photo())).json()["id"]
    await bind(door, order, before)
    await forget(door, order)

    again = (await send(shop, photo())).json()["id"]

    assert again != before
    assert (await shop.get(f"/v1/files/{again}")).content == clean(photo())[1]


# --- the contract of a storage --------------------------------------------------------------------------------------


async def with_row(door: Door, shop: Seller) -> UUID:
    """Give the id of a file whose bytes are still to be put."""
    file_id = uuid4()
    await door.running.pool.execute(
        "INSERT INTO files VALUES ($1, $2, 'photo', 'image/png', 3, $3, $4, now())",
        *(file_id, UUID(shop.shop_id), hashlib.sha256(file_id.bytes).digest(), door.storage),
    )
    return file_id


@pytest.mark.parametrize("content", [b"\x00\xff\n", bytes(LARGEST)], ids=["some", "5 MB"])
async def test_a_storage_gives_the_bytes_that_were_put(door: Door, shop: Seller, content: bytes) -> None:
    storage, pool = Files(door.running.settings).storage, door.running.pool
    one, other = await with_row(door, shop), await with_row(door, shop)
    await storage.put(pool, one, "image/png", content)
    await storage.put(pool, other, "image/png", b"other")

    assert await storage.get(pool, one) == content
    assert await storage.get(pool, other) == b"other"


async def test_a_storage_gives_nothing_for_what_was_never_put_or_is_deleted(door: Door, shop: Seller) -> None:
    storage, pool = Files(door.running.settings).storage, door.running.pool
    file_id = await with_row(door, shop)
    assert await storage.get(pool, file_id) is None
    await storage.put(pool, file_id, "image/png", b"png")

    await storage.delete(pool, file_id)
    await storage.delete(pool, file_id)

    assert await storage.get(pool, file_id) is None


async def test_a_file_whose_bytes_are_lost_is_never_shown_as_another(door: Door, shop: Seller) -> None:
    storage, pool = Files(door.running.settings).storage, door.running.pool
    file_id = await with_row(door, shop)
    await storage.put(pool, file_id, "image/png", b"not what the row says")

    assert (await shop.get(f"/v1/files/{file_id}")).status_code == 503
