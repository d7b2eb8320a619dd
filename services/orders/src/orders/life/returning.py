"""Returns (R12): asked for, approved or refused, on their way back, received, lapsed or lost."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from contracts.orders.v1 import Happening, ParcelState, ReturnStatus
from contracts.vocabulary import Leg, carrier_slug, tracking_key
from orders.life import commands as c
from orders.life.cases import Return
from orders.life.fold import Terms, fold
from orders.life.machine import Late, Machine
from orders.life.order import Order, left_with_buyer, next_number, parcel_of
from orders.life.outcome import Draft, Refusal
from orders.life.parcel import Binding, Evidence, Found, Parcel, is_with_buyer
from orders.life.preparing import open_bindings
from orders.life.refunds import ask_for_what_is_lost, money, owe_what_was_sent_back
from orders.life.standing import follow

S = ReturnStatus


class ReturnTrigger(StrEnum):
    """What can happen to a return."""

    APPROVE = "approve"  #: The seller agrees, or did not answer in time (D12).
    REFUSE = "refuse"
    MOVE = "move"  #: A carrier was seen with it.
    RECEIVE = "receive"  #: It is back: the carrier says so, or the seller.
    LAPSE = "lapse"  #: It was never sent (D8).
    LOSE = "lose"  #: It never came (D11), or the carrier lost it.


T = ReturnTrigger

# fmt: off
RETURN: Final = Machine(
    "return", S, T,
    MappingProxyType({
        (S.REQUESTED,  T.APPROVE): S.EXPECTED,
        (S.REQUESTED,  T.REFUSE):  S.REFUSED,
        (S.EXPECTED,   T.MOVE):    S.IN_TRANSIT,
        (S.LAPSED,     T.MOVE):    S.IN_TRANSIT,
        (S.LOST,       T.MOVE):    S.IN_TRANSIT,
        (S.EXPECTED,   T.RECEIVE): S.RECEIVED,
        (S.IN_TRANSIT, T.RECEIVE): S.RECEIVED,
        (S.LAPSED,     T.RECEIVE): S.RECEIVED,
        (S.LOST,       T.RECEIVE): S.RECEIVED,
        (S.EXPECTED,   T.LAPSE):   S.LAPSED,
        (S.IN_TRANSIT, T.LOSE):    S.LOST,
    }),
    frozenset({
        (S.EXPECTED, T.APPROVE), (S.IN_TRANSIT, T.APPROVE), (S.RECEIVED, T.APPROVE), (S.LAPSED, T.APPROVE),
        (S.LOST, T.APPROVE),
        (S.REFUSED, T.REFUSE),
        (S.REQUESTED, T.MOVE), (S.REFUSED, T.MOVE), (S.IN_TRANSIT, T.MOVE), (S.RECEIVED, T.MOVE),
        (S.RECEIVED, T.RECEIVE),
        (S.REQUESTED, T.LAPSE), (S.REFUSED, T.LAPSE), (S.IN_TRANSIT, T.LAPSE), (S.RECEIVED, T.LAPSE),
        (S.LAPSED, T.LAPSE), (S.LOST, T.LAPSE),
        (S.REQUESTED, T.LOSE), (S.REFUSED, T.LOSE), (S.EXPECTED, T.LOSE), (S.RECEIVED, T.LOSE), (S.LAPSED, T.LOSE),
        (S.LOST, T.LOSE),
    }),
)
# fmt: on

#: Returns that are under way: what is in them cannot be returned once more.
_UNDER_WAY = (S.REQUESTED, S.EXPECTED, S.IN_TRANSIT)


def _ask(draft: Draft, command: c.AskReturn) -> Refusal | None:
    order = draft.order
    parcel = parcel_of(order, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if not is_with_buyer(parcel.state) or parcel.state.delivered_at is None:
        return Refusal(f"parcel {parcel.number} is not delivered: there is nothing to send back")
    if draft.now >= order.policy.days_after(parcel.state.delivered_at, order.policy.return_window_days):
        days = order.policy.return_window_days
        return Refusal(f"returns are taken within {days} days of the delivery: ask the shop what it can do for you")
    excluded = {line.sku: line.exclusion for line in order.lines if line.exclusion}
    findings = tuple(
        ("lines", f"{sku} cannot be returned: {excluded[sku]}") for sku, _ in command.lines if sku in excluded
    )
    if findings:
        return Refusal("; ".join(sentence for _, sentence in findings), "lines", findings)
    left = _returnable(order, parcel)
    short = [f"{sku}: {left[sku]} of {quantity}" for sku, quantity in command.lines if left[sku] < quantity]
    if short or not command.lines:
        return Refusal(f"there is not that much to be returned: {'; '.join(short) or 'nothing was named'}", "lines")
    number = next_number(order)
    back = Parcel(number, command.lines, ParcelState(number=number))
    asked = Return(command.return_id, parcel.number, back, S.REQUESTED, command.words, draft.now)
    draft.change(returns=(*order.returns, asked))
    draft.record(
        "ask_return", {"return": str(asked.id), "parcel": parcel.number, "lines": [list(x) for x in command.lines]}
    )
    _tell(draft, Happening.RETURN_REQUESTED, asked)
    return None


def _returnable(order: Order, parcel: Parcel) -> Counter[str]:
    """Give what of a parcel can still be returned: no more than was in it, once."""
    left = Counter(left_with_buyer(order, parcel))
    for one in order.returns:
        if one.of_parcel == parcel.number and one.status in _UNDER_WAY:
            left.subtract(dict(one.parcel.lines))
    return left


def _decide(draft: Draft, command: c.DecideReturn) -> Refusal | None:
    asked = _return(draft.order, command.return_id)
    if asked is None:
        return Refusal("the order has no such return", "return_id")
    if command.approve:
        approve_return(draft, asked, command.words)
    elif moved := _move(draft, asked, T.REFUSE, reason=command.words):
        draft.record("refuse_return", {"return": str(moved.id)})
        _tell(draft, Happening.RETURN_REFUSED, moved)
    return None


def approve_return(draft: Draft, asked: Return, instructions: str | None) -> None:
    """Agree to a return, unless it was agreed to before. Raises `IllegalTransition`."""
    if moved := _move(draft, asked, T.APPROVE, approved_at=draft.now, instructions=instructions):
        draft.record("approve_return", {"return": str(moved.id)})
        _tell(draft, Happening.RETURN_APPROVED, moved, days=str(draft.order.policy.return_parcel_days))


def _withdraw(draft: Draft, command: c.WithdrawReturn) -> Refusal | None:
    """What was asked for is refused, and what was approved lapses; what is on its way comes all the same."""
    one = _return(draft.order, command.return_id)
    if one is None:
        return Refusal("the order has no such return", "return_id")
    if one.status is S.REQUESTED:
        _move(draft, one, T.REFUSE, reason=command.reason)
    elif one.status is S.EXPECTED:
        lapse_return(draft, one)
    elif one.status is S.IN_TRANSIT:
        return Refusal("the return is on its way: what it holds is refunded when it is received")
    else:
        return None
    draft.record("withdraw_return", {"return": str(one.id), "reason": command.reason})
    return None


def _send(draft: Draft, command: c.SendReturn) -> Refusal | None:
    sent = _return(draft.order, command.return_id)
    if sent is None:
        return Refusal("the order has no such return", "return_id")
    if sent.status not in (S.EXPECTED, S.IN_TRANSIT, S.LAPSED):
        return Refusal(f"the return is {sent.status}: only one that is approved and not back is sent")
    binding = Binding(carrier_slug(command.carrier), tracking_key(command.number), draft.now)
    if not binding.carrier:
        return Refusal("a carrier's name has letters or digits", "carrier")
    if not binding.tracking_number:
        return Refusal("a tracking number has letters or digits", "number")
    current = [one for one in sent.parcel.bindings if one.valid_to is None]
    if any((one.carrier, one.tracking_number) == (binding.carrier, binding.tracking_number) for one in current):
        return None
    for other in draft.order.parcels:
        if any(
            (one.carrier, one.tracking_number) == (binding.carrier, binding.tracking_number)
            for one in open_bindings(other)
        ):
            sentence = f"parcel {other.number} of this order has that tracking number: give the one of the way back"
            return Refusal(sentence, "number")
    closed = tuple(one if one.valid_to else replace(one, valid_to=draft.now) for one in sent.parcel.bindings)
    state = sent.parcel.state.model_copy(update={"carrier": binding.carrier})
    _replace(draft, replace(sent, parcel=replace(sent.parcel, bindings=(*closed, binding), state=state)))
    draft.claims.append((sent.parcel.number, binding))
    draft.record("send_return", {"return": str(sent.id), "carrier": binding.carrier})
    return None


def _receive(draft: Draft, command: c.ReceiveReturn) -> Refusal | None:
    """R2, R12: what is intact is in stock again; looked at once."""
    back = _return(draft.order, command.return_id)
    if back is None:
        return Refusal("the order has no such return", "return_id")
    if back.intact:
        return None
    expected = dict(back.parcel.lines)
    more = [f"{sku}: {expected.get(sku, 0)} of {n}" for sku, n in command.intact if expected.get(sku, 0) < n]
    if more:
        return Refusal(f"that is more than was to come back: {'; '.join(more)}", "intact")
    if back.status is not S.RECEIVED:
        back = _received(draft, back, draft.now) or back
    _replace(draft, replace(back, intact=command.intact))
    draft.checked_in.extend(command.intact)
    draft.record("check_in_return", {"return": str(back.id), "intact": [list(line) for line in command.intact]})
    return None


def _received(draft: Draft, back: Return, at: datetime) -> Return | None:
    moved = _move(draft, back, T.RECEIVE, received_at=at)
    if moved is not None:
        before = draft.order.status
        due = owe_what_was_sent_back(draft, moved)
        follow(draft)
        draft.record("return_received", {"return": str(moved.id), "due": str(due)}, before)
        detail = {"refund": "due", "amount": money(draft.order, due)} if due else {"refund": "none"}
        _tell(draft, Happening.RETURN_RECEIVED, moved, **detail)
    return moved


def fold_returns(draft: Draft, found: Found, gone: frozenset[UUID], terms: Terms) -> None:
    """Bring new evidence to the returns that it is about; whatever a carrier says of one, it is on its way back."""
    for one in draft.order.returns:
        new = found.get(one.parcel.number, ())
        if not new and not any(scan.scan_id in gone for scan in one.parcel.evidence):
            continue
        evidence = (*(scan for scan in one.parcel.evidence if scan.scan_id not in gone), *new)
        state = fold(one.parcel.number, one.parcel.state.carrier, map(_way_back, evidence), one.parcel.marks, terms)
        _replace(draft, replace(one, parcel=replace(one.parcel, evidence=evidence, state=state)))


def follow_returns(draft: Draft) -> None:
    """Move the returns to where their parcels are."""
    for one in draft.order.returns:
        state = one.parcel.state
        seen = state.returning_at or state.lost_at  # that it is lost may be the first that a carrier says of it
        if seen is not None and one.status in (S.EXPECTED, S.LAPSED) and state.returned_at is None:
            one = _move(draft, one, T.MOVE) or one
        if state.returned_at is not None and one.status not in (S.RECEIVED, S.REQUESTED, S.REFUSED):
            one = _received(draft, one, state.returned_at) or one
        if state.lost_at is not None and one.status is S.IN_TRANSIT:
            lose_return(draft, one)


def lapse_return(draft: Draft, one: Return) -> None:
    """D8: it was never sent."""
    if moved := _move(draft, one, T.LAPSE):
        _tell(draft, Happening.RETURN_LAPSED, moved)


def lose_return(draft: Draft, one: Return) -> None:
    """D11: it never came; the refund is decided, and nothing is cancelled."""
    if moved := _move(draft, one, T.LOSE):
        before = draft.order.status
        amount = ask_for_what_is_lost(draft, moved)
        follow(draft)
        draft.record("return_lost", {"return": str(moved.id), "asked": str(amount)}, before)
        draft.announce(Happening.LOST_IN_RETURN, f"lost_in_return:{moved.id}", draft.now, moved.parcel.number)


def _way_back(scan: Evidence) -> Evidence:
    return scan if scan.leg is Leg.RETURN else replace(scan, leg=Leg.RETURN)


def _move(draft: Draft, one: Return, trigger: ReturnTrigger, **fields: Any) -> Return | None:
    """Move a return; None where it is late, and nothing is done. Raises `IllegalTransition`."""
    outcome = RETURN.react(one.status, trigger)
    if isinstance(outcome, Late):
        return None
    moved = replace(one, status=outcome.to, **fields)
    _replace(draft, moved)
    return moved


def _replace(draft: Draft, one: Return) -> None:
    draft.change(returns=tuple(one if other.id == one.id else other for other in draft.order.returns))


def _return(order: Order, return_id: UUID) -> Return | None:
    return next((one for one in order.returns if one.id == return_id), None)


def _tell(draft: Draft, happening: Happening, one: Return, **detail: str) -> None:
    draft.announce(happening, f"{happening}:{one.id}", draft.now, one.parcel.number, **detail)


ACTS: dict[type, Callable[[Draft, Any], Refusal | None]] = {
    c.AskReturn: _ask,
    c.DecideReturn: _decide,
    c.WithdrawReturn: _withdraw,
    c.SendReturn: _send,
    c.ReceiveReturn: _receive,
}
