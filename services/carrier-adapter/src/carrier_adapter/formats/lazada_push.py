"""Lazada's push messages: trade and reverse orders as notices, fulfilment orders as scans.

Message types, statuses and fields: Lazada Open Platform, "Lazada Push Mechanism" and its message pages (see
docs/feeds/lazada-push.md). A message about an order is about one item of it, which is counted as one piece.
"""

from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.lazada_codes import FULFILMENT, RETURN_LEG
from carrier_adapter.formats.notices import (
    code_at,
    identity_of,
    noticed,
    number_at,
    number_or_none,
    seconds,
    timeless,
    type_of,
    unmapped,
    without_effect,
)
from carrier_adapter.formats.record import Feed, Notice, Record, clean, number_of
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.marketplace.v1 import NoticeMeaning as M
from contracts.marketplace.v1 import NoticeParty, ReturnKind
from contracts.vocabulary import Leg, TimeQuality

REVERSE_ORDER = 10  #: A message type.

#: What Lazada sends besides: kept, and without effect here.
OTHER_TYPES: Final = MappingProxyType(
    {
        **dict.fromkeys((1, 3, 4, 5, 12, 21), "about products"),
        **dict.fromkeys((2, 19), "conversations with buyers"),
        6: "low stock",
        8: "an authorization that expires",
        11: "promotions",
        13: "the seller's own standing",
    }
)

#: Of an item of an order: what GetOrders lists.
STATUSES: Final = MappingProxyType(
    {
        "unpaid": M.UNPAID,
        "pending": M.AWAITING_SHIPMENT,
        "topack": M.AWAITING_SHIPMENT,
        "toship": M.AWAITING_COLLECTION,
        "ready_to_ship": M.AWAITING_COLLECTION,
        "shipped": M.IN_TRANSIT,
        "shipping": M.IN_TRANSIT,
        "delivered": M.DELIVERED,
        "failed": M.DELIVERY_FAILED,
        "lost": M.LOST,
        "returned": M.RETURNED,
        "canceled": M.CANCELLED,
    }
)

_BACK, _MONEY = ReturnKind.RETURN_AND_REFUND, ReturnKind.REFUND

#: Of a cancellation or return: what it says, and what the buyer wants.
REVERSE: Final[MappingProxyType[str, tuple[M, ReturnKind | None]]] = MappingProxyType(
    {
        "CANCEL_INIT": (M.CANCELLATION_REQUESTED, None),
        "CANCEL_SUCCESS": (M.CANCELLATION_GRANTED, None),
        "CANCEL_REFUND_ISSUED": (M.CANCELLATION_COMPLETED, None),
        "RTM_INIT": (M.RETURN_REQUESTED, _BACK),
        "RTM_CANCELED": (M.RETURN_WITHDRAWN, _BACK),
        "RTM_SHIPPING_BACK": (M.RETURN_SHIPPED, _BACK),
        "RTM_RECEIVE_ITEM": (M.RETURN_ARRIVED, _BACK),
        "RTW_INIT": (M.RETURN_REQUESTED, _BACK),
        "RTW_CANCELED": (M.RETURN_WITHDRAWN, _BACK),
        "RTW_SHIPPING_BACK": (M.RETURN_SHIPPED, _BACK),
        "RTW_REJECT": (M.RETURN_RECEIPT_REJECTED, _BACK),
        "RTW_REFUND_PENDING": (M.RETURN_GRANTED, _BACK),
        "REFUND_INIT": (M.RETURN_REQUESTED, _MONEY),
        "REFUND_PENDING": (M.RETURN_GRANTED, _MONEY),
        "REFUND_SUCCESS": (M.RETURN_COMPLETED, _MONEY),
        "REFUND_REJECTED": (M.RETURN_REJECTED, _MONEY),
    }
)


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one push: a notice about an order, or a scan of a package. Raises `Unparsable`."""
    push = as_object(read_json(body))
    number = type_of(push, "message_type")
    if number in OTHER_TYPES:
        return without_effect(number, OTHER_TYPES[number])
    data = as_object(push.get("data"), "data")
    match number:
        case 0:
            code = code_at(data, "order_status")
            meaning = STATUSES.get(code.lower())
            return _notice(push, data, code, meaning, None) if meaning else unmapped(push, f"0 {code}")
        case 10:
            code = code_at(data, "reverse_status")
            meaning, kind = REVERSE.get(code.upper(), (None, None))
            return _notice(push, data, code, meaning, kind) if meaning else unmapped(push, f"10 {code}")
        case 14:
            return Feed((_scan(data),))
        case _:
            return unmapped(push, f"type {number}")


def _notice(push: dict[str, Any], data: dict[str, Any], code: str, meaning: M, kind: ReturnKind | None) -> Feed:
    happened_at = seconds(data.get("status_update_time"))
    if happened_at is None:
        return timeless(push, code)
    line = number_or_none(data.get("trade_order_line_id"))
    case = number_or_none(data.get("reverse_order_line_id")) or number_or_none(data.get("reverse_order_id"))
    seller, order = number_at(push, "seller_id"), number_at(data, "trade_order_id")
    return noticed(
        Notice(
            marketplace="lazada",
            meaning=meaning,
            raw_status=code,
            seller=seller,
            order_numbers=(order,),
            happened_at=happened_at,
            # Not the rest of the message: an outage has it sent again, with another time of sending.
            identity=identity_of(push["message_type"], seller, order, line, case, code, happened_at.isoformat()),
            line=line,
            case=case if push["message_type"] == REVERSE_ORDER else None,
            return_kind=kind,
            by=NoticeParty.BUYER if push["message_type"] == REVERSE_ORDER else None,
        )
    )


def _scan(data: dict[str, Any]) -> Record:
    number, code = number_of(data.get("fulfillment_package_id")), clean(data.get("status"), 80)
    happened_at = seconds(data.get("status_update_time"))
    status, sub, attempt = FULFILMENT.get(code or "", (None, None, None))
    problem = None if number else "no_tracking_number"
    if happened_at is None:
        problem = problem or "bad_time"
    if status is None:
        problem = problem or "unmapped_code"
    return Record(
        index=0,
        tracking_number=number,
        status=status,
        sub_status=sub,
        occurred_at=happened_at,
        time_quality=TimeQuality.UTC if happened_at else TimeQuality.NONE,
        raw_time=number_or_none(data.get("status_update_time")),
        raw_code=code,
        leg=Leg.RETURN if code in RETURN_LEG else None,
        attempt_no=attempt,
        problem=problem,
    )


FORMAT: Final = Format(
    "lazada-push",
    "Lazada push messages: orders, reverse orders and fulfilment, JSON",
    parse,
    ("lazada",),
    answer="empty",
)
