"""What a marketplace's notice asks of an order: commands, or nothing but to be written down. Pure.

The marketplace is heard as anybody else is: it cancels an order until Shipped and not after it (R25), a request of its
buyer waits for the seller's answer (D12), a return follows R12, a refund R13. Where parcels are, scans say, and never a
notice. A notice that does not say *what* it is about (which things come back, which go into which package) is acted on
where there is one way to do so, and shown to the seller otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid5

from contracts.marketplace.v1 import MarketplaceNoticed, NoticeKind, NoticeParty, ReturnKind
from contracts.marketplace.v1 import NoticeMeaning as M
from contracts.orders.v1 import OrderStatus
from orders.life import commands as c
from orders.life.cases import RefundState, RequestKind, RequestState
from orders.life.lifecycle import BEFORE_SHIPPED
from orders.life.order import Order
from orders.life.preparing import was_handed_over
from orders.life.refunds import refund_id_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a notice asks: commands to be done in turn, or words on why there are none."""

    commands: tuple[c.Command, ...] = ()
    words: str | None = None
    look: bool = False  #: The seller has to look at it: Waybill does not do all of it by itself.
    again: bool = False  #: Once this is done, the notice asks for more.


_STANDS: Final = "where the order stands at the marketplace; it changes nothing here"
_SCANS: Final = "where the parcels are, their carriers' scans say"

#: Notices that are written down, and nothing else; the seller has to look at some.
_NOTED: Final = MappingProxyType(
    {
        **dict.fromkeys(
            (M.UNPAID, M.ON_HOLD, M.AWAITING_SHIPMENT, M.AWAITING_COLLECTION, M.COMPLETED), Wanted(words=_STANDS)
        ),
        **dict.fromkeys((M.PARTIALLY_SHIPPED, M.IN_TRANSIT, M.DELIVERED, M.RETURNED), Wanted(words=_SCANS)),
        M.COLLECTION_FAILED: Wanted(words="no carrier fetched it: arrange the collection anew", look=True),
        M.DELIVERY_FAILED: Wanted(words=f"not delivered, says the marketplace; {_SCANS}", look=True),
        M.LOST: Wanted(words=f"lost, says the marketplace; {_SCANS}", look=True),
        M.RETURN_IN_PROGRESS: Wanted(words="a return, without a word of what comes back: open it here", look=True),
        M.PACKAGES_UNCOMBINED: Wanted(words="it travels in a package of its own again", look=True),
        M.PACKAGES_CHANGED: Wanted(words="its packages are others now: look there which, and repack here", look=True),
    }
)

#: That it goes on in any of these ends a request for cancellation that has no number of its own.
_GOES_ON: Final = frozenset(
    {
        *(M.AWAITING_SHIPMENT, M.PARTIALLY_SHIPPED, M.AWAITING_COLLECTION, M.COLLECTION_FAILED, M.IN_TRANSIT),
        *(M.DELIVERED, M.COMPLETED),
    }
)


def wanted(order: Order, notice: MarketplaceNoticed, earlier: Sequence[MarketplaceNoticed]) -> Wanted:
    """Say what a notice asks of an order, which has taken the *earlier* ones. Total: no state and notice have none."""
    match notice.kind:
        case NoticeKind.ORDER_STATUS:
            return (
                _cancelled(order, notice, earlier) if notice.meaning is M.CANCELLED else _noted(order, notice, earlier)
            )
        case NoticeKind.CANCELLATION:
            return _cancellation(order, notice, earlier)
        case NoticeKind.RETURN:
            return _return(order, notice)
        case NoticeKind.ADDRESS_CHANGED:
            return _address(order)
        case NoticeKind.PACKAGES_SPLIT | NoticeKind.PACKAGES_COMBINED:
            return _packages(order, notice)


def overtaking(notice: MarketplaceNoticed, earlier: Sequence[MarketplaceNoticed]) -> MarketplaceNoticed | None:
    """Give a notice about the same thing that tells of a later moment; None where this one is the newest.

    Of one second, what comes later in a life is the later.
    """
    same = [one for one in earlier if _subject(one) == _subject(notice)]
    newest = max(same, key=_moment, default=None)
    return newest if newest is not None and _moment(newest) > _moment(notice) else None


