"""Races, and who wins: the rows of the table that are decided on an order itself.

Matching has the rows on numbers (test_matching), the books and the feed's level have theirs in the service's tests.
"""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.deadlines.v1 import DeadlineKind
from contracts.orders.v1 import Badge, Happening
from contracts.vocabulary import Leg
from orders.life.cases import RefundState
from orders.life.commands import CollectPayment, IssueRefund
from orders.life.decide import judge, weigh
from orders.life.order import Order, badge_of
from orders.life.parcel import Evidence
from support.orders import Life, an_order, at, handed_over, scan, shipped

D3, D4, D5 = DeadlineKind.DELIVERY_PERIOD, DeadlineKind.ACKNOWLEDGMENT, DeadlineKind.TRACKING_UPDATE
D7, D9, D10 = DeadlineKind.DELAY_GRACE, DeadlineKind.ABNORMAL_GRACE, DeadlineKind.SIGNATURE

HAPPY = (
    scan(12, "picked_up"),
    scan(24, "in_transit"),
    scan(48, "out_for_delivery"),
    scan(54, "delivered"),
)


def auto_cancelled(**order: bool) -> Life:
    life = shipped(**order)
    life.due(D5, 360)
    assert life.status == "cancelled"
    return life


# --- D5 against scans -----------------------------------------------------------------------------------------------


def test_a_scan_that_was_judged_before_the_auto_cancel_keeps_the_order() -> None:
    life = shipped()
    proposal = life.deadline(D5, 360)
    life.see(scan(350, "in_transit", received=361))

    outcome = life.take(judge(life.order, proposal, at(362)))

    assert life.status == "shipped"
    assert outcome.steps[0].cause["dropped"] == "no longer so: order.first_physical_at"
    assert not outcome.occurrences


def test_a_scan_pushed_after_the_auto_cancel_changes_nothing_and_the_seller_hears_of_it_once() -> None:
    """B21."""
    life = auto_cancelled()
    refunds = life.order.refunds

    first = life.see(scan(350, "in_transit", received=366))
    second = life.see(scan(370, "out_for_delivery"))

    assert life.status == "cancelled"
    assert [one.happening for one in first.occurrences] == [Happening.SCANNED_AFTER_CANCELLATION]
    assert not second.occurrences
    assert life.order.refunds == refunds
    assert [refund.amount for refund in refunds] == [Decimal("12.50")]


def test_a_label_after_the_cancellation_is_no_news() -> None:
    assert not auto_cancelled().see(scan(366, "pre_transit"), scan(367, "note")).occurrences


# --- delivered, after all -------------------------------------------------------------------------------------------


def test_delivered_after_lost_is_delivered_and_the_buyer_is_told_that_we_were_wrong() -> None:
    """B20."""
    life = shipped()
    life.see(*HAPPY[:2])
    life.due(D4, 288)
    assert (life.status, badge_of(life.order)) == ("shipped", Badge.LOST)
    grace = life.deadline(D9, 312)

    outcome = life.see(scan(306, "delivered"))
    dropped = life.take(judge(life.order, grace, at(312)))

    assert (life.status, badge_of(life.order)) == ("delivered", None)
    assert [one.happening for one in outcome.occurrences] == [Happening.CORRECTED, Happening.DELIVERED]
    assert "dropped" in dropped.steps[0].cause
    assert life.status == "delivered"


def test_nothing_is_corrected_that_was_never_told() -> None:
    life = shipped()

    life.see(*HAPPY[:2], scan(40, "lost"), *HAPPY[2:])

    assert Happening.LOST not in life.happenings
    assert Happening.CORRECTED not in life.happenings


def test_each_loss_is_told_once_and_corrected_once() -> None:
    life = shipped()
    for record in (scan(24, "in_transit"), scan(40, "lost"), scan(44, "in_transit"), scan(60, "lost")):
        life.see(record)
    life.see(scan(30, "lost", received=61))  # an older record of the first loss
    life.see(scan(66, "out_for_delivery"))

    assert Counter(life.happenings)[Happening.LOST] == 2
    assert Counter(life.happenings)[Happening.CORRECTED] == 2
    assert len(life.facts) == len(set(life.facts))


