"""An order as its buyer, and whoever holds its tracking link, sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from contracts.orders.v1 import OrderStatus
from orders.api.answers import RefundShown, RequestShown
from orders.api.buyer_schemas import (
    BuyerComplaintShown,
    BuyerListedShown,
    BuyerOrderShown,
    BuyerOrdersShown,
    PoliciesShown,
    SeenShown,
    SentBackShown,
    TotalShown,
    TrackedParcelShown,
    TrackingShown,
)
from orders.api.schemas import AddressGiven
from orders.api.views import estimated_at, line_view, packed, return_view
from orders.life.fold import happened_at
from orders.life.lifecycle import SHOWN
from orders.life.order import Order, badge_of
from orders.life.parcel import Parcel, is_with_buyer

_OVER = (OrderStatus.CANCELLED, OrderStatus.DELIVERED, OrderStatus.RETURNED)


def tracking_view(order: Order) -> TrackingShown:
    """Show an order to whoever holds its tracking link: no name, no address, no price."""
    there = sum(is_with_buyer(parcel.state) for parcel in order.parcels)
    policy = order.policy
    return TrackingShown(
        number=order.number,
        status=SHOWN[order.status],
        badge=badge_of(order),
        over=order.status in _OVER,
        progress=f"{there} of {len(order.parcels)} delivered",
        promised_at=order.promised_at,
        estimated_at=estimated_at(order),
        parcels=[_tracked(parcel) for parcel in order.parcels],
        returns=[
            SentBackShown(
                number=one.parcel.number,
                status=one.status,
                lines=packed(one.parcel.lines),
                instructions=one.instructions,
            )
            for one in order.returns
        ],
        policies=PoliciesShown(
            return_window_days=policy.return_window_days,
            modification_window_hours=policy.modification_window_hours,
            cancellation_answer_hours=policy.cancellation_answer_hours,
            answer_hours=policy.answer_hours,
            exclusions={line.sku: line.exclusion for line in order.lines if line.exclusion},
        ),
    )


def _tracked(parcel: Parcel) -> TrackedParcelShown:
    return TrackedParcelShown(
        number=parcel.number,
        carrier=parcel.state.carrier,
        tracking_number=next((b.tracking_number for b in parcel.bindings if b.valid_to is None), None),
        place=parcel.state.place,
        delivered_at=parcel.state.delivered_at,
        estimated_at=parcel.state.estimated_at,
        timeline=[
            SeenShown(at=happened_at(scan), status=scan.status, place=scan.place)
            for scan in sorted(parcel.evidence, key=lambda scan: (happened_at(scan), scan.identity))
        ],
    )


def buyer_order_view(order: Order, about: Mapping[str, Any]) -> BuyerOrderShown:
    """Show an order to its buyer; *about* is the row of `about_order`."""
    return BuyerOrderShown(
        id=order.id,
        version=order.version,
        seller=about["shop_name"],
        tracking=tracking_view(order),
        placed_at=order.placed_at,
        bought_at=about["bought_at"],
        currency=order.currency,
        items=sum((line.unit_price * line.quantity for line in order.lines), Decimal(0)),
        shipping_fee=about["shipping_fee"],
        discount=about["discount"],
        total=order.total,
        address=AddressGiven.model_construct(**about["address"]) if about["address"] else None,
        lines=[line_view(line) for line in order.lines],
        refunds=[RefundShown.model_validate(asdict(one) | {"lines": packed(one.lines)}) for one in order.refunds],
        requests=[RequestShown.model_validate(asdict(one)) for one in order.requests],
        returns=[return_view(one) for one in order.returns],
        complaints=[BuyerComplaintShown.model_validate(asdict(one)) for one in order.complaints],
    )


def buyer_orders_view(
    rows: Sequence[Mapping[str, Any]], totals: Sequence[Mapping[str, Any]], limit: int
) -> BuyerOrdersShown:
    """Show a page of a buyer's orders; *rows* has one more where another page follows."""
    page = rows[:limit]
    after = f"{page[-1]['placed_at'].isoformat()}~{page[-1]['id']}" if len(rows) > limit else None
    return BuyerOrdersShown(
        orders=[
            BuyerListedShown.model_validate({**row, "shown_status": SHOWN[OrderStatus(row["status"])]}) for row in page
        ],
        totals=[TotalShown.model_validate(dict(row)) for row in totals],
        next=after,
    )


def masked(email: str) -> str:
    """Give an address as its owner knows it again, and nobody else: ``m…@e….com``."""
    name, _, domain = email.partition("@")
    host, dot, ending = domain.rpartition(".")
    return f"{name[:1]}…@{host[:1]}…{dot}{ending}"
