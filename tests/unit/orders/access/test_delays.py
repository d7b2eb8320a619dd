"""How long whoever failed to log in waits: 1 s after five failures, doubling to 15 minutes, never for good."""

from datetime import UTC, datetime, timedelta

import pytest

from orders.access.delays import failures_held, neighbourhood_of, wait_after, wait_left

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (14, 512), (15, 900), (16, 900), (10**9, 900)],
)
def test_the_wait_doubles_from_the_fifth_failure_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert wait_after(failures) == timedelta(seconds=seconds)


def test_a_wait_ends() -> None:
    assert wait_left(10**6, NOON, NOON) == timedelta(minutes=15)
    assert wait_left(10**6, NOON, NOON + timedelta(minutes=14, seconds=59)) == timedelta(seconds=1)
    assert wait_left(10**6, NOON, NOON + timedelta(minutes=15)) == timedelta(0)


def test_after_a_day_without_failures_nothing_is_held_against_anybody() -> None:
    assert failures_held(7, NOON, NOON + timedelta(hours=24) - timedelta(seconds=1)) == 7
    assert failures_held(7, NOON, NOON + timedelta(hours=24)) == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_subscriber_is_one_address_and_not_every_address_of_a_network(address: str, counted: str) -> None:
    assert neighbourhood_of(address) == counted