@pytest.mark.parametrize("state", [RefundState.DUE, RefundState.ISSUED])
def test_delivered_after_cancelled_stays_cancelled_and_the_seller_learns_where_the_refund_stands(
    state: RefundState,
) -> None:
    """B21."""
    life = auto_cancelled()
    if state is RefundState.ISSUED:
        life.do(IssueRefund(life.order.refunds[0].id), hour=361)

    outcome = life.see(scan(372, "delivered"))
    again = life.see(scan(373, "delivered", carrier="ninjavan", identity="told again"))

    assert life.status == "cancelled"
    (told,) = outcome.occurrences
    assert (told.happening, told.detail) == (Happening.DELIVERED_AFTER_CANCELLATION, {"refund": state.value})
    assert not again.occurrences


def test_what_arrives_with_the_seller_is_not_delivered_after_cancellation() -> None:
    life = auto_cancelled()

    life.see(scan(366, "returning"), scan(380, "delivered"))

    assert Happening.DELIVERED_AFTER_CANCELLATION not in life.happenings
    assert Happening.SCANNED_AFTER_CANCELLATION in life.happenings


# --- places after an ending ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["in_transit", "attempt_failed", "lost", "destroyed", "undeliverable"])
def test_a_later_stamped_place_does_not_leave_delivered(status: str) -> None:
    life = shipped()
    life.see(*HAPPY)

    outcome = life.see(scan(60, status))

    assert (life.status, badge_of(life.order)) == ("delivered", None)
    assert not outcome.occurrences


def test_a_delivered_parcel_that_is_sent_back_is_shipped_then_returned() -> None:
    """B23."""
    life = shipped()
    life.see(*HAPPY)

    life.see(scan(80, "returning"))
    assert life.status == "shipped"
    life.see(scan(120, "returned"))

    assert life.status == "returned"
    assert [(one.cause, one.amount) for one in life.order.refunds] == [("returned", Decimal("12.50"))]


def test_damage_after_delivery_is_a_badge() -> None:
    life = shipped()
    life.see(*HAPPY)

    life.see(scan(60, "damaged"))

    assert (life.status, badge_of(life.order)) == ("delivered", Badge.DAMAGED)


# --- out of order, repeated, from several feeds -----------------------------------------------------------------------

HOURS = st.integers(1, 14).map(lambda quarter: quarter * 6)
RECORDS = st.tuples(
    st.sampled_from([1, 2]),
    st.builds(
        scan,
        HOURS,
        st.sampled_from(
            [
                *("pre_transit", "picked_up", "in_transit", "out_for_delivery", "attempt_failed", "ready_for_pickup"),
                *("delivered", "undeliverable", "returning", "returned", "lost", "destroyed", "cancelled", "delayed"),
                *("damaged", "note", "on_hold", "unknown"),
            ]
        ),
        leg=st.sampled_from([None, None, None, Leg.OUTBOUND, Leg.RETURN]),
        signed=st.booleans(),
    ),
)
FEEDS = st.lists(RECORDS, max_size=10, unique_by=lambda one: (one[0], one[1].identity))


def live(order: Order, records: list[tuple[int, Evidence]], sizes: list[int]) -> Life:
    """Bring records to an order in batches of these sizes."""
    life, left = Life(order), list(records)
    for size in (*sizes, len(records)):
        batch, left = left[:size], left[size:]
        found: dict[int, list[Evidence]] = {}
        for parcel, record in batch:
            found.setdefault(parcel, []).append(record)
        life.take(weigh(life.order, found, at(200)))
    return life


@settings(max_examples=150)
@given(FEEDS, st.data(), st.booleans())
def test_an_order_is_the_same_whatever_order_its_records_come_in(
    records: list[tuple[int, Evidence]], data: st.DataObject, tiktok: bool
) -> None:
    order = an_order(parcels=2, tiktok=tiktok)
    in_time = sorted(records, key=lambda one: (one[1].scanned_at, one[1].identity))
    shuffled = data.draw(st.permutations(records))
    sizes = data.draw(st.lists(st.integers(1, 4), max_size=10))

    one, other = live(order, in_time, [1] * len(records)), live(order, shuffled, sizes)

    assert [parcel.state for parcel in one.order.parcels] == [parcel.state for parcel in other.order.parcels]
    assert (one.status, one.order.shipped_at) == (other.status, other.order.shipped_at)
    assert badge_of(one.order) == badge_of(other.order)
    for life in (one, other):
        assert len(life.facts) == len(set(life.facts))


