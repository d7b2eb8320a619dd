"""Requests to change an order or to call it off (R10, R11, R25): asked for, applied or refused."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.orders.v1 import Happening, OrderStatus
from orders.life import commands as c
from orders.life.cancelling import cancel
from orders.life.cases import Request, RequestKind, RequestState
from orders.life.lifecycle import BEFORE_SHIPPED, Trigger, react
from orders.life.machine import Late, Machine, Moved
from orders.life.order import Line, Order, next_number
from orders.life.outcome import Draft, Refusal
from orders.life.parcel import DerivedMark, Mark, Parcel
from orders.life.preparing import void_labels, was_handed_over
from orders.life.refunds import money, owe_what_is_overpaid
from orders.life.repacking import pack_anew

S = RequestState


class RequestTrigger(StrEnum):
    """What can happen to a request."""

    APPLY = "apply"
    REFUSE = "refuse"


T = RequestTrigger

# fmt: off
REQUEST: Final = Machine(
    "request", S, T,
    MappingProxyType({
        (S.REQUESTED, T.APPLY):  S.APPLIED,
        (S.REQUESTED, T.REFUSE): S.REFUSED,
    }),
    frozenset({(S.APPLIED, T.APPLY), (S.REFUSED, T.REFUSE)}),
)
# fmt: on

MOST = 50  #: Requests that one order keeps; who asks more often is refused without a record of it.


def _change_address(draft: Draft, command: c.ChangeAddress) -> Refusal | None:
    """R10: until Shipped; a printed label is void."""
    order = draft.order
    wrong = f"the order is {order.status}" if order.status not in BEFORE_SHIPPED else None
    if wrong is None and any(was_handed_over(parcel) for parcel in order.parcels):
        wrong = "a carrier has a parcel already"
    if wrong is not None:
        return _refuse(draft, command, RequestKind.ADDRESS, f"{wrong}: its address stays as it is")
    void = void_labels(draft)
    _add(draft, command.request_id, RequestKind.ADDRESS, S.APPLIED, command.by)
    draft.record("change_address", {"request": str(command.request_id), "by": command.by, "void_labels": void})
    _tell(draft, Happening.CHANGE_APPLIED, command.request_id, what="address", by=command.by)
    return None


def _modify(draft: Draft, command: c.Modify) -> Refusal | None:
    """R11: within the shop's window and before Processed (policy: until Shipped); stock moves with it."""
    wrong = _why_not(draft.order, draft.now, command.lines, command.short)
    if wrong is not None:
        return _refuse(draft, command, RequestKind.LINES, wrong)
    request = _add(draft, command.request_id, RequestKind.LINES, S.APPLIED, command.by)
    _apply_lines(draft, request, command.lines, command.paid)
    return None


def _wish(draft: Draft, command: c.WishModification) -> Refusal | None:
    wrong = _why_not(draft.order, draft.now, draft.order.lines, ())
    if wrong is not None:
        return _refuse(draft, command, RequestKind.LINES, wrong)
    _add(draft, command.request_id, RequestKind.LINES, S.REQUESTED, "buyer", command.words)
    draft.record("wish_modification", {"request": str(command.request_id)})
    _tell(draft, Happening.CHANGE_REQUESTED, command.request_id, what="lines", by="buyer")
    return None


def ask_for_cancellation(draft: Draft, words: str, request_id: UUID | None = None) -> Refusal | None:
    """R25: from Processed until Shipped the buyer asks, and the seller answers (D12). Asked once at a time."""
    order = draft.order
    if any(one.kind is RequestKind.CANCELLATION and one.state is S.REQUESTED for one in order.requests):
        return None
    request_id = request_id or uuid5(order.id, f"cancellation/{len(order.requests)}")
    _add(draft, request_id, RequestKind.CANCELLATION, S.REQUESTED, "buyer", words)
    draft.record("ask_for_cancellation", {"request": str(request_id)})
    _tell(draft, Happening.CANCELLATION_REQUESTED, request_id, hours=str(order.policy.cancellation_answer_hours))
    return None


