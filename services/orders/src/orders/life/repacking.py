"""What is in which parcel: split, combined, and packed anew when other lines are ordered."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from contracts.orders.v1 import ParcelState
from orders.life import commands as c
from orders.life.lifecycle import BEFORE_SHIPPED
from orders.life.order import Line, next_number, parcel_of
from orders.life.outcome import Draft, Refusal
from orders.life.parcel import Parcel, ParcelStep
from orders.life.preparing import replace_parcel, was_handed_over


def _split(draft: Draft, command: c.SplitParcel) -> Refusal | None:
    parcel = parcel_of(draft.order, command.parcel)
    if parcel is None:
        return Refusal(f"the order has no parcel {command.parcel}", "parcel")
    if refusal := _cannot_be_repacked(draft, parcel):
        return refusal
    left = Counter(dict(parcel.lines))
    taken = Counter(dict(command.lines))
    short = [f"{sku}: {left[sku]} of {quantity}" for sku, quantity in taken.items() if left[sku] < quantity]
    if short:
        return Refusal(f"parcel {parcel.number} does not hold that much: {'; '.join(short)}", "lines")
    left.subtract(taken)
    rest = _lines(parcel.lines, left)
    if not rest:
        return Refusal(f"nothing would be left in parcel {parcel.number}: leave something in it", "lines")
    number = next_number(draft.order)
    replace_parcel(draft, parcel.number, lines=rest, step=ParcelStep.UNLABELLED)
    new = Parcel(number, tuple(taken.items()), ParcelState(number=number))
    draft.change(parcels=(*draft.order.parcels, new))
    draft.record("split_parcel", {"parcel": parcel.number, "new": number, "lines": [list(x) for x in command.lines]})
    return None


def _combine(draft: Draft, command: c.CombineParcels) -> Refusal | None:
    others = [parcel for parcel in draft.order.parcels if parcel.number in command.parcels]
    into = parcel_of(draft.order, command.into)
    if into is None or len(others) < len(set(command.parcels)):
        return Refusal("the order has no such parcel", "parcels")
    if into.number in command.parcels:
        return Refusal("a parcel is not combined with itself", "parcels")
    for parcel in (into, *others):
        if refusal := _cannot_be_repacked(draft, parcel):
            return refusal
    bound = [str(parcel.number) for parcel in others if parcel.bindings or parcel.evidence]
    if bound:
        sentence = f"parcel {', '.join(bound)} has a tracking number: combine into it, or leave it as it is"
        return Refusal(sentence, "parcels")
    held = Counter(dict(into.lines))
    for parcel in others:
        held.update(dict(parcel.lines))
    gone = {parcel.number for parcel in others}
    last = next_number(draft.order) - 1
    draft.change(parcels=tuple(p for p in draft.order.parcels if p.number not in gone), last_number=last)
    said = (*into.marks, *(mark for parcel in others for mark in parcel.marks))
    replace_parcel(draft, into.number, lines=tuple(held.items()), marks=said, step=ParcelStep.UNLABELLED)
    draft.record("combine_parcels", {"into": into.number, "parcels": sorted(gone)})
    return None


def _cannot_be_repacked(draft: Draft, parcel: Parcel) -> Refusal | None:
    if draft.order.status not in BEFORE_SHIPPED:
        return Refusal(f"the order is {draft.order.status}: parcels are split or combined before it is shipped")
    if was_handed_over(parcel):
        return Refusal(f"parcel {parcel.number} is with its carrier: it cannot be opened any more", "parcel")
    return None


def pack_anew(parcels: tuple[Parcel, ...], lines: tuple[Line, ...]) -> tuple[Parcel, ...]:
    """Fit what is in parcels to other lines: less is taken from the last, more goes where the SKU is, or the first.

    A parcel with nothing left in it is left out, unless it has a tracking number or is the only one.
    """
    wanted = Counter({line.sku: line.quantity for line in lines})
    held = [Counter(dict(parcel.lines)) for parcel in parcels]
    for sku in {sku for content in held for sku in content} | wanted.keys():
        surplus = sum(content[sku] for content in held) - wanted[sku]
        for content in reversed(held):
            taken = min(max(surplus, 0), content[sku])
            content[sku] -= taken
            surplus -= taken
        if surplus < 0:
            next((content for content in held if content[sku]), held[0])[sku] -= surplus
    packed = [
        replace(parcel, lines=_lines(parcel.lines, content)) for parcel, content in zip(parcels, held, strict=True)
    ]
    kept = [parcel for parcel in packed if parcel.lines or parcel.bindings] or packed[:1]
    said = (mark for parcel in packed if parcel not in kept for mark in parcel.marks)
    return (replace(kept[0], marks=(*kept[0].marks, *said)), *kept[1:])


def _lines(before: tuple[tuple[str, int], ...], now: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Give what is in a parcel now, in the order that it had before."""
    names = [sku for sku, _ in before] + sorted(now.keys() - {sku for sku, _ in before})
    return tuple((sku, now[sku]) for sku in names if now[sku] > 0)


ACTS: dict[type, Callable[[Draft, Any], Refusal | None]] = {c.SplitParcel: _split, c.CombineParcels: _combine}
