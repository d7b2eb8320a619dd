"""A cursor continues the list that gave it, and no other."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.orders.v1 import Badge, Fulfilment, OrderStatus
from orders.listing.filters import CursorForeign, Filters, Place, Sort, read_cursor, write_cursor

SHOP = UUID(int=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = Place(datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC), UUID(int=77))
NONE = Filters()
OTHERS = (
    Filters(status=(OrderStatus.PLACED,)),
    Filters(status=(OrderStatus.PLACED, OrderStatus.SHIPPED)),
    Filters(badge=Badge.LOST),
    Filters(carrier="ninjavan"),
    Filters(fulfilment=Fulfilment.SHIP_BY_SELLER),
    Filters(placed_from=PLACE.at),
    Filters(placed_to=PLACE.at),
    Filters(due_before=PLACE.at),
    Filters(tracking_number="NV1"),
    Filters(number="NV1"),
    Filters(text="NV1"),
    Filters(ids=(UUID(int=3),)),
    Filters(ids=()),
)


@given(
    st.integers(0, 7_000_000_000_000_000).map(lambda micros: EPOCH + timedelta(microseconds=micros)),
    st.uuids(),
    st.sampled_from(Sort),
    st.sampled_from((NONE, *OTHERS)),
)
def test_a_cursor_gives_back_its_place_to_the_microsecond(
    at: datetime, order_id: UUID, sort: Sort, filters: Filters
) -> None:
    cursor = write_cursor(Place(at, order_id), sort, SHOP, filters)

    assert read_cursor(cursor, sort, SHOP, filters) == Place(at, order_id)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("asked", OTHERS)
@pytest.mark.parametrize("given_by", [NONE, *OTHERS])
def test_a_cursor_of_other_filters_is_foreign(asked: Filters, given_by: Filters) -> None:
    cursor = write_cursor(PLACE, Sort.NEWEST, SHOP, given_by)

    if asked == given_by:
        assert read_cursor(cursor, Sort.NEWEST, SHOP, asked) == PLACE
    else:
        with pytest.raises(CursorForeign, match="other filters"):
            read_cursor(cursor, Sort.NEWEST, SHOP, asked)


def test_the_same_filters_are_the_same_in_whatever_order_and_zone_they_are_written() -> None:
    one = Filters(status=(OrderStatus.PLACED, OrderStatus.SHIPPED), placed_from=PLACE.at)
    two = replace(
        one,
        status=(OrderStatus.SHIPPED, OrderStatus.PLACED),
        placed_from=datetime.fromisoformat("2026-03-01T20:30:15.123456+08:00"),
    )

    assert read_cursor(write_cursor(PLACE, Sort.NEWEST, SHOP, one), Sort.NEWEST, SHOP, two) == PLACE


def test_a_cursor_of_another_order_or_of_another_shop_is_foreign() -> None:
    cursor = write_cursor(PLACE, Sort.NEWEST, SHOP, NONE)

    with pytest.raises(CursorForeign):
        read_cursor(cursor, Sort.OLDEST, SHOP, NONE)
    with pytest.raises(CursorForeign):
        read_cursor(cursor, Sort.NEWEST, UUID(int=2), NONE)


@given(st.text(max_size=80))
def test_whatever_is_sent_as_a_cursor_is_a_place_or_foreign(cursor: str) -> None:
    with pytest.raises(CursorForeign, match="not one of ours"):
        read_cursor(cursor, Sort.NEWEST, SHOP, NONE)


@given(st.binary(min_size=34, max_size=34))
def test_made_up_bytes_of_the_right_length_are_foreign(packed: bytes) -> None:
    with pytest.raises(CursorForeign):
        read_cursor(base64.urlsafe_b64encode(packed).decode().rstrip("="), Sort.NEWEST, SHOP, NONE)


def test_a_cursor_whose_instant_no_clock_shows_is_foreign() -> None:
    good = base64.urlsafe_b64decode(write_cursor(PLACE, Sort.NEWEST, SHOP, NONE) + "==")
    for micros in (2**63 - 1, -(2**63)):
        bad = good[:10] + micros.to_bytes(8, "big", signed=True) + good[18:]
        with pytest.raises(CursorForeign):
            read_cursor(base64.urlsafe_b64encode(bad).decode().rstrip("="), Sort.NEWEST, SHOP, NONE)
