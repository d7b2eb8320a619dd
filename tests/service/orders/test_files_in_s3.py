"""Files in S3-compatible storage: while it is away, after it was configured, and what is swept from it."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis.transactions import begin
from orders.files.cleaning import clean
from orders.files.keeping import Files, bind_files, forget_files_of_order
from orders.files.storage import StorageAway
from orders.files.sweeping import Sweeper
from service.orders.object_storage import ObjectStorage
from service.orders.test_files import send
from support.selling import Seller, open_shop
from support.services import Running, Starter
from unit.orders.files.made import photo

AWAY = "The storage of files is away; nothing was kept. Send it again."


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[ObjectStorage]:
    """S3-compatible storage."""
    server = ObjectStorage()
    yield server
    server.kill()


@pytest.fixture
async def objects(server: ObjectStorage) -> ObjectStorage:
    """The same, at work whatever was done to it, and empty."""
    await server.start()
    return server


@pytest.fixture
async def orders(start: Starter, objects: ObjectStorage) -> Running:
    """An `orders` that keeps files there."""
    return await start("orders", **objects.settings)


async def kept(orders: Running) -> tuple[int, int]:
    """Count rows of files, and of idempotency keys."""
    files, keys = [await orders.pool.fetchval(f"SELECT count(*) FROM {name}") for name in ("files", "idempotency_keys")]
    return files, keys


# --- away -----------------------------------------------------------------------------------------------------------


async def test_while_the_storage_is_away_nothing_is_kept_and_the_same_request_is_done_later(
    orders: Running, shop: Seller, objects: ObjectStorage
) -> None:
    before, key = (await send(shop, photo("PNG"))).json()["id"], uuid4().hex
    objects.kill()

    refused = await send(shop, photo(), key=key)
    asked = await shop.get(f"/v1/files/{before}")

    assert (refused.status_code, refused.json()["detail"]) == (503, AWAY)
    assert refused.headers["retry-after"] == "2"
    assert await kept(orders) == (1, 1)
    assert (asked.status_code, asked.json()["detail"]) == (503, "The storage of files is away. Ask again.")
    await objects.start()
    done = await send(shop, photo(), key=key)
    assert done.status_code == 201
    assert await objects.keys() == {f"files/{done.json()['id']}"}


async def test_a_storage_that_hangs_is_not_waited_for(
    start: Starter, objects: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.files.in_s3.PATIENCE", timedelta(seconds=0.5))
    orders = await start("orders", **objects.settings)
    shop = await open_shop(orders.pool, orders.service.clock, orders.http)
    objects.pause()

    refused = await send(shop, photo())

    assert (refused.status_code, refused.json()["detail"]) == (503, AWAY)
    assert await kept(orders) == (0, 0)


async def test_a_bucket_that_is_not_there_is_a_storage_that_is_away(start: Starter, objects: ObjectStorage) -> None:
    orders = await start("orders", **{**objects.settings, "files_s3_bucket": "no-such-bucket"})
    shop = await open_shop(orders.pool, orders.service.clock, orders.http)

    refused = await send(shop, photo())

    assert (refused.status_code, refused.json()["detail"]) == (503, AWAY)
    assert "bucket" not in refused.text
    assert await kept(orders) == (0, 0)


# --- another storage than before ------------------------------------------------------------------------------------


async def test_files_are_shown_from_where_they_were_kept(start: Starter, objects: ObjectStorage) -> None:
    before = await start("orders")
    shop = await open_shop(before.pool, before.service.clock, before.http)
    in_postgres = (await send(shop, photo("PNG"))).json()["id"]
    await before.stop()

    after = await start("orders", database_url=before.database_url, **objects.settings)
    shop.http = after.http
    in_s3 = (await send(shop, photo("WEBP"))).json()["id"]

    assert (await shop.get(f"/v1/files/{in_postgres}")).content == clean(photo("PNG"))[1]
    assert (await shop.get(f"/v1/files/{in_s3}")).content == clean(photo("WEBP"))[1]
    assert (await send(shop, photo("PNG"))).json()["id"] == in_postgres
    assert await objects.keys() == {f"files/{in_s3}"}
    await after.stop()

    without = await start("orders", database_url=before.database_url)
    shop.http = without.http
    assert (await shop.get(f"/v1/files/{in_s3}")).status_code == 503
    assert (await shop.get(f"/v1/files/{in_postgres}")).status_code == 200


# --- what is swept --------------------------------------------------------------------------------------------------


class Broken(Exception):
    """A request that fails after its object was put."""


async def test_an_upload_that_came_to_nothing_is_swept_and_nothing_else(
    orders: Running, shop: Seller, objects: ObjectStorage
) -> None:
    files = Files(orders.settings)
    sweeper = Sweeper(orders.service, files)
    file_id = (await send(shop, photo())).json()["id"]
    await objects.put("files/notes.txt", b"somebody else's")
    await objects.put("backup", b"somebody else's")
    with suppress(Broken):
        async with begin(orders.pool, orders.service.clock) as tx:
            await files.keep(tx, UUID(shop.shop_id), "photo", *clean(photo("PNG")))
            raise Broken
    mine = {f"files/{file_id}", "files/notes.txt", "backup"}
    assert len(await objects.keys() - mine) == 1

    first, second, third = [await sweeper.sweep() for _ in range(3)]

    assert (first, second, third) == (0, 1, 0)
    assert await objects.keys() == mine


async def test_an_upload_under_way_is_not_swept(orders: Running, shop: Seller) -> None:
    files = Files(orders.settings)
    sweeper = Sweeper(orders.service, files)
    async with begin(orders.pool, orders.service.clock) as tx:
        file = await files.keep(tx, UUID(shop.shop_id), "photo", *clean(photo()))
        await sweeper.sweep()

    assert await sweeper.sweep() == 0
    assert (await shop.get(f"/v1/files/{file.id}")).content == clean(photo())[1]


async def test_the_object_of_a_forgotten_file_is_deleted_also_after_an_outage(
    orders: Running, shop: Seller, objects: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as impatient:
        impatient.setattr("orders.files.in_s3.PATIENCE", timedelta(seconds=0.5))
        sweeper = Sweeper(orders.service, Files(orders.settings))
    order = UUID((await shop.place())["id"])
    file_id, other = [(await send(shop, photo(kind))).json()["id"] for kind in ("JPEG", "PNG")]
    async with begin(orders.pool, orders.service.clock) as tx:
        await bind_files(tx, order, [UUID(file_id)])
        await forget_files_of_order(tx, order)
    assert (await shop.get(f"/v1/files/{file_id}")).status_code == 404

    objects.pause()
    with pytest.raises(StorageAway):
        await sweeper.delete_forgotten()
    objects.resume()
    await Sweeper(orders.service, Files(orders.settings)).delete_forgotten()

    assert await objects.keys() == {f"files/{other}"}
    assert not await orders.pool.fetchval("SELECT count(*) FROM forgotten_files")
