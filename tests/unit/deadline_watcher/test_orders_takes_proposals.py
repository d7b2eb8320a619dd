"""What the watcher proposes, `orders` applies; and drops, once a fact that it rests on has changed."""

from collections.abc import Callable
from uuid import UUID

import pytest

from contracts.deadlines.v1 import RULE, DeadlineDue, DeadlineKind
from contracts.orders.v1 import Happening, OrderState, OrderStatus, ReturnStatus
from deadline_watcher.deadlines import deadlines_of
from orders.life import commands as c
from orders.life.cases import ComplaintKind
from orders.life.decide import judge
from orders.life.order import state_of
from support.orders import CARRIER, Life, at, handed_over, scan, shipped

RETURN = UUID(int=7)


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
        ask=found.ask,
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


def collected() -> Life:
    life = handed_over(tiktok=True)
    life.see(scan(12, "picked_up", "collected"))
    return life


def given() -> Life:
    life = handed_over()
    life.do(c.HandOver(1, CARRIER, None, "intact"), hour=8)
    return life


def there() -> Life:
    life = moving()
    life.see(scan(48, "delivered"))
    return life


def sent_back(*more: c.Command) -> Life:
    life = there()
    life.do(c.AskReturn(RETURN, 1, (("SKU-1", 1),), "too small"), *more, hour=50)
    return life


def return_expected() -> Life:
    return sent_back(c.DecideReturn(RETURN, True, "in its box"), c.SendReturn(RETURN, CARRIER, "R1"))


def return_moving() -> Life:
    life = return_expected()
    life.see(scan(60, "in_transit"), parcel=2)
    return life


def turned_back() -> Life:
    life = moving()
    life.see(scan(48, "returning"))
    return life


def to_be_cancelled() -> Life:
    life = handed_over()
    life.do(c.Cancel("buyer", "too late"), hour=8)
    return life


def told(*happenings: Happening) -> Callable[[Life], bool]:
    return lambda life: set(happenings) <= set(life.happenings)


def is_return(status: ReturnStatus) -> Callable[[Life], bool]:
    return lambda life: [one.status for one in life.order.returns] == [status]


def applied_to_way_back(life: Life) -> bool:
    return life.parcel.lost_in_return_at is not None


def closed(life: Life) -> bool:
    return life.order.closed_at is not None and delivered(life)


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

#: Those that a signature does not clear, each with what does.
MORE: list[tuple[DeadlineKind, Callable[[], Life], Callable[[Life], bool], Callable[[Life], object]]] = [
    (DeadlineKind.SHIP_BY, handed_over, told(Happening.SHIP_OVERDUE), lambda life: life.do(c.Ship(), hour=100)),
    (
        DeadlineKind.MARK_SHIPPED,
        collected,
        told(Happening.MARK_SHIPPED_OVERDUE),
        lambda life: life.see(scan(20, "in_transit")),
    ),
    (
        DeadlineKind.COLLECTION,
        given,
        told(Happening.COLLECTION_OVERDUE),
        lambda life: life.see(scan(20, "picked_up")),
    ),
    (
        DeadlineKind.RETURN_PARCEL,
        return_expected,
        is_return(ReturnStatus.LAPSED),
        lambda life: life.see(scan(60, "picked_up"), parcel=2),
    ),
    (
        DeadlineKind.WAY_BACK,
        return_moving,
        is_return(ReturnStatus.LOST),
        lambda life: life.do(c.ReceiveReturn(RETURN, ()), hour=90),
    ),
    (
        DeadlineKind.WAY_BACK,
        turned_back,
        applied_to_way_back,
        lambda life: life.see(scan(90, "returned")),
    ),
    (
        DeadlineKind.ANSWER,
        sent_back,
        is_return(ReturnStatus.EXPECTED),
        lambda life: life.do(c.DecideReturn(RETURN, False, "it was worn"), hour=60),
    ),
    (
        DeadlineKind.ANSWER,
        to_be_cancelled,
        cancelled,
        lambda life: life.do(c.DecideRequest(life.order.requests[0].id, False, "it is packed"), hour=9),
    ),
    (
        DeadlineKind.CLOSING,
        there,
        closed,
        lambda life: life.do(c.Complain(UUID(int=8), ComplaintKind.DAMAGED, 1, "look"), hour=60),
    ),
]
MORE_NAMES = [f"{RULE[kind]}-{n}" for n, (kind, *_) in enumerate(MORE)]


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


@pytest.mark.parametrize(("kind", "live", "is_applied", "clear"), MORE, ids=MORE_NAMES)
def test_what_is_proposed_of_the_rest_is_applied(
    kind: DeadlineKind, live: Callable[[], Life], is_applied: Callable[[Life], bool], clear: Callable[[Life], object]
) -> None:
    life = live()
    proposal = proposed(life, kind)
    assert not is_applied(life)

    outcome = life.take(judge(life.order, proposal, proposal.due_at))

    assert not [step for step in outcome.steps if "dropped" in step.cause]
    assert is_applied(life)


@pytest.mark.parametrize(("kind", "live", "is_applied", "clear"), MORE, ids=MORE_NAMES)
def test_what_is_proposed_of_the_rest_is_dropped_once_it_was_cleared(
    kind: DeadlineKind, live: Callable[[], Life], is_applied: Callable[[Life], bool], clear: Callable[[Life], object]
) -> None:
    life = live()
    proposal = proposed(life, kind)
    clear(life)

    outcome = life.take(judge(life.order, proposal, proposal.due_at))

    assert [step.cause["dropped"] for step in outcome.steps]
    assert not is_applied(life)
