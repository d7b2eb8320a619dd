"""What people and the payment system may do to an order, command by command."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.orders.v1 import Badge, Happening, OrderStatus
from contracts.vocabulary import carrier_slug, tracking_key
from orders.life import commands as c
from orders.life.evidence import cancel, mark, settle
from orders.life.lifecycle import POSSIBLE, IllegalTransition, Late, Trigger, react
from orders.life.order import (
    Binding,
    DerivedMark,
    Mark,
    Order,
    Parcel,
    Refund,
    RefundState,
    badges_of,
    can_still_be_delivered,
    parcel_of,
)
from orders.life.outcome import Draft, HistoryStep, Outcome, Refusal
from orders.life.refunds import money, owe_what_came_back, refund_id_of, refundable_for

#: An order that is over: its parcels go to nobody any more.
_OVER = (OrderStatus.DELIVERED, OrderStatus.CANCELLED, OrderStatus.RETURNED)

#: R9: what a buyer may ask their money back for.
_ABNORMAL = frozenset({Badge.DELAYED, Badge.LOST, Badge.DAMAGED})


def act(order: Order, command: c.Command, now: datetime) -> Outcome:
    """Do what a person or the payment system asks; a refusal is a row of history too."""
    draft = Draft(order, now)
    name = _NAMES[type(command)]
    try:
        refusal = _ACTS[type(command)](draft, command)
    except IllegalTransition as illegal:
        possible = ", ".join(POSSIBLE[order.status]) or "nothing more"
        refusal = Refusal(f"{illegal}; possible now: {possible}")
    if refusal is not None:
        step = HistoryStep(order.version, now, name, order.status, order.status, {"refused": refusal.sentence})
        return Outcome(order, (step,), (), refusal)
    return draft.finish()


def _move(draft: Draft, trigger: Trigger) -> bool:
    """Move the order by a command; False where it is late, and nothing is to be done."""
    outcome = react(draft.order.status, trigger)
    if isinstance(outcome, Late):
        return False
    commanded = draft.order.commanded if trigger is Trigger.CANCEL else outcome.to
    draft.change(status=outcome.to, commanded=commanded)
    return True


def _confirm(draft: Draft, _: c.Confirm) -> Refusal | None:
    before = draft.order.status
    if _move(draft, Trigger.CONFIRM):
        draft.record("confirm", {}, before)
        draft.announce(Happening.CONFIRMED, "confirmed", draft.now)
    return None


def _pack(draft: Draft, command: c.Pack) -> Refusal | None:
    before = draft.order.status
    react(before, Trigger.PACK)
    short = [
        f"{line.sku}: {command.counts.get(line.sku, 0)} of {line.quantity}"
        for line in draft.order.lines
        if command.counts.get(line.sku, 0) != line.quantity
    ]
    unknown = sorted(command.counts.keys() - {line.sku for line in draft.order.lines})
    unchecked = [name.replace("_", " ") for name, done in command.checks.items() if not done]
    if short or unknown or unchecked:
        found = [*short, *(f"{sku}: not ordered" for sku in unknown), *unchecked]
        return Refusal(f"the checklist is not complete: {'; '.join(found)}", "checklist")
    if _move(draft, Trigger.PACK):
        draft.record("pack", {"counts": command.counts}, before)
        draft.announce(Happening.PROCESSED, "processed", draft.now)
    return None


def _ship(draft: Draft, _: c.Ship) -> Refusal | None:
    before = draft.order.status
    react(before, Trigger.SHIP)
    if draft.order.shipped_at is None:
        bare = [str(parcel.number) for parcel in draft.order.parcels if not _open(parcel)]
        if bare:
            return Refusal(f"parcel {', '.join(bare)} has no tracking number: set it, then mark shipped", "parcels")
    if _move(draft, Trigger.SHIP):
        draft.change(shipped_at=draft.now)
        draft.record("ship", {}, before)
        draft.announce(Happening.SHIPPED, "shipped", draft.now)
    return None


def _cancel(draft: Draft, command: c.Cancel) -> Refusal | None:
    before = draft.order.status
    if command.by == "buyer" and before is OrderStatus.PROCESSED:
        return Refusal("the order is packed: a buyer may cancel freely before that, and the seller until it is shipped")
    if _move(draft, Trigger.CANCEL):
        cancel(draft, before, "cancel", {"by": command.by, "reason": command.reason}, by=command.by)
    return None


def _set_tracking(draft: Draft, command: c.SetTracking) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if draft.order.status in _OVER:
        return Refusal(f"the order is {draft.order.status}: its parcels take no tracking number")
    binding = Binding(carrier_slug(command.carrier), tracking_key(command.number), draft.now, None, command.account)
    refusal = _bind(draft, parcel, binding)
    if refusal is None and draft.claims:
        draft.record("set_tracking", {"parcel": parcel.number, "carrier": binding.carrier})
    return refusal


def _hand_over(draft: Draft, command: c.HandOver) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if draft.order.status not in (OrderStatus.PROCESSED, OrderStatus.SHIPPED):
        return Refusal(f"the order is {draft.order.status}: a parcel is handed over once the order is packed")
    carrier, carriers = carrier_slug(command.carrier), [binding.carrier for binding in _open(parcel)]
    if carriers and carrier not in carriers:
        whose = " and ".join(carriers)
        return Refusal(f"the parcel is {whose}'s: hand it to them, or change its tracking number", "carrier")
    if command.number:
        refusal = _bind(draft, parcel, Binding(carrier, tracking_key(command.number), draft.now))
        if refusal is not None:
            return refusal
    elif not carriers:
        return Refusal("the tracking number is set at hand-over at the latest", "number")
    _replace(draft, command.parcel, handed_over_at=draft.now)
    cause = {
        "parcel": command.parcel,
        "carrier": carrier,
        "condition": command.condition,
        "photos": list(command.photos),
    }
    draft.record("hand_over", cause)
    return None


def _confirm_carrier(draft: Draft, command: c.ConfirmCarrier) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    current = _open(parcel) if parcel else ()
    if parcel is None or not current:
        return Refusal(f"parcel {command.parcel} has no tracking number to confirm a carrier for", "parcel")
    if draft.order.status in _OVER:
        return Refusal(f"the order is {draft.order.status}: no carrier has anything to bring any more")
    binding = Binding(carrier_slug(command.carrier), current[-1].tracking_number, draft.now)
    if not binding.carrier:
        return Refusal("a carrier's name has letters or digits", "carrier")
    if any(one.carrier == binding.carrier for one in current):
        return None
    _replace(draft, parcel.number, bindings=(*parcel.bindings, binding))
    draft.claims.append((parcel.number, binding))
    draft.record("confirm_carrier", {"parcel": parcel.number, "carrier": binding.carrier})
    return None


def _confirm_receipt(draft: Draft, command: c.ConfirmReceipt) -> Refusal | None:
    """R7, R22: what the buyer says to have is delivered; it needs no signature any more, and is not lost."""
    before = draft.order
    chosen = _chosen(before, command.parcels)
    if chosen is None:
        return Refusal("the order has no such parcel", "parcels")
    if before.status not in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        return Refusal(f"the order is {before.status}: there is nothing to be received")
    pending = [parcel for parcel in chosen if not (parcel.state.delivered_at or parcel.state.returning_at)]
    came = [one.number for one in pending if command.parcels or can_still_be_delivered(one.state)]
    for number in came:
        mark(draft, number, DerivedMark(Mark.CONFIRMED, draft.now))
    if came:
        settle(draft, before, "confirm_receipt", {"parcels": came})
    return None


def _request_refund(draft: Draft, command: c.RequestRefund) -> Refusal | None:
    order = draft.order
    chosen = _chosen(order, command.parcels)
    if chosen is None:
        return Refusal("the order has no such parcel", "parcels")
    numbers = tuple(parcel.number for parcel in chosen)
    parcels = () if len(numbers) == len(order.parcels) else numbers
    refund_id = refund_id_of(order, "request", parcels)
    if asked := _refund(order, refund_id):
        refused = asked.state is RefundState.REFUSED
        return Refusal("this refund was asked for before, and refused") if refused else None
    if order.prepaid + order.collected <= 0:
        return Refusal("nothing was paid that could be given back")
    entitled = order.status is OrderStatus.CANCELLED or all(
        parcel.state.closed_at or _ABNORMAL.intersection(badges_of(parcel.state)) for parcel in chosen
    )
    if not entitled:
        return Refusal("a refund can be asked for when a parcel is delayed, lost or damaged, or the order is cancelled")
    amount = refundable_for(order, numbers)
    if amount <= 0:
        return Refusal("what was paid is given back already, or on its way")
    refund = Refund(refund_id, "request", parcels, amount, RefundState.REQUESTED, command.reason)
    draft.change(refunds=(*order.refunds, refund))
    draft.record("request_refund", {"refund": str(refund_id), "amount": str(amount)})
    fact = f"refund_requested:{refund_id}"
    draft.announce(Happening.REFUND_REQUESTED, fact, draft.now, amount=money(order, amount))
    return None


def _decide_refund(draft: Draft, command: c.DecideRefund) -> Refusal | None:
    refund = _refund(draft.order, command.refund_id)
    wanted = RefundState.APPROVED if command.approve else RefundState.REFUSED
    if refund is None:
        return Refusal("the order has no such refund", "refund_id")
    if refund.state is wanted or (command.approve and refund.state in (RefundState.DUE, RefundState.ISSUED)):
        return None
    if refund.state is not RefundState.REQUESTED:
        return Refusal(f"the refund is {refund.state}: only a requested one can be decided")
    _settle_refund(draft, replace(refund, state=wanted, reason=command.reason or refund.reason))
    if not command.approve:
        amount = money(draft.order, refund.amount)
        draft.announce(Happening.REFUND_REFUSED, f"refund_refused:{refund.id}", draft.now, amount=amount)
        owe_what_came_back(draft)
    return None


def _issue_refund(draft: Draft, command: c.IssueRefund) -> Refusal | None:
    refund = _refund(draft.order, command.refund_id)
    if refund is None:
        return Refusal("the order has no such refund", "refund_id")
    if refund.state is RefundState.ISSUED:
        return None
    if refund.state not in (RefundState.DUE, RefundState.APPROVED):
        return Refusal(f"the refund is {refund.state}: only one that is due or approved can be issued")
    _settle_refund(draft, replace(refund, state=RefundState.ISSUED))
    amount = money(draft.order, refund.amount)
    draft.announce(Happening.REFUND_ISSUED, f"refund_issued:{refund.id}", draft.now, amount=amount)
    return None


def _collect(draft: Draft, command: c.CollectPayment) -> Refusal | None:
    if draft.order.prepaid + draft.order.collected + command.amount > draft.order.total:
        return Refusal("that is more than the order's total", "amount")
    draft.change(collected=draft.order.collected + command.amount)
    draft.record("collect_payment", {"amount": str(command.amount)})
    return None


def _settle_refund(draft: Draft, refund: Refund) -> None:
    draft.change(refunds=tuple(refund if one.id == refund.id else one for one in draft.order.refunds))
    draft.record(f"refund_{refund.state}", {"refund": str(refund.id), "amount": str(refund.amount)})


def _bind(draft: Draft, parcel: Parcel, binding: Binding) -> Refusal | None:
    """Give a parcel a tracking number in the place of what it has; nothing is done where it has that one."""
    if not binding.carrier:
        return Refusal("a carrier's name has letters or digits", "carrier")
    if not binding.tracking_number:
        return Refusal("a tracking number has letters or digits", "number")
    if any(_is_same(one, binding) for one in _open(parcel)):
        return None
    for other in draft.order.parcels:
        if other.number != parcel.number and any(_is_same(one, binding) for one in _open(other)):
            return Refusal(f"parcel {other.number} of this order has that tracking number", "number")
    closed = tuple(one if one.valid_to else replace(one, valid_to=draft.now) for one in parcel.bindings)
    state = parcel.state.model_copy(update={"carrier": binding.carrier})
    _replace(draft, parcel.number, bindings=(*closed, binding), state=state)
    draft.claims.append((parcel.number, binding))
    return None


def _is_same(one: Binding, other: Binding) -> bool:
    return (one.carrier, one.tracking_number) == (other.carrier, other.tracking_number)


def _open(parcel: Parcel) -> tuple[Binding, ...]:
    return tuple(binding for binding in parcel.bindings if binding.valid_to is None)


def _chosen(order: Order, numbers: tuple[int, ...]) -> list[Parcel] | None:
    """Give the parcels of these numbers, all where there are none; None where one is not of the order."""
    chosen = [parcel for parcel in order.parcels if not numbers or parcel.number in numbers]
    return chosen if len(chosen) >= len(set(numbers)) else None


def _replace(draft: Draft, number: int, **fields: Any) -> None:
    draft.change(parcels=tuple(replace(p, **fields) if p.number == number else p for p in draft.order.parcels))


def _refund(order: Order, refund_id: UUID) -> Refund | None:
    return next((refund for refund in order.refunds if refund.id == refund_id), None)


_ACTS: dict[type, Any] = {
    c.Confirm: _confirm,
    c.Pack: _pack,
    c.SetTracking: _set_tracking,
    c.HandOver: _hand_over,
    c.Ship: _ship,
    c.Cancel: _cancel,
    c.ConfirmCarrier: _confirm_carrier,
    c.ConfirmReceipt: _confirm_receipt,
    c.RequestRefund: _request_refund,
    c.DecideRefund: _decide_refund,
    c.IssueRefund: _issue_refund,
    c.CollectPayment: _collect,
}

_NAMES = {
    c.Confirm: "confirm",
    c.Pack: "pack",
    c.SetTracking: "set_tracking",
    c.HandOver: "hand_over",
    c.Ship: "ship",
    c.Cancel: "cancel",
    c.ConfirmCarrier: "confirm_carrier",
    c.ConfirmReceipt: "confirm_receipt",
    c.RequestRefund: "request_refund",
    c.DecideRefund: "decide_refund",
    c.IssueRefund: "issue_refund",
    c.CollectPayment: "collect_payment",
}
