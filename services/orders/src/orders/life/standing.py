"""Where an order stands: its status follows its parcels and returns (RULES, "Order from its parcels")."""

from contracts.orders.v1 import OrderStatus, ReturnStatus
from orders.life.lifecycle import BEFORE_SHIPPED, Trigger, react
from orders.life.machine import Moved
from orders.life.order import Order, left_with_buyer
from orders.life.outcome import Draft
from orders.life.parcel import can_still_be_delivered, is_with_buyer


def follow(draft: Draft) -> None:
    """Move the order to where its parcels and returns are."""
    for trigger in follow_parcels(draft.order):
        outcome = react(draft.order.status, trigger)
        if isinstance(outcome, Moved):
            draft.change(status=outcome.to)


def follow_parcels(order: Order) -> list[Trigger]:
    """Say what parcels and returns do to the order's status. What was lost on its way back is not with the buyer."""
    states = [parcel.state for parcel in order.parcels]
    open_ones = any(can_still_be_delivered(state) for state in states)
    there = any(is_with_buyer(parcel.state) and left_with_buyer(order, parcel) for parcel in order.parcels)
    back = any(state.returned_at or state.lost_in_return_at for state in states) or any(
        one.status in (ReturnStatus.RECEIVED, ReturnStatus.LOST) for one in order.returns
    )
    steps = []
    if order.status in BEFORE_SHIPPED and order.shipped_at is not None:
        steps.append(Trigger.MOVED)
    if there and not open_ones:
        if order.status is not OrderStatus.DELIVERED:
            steps.append(Trigger.ARRIVED)
    elif back and not open_ones:
        if order.status is not OrderStatus.RETURNED:
            steps.append(Trigger.CAME_BACK)
    elif order.status in (OrderStatus.DELIVERED, OrderStatus.RETURNED):
        steps.append(Trigger.LEFT)
    return steps
