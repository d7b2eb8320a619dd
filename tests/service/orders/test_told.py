"""On record: who was told what, when, by which channel, with what outcome (RULES, "Messages")."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.notices.v1 import MessagesTold, MessageTold, TellingOutcome
from orders.buyers.told import told_of
from service.orders.conftest import Api

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENT, GIVEN_UP = TellingOutcome.SENT, TellingOutcome.GIVEN_UP


def message(order: UUID | None, **values: Any) -> MessageTold:
    given: dict[str, Any] = {
        "message_id": uuid4(),
        "order_id": order,
        "shop_id": uuid4(),
        "recipient": "buyer",
        "kinds": ["delivered", "shipped"],
        "channel": "email",
        "outcome": SENT,
        "at": AT,
    }
    return MessageTold(**given | values)


async def say(api: Api, *messages: MessageTold) -> None:
    await api.broker.say(MessagesTold(event_id=uuid4(), occurred_at=AT, messages=list(messages)))
    await api.running.quiet()


async def of(api: Api, order: UUID) -> list[dict[str, Any]]:
    return await told_of(api.running.pool, order)


async def test_what_was_told_about_an_order_is_kept_oldest_first(api: Api) -> None:
    order = uuid4()
    later = message(order, recipient="seller", kinds=["cancelled"], outcome="stale", at=AT + timedelta(hours=1))
    first = message(order)
    await say(api, later, first, message(uuid4()), message(None, recipient="seller"))

    assert await of(api, order) == [
        {
            "message_id": first.message_id,
            "recipient": "buyer",
            "kinds": ["delivered", "shipped"],
            "channel": "email",
            "outcome": "sent",
            "at": AT,
        },
        {
            "message_id": later.message_id,
            "recipient": "seller",
            "kinds": ["cancelled"],
            "channel": "email",
            "outcome": "stale",
            "at": AT + timedelta(hours=1),
        },
    ]


async def test_of_one_message_the_latest_outcome_counts_however_they_come(api: Api) -> None:
    order, ids = uuid4(), [uuid4(), uuid4()]
    failed = [message(order, message_id=one, outcome=GIVEN_UP) for one in ids]
    sent = [message(order, message_id=one, at=AT + timedelta(days=1)) for one in ids]
    await say(api, sent[0], failed[0], failed[1])
    await say(api, sent[1])
    await say(api, failed[1])

    assert [(one["message_id"], one["outcome"]) for one in await of(api, order)] == [
        (one, "sent") for one in sorted(ids)
    ]
