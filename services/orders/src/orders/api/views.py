"""An order as the API shows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts.orders.v1 import OrderStatus
from orders.api.answers import (
    AheadShown,
    BindingShown,
    BuyerShown,
    ComplaintShown,
    FaultShown,
    LineShown,
    MarkShown,
    MessageShown,
    MoneyShown,
    OrderShown,
    OrderThen,
    PackedShown,
    ParcelShown,
    RefundShown,
    RequestShown,
    ReturnShown,
    ScanShown,
    StepShown,
)
from orders.life.cases import Refund, Return
from orders.life.fold import happened_at
from orders.life.lifecycle import POSSIBLE, SHOWN
from orders.life.order import Line, Order, badge_of, parcels_of
from orders.life.parcel import Evidence, Parcel, is_with_buyer
from orders.listing.deadlines import Ahead

Row = Mapping[str, Any]


def order_view(
    order: Order, about: Row, history: Iterable[Row], ahead: Iterable[Ahead], messages: Iterable[Row]
) -> OrderShown:
    """Show an order whole, to its shop; *about* is the row of what decisions about it do not need (`about_order`)."""
    there = sum(is_with_buyer(parcel.state) for parcel in order.parcels)
    return OrderShown(
        id=order.id,
        number=order.number,
        version=order.version,
        seller=about["shop_name"],
        status=order.status,
        shown_status=SHOWN[order.status],
        badge=badge_of(order),
        possible=list(POSSIBLE[order.status]),
        fulfilment=order.fulfilment,
        handover=order.handover,
        service=order.service,
        bought_at=about["bought_at"],
        placed_at=order.placed_at,
        promised_at=order.promised_at,
        estimated_at=estimated_at(order),
        shipped_at=order.shipped_at,
        cancelled_at=order.cancelled_at,
        closed_at=order.closed_at,
        progress=f"{there} of {len(order.parcels)} delivered",
        policy_version=order.policy.version,
        money=MoneyShown(
            currency=order.currency,
            total=order.total,
            payment=order.payment,
            prepaid=order.prepaid,
            collected=order.collected,
            items=sum((line.unit_price * line.quantity for line in order.lines), Decimal(0)),
            shipping_fee=about["shipping_fee"],
            discount=about["discount"],
        ),
        buyer=BuyerShown.model_validate(dict(about)) if about["name"] is not None else None,
        lines=[line_view(line) for line in order.lines],
        parcels=[_parcel(parcel) for parcel in order.parcels],
        refunds=[_refund(refund) for refund in order.refunds],
        requests=[RequestShown.model_validate(asdict(request)) for request in order.requests],
        returns=[return_view(one) for one in order.returns],
        complaints=[ComplaintShown.model_validate(asdict(complaint)) for complaint in order.complaints],
        faults=[FaultShown.model_validate(asdict(fault)) for fault in order.faults],
        deadlines=[AheadShown.model_validate(asdict(one)) for one in ahead],
        messages=[MessageShown.model_validate(dict(row)) for row in messages],
        history=steps(history),
    )


def order_then(order: Order, as_of: datetime, row: Row, history: Iterable[Row]) -> OrderThen:
    """Show an order as it stood at *as_of*; *row* is what `stood_at` found."""
    stood = row["stood"]
    there = {one["number"] for one in stood["parcels"]} | {one["parcel"] for one in stood.get("returns", ())}
    status = OrderStatus(stood["status"])
    known: dict[int, list[Evidence]] = {number: [] for number in sorted(there)}  # one that is no more had no scans
    for parcel in parcels_of(order):
        if parcel.number in there:
            known[parcel.number] = [scan for scan in parcel.evidence if _known_at(parcel, scan) <= as_of]
    return OrderThen(
        id=order.id,
        number=order.number,
        as_of=as_of,
        since=row["at"],
        version=row["version"],
        status=status,
        shown_status=SHOWN[status],
        stood=stood,
        timelines={number: _timeline(scans) for number, scans in known.items()},
        history=steps(step for step in history if step["at"] <= as_of),
    )


def _known_at(parcel: Parcel, scan: Evidence) -> datetime:
    """Give since when the order knew of a record: one that was kept for its number came with the number."""
    bound = (binding.valid_from for binding in parcel.bindings if binding.carrier == scan.carrier)
    return max(scan.received_at, min(bound, default=scan.received_at))


def estimated_at(order: Order) -> datetime | None:
    """Give when the last parcel that is still to come is expected: the carrier's own date, else the promised one."""
    to_come = [parcel.state for parcel in order.parcels if parcel.state.delivered_at is None]
    return max((state.estimated_at for state in to_come if state.estimated_at), default=order.promised_at)


def steps(history: Iterable[Row]) -> list[StepShown]:
    """Show rows of history."""
    return [StepShown.model_validate(dict(row)) for row in history]


def line_view(line: Line) -> LineShown:
    """Show what was bought of one thing."""
    return LineShown.model_validate(asdict(line) | {"options": dict(line.options)})


def packed(lines: Iterable[tuple[str, int]]) -> list[PackedShown]:
    """Show what is in a parcel."""
    return [PackedShown(sku=sku, quantity=quantity) for sku, quantity in lines]


def _parcel(parcel: Parcel) -> ParcelShown:
    return ParcelShown(
        **parcel.state.model_dump(),
        step=parcel.step,
        lines=packed(parcel.lines),
        bindings=[
            BindingShown(
                carrier=binding.carrier,
                number=binding.tracking_number,
                account=binding.account,
                since=binding.valid_from,
                until=binding.valid_to,
            )
            for binding in parcel.bindings
        ],
        timeline=_timeline(parcel.evidence),
        marks=[MarkShown(mark=one.mark, at=one.at) for one in parcel.marks],
    )


def _timeline(evidence: Sequence[Evidence]) -> list[ScanShown]:
    return [
        ScanShown(
            scan_id=scan.scan_id,
            at=happened_at(scan),
            scanned_at=scan.scanned_at,
            received_at=scan.received_at,
            time_quality=scan.time_quality,
            status=scan.status,
            sub_status=scan.sub_status,
            carrier=scan.carrier,
            place=scan.place,
            text=scan.raw_text,
            code=scan.raw_code,
            signed=scan.signed,
        )
        for scan in sorted(evidence, key=lambda scan: (happened_at(scan), scan.identity))
    ]


def _refund(refund: Refund) -> RefundShown:
    return RefundShown.model_validate(asdict(refund) | {"lines": packed(refund.lines)})


def return_view(one: Return) -> ReturnShown:
    """Show a return."""
    binding = next((binding for binding in reversed(one.parcel.bindings) if binding.valid_to is None), None)
    return ReturnShown(
        id=one.id,
        parcel=one.of_parcel,
        number=one.parcel.number,
        status=one.status,
        lines=packed(one.parcel.lines),
        words=one.words,
        instructions=one.instructions,
        reason=one.reason,
        asked_at=one.asked_at,
        approved_at=one.approved_at,
        moved_at=one.parcel.state.returning_at,
        received_at=one.received_at,
        intact=packed(one.intact),
        carrier=binding.carrier if binding else None,
        tracking_number=binding.tracking_number if binding else None,
        place=one.parcel.state.place,
        timeline=_timeline(one.parcel.evidence),
    )
