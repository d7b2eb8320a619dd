"""What is said of the deadlines ahead: shared out over as few events as they fit into."""

from datetime import UTC, datetime
from uuid import UUID

from contracts.deadlines.v1 import DeadlineAhead, DeadlineKind, DeadlinesSet, OrderAhead
from deadline_watcher.tellings import DEADLINES_TOGETHER, ORDERS_TOGETHER, together

AT = datetime(2026, 3, 2, tzinfo=UTC)
LARGEST_MESSAGE = 512 * 1024  #: What a transaction may say at once.


def an_order(number: int, deadlines: int = 1) -> OrderAhead:
    ahead = DeadlineAhead(kind=DeadlineKind.ACKNOWLEDGMENT, rule="D4", parcel=1, due_at=AT)
    return OrderAhead(order_id=UUID(int=number), order_version=2_000_000_000, ahead=[ahead] * deadlines)


def test_orders_are_shared_out_in_order_and_none_is_lost() -> None:
    orders = [an_order(n) for n in range(ORDERS_TOGETHER * 2 + 1)]

    shares = list(together(orders))

    assert [len(share) for share in shares] == [ORDERS_TOGETHER, ORDERS_TOGETHER, 1]
    assert [one for share in shares for one in share] == orders


def test_orders_with_many_deadlines_are_fewer_in_one_event() -> None:
    shares = list(together([an_order(n, deadlines=400) for n in range(5)]))

    assert [len(share) for share in shares] == [2, 2, 1]


def test_an_order_with_more_deadlines_than_go_together_is_said_alone() -> None:
    shares = list(together([an_order(1), an_order(2, DEADLINES_TOGETHER + 1), an_order(3)]))

    assert [len(share) for share in shares] == [1, 1, 1]


def test_nothing_to_say_is_no_event() -> None:
    assert list(together([])) == []


def test_the_fullest_event_fits_into_one_message() -> None:
    orders = [an_order(n, DEADLINES_TOGETHER // ORDERS_TOGETHER) for n in range(ORDERS_TOGETHER)]

    [share] = together(orders)

    said = DeadlinesSet(event_id=UUID(int=1), occurred_at=AT, orders=share).model_dump_json(exclude_none=True)
    assert len(said) < LARGEST_MESSAGE
