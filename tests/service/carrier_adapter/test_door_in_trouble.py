"""A 2xx means committed; when that cannot be, 503 within two seconds, and nothing is stored, then or later."""

import asyncio
import json
import time
from uuid import UUID

import asyncpg
import httpx
import pytest

from service.carrier_adapter.conftest import known
from support.pushing import Carrier, a_body, sign, tiktok_body, tiktok_scan
from support.servers import Servers
from support.services import Running, Starter
from support.waiting import eventually

INTAKE = 7232201  #: The advisory lock under which pushes are committed.


def assert_not_kept(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()) == (503, {"error": "not kept: send it again"})
    assert answer.headers["retry-after"] == "5"


async def kept(running: Running) -> int:
    return int(await running.pool.fetchval("SELECT count(*) FROM pushes"))


async def accepted_again(carrier: Carrier) -> None:
    async def is_accepted() -> bool:
        return (await carrier.push(a_body())).status_code == 202

    await eventually(is_accepted)


@pytest.mark.usefixtures("_unhurried")
async def test_a_push_is_answered_after_its_commit_and_not_before(adapter: Running, ninjavan: Carrier) -> None:
    before = await kept(adapter)
    async with adapter.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("SELECT pg_advisory_xact_lock($1)", INTAKE)
        pushing = asyncio.create_task(ninjavan.push(a_body()))

        async def its_commit_waits() -> bool:
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND mode = 'ShareLock'"
            return bool(await connection.fetchval(waiting))

        await eventually(its_commit_waits)
        assert not pushing.done()
        await holding.rollback()
    answer = await pushing

    assert answer.status_code == 202
    assert await kept(adapter) == before + 1


@pytest.mark.usefixtures("_unhurried")
async def test_a_push_under_way_is_committed_and_answered_when_the_service_is_told_to_stop(
    adapter: Running, ninjavan: Carrier
) -> None:
    async with adapter.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("SELECT pg_advisory_xact_lock($1)", INTAKE)
        pushing = asyncio.create_task(ninjavan.push(a_body()))

        async def its_commit_waits() -> bool:
            return bool(
                await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'")
            )

        await eventually(its_commit_waits)
        adapter.service.stop()
        assert "stopping" in await adapter.wrong()
        await holding.rollback()
        answer = await pushing

    assert answer.status_code == 202


async def test_a_commit_that_takes_too_long_is_given_up_in_time_and_leaves_nothing(
    adapter: Running, ninjavan: Carrier
) -> None:
    before = await kept(adapter)
    async with adapter.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", INTAKE)
        began = time.monotonic()
        answer = await ninjavan.push(a_body())
        assert time.monotonic() - began < 2.5
        assert_not_kept(answer)

    await accepted_again(ninjavan)
    assert await kept(adapter) == before + 1


async def test_a40_a_database_that_does_not_answer_is_said_so_within_two_seconds_and_nothing_appears_later(
    adapter: Running, ninjavan: Carrier, servers: Servers
) -> None:
    before = await kept(adapter)
    await servers.postgres.pause()
    waited: list[float] = []

    async def push() -> httpx.Response:
        began = time.monotonic()
        answer = await ninjavan.push(a_body())
        waited.append(time.monotonic() - began)
        return answer

    answers = await asyncio.gather(*(push() for _ in range(30)))
    later = await push()
    servers.postgres.resume()

    for answer in (*answers, later):
        assert_not_kept(answer)
    assert max(waited) < 2.5
    await accepted_again(ninjavan)

    async def sessions_are_gone() -> bool:  # those that the server had not finished with when it was stopped
        active = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'carrier-adapter' AND state = 'active'"
        return bool(await adapter.pool.fetchval(active) == 1)

    await eventually(sessions_are_gone)
    assert await kept(adapter) == before + 1


async def test_a40_a_database_that_was_killed_is_said_so_and_the_door_opens_again_by_itself(
    adapter: Running, ninjavan: Carrier, servers: Servers
) -> None:
    before = await kept(adapter)
    servers.postgres.kill()

    answers = [await ninjavan.push(a_body()) for _ in range(3)]
    unsigned = await ninjavan.push(a_body(), {})
    await servers.up()

    for answer in answers:
        assert_not_kept(answer)
    assert unsigned.status_code == 401
    await accepted_again(ninjavan)
    assert await kept(adapter) == before + 1


async def test_a40_a_database_that_only_reads_is_said_so(adapter: Running, ninjavan: Carrier, servers: Servers) -> None:
    name = await adapter.pool.fetchval("SELECT current_database()")
    await servers.postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await adapter.pool.expire_connections()

    assert_not_kept(await ninjavan.push(a_body()))

    await servers.postgres.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await adapter.pool.expire_connections()
    await accepted_again(ninjavan)


