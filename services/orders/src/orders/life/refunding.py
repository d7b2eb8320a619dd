"""What people and the payment system do about refunds (R13)."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from contracts.orders.v1 import Badge, Happening, OrderStatus
from orders.life import commands as c
from orders.life.cases import ComplaintState, Refund, RefundState
from orders.life.machine import Late, Machine
from orders.life.order import Order, chosen
from orders.life.outcome import Draft, Refusal
from orders.life.parcel import Parcel, badges_of
from orders.life.refunds import money, owe_what_came_back, refund_id_of, refundable_for

S = RefundState


class RefundTrigger(StrEnum):
    """What can happen to a refund."""

    APPROVE = "approve"  #: The seller agrees, or did not answer in time (D12).
    REFUSE = "refuse"
    FALL_DUE = "fall_due"  #: A rule owes it whatever the seller says.
    ISSUE = "issue"  #: The payment system has paid it out.


T = RefundTrigger

# fmt: off
REFUND: Final = Machine(
    "refund", S, T,
    MappingProxyType({
        (S.REQUESTED, T.APPROVE):  S.APPROVED,
        (S.REQUESTED, T.REFUSE):   S.REFUSED,
        (S.REQUESTED, T.FALL_DUE): S.DUE,
        (S.DUE,       T.ISSUE):    S.ISSUED,
        (S.APPROVED,  T.ISSUE):    S.ISSUED,
    }),
    frozenset({
        (S.APPROVED, T.APPROVE), (S.DUE, T.APPROVE), (S.ISSUED, T.APPROVE),
        (S.REFUSED, T.REFUSE),
        (S.DUE, T.FALL_DUE), (S.APPROVED, T.FALL_DUE), (S.ISSUED, T.FALL_DUE), (S.REFUSED, T.FALL_DUE),
        (S.ISSUED, T.ISSUE),
    }),
)
# fmt: on

#: R9: what a buyer may ask their money back for.
_ABNORMAL = frozenset({Badge.DELAYED, Badge.LOST, Badge.DAMAGED})


def _request_refund(draft: Draft, command: c.RequestRefund) -> Refusal | None:
    order = draft.order
    asked_for = chosen(order, command.parcels)
    if asked_for is None:
        return Refusal("the order has no such parcel", "parcels")
    numbers = tuple(parcel.number for parcel in asked_for)
    parcels = () if len(numbers) == len(order.parcels) else numbers
    refund_id = refund_id_of(order, "request", parcels)
    if asked := _refund(order, refund_id):
        refused = asked.state is RefundState.REFUSED
        return Refusal("this refund was asked for before, and refused") if refused else None
    if order.prepaid + order.collected <= 0:
        return Refusal("nothing was paid that could be given back")
    if order.status is not OrderStatus.CANCELLED and not all(_is_entitled(order, one) for one in asked_for):
        cases = "a parcel is delayed, lost or damaged, a complaint about it was upheld, or the order is cancelled"
        return Refusal(f"a refund can be asked for when {cases}")
    amount = refundable_for(order, numbers)
    if amount <= 0:
        return Refusal("what was paid is given back already, or on its way")
    refund = Refund(refund_id, "request", parcels, amount, RefundState.REQUESTED, command.reason, (), draft.now)
    draft.change(refunds=(*order.refunds, refund))
    draft.record("request_refund", {"refund": str(refund_id), "amount": str(amount)})
    fact = f"refund_requested:{refund_id}"
    draft.announce(Happening.REFUND_REQUESTED, fact, draft.now, amount=money(order, amount))
    return None


def _is_entitled(order: Order, parcel: Parcel) -> bool:
    upheld = any(one.state is ComplaintState.UPHELD and one.parcel in (None, parcel.number) for one in order.complaints)
    return upheld or bool(parcel.state.closed_at or _ABNORMAL.intersection(badges_of(parcel.state)))


def _decide_refund(draft: Draft, command: c.DecideRefund) -> Refusal | None:
    trigger = T.APPROVE if command.approve else T.REFUSE
    refund = _refund(draft.order, command.refund_id)
    if refund is None:
        return Refusal("the order has no such refund", "refund_id")
    moved = move_refund(draft, refund, trigger, command.reason)
    if moved and not command.approve:
        amount = money(draft.order, refund.amount)
        draft.announce(Happening.REFUND_REFUSED, f"refund_refused:{refund.id}", draft.now, amount=amount)
        owe_what_came_back(draft)
    return None


def _withdraw_refund(draft: Draft, command: c.WithdrawRefund) -> Refusal | None:
    """Whoever takes it back knows: nobody is told that it was refused."""
    refund = _refund(draft.order, command.refund_id)
    if refund is not None and refund.state is RefundState.REQUESTED:
        move_refund(draft, refund, T.REFUSE, command.reason)
        owe_what_came_back(draft)
    return None


def _issue_refund(draft: Draft, command: c.IssueRefund) -> Refusal | None:
    refund = _refund(draft.order, command.refund_id)
    if refund is None:
        return Refusal("the order has no such refund", "refund_id")
    if move_refund(draft, refund, T.ISSUE):
        amount = money(draft.order, refund.amount)
        draft.announce(Happening.REFUND_ISSUED, f"refund_issued:{refund.id}", draft.now, amount=amount)
    return None


def move_refund(draft: Draft, refund: Refund, trigger: RefundTrigger, reason: str | None = None) -> bool:
    """Move a refund; False where it is late, and nothing is done. Raises `IllegalTransition`."""
    outcome = REFUND.react(refund.state, trigger)
    if isinstance(outcome, Late):
        return False
    now = replace(refund, state=outcome.to, reason=reason or refund.reason)
    draft.change(refunds=tuple(now if one.id == refund.id else one for one in draft.order.refunds))
    draft.record(f"refund_{now.state}", {"refund": str(refund.id), "amount": str(refund.amount)})
    return True


def _collect(draft: Draft, command: c.CollectPayment) -> Refusal | None:
    if draft.order.prepaid + draft.order.collected + command.amount > draft.order.total:
        return Refusal("that is more than the order's total", "amount")
    draft.change(collected=draft.order.collected + command.amount)
    draft.record("collect_payment", {"amount": str(command.amount)})
    return None


def _refund(order: Order, refund_id: UUID) -> Refund | None:
    return next((refund for refund in order.refunds if refund.id == refund_id), None)


ACTS: dict[type, Callable[[Draft, Any], Refusal | None]] = {
    c.RequestRefund: _request_refund,
    c.DecideRefund: _decide_refund,
    c.WithdrawRefund: _withdraw_refund,
    c.IssueRefund: _issue_refund,
    c.CollectPayment: _collect,
}
