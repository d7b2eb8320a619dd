"""Whatever the facts are, no deadline is due before the least that its rule gives, and none is missing for ever."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.deadlines.v1 import DeadlineKind as K
from contracts.orders.v1 import Ask, AskKind, OrderState, OrderStatus, ParcelState, ReturnState, ReturnStatus
from deadline_watcher.deadlines import Deadline, deadlines_of
from unit.deadline_watcher.standing import a_return, an_ask, standing, still_holds

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PARCEL_FACTS = (
    *("collected_at", "first_physical_at", "moved_at", "delivered_at", "awaiting_signature_at", "returning_at"),
    *("returned_at", "delayed_at", "lost_at", "damaged_at", "closed_at"),
    *("handed_over_at", "pickup_asked_at", "disputed_at", "lost_in_return_at"),
)
ORDER_FACTS = ("promised_at", "shipped_at", "first_physical_at", "collected_at", "updated_at", "closed_at")

instants = st.one_of(st.integers(0, 500), st.floats(0, 500, allow_nan=False))
hours = st.one_of(st.none(), instants)
parcels = st.fixed_dictionaries(dict.fromkeys(PARCEL_FACTS, hours))
returns = st.builds(
    lambda status, **facts: (status, {name: hour for name, hour in facts.items() if hour is not None}),
    st.sampled_from([*ReturnStatus]),
    approved_at=hours,
    moved_at=hours,
    received_at=hours,
)


@st.composite
def orders(draw: st.DrawFn) -> OrderState:
    """Any combination of facts, also those that no order ever has."""
    kept: dict[str, Any] = {name: hour for name in ORDER_FACTS if (hour := draw(hours)) is not None}
    if draw(st.booleans()):
        kept["status"] = draw(st.sampled_from([*OrderStatus]))
    kept["disputed"] = draw(st.booleans())
    sent_back = draw(st.lists(returns, max_size=2))
    kept["returns"] = [a_return(status, 4 + n, **facts) for n, (status, facts) in enumerate(sent_back)]
    asked = draw(st.lists(st.tuples(st.sampled_from([*AskKind]), st.integers(0, 500)), max_size=2))
    kept["asks"] = [an_ask(kind, hour, n) for n, (kind, hour) in enumerate(asked)]
    policy = {
        "business_days": draw(st.booleans()),
        "zone": draw(st.sampled_from(["UTC", "America/New_York"])),
        "abnormal_cancels_ship_by_seller": draw(st.booleans()),
        "unsigned_becomes_delivered": draw(st.booleans()),
        "seller_update_clears_auto_cancel": draw(st.booleans()),
    }
    return standing(*draw(st.lists(parcels, min_size=1, max_size=3)), tiktok=draw(st.booleans()), policy=policy, **kept)


def least(state: OrderState, one: Deadline) -> Any:
    """Give the instant that no deadline of the kind may come before, from RULES' table."""
    parcel = next((p for p in state.parcels if p.number == one.parcel), ParcelState(number=0))
    sent: ReturnState | None = next((r for r in state.returns if r.parcel == one.parcel), None)
    ask: Ask | None = next((a for a in state.asks if a.id == one.ask), None)
    placed, shipped = state.placed_at, state.shipped_at or state.placed_at
    match one.kind:
        case K.SHIP_BY:
            return placed + 120 * HOUR
        case K.MARK_SHIPPED:
            return state.collected_at and state.collected_at + 48 * HOUR
        case K.RETURN_PARCEL:
            return sent and sent.approved_at and sent.approved_at + 14 * DAY
        case K.WAY_BACK:
            turned = (sent.moved_at or sent.approved_at) if sent else parcel.returning_at
            return turned and turned + 14 * DAY
        case K.ANSWER:
            return ask and ask.asked_at + (24 if ask.kind is AskKind.CANCELLATION else 48) * HOUR
        case K.COLLECTION:
            given = [at for at in (parcel.handed_over_at, parcel.pickup_asked_at) if at]
            return max(given) + 48 * HOUR
        case K.CLOSING:
            ends = [parcel.delivered_at, parcel.closed_at, parcel.returned_at, parcel.lost_in_return_at]
            ends += [parcel.awaiting_signature_at and parcel.awaiting_signature_at + 72 * HOUR]
            ends += [parcel.lost_at and parcel.lost_at + 24 * HOUR]
            return min(at for at in ends if at) + 30 * DAY
        case K.DELIVERY_PERIOD:
            seen = [at for at in (parcel.collected_at, parcel.first_physical_at, state.first_physical_at) if at]
            return state.promised_at or (parcel.collected_at or min(seen)) + 6 * DAY
        case K.ACKNOWLEDGMENT:
            return max(placed + 12 * DAY, shipped + 3 * DAY)
        case K.TRACKING_UPDATE:
            return max(placed + 15 * DAY, shipped + 3 * DAY if state.shipped_at else placed)
        case K.DELAY_GRACE:
            return parcel.delayed_at and parcel.delayed_at + 72 * HOUR
        case K.ABNORMAL_GRACE:
            return min(at for at in (parcel.lost_at, parcel.damaged_at) if at) + 24 * HOUR
        case K.SIGNATURE:
            return parcel.awaiting_signature_at and parcel.awaiting_signature_at + 72 * HOUR


@given(orders())
def test_no_deadline_is_due_before_its_rule_allows(state: OrderState) -> None:
    for one in deadlines_of(state):
        assert one.due_at >= least(state, one)


@given(orders())
def test_a_proposal_names_the_facts_as_the_orders_own_event_writes_them(state: OrderState) -> None:
    heard = OrderState.model_validate_json(state.model_dump_json(exclude_none=True))

    for one in deadlines_of(heard):
        assert one.rests_on
        assert still_holds(one, heard)
        assert json.loads(json.dumps(one.rests_on)) == one.rests_on


@given(orders())
def test_there_is_one_deadline_of_a_kind_parcel_and_question_at_most(state: OrderState) -> None:
    names = [(one.kind, one.parcel, one.ask) for one in deadlines_of(state)]

    assert len(names) == len(set(names))


@st.composite
def open_orders(draw: st.DrawFn) -> OrderState:
    """Any order with a parcel that may still come, neither Lost nor Delayed: what comes of D7 and D9 is the policy's.

    It is Shipped if it was seen: a seller who marks nothing is reminded by D1.
    """
    facts, may_come = {}, {}
    if draw(st.booleans()):
        may_come["damaged_at"] = draw(instants)
    if draw(st.booleans()):
        facts["shipped_at"] = draw(instants)
    if "shipped_at" in facts and draw(st.booleans()):
        facts["first_physical_at"] = draw(instants)
        names = draw(st.sets(st.sampled_from(["collected_at", "first_physical_at", "moved_at"])))
        may_come |= {name: draw(instants) for name in names}
    tiktok = draw(st.booleans())
    return standing(may_come, *draw(st.lists(parcels, max_size=2)), tiktok=tiktok, policy=None, **facts)


@given(open_orders())
def test_an_order_with_a_parcel_that_may_still_come_has_a_deadline_ahead(state: OrderState) -> None:
    assert [one for one in deadlines_of(state) if one.parcel in (None, 1)]