def _ask_elsewhere(draft: Draft, command: c.AskForCancellation) -> Refusal | None:
    order = draft.order
    if order.status not in BEFORE_SHIPPED:
        return Refusal(f"the order is {order.status}: a cancellation is asked for until it is shipped")
    if _request(order, command.request_id) is not None:
        return None
    if len(order.requests) >= MOST:
        return Refusal(f"{MOST} requests were made about this order: no more are kept")
    return ask_for_cancellation(draft, command.words, command.request_id)


def _settle_elsewhere(draft: Draft, command: c.SettleRequest) -> Refusal | None:
    request = _request(draft.order, command.request_id)
    if request is not None and request.state is S.REQUESTED:
        settled = _settle(draft, request, T.APPLY if command.granted else T.REFUSE, command.reason)
        draft.record("settle_request", {"request": str(request.id), "state": settled.state, "reason": command.reason})
    return None


def _void(draft: Draft, _: c.VoidLabels) -> Refusal | None:
    void = void_labels(draft)
    if void:
        draft.record("void_labels", {"void_labels": void})
    return None


def _decide(draft: Draft, command: c.DecideRequest) -> Refusal | None:
    request = _request(draft.order, command.request_id)
    if request is None:
        return Refusal("the order has no such request", "request_id")
    if isinstance(REQUEST.react(request.state, T.APPLY if command.approve else T.REFUSE), Late):
        return None
    if not command.approve:
        refuse_request(draft, request, command.reason)
        return None
    if request.kind is RequestKind.CANCELLATION:
        return grant_cancellation(draft, request, "seller")
    if not command.lines:
        return Refusal("say what is ordered from now on", "lines")
    wrong = _why_not(draft.order, request.asked_at, command.lines, command.short)
    if wrong is not None:
        return Refusal(wrong, "lines")
    settled = _settle(draft, request, T.APPLY)
    _apply_lines(draft, settled, command.lines, command.paid)
    return None


def grant_cancellation(draft: Draft, request: Request, by: str) -> Refusal | None:
    """Cancel, as was asked for. Raises `IllegalTransition` where it is too late."""
    before = draft.order.status
    if isinstance(outcome := react(before, Trigger.CANCEL), Moved):
        _settle(draft, request, T.APPLY)
        draft.change(status=outcome.to)
        cancel(draft, before, "cancel", {"by": by, "request": str(request.id)}, by="buyer")
    return None


def refuse_request(draft: Draft, request: Request, reason: str | None) -> None:
    """Refuse a request, and tell who asked."""
    _settle(draft, request, T.REFUSE, reason)
    draft.record("refuse_request", {"request": str(request.id), "kind": request.kind})
    if request.kind is RequestKind.CANCELLATION:
        _tell(draft, Happening.CANCELLATION_REFUSED, request.id)
    else:
        _tell(draft, Happening.CHANGE_REFUSED, request.id, what=request.kind, by=request.by)


def overtake_requests(draft: Draft) -> None:
    """Close what was asked for and cannot be done any more: the order is shipped, packed or cancelled by now."""
    for request in draft.order.requests:
        if request.state is not S.REQUESTED:
            continue
        status = draft.order.status
        if status is OrderStatus.CANCELLED:
            _settle(draft, request, T.APPLY if request.kind is RequestKind.CANCELLATION else T.REFUSE)
        elif status not in BEFORE_SHIPPED or (
            request.kind is RequestKind.LINES
            and status is OrderStatus.PROCESSED
            and not draft.order.policy.modification_until_shipped
        ):
            refuse_request(draft, request, f"the order was {status} before it was answered")


def _why_not(order: Order, asked_at: datetime, lines: tuple[Line, ...], short: tuple[str, ...]) -> str | None:
    """Say why lines cannot be changed, or None."""
    until = BEFORE_SHIPPED if order.policy.modification_until_shipped else BEFORE_SHIPPED[:2]
    if order.status not in until:
        return f"the order is {order.status}: what was ordered stays as it is"
    if any(was_handed_over(parcel) for parcel in order.parcels):
        return "a carrier has a parcel already: what was ordered stays as it is"
    window = order.policy.modification_window_hours
    if asked_at >= order.placed_at + timedelta(hours=window):
        return f"an order can be changed within {window} hours: what was ordered stays as it is"
    if not lines:
        return "nothing would be left of the order: cancel it instead"
    twice = [sku for sku, count in Counter(line.sku for line in lines).items() if count > 1]
    if twice:
        return f"{', '.join(twice)} stands there twice: say once how many"
    if short:
        return f"not in stock: {'; '.join(short)}"
    if total_of(order, lines) < 0:
        return "the discount is more than the order would cost: cancel it instead"
    return None


