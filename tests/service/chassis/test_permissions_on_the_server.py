"""What no user of the broker may do, tried on the real server: every user against everything that is not its own."""

import contextlib
from collections.abc import Iterator
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from chassis.broker import inbox_prefix
from chassis.permissions import USERS
from contracts.streams import SERVICES, STREAMS
from sandbox.servers import make_nkey
from support.servers import Broker, listening
from support.waiting import eventually

#: Who says what, and who reads what, as ARCHITECTURE's table of services has it.
SAYS = {
    "carrier-adapter": {"scans.v1.reported", "scans.v1.quarantined", "scans.v1.watermark", "marketplace.v1.noticed"},
    "orders": {"orders.v1.changed", "orders.v1.scans_judged", "orders.v1.policy_published", "orders.v1.code_asked"},
    "deadline-watcher": {"deadlines.v1.tracking_update", "deadlines.v1.delivery_period", "deadlines.v1.reminder"},
    "notifier": {"notices.v1.sent"},
    "provisioner": set(),
}
READS = {
    "carrier-adapter": {"ORDERS"},
    "orders": {"SCANS", "DEADLINES", "NOTICES", "MARKETPLACE"},
    "deadline-watcher": {"ORDERS"},
    "notifier": {"ORDERS", "DEADLINES"},
    "provisioner": set(),
}
#: What wipes, reads past a consumer, or makes something. A service may do none of it, on any stream.
VERBS = (
    *("STREAM.CREATE.{0}", "STREAM.UPDATE.{0}", "STREAM.DELETE.{0}", "STREAM.PURGE.{0}", "STREAM.MSG.GET.{0}"),
    *("STREAM.MSG.DELETE.{0}", "STREAM.SNAPSHOT.{0}", "STREAM.RESTORE.{0}", "DIRECT.GET.{0}", "CONSUMER.CREATE.{0}"),
    *("CONSUMER.CREATE.{0}.thief", "CONSUMER.DURABLE.CREATE.{0}.thief", "CONSUMER.DELETE.{0}.orders"),
    *("CONSUMER.PAUSE.{0}.orders", "CONSUMER.LIST.{0}", "CONSUMER.NAMES.{0}", "STREAM.PEER.REMOVE.{0}"),
    *("STREAM.LEADER.STEPDOWN.{0}", "ACCOUNT.PURGE.WAYBILL", "SERVER.REMOVE", "META.LEADER.STEPDOWN"),
)
#: The same for the provisioner, which makes streams and consumers and may neither wipe nor read.
WIPES = ("DELETE", "PURGE", "MSG", "SNAPSHOT", "RESTORE", "DIRECT", "PAUSE", "PEER", "STEPDOWN", "SERVER", "ACCOUNT")


def forbidden_to_publish(user: str) -> Iterator[str]:
    for other, subjects in SAYS.items():
        if other != user:
            yield from subjects
    yield from ("orders.v2.changed", "dlq.v1.anything", "$SYS.REQ.SERVER.PING", "$JS.FC.ORDERS.x", "_INBOX.anybody.x")
    for other in USERS:
        if other != user:
            yield f"{inbox_prefix(other)}.reply.1"
    if user != "notifier":
        yield "rpc.orders.contacts"
    for stream in STREAMS:
        for verb in VERBS:
            if user != "provisioner" or any(word in verb for word in WIPES):
                yield "$JS.API." + verb.format(stream)
        for reader in SERVICES:
            if reader != user or stream not in READS[user]:
                yield f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{reader}"
                yield f"$JS.ACK.{stream}.{reader}.1.1.1.1.1"
                yield f"$JS.ACK._.hash.{stream}.{reader}.1.1.1.1.1.x"


def forbidden_to_hear(user: str) -> Iterator[str]:
    yield from (">", "*.>", "_INBOX.>", "$SYS.>", "$JS.>", "$JS.API.>", "$JS.EVENT.>", "$JS.ACK.>")
    yield from ("scans.v1.>", "orders.v1.changed", "deadlines.v1.>", "rpc.>")
    for other in USERS:
        if other != user:
            yield f"{inbox_prefix(other)}.>"
    if user != "orders":
        yield "rpc.orders.contacts"


async def connect(broker: Broker, user: str, refused: list[str]) -> Client:
    async def note(error: Exception) -> None:
        refused.append(str(error))

    connection = await nats.connect(
        broker.server.url,
        nkeys_seed_str=broker.server.seeds[user],
        inbox_prefix=inbox_prefix(user).encode(),
        error_cb=note,
    )
    broker.connections.append(connection)
    return connection


@pytest.mark.parametrize("user", USERS)
async def test_nobody_may_publish_what_is_not_theirs(broker: Broker, user: str) -> None:
    refused: list[str] = []
    connection = await connect(broker, user, refused)
    wanted = sorted(set(forbidden_to_publish(user)))
    assert len(wanted) > 40

    for subject in wanted:
        await connection.publish(subject, b"{}")
    await connection.flush()

    def not_refused_yet() -> list[str]:
        said = "\n".join(refused).lower()
        return [subject for subject in wanted if f'publish to "{subject.lower()}"' not in said]

    await eventually(lambda: not not_refused_yet(), within=5)
    for stream in STREAMS:
        assert (await broker.jetstream.stream_info(stream)).state.messages == 0


@pytest.mark.parametrize("user", USERS)
async def test_nobody_may_hear_what_is_not_for_them(broker: Broker, user: str) -> None:
    refused: list[str] = []
    connection = await connect(broker, user, refused)
    wanted = sorted(set(forbidden_to_hear(user)))

    for subject in wanted:
        await connection.subscribe(subject)
    await connection.flush()

    def not_refused_yet() -> list[str]:
        said = "\n".join(refused).lower()
        return [subject for subject in wanted if f'subscription to "{subject.lower()}"' not in said]

    await eventually(lambda: not not_refused_yet(), within=5)


@pytest.mark.parametrize("user", SERVICES)
async def test_everybody_may_say_their_own_and_take_what_is_for_them(broker: Broker, user: str) -> None:
    refused: list[str] = []
    connection = await connect(broker, user, refused)

    for subject in SAYS[user]:
        await connection.jetstream().publish(subject, b"{}", stream=subject.split(".")[0].upper())
    for stream in READS[user]:
        assert (await connection.jetstream().consumer_info(stream, user)).name == user

    assert refused == []


async def test_a_question_of_notifier_is_answered_by_orders(broker: Broker) -> None:
    refused: list[str] = []
    orders = await connect(broker, "orders", refused)
    notifier = await connect(broker, "notifier", refused)

    async def answer(question: Msg) -> None:
        await question.respond(b"answered")

    await orders.subscribe("rpc.orders.contacts", cb=answer)
    await listening(orders)

    assert (await notifier.request("rpc.orders.contacts", b"", timeout=5)).data == b"answered"
    assert refused == []


@pytest.mark.parametrize(
    "credentials",
    [{}, {"nkeys_seed_str": make_nkey()[0]}, {"user": "orders", "password": "orders"}],
    ids=["none", "another key", "a password"],
)
async def test_a_stranger_may_not_connect(broker: Broker, credentials: dict[str, Any]) -> None:
    stranger, refused = Client(), []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    with contextlib.suppress(nats.errors.Error, TimeoutError):
        await stranger.connect(
            broker.server.url, allow_reconnect=False, error_cb=note, connect_timeout=3, **credentials
        )
    connected = stranger.is_connected
    await stranger.close()

    assert not connected
    assert "Authorization Violation" in "".join(refused)
