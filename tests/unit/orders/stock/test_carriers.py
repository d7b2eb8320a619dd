"""Which carrier has the best record on a lane (R21)."""

import pytest

from orders.stock.carriers import Record, best_first


def names(*records: Record) -> list[str]:
    return [record.carrier for record in best_first(records)]


def test_r21_the_most_punctual_carrier_comes_first() -> None:
    assert names(Record("slow", 100, 100, 70, 20.0), Record("good", 100, 100, 95, 40.0)) == ["good", "slow"]


def test_one_parcel_in_time_does_not_beat_a_long_record() -> None:
    assert names(Record("new", 1, 1, 1, 10.0), Record("known", 100, 100, 99, 40.0)) == ["known", "new"]


def test_of_equals_the_faster_comes_first_and_then_the_name_decides() -> None:
    assert names(
        Record("b", 4, 4, 4, 30.0),
        Record("unmeasured", 4, 4, 4, None),
        Record("a", 4, 4, 4, 30.0),
        Record("c", 4, 4, 4, 9),
    ) == ["c", "a", "b", "unmeasured"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Record("x", 4, 4, 3, 30.4), "3 of 4 on time, 4 delivered, half of them within 30 h"),
        (Record("x", 4, 0, 0, None), "none had a promised date, 4 delivered"),
    ],
)
def test_a_record_says_what_it_rests_on(record: Record, reason: str) -> None:
    assert record.reason == reason


def test_nothing_is_said_of_punctuality_without_a_date() -> None:
    assert Record("x", 4, 0, 0, 30.0).share is None
    assert Record("x", 4, 4, 3, 30.0).share == 0.75
