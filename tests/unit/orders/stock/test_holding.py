"""What an order holds (R2, R21): filled from one location or short, and nothing is done to stock twice."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orders.stock.holding import Held, HeldState, Holding, Shelves
from orders.stock.moves import Level, Move, StockMove
from orders.stock.nearness import Destination, Lack, Place

SHOP = UUID(int=1)
ORDER = UUID(int=2)
NEAR = Place(UUID(int=11), "Near", "SG-01")
FAR = Place(UUID(int=12), "Far", "SG-60")
BUYER = Destination("SG", "018956")


def shelves(**on_hand: dict[str, int]) -> Shelves:
    """Stock as {location: {SKU: on hand}}."""
    ids = {"near": NEAR.id, "far": FAR.id}
    levels = {(ids[where], sku): Level(n) for where, some in on_hand.items() for sku, n in some.items()}
    return Shelves(levels, {(SHOP, sku) for _, sku in levels})


def a_holding(stock: Shelves, *rows: Held, places: Sequence[Place] = (NEAR, FAR)) -> Holding:
    return Holding(stock, SHOP, ORDER, rows, places, BUYER)


def reserve(**quantities: int) -> list[StockMove]:
    return [StockMove(Move.RESERVE, sku, n, "order placed") for sku, n in quantities.items()]


def move(kind: Move, **quantities: int) -> list[StockMove]:
    return [StockMove(kind, sku, n, "because") for sku, n in quantities.items()]


def done(stock: Shelves) -> list[tuple[str, str, int, str]]:
    names = {NEAR.id: "near", FAR.id: "far"}
    return [(one.move.kind.value, one.move.sku, one.move.quantity, names[one.location_id]) for one in stock.entries]


def test_r21_an_order_is_filled_from_the_nearest_location_that_has_all_of_it() -> None:
    stock = shelves(near={"MUG": 5, "TEA": 0}, far={"MUG": 2, "TEA": 1})
    holding = a_holding(stock)

    holding.do(reserve(MUG=2, TEA=1))

    assert {(row.location_id, row.state) for row in holding.rows.values()} == {(FAR.id, HeldState.RESERVED)}
    assert done(stock) == [("reserve", "MUG", 2, "far"), ("reserve", "TEA", 1, "far")]
    assert stock.level(FAR.id, "MUG") == Level(2, 2)


def test_r2_what_no_single_location_can_fill_is_short_and_nothing_is_reserved() -> None:
    stock = shelves(near={"MUG": 1}, far={"MUG": 1})
    holding = a_holding(stock)

    holding.do(reserve(MUG=2))

    assert holding.rows["MUG"] == Held("MUG", NEAR.id, 2, 0, HeldState.SHORT)
    assert done(stock) == []
    assert holding.fill("again") == (Lack("MUG", 1, 2, "Near"),)


def test_what_the_shop_does_not_count_is_not_on_record() -> None:
    stock = shelves(near={"MUG": 1})
    holding = a_holding(stock)

    holding.do(reserve(MUG=1, STICKER=100))

    assert list(holding.rows) == ["MUG"]
    assert holding.rows["MUG"].state is HeldState.RESERVED


def test_a_shop_whose_locations_do_not_ship_cannot_fill_what_it_counts() -> None:
    stock = shelves(near={"MUG": 1})
    holding = a_holding(stock, places=())

    holding.do(reserve(MUG=1))

    assert holding.rows["MUG"] == Held("MUG", None, 1, 0, HeldState.SHORT)
    assert holding.fill("again") == (Lack("MUG", 0, 1),)


def test_r2_stock_that_came_since_fills_a_short_order() -> None:
    stock = shelves(near={"MUG": 2})
    holding = a_holding(stock, Held("MUG", FAR.id, 2, 0, HeldState.SHORT))

    assert holding.fill("order confirmed") == ()
    assert holding.rows["MUG"] == Held("MUG", NEAR.id, 2, 2, HeldState.RESERVED)


def test_r11_more_of_it_is_taken_where_the_order_is() -> None:
    stock = shelves(near={"MUG": 9, "TEA": 9}, far={"MUG": 9, "TEA": 9})
    stock.move(SHOP, FAR.id, ORDER, StockMove(Move.RESERVE, "MUG", 2))
    holding = a_holding(stock, Held("MUG", FAR.id, 2, 2, HeldState.RESERVED))

    holding.do(reserve(MUG=1, TEA=1))

    assert {(row.location_id, row.held) for row in holding.rows.values()} == {(FAR.id, 3), (FAR.id, 1)}
    assert stock.level(FAR.id, "MUG") == Level(9, 3)


def test_r11_an_order_moves_whole_to_a_location_that_can_fill_it() -> None:
    stock = shelves(near={"MUG": 2}, far={"MUG": 3})
    stock.move(SHOP, NEAR.id, ORDER, StockMove(Move.RESERVE, "MUG", 2))
    holding = a_holding(stock, Held("MUG", NEAR.id, 2, 2, HeldState.RESERVED))

    holding.do(reserve(MUG=1))

    assert holding.rows["MUG"] == Held("MUG", FAR.id, 3, 3, HeldState.RESERVED)
    assert (stock.level(NEAR.id, "MUG"), stock.level(FAR.id, "MUG")) == (Level(2, 0), Level(3, 3))


def test_r11_an_order_that_cannot_get_more_keeps_what_it_holds() -> None:
    stock = shelves(near={"MUG": 2})
    stock.move(SHOP, NEAR.id, ORDER, StockMove(Move.RESERVE, "MUG", 2))
    holding = a_holding(stock, Held("MUG", NEAR.id, 2, 2, HeldState.RESERVED))

    holding.do(reserve(MUG=1))

    assert holding.rows["MUG"] == Held("MUG", NEAR.id, 3, 2, HeldState.SHORT)
    assert stock.level(NEAR.id, "MUG") == Level(2, 2)


def test_r11_another_colour_gives_one_sku_back_and_takes_the_other() -> None:
    stock = shelves(near={"BLUE": 2, "RED": 2})
    stock.move(SHOP, NEAR.id, ORDER, StockMove(Move.RESERVE, "BLUE", 2))
    holding = a_holding(stock, Held("BLUE", NEAR.id, 2, 2, HeldState.RESERVED))

    holding.do([*reserve(RED=2), *move(Move.RELEASE, BLUE=2)])

    assert (stock.level(NEAR.id, "BLUE"), stock.level(NEAR.id, "RED")) == (Level(2, 0), Level(2, 2))
    assert holding.rows["BLUE"].state is HeldState.RELEASED
    holding.do([*reserve(BLUE=1), *move(Move.RELEASE, RED=2)])
    assert holding.rows["BLUE"] == Held("BLUE", NEAR.id, 1, 1, HeldState.RESERVED)


def test_a_short_order_that_wants_less_holds_no_more_than_it_wants() -> None:
    stock = shelves(near={"MUG": 2})
    stock.move(SHOP, NEAR.id, ORDER, StockMove(Move.RESERVE, "MUG", 2))
    holding = a_holding(stock, Held("MUG", NEAR.id, 3, 2, HeldState.SHORT))

    holding.do(move(Move.RELEASE, MUG=2))

    assert holding.rows["MUG"] == Held("MUG", NEAR.id, 1, 1, HeldState.RESERVED)
    assert stock.level(NEAR.id, "MUG") == Level(2, 1)


def test_r2_what_was_given_back_is_not_given_back_again() -> None:
    stock = shelves(near={"MUG": 2})
    holding = a_holding(stock)
    holding.do(reserve(MUG=2))

    holding.do(move(Move.RELEASE, MUG=2))
    holding.do(move(Move.RELEASE, MUG=2))

    assert stock.level(NEAR.id, "MUG") == Level(2, 0)


def test_goods_leave_once_and_are_not_given_back_then() -> None:
    stock = shelves(near={"MUG": 2})
    holding = a_holding(stock)
    holding.do(reserve(MUG=2))

    holding.do(move(Move.DISPATCH, MUG=2))
    holding.do(move(Move.DISPATCH, MUG=2))
    holding.do(move(Move.RELEASE, MUG=2))

    assert stock.level(NEAR.id, "MUG") == Level(0, 0)
    assert holding.rows["MUG"].state is HeldState.DISPATCHED


def test_goods_that_left_unreserved_take_nothing_that_others_hold() -> None:
    stock = shelves(near={"MUG": 3})
    stock.move(SHOP, NEAR.id, UUID(int=3), StockMove(Move.RESERVE, "MUG", 2))
    holding = a_holding(stock, Held("MUG", NEAR.id, 2, 0, HeldState.SHORT))

    holding.do(move(Move.DISPATCH, MUG=2))

    assert stock.level(NEAR.id, "MUG") == Level(2, 2)
    assert holding.rows["MUG"].state is HeldState.DISPATCHED


def test_goods_that_were_given_back_and_left_after_all_are_gone() -> None:
    stock = shelves(near={"MUG": 3})
    holding = a_holding(stock)
    holding.do(reserve(MUG=2))
    holding.do(move(Move.RELEASE, MUG=2))

    holding.do(move(Move.DISPATCH, MUG=2))

    assert stock.level(NEAR.id, "MUG") == Level(1, 0)


def test_r2_a_return_is_back_in_stock_and_never_more_of_it_than_left() -> None:
    stock = shelves(near={"MUG": 5})
    holding = a_holding(stock)
    holding.do([*reserve(MUG=2), *move(Move.DISPATCH, MUG=2)])

    holding.do(move(Move.CHECK_IN, MUG=1))
    assert stock.level(NEAR.id, "MUG") == Level(4, 0)
    holding.do(move(Move.CHECK_IN, MUG=2))

    assert stock.level(NEAR.id, "MUG") == Level(5, 0)
    assert holding.rows["MUG"].checked_in == 2


def test_what_never_left_is_not_checked_in() -> None:
    stock = shelves(near={"MUG": 5})
    holding = a_holding(stock)
    holding.do(reserve(MUG=2))

    holding.do(move(Move.CHECK_IN, MUG=1))

    assert stock.level(NEAR.id, "MUG") == Level(5, 2)


SKUS = ("BLUE", "RED", "TEA")


class AnyMoves(RuleBasedStateMachine):
    """Some orders and two locations, with moves in any sequence, whether they make sense or not."""

    @initialize(on_hand=st.lists(st.integers(0, 6), min_size=6, max_size=6))
    def open(self, on_hand: list[int]) -> None:
        keys = [(place.id, sku) for place in (NEAR, FAR) for sku in SKUS[:2]]  # nobody counts the third
        self.start = dict(zip(keys, map(Level, on_hand), strict=False))
        self.shelves = Shelves(self.start, {(SHOP, sku) for sku in SKUS[:2]})
        self.rows: dict[UUID, dict[str, Held]] = {}
        self.left: Counter[tuple[UUID, str]] = Counter()

    def do(self, order: int, moves: Sequence[StockMove]) -> None:
        key = uuid5(SHOP, str(order))
        holding = Holding(self.shelves, SHOP, key, self.rows.get(key, {}).values(), (NEAR, FAR), BUYER)
        holding.do(moves)
        self.rows[key] = holding.rows

    @rule(
        order=st.integers(1, 4),
        moves=st.lists(
            st.builds(
                StockMove,
                st.sampled_from([Move.RESERVE, Move.RELEASE, Move.DISPATCH, Move.CHECK_IN]),
                st.sampled_from(SKUS),
                st.integers(1, 4),
            ),
            min_size=1,
            max_size=4,
        ),
    )
    def change_an_order(self, order: int, moves: list[StockMove]) -> None:
        self.do(order, moves)

    @rule(order=st.integers(1, 4))
    def confirm_an_order(self, order: int) -> None:
        key = uuid5(SHOP, str(order))
        holding = Holding(self.shelves, SHOP, key, self.rows.get(key, {}).values(), (NEAR, FAR), BUYER)
        before = dict(self.shelves.levels)
        lacks = holding.fill("order confirmed")
        self.rows[key] = holding.rows
        if lacks:
            assert self.shelves.levels == before
        else:
            assert all(row.state is not HeldState.SHORT for row in holding.rows.values())

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def say_it_again(self, data: st.DataObject) -> None:
        """What has left and what was given back does not move by being said again."""
        key = data.draw(st.sampled_from(sorted(self.rows)))
        over = [row for row in self.rows[key].values() if row.state in (HeldState.DISPATCHED, HeldState.RELEASED)]
        before = dict(self.shelves.levels)
        again = [StockMove(Move.RELEASE, row.sku, row.quantity) for row in over]
        again += [StockMove(Move.DISPATCH, row.sku, row.quantity) for row in over if row.state == "dispatched"]
        holding = Holding(self.shelves, SHOP, key, self.rows[key].values(), (NEAR, FAR), BUYER)
        holding.do(again)
        assert self.shelves.levels == before

    @invariant()
    def nothing_is_negative(self) -> None:
        for level in self.shelves.levels.values():
            assert min(level.on_hand, level.reserved, level.available) >= 0

    @invariant()
    def what_is_reserved_is_what_orders_hold(self) -> None:
        held: Counter[tuple[UUID | None, str]] = Counter()
        for rows in self.rows.values():
            for row in rows.values():
                held[row.location_id, row.sku] += row.held
        for key, level in self.shelves.levels.items():
            assert level.reserved == held[key]

    @invariant()
    def an_order_holds_at_one_location(self) -> None:
        for rows in self.rows.values():
            assert len({row.location_id for row in rows.values() if row.held}) <= 1

    @invariant()
    def the_ledger_adds_up(self) -> None:
        on_hand = Counter({key: level.on_hand for key, level in self.start.items()})
        reserved: Counter[tuple[UUID, str]] = Counter()
        for entry in self.shelves.entries:
            key, n = (entry.location_id, entry.move.sku), entry.move.quantity
            assert n > 0
            on_hand[key] += {"check_in": n, "dispatch": -n}.get(entry.move.kind, 0)
            reserved[key] += {"reserve": n, "release": -n, "dispatch": -n}.get(entry.move.kind, 0)
        for key, level in self.shelves.levels.items():
            assert (level.on_hand, level.reserved) == (on_hand[key], reserved[key])

    @invariant()
    def what_nobody_counts_does_not_move(self) -> None:
        assert all(entry.move.sku != "TEA" for entry in self.shelves.entries)


AnyMoves.TestCase.settings = settings(max_examples=150, stateful_step_count=25)
TestAnyMoves = AnyMoves.TestCase
