"""What a deadline does when it is due: applied if every fact that it rests on still holds, dropped otherwise."""

from datetime import datetime
from typing import Any

from contracts.deadlines.v1 import DeadlineDue, DeadlineKind
from contracts.orders.v1 import Fulfilment, Happening
from orders.life.evidence import cancel, mark, settle
from orders.life.lifecycle import Late, Trigger, react
from orders.life.order import DerivedMark, Mark, Order, can_still_be_delivered, is_with_buyer, parcel_of, state_of
from orders.life.outcome import Draft, Outcome
from orders.life.refunds import money, refundable_for


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
    return draft.finish()


def _facts_that_changed(order: Order, proposal: DeadlineDue) -> list[str]:
    state = state_of(order).model_dump(mode="json")
    parcels = {parcel["number"]: parcel for parcel in state["parcels"]}
    facts = {f"order.{name}": value for name, value in state.items()}
    if proposal.parcel is not None:
        facts |= {f"parcel.{name}": value for name, value in parcels.get(proposal.parcel, {}).items()}
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


_JUDGEMENTS = {
    DeadlineKind.DELIVERY_PERIOD: _delay,
    DeadlineKind.ACKNOWLEDGMENT: _lose,
    DeadlineKind.TRACKING_UPDATE: _abandon_order,
    DeadlineKind.DELAY_GRACE: _give_up,
    DeadlineKind.ABNORMAL_GRACE: _give_up,
    DeadlineKind.SIGNATURE: _end_wait_for_signature,
}
