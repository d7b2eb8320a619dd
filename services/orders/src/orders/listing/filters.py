"""What a list of orders is asked for, and the place where a page ends. Pure.

A cursor is opaque to its reader: it carries the order of the list, the place after which the next page starts, and a
digest of the shop and of every filter, so that it continues that list and no other. It is no secret and not signed:
whatever somebody makes up only ever starts a page of the asker's own orders.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.orders.v1 import Badge, Fulfilment, OrderStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = struct.Struct(">BB8sq16s")  #: Version, order of the list, digest, microseconds since 1970, order id.
_VERSION = 1


class Sort(StrEnum):
    """How a list is ordered; the order's id decides between equals."""

    NEWEST = "-placed"
    OLDEST = "placed"
    DUE = "due"  #: The soonest deadline first; an order with no deadline ahead is left out.


class CursorForeign(Exception):
    """A cursor that is broken, or continues another list."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the orders of a list have in common; None asks for nothing (R16)."""

    status: tuple[OrderStatus, ...] = ()  #: Any of these; empty: any at all.
    badge: Badge | None = None
    carrier: str | None = None  #: Slug of a carrier that has one of its parcels now.
    fulfilment: Fulfilment | None = None
    placed_from: datetime | None = None  #: Then or later.
    placed_to: datetime | None = None  #: Before.
    due_before: datetime | None = None  #: Its next deadline is due before.
    tracking_number: str | None = None  #: Of one of its parcels, now or earlier; as `tracking_key` folds it.
    number: str | None = None  #: The marketplace's order number, whole.
    text: str | None = None  #: Beginnings of words of its number, goods, tracking numbers, buyer's name and e-mail.
    ids: tuple[UUID, ...] | None = None  #: Among these.


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the last order on it, and what the list is ordered by."""

    at: datetime
    order_id: UUID


def write_cursor(place: Place, sort: Sort, shop_id: UUID, filters: Filters) -> str:
    """Give the cursor of the page after *place*: letters, digits, - and _."""
    micros = (place.at - _EPOCH) // _MICROSECOND
    digest = _digest(shop_id, filters)
    packed = _CURSOR.pack(_VERSION, list(Sort).index(sort), digest, micros, place.order_id.bytes)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(cursor: str, sort: Sort, shop_id: UUID, filters: Filters) -> Place:
    """Give the place that a cursor of this very list says. Raises `CursorForeign`."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        version, order, digest, micros, last = _CURSOR.unpack(packed)
        place = Place(_EPOCH + timedelta(microseconds=micros), UUID(bytes=last))
    except (binascii.Error, struct.error, ValueError, OverflowError) as broken:
        raise CursorForeign("is not one of ours") from broken
    if version != _VERSION:
        raise CursorForeign("is not one of ours")
    if (order, digest) != (list(Sort).index(sort), _digest(shop_id, filters)):
        raise CursorForeign("belongs to a list with other filters or another order")
    return place


def _digest(shop_id: UUID, filters: Filters) -> bytes:
    values = {field.name: getattr(filters, field.name) for field in fields(filters)}
    asked = "\x1f".join(f"{name}={_word(value)}" for name, value in values.items() if value is not None)
    return hashlib.blake2b(f"{shop_id}\x1f{asked}".encode(), digest_size=8).digest()


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(sorted(str(one) for one in value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
