"""What is sent is true and news at that moment, and comes when the person is awake."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from contracts.deadlines.v1 import ReminderDue
from contracts.orders.contacts import Party
from contracts.orders.v1 import Happening, Occurrence, OrderStatus
from contracts.vocabulary import ScanStatus
from service.notifier.post import Desk, Letterbox, Post
from support.servers import Broker
from support.services import Starter, SteppedTime
from unit.notifier.happened import SHOP, ZONE, at, occurrence, parcel

H = Happening
TODAY_8_PM = 12.0  #: Hours after placement: when the tests begin.


def named(happening: Happening, fact: str) -> Occurrence:
    return occurrence(happening, hour=TODAY_8_PM).model_copy(update={"fact": fact})


async def test_while_orders_is_away_messages_wait_and_what_is_stale_by_then_is_never_sent(
    start: Starter, broker: Broker, clock: SteppedTime, box: Letterbox
) -> None:
    desk = Desk()
    post = Post(await start("notifier", clock=clock, smtp_port=box.port), box, desk, broker, clock)
    late = post.stands(1, parcel(delayed_at=10))
    await post.tell(1, occurrence(H.DELAYED), state=late)
    there = post.stands(1, parcel(delayed_at=10, delivered_at=12), status=OrderStatus.DELIVERED)
    await post.tell(1, occurrence(H.DELIVERED), state=there)
    await post.kept()
    await desk.open(broker)
    await post.arrived(1)
    await post.settle()

    assert post.box.subjects == ["Delivered: your order TT-1"]
    rows = [(row["recipient"], row["kinds"], row["state"]) for row in await post.messages()]
    assert rows == [
        ("buyer", ["delayed"], "dropped"),
        ("seller", ["delayed"], "dropped"),
        ("buyer", ["delivered"], "sent"),
    ]
    [dropped, *_] = await post.messages(state="dropped")
    assert (dropped["outcome"], dropped["told"]) == ("the parcel is not merely late", None)


async def test_a_part_that_is_stale_is_left_out_and_not_counted_as_told(post: Post) -> None:
    state = post.stands(1, parcel(place=ScanStatus.OUT_FOR_DELIVERY))
    await post.tell(1, occurrence(H.SHIPPED), occurrence(H.OUT_FOR_DELIVERY, hour=TODAY_8_PM), state=state)
    await post.arrived(1)
    await post.settle()

    assert post.box.facts == ["p1:out_for_delivery"]
    [row] = await post.messages()
    assert (row["facts"], row["told"]) == (["p1:out_for_delivery", "shipped"], ["p1:out_for_delivery"])


async def test_an_answer_that_makes_no_sense_is_asked_for_again(post: Post) -> None:
    post.desk.garbage = 1
    post.stands(1)
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(1)

    assert len(post.desk.questions) >= 2


async def test_of_an_order_that_was_erased_nobody_is_told(post: Post) -> None:
    """B28."""
    await post.tell(1, occurrence(H.SHIPPED))
    await post.settle()

    assert await post.outcomes() == [("dropped", "nobody is on record for this order")]


async def test_who_has_no_address_is_on_record_as_not_told(post: Post) -> None:
    post.stands(1)
    post.desk.buyers[UUID(int=1)] = Party(zone=ZONE)
    await post.tell(1, occurrence(H.SHIPPED))
    await post.settle()

    assert await post.outcomes() == [("dropped", "no address on record")]


# --- corrections ------------------------------------------------------------------------------------------------------


async def test_a_correction_goes_to_who_was_told_that_it_was_lost(post: Post) -> None:
    lost = post.stands(1, parcel(lost_at=10))
    await post.tell(1, named(H.LOST, "p1:lost:10"), state=lost)
    await post.arrived(2)
    found = post.stands(1, parcel(moved_at=12))
    await post.tell(1, named(H.CORRECTED, "p1:corrected:10"), state=found)
    await post.arrived(3)
    await post.settle()

    assert post.box.facts[2:] == ["p1:corrected:10"]


async def test_a_correction_of_what_nobody_was_told_is_not_sent(post: Post) -> None:
    found = post.stands(1, parcel(moved_at=12))
    await post.tell(1, named(H.LOST, "p1:lost:10"), state=found)
    await post.tell(1, named(H.CORRECTED, "p1:corrected:10"), state=found)
    await post.settle()

    assert post.box.mails == []
    outcomes = {(row["recipient"], row["kinds"][0]): row["outcome"] for row in await post.messages()}
    assert outcomes["buyer", "corrected"] == "nobody was told that it was lost"


async def test_a_second_loss_that_was_not_told_is_not_corrected_by_the_first(post: Post) -> None:
    await post.tell(1, named(H.LOST, "p1:lost:10"), state=post.stands(1, parcel(lost_at=10)))
    await post.arrived(2)
    found = post.stands(1, parcel(moved_at=12))
    await post.tell(1, named(H.CORRECTED, "p1:corrected:10"), state=found)
    await post.arrived(3)
    await post.tell(1, named(H.LOST, "p1:lost:11"), state=found)
    await post.tell(1, named(H.CORRECTED, "p1:corrected:11"), state=found)
    await post.settle()

    assert "p1:corrected:11" not in post.box.facts


# --- what was settled meanwhile ---------------------------------------------------------------------------------------


async def test_a_change_that_was_decided_before_its_request_is_told_is_told_alone(
    start: Starter, broker: Broker, clock: SteppedTime, box: Letterbox
) -> None:
    desk = Desk()
    post = Post(await start("notifier", clock=clock, smtp_port=box.port), box, desk, broker, clock)
    post.stands(1, status=OrderStatus.CONFIRMED)
    await post.tell(1, named(H.CHANGE_REQUESTED, "change_requested:a"))
    await post.tell(1, named(H.CHANGE_REQUESTED, "change_requested:b"))
    await post.tell(1, named(H.CHANGE_REFUSED, "change_refused:a"))
    await post.kept()
    await desk.open(broker)
    await post.arrived(2)
    await post.settle()

    assert sorted(box.facts) == ["change_refused:a", "change_requested:b"]
    assert ("dropped", "it was settled since") in await post.outcomes()


# --- waking hours -----------------------------------------------------------------------------------------------------

NIGHT = datetime(2026, 3, 2, 15, tzinfo=UTC)  #: 23:00 in Singapore.
MORNING = datetime(2026, 3, 3, 0, tzinfo=UTC)  #: 08:00 there.


async def test_at_night_only_what_is_urgent_is_sent_and_the_rest_at_eight(post: Post) -> None:
    post.clock.set(NIGHT)
    for number in (1, 2):
        post.stands(number)
    await post.tell(1, occurrence(H.SHIPPED))
    cancelled = post.stands(2, status=OrderStatus.CANCELLED)
    await post.tell(2, occurrence(H.CANCELLED, by="D9"), state=cancelled)
    await post.arrived(2)
    await post.settle()
    assert {str(mail["X-Waybill-Facts"]) for mail in post.box.mails} == {"cancelled"}

    post.clock.set(MORNING - timedelta(seconds=1))
    await post.settle()
    assert len(post.box.mails) == 2

    post.clock.set(MORNING)
    await post.arrived(3)
    assert post.box.facts[2] == "shipped"
    assert post.box.mails[2]["Date"].datetime == MORNING


async def test_what_became_stale_in_the_night_is_not_sent_in_the_morning(post: Post) -> None:
    post.clock.set(NIGHT)
    post.stands(1)
    await post.tell(1, occurrence(H.SHIPPED))
    await post.settle()
    post.stands(1, parcel(delivered_at=16), status=OrderStatus.DELIVERED)
    post.clock.set(MORNING)
    await post.settle()

    assert post.box.mails == []
    assert await post.outcomes() == [("dropped", "the order is delivered")]


async def test_what_is_left_of_an_urgent_message_may_not_be_urgent_any_more(post: Post) -> None:
    post.clock.set(NIGHT)
    state = post.stands(1, parcel(place=ScanStatus.IN_TRANSIT, damaged_at=14))
    await post.tell(1, occurrence(H.DAMAGED), occurrence(H.ATTEMPT_FAILED, hour=14), state=state)
    await post.settle()
    assert post.box.mails == []

    post.clock.set(MORNING)
    await post.arrived(2)
    assert set(post.box.facts) == {"p1:damaged"}


# --- digests ----------------------------------------------------------------------------------------------------------


def digest(*numbers: int, day: int = 3, more: int = 0) -> ReminderDue:
    due_at = datetime(2026, 3, day, 1, tzinfo=UTC)
    ids = [UUID(int=number) for number in numbers]
    return ReminderDue(
        event_id=uuid4(),
        occurred_at=due_at,
        shop_id=SHOP,
        local_date=due_at.date(),
        due_at=due_at,
        order_ids=ids,
        more=more,
    )


async def test_a_shop_has_one_digest_a_day_of_what_is_open_and_still_not_seen(post: Post) -> None:
    post.clock.set(at(25))
    post.stands(1)
    post.stands(2, first_physical_at=at(24))
    post.stands(3, status=OrderStatus.CANCELLED)
    await post.say(digest(1, 2, 3))
    await post.arrived(1)
    await post.say(digest(1, 2, 3))
    await post.settle()

    [mail] = post.box.mails
    assert (mail["Subject"], mail["To"]) == ("1 order without a tracking update", "shop@example.com")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert [line for line in text.splitlines() if line.startswith("- ")] == ["- TT-1"]
    assert mail["X-Waybill-Facts"] == "tracking_update_digest:2026-03-03"
    assert mail["X-Waybill-Order"] is None


async def test_a_digest_that_has_nothing_left_to_say_is_not_sent(post: Post) -> None:
    post.stands(1, first_physical_at=at(11))
    post.stands(2, status=OrderStatus.CANCELLED)
    await post.say(digest(1, 2))
    await post.settle()

    assert await post.outcomes() == [("dropped", "every order was seen, or is cancelled")]


async def test_after_a_stop_only_the_last_digest_goes_out(
    start: Starter, broker: Broker, clock: SteppedTime, box: Letterbox
) -> None:
    desk = Desk()
    post = Post(await start("notifier", clock=clock, smtp_port=box.port), box, desk, broker, clock)
    post.stands(1)
    await post.say(digest(1, day=3), digest(1, day=4), digest(1, day=5))
    await desk.open(broker)
    await post.arrived(1)
    await post.settle()

    assert post.box.facts == ["tracking_update_digest:2026-03-05"]
    assert [outcome for _, outcome in await post.outcomes()] == [
        "there is a newer digest",
        "there is a newer digest",
        None,
    ]


async def test_a_long_digest_asks_for_no_more_than_a_hundred_at_a_time(post: Post) -> None:
    for number in range(1, 151):
        post.stands(number)
    await post.say(digest(*range(1, 151), more=7))
    [mail] = await post.arrived(1)

    assert mail["Subject"] == "157 orders without a tracking update"
    assert post.desk.questions == [100, 50]