def test_a_backlog_that_comes_in_reverse_tells_only_the_newest() -> None:
    life = shipped()

    for record in reversed(HAPPY):
        life.see(record, hour=60)

    assert life.happenings[-1] is Happening.DELIVERED
    assert Happening.OUT_FOR_DELIVERY not in life.happenings
    assert Happening.COLLECTED not in life.happenings


def test_an_order_that_a_late_feed_shows_to_be_delivered_is_not_told_as_shipped() -> None:
    outcome = handed_over().see(*HAPPY)

    assert [one.happening for one in outcome.occurrences] == [Happening.DELIVERED]


def test_an_older_attempt_is_no_news_once_the_parcel_moved_on() -> None:
    life = shipped()
    life.see(scan(48, "out_for_delivery"), scan(72, "out_for_delivery"))

    outcome = life.see(scan(54, "attempt_failed", received=73))

    assert life.parcel.attempts == 1
    assert not outcome.occurrences


def test_what_an_older_attempt_adds_is_not_told_with_another_telling_of_the_newest() -> None:
    life = shipped()
    life.see(scan(72, "out_for_delivery"))
    life.see(scan(78, "attempt_failed"))
    life.see(scan(48, "out_for_delivery", received=79), scan(54, "attempt_failed", received=79))
    assert (life.parcel.attempts, life.facts[-1]) == (2, f"p1:lost:{at(78).isoformat()}")

    outcome = life.see(scan(78.05, "attempt_failed", carrier="aggregator", received=80))

    assert not outcome.occurrences


def test_one_attempt_told_by_carrier_and_aggregator_is_told_once_and_loses_nothing() -> None:
    life = shipped()
    life.see(scan(48, "out_for_delivery"))
    life.see(scan(54, "attempt_failed"))

    outcome = life.see(scan(54.05, "attempt_failed", "other", identity="aggregator"))

    assert (life.parcel.attempts, life.parcel.lost_at) == (1, None)
    assert not outcome.occurrences


def test_when_a_number_is_claimed_only_the_newest_place_is_told() -> None:
    """Records of a number that nobody knew are folded together once an order has it."""
    outcome = handed_over().see(*HAPPY[:3], scan(30, "attempt_failed"))

    told = {one.happening for one in outcome.occurrences}
    assert told == {Happening.SHIPPED, Happening.COLLECTED, Happening.OUT_FOR_DELIVERY}


def test_a_parcel_that_is_scanned_again_and_again_at_a_counter_is_ready_once() -> None:
    life = shipped()

    for hour in (48, 72, 96):
        life.see(scan(hour, "ready_for_pickup"))

    assert Counter(life.happenings)[Happening.READY_FOR_PICKUP] == 1


def test_a_corrected_record_takes_the_place_of_the_first() -> None:
    life = shipped()
    life.see(scan(24, "in_transit"))
    wrong, right = scan(54, "delivered"), scan(54, "ready_for_pickup", received=60)
    life.see(wrong)
    assert life.status == "delivered"

    outcome = life.take(weigh(life.order, {1: [right]}, at(60), frozenset({wrong.scan_id})))

    assert (life.status, life.parcel.delivered_at, life.parcel.place) == ("shipped", None, "ready_for_pickup")
    assert outcome.steps[0].cause == {"scans": [str(right.scan_id)], "superseded": [str(wrong.scan_id)]}


# --- time that cannot be ----------------------------------------------------------------------------------------------


def test_a_scan_from_the_future_counts_as_of_its_receipt_everywhere() -> None:
    life = handed_over()

    outcome = life.see(scan(48, "in_transit", received=24))

    assert life.order.shipped_at == life.parcel.first_physical_at == at(24)
    assert outcome.occurrences[0].at == at(24)
    assert life.order.parcels[0].evidence[0].scanned_at == at(48)


# --- cash on delivery -------------------------------------------------------------------------------------------------


def test_cash_on_delivery_has_nothing_to_refund() -> None:
    life = auto_cancelled(cod=True)

    assert not life.order.refunds
    assert life.told[-1].detail["refund"] == "none"


def test_cash_that_was_collected_at_the_door_is_refunded() -> None:
    life = shipped(cod=True)
    life.see(*HAPPY)
    life.do(CollectPayment(Decimal("12.50")), hour=55)

    life.see(scan(80, "returning"), scan(120, "returned"))

    assert [(one.cause, one.amount) for one in life.order.refunds] == [("returned", Decimal("12.50"))]
