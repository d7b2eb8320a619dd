"""What a change of an order moves (R2, R11), and what a move does to a level."""

from dataclasses import replace
from decimal import Decimal

import pytest

from contracts.orders.v1 import OrderStatus
from orders.life.commands import Cancel
from orders.life.order import Line, Order
from orders.stock.moves import (
    Level,
    Move,
    NotInStock,
    StockMove,
    checked_in,
    has_left,
    is_moving,
    may_reserve,
    moved,
    moves_of,
)
from support.orders import a_life, an_order, at, handed_over, scan


def the_moves(before: Order | None, after: Order) -> list[tuple[str, str, int]]:
    moves = moves_of(before, after)
    assert is_moving(before, after) or not moves
    assert may_reserve(before, after) or all(move.kind is not Move.RESERVE for move in moves)
    return [(move.kind.value, move.sku, move.quantity) for move in moves]


def line(sku: str, quantity: int) -> Line:
    return Line(sku, sku, quantity, Decimal(1))


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (Move.RESERVE, Level(5, 4)),
        (Move.RELEASE, Level(5, 0)),
        (Move.DISPATCH, Level(3, 0)),
        (Move.CHECK_IN, Level(7, 2)),
    ],
)
def test_what_each_kind_of_move_does_to_a_level(kind: Move, after: Level) -> None:
    assert moved(Level(on_hand=5, reserved=2), StockMove(kind, "MUG", 2)) == after


@pytest.mark.parametrize(
    "move",
    [
        StockMove(Move.RESERVE, "MUG", 2),
        StockMove(Move.RELEASE, "MUG", 2),
        StockMove(Move.DISPATCH, "MUG", 2),
        StockMove(Move.COUNT, "MUG", -2),
        StockMove(Move.ADJUST, "MUG", -2),
    ],
)
def test_no_move_makes_a_level_negative(move: StockMove) -> None:
    with pytest.raises(NotInStock):
        moved(Level(on_hand=2, reserved=1), move)


def test_r2_an_order_reserves_what_was_ordered_when_it_is_placed() -> None:
    order = an_order(parcels=2)

    assert the_moves(None, order) == [("reserve", "SKU-1", 1), ("reserve", "SKU-2", 1)]


def test_r2_a_cancellation_gives_back_what_never_left() -> None:
    life = handed_over()
    before = life.order
    life.do(Cancel("seller", "broken"))

    assert the_moves(before, life.order) == [("release", "SKU-1", 1)]


def test_r2_a_cancellation_gives_nothing_back_of_what_a_carrier_has() -> None:
    life = handed_over()
    life.see(scan(10, "picked_up"))
    collected = life.order
    life.do(Cancel("seller", "broken"), hour=12)

    assert life.status == "cancelled"
    assert the_moves(collected, life.order) == []


def test_what_a_carrier_collects_has_left_although_the_order_is_not_shipped_yet() -> None:
    life = handed_over()
    before = life.order
    life.see(scan(10, "picked_up"))

    assert life.status == "processed"
    assert the_moves(before, life.order) == [("dispatch", "SKU-1", 1)]


def test_what_the_seller_marks_shipped_has_left() -> None:
    before = handed_over().order
    after = replace(before, status=OrderStatus.SHIPPED, shipped_at=at(8))

    assert the_moves(before, after) == [("dispatch", "SKU-1", 1)]


def test_goods_leave_once() -> None:
    life = handed_over()
    life.see(scan(10, "picked_up"))
    collected = life.order
    life.see(scan(20, "in_transit"), scan(40, "delivered"))

    assert has_left(collected)
    assert not is_moving(collected, life.order)
    assert the_moves(collected, life.order) == []


def test_goods_that_a_carrier_is_seen_with_after_the_cancellation_have_left_after_all() -> None:
    life = handed_over()
    life.do(Cancel("seller", "broken"))
    cancelled = life.order
    life.see(scan(10, "in_transit"))

    assert life.status == "cancelled"
    assert the_moves(cancelled, life.order) == [("dispatch", "SKU-1", 1)]


def test_an_order_that_is_cancelled_already_gives_nothing_back_again() -> None:
    life = handed_over()
    life.do(Cancel("seller", "broken"))
    cancelled = life.order
    life.see(scan(10, "pre_transit"))

    assert cancelled.version < life.order.version
    assert the_moves(cancelled, life.order) == []


def test_r11_a_modification_moves_the_difference() -> None:
    before = replace(an_order(), lines=(line("MUG-BLUE", 2), line("TEA", 3)))
    after = replace(before, lines=(line("MUG-RED", 2), line("TEA", 1)))

    assert the_moves(before, after) == [
        ("release", "MUG-BLUE", 2),
        ("release", "TEA", 2),
        ("reserve", "MUG-RED", 2),
    ]


def test_lines_of_one_sku_count_together() -> None:
    order = replace(an_order(), lines=(line("MUG", 2), line("MUG", 1)))

    assert the_moves(None, order) == [("reserve", "MUG", 3)]


def test_a_change_that_touches_no_goods_moves_nothing() -> None:
    life = a_life()
    before = life.order

    assert the_moves(before, handed_over().order) == []


def test_r12_a_return_checks_in_what_came_back_intact_and_was_ordered() -> None:
    order = replace(an_order(), lines=(line("MUG", 2),))

    assert checked_in(order, [("MUG", 1), ("MUG", 1), ("SOMETHING-ELSE", 1), ("MUG", 0)]) == (
        StockMove(Move.CHECK_IN, "MUG", 2, "return checked in"),
    )
