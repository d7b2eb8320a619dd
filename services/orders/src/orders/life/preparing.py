"""How far the seller is with a parcel before a carrier has it: labelled, booked, handed over."""

from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from orders.life.machine import Late, Machine
from orders.life.outcome import Draft
from orders.life.parcel import Binding, Parcel, ParcelStep

S = ParcelStep


class ParcelTrigger(StrEnum):
    """What the seller does with a parcel."""

    LABEL = "label"  #: It has a label that was checked (R4).
    VOID = "void"  #: The label is not true any more (R10, R11).
    BOOK = "book"  #: It is to be fetched, or to be dropped off (R5).
    HAND_OVER = "hand_over"  #: A carrier has it (R6).


T = ParcelTrigger

# fmt: off
PARCEL: Final = Machine(
    "parcel", S, T,
    MappingProxyType({
        (S.UNLABELLED,  T.LABEL):     S.LABELLED,
        (S.LABELLED,    T.LABEL):     S.LABELLED,
        (S.BOOKED,      T.LABEL):     S.BOOKED,
        (S.LABELLED,    T.VOID):      S.UNLABELLED,
        (S.BOOKED,      T.VOID):      S.UNLABELLED,
        (S.UNLABELLED,  T.BOOK):      S.BOOKED,
        (S.LABELLED,    T.BOOK):      S.BOOKED,
        (S.BOOKED,      T.BOOK):      S.BOOKED,
        (S.UNLABELLED,  T.HAND_OVER): S.HANDED_OVER,
        (S.LABELLED,    T.HAND_OVER): S.HANDED_OVER,
        (S.BOOKED,      T.HAND_OVER): S.HANDED_OVER,
        (S.HANDED_OVER, T.HAND_OVER): S.HANDED_OVER,
    }),
    frozenset({(S.UNLABELLED, T.VOID), (S.HANDED_OVER, T.VOID)}),
)
# fmt: on


def void_labels(draft: Draft, number: int | None = None) -> list[int]:
    """Take the labels of parcels that were not handed over, or of one, for void; gives whose those were.

    A booking goes with it: it was made for what the label says.
    """
    had = []
    for parcel in draft.order.parcels:
        if number not in (None, parcel.number):
            continue
        outcome = PARCEL.react(parcel.step, T.VOID)
        if not isinstance(outcome, Late):
            replace_parcel(draft, parcel.number, step=outcome.to)
            had.append(parcel.number)
    return had


def was_handed_over(parcel: Parcel) -> bool:
    """Say whether the seller gave it away, or a carrier was seen with it."""
    return parcel.step is S.HANDED_OVER or parcel.state.first_physical_at is not None


def replace_parcel(draft: Draft, number: int, **fields: Any) -> None:
    """Change fields of one parcel."""
    draft.change(parcels=tuple(replace(p, **fields) if p.number == number else p for p in draft.order.parcels))


def open_bindings(parcel: Parcel) -> tuple[Binding, ...]:
    """Give the tracking numbers that a parcel has now."""
    return tuple(binding for binding in parcel.bindings if binding.valid_to is None)


def move_parcel(draft: Draft, parcel: Parcel, trigger: ParcelTrigger) -> None:
    """Move a parcel. Raises `IllegalTransition`."""
    outcome = PARCEL.react(parcel.step, trigger)
    if not isinstance(outcome, Late):
        replace_parcel(draft, parcel.number, step=outcome.to)
