"""What a deadline does when it is due: applied if every fact that it rests on still holds, dropped otherwise."""

from datetime import datetime
from typing import Any

from contracts.deadlines.v1 import DeadlineDue, DeadlineKind
from contracts.orders.v1 import Fulfilment, Happening
from orders.life.cancelling import cancel
from orders.life.changing import grant_cancellation, overtake_requests
from orders.life.evidence import mark, settle
from orders.life.lifecycle import Trigger, react
from orders.life.machine import Late
from orders.life.order import Order, parcel_of, return_of, state_of
from orders.life.outcome import Draft, Outcome
from orders.life.parcel import DerivedMark, Mark, can_still_be_delivered, is_with_buyer
from orders.life.refunding import RefundTrigger, move_refund
from orders.life.refunds import ask_for_parcel, money, refundable_for
from orders.life.returning import approve_return, lapse_return, lose_return


def judge(order: Order, proposal: DeadlineDue, now: datetime) -> Outcome:
    """Apply a deadline if every fact that it rests on still holds; otherwise drop it, with a record of why."""
    draft = Draft(order, now)
    cause: dict[str, Any] = {
        "rule": proposal.rule,
        "due_at": proposal.due_at.isoformat(),
        "epoch": proposal.epoch,
        "policy_version": proposal.policy_version,
        "parcel": proposal.parcel,
        "rests_on": proposal.rests_on,
    }
    changed = _facts_that_changed(order, proposal)
    if changed:
        draft.record(proposal.kind, {**cause, "dropped": f"no longer so: {', '.join(changed)}"})
        return draft.finish()
    _JUDGEMENTS[proposal.kind](draft, order, proposal, cause)
    overtake_requests(draft)
    return draft.finish()


def _facts_that_changed(order: Order, proposal: DeadlineDue) -> list[str]:
    state = state_of(order).model_dump(mode="json")
    parcels = {parcel["number"]: parcel for parcel in state["parcels"]}
    facts = {f"order.{name}": value for name, value in state.items()}
    if proposal.parcel is not None:
        facts |= {f"parcel.{name}": value for name, value in parcels.get(proposal.parcel, {}).items()}
        returns = {one["parcel"]: one for one in state["returns"]}
        facts |= {f"return.{name}": value for name, value in returns.get(proposal.parcel, {}).items()}
    if proposal.ask is not None:
        asks = {one["id"]: one for one in state["asks"]}
        facts |= {f"ask.{name}": value for name, value in asks.get(str(proposal.ask), {}).items()}
    absent = object()
    return [name for name, value in proposal.rests_on.items() if facts.get(name, absent) != value]


