"""Each deadline goes through the ledger and out, at its instant and with its reasons. Hours count from placement."""

import json
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from contracts.deadlines.v1 import RULE
from contracts.deadlines.v1 import DeadlineKind as K
from contracts.orders.v1 import AskKind, OrderState, OrderStatus, ReturnStatus
from service.deadline_watcher.watching import Watch, order_id
from support.services import Starter, run_tool
from unit.deadline_watcher.standing import a_return, an_ask, at, seen, standing

SHIPPED: dict[str, Any] = {"shipped_at": 6, "first_physical_at": 12, "collected_at": 12}
DELIVERED = {**SHIPPED, "status": OrderStatus.DELIVERED}
CANCELLED = {**SHIPPED, "status": OrderStatus.CANCELLED, "cancelled_at": 90}
EXPECTED, ON_ITS_WAY = (
    a_return(ReturnStatus.EXPECTED, approved_at=100),
    a_return(ReturnStatus.IN_TRANSIT, approved_at=100, moved_at=120),
)
REFUND, CANCELLATION = an_ask(AskKind.REFUND, 60), an_ask(AskKind.CANCELLATION, 60, 2)
WINDOW = 30 * 24.0

CASES: list[tuple[OrderState, K, int | None, float]] = [
    (standing(), K.SHIP_BY, None, 120),
    (standing(seen(), tiktok=True, collected_at=12, first_physical_at=12), K.MARK_SHIPPED, None, 60),
    (standing(updated_at=40, shipped_at=6), K.TRACKING_UPDATE, None, 400),
    (standing({"handed_over_at": 20}), K.COLLECTION, 1, 68),
    (standing(seen(delivered_at=90), returns=[EXPECTED], **DELIVERED), K.RETURN_PARCEL, 2, 436),
    (standing(seen(delivered_at=90), returns=[ON_ITS_WAY], **DELIVERED), K.WAY_BACK, 2, 456),
    (standing(seen(returning_at=100), **CANCELLED), K.WAY_BACK, 1, 436),
    (standing(seen(lost_at=50), asks=[REFUND], **CANCELLED), K.ANSWER, None, 108),
    (standing(seen(delivered_at=90), **DELIVERED), K.CLOSING, 1, 90 + WINDOW),
]


@pytest.mark.parametrize(
    ("state", "kind", "parcel", "hour"), CASES, ids=[f"{RULE[kind]} of {state.status}" for state, kind, *_ in CASES]
)
async def test_a_deadline_is_said_when_it_is_due_and_not_a_second_before(
    watch: Watch, state: OrderState, kind: K, parcel: int | None, hour: float
) -> None:
    await watch.hear(state)
    watch.clock.set(at(hour) - timedelta(seconds=1))
    await watch.settle()
    assert kind not in [one.kind for one in await watch.proposals()]

    await watch.reach(hour)

    [one] = [said for said in await watch.proposals() if said.kind is kind]
    assert (one.rule, one.parcel, one.due_at, one.occurred_at) == (RULE[kind], parcel, at(hour), at(hour))
    assert one.rests_on


async def test_each_question_has_a_deadline_of_its_own_that_ends_with_its_answer(watch: Watch) -> None:
    before = standing(seen(), asks=[REFUND, CANCELLATION], **SHIPPED)
    await watch.hear(before)
    await watch.reach(84)

    [first] = await watch.proposals()
    assert (first.kind, first.ask, first.parcel, first.due_at) == (K.ANSWER, CANCELLATION.id, None, at(84))
    assert first.rests_on == {"ask.kind": "cancellation", "ask.asked_at": "2026-03-04T20:00:00Z"}

    await watch.hear(before.model_copy(update={"version": 2, "asks": [CANCELLATION]}))
    await watch.reach(200)

    assert [one.ask for one in await watch.proposals()] == [CANCELLATION.id]


async def test_two_questions_of_the_same_instant_are_both_proposed_once(watch: Watch, start: Starter) -> None:
    other = await start("deadline-watcher", clock=watch.clock, database_url=watch.running.database_url)
    asks = [an_ask(AskKind.REFUND, 60, number) for number in range(1, 6)]
    await watch.hear(standing(seen(), asks=asks, **SHIPPED))
    await watch.reach(108)
    await other.quiet()

    said = await watch.proposals()
    assert sorted(str(one.ask) for one in said) == sorted(str(one.id) for one in asks)
    assert {one.epoch for one in said} == {1}


async def test_a_cancellation_ends_the_order_and_not_what_is_on_its_way_back_or_asked_for(watch: Watch) -> None:
    parcels = [seen(returning_at=100), seen(damaged_at=95)]
    await watch.hear(standing(*parcels, asks=[REFUND], **SHIPPED))
    await watch.hear(standing(*parcels, asks=[REFUND], version=2, **CANCELLED))
    await watch.reach(2000)

    assert await watch.proposed() == [(K.ANSWER, 1, 108), (K.WAY_BACK, 1, 436)]


async def test_no_digest_names_an_order_of_which_the_seller_recorded_an_update(watch: Watch) -> None:
    """R23 clears D6."""
    await watch.hear(standing(), standing(order_id=order_id(2)))
    await watch.hear(standing(version=2, updated_at=5))
    await watch.reach(25)

    [digest] = await watch.digests()
    assert digest.order_ids == [order_id(2)]


async def test_what_the_ledger_had_before_questions_had_deadlines_stays_as_it_was(watch: Watch, start: Starter) -> None:
    """The second migration, on a ledger of the first."""
    await watch.hear(standing(shipped_at=6))
    await watch.reach(360)
    await watch.running.stop()
    connection = await asyncpg.connect(watch.running.database_url)
    await connection.execute("ALTER TABLE deadlines DROP COLUMN ask, ADD PRIMARY KEY (order_id, parcel, kind)")
    await connection.execute("ALTER TABLE proposed DROP COLUMN ask, ADD PRIMARY KEY (order_id, parcel, kind, epoch)")
    await connection.execute("DELETE FROM migrations WHERE package = 'deadline_watcher' AND name LIKE '0002_%'")
    await connection.close()

    watch.running = await start("deadline-watcher", clock=watch.clock, database_url=watch.running.database_url)
    await watch.hear(standing(shipped_at=6, version=2))
    await watch.reach(400)
    assert await watch.proposed() == [(K.TRACKING_UPDATE, 1, 360)]

    await watch.hear(standing(shipped_at=350, version=3))
    await watch.reach(430)
    assert await watch.proposed() == [(K.TRACKING_UPDATE, 1, 360), (K.TRACKING_UPDATE, 2, 422)]


async def test_the_tool_says_which_question_a_deadline_is_about(watch: Watch) -> None:
    await watch.hear(standing(seen(lost_at=48), asks=[REFUND], **SHIPPED))

    ran = await run_tool(
        "deadline-watcher", "deadlines", "list", "--order", str(order_id(1)), environment=watch.running.environment
    )

    lines = [json.loads(line) for line in ran.printed.splitlines()]
    assert [(line["kind"], line["ask"]) for line in lines] == [("abnormal_grace", None), ("answer", str(REFUND.id))]
