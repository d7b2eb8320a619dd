"""What is given back (R13): never more than was paid, and never twice for the same parcel."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

from contracts.orders.v1 import ReturnStatus
from orders.life.cases import Refund, RefundState, Request, Return
from orders.life.order import Order, refundable, refunded
from orders.life.outcome import Draft


def refundable_for(order: Order, numbers: Sequence[int]) -> Decimal:
    """Give what may be refunded for some parcels: for all of them all that is left, else no parcel's share twice."""
    if len(numbers) == len(order.parcels):
        return refundable(order)
    return min(refundable(order), sum((_left_of(order, number) for number in numbers), Decimal(0)))


def refundable_for_return(order: Order, one: Return) -> Decimal:
    """Give what may be refunded for what comes back of a parcel: its part of the parcel's share, by price.

    Where it is the last of the parcel that nothing was given back for, it is all that is left of its share, so that
    what rounding left over is not kept; where it is the last of the order, all that is left of the order.
    """
    number, left = one.of_parcel, _lines_left(order, one.of_parcel, one)
    asked = {sku: min(quantity, left.get(sku, 0)) for sku, quantity in one.parcel.lines}
    if all(asked.get(sku, 0) == quantity for sku, quantity in left.items()):
        others = [p.number for p in order.parcels if p.number != number]
        last = not any(_lines_left(order, other, one) for other in others)
        return refundable(order) if last else min(refundable(order), _left_of(order, number))
    prices = _prices(order)
    parcel = next(parcel for parcel in order.parcels if parcel.number == number)
    whole = sum((prices[sku] * quantity for sku, quantity in parcel.lines), Decimal(0))
    if not whole:
        return Decimal(0)
    part = sum((prices[sku] * quantity for sku, quantity in asked.items()), Decimal(0))
    worth = (shares(order)[number] * part / whole).quantize(_unit(order.total, *prices.values()), ROUND_HALF_UP)
    return min(refundable(order), _left_of(order, number), worth)


def _left_of(order: Order, number: int) -> Decimal:
    """Give what of a parcel's share was not given back, is not on its way, and was not asked for."""
    left = shares(order)[number]
    for refund in _standing(order):
        if number in _parcels_of(order, refund.parcels):
            if not refund.lines:
                return Decimal(0)
            left -= refund.amount
    return max(Decimal(0), left)


def _lines_left(order: Order, number: int, but: Return) -> dict[str, int]:
    """Give what is in a parcel that no refund is about, and no return *but* one has brought back for nothing."""
    left = dict(next(parcel for parcel in order.parcels if parcel.number == number).lines)
    for refund in _standing(order):
        if number in _parcels_of(order, refund.parcels):
            if not refund.lines:
                return {}
            for sku, quantity in refund.lines:
                left[sku] = left.get(sku, 0) - quantity
    paid = {refund.id for refund in _standing(order)}
    for one in order.returns:
        ids = {_return_refund_id(order, cause, one) for cause in ("returned", "lost_in_return")}
        if one.of_parcel == number and one.status is ReturnStatus.RECEIVED and one.id != but.id and not ids & paid:
            for sku, quantity in one.parcel.lines:
                left[sku] = left.get(sku, 0) - quantity
    return {sku: quantity for sku, quantity in left.items() if quantity > 0}


def _standing(order: Order) -> list[Refund]:
    """Give the refunds that are about what is in parcels: not refused, and not for having ordered less."""
    return [one for one in order.refunds if one.state is not RefundState.REFUSED and one.cause != "modified"]


def _prices(order: Order) -> dict[str, Decimal]:
    return {line.sku: line.unit_price for line in order.lines}


def shares(order: Order) -> dict[int, Decimal]:
    """Share the order's total among its parcels, by the price of what is in them: shipping and discount with it.

    In whole units where all the order's amounts are whole, else in hundredths or finer; what rounding leaves over falls
    to a later parcel, so that the shares make the total.
    """
    prices = _prices(order)
    weights = [sum((prices[sku] * quantity for sku, quantity in p.lines), Decimal(0)) for p in order.parcels]
    if not any(weights):
        weights = [Decimal(1)] * len(weights)
    unit = _unit(order.total, *prices.values())
    found, so_far, reached = {}, Decimal(0), Decimal(0)
    for parcel, weight in zip(order.parcels, weights, strict=True):
        so_far += weight
        now = (order.total * so_far / sum(weights)).quantize(unit, ROUND_HALF_UP)
        found[parcel.number], reached = now - reached, now
    return found


def owe(draft: Draft, cause: str, parcels: tuple[int, ...]) -> Decimal:
    """Make due what is left to give back for some parcels (none: the order), once per cause; gives how much that is.

    What the buyer has asked for them is not the seller's to decide any more: it is due too.
    """
    refund_id = refund_id_of(draft.order, cause, parcels)
    if any(refund.id == refund_id for refund in draft.order.refunds):
        return Decimal(0)
    numbers = _parcels_of(draft.order, parcels)
    asked = [
        refund
        for refund in draft.order.refunds
        if refund.state is RefundState.REQUESTED
        and (not parcels or numbers.issuperset(_parcels_of(draft.order, refund.parcels)))
    ]
    rest = refundable_for(draft.order, sorted(numbers))
    due = [replace(refund, state=RefundState.DUE) if refund in asked else refund for refund in draft.order.refunds]
    if rest > 0:
        due.append(Refund(refund_id, cause, parcels, rest, RefundState.DUE))
    if asked or rest > 0:
        draft.change(refunds=tuple(due))
    return rest + sum((refund.amount for refund in asked), Decimal(0))


