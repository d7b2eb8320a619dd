"""An order as the API shows it."""

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.orders.v1 import OrderStatus
from orders.life.lifecycle import POSSIBLE, SHOWN
from orders.life.order import Order, Parcel, Refund, badge_of, is_with_buyer
from orders.life.parcel import happened_at


def order_view(order: Order, history: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Show an order whole, to its shop."""
    there = sum(is_with_buyer(parcel.state) for parcel in order.parcels)
    return {
        "id": order.id,
        "number": order.number,
        "version": order.version,
        "status": order.status,
        "shown_status": SHOWN[order.status],
        "badge": badge_of(order),
        "possible": POSSIBLE[order.status],
        "fulfilment": order.fulfilment,
        "handover": order.handover,
        "service": order.service,
        "placed_at": order.placed_at,
        "promised_at": order.promised_at,
        "shipped_at": order.shipped_at,
        "cancelled_at": order.cancelled_at,
        "progress": f"{there} of {len(order.parcels)} delivered",
        "policy_version": order.policy.version,
        "money": {
            "currency": order.currency,
            "total": str(order.total),
            "payment": order.payment,
            "prepaid": str(order.prepaid),
            "collected": str(order.collected),
        },
        "lines": [
            {"sku": line.sku, "title": line.title, "quantity": line.quantity, "unit_price": str(line.unit_price)}
            for line in order.lines
        ],
        "parcels": [_parcel(parcel) for parcel in order.parcels],
        "refunds": [_refund(refund) for refund in order.refunds],
        "history": [dict(row) for row in history],
    }


def _parcel(parcel: Parcel) -> dict[str, Any]:
    return {
        **parcel.state.model_dump(mode="json"),
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in parcel.lines],
        "handed_over_at": parcel.handed_over_at,
        "bindings": [
            {
                "carrier": binding.carrier,
                "number": binding.tracking_number,
                "account": binding.account,
                "from": binding.valid_from,
                "to": binding.valid_to,
            }
            for binding in parcel.bindings
        ],
        "timeline": [
            {
                "scan_id": scan.scan_id,
                "at": happened_at(scan),
                "scanned_at": scan.scanned_at,
                "received_at": scan.received_at,
                "time_quality": scan.time_quality,
                "status": scan.status,
                "sub_status": scan.sub_status,
                "carrier": scan.carrier,
                "place": scan.place,
                "text": scan.raw_text,
                "code": scan.raw_code,
                "signed": scan.signed,
            }
            for scan in sorted(parcel.evidence, key=lambda scan: (happened_at(scan), scan.identity))
        ],
        "marks": [{"mark": one.mark, "at": one.at} for one in parcel.marks],
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "cause": refund.cause,
        "parcels": refund.parcels,
        "amount": str(refund.amount),
        "state": refund.state,
        "reason": refund.reason,
    }


def tracking_view(order: Order) -> dict[str, Any]:
    """Show an order to whoever holds its tracking link: no name, no address, no price."""
    return {
        "number": order.number,
        "status": SHOWN[order.status],
        "badge": badge_of(order),
        "over": order.status in (OrderStatus.CANCELLED, OrderStatus.DELIVERED, OrderStatus.RETURNED),
        "promised_at": order.promised_at,
        "parcels": [
            {
                "number": parcel.number,
                "carrier": parcel.state.carrier,
                "tracking_number": next((b.tracking_number for b in parcel.bindings if b.valid_to is None), None),
                "place": parcel.state.place,
                "delivered_at": parcel.state.delivered_at,
                "estimated_at": parcel.state.estimated_at,
                "timeline": [
                    {"at": happened_at(scan), "status": scan.status, "place": scan.place}
                    for scan in sorted(parcel.evidence, key=lambda scan: (happened_at(scan), scan.identity))
                ],
            }
            for parcel in order.parcels
        ],
    }
