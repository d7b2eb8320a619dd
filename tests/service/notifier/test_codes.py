"""A one-time code is sent at once, is news for its time only, and is in the mail's body and nowhere else."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import structlog

from contracts.orders.v1 import CodeAsked, Happening
from notifier import sending
from service.notifier.post import Desk, Letterbox, Post, cut
from support.servers import Broker
from support.services import Starter, SteppedTime
from support.waiting import eventually
from unit.notifier.happened import SHOP, occurrence

NIGHT = datetime(2026, 3, 2, 17, tzinfo=UTC)  #: One in the morning in Singapore.


def asked(post: Post, challenge: int = 41, order: int = 1) -> CodeAsked:
    """Give the wish for a code that counts for ten minutes from now."""
    return CodeAsked(
        event_id=uuid4(),
        occurred_at=post.clock.now,
        challenge_id=UUID(int=challenge),
        order_id=UUID(int=order),
        shop_id=SHOP,
        expires_at=post.clock.now + timedelta(minutes=10),
    )


def text_of(mail: object) -> str:
    return str(mail.get_body(("plain",)).get_content())  # type: ignore[attr-defined]


async def test_a_code_comes_at_night_in_the_body_of_a_mail_and_is_in_nothing_else(post: Post) -> None:
    post.clock.set(NIGHT)
    post.stands(1)
    with structlog.testing.capture_logs() as logs:
        await post.say(asked(post))
        [mail] = await post.arrived(1)
        await post.settle()

    [code] = post.desk.codes
    assert f"Your code is {code}." in text_of(mail)
    assert (mail["To"], mail["Subject"]) == ("buyer1@example.com", "Your code for order TT-1")
    assert code not in json.dumps([value for _, value in mail.items()])
    kept = [dict(row) for row in await post.running.pool.fetch("SELECT * FROM messages")]
    outbox = [dict(row) for row in await post.running.pool.fetch("SELECT * FROM outbox")]
    said = [body for stream in ("ORDERS", "NOTICES") for _, body in await post.broker.bodies(stream)]
    assert code not in f"{kept} {outbox} {said} {logs}"
    assert [row["state"] for row in kept] == ["sent"]


async def test_the_same_wish_sends_one_mail(post: Post) -> None:
    post.stands(1)
    wish = asked(post)
    await post.say(wish)
    await post.arrived(1)
    await post.say(wish.model_copy(update={"event_id": uuid4()}))
    await post.settle()

    assert len(post.box.mails) == 1


async def test_a_code_that_may_not_have_arrived_is_followed_by_a_newer_one_under_the_same_id(post: Post) -> None:
    post.stands(1)
    post.box.after_data = [cut]
    await post.say(asked(post))
    mails = await post.arrived(2)
    await post.settle()

    assert len(set(post.box.ids)) == 1
    assert [code in text_of(mail) for code, mail in zip(post.desk.codes, mails, strict=True)] == [True, True]


async def test_a_code_whose_time_is_over_before_orders_answers_is_not_sent(
    start: Starter, broker: Broker, clock: SteppedTime, box: Letterbox
) -> None:
    desk = Desk()
    post = Post(await start("notifier", clock=clock, smtp_port=box.port), box, desk, broker, clock)
    post.stands(1)
    await post.say(asked(post))
    clock.advance(minutes=10)
    await desk.open(broker)
    await post.settle()

    assert box.mails == []
    assert await post.outcomes() == [("dropped", "the code's time is over")]


async def test_a_code_that_orders_does_not_give_is_not_sent(post: Post) -> None:
    post.stands(1)
    post.desk.refused = {UUID(int=41)}
    await post.say(asked(post))
    await post.settle()

    assert post.box.mails == []
    assert await post.outcomes() == [("dropped", "the code is not wanted any more")]


async def test_a_code_does_not_wait_for_what_is_tried_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_WAIT", sending.LONGEST_WAIT)
    post.stands(1)
    post.box.to_recipients["buyer1@example.com"] = ["451 busy"]
    await post.tell(1, occurrence(Happening.SHIPPED))

    async def was_tried() -> bool:
        return [row["outcome"] for row in await post.messages()] == ["SMTP 451"]

    await eventually(was_tried)
    await post.say(asked(post))
    await post.arrived(1)

    assert post.box.subjects == ["Your code for order TT-1"]


async def test_a_code_goes_before_all_that_waits(post: Post, start: Starter) -> None:
    await post.running.stop()
    url = post.running.database_url
    post.running = await start("notifier", clock=post.clock, smtp_port=post.box.port, database_url=url, sending=False)
    for number in range(1, 41):
        post.stands(number)
        await post.tell(number, occurrence(Happening.SHIPPED))
    await post.kept()
    await post.say(asked(post, order=40))
    await post.running.stop()
    post.running = await start("notifier", clock=post.clock, smtp_port=post.box.port, database_url=url)
    await post.arrived(41)

    assert post.box.subjects.index("Your code for order TT-40") < 16  # of the first that are sent together
