"""Complaints (R14, R22), and whose fault it was (R24): the buyer opens, the seller answers, the operator decides."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from contracts.orders.v1 import Happening, ParcelState
from contracts.vocabulary import ScanStatus
from orders.life import commands as c
from orders.life.cases import Complaint, ComplaintKind, ComplaintState, Fault
from orders.life.evidence import mark, settle
from orders.life.lifecycle import BEFORE_SHIPPED
from orders.life.machine import Late, Machine
from orders.life.order import Order, chosen, parcel_of, return_of
from orders.life.outcome import Draft, Refusal
from orders.life.parcel import DerivedMark, Mark

S = ComplaintState


class ComplaintTrigger(StrEnum):
    """What can happen to a complaint."""

    ANSWER = "answer"
    UPHOLD = "uphold"
    REFUSE = "refuse"


T = ComplaintTrigger

# fmt: off
COMPLAINT: Final = Machine(
    "complaint", S, T,
    MappingProxyType({
        (S.OPEN,     T.ANSWER): S.ANSWERED,
        (S.ANSWERED, T.ANSWER): S.ANSWERED,
        (S.OPEN,     T.UPHOLD): S.UPHELD,
        (S.ANSWERED, T.UPHOLD): S.UPHELD,
        (S.OPEN,     T.REFUSE): S.REFUSED,
        (S.ANSWERED, T.REFUSE): S.REFUSED,
    }),
    frozenset({(S.UPHELD, T.UPHOLD), (S.REFUSED, T.REFUSE)}),
)
# fmt: on

#: What can be said of a shop before anything was sent.
_AT_ANY_TIME = (ComplaintKind.FRAUDULENT, ComplaintKind.FALSE_LABEL)

MOST = 20  #: Complaints about one order.


def _complain(draft: Draft, command: c.Complain) -> Refusal | None:
    before = draft.order
    parcels = chosen(before, () if command.parcel is None else (command.parcel,))
    if parcels is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if before.status in BEFORE_SHIPPED and command.kind not in _AT_ANY_TIME:
        return Refusal(f"the order is {before.status}: nothing was sent that this could be about")
    if before.closed_at is not None:
        return Refusal("the time for returns and complaints is over: ask the shop what it can do for you")
    if len(before.complaints) >= MOST:
        return Refusal("there are many complaints about this order already: they are looked at")
    kind, parcel = command.kind, command.parcel
    complaint = Complaint(command.complaint_id, kind, S.OPEN, parcel, command.words, draft.now, command.evidence)
    draft.change(complaints=(*before.complaints, complaint))
    cause: dict[str, Any] = {"complaint": str(complaint.id), "kind": kind, "parcel": parcel}
    if kind is ComplaintKind.NOT_RECEIVED:
        for one in parcels:
            mark(draft, one.number, DerivedMark(Mark.DISPUTED, draft.now))
        settle(draft, before, "complain", cause)
    else:
        draft.record("complain", cause)
    draft.announce(Happening.COMPLAINT_OPENED, f"complaint_opened:{complaint.id}", draft.now, parcel, kind=kind)
    return None


def _answer(draft: Draft, command: c.AnswerComplaint) -> Refusal | None:
    complaint = _complaint(draft.order, command.complaint_id)
    if complaint is None:
        return Refusal("the order has no such complaint", "complaint_id")
    _move(draft, complaint, T.ANSWER, answer=command.words)
    draft.record("answer_complaint", {"complaint": str(complaint.id)})
    draft.announce(Happening.COMPLAINT_ANSWERED, f"complaint_answered:{complaint.id}", draft.now, complaint.parcel)
    return None


def _decide(draft: Draft, command: c.DecideComplaint) -> Refusal | None:
    complaint = _complaint(draft.order, command.complaint_id)
    if complaint is None:
        return Refusal("the order has no such complaint", "complaint_id")
    trigger = T.UPHOLD if command.uphold else T.REFUSE
    if _move(draft, complaint, trigger, reason=command.words, decided_at=draft.now):
        happening = Happening.COMPLAINT_UPHELD if command.uphold else Happening.COMPLAINT_REFUSED
        draft.record(happening, {"complaint": str(complaint.id)})
        draft.announce(happening, f"{happening}:{complaint.id}", draft.now, complaint.parcel, kind=complaint.kind)
    return None


def _assign_fault(draft: Draft, command: c.AssignFault) -> Refusal | None:
    """R24: of a failed delivery, a loss, a damage or a return; the last word counts, and those before stay."""
    order = draft.order
    parcel = parcel_of(order, command.parcel)
    if parcel is None and return_of(order, command.parcel) is None:
        return Refusal(f"the order has no parcel and no return {command.parcel}", "parcel")
    if parcel is not None and not _went_wrong(parcel.state):
        return Refusal(f"nothing is known to have gone wrong with parcel {parcel.number}: there is no fault to assign")
    fault = Fault(command.parcel, command.fault, command.bears, command.words, draft.now, command.evidence)
    draft.change(faults=(*order.faults, fault))
    draft.record("assign_fault", {"parcel": fault.parcel, "fault": fault.fault, "bears": fault.bears})
    return None


def _went_wrong(state: ParcelState) -> bool:
    wrong = (state.lost_at, state.damaged_at, state.returning_at, state.closed_at, state.lost_in_return_at)
    failed = state.attempts or state.place is ScanStatus.UNDELIVERABLE
    return bool(failed or any(wrong) or state.disputed_at)


def _move(draft: Draft, complaint: Complaint, trigger: ComplaintTrigger, **fields: Any) -> bool:
    """Move a complaint; False where it is late, and nothing is done. Raises `IllegalTransition`."""
    outcome = COMPLAINT.react(complaint.state, trigger)
    if isinstance(outcome, Late):
        return False
    moved = replace(complaint, state=outcome.to, **fields)
    draft.change(complaints=tuple(moved if one.id == moved.id else one for one in draft.order.complaints))
    return True


def _complaint(order: Order, complaint_id: UUID) -> Complaint | None:
    return next((one for one in order.complaints if one.id == complaint_id), None)


ACTS: dict[type, Callable[[Draft, Any], Refusal | None]] = {
    c.Complain: _complain,
    c.AnswerComplaint: _answer,
    c.DecideComplaint: _decide,
    c.AssignFault: _assign_fault,
}