def _delay(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    _conclude(draft, before, due, cause, Mark.DELAYED)


def _lose(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    _conclude(draft, before, due, cause, Mark.LOST)


def _conclude(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any], what: Mark) -> None:
    concluded = DerivedMark(what, due.due_at)
    parcel = parcel_of(before, due.parcel or 0)
    if parcel is None or concluded in parcel.marks:
        draft.record(due.kind, {**cause, "dropped": "there is no such parcel" if parcel is None else "it was applied"})
        return
    mark(draft, parcel.number, concluded)
    settle(draft, before, due.kind, cause)


def _abandon_order(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    outcome = react(before.status, Trigger.ABANDON)
    if isinstance(outcome, Late):
        draft.record(due.kind, {**cause, "dropped": f"the order is {before.status} already"})
        return
    draft.change(status=outcome.to)
    cancel(draft, before.status, due.kind, cause, by=due.rule)


def _give_up(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    """D7, D9: the parcel closes; the order is cancelled when no parcel is delivered or still can be (R9)."""
    cancels = before.fulfilment is Fulfilment.SHIP_BY_TIKTOK or (
        due.kind is DeadlineKind.ABNORMAL_GRACE and before.policy.abnormal_cancels_ship_by_seller
    )
    if not cancels:
        draft.record(due.kind, {**cause, "kept": "the shop's policy leaves the order open"})
        return
    _conclude(draft, before, due, cause, Mark.CLOSED)
    order = draft.order
    parcel = parcel_of(order, due.parcel or 0)
    if parcel is None or parcel.state.closed_at is None:
        return
    states = [one.state for one in order.parcels]
    if any(is_with_buyer(s) or can_still_be_delivered(s) or s.returned_at or s.returning_at for s in states):
        amount = money(order, refundable_for(order, [parcel.number]))
        fact, happening = f"p{parcel.number}:closed", Happening.PARCEL_CLOSED
        draft.announce(happening, fact, draft.now, parcel.number, amount=amount)
    else:
        _abandon_order(draft, order, due, {"rule": due.rule, "parcel": parcel.number})


def _end_wait_for_signature(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    """D10: the seller is alerted; delivered, marked unsigned, where the policy says so (R7)."""
    draft.announce(Happening.SIGNATURE_MISSING, f"p{due.parcel}:signature_missing", due.due_at, due.parcel)
    if before.policy.unsigned_becomes_delivered:
        _conclude(draft, before, due, cause, Mark.UNSIGNED)
    else:
        draft.record(due.kind, {**cause, "kept": "the shop's policy waits for the signature"})


def _alert(draft: Draft, due: DeadlineDue, cause: dict[str, Any], happening: Happening) -> None:
    """D1, D2, D13: the seller is alerted, and nothing else changes."""
    where = "" if due.parcel is None else f"p{due.parcel}:"
    draft.announce(happening, f"{where}{happening}:{due.due_at.isoformat()}", due.due_at, due.parcel)
    draft.record(due.kind, cause)


def _ship_overdue(draft: Draft, _: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    _alert(draft, due, cause, Happening.SHIP_OVERDUE)


def _mark_shipped_overdue(draft: Draft, _: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    _alert(draft, due, cause, Happening.MARK_SHIPPED_OVERDUE)


def _collection_overdue(draft: Draft, _: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    _alert(draft, due, cause, Happening.COLLECTION_OVERDUE)


def _lapse(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    """D8: an approved return was never sent."""
    one = return_of(before, due.parcel or 0)
    if one is not None:
        lapse_return(draft, one)
    draft.record(due.kind, cause if one else {**cause, "dropped": "there is no such return"})


def _end_way_back(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    """D11: what was on its way back never came; the refund is decided by the seller, and nothing is cancelled."""
    if one := return_of(before, due.parcel or 0):
        draft.record(due.kind, cause)
        lose_return(draft, one)
        return
    _conclude(draft, before, due, cause, Mark.LOST_IN_RETURN)
    parcel = parcel_of(draft.order, due.parcel or 0)
    if parcel is not None and parcel.state.lost_in_return_at is not None:
        ask_for_parcel(draft, parcel.number)
        draft.announce(Happening.LOST_IN_RETURN, f"p{parcel.number}:lost_in_return", due.due_at, parcel.number)


def _answer(draft: Draft, before: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    """D12: nobody answered, so it is approved."""
    draft.record(due.kind, {**cause, "ask": str(due.ask)})
    for request in before.requests:
        if request.id == due.ask:
            grant_cancellation(draft, request, due.rule)
    for refund in before.refunds:
        if refund.id == due.ask:
            move_refund(draft, refund, RefundTrigger.APPROVE)
    for one in before.returns:
        if one.id == due.ask:
            approve_return(draft, one, None)


def _close(draft: Draft, _: Order, due: DeadlineDue, cause: dict[str, Any]) -> None:
    """D14: the return window is over, and nothing is open."""
    draft.change(closed_at=due.due_at)
    draft.record(due.kind, cause)


_JUDGEMENTS = {
    DeadlineKind.SHIP_BY: _ship_overdue,
    DeadlineKind.MARK_SHIPPED: _mark_shipped_overdue,
    DeadlineKind.DELIVERY_PERIOD: _delay,
    DeadlineKind.ACKNOWLEDGMENT: _lose,
    DeadlineKind.TRACKING_UPDATE: _abandon_order,
    DeadlineKind.DELAY_GRACE: _give_up,
    DeadlineKind.ABNORMAL_GRACE: _give_up,
    DeadlineKind.SIGNATURE: _end_wait_for_signature,
    DeadlineKind.RETURN_PARCEL: _lapse,
    DeadlineKind.WAY_BACK: _end_way_back,
    DeadlineKind.ANSWER: _answer,
    DeadlineKind.COLLECTION: _collection_overdue,
    DeadlineKind.CLOSING: _close,
}
