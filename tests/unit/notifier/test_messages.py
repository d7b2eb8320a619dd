"""Who is told what (RULES, "Messages"): one message per transaction and person, under an id that never changes."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.orders.v1 import Handover, Happening, OrderChanged
from notifier.messages import DIGEST, Recipient, digest_of, is_urgent, messages_of
from unit.notifier.happened import ORDER, SHOP, changed, occurrence, reminder, standing

H = Happening

BUYER = {
    *(H.PLACED, H.CONFIRMED, H.PROCESSED, H.SHIPPED, H.OUT_FOR_DELIVERY, H.ATTEMPT_FAILED, H.READY_FOR_PICKUP),
    *(H.DELIVERED, H.DELAYED, H.LOST, H.DAMAGED, H.CORRECTED, H.CANCELLED, H.PARCEL_CLOSED, H.RETURNED),
    *(H.REFUND_ISSUED, H.REFUND_REFUSED),
}
SELLER = {
    *(H.PLACED, H.COLLECTED, H.DELAYED, H.LOST, H.DAMAGED, H.AWAITING_SIGNATURE, H.SIGNATURE_MISSING, H.CANCELLED),
    *(H.PARCEL_CLOSED, H.REFUND_REQUESTED, H.MIX_UP, H.CARRIER_CANCELLED, H.SCANNED_AFTER_CANCELLATION),
    H.DELIVERED_AFTER_CANCELLATION,
}


def told(event: OrderChanged) -> dict[Recipient, tuple[str, ...]]:
    return {one.recipient: one.kinds for one in messages_of(event)}


@pytest.mark.parametrize("happening", H)
def test_buyer_and_seller_are_told_what_concerns_them(happening: Happening) -> None:
    found = told(changed(occurrence(happening), state=standing(tiktok=True)))

    assert (Recipient.BUYER in found) == (happening in BUYER)
    assert (Recipient.SELLER in found) == (happening in SELLER)


def test_what_nothing_happened_to_tells_nobody() -> None:
    assert messages_of(changed()) == []


def test_what_one_transaction_caused_for_one_person_is_one_message_the_gravest_first() -> None:
    event = changed(occurrence(H.SHIPPED), occurrence(H.DELIVERED), occurrence(H.CORRECTED), occurrence(H.PLACED))

    buyers, sellers = messages_of(event)

    assert buyers.kinds == ("corrected", "delivered", "shipped", "placed")
    assert buyers.facts == ("p1:corrected", "p1:delivered", "shipped", "placed")
    assert sellers.kinds == ("placed",)
    assert {buyers.order_id, sellers.order_id} == {ORDER}


def test_two_parcels_of_one_transaction_are_two_facts_of_one_message() -> None:
    event = changed(occurrence(H.DELIVERED, 1), occurrence(H.DELIVERED, 2))

    assert [one.facts for one in messages_of(event)] == [("p1:delivered", "p2:delivered")]


happenings = st.lists(st.sampled_from(list(H)), min_size=1, max_size=6)


@given(happenings, st.integers(0, 2**64))
def test_an_event_gives_the_same_messages_however_often_it_is_read_and_each_person_one(
    kinds: list[Happening], event: int
) -> None:
    said = changed(*(occurrence(kind) for kind in kinds), event=event)
    again = OrderChanged.model_validate_json(said.model_dump_json())

    messages = messages_of(said)

    assert [one.id for one in messages] == [one.id for one in messages_of(again)]
    assert len({one.recipient for one in messages}) == len(messages)


@given(st.sets(st.integers(0, 2**64), min_size=2, max_size=5))
def test_other_events_have_other_ids(events: set[int]) -> None:
    ids = [one.id for event in events for one in messages_of(changed(occurrence(H.PLACED), event=event))]

    assert len(set(ids)) == 2 * len(events)


@pytest.mark.parametrize(
    ("tiktok", "handover", "expected"),
    [(True, Handover.PICK_UP, True), (True, None, True), (True, Handover.DROP_OFF, False), (False, None, False)],
)
def test_a_seller_hears_that_a_parcel_was_fetched_where_the_marketplace_picks_it_up(
    tiktok: bool, handover: Handover | None, expected: bool
) -> None:
    event = changed(occurrence(H.COLLECTED), state=standing(tiktok=tiktok, handover=handover))

    assert bool(told(event)) == expected


@pytest.mark.parametrize(("by", "expected"), [("seller", False), ("buyer", True), ("D5", True), ("D9", True)])
def test_a_seller_hears_of_every_cancellation_but_their_own(by: str, expected: bool) -> None:
    found = told(changed(occurrence(H.CANCELLED, by=by)))

    assert (Recipient.SELLER in found) == expected
    assert Recipient.BUYER in found


@pytest.mark.parametrize("happening", sorted(BUYER | SELLER))
def test_four_kinds_do_not_wait_for_the_morning(happening: Happening) -> None:
    urgent = {H.OUT_FOR_DELIVERY, H.ATTEMPT_FAILED, H.READY_FOR_PICKUP, H.CANCELLED}

    for message in messages_of(changed(occurrence(happening), state=standing(tiktok=True))):
        assert is_urgent(message.parts) == (happening in urgent)


def test_what_people_wrote_is_not_kept() -> None:
    event = changed(occurrence(H.CANCELLED, by="buyer", reason="Mei Tan moved to 1 Example Road"))

    assert "Mei" not in json.dumps([one.parts for one in messages_of(event)])


def test_a_digest_has_one_id_for_a_shop_and_a_day() -> None:
    first = digest_of(reminder(11, 12, day=3))

    assert (first.kinds, first.order_id, first.shop_id, first.recipient) == ((DIGEST,), None, SHOP, Recipient.SELLER)
    assert first.parts[0]["orders"] == [str(UUID(int=11)), str(UUID(int=12))]
    assert digest_of(reminder(12, day=3)).id == first.id
    assert digest_of(reminder(11, 12, day=4)).id != first.id
    assert digest_of(reminder(11, 12, day=3, shop=UUID(int=3))).id != first.id
