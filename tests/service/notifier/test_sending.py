"""What a message goes through: kept once, checked, written, sent in order, tried again or given up, and recorded."""

import asyncio
import json
import signal
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from contracts.orders.contacts import Party
from contracts.orders.v1 import Happening, Occurrence, OrderChanged
from notifier.channels import email
from service.notifier.post import Desk, Letterbox, Post, cut
from support.servers import Broker
from support.services import Launcher, Starter, SteppedTime, run_tool
from support.waiting import eventually
from unit.notifier.happened import ZONE, occurrence, parcel, standing

H = Happening
EIGHT_PM = datetime(2026, 3, 2, 12, tzinfo=UTC)  #: In Singapore, where everybody here lives.


def refund(name: str) -> Occurrence:
    """Give a refund that was paid out: one of many facts that are never old news."""
    return occurrence(H.REFUND_ISSUED).model_copy(update={"fact": f"refund_issued:{name}"})


async def test_buyer_and_seller_are_written_to(post: Post) -> None:
    await post.tell(1, occurrence(H.LOST), state=post.stands(1, parcel(lost_at=1)))
    await post.arrived(2)
    await post.settle()

    to_buyer, to_seller = sorted(post.box.mails, key=lambda mail: str(mail["To"]))
    assert (to_buyer["To"], to_seller["To"]) == ("buyer1@example.com", "shop@example.com")
    assert (to_buyer["From"], to_buyer["Reply-To"]) == ("Waybill <waybill@example.com>", "shop@example.com")
    assert to_seller["Reply-To"] is None
    assert (to_buyer["Subject"], to_seller["Subject"]) == ("Lost: your order TT-1", "Lost: order TT-1")
    assert to_buyer["Date"].datetime == EIGHT_PM
    assert to_buyer["Auto-Submitted"] == "auto-generated"
    assert (to_buyer["X-Waybill-Order"], to_buyer["X-Waybill-Recipient"]) == (str(UUID(int=1)), "buyer")
    assert to_buyer["X-Waybill-Facts"] == "p1:lost"
    assert [part.get_content_type() for part in to_buyer.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert all("Hello Buyer 1," in part.get_content() for part in to_buyer.iter_parts())

    ids = {row["recipient"]: row["id"] for row in await post.messages()}
    assert to_buyer["Message-ID"] == f"<{ids['buyer']}@waybill.example.com>"
    assert to_seller["Message-ID"] == f"<{ids['seller']}@waybill.example.com>"


async def test_the_ledger_has_who_was_told_what_when_and_neither_an_address_nor_a_text(post: Post) -> None:
    post.stands(1)
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(1)
    await post.settle()

    [row] = await post.messages()
    assert (row["state"], row["channel"], row["recipient"], row["told"]) == ("sent", "email", "buyer", ["shipped"])
    assert (row["settled_at"], row["tries"]) == (EIGHT_PM, 1)
    assert (row["templates_version"], row["language"]) == (2, "en")
    kept = json.dumps(row, default=str)
    assert not [word for word in ("example.com", "Buyer", "Blue Mug", "TT-1", "on its way", "/t/1") if word in kept]


async def test_an_event_that_comes_again_sends_nothing_again(post: Post) -> None:
    post.stands(1)
    event = await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(1)
    # Once known by the inbox, once by the message's own id: an inbox keeps events for a time only.
    await post.broker.put(event.subject, event.model_dump_json().encode())
    await post.settle()
    await post.running.pool.execute("DELETE FROM inbox")
    await post.broker.put(event.subject, event.model_dump_json().encode())
    await post.settle()

    assert len(post.box.mails) == 1


async def test_messages_of_one_person_about_one_order_arrive_in_their_order(post: Post) -> None:
    post.stands(1)
    post.stands(2)
    post.box.to_recipients["buyer1@example.com"] = ["451 busy", "451 busy"]
    for name in "abcde":
        await post.tell(1, refund(name))
    await post.tell(2, refund("z"))
    await post.arrived(6)
    await post.settle()

    by_order = [str(mail["X-Waybill-Facts"]) for mail in post.box.mails if mail["X-Waybill-Order"] == str(UUID(int=1))]
    assert by_order == [f"refund_issued:{name}" for name in "abcde"]
    assert post.box.facts[0] == "refund_issued:z"  # whom others keep waiting is not kept waiting


async def test_a_mail_server_that_is_busy_is_asked_again(post: Post) -> None:
    post.stands(1)
    post.box.to_recipients["buyer1@example.com"] = ["451 greylisted"]
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(1)
    await post.settle()

    [row] = await post.messages()
    assert (row["state"], row["tries"]) == ("sent", 2)


async def test_a_refused_address_is_given_up_on_record_and_a_person_can_have_it_tried_again(post: Post) -> None:
    post.stands(1)
    post.box.to_recipients["buyer1@example.com"] = ["550 no such mailbox"]
    await post.tell(1, occurrence(H.SHIPPED))
    await post.settle()
    assert await post.outcomes() == [("failed", "SMTP 550")]
    assert post.box.mails == []

    await post.tell(1, refund("a"))
    await post.arrived(1)

    tool = post.running.environment
    listed = await run_tool("notifier", "messages", "failed", environment=tool)
    [failed] = [json.loads(line) for line in listed.printed.splitlines()]
    assert (failed["outcome"], failed["kinds"], failed["tries"]) == ("SMTP 550", ["shipped"], 1)
    assert (await run_tool("notifier", "messages", "retry", failed["id"], environment=tool)).status == 0
    await post.arrived(2)
    assert post.box.ids[1] == f"<{failed['id']}@waybill.example.com>"
    assert (await run_tool("notifier", "messages", "retry", failed["id"], environment=tool)).status == 2


@pytest.mark.parametrize("answer", ["550 you may not send", "530 authentication required", "421 closing"])
async def test_what_the_mail_server_has_against_us_loses_no_message(post: Post, answer: str) -> None:
    post.stands(1)
    post.box.to_senders = [answer]
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(1)
    await post.settle()

    assert await post.outcomes() == [("sent", None)]


async def test_a_mail_server_that_is_away_is_waited_for(
    start: Starter, broker: Broker, clock: SteppedTime, desk: Desk, box: Letterbox
) -> None:
    post = Post(await start("notifier", clock=clock), Letterbox(), desk, broker, clock)
    post.stands(1)
    await post.tell(1, occurrence(H.SHIPPED))

    async def tried() -> bool:
        return [row["outcome"] for row in await post.messages()] == ["SMTPConnectError"]

    await eventually(tried)
    await post.running.stop()
    post.running = await start("notifier", clock=clock, smtp_port=box.port, database_url=post.running.database_url)
    await eventually(lambda: len(box.mails) == 1)


async def test_a_mail_whose_acceptance_was_not_heard_is_sent_again_under_the_same_id(post: Post) -> None:
    post.stands(1)
    post.box.after_data = [cut]
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(2)
    await post.settle()

    assert len(post.box.ids) == 2
    assert len(set(post.box.ids)) == 1
    assert await post.outcomes() == [("sent", None)]


async def test_a_mail_server_that_keeps_a_mail_and_never_answers_is_left(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email, "WITHIN", 2)
    answered = asyncio.Event()
    post.box.after_data = [lambda _: wait_for(answered)]
    post.stands(1)
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(2)
    await post.settle()
    answered.set()

    assert len(set(post.box.ids)) == 1
    [row] = await post.messages()
    assert (row["state"], row["tries"]) == ("sent", 2)


async def wait_for(event: asyncio.Event) -> None:
    await event.wait()


async def test_a_mail_under_way_when_the_service_stops_is_recorded(post: Post, start: Starter) -> None:
    answered = asyncio.Event()
    post.box.after_data = [lambda _: wait_for(answered)]
    post.stands(1)
    await post.tell(1, occurrence(H.SHIPPED))
    await post.arrived(1)
    stopping = asyncio.create_task(post.running.stop())
    await eventually(lambda: post.running.service._stopping.is_set())
    answered.set()
    await stopping

    post.running = await start(
        "notifier", clock=post.clock, smtp_port=post.box.port, database_url=post.running.database_url
    )
    await post.settle()
    assert await post.outcomes() == [("sent", None)]
    assert len(post.box.mails) == 1


async def test_a_kill_between_sending_and_recording_repeats_one_mail_under_its_id(
    launch: Launcher, broker: Broker, clock: SteppedTime, box: Letterbox, desk: Desk
) -> None:
    database = await launch.servers.fresh_database("notifier")
    first = await launch("notifier", database_url=database, smtp_port=box.port, clock_file=clock.file)
    answered = asyncio.Event()
    box.after_data = [lambda _: wait_for(answered)]
    state = desk.states[UUID(int=1)] = standing(order_id=UUID(int=1))
    event = OrderChanged(event_id=uuid4(), occurred_at=clock.now, state=state, occurrences=[occurrence(H.SHIPPED)])
    await broker.say(event)
    await eventually(lambda: len(box.mails) == 1, within=20)
    first.signal(signal.SIGKILL)
    await first.ended()
    answered.set()

    await launch("notifier", database_url=database, smtp_port=box.port, clock_file=clock.file)
    await eventually(lambda: len(box.mails) == 2, within=20)

    assert len(set(box.ids)) == 1


async def test_of_two_notifiers_one_sends_and_the_other_takes_over(post: Post, start: Starter) -> None:
    other = await start("notifier", clock=post.clock, smtp_port=post.box.port, database_url=post.running.database_url)
    for number in range(1, 41):
        post.stands(number)
        await post.tell(number, occurrence(H.SHIPPED))
    await post.arrived(40)
    await post.settle()
    assert len(post.box.ids) == len(set(post.box.ids)) == 40

    await post.running.stop()
    post.running = other
    await post.tell(1, refund("a"))
    await post.arrived(41)


async def test_one_message_that_cannot_be_written_or_addressed_holds_nobody_up(post: Post) -> None:
    for number in range(1, 7):
        post.stands(number)
    there = Party(email="mei@example.com", name="Mei", zone=ZONE)
    post.desk.buyers = {
        UUID(int=1): there.model_copy(update={"zone": "Mars/Olympus"}),
        UUID(int=2): there.model_copy(update={"email": "mei@example.com\r\nBcc: all@example.com"}),
        UUID(int=3): there.model_copy(update={"email": "mei@example.com, all@example.com"}),
        UUID(int=4): there.model_copy(update={"email": "méi@example.com"}),
        UUID(int=5): there.model_copy(update={"email": "mei@bücher.example"}),
    }
    for number in range(1, 7):
        await post.tell(number, occurrence(H.SHIPPED))
    await post.arrived(2)
    await post.settle()

    by_order = {row["order_id"].int: (row["state"], row["outcome"]) for row in await post.messages()}
    assert by_order == {
        1: ("failed", "cannot be written: ZoneInfoNotFoundError"),
        2: ("failed", "no address that mail can be sent to"),
        3: ("failed", "no address that mail can be sent to"),
        4: ("failed", "no address that mail can be sent to"),
        5: ("sent", None),
        6: ("sent", None),
    }
    assert {str(mail["To"]) for mail in post.box.mails} == {"mei@xn--bcher-kva.example", "buyer6@example.com"}
