"""On record: every message that reached its outcome is said once, many at a time, without an address or a text."""

import json
from uuid import UUID

from chassis.postgres import connected
from contracts.notices.v1 import MessagesTold, MessageTold, TellingOutcome
from contracts.orders.contacts import Party
from contracts.orders.v1 import Happening
from contracts.vocabulary import ScanStatus
from service.notifier.post import Post
from support.services import Starter, run_tool
from unit.notifier.happened import SHOP, ZONE, occurrence, parcel

H = Happening
Ended = TellingOutcome


async def events(post: Post) -> list[MessagesTold]:
    await post.settle()  # which says everything, and publishes it
    return [event for event in await post.broker.said("NOTICES") if isinstance(event, MessagesTold)]


async def told(post: Post) -> list[MessageTold]:
    return [one for event in await events(post) for one in event.messages]


async def test_a_mail_that_was_sent_is_said_to_be(post: Post) -> None:
    post.stands(1)
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(1)

    [row] = await post.messages()
    assert await told(post) == [
        MessageTold(
            message_id=row["id"],
            order_id=UUID(int=1),
            shop_id=SHOP,
            recipient="buyer",
            kinds=["shipped"],
            channel="email",
            outcome=Ended.SENT,
            at=post.clock.now,
        )
    ]


async def test_each_way_to_end_has_its_word(post: Post) -> None:
    for number in (1, 3):
        post.stands(number)
    post.stands(2, parcel(delivered_at=1), status="delivered")
    post.desk.buyers[UUID(int=3)] = Party(zone=ZONE)
    post.box.to_recipients["buyer1@example.com"] = ["550 no such mailbox"]
    for number in (1, 2, 3, 4):  # nobody is on record for the fourth
        await post.tell(number, occurrence(H.SHIPPED))

    outcomes = {one.order_id.int: one.outcome for one in await told(post) if one.order_id}
    assert outcomes == {1: Ended.GIVEN_UP, 2: Ended.STALE, 3: Ended.NO_ADDRESS, 4: Ended.NO_ADDRESS}


async def test_what_was_left_out_of_a_message_was_not_told(post: Post) -> None:
    state = post.stands(1, parcel(place=ScanStatus.OUT_FOR_DELIVERY))
    await post.tell(1, occurrence(H.SHIPPED), occurrence(H.OUT_FOR_DELIVERY, hour=12), state=state)
    await post.arrived(1)

    assert [one.kinds for one in await told(post)] == [["out_for_delivery"]]


async def test_many_messages_are_few_events_and_each_is_said_once(post: Post) -> None:
    for number in range(1, 61):
        post.stands(number)
        await post.tell(number, occurrence(H.SHIPPED))
    await post.arrived(60)

    found = await events(post)
    assert len(found) < 30
    ids = [one.message_id for event in found for one in event.messages]
    assert len(ids) == len(set(ids)) == 60


async def test_no_event_has_more_than_two_hundred(post: Post, start: Starter) -> None:
    await post.running.stop()
    async with connected(post.running.database_url, "notifier") as pool:
        await pool.execute(
            "INSERT INTO messages (id, order_id, shop_id, recipient, kinds, facts, parts, not_before, state, ending,"
            " settled_at) SELECT gen_random_uuid(), gen_random_uuid(), $1, 'buyer', '{shipped}', '{shipped}', '[]',"
            " now(), 'sent', 'sent', now() FROM generate_series(1, 450)",
            SHOP,
        )
    post.running = await start("notifier", smtp_port=post.box.port, database_url=post.running.database_url)

    assert [len(event.messages) for event in await events(post)] == [200, 200, 50]


async def test_a_message_that_is_tried_again_is_said_again(post: Post) -> None:
    post.stands(1)
    post.box.to_recipients["buyer1@example.com"] = ["550 no such mailbox"]
    await post.tell(1, occurrence(H.SHIPPED))
    [failed] = await told(post)
    await run_tool("notifier", "messages", "retry", str(failed.message_id), environment=post.running.environment)
    await post.arrived(1)

    outcomes = [(one.message_id, one.outcome) for one in await told(post)]
    assert outcomes == [(failed.message_id, Ended.GIVEN_UP), (failed.message_id, Ended.SENT)]


async def test_a_notice_has_no_address_no_name_and_no_text(post: Post) -> None:
    post.stands(1)
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(1)
    await events(post)

    [(subject, body)] = await post.broker.bodies("NOTICES")
    assert subject == "notices.v1.sent"
    assert not [word for word in (b"example.com", b"Buyer 1", b"TT-1", b"/t/1") if word in body]
    assert json.loads(body)["messages"][0].keys() == {
        *("message_id", "order_id", "shop_id", "recipient", "kinds", "channel", "outcome", "at"),
    }