def total_of(order: Order, lines: tuple[Line, ...]) -> Decimal:
    """Give what an order costs with other lines; shipping and discounts stay."""
    return order.total + _items(lines) - _items(order.lines)


def _items(lines: tuple[Line, ...]) -> Decimal:
    return sum((line.unit_price * line.quantity for line in lines), Decimal(0))


def _apply_lines(draft: Draft, request: Request, lines: tuple[Line, ...], paid: Decimal) -> None:
    order, before = draft.order, draft.order.status
    void = void_labels(draft)
    if isinstance(outcome := react(before, Trigger.UNPACK), Moved):
        draft.change(status=outcome.to, commanded=outcome.to)
    parcels = tuple(one if one.lines else _given_up(one, draft.now) for one in pack_anew(draft.order.parcels, lines))
    last_number = next_number(order) - 1
    total = total_of(order, lines)
    draft.change(lines=lines, parcels=parcels, total=total, prepaid=order.prepaid + paid, last_number=last_number)
    overpaid = owe_what_is_overpaid(draft, request)
    cause = {
        "request": str(request.id),
        "by": request.by,
        "lines": {"before": _plain(order.lines), "after": _plain(lines)},
        "total": {"before": str(order.total), "after": str(draft.order.total)},
        "void_labels": void,
    }
    draft.record("modify", cause, before)
    detail = {"what": "lines", "by": request.by}
    if overpaid:
        detail["amount"] = money(order, overpaid)
    _tell(draft, Happening.CHANGE_APPLIED, request.id, **detail)


def _given_up(parcel: Parcel, now: datetime) -> Parcel:
    """Close a parcel with nothing in it that had a tracking number, and so stays on record."""
    bindings = tuple(one if one.valid_to else replace(one, valid_to=now) for one in parcel.bindings)
    state = parcel.state.model_copy(update={"closed_at": now})
    return replace(parcel, bindings=bindings, state=state, marks=(*parcel.marks, DerivedMark(Mark.CLOSED, now)))


def _plain(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    return [{"sku": line.sku, "quantity": line.quantity, "options": dict(line.options)} for line in lines]


def _add(
    draft: Draft, request_id: UUID, kind: RequestKind, state: RequestState, by: str, words: str | None = None
) -> Request:
    decided = None if state is S.REQUESTED else draft.now
    request = Request(request_id, kind, state, by, draft.now, decided, words)
    draft.change(requests=(*draft.order.requests, request))
    return request


def _refuse(
    draft: Draft, command: c.ChangeAddress | c.Modify | c.WishModification, kind: RequestKind, why: str
) -> Refusal:
    """Refuse what was asked for, and show that it was."""
    if len(draft.order.requests) < MOST:
        by = "buyer" if isinstance(command, c.WishModification) else command.by
        request = Request(command.request_id, kind, S.REFUSED, by, draft.now, draft.now, None, why)
        draft.change(requests=(*draft.order.requests, request))
    return Refusal(why)


def _settle(draft: Draft, request: Request, trigger: RequestTrigger, reason: str | None = None) -> Request:
    """Move a request. Raises `IllegalTransition`."""
    outcome = REQUEST.react(request.state, trigger)
    if isinstance(outcome, Late):
        return request
    settled = replace(request, state=outcome.to, decided_at=draft.now, reason=reason)
    draft.change(requests=tuple(settled if one.id == request.id else one for one in draft.order.requests))
    return settled


def _request(order: Order, request_id: UUID) -> Request | None:
    return next((one for one in order.requests if one.id == request_id), None)


def _tell(draft: Draft, happening: Happening, request_id: UUID, **detail: str) -> None:
    draft.announce(happening, f"{happening}:{request_id}", draft.now, None, **detail)


ACTS: dict[type, Callable[[Draft, Any], Refusal | None]] = {
    c.ChangeAddress: _change_address,
    c.Modify: _modify,
    c.WishModification: _wish,
    c.AskForCancellation: _ask_elsewhere,
    c.SettleRequest: _settle_elsewhere,
    c.VoidLabels: _void,
    c.DecideRequest: _decide,
}
