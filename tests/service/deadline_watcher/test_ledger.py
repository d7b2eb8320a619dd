"""The ledger: deadlines are set from what `orders` says, fire at once when due, never early, each epoch once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from contracts.deadlines.v1 import DeadlineKind as K
from contracts.orders.v1 import OrderState, OrderStatus
from deadline_watcher.watch import LOOK_AGAIN
from service.deadline_watcher.watching import Watch, changed, order_id
from support.servers import Broker
from support.services import Starter, run_tool
from unit.deadline_watcher.standing import at, seen, standing

D5 = 360.0  #: Hours.


def unseen(**facts: Any) -> OrderState:
    """Give an order that the seller marked shipped, and no carrier was seen with: D5 alone is ahead of it."""
    return standing(**{"shipped_at": 6, **facts})


async def test_a_deadline_fires_when_it_is_due_and_not_a_microsecond_before(watch: Watch) -> None:
    await watch.hear(unseen(version=4, policy={"version": 3}))

    watch.clock.set(at(D5) - timedelta(microseconds=1))
    await watch.settle()
    assert await watch.proposals() == []

    watch.clock.set(at(D5))
    [one] = await watch.until_proposed(1)

    assert (one.kind, one.rule, one.parcel, one.epoch) == (K.TRACKING_UPDATE, "D5", None, 1)
    assert (one.order_id, one.due_at, one.occurred_at) == (order_id(1), at(D5), at(D5))
    assert (one.policy_version, one.order_version) == (3, 4)
    assert one.rests_on == {
        "order.placed_at": "2026-03-02T08:00:00Z",
        "order.shipped_at": "2026-03-02T14:00:00Z",
        "order.updated_at": None,
        "order.first_physical_at": None,
        "order.cancelled_at": None,
    }


async def test_what_was_proposed_is_not_proposed_again(watch: Watch) -> None:
    await watch.hear(unseen())
    await watch.reach(D5)
    await watch.hear(unseen(version=2))
    await watch.reach(D5 + 100)

    assert await watch.proposed() == [(K.TRACKING_UPDATE, 1, D5)]


async def test_each_parcel_fires_for_itself(watch: Watch) -> None:
    await watch.hear(standing(seen(12), seen(30), tiktok=True, shipped_at=6, first_physical_at=12))
    await watch.reach(180)

    found = [(one.kind, one.parcel, one.due_at) for one in await watch.proposals()]
    assert found == [(K.DELIVERY_PERIOD, 1, at(156)), (K.DELIVERY_PERIOD, 2, at(174))]


@pytest.mark.parametrize(
    "cleared",
    [
        standing(seen(), version=2, shipped_at=6, first_physical_at=12),
        unseen(version=2, status=OrderStatus.CANCELLED, cancelled_at=20),
    ],
    ids=["first physical scan", "cancelled"],
)
async def test_a_deadline_ends_the_moment_its_clearing_fact_is_heard(watch: Watch, cleared: object) -> None:
    await watch.hear(unseen())
    await watch.reach(D5 - 1)
    await watch.hear(cleared)  # type: ignore[arg-type]
    await watch.reach(D5 + 1000)

    assert K.TRACKING_UPDATE not in [one.kind for one in await watch.proposals()]
    assert (await watch.ledger(1))["tracking_update"] == (1, "cleared")


async def test_a_changed_fact_makes_a_new_epoch_with_its_own_due_time(watch: Watch) -> None:
    await watch.hear(unseen())
    await watch.reach(359)
    await watch.hear(unseen(version=2, shipped_at=359))
    await watch.reach(430)
    assert await watch.proposals() == []

    await watch.reach(431)

    assert await watch.proposed() == [(K.TRACKING_UPDATE, 2, 431)]


async def test_a_fact_that_changes_after_the_proposal_makes_another_one(watch: Watch) -> None:
    await watch.hear(unseen())
    await watch.reach(D5)
    await watch.hear(unseen(version=2, shipped_at=358))
    await watch.reach(430)

    assert await watch.proposed() == [(K.TRACKING_UPDATE, 1, D5), (K.TRACKING_UPDATE, 2, 430)]


async def test_facts_that_come_back_are_proposed_again(watch: Watch) -> None:
    """A scan that voided a proposal on its way was corrected: what it cleared is due after all."""
    lost = standing(seen(lost_at=48), version=1, first_physical_at=12)
    await watch.hear(lost)
    await watch.reach(72)
    await watch.hear(standing(seen(moved_at=60), version=2, first_physical_at=12))
    await watch.hear(lost.model_copy(update={"version": 3}))
    await watch.reach(73)

    assert await watch.proposed() == [(K.ABNORMAL_GRACE, 1, 72), (K.ABNORMAL_GRACE, 2, 72)]


async def test_a_change_that_concerns_no_deadline_leaves_its_epoch(watch: Watch) -> None:
    await watch.hear(unseen())
    for version in (2, 3, 4):
        await watch.hear(unseen(version=version, status=OrderStatus.PROCESSED))

    assert await watch.ledger(1) == {"tracking_update": (1, "pending")}


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
async def test_an_older_version_that_comes_late_is_ignored(watch: Watch, together: bool) -> None:
    newest, older = standing(seen(), version=3, shipped_at=6, first_physical_at=12), unseen(version=2)
    if together:
        await watch.hear(newest, older)
    else:
        await watch.hear(newest)
        await watch.hear(older)
    await watch.reach(D5)

    assert K.TRACKING_UPDATE not in [one.kind for one in await watch.proposals()]


async def test_what_is_due_already_when_it_is_heard_fires_at_once(watch: Watch) -> None:
    """It does not wait until the watcher looks again by itself."""
    watch.clock.set(at(D5 + 50))
    await watch.settle()
    await watch.broker.say(changed(unseen()))

    assert len(await watch.until_proposed(1, within=LOOK_AGAIN / 2)) == 1


async def test_after_a_stop_what_came_due_meanwhile_fires_once(watch: Watch, start: Starter) -> None:
    await watch.hear(*(unseen(order_id=order_id(n)) for n in range(1, 6)))
    await watch.running.stop()
    watch.clock.set(at(D5 + 72))

    watch.running = await start("deadline-watcher", clock=watch.clock, database_url=watch.running.database_url)
    await watch.until_proposed(5)
    await watch.settle()

    assert sorted(one.order_id.int for one in await watch.proposals()) == [1, 2, 3, 4, 5]


async def test_more_than_fit_one_transaction_all_fire(watch: Watch) -> None:
    orders = range(1, 1202)
    await watch.broker.say(*(changed(unseen(order_id=order_id(n))) for n in orders))
    await watch.settle()
    await watch.reach(D5)

    assert sorted(one.order_id.int for one in await watch.proposals()) == list(orders)


async def test_two_watchers_on_one_ledger_propose_each_epoch_once(watch: Watch, start: Starter, broker: Broker) -> None:
    other = await start("deadline-watcher", clock=watch.clock, database_url=watch.running.database_url)
    orders = range(1, 301)
    await watch.hear(*(unseen(order_id=order_id(n)) for n in orders))
    await watch.reach(D5)
    await other.quiet()

    assert sorted(one.order_id.int for one in await watch.until_proposed(300)) == list(orders)


async def test_connections_that_were_cut_are_made_anew(watch: Watch) -> None:
    await watch.hear(unseen())
    await watch.running.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    watch.clock.set(at(D5))

    assert len(await watch.until_proposed(1)) == 1


async def test_the_tool_lists_what_is_ahead_of_an_order_and_why(watch: Watch) -> None:
    await watch.hear(standing(seen(lost_at=48), shipped_at=6, first_physical_at=12, promised_at=96))

    ran = await run_tool(
        "deadline-watcher", "deadlines", "list", "--order", str(order_id(1)), environment=watch.running.environment
    )

    lines = [json.loads(line) for line in ran.printed.splitlines()]
    assert [(line["kind"], line["state"], line["parcel"]) for line in lines] == [
        ("abnormal_grace", "pending", 1),
        ("delivery_period", "pending", 1),
    ]
    assert lines[0]["rests_on"]["parcel.lost_at"] == "2026-03-04T08:00:00Z"
