"""Shopee's pushes about orders: the order status push (code 3) as notices, and lost pushes that were asked for again.

Codes, statuses and fields: Shopee Open Platform, "Push Mechanism notifications" and "V2.0 Data Definition" (see
docs/feeds/shopee-push.md). A push says that something changed; the rest is asked for elsewhere.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
from carrier_adapter.formats.notices import (
    code_at,
    identity_of,
    noticed,
    number_at,
    seconds,
    timeless,
    type_of,
    unmapped,
    without_effect,
)
from carrier_adapter.formats.record import MOST_RECORDS, Feed, Notice, Record, Unparsable
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.marketplace.v1 import NoticeMeaning as M

ORDER_STATUS = 3
LOST: Final = "push_message_list"  #: Where the answer about lost pushes has them.

#: What Shopee sends besides, by its documented codes: kept, and without effect here.
OTHER_CODES: Final = MappingProxyType(
    {
        **dict.fromkeys((1, 2, 12), "a shop's authorization"),
        4: "a tracking number, without the carrier's name: the shop sets it with the carrier",
        5: "Shopee's own news",
        **dict.fromkeys((6, 8, 11, 13), "about products"),
        **dict.fromkeys((7, 9), "promotions"),
        10: "conversations with buyers",
        15: "a shipping document",
    }
)

STATUSES: Final = MappingProxyType(
    {
        "UNPAID": M.UNPAID,
        "READY_TO_SHIP": M.AWAITING_SHIPMENT,
        "PROCESSED": M.AWAITING_COLLECTION,
        "RETRY_SHIP": M.COLLECTION_FAILED,
        "SHIPPED": M.IN_TRANSIT,
        "TO_CONFIRM_RECEIVE": M.DELIVERED,
        "IN_CANCEL": M.CANCELLATION_REQUESTED,  # it has no number of its own, and ends when another status comes
        "CANCELLED": M.CANCELLED,
        "TO_RETURN": M.RETURN_IN_PROGRESS,
        "COMPLETED": M.COMPLETED,
    }
)


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one push, or the answer of `v2.push.get_lost_push_message`, which holds several. Raises `Unparsable`."""
    document = as_object(read_json(body))
    answer = document.get("response")
    if isinstance(answer, dict) and LOST in answer:
        return _lost(answer[LOST])
    return _push(document)


def _lost(messages: Any) -> Feed:
    """Read pushes that Shopee could not deliver; one that cannot be read costs only itself."""
    if not isinstance(messages, list):
        raise Unparsable(f"{LOST} is not a list")
    if len(messages) > MOST_RECORDS:
        raise Unparsable(f"more than {MOST_RECORDS} records in one push")
    feeds = [_lost_one(message) for message in messages]
    records = [record for feed in feeds for record in feed.records]
    notices = tuple(notice for feed in feeds for notice in feed.notices)
    if records:
        return Feed(tuple(replace(record, index=n) for n, record in enumerate(records)), None, notices)
    return Feed((), f"{len(messages)} lost pushes with {len(notices)} notices about orders: no carrier's scan", notices)


def _lost_one(message: Any) -> Feed:
    """Read a lost push: its `data` is the push as it was sent, JSON inside a string."""
    try:
        text = as_object(message).get("data")
        if not isinstance(text, str):
            raise Unparsable("data is not a text")
        return _push(as_object(read_json(text.encode())))
    except Unparsable:
        return Feed((Record(0, None, record_id=identity_of(message), problem="no_record"),))


def _push(push: dict[str, Any]) -> Feed:
    code = type_of(push, "code")
    if code < 1:  # the answers of other marketplaces say `code: 0`, all is well
        raise Unparsable("code is not that of a push")
    if code in OTHER_CODES:
        return without_effect(code, OTHER_CODES[code])
    if code != ORDER_STATUS:
        return unmapped(push, f"code {code}")
    return _order_status(push, as_object(push.get("data"), "data"))


def _order_status(push: dict[str, Any], data: dict[str, Any]) -> Feed:
    status = code_at(data, "status")
    meaning = STATUSES.get(status.upper())
    if meaning is None:
        return unmapped(push, f"{ORDER_STATUS} {status}")
    happened_at = seconds(data.get("update_time"), push.get("timestamp"))
    if happened_at is None:
        return timeless(push, status)
    seller, order = number_at(push, "shop_id"), number_at(data, "ordersn", "order_sn")
    identity = identity_of(ORDER_STATUS, seller, order, status, happened_at.isoformat())
    return noticed(Notice("shopee", meaning, status, seller, (order,), happened_at, identity))


FORMAT: Final = Format("shopee-push", "Shopee pushes about orders, JSON", parse, ("shopee",), answer="empty")
