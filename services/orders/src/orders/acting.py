"""What people and the payment system may do to an order, command by command."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.orders.v1 import Happening, OrderStatus
from contracts.vocabulary import carrier_slug, tracking_key
from orders import commands as c
from orders.evidence import cancel, money, parcel_of, refund_id_of, worth
from orders.lifecycle import POSSIBLE, IllegalTransition, Late, Trigger, react
from orders.order import Binding, Order, Parcel, Refund, RefundState, badges_of, refundable
from orders.outcome import Draft, HistoryStep, Outcome, Refusal


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
        bare = [str(parcel.number) for parcel in draft.order.parcels if not _current(parcel)]
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
    if draft.order.status in (OrderStatus.CANCELLED, OrderStatus.RETURNED):
        return Refusal(f"the order is {draft.order.status}: its parcels take no tracking number")
    binding = Binding(carrier_slug(command.carrier), tracking_key(command.number), draft.now, None, command.account)
    if not binding.tracking_number:
        return Refusal("a tracking number has letters or digits", "number")
    current = _current(parcel)
    if current and (current.carrier, current.tracking_number) == (binding.carrier, binding.tracking_number):
        return None
    _bind(draft, parcel, binding)
    draft.record("set_tracking", {"parcel": parcel.number, "carrier": binding.carrier})
    return None


def _hand_over(draft: Draft, command: c.HandOver) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if draft.order.status not in (OrderStatus.PROCESSED, OrderStatus.SHIPPED):
        return Refusal(f"the order is {draft.order.status}: a parcel is handed over once the order is packed")
    current, carrier = _current(parcel), carrier_slug(command.carrier)
    if current and current.carrier != carrier:
        return Refusal(f"the parcel is {current.carrier}'s: hand it to them, or change its tracking number", "carrier")
    if command.number and (current is None or current.tracking_number != tracking_key(command.number)):
        _bind(draft, parcel, Binding(carrier, tracking_key(command.number), draft.now))
    elif current is None:
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
    current = _current(parcel) if parcel else None
    if parcel is None or current is None:
        return Refusal(f"parcel {command.parcel} has no tracking number to confirm a carrier for", "parcel")
    carrier = carrier_slug(command.carrier)
    if any(binding.carrier == carrier and binding.valid_to is None for binding in parcel.bindings):
        return None
    binding = Binding(carrier, current.tracking_number, draft.now)
    _replace(draft, parcel.number, bindings=(*parcel.bindings, binding))
    draft.claims.append((parcel.number, binding))
    draft.record("confirm_carrier", {"parcel": parcel.number, "carrier": carrier})
    return None


def _request_refund(draft: Draft, command: c.RequestRefund) -> Refusal | None:
    order = draft.order
    chosen = [parcel for parcel in order.parcels if not command.parcels or parcel.number in command.parcels]
    if len(chosen) < len(command.parcels):
        return Refusal("the order has no such parcel", "parcels")
    if refundable(order) <= 0:
        return Refusal("nothing was paid that could be given back")
    entitled = order.status is OrderStatus.CANCELLED or all(
        badges_of(parcel.state) or parcel.state.closed_at for parcel in chosen
    )
    if not entitled:
        return Refusal("a refund can be asked for when a parcel is delayed, lost or damaged, or the order is cancelled")
    whole = len(chosen) == len(order.parcels)
    amount = refundable(order) if whole else min(refundable(order), sum((worth(order, p) for p in chosen), Decimal(0)))
    numbers = () if whole else tuple(parcel.number for parcel in chosen)
    refund_id = refund_id_of(order, "request", numbers)
    if not any(refund.id == refund_id for refund in order.refunds):
        refund = Refund(refund_id, "request", numbers, amount, RefundState.REQUESTED, command.reason)
        draft.change(refunds=(*order.refunds, refund))
        draft.record("request_refund", {"refund": str(refund_id), "amount": str(amount)})
        draft.announce(
            Happening.REFUND_REQUESTED, f"refund_requested:{refund_id}", draft.now, amount=money(order, amount)
        )
    return None


def _decide_refund(draft: Draft, command: c.DecideRefund) -> Refusal | None:
    refund = _refund(draft.order, command.refund_id)
    wanted = RefundState.APPROVED if command.approve else RefundState.REFUSED
    if refund is None:
        return Refusal("the order has no such refund", "refund_id")
    if refund.state is wanted:
        return None
    if refund.state is not RefundState.REQUESTED:
        return Refusal(f"the refund is {refund.state}: only a requested one can be decided")
    _settle_refund(draft, replace(refund, state=wanted, reason=command.reason or refund.reason))
    if not command.approve:
        amount = money(draft.order, refund.amount)
        draft.announce(Happening.REFUND_REFUSED, f"refund_refused:{refund.id}", draft.now, amount=amount)
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


def _bind(draft: Draft, parcel: Parcel, binding: Binding) -> None:
    closed = tuple(one if one.valid_to else replace(one, valid_to=draft.now) for one in parcel.bindings)
    state = parcel.state.model_copy(update={"carrier": binding.carrier})
    _replace(draft, parcel.number, bindings=(*closed, binding), state=state)
    draft.claims.append((parcel.number, binding))


def _replace(draft: Draft, number: int, **fields: Any) -> None:
    draft.change(parcels=tuple(replace(p, **fields) if p.number == number else p for p in draft.order.parcels))


def _current(parcel: Parcel) -> Binding | None:
    return next((binding for binding in reversed(parcel.bindings) if binding.valid_to is None), None)


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
    c.RequestRefund: "request_refund",
    c.DecideRefund: "decide_refund",
    c.IssueRefund: "issue_refund",
    c.CollectPayment: "collect_payment",
}