async def test_a40_a_database_without_room_on_its_disk_is_said_so(adapter: Running, ninjavan: Carrier) -> None:
    """The server says so with SQLSTATE 53100, whatever it was that did not fit."""
    before = await kept(adapter)
    await adapter.pool.execute(
        """
        CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER no_room BEFORE INSERT ON unread EXECUTE FUNCTION no_room();
        """
    )

    assert_not_kept(await ninjavan.push(a_body()))

    assert await kept(adapter) == before
    await adapter.pool.execute("DROP TRIGGER no_room ON unread")
    await accepted_again(ninjavan)


async def test_a40_a_database_without_a_connection_to_spare_is_said_so(
    adapter: Running, ninjavan: Carrier, servers: Servers
) -> None:
    before, name = await kept(adapter), await adapter.pool.fetchval("SELECT current_database()")
    await servers.postgres.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    await adapter.pool.expire_connections()
    began = time.monotonic()

    answer = await ninjavan.push(a_body())

    assert time.monotonic() - began < 2.5
    assert_not_kept(answer)
    await servers.postgres.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
    await accepted_again(ninjavan)
    assert await kept(adapter) == before + 1


async def test_a41_a_push_is_kept_although_the_broker_is_away(
    adapter: Running, ninjavan: Carrier, servers: Servers
) -> None:
    servers.nats.kill()

    answer = await ninjavan.push(a_body())

    assert answer.status_code == 202
    assert await adapter.pool.fetchval("SELECT 1 FROM pushes WHERE id = $1", UUID(answer.json()["receipt"]))


async def test_before_the_accounts_are_known_nobody_is_told_that_a_signature_is_wrong(
    start: Starter, servers: Servers
) -> None:
    """A sender that is told 401 may give up for good; one that is told 503 tries again."""
    url = await servers.fresh_database("carrier_adapter")
    connection = await asyncpg.connect(url)
    holding = connection.transaction()
    await holding.start()
    await connection.execute("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
    adapter = await start("carrier-adapter", database_url=url)

    answer = await adapter.http.post("/v1/feeds/anything", content=b"{}")

    assert_not_kept(answer)
    await holding.rollback()
    await connection.close()

    async def is_loaded() -> bool:
        return (await adapter.http.post("/v1/feeds/anything", content=b"{}")).status_code == 401

    await eventually(is_loaded)


async def test_a39_a_push_kept_by_a_process_that_died_is_known_to_the_next_one(
    start: Starter, adapter: Running, ninjavan: Carrier
) -> None:
    body = a_body()
    first = (await ninjavan.push(body)).json()
    await adapter.break_off()
    again = await start("carrier-adapter", database_url=adapter.database_url)
    carrier = Carrier(again.http, ninjavan.name, ninjavan.endpoint, ninjavan.key, ninjavan.scheme)
    await accepted_again(carrier)

    assert (await carrier.push(body)).json() == {"receipt": first["receipt"], "seen_before": True}


async def test_a_smaller_limit_can_be_set(start: Starter) -> None:
    adapter = await start("carrier-adapter", largest_body=1024)
    carrier = await known(adapter, "ninjavan")

    assert (await carrier.push(b"x" * 1024)).status_code == 202
    assert (await carrier.push(b"x" * 1025)).status_code == 413


async def test_two_instances_know_each_other_s_pushes(start: Starter, adapter: Running, ninjavan: Carrier) -> None:
    other = await start("carrier-adapter", database_url=adapter.database_url)
    there = Carrier(other.http, ninjavan.name, ninjavan.endpoint, ninjavan.key, ninjavan.scheme)
    await accepted_again(there)
    body = a_body()

    answers = [(await one.push(body)).json() for one in (ninjavan, there)]

    assert answers[0]["receipt"] == answers[1]["receipt"]
    assert [one["seen_before"] for one in answers] == [False, True]


@pytest.mark.usefixtures("_unhurried")
async def test_a20_an_id_that_another_instance_is_committing_contradicts_as_one_that_is_committed(
    adapter: Running,
) -> None:
    carrier = await known(adapter, "tiktok", "ship-by-tiktok")
    body = tiktok_body(tiktok_scan("TT-1", "arrived", adapter.service.clock.now()))
    async with adapter.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        first = "INSERT INTO message_ids (account, message_id, digest) VALUES ('tiktok', 'msg_1', '\\x00')"
        await connection.execute(first)
        pushing = asyncio.create_task(carrier.push(body, sign(carrier.scheme, carrier.key, body, message_id="msg_1")))

        async def its_commit_waits() -> bool:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(its_commit_waits)
        await holding.commit()
    answer = await pushing
    await adapter.quiet()

    said = await adapter.pool.fetch("SELECT subject, body FROM outbox")
    subjects = [row["subject"] for row in said if json.loads(row["body"]).get("push_id") == answer.json()["receipt"]]
    assert answer.status_code == 202
    assert subjects == ["scans.v1.quarantined"]
