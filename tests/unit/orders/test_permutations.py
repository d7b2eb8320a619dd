"""Scans out of order or repeated: over an alphabet of ten, every sequence of up to four gives one parcel.

RULES, races: the parcel is the same as if they had come once each and in time order. Here that is not sampled but gone
through: every sequence in which a record stands at most twice, and with it every order of arrival of every choice.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from math import comb, perm

import pytest

from contracts.orders.v1 import ParcelState
from contracts.vocabulary import Leg
from orders.life.decide import weigh
from orders.life.evidence import terms_of
from orders.life.fold import fold
from orders.life.order import Order, badge_of
from orders.life.parcel import Evidence
from support.orders import CARRIER, an_order, at, scan

ALPHABET = (
    scan(12, "picked_up"),
    scan(48, "out_for_delivery"),
    scan(54, "attempt_failed", attempt_no=1),
    scan(54.05, "attempt_failed", carrier="aggregator"),  # the same attempt, told by another feed
    scan(54, "lost"),  # at the same instant as the attempt, and not the same the other way round
    scan(72, "delivered"),
    scan(72, "damaged"),  # at the same instant: a condition
    scan(72, "note", "proof_added"),  # and a note
    scan(72, "in_transit", leg=Leg.RETURN),  # and a place of the way back
    scan(None, "delivered", "signed", received=71),  # without a time: as of its receipt
)
LONGEST = 4

Standing = tuple[ParcelState, str, object, object]


def standing(order: Order) -> Standing:
    return (order.parcels[0].state, order.status.value, order.shipped_at, badge_of(order))


def arrivals(order: Order) -> Iterator[tuple[tuple[Evidence, ...], Order]]:
    """Give every sequence, and the order that it makes, one record at a time.

    A record that was told before is a repetition: the books know it by its identity, and nobody folds it again.
    """
    ahead: list[tuple[tuple[Evidence, ...], Order]] = [((), order)]
    while ahead:
        came, now = ahead.pop()
        yield came, now
        if len(came) == LONGEST:
            continue
        told = Counter(one.identity for one in came)
        for record in ALPHABET:
            match told[record.identity]:
                case 0:
                    ahead.append(((*came, record), weigh(now, {1: [record]}, at(100)).order))
                case 1:
                    ahead.append(((*came, record), now))


def in_time_order(records: tuple[Evidence, ...]) -> list[Evidence]:
    return sorted(records, key=lambda one: (one.scanned_at or one.received_at, one.identity))


def sequences() -> int:
    """How many sequences of up to four over ten letters have none more than twice: by how many letters stand twice."""
    letters = len(ALPHABET)
    return sum(
        comb(letters, twice) * comb(letters - twice, once) * perm(length) // 2**twice
        for length in range(LONGEST + 1)
        for twice in range(length // 2 + 1)
        if (once := length - 2 * twice) >= 0
    )


@pytest.mark.parametrize("tiktok", [False, True])
def test_every_order_of_arrival_of_up_to_four_records_gives_one_parcel(tiktok: bool) -> None:
    """B17."""
    new = an_order(tiktok=tiktok)
    expected: dict[frozenset[str], Standing] = {}
    for size in range(LONGEST + 1):
        for some in combinations(ALPHABET, size):
            order = new
            for record in in_time_order(some):
                order = weigh(order, {1: [record]}, at(100)).order
            state = fold(1, None, some, (), terms_of(new))
            assert state == order.parcels[0].state, "all at once is one after the other"
            expected[frozenset(one.identity for one in some)] = standing(order)
    assert len(expected) == sum(comb(10, size) for size in range(5)) == 386

    checked = 0
    for came, order in arrivals(new):
        assert standing(order) == expected[frozenset(one.identity for one in came)], [one.identity for one in came]
        checked += 1

    # 1 of none, 10 of one, 100 of two; of three less 10 of one letter; of four less 10 of one and 360 of three and one.
    assert checked == sequences() == 1 + 10 + 100 + (1_000 - 10) + (10_000 - 10 - 360) == 10_731


def test_the_alphabet_is_worth_its_letters() -> None:
    """Ten records, every class of them, of two feeds and both legs; each makes another parcel than none does."""
    assert len({one.identity for one in ALPHABET}) == 10
    assert {one.carrier for one in ALPHABET} == {CARRIER, "aggregator"}
    assert Counter(one.scanned_at for one in ALPHABET)[at(72)] == 4
    nothing = fold(1, None, (), (), terms_of(an_order(tiktok=True)))
    alone = [fold(1, None, [one], (), terms_of(an_order(tiktok=True))) for one in ALPHABET]
    assert [one.status for one, state in zip(ALPHABET, alone, strict=True) if state == nothing] == ["note"]