def _subject(notice: MarketplaceNoticed) -> tuple[str, str | None, str | None]:
    if notice.kind in (NoticeKind.PACKAGES_SPLIT, NoticeKind.PACKAGES_COMBINED):
        return "packages", None, None
    return notice.kind, notice.case, notice.line


def _moment(notice: MarketplaceNoticed) -> tuple[float, int]:
    repeatable = notice.kind in (NoticeKind.PACKAGES_SPLIT, NoticeKind.PACKAGES_COMBINED)
    return notice.happened_at.timestamp(), 0 if repeatable else list(M).index(notice.meaning)


# --- order status and cancellation ------------------------------------------------------------------------------------


def _noted(order: Order, notice: MarketplaceNoticed, earlier: Sequence[MarketplaceNoticed]) -> Wanted:
    taken_back = tuple(
        c.SettleRequest(request_id, granted=False, reason="it goes on at the marketplace")
        for request_id in sorted({request_id_of(order, one) for one in earlier if _is_ended_by(notice, one)})
        if _is_open(order, request_id)
    )
    return Wanted(taken_back) if taken_back else _NOTED[notice.meaning]


def _is_ended_by(status: MarketplaceNoticed, request: MarketplaceNoticed) -> bool:
    """Say whether a request for cancellation that has no number of its own ended with a later status of the order."""
    goes_on = status.meaning in _GOES_ON and status.happened_at > request.happened_at
    return goes_on and _asks_without_a_number(request)


def _asks_without_a_number(notice: MarketplaceNoticed) -> bool:
    return notice.meaning is M.CANCELLATION_REQUESTED and notice.case is None


def _cancelled(order: Order, notice: MarketplaceNoticed, earlier: Sequence[MarketplaceNoticed]) -> Wanted:
    if order.status is OrderStatus.CANCELLED:
        return _is_over(order, (*earlier, notice))
    if notice.line is not None and not _all_lines(order, notice, earlier):
        words = f"one of the {_pieces(order)} things ordered is cancelled: change the order, or cancel it"
        return Wanted(words=words, look=True)
    return Wanted((c.Cancel("marketplace", f"{notice.marketplace}: {notice.raw_status}"),), again=True)


def _cancellation(order: Order, notice: MarketplaceNoticed, earlier: Sequence[MarketplaceNoticed]) -> Wanted:
    request_id = request_id_of(order, notice)
    match notice.meaning:
        case M.CANCELLATION_REQUESTED | M.CANCELLATION_GRANTED | M.CANCELLATION_COMPLETED if (
            order.status is OrderStatus.CANCELLED
        ):
            return _is_over(order, (*earlier, notice))
        case M.CANCELLATION_REQUESTED if any(_is_ended_by(one, notice) for one in earlier):
            return Wanted(words="it has gone on at the marketplace since")
        case M.CANCELLATION_REQUESTED if notice.by not in (None, NoticeParty.BUYER):
            return Wanted(words=f"the {notice.by} is cancelling it at the marketplace; what comes of it is told there")
        case M.CANCELLATION_REQUESTED:
            return Wanted((c.AskForCancellation(request_id, f"asked for at {notice.marketplace}"),))
        case M.CANCELLATION_WITHDRAWN:
            return Wanted((c.SettleRequest(request_id, granted=False, reason="taken back at the marketplace"),))
        case _ if _pieces(order) == 1 or _all_lines(order, notice, earlier):
            return Wanted((c.Cancel("marketplace", f"{notice.marketplace}: {notice.raw_status}"),), again=True)
        case _:
            # It may be of some of the things only; a notice on the order's status follows where it is of all.
            words = "of all the order or of a part is not said: where it is of all, the order's status tells"
            answered = c.SettleRequest(request_id, granted=True, reason="granted at the marketplace")
            return Wanted((answered,), words, look=notice.meaning is M.CANCELLATION_COMPLETED)


def _is_over(order: Order, told: Sequence[MarketplaceNoticed]) -> Wanted:
    """Of a cancelled order, what the marketplace has paid back nobody else shall, whichever was told first."""
    if not _is_paid_back(order, told):
        return Wanted(words="the order is cancelled already")
    owed = [
        c.IssueRefund(refund.id)
        for refund in order.refunds
        if refund.cause in ("cancelled", "request") and refund.state in (RefundState.DUE, RefundState.APPROVED)
    ]
    return Wanted(tuple(owed), "the buyer has the refund, says the marketplace")


