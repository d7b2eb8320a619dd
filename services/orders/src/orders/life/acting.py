"""What people and the payment system may do to an order, command by command."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from contracts.orders.v1 import Happening, OrderStatus
from orders.life import changing, complaining, handing, refunding, repacking, returning
from orders.life import commands as c
from orders.life.cancelling import cancel
from orders.life.changing import ask_for_cancellation, overtake_requests
from orders.life.evidence import mark, settle
from orders.life.lifecycle import POSSIBLE, Trigger, react
from orders.life.machine import IllegalTransition, Late
from orders.life.order import Order, chosen
from orders.life.outcome import Draft, Outcome, Refusal
from orders.life.parcel import DerivedMark, Mark, can_still_be_delivered
from orders.life.preparing import open_bindings


def act(order: Order, command: c.Command, now: datetime) -> Outcome:
    """Do what a person or the payment system asks; a refusal is a row of history too."""
    draft = Draft(order, now)
    try:
        refusal = _ACTS[type(command)](draft, command)
    except IllegalTransition as illegal:
        orders_own = isinstance(illegal.trigger, Trigger)
        possible = ", ".join(POSSIBLE[order.status] if orders_own else illegal.possible) or "nothing more"
        refusal = Refusal(f"{illegal}; possible now: {possible}")
    if refusal is not None:
        draft.record(_name(command), {"refused": refusal.sentence})
    else:
        overtake_requests(draft)
    return draft.finish(refusal)


def _name(command: c.Command) -> str:
    """Give what a history calls a command: ``HandOver`` is ``hand_over``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(command).__name__).lower()


def _move(draft: Draft, trigger: Trigger) -> bool:
    """Move the order by a command; False where it is late, and nothing is to be done."""
    outcome = react(draft.order.status, trigger)
    if isinstance(outcome, Late):
        return False
    commanded = draft.order.commanded if trigger is Trigger.CANCEL else outcome.to
    draft.change(status=outcome.to, commanded=commanded)
    return True


def _confirm(draft: Draft, command: c.Confirm) -> Refusal | None:
    before = draft.order.status
    if command.short:
        short = ", ".join(command.short)
        return Refusal(f"cannot be filled: {short}; cancel the order, or add stock and confirm again")
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
    checks = command.checks
    if any(line.fragile for line in draft.order.lines):
        checks = {"fragile_marked": False} | checks
    unchecked = [name.replace("_", " ") for name, done in checks.items() if not done]
    if short or unknown or unchecked or command.findings:
        found = [*short, *(f"{sku}: not ordered" for sku in unknown), *unchecked, *command.findings]
        return Refusal(f"the checklist is not complete: {'; '.join(found)}", "checklist")
    if _move(draft, Trigger.PACK):
        draft.record("pack", {"counts": command.counts}, before)
        draft.announce(Happening.PROCESSED, "processed", draft.now)
    return None


def _ship(draft: Draft, _: c.Ship) -> Refusal | None:
    before = draft.order.status
    react(before, Trigger.SHIP)
    if draft.order.shipped_at is None:
        bare = [
            str(parcel.number)
            for parcel in draft.order.parcels
            if not open_bindings(parcel) and can_still_be_delivered(parcel.state)
        ]
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
        return ask_for_cancellation(draft, command.reason)
    if _move(draft, Trigger.CANCEL):
        cancel(draft, before, "cancel", {"by": command.by, "reason": command.reason}, by=command.by)
    return None


def _confirm_receipt(draft: Draft, command: c.ConfirmReceipt) -> Refusal | None:
    """R7, R22: what the buyer says to have is delivered; it needs no signature any more, and is not lost."""
    before = draft.order
    parcels = chosen(before, command.parcels)
    if parcels is None:
        return Refusal("the order has no such parcel", "parcels")
    if before.status not in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        return Refusal(f"the order is {before.status}: there is nothing to be received")
    pending = [parcel for parcel in parcels if not (parcel.state.delivered_at or parcel.state.returning_at)]
    came = [one.number for one in pending if command.parcels or can_still_be_delivered(one.state)]
    for number in came:
        mark(draft, number, DerivedMark(Mark.CONFIRMED, draft.now))
    if came:
        settle(draft, before, "confirm_receipt", {"parcels": came})
    return None


ACTS: dict[type, Callable[[Draft, Any], Refusal | None]] = {
    c.Confirm: _confirm,
    c.Pack: _pack,
    c.Ship: _ship,
    c.Cancel: _cancel,
    c.ConfirmReceipt: _confirm_receipt,
}

_ACTS = ACTS | handing.ACTS | refunding.ACTS | repacking.ACTS | changing.ACTS | returning.ACTS | complaining.ACTS