def owe_what_came_back(draft: Draft) -> None:
    """R12: what a carrier or the buyer brought back is refunded when it is there."""
    for parcel in draft.order.parcels:
        if parcel.state.returned_at is not None:
            owe(draft, "returned", (parcel.number,))
    for one in draft.order.returns:
        if one.status is ReturnStatus.RECEIVED:
            owe_what_was_sent_back(draft, one)


def owe_what_was_sent_back(draft: Draft, one: Return) -> Decimal:
    """R12: what the buyer sent back is refunded when it is received, once; gives how much that is.

    What was asked for it, because it was lost or as a whole, is not the seller's to decide any more: it is due.
    """
    order, lost = draft.order, _return_refund_id(draft.order, "lost_in_return", one)
    asked = [
        refund
        for refund in order.refunds
        if refund.state is RefundState.REQUESTED and (refund.id == lost or _is_back(order, refund))
    ]
    if asked:
        due = [replace(refund, state=RefundState.DUE) if refund in asked else refund for refund in order.refunds]
        draft.change(refunds=tuple(due))
    rest = Decimal(0)
    if not any(refund.id == lost and refund.state is not RefundState.REFUSED for refund in order.refunds):
        rest = _owe_lines(draft, one, "returned", RefundState.DUE)
    return rest + sum((refund.amount for refund in asked), Decimal(0))


def _is_back(order: Order, refund: Refund) -> bool:
    """Say whether everything that a refund is about was received."""
    if refund.lines:
        return False  # of one return that was lost: that is known by its id
    received = Counter[tuple[int, str]]()
    for one in order.returns:
        if one.status is ReturnStatus.RECEIVED:
            received.update({(one.of_parcel, sku): quantity for sku, quantity in one.parcel.lines})
    numbers = _parcels_of(order, refund.parcels)
    about = [parcel for parcel in order.parcels if parcel.number in numbers]
    return bool(about) and all(
        parcel.state.returned_at or all(received[parcel.number, sku] >= quantity for sku, quantity in parcel.lines)
        for parcel in about
    )


def ask_for_parcel(draft: Draft, number: int) -> None:
    """D11: a parcel that a carrier was bringing back never came: the seller decides about the refund."""
    order = draft.order
    refund_id = refund_id_of(order, "lost_in_return", (number,))
    amount = refundable_for(order, [number])
    if amount > 0 and not any(refund.id == refund_id for refund in order.refunds):
        refund = Refund(refund_id, "lost_in_return", (number,), amount, RefundState.REQUESTED, None, (), draft.now)
        draft.change(refunds=(*order.refunds, refund))


def ask_for_what_is_lost(draft: Draft, one: Return) -> Decimal:
    """D11: what the buyer sent back and never came: the seller decides about the refund; gives how much that is."""
    return _owe_lines(draft, one, "lost_in_return", RefundState.REQUESTED)


def _owe_lines(draft: Draft, one: Return, cause: str, state: RefundState) -> Decimal:
    order = draft.order
    refund_id = _return_refund_id(order, cause, one)
    amount = refundable_for_return(order, one)
    if amount <= 0 or any(refund.id == refund_id for refund in order.refunds):
        return Decimal(0)
    asked_at = draft.now if state is RefundState.REQUESTED else None
    refund = Refund(refund_id, cause, (one.of_parcel,), amount, state, None, one.parcel.lines, asked_at)
    draft.change(refunds=(*order.refunds, refund))
    return amount


def _return_refund_id(order: Order, cause: str, one: Return) -> UUID:
    return uuid5(NAMESPACE_OID, f"{order.id}/{cause}/return/{one.id}")


def owe_what_is_overpaid(draft: Draft, request: Request) -> Decimal:
    """R11: what was paid for things that are not ordered any more is due at once; gives how much that is."""
    order = draft.order
    too_much = order.prepaid + order.collected - refunded(order) - order.total
    if too_much <= 0:
        return Decimal(0)
    refund_id = uuid5(NAMESPACE_OID, f"{order.id}/modified/{request.id}")
    refund = Refund(refund_id, "modified", (), too_much, RefundState.DUE)
    draft.change(refunds=(*order.refunds, refund))
    return too_much


def refund_id_of(order: Order, cause: str, parcels: tuple[int, ...]) -> UUID:
    """Give the one id that a refund of this cause and these parcels can have."""
    return uuid5(NAMESPACE_OID, f"{order.id}/{cause}/{','.join(map(str, parcels))}")


def money(order: Order, amount: Decimal) -> str:
    """Give an amount with the order's currency."""
    return f"{amount} {order.currency}"


def _parcels_of(order: Order, parcels: tuple[int, ...]) -> frozenset[int]:
    return frozenset(parcels or (parcel.number for parcel in order.parcels))


def _unit(*amounts: Decimal) -> Decimal:
    exponents = [amount.as_tuple().exponent for amount in amounts]
    places = max(-exponent for exponent in exponents if isinstance(exponent, int))
    return Decimal(1).scaleb(-max(places, 2)) if places > 0 else Decimal(1)