def _is_paid_back(order: Order, told: Sequence[MarketplaceNoticed]) -> bool:
    """Say whether the marketplace is known to have paid all of the order back, and not one thing of several."""
    whole = _pieces(order) == 1 or any(one.meaning is M.CANCELLED and one.line is None for one in told)
    paid = [one for one in told if one.meaning is M.CANCELLATION_COMPLETED]
    return any((whole and one.line is None) or _all_lines(order, one, told) for one in paid)


def request_id_of(order: Order, notice: MarketplaceNoticed) -> UUID:
    """Give the one id of a request for cancellation; one without a number is told apart by when it was asked for."""
    case = notice.case or (notice.happened_at.isoformat() if _asks_without_a_number(notice) else "")
    return uuid5(order.id, f"{notice.marketplace}/cancellation/{case}")


def _is_open(order: Order, request_id: UUID) -> bool:
    return any(one.id == request_id and one.state is RequestState.REQUESTED for one in order.requests)


def _pieces(order: Order) -> int:
    return sum(line.quantity for line in order.lines)


def _all_lines(order: Order, notice: MarketplaceNoticed, earlier: Sequence[MarketplaceNoticed]) -> bool:
    """Say whether notices about single things, of which each is one piece, speak of all that is ordered.

    Once the order was changed here, nobody can say which of them are still in it.
    """
    told = {one.line for one in (*earlier, notice) if one.meaning is notice.meaning and one.line is not None}
    changed = any(one.kind is RequestKind.LINES and one.state is RequestState.APPLIED for one in order.requests)
    return len(told) >= _pieces(order) and not changed


# --- returns and refunds ----------------------------------------------------------------------------------------------


def _return(order: Order, notice: MarketplaceNoticed) -> Wanted:
    if notice.return_kind is ReturnKind.REPLACEMENT:
        asked = notice.meaning in (M.RETURN_REQUESTED, M.RETURN_APPROVED, M.RETURN_GRANTED)
        return Wanted(words="a replacement is settled at the marketplace; it is no return here", look=asked)
    if notice.return_kind is ReturnKind.REFUND:
        return _refund(order, notice)
    return_id = uuid5(order.id, f"{notice.marketplace}/return/{notice.case or ''}")
    known = next((one for one in order.returns if one.id == return_id), None)
    opening = _opening(order, return_id, notice)
    match notice.meaning:
        case M.RETURN_REQUESTED if known is None and opening:
            return Wanted((opening,))
        case M.RETURN_APPROVED if known or opening:
            asked_first = () if known or opening is None else (opening,)
            return Wanted((*asked_first, c.DecideReturn(return_id, True, "Send it as the marketplace tells you to.")))
        case M.RETURN_REJECTED if known:
            return Wanted((c.DecideReturn(return_id, False, "refused at the marketplace"),))
        case M.RETURN_WITHDRAWN if known:
            return Wanted((c.WithdrawReturn(return_id, "taken back at the marketplace"),))
        case M.RETURN_COMPLETED if known:
            owed = [
                c.IssueRefund(refund.id)
                for refund in order.refunds
                if (refund.parcels, refund.lines) == ((known.of_parcel,), known.parcel.lines)
                and refund.state in (RefundState.DUE, RefundState.APPROVED)
            ]
            return Wanted(tuple(owed), "the buyer has the refund, says the marketplace")
        case M.RETURN_SHIPPED | M.RETURN_ARRIVED:
            return Wanted(words="where the return is, its carrier's scans say, or the seller who receives it")
        case M.RETURN_GRANTED:
            return Wanted(words="agreed to there; it is refunded here when it is received")
        case M.RETURN_RECEIPT_REJECTED:
            return Wanted(words="refused on receipt at the marketplace: settle it with the buyer there", look=True)
        case M.RETURN_REQUESTED if known:
            return Wanted(words="the return is known already")
        case M.RETURN_REQUESTED | M.RETURN_APPROVED:
            return Wanted(words="what comes back is not said: look there, and open the return here", look=True)
        case _:
            return Wanted(words="no such return is known here")


