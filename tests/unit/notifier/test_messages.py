"""Who is told what (RULES, "Messages"): one message per transaction and person, under an id that never changes."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.orders.v1 import AskKind, Handover, Happening, OrderChanged, OrderState, ReturnStatus
from contracts.policy import Policy
from notifier.messages import CODE, DIGEST, Recipient, code_of, digest_of, is_urgent, messages_of
from unit.notifier.happened import (
    ORDER,
    SHOP,
    at,
    changed,
    code_asked,
    occurrence,
    reminder,
    sent_back,
    standing,
    waiting,
    with_detail,
)

H = Happening

BUYER = {
    *(H.PLACED, H.CONFIRMED, H.PROCESSED, H.SHIPPED, H.OUT_FOR_DELIVERY, H.ATTEMPT_FAILED, H.READY_FOR_PICKUP),
    *(H.DELIVERED, H.DELAYED, H.LOST, H.DAMAGED, H.CORRECTED, H.CANCELLED, H.PARCEL_CLOSED, H.RETURNED),
    *(H.REFUND_ISSUED, H.REFUND_REFUSED, H.CANCELLATION_REQUESTED, H.CANCELLATION_REFUSED, H.CHANGE_APPLIED),
    *(H.CHANGE_REFUSED, H.RETURN_APPROVED, H.RETURN_REFUSED, H.RETURN_RECEIVED, H.RETURN_LAPSED),
    *(H.COMPLAINT_ANSWERED, H.COMPLAINT_UPHELD, H.COMPLAINT_REFUSED),
}
SELLER = {
    *(H.PLACED, H.COLLECTED, H.DELAYED, H.LOST, H.DAMAGED, H.AWAITING_SIGNATURE, H.SIGNATURE_MISSING, H.CANCELLED),
    *(H.PARCEL_CLOSED, H.REFUND_REQUESTED, H.MIX_UP, H.CARRIER_CANCELLED, H.SCANNED_AFTER_CANCELLATION),
    *(H.DELIVERED_AFTER_CANCELLATION, H.CANCELLATION_REQUESTED, H.CHANGE_REQUESTED, H.CHANGE_APPLIED),
    *(H.RETURN_REQUESTED, H.RETURN_RECEIVED, H.RETURN_LAPSED, H.LOST_IN_RETURN, H.COMPLAINT_OPENED),
    *(H.COMPLAINT_UPHELD, H.COMPLAINT_REFUSED, H.SHIP_OVERDUE, H.MARK_SHIPPED_OVERDUE, H.COLLECTION_OVERDUE),
    H.MARKETPLACE_NOTICE,
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


@pytest.mark.parametrize(("by", "expected"), [("seller", False), ("buyer", True)])
def test_a_seller_hears_of_the_changes_that_the_buyer_made(by: str, expected: bool) -> None:
    found = told(changed(occurrence(H.CHANGE_APPLIED, by=by)))

    assert (Recipient.SELLER in found) == expected
    assert Recipient.BUYER in found


@pytest.mark.parametrize(("by", "expected"), [("seller", False), ("buyer", True)])
def test_a_buyer_hears_of_the_changes_that_they_asked_for_in_vain(by: str, expected: bool) -> None:
    assert bool(told(changed(occurrence(H.CHANGE_REFUSED, by=by)))) == expected


@pytest.mark.parametrize("happening", sorted(BUYER | SELLER))
def test_four_kinds_do_not_wait_for_the_morning(happening: Happening) -> None:
    urgent = {H.OUT_FOR_DELIVERY, H.ATTEMPT_FAILED, H.READY_FOR_PICKUP, H.CANCELLED}

    for message in messages_of(changed(occurrence(happening), state=standing(tiktok=True))):
        assert is_urgent(message.parts) == (happening in urgent)


def test_what_people_wrote_is_not_kept() -> None:
    event = changed(occurrence(H.CANCELLED, by="buyer", reason="Mei Tan moved to 1 Example Road"))

    assert "Mei" not in json.dumps([one.parts for one in messages_of(event)])


def first_part(happening: Happening, state: OrderState, **detail: str) -> dict[str, object]:
    return messages_of(changed(with_detail(occurrence(happening), **detail), state=state))[0].parts[0]


@pytest.mark.parametrize(
    ("happening", "kind", "hours"),
    [
        (H.CANCELLATION_REQUESTED, AskKind.CANCELLATION, 24),  # D12
        (H.RETURN_REQUESTED, AskKind.RETURN, 48),
        (H.REFUND_REQUESTED, AskKind.REFUND, 48),
    ],
)
def test_a_request_is_to_be_answered_by_d12(happening: Happening, kind: AskKind, hours: int) -> None:
    others = [waiting(one, hour=20, number=90) for one in AskKind if one is not kind]

    part = first_part(happening, standing(asks=[waiting(kind, 25.5), *others]))

    assert (part["ask"], part["until"]) == (str(UUID(int=31)), at(25.5 + hours).isoformat())


def test_a_return_is_sent_by_d8_where_no_other_time_is_told() -> None:
    approved = occurrence(H.RETURN_APPROVED).model_copy(update={"detail": {}})
    business_days = standing(policy=Policy(business_days=True))

    [message] = messages_of(changed(approved))
    [unknown] = messages_of(changed(approved, state=business_days))

    assert message.parts[0]["until"] == at(25.5 + 14 * 24).isoformat()
    assert unknown.parts[0]["until"] is None


def test_of_two_requests_of_a_kind_the_fact_names_its_own_and_else_it_is_the_newest() -> None:
    state = standing(asks=[waiting(AskKind.RETURN, 20, number=1), waiting(AskKind.RETURN, 25, number=2)])
    named = occurrence(H.RETURN_REQUESTED).model_copy(update={"fact": f"return_requested:{UUID(int=1)}"})

    [message] = messages_of(changed(named, state=state))

    assert message.parts[0]["ask"] == str(UUID(int=1))
    assert first_part(H.RETURN_REQUESTED, state)["ask"] == str(UUID(int=2))


@pytest.mark.parametrize("until", ["soon", "2026-03-05", "2026-03-05T10:00:00", ""])
def test_what_is_no_instant_is_no_time_to_be_told(until: str) -> None:
    assert first_part(H.READY_FOR_PICKUP, standing(), until=until)["until"] is None


def test_a_return_is_named_and_is_no_parcel_on_its_way_to_the_buyer() -> None:
    back = occurrence(H.RETURN_APPROVED).model_copy(update={"parcel": 2})

    [message] = messages_of(changed(back, state=standing(returns=[sent_back(ReturnStatus.EXPECTED)])))

    assert (message.parts[0]["return"], message.parts[0]["parcel"]) == (str(UUID(int=21)), None)


def test_a_code_has_one_message_to_the_buyer_that_does_not_wait_and_holds_no_code() -> None:
    message = code_of(code_asked(challenge=41, order=1))

    assert (message.kinds, message.recipient, message.order_id) == ((CODE,), Recipient.BUYER, ORDER)
    assert is_urgent(message.parts)
    assert message.facts == (f"one_time_code:{UUID(int=41)}",)
    assert message.parts[0].keys() == {"kind", "fact", "challenge", "until"}
    assert code_of(code_asked(challenge=41)).id == message.id
    assert code_of(code_asked(challenge=42)).id != message.id


def test_a_digest_has_one_id_for_a_shop_and_a_day() -> None:
    first = digest_of(reminder(11, 12, day=3))

    assert (first.kinds, first.order_id, first.shop_id, first.recipient) == ((DIGEST,), None, SHOP, Recipient.SELLER)
    assert first.parts[0]["orders"] == [str(UUID(int=11)), str(UUID(int=12))]
    assert digest_of(reminder(12, day=3)).id == first.id
    assert digest_of(reminder(11, 12, day=4)).id != first.id
    assert digest_of(reminder(11, 12, day=3, shop=UUID(int=3))).id != first.id
