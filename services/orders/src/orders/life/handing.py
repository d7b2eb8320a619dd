"""What the seller does with parcels until a carrier has them: labels, booking, tracking numbers, hand-over."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from contracts.orders.v1 import OrderStatus
from contracts.vocabulary import carrier_slug, tracking_key
from orders.life import commands as c
from orders.life.evidence import mark, settle
from orders.life.order import parcel_of, parcels_of
from orders.life.outcome import Draft, Refusal
from orders.life.parcel import Binding, DerivedMark, Mark, Parcel, ParcelStep
from orders.life.preparing import ParcelTrigger, move_parcel, open_bindings, replace_parcel, void_labels

#: An order that is over: its parcels go to nobody any more.
OVER = (OrderStatus.DELIVERED, OrderStatus.CANCELLED, OrderStatus.RETURNED)


def _put_label(draft: Draft, command: c.PutLabel) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if draft.order.status in OVER:
        return Refusal(f"the order is {draft.order.status}: its parcels need no label")
    if command.findings:
        wrong = "; ".join(f"{field}: {sentence}" for field, sentence in command.findings)
        return Refusal(f"the label is refused: {wrong}", "label", command.findings)
    move_parcel(draft, parcel, ParcelTrigger.LABEL)
    draft.record("put_label", {"parcel": parcel.number, "file": command.file})
    return None


def _book(draft: Draft, command: c.Book) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if draft.order.status not in (OrderStatus.PROCESSED, OrderStatus.SHIPPED):
        return Refusal(
            f"the order is {draft.order.status}: a parcel is fetched or dropped off once the order is packed"
        )
    if refusal := _lacks_label(draft, parcel):
        return refusal
    before = draft.order
    move_parcel(draft, parcel, ParcelTrigger.BOOK)
    cause = {"parcel": parcel.number, "place": command.place, "window": command.window}
    if command.pick_up:
        mark(draft, parcel.number, DerivedMark(Mark.PICKUP_ASKED, draft.now))
        settle(draft, before, "ask_pick_up", cause)
    else:
        draft.record("plan_drop_off", cause)
    return None


def _set_tracking(draft: Draft, command: c.SetTracking) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if draft.order.status in OVER:
        return Refusal(f"the order is {draft.order.status}: its parcels take no tracking number")
    binding = Binding(
        carrier_slug(command.carrier),
        tracking_key(command.number),
        draft.now,
        None,
        command.account,
        command.shared_with,
    )
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
    if refusal := _lacks_label(draft, parcel):
        return refusal
    before, carrier = draft.order, carrier_slug(command.carrier)
    carriers = [binding.carrier for binding in open_bindings(parcel)]
    if carriers and carrier not in carriers:
        whose = " and ".join(carriers)
        return Refusal(f"the parcel is {whose}'s: hand it to them, or change its tracking number", "carrier")
    if command.number:
        refusal = _bind(draft, parcel, Binding(carrier, tracking_key(command.number), draft.now))
        if refusal is not None:
            return refusal
    elif not carriers:
        return Refusal("the tracking number is set at hand-over at the latest", "number")
    move_parcel(draft, parcel, ParcelTrigger.HAND_OVER)
    mark(draft, parcel.number, DerivedMark(Mark.HANDED_OVER, draft.now))
    cause = {
        "parcel": command.parcel,
        "carrier": carrier,
        "condition": command.condition,
        "photos": list(command.photos),
    }
    settle(draft, before, "hand_over", cause)
    return None


def _lacks_label(draft: Draft, parcel: Parcel) -> Refusal | None:
    """R4: where the shop wants labels, a parcel is booked or handed over with one; so what is booked has one."""
    if parcel.step is ParcelStep.UNLABELLED and draft.order.policy.label_required:
        return Refusal("the parcel has no label that was checked: put its label on first (R4)", "label")
    return None


def _confirm_carrier(draft: Draft, command: c.ConfirmCarrier) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    current = open_bindings(parcel) if parcel else ()
    if parcel is None or not current:
        return Refusal(f"parcel {command.parcel} has no tracking number to confirm a carrier for", "parcel")
    if draft.order.status in OVER:
        return Refusal(f"the order is {draft.order.status}: no carrier has anything to bring any more")
    binding = Binding(carrier_slug(command.carrier), current[-1].tracking_number, draft.now)
    if not binding.carrier:
        return Refusal("a carrier's name has letters or digits", "carrier")
    if any(one.carrier == binding.carrier for one in current):
        return None
    replace_parcel(draft, parcel.number, bindings=(*parcel.bindings, binding))
    draft.claims.append((parcel.number, binding))
    draft.record("confirm_carrier", {"parcel": parcel.number, "carrier": binding.carrier})
    return None


def _record_update(draft: Draft, command: c.RecordUpdate) -> Refusal | None:
    """R23: the seller's word, with evidence. It clears D6, and D5 once."""
    before = draft.order
    parcel = parcel_of(before, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if before.status in OVER:
        return Refusal(f"the order is {before.status}: it needs no tracking update")
    mark(draft, parcel.number, DerivedMark(Mark.UPDATED, draft.now))
    cause = {"parcel": parcel.number, "words": command.words, "evidence": list(command.evidence)}
    settle(draft, before, "record_update", cause)
    return None


def _bind(draft: Draft, parcel: Parcel, binding: Binding) -> Refusal | None:
    """Give a parcel a tracking number in the place of what it has; nothing is done where it has that one."""
    if not binding.carrier:
        return Refusal("a carrier's name has letters or digits", "carrier")
    if not binding.tracking_number:
        return Refusal("a tracking number has letters or digits", "number")
    if any(_is_same(one, binding) for one in open_bindings(parcel)):
        return None
    for other in parcels_of(draft.order):  # a return of the order has a number of its own too
        if other.number != parcel.number and any(_is_same(one, binding) for one in open_bindings(other)):
            return Refusal(f"parcel {other.number} of this order has that tracking number", "number")
    closed = tuple(one if one.valid_to else replace(one, valid_to=draft.now) for one in parcel.bindings)
    state = parcel.state.model_copy(update={"carrier": binding.carrier})
    replace_parcel(draft, parcel.number, bindings=(*closed, binding), state=state)
    if open_bindings(parcel):
        void_labels(draft, parcel.number)  # another number stands on it
    draft.claims.append((parcel.number, binding))
    return None


def _is_same(one: Binding, other: Binding) -> bool:
    return (one.carrier, one.tracking_number) == (other.carrier, other.tracking_number)


ACTS: dict[type, Callable[[Draft, Any], Refusal | None]] = {
    c.PutLabel: _put_label,
    c.Book: _book,
    c.SetTracking: _set_tracking,
    c.HandOver: _hand_over,
    c.ConfirmCarrier: _confirm_carrier,
    c.RecordUpdate: _record_update,
}