def _opening(order: Order, return_id: UUID, notice: MarketplaceNoticed) -> c.AskReturn | None:
    """Give the command that opens a return where only one thing can come back; else what it is of is not known."""
    if _pieces(order) != 1 or len(order.parcels) != 1:
        return None
    parcel = order.parcels[0]
    return c.AskReturn(return_id, parcel.number, parcel.lines, f"asked for at {notice.marketplace}")


def _refund(order: Order, notice: MarketplaceNoticed) -> Wanted:
    """Money back, and nothing comes back (R13)."""
    refund_id = refund_id_of(order, "request", ())
    known = next((one for one in order.refunds if one.id == refund_id), None)
    asked = known is not None and known.state is RefundState.REQUESTED
    match notice.meaning:
        case M.RETURN_REQUESTED if known is None and _pieces(order) == 1:
            return Wanted((c.RequestRefund(f"asked for at {notice.marketplace}"),))
        case M.RETURN_REQUESTED if known is None:
            return Wanted(words="a refund is asked for, of what is not said: look there", look=True)
        case M.RETURN_APPROVED | M.RETURN_GRANTED if asked:
            return Wanted((c.DecideRefund(refund_id, True),))
        case M.RETURN_REJECTED if asked:
            return Wanted((c.DecideRefund(refund_id, False, "refused at the marketplace"),))
        case M.RETURN_WITHDRAWN if asked:
            return Wanted((c.WithdrawRefund(refund_id, "taken back at the marketplace"),))
        case M.RETURN_COMPLETED if asked:
            return Wanted((c.DecideRefund(refund_id, True), c.IssueRefund(refund_id)))
        case M.RETURN_COMPLETED if known and known.state in (RefundState.DUE, RefundState.APPROVED):
            return Wanted((c.IssueRefund(refund_id),))
        case _:
            return Wanted(words="no refund waits here that it could be about")


# --- packages and address ---------------------------------------------------------------------------------------------


def _packages(order: Order, notice: MarketplaceNoticed) -> Wanted:
    mine = [package for package in notice.packages if order.number in package.order_numbers]
    match notice.meaning:
        case M.PACKAGES_SPLIT:
            return _split(order, len(mine))
        case M.PACKAGES_COMBINED | M.PACKAGES_UNSPLIT:
            together = sorted({number for package in mine for number in package.order_numbers} - {order.number})
            return _combine(order, len(mine), together)
        case _:
            return _NOTED[notice.meaning]


def _split(order: Order, packages: int) -> Wanted:
    if len(order.parcels) == packages:
        return Wanted(words=f"the order has {packages} parcels already")
    if len(order.parcels) != 1 or _pieces(order) != packages:
        return Wanted(words=f"{packages} packages; what is in which is not said: look there, and split here", look=True)
    parcel = order.parcels[0]
    singles = [sku for sku, quantity in parcel.lines for _ in range(quantity)]
    return Wanted(tuple(c.SplitParcel(parcel.number, ((sku, 1),)) for sku in singles[1:]))


def _combine(order: Order, packages: int, together: list[str]) -> Wanted:
    if together:
        words = f"it travels in one package with {', '.join(together)}: give both the same tracking number"
        return Wanted(words=words, look=True)
    if len(order.parcels) == packages:
        return Wanted(words="its parcels are as the marketplace says already")
    if len(order.parcels) != 2 or packages != 1:
        return Wanted(words="its packages are others now: look there which, and repack here", look=True)
    first, second = sorted(parcel.number for parcel in order.parcels)
    return Wanted((c.CombineParcels(first, (second,)),))


def _address(order: Order) -> Wanted:
    """R10: until Shipped, and what is printed is void; which address it is now is not said."""
    if order.status is OrderStatus.CANCELLED:
        return Wanted(words="the order is cancelled: it goes nowhere")
    if order.status not in BEFORE_SHIPPED or any(was_handed_over(parcel) for parcel in order.parcels):
        return Wanted(words="the address changed after a carrier had it: ask the carrier", look=True)
    words = "another address, which is not said: look there, change it here, and print the label then"
    return Wanted((c.VoidLabels(),), words, look=True)
