"""What the watcher proposes, `orders` applies; and drops, once a fact that it rests on has changed."""

from collections.abc import Callable
from uuid import UUID

import pytest

from contracts.deadlines.v1 import RULE, DeadlineDue, DeadlineKind
from contracts.orders.v1 import OrderState, OrderStatus
from deadline_watcher.deadlines import deadlines_of
from orders.life.decide import judge
from orders.life.order import state_of
from support.orders import Life, at, scan, shipped


def proposed(life: Life, kind: DeadlineKind) -> DeadlineDue:
    """Give what the watcher proposes after it has read of an order in its event."""
    heard = OrderState.model_validate_json(state_of(life.order).model_dump_json(exclude_none=True))
    found = next(one for one in deadlines_of(heard) if one.kind is kind)
    return DeadlineDue(
        event_id=UUID(int=9),
        occurred_at=found.due_at,
        kind=kind,
        rule=RULE[kind],
        order_id=heard.order_id,
        shop_id=heard.shop_id,
        parcel=found.parcel,
        due_at=found.due_at,
        epoch=1,
        policy_version=heard.policy.version,
        order_version=heard.version,
        rests_on=found.rests_on,
    )


def moving(*, tiktok: bool = False, promised: float | None = None) -> Life:
    life = shipped(tiktok=tiktok, promised=promised)
    life.see(scan(12, "picked_up", "collected"), scan(24, "in_transit", "moving"))
    return life


def late() -> Life:
    life = moving(tiktok=True)
    life.due(DeadlineKind.DELIVERY_PERIOD, 156)
    return life


def damaged() -> Life:
    life = moving()
    life.see(scan(48, "damaged"))
    return life


def unsigned() -> Life:
    life = moving(tiktok=True)
    life.see(scan(54, "delivered", "recipient"))
    return life


def applied_to_delay(life: Life) -> bool:
    return life.parcel.delayed_at is not None


def applied_to_loss(life: Life) -> bool:
    return life.parcel.lost_at is not None


def cancelled(life: Life) -> bool:
    return life.order.status is OrderStatus.CANCELLED


def delivered(life: Life) -> bool:
    return life.order.status is OrderStatus.DELIVERED


CASES = [
    (DeadlineKind.DELIVERY_PERIOD, lambda: moving(promised=96), applied_to_delay),
    (DeadlineKind.DELIVERY_PERIOD, lambda: moving(tiktok=True), applied_to_delay),
    (DeadlineKind.ACKNOWLEDGMENT, moving, applied_to_loss),
    (DeadlineKind.TRACKING_UPDATE, shipped, cancelled),
    (DeadlineKind.DELAY_GRACE, late, cancelled),
    (DeadlineKind.ABNORMAL_GRACE, damaged, cancelled),
    (DeadlineKind.SIGNATURE, unsigned, delivered),
]
NAMES = [f"{RULE[kind]}-{n}" for n, (kind, *_) in enumerate(CASES)]


@pytest.mark.parametrize(("kind", "live", "is_applied"), CASES, ids=NAMES)
def test_a_proposal_whose_facts_hold_is_applied(
    kind: DeadlineKind, live: Callable[[], Life], is_applied: Callable[[Life], bool]
) -> None:
    life = live()
    proposal = proposed(life, kind)

    outcome = life.take(judge(life.order, proposal, proposal.due_at))

    assert not [step for step in outcome.steps if "dropped" in step.cause]
    assert is_applied(life)


@pytest.mark.parametrize(("kind", "live", "is_applied"), CASES, ids=NAMES)
def test_a_proposal_is_dropped_when_the_parcel_was_signed_for_meanwhile(
    kind: DeadlineKind, live: Callable[[], Life], is_applied: Callable[[Life], bool]
) -> None:
    life = live()
    proposal = proposed(life, kind)
    life.see(scan(60, "delivered", "signed", signed=True), hour=400)

    outcome = life.take(judge(life.order, proposal, at(401)))

    assert [step.cause["dropped"] for step in outcome.steps]
    assert delivered(life)
