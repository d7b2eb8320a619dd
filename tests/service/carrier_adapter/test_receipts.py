"""Receipts: what became of each scan of a push, for the carrier who sent it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from service.carrier_adapter.both import Both, both_at_work, crow, scan
from support.servers import Servers
from support.waiting import eventually


@pytest.fixture(scope="module")
async def both(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    """Both services at work, for all tests of this module."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    async with both_at_work(servers, tmp_path_factory.mktemp("both"), now) as both:
        yield both


async def test_it_says_for_each_scan_what_became_of_it_and_why(both: Both) -> None:
    at = both.clock.advance(hours=1)
    await both.place("CR-1")
    other: str = (await both.shop.place())["id"]
    await both.shop.bind(other, "CR-2", "Ninja Van")
    old = at - timedelta(days=3)

    receipt = await both.push(
        crow(
            scan("cr 1", "GO", at),
            scan("CR-1", "GO", at),
            scan("CR-9", "GO", at),
            scan("CR-2", "GO", at),
            scan("CR-1", "OUT", old),
            scan("CR-1", "WHAT", at),
            scan("CR-1", "GO", at) | {"at": "yesterday"},
            scan("", "GO", at),
        )
    )

    found = await both.receipt(receipt)
    assert (found["receipt"], found["state"], found["received_at"]) == (receipt, "read", at.isoformat()[:-6] + "Z")
    assert [(one["record"], one["outcome"], one["reason"]) for one in found["scans"]] == [
        (0, "applied", None),
        (1, "duplicate", None),
        (2, "unmatched", None),
        (3, "refused", "mix_up"),
        (4, "refused", "stale_binding"),
        (5, "quarantined", "unmapped_code"),
        (6, "quarantined", "bad_time"),
        (7, "quarantined", "no_tracking_number"),
    ]
    assert found["counts"] == {
        "applied": 1,
        "duplicate": 1,
        "unmatched": 1,
        "refused": 2,
        "quarantined": 3,
    }
    assert found["scans"][0]["tracking_number"] == "cr 1"  # as they write it
    assert found["scans"][5]["code"] == "WHAT"
    assert all(one["explanation"].endswith(".") for one in found["scans"])


async def test_a_corrected_scan_is_superseded(both: Both) -> None:
    at = both.clock.advance(hours=1)
    first = await both.push(crow(scan("CR-20", "GO", at)))
    [record] = (await both.receipt(first))["scans"]
    await both.orders.pool.execute(
        "UPDATE scans SET status = 'picked_up' WHERE scan_id = $1", UUID(record["scan_id"])
    )  # as if the mapping had meant something else

    second = await both.push(crow(scan("CR-20", "GO", at)))

    assert (await both.outcomes(first), await both.outcomes(second)) == (["superseded"], ["unmatched"])


async def test_what_an_order_claims_later_is_applied_on_the_same_receipt(both: Both) -> None:
    receipt = await both.push(crow(scan("CR-30", "GO", both.clock.advance(hours=1))))
    assert await both.outcomes(receipt) == ["unmatched"]

    await both.place("CR-30")
    await both.quiet()

    assert await both.outcomes(receipt) == ["applied"]


async def test_until_orders_has_judged_them_scans_are_waiting(both: Both) -> None:
    async with both.orders.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(7232101)")  # nothing can be judged while this is held
        answer = await both.carrier.push(crow(scan("CR-40", "GO", both.clock.now), scan("CR-41", "GO", both.clock.now)))
        receipt = answer.json()["receipt"]

        async def is_read() -> bool:
            return bool((await both.receipt(receipt))["state"] == "read")

        await eventually(is_read)
        found = await both.receipt(receipt)
        assert [one["outcome"] for one in found["scans"]] == ["waiting", "waiting"]
        assert found["counts"] == {"waiting": 2}
    await both.quiet()

    assert await both.outcomes(receipt) == ["unmatched", "unmatched"]


async def test_a_push_without_scans_says_so(both: Both) -> None:
    found = await both.receipt(await both.push(crow()))

    assert (found["state"], found["scans"], found["counts"]) == ("read", [], {})
    assert found["note"]


async def test_a_push_that_was_sent_before_has_the_receipt_of_the_first(both: Both) -> None:
    body = crow(scan("CR-50", "GO", both.clock.advance(hours=1)))
    first = await both.push(body)

    assert await both.push(body) == first
    assert await both.outcomes(first) == ["unmatched"]
    second = await both.adapter.pool.fetchval("SELECT id FROM pushes WHERE first_id = $1 AND id <> $1", UUID(first))
    assert (await both.receipt(str(second)))["receipt"] == first


async def test_nobody_else_can_read_it(both: Both) -> None:
    receipt = await both.push(crow(scan("CR-60", "GO", both.clock.now)))
    other = await both.admin.add("ninjavan-too", "ninjavan-webhook", "ninjavan")

    async def status(path: str) -> int:
        return (await both.adapter.http.get(path)).status_code

    assert await status(f"{other.path}/receipts/{receipt}") == 404
    assert await status(f"/v1/feeds/unknown/receipts/{receipt}") == 404
    assert await status(f"{both.carrier.path}/receipts/{uuid4()}") == 404
    assert await status(f"{both.carrier.path}/receipts/nonsense") == 422


async def test_it_holds_nothing_of_an_order(both: Both) -> None:
    order_id = await both.place("CR-70")
    receipt = await both.push(crow(scan("CR-70", "GO", both.clock.now)))

    assert order_id not in str(await both.receipt(receipt))


async def test_a_receipt_is_kept_for_30_days_and_then_says_that_it_is_gone(both: Both) -> None:
    receipt = await both.push(
        crow(scan("CR-80", "GO", both.clock.advance(hours=1)), scan("CR-81", "WHAT", both.clock.now))
    )
    await both.adapter.pool.execute("UPDATE pushes SET sealed = NULL WHERE id = $1", UUID(receipt))

    both.clock.advance(days=30)
    found = await both.receipt(receipt)
    assert [(one["outcome"], one["tracking_number"], one["code"]) for one in found["scans"]] == [
        ("unmatched", None, None),
        ("quarantined", None, "WHAT"),
    ]

    both.clock.advance(seconds=1)
    answer = await both.adapter.http.get(f"{both.carrier.path}/receipts/{receipt}")
    assert (answer.status_code, "30 days" in answer.json()["detail"]) == (410, True)
