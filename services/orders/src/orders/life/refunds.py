"""What is given back (R13): never more than was paid, and never twice for the same parcel."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

from orders.life.order import Order, Refund, RefundState, refundable
from orders.life.outcome import Draft


def refundable_for(order: Order, numbers: Sequence[int]) -> Decimal:
    """Give what may be refunded for some parcels: for all of them all that is left, else no parcel's share twice."""
    if len(numbers) == len(order.parcels):
        return refundable(order)
    dealt_with = {
        number
        for refund in order.refunds
        if refund.state is not RefundState.REFUSED
        for number in _parcels_of(order, refund.parcels)
    }
    worth = shares(order)
    return min(refundable(order), sum((worth[n] for n in numbers if n not in dealt_with), Decimal(0)))


def shares(order: Order) -> dict[int, Decimal]:
    """Share the order's total among its parcels, by the price of what is in them: shipping and discount with it.

    In whole units where all the order's amounts are whole, else in hundredths or finer; what rounding leaves over falls
    to a later parcel, so that the shares make the total.
    """
    prices = {line.sku: line.unit_price for line in order.lines}
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
        if refund.state is RefundState.REQUESTED and numbers.issuperset(_parcels_of(draft.order, refund.parcels))
    ]
    rest = refundable_for(draft.order, sorted(numbers))
    due = [replace(refund, state=RefundState.DUE) if refund in asked else refund for refund in draft.order.refunds]
    if rest > 0:
        due.append(Refund(refund_id, cause, parcels, rest, RefundState.DUE))
    if asked or rest > 0:
        draft.change(refunds=tuple(due))
    return rest + sum((refund.amount for refund in asked), Decimal(0))


def owe_what_came_back(draft: Draft) -> None:
    """R12: what a carrier brought back is refunded when it is there."""
    for parcel in draft.order.parcels:
        if parcel.state.returned_at is not None:
            owe(draft, "returned", (parcel.number,))


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
