"""TikTok Shop's webhooks: order status, recipient address, packages, cancellations and returns.

Types, statuses and fields: TikTok Shop Partner Center, "Webhooks" (see docs/feeds/tiktok-shop-webhook.md). They name
orders, never tracking numbers, so nothing here is a scan. Statuses are compared by their letters alone: the vendor's
pages spell some of them in two or three ways.
"""

import re
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from carrier_adapter.formats.format import Format
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
from carrier_adapter.formats.record import Feed, Notice, Unparsable
from carrier_adapter.formats.strict_json import as_object, read_json
from contracts.marketplace.v1 import MOST, NoticedPackage, NoticeParty, ReturnKind
from contracts.marketplace.v1 import NoticeMeaning as M

PACKAGES, RETURN = 4, 12  #: Types.

#: What TikTok Shop sends besides: kept, and without effect here.
OTHER_TYPES: Final = MappingProxyType(
    {
        2: "the reverse status of old",
        6: "a seller's deauthorization",
        7: "an authorization that expires",
        **dict.fromkeys((5, 15, 16, 18, 19, 25, 27, 37, 38, 42, 46, 51, 52), "about products"),
        **dict.fromkeys((13, 14, 33), "conversations with buyers"),
        **dict.fromkeys((17, 20, 55), "about creators"),
        **dict.fromkeys((21, 22, 23, 24, 58), "about the marketplace's own warehouses"),
        **dict.fromkeys((35, 36, 39, 68), "invoices, promotions, mirrored shops or stock"),
        **dict.fromkeys((64, 65, 67), "after-sales cases in a newer form"),
    }
)

STATUSES: Final = MappingProxyType(
    {
        "UNPAID": M.UNPAID,
        "ON_HOLD": M.ON_HOLD,
        "AWAITING_SHIPMENT": M.AWAITING_SHIPMENT,
        "PARTIALLY_SHIPPING": M.PARTIALLY_SHIPPED,  # the order API's; not in the webhook's list
        "AWAITING_COLLECTION": M.AWAITING_COLLECTION,
        "IN_TRANSIT": M.IN_TRANSIT,
        "DELIVERED": M.DELIVERED,
        "COMPLETED": M.COMPLETED,
        "CANCEL": M.CANCELLED,  # the webhook's spelling
        "CANCELLED": M.CANCELLED,  # the order API's
    }
)

CANCELLATIONS: Final = MappingProxyType(
    {
        "CANCELLATION_REQUEST_PENDING": M.CANCELLATION_REQUESTED,
        "CANCELLATION_REQUEST_SUCCESS": M.CANCELLATION_GRANTED,
        "CANCELLATION_REQUEST_CANCELLED": M.CANCELLATION_WITHDRAWN,
        "CANCELLATION_REQUEST_CANCEL": M.CANCELLATION_WITHDRAWN,  # the search API's spelling
        "CANCELLATION_REQUEST_COMPLETE": M.CANCELLATION_COMPLETED,
    }
)

RETURNS: Final = MappingProxyType(
    {
        "RETURN_OR_REFUND_REQUEST_PENDING": M.RETURN_REQUESTED,
        "REFUND_OR_RETURN_REQUEST_REJECT": M.RETURN_REJECTED,
        "REQUEST_REJECTED": M.RETURN_REJECTED,  # this and four below: the return API's names
        "AWAITING_BUYER_SHIP": M.RETURN_APPROVED,
        "BUYER_SHIPPED_ITEM": M.RETURN_SHIPPED,
        "REJECT_RECEIVE_PACKAGE": M.RETURN_RECEIPT_REJECTED,
        "RECEIVE_REJECTED": M.RETURN_RECEIPT_REJECTED,
        "RETURN_OR_REFUND_REQUEST_SUCCESS": M.RETURN_GRANTED,
        "REQUEST_SUCCESS": M.RETURN_GRANTED,
        "RETURN_OR_REFUND_REQUEST_CANCEL": M.RETURN_WITHDRAWN,
        "RETURN_OR_REFUND_REQUEST_CANCELLED": M.RETURN_WITHDRAWN,  # in prose with two underscores
        "RETURN_OR_REFUND_CANCEL": M.RETURN_WITHDRAWN,
        "RETURN_OR_REFUND_REQUEST_COMPLETE": M.RETURN_COMPLETED,
        "REPLACEMENT_REQUEST_PENDING": M.RETURN_REQUESTED,
        "REPLACEMENT_REQUEST_REJECT": M.RETURN_REJECTED,
        "REPLACEMENT_REQUEST_CANCEL": M.RETURN_WITHDRAWN,
        "REPLACEMENT_REQUEST_COMPLETE": M.RETURN_APPROVED,  # "the seller approves the replacement request"
        "REPLACEMENT_REQUEST_REFUND_SUCCESS": M.RETURN_GRANTED,  # "a refund … without replacement"
    }
)

