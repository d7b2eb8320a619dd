"""The operator's tools: shops, policies and the books."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts.orders.v1 import OrderChanged, PolicyPublished
from orders.shops.register import set_policy
from service.orders.conftest import Api
from support.scans import reported
from support.selling import Seller
from support.services import Ran, Running, run_tool


@pytest.fixture
def orders(api: Api) -> Running:
    """The `orders` whose tools these are."""
    return api.running


async def tool(running: Running, *words: str) -> Ran:
    return await run_tool("orders", *words, environment=running.environment)


async def add_shop(running: Running, *words: str) -> dict[str, Any]:
    ran = await tool(running, "shops", "add", "--name", "Blue shop", "--email", "seller@example.com", *words)
    assert ran.status == 0, ran.printed
    made: dict[str, Any] = json.loads(ran.printed)
    return made


async def test_a_shop_that_was_added_can_sell_with_the_key_that_was_printed(orders: Running) -> None:
    made = await add_shop(orders, "--zone", "Asia/Singapore")

    order = await Seller(orders.http, made["shop_id"], made["api_key"]).place()

    assert order["policy_version"] == 1
    assert made["webhook_secret"].startswith("whsec_")


async def test_each_shop_has_a_key_of_its_own(orders: Running) -> None:
    one, other = await add_shop(orders), await add_shop(orders)

    assert one["api_key"] != other["api_key"]
    assert one["shop_id"] != other["shop_id"]


@pytest.mark.parametrize("zone", ["SGT", "+08:00", "Mars/X", ""])
async def test_a_shop_s_zone_is_an_iana_zone(orders: Running, zone: str) -> None:
    ran = await tool(orders, "shops", "add", "--name", "Shop", "--email", "s@example.com", "--zone", zone)

    assert (ran.status, ran.printed) == (2, f"{zone} is no IANA time zone: write it like Asia/Singapore\n")


async def test_a_policy_gets_a_new_version_and_older_orders_keep_theirs(api: Api, orders: Running) -> None:
    made = await add_shop(orders)
    seller = Seller(orders.http, made["shop_id"], made["api_key"])
    before = await seller.place()

    ran = await tool(orders, "policy", "set", "--shop", made["shop_id"], "auto_cancel_days=20", "zone=Asia/Bangkok")
    after = await seller.place()
    again = await tool(orders, "policy", "set", "--shop", made["shop_id"], "attempts_before_lost=3")

    assert ran.status == 0
    assert json.loads(ran.printed)["auto_cancel_days"] == 20
    assert (before["policy_version"], after["policy_version"]) == (1, 2)
    assert (await seller.order(before["id"]))["policy_version"] == 1
    third = json.loads(again.printed)
    assert (third["version"], third["auto_cancel_days"], third["attempts_before_lost"]) == (3, 20, 3)

    await orders.quiet()
    said = await api.broker.said("ORDERS")
    shop_id = UUID(made["shop_id"])
    published = [event.policy for event in said if isinstance(event, PolicyPublished) and event.shop_id == shop_id]
    assert [(one.version, one.auto_cancel_days) for one in published] == [(1, 15), (2, 20), (3, 20)]
    changed = [event.state for event in said if isinstance(event, OrderChanged)]
    pinned = [state.policy for state in changed if state.shop_id == shop_id]
    assert [(one.version, one.auto_cancel_days) for one in pinned] == [(1, 15), (2, 20)]


async def test_a_policy_can_come_from_a_file(orders: Running, tmp_path: Path) -> None:
    made = await add_shop(orders)
    file = tmp_path / "policy.json"
    file.write_text('{"delivery_period_hours_by_service": {"EXPRESS": 48}, "collection_marks_shipped": true}')

    ran = await tool(orders, "policy", "set", "--shop", made["shop_id"], "--file", str(file))

    policy = json.loads(ran.printed)
    assert policy["delivery_period_hours_by_service"] == {"EXPRESS": 48}
    assert policy["collection_marks_shipped"] is True


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("auto_cancel=20", "a policy has no auto_cancel: it has "),
        ("version=9", "a policy has no version: it has "),
        ("auto_cancel_days=0", "auto_cancel_days: Input should be greater than 0"),
        ("auto_cancel_days=soon", "auto_cancel_days: Input should be a valid integer"),
        ("reminder_at=25:00", "reminder_at: Input should be in a valid time format"),
    ],
)
async def test_a_policy_that_cannot_be_is_refused_in_one_sentence(orders: Running, change: str, sentence: str) -> None:
    made = await add_shop(orders)

    ran = await tool(orders, "policy", "set", "--shop", made["shop_id"], change)

    assert ran.status == 2
    assert ran.printed.startswith(sentence)
    assert ran.printed.count("\n") == 1
    versions = "SELECT max(version) FROM policies WHERE shop_id = $1"
    assert await orders.pool.fetchval(versions, UUID(made["shop_id"])) == 1


@pytest.mark.parametrize("content", ["{", "[]", '"x"', None])
async def test_a_policy_file_that_is_none_is_refused_in_one_sentence(
    orders: Running, tmp_path: Path, content: str | None
) -> None:
    made = await add_shop(orders)
    file = tmp_path / "policy.json"
    if content is not None:
        file.write_text(content)

    ran = await tool(orders, "policy", "set", "--shop", made["shop_id"], "--file", str(file))

    assert ran.status == 2
    assert ran.printed.startswith(f"{file} ")
    assert ran.printed.count("\n") == 1


async def test_a_shop_that_is_not_there_gets_no_policy(orders: Running) -> None:
    nobody = "01234567-89ab-4cde-8f01-23456789abcd"

    ran = await tool(orders, "policy", "set", "--shop", nobody, "auto_cancel_days=20")

    assert (ran.status, ran.printed) == (2, f"there is no shop {nobody}: `orders shops add` prints a shop's id\n")


async def test_a_zone_that_is_none_is_refused_in_a_policy_too(orders: Running) -> None:
    made = await add_shop(orders)

    ran = await tool(orders, "policy", "set", "--shop", made["shop_id"], "zone=Mars/X")

    assert ran.status == 2
    assert ran.printed == "Mars/X is no IANA time zone: write it like Asia/Singapore\n"


async def test_two_policies_that_are_set_at_once_are_two_versions(orders: Running) -> None:
    made = await add_shop(orders)

    ran = await asyncio.gather(
        *(_set_in_process(made["shop_id"], orders, days) for days in (20, 30, 40)),
    )

    assert sorted(ran) == [2, 3, 4]


async def _set_in_process(shop_id: str, orders: Running, days: int) -> int:
    async with orders.service.transaction() as tx:
        return (await set_policy(tx, UUID(shop_id), {"auto_cancel_days": days})).version


async def test_the_books_are_printed_as_one_json_object(api: Api, orders: Running) -> None:
    at = orders.service.clock.now()
    await api.broker.say(reported("NV-404", "in_transit", at), reported("NV-404", "in_transit", at))
    await orders.quiet()

    ran = await tool(orders, "books")

    assert ran.status == 0
    assert json.loads(ran.printed) == {
        "applied": 0,
        "duplicate": 1,
        "superseded": 0,
        "unmatched": 1,
        "quarantined": 0,
        "refused": 0,
        "accepted": 2,
    }