PACKAGE_CHANGES: Final = MappingProxyType(
    {
        "COMBINE": M.PACKAGES_COMBINED,
        "CANCEL_COMBINE": M.PACKAGES_UNCOMBINED,
        "FULFILL_UNCOMBINE": M.PACKAGES_UNCOMBINED,
        "SPLIT": M.PACKAGES_SPLIT,
        "CANCEL_SPLIT": M.PACKAGES_UNSPLIT,
        **dict.fromkeys(
            ("ADDRESS_UPDATE_SPLIT", "CANCEL_FULFILL_SPLIT", "PARTLY_CANCEL_SPLIT", "SPLIT_BY_SKU_CANCEL"),
            M.PACKAGES_CHANGED,  # listed by the vendor, and not explained
        ),
    }
)

_ROLES: Final = MappingProxyType({"USER": NoticeParty.BUYER, **{one.name: one for one in NoticeParty}})
_KINDS: Final = MappingProxyType({one.name: one for one in ReturnKind})
_UNDERSCORES = re.compile("_+")


def parse(body: bytes, zone: ZoneInfo) -> Feed:
    """Read one push. Raises `Unparsable`."""
    push = as_object(read_json(body))
    number = type_of(push, "type")
    if number in OTHER_TYPES:
        return without_effect(number, OTHER_TYPES[number])
    data = as_object(push.get("data"), "data")
    match number:
        case 1:
            return _read(push, data, "order_status", STATUSES)
        case 3:
            return _notice(push, data, "ADDRESS_UPDATE", M.ADDRESS_CHANGED)
        case 4:
            return _read(push, data, "sc_type", PACKAGE_CHANGES)
        case 11:
            return _read(push, data, "cancel_status", CANCELLATIONS)
        case 12:
            return _read(push, data, "return_status", RETURNS)
        case _:
            return unmapped(push, f"type {number}")


def _read(push: dict[str, Any], data: dict[str, Any], field: str, meanings: MappingProxyType[str, M]) -> Feed:
    code = code_at(data, field)
    meaning = meanings.get(_UNDERSCORES.sub("_", code.upper()))
    return _notice(push, data, code, meaning) if meaning else unmapped(push, f"{push['type']} {code}")


def _notice(push: dict[str, Any], data: dict[str, Any], code: str, meaning: M) -> Feed:
    # A cancellation's `create_time` is when it was asked for, whatever its status: the envelope tells when it moved.
    happened_at = seconds(data.get("update_time"), push.get("timestamp"))
    if happened_at is None:
        return timeless(push, code)
    packages = _packages(data) if push["type"] == PACKAGES else ()
    orders = tuple(dict.fromkeys(order for package in packages for order in package.order_numbers))
    kind = _KINDS.get(str(data.get("return_type")))
    if code.upper().startswith("REPLACEMENT"):
        kind = ReturnKind.REPLACEMENT
    return noticed(
        Notice(
            marketplace="tiktok-shop",
            meaning=meaning,
            raw_status=code,
            seller=number_at(push, "shop_id"),
            order_numbers=orders or (number_at(data, "order_id"),),
            happened_at=happened_at,
            identity=identity_of(push["type"], number_or_none(push.get("tts_notification_id")), push["shop_id"], data),
            case=number_or_none(data.get("cancel_id")) or number_or_none(data.get("return_id")),
            return_kind=kind if push["type"] == RETURN else None,
            by=_role(data),
            packages=packages,
        )
    )


def _packages(data: dict[str, Any]) -> tuple[NoticedPackage, ...]:
    listed = data.get("package_list")
    if not isinstance(listed, list) or not listed:
        raise Unparsable("package_list is not a list of packages")
    found = []
    for package in listed:
        one = as_object(package, "a package")
        orders = one.get("order_id_list")
        numbers = [number_or_none(order) for order in orders] if isinstance(orders, list) else []
        if not numbers or None in numbers:
            raise Unparsable("order_id_list is not a list of orders")
        found.append((number_at(one, "package_id"), [number for number in numbers if number]))
    if len(found) > MOST or sum(len(numbers) for _, numbers in found) > MOST:
        raise Unparsable(f"more than {MOST} packages or orders in one push")
    return tuple(NoticedPackage(id=package_id, order_numbers=numbers) for package_id, numbers in found)


def _role(data: dict[str, Any]) -> NoticeParty | None:
    role = data.get("cancellations_role") or data.get("return_role") or data.get("role_type")
    return _ROLES.get(role.upper().removeprefix("ROLE_")) if isinstance(role, str) else None


FORMAT: Final = Format(
    "tiktok-shop-webhook", "TikTok Shop webhooks about orders, JSON", parse, ("tiktok-shop",), answer="empty"
)
