"""What could not be handled waits for a person, who lists, reads, replays or discards it."""

import json
from typing import Any
from uuid import uuid4

import pytest

from chassis.transactions import Transaction
from contracts.scans.v1 import Watermark
from service.chassis.trial import Trial, effects, numbered
from support.servers import Broker
from support.services import Ran, Running, Starter, run_tool
from support.waiting import eventually


class Unacceptable(Exception):
    """What the handler makes of every event until it is mended."""


async def refuse(_: Transaction, mark: Watermark) -> None:
    raise Unacceptable(f"not {mark.records}")


async def do_nothing(_: Transaction, __: Watermark) -> None:
    """The handler once it is mended."""


async def put_aside(trial: Trial, start: Starter, broker: Broker, *events: Watermark) -> Running:
    """Run a service whose handler refuses *events*, until they are in its quarantine."""
    trial.effect = refuse
    running = await trial.start(start)
    for event in events:
        # as if it had failed often before: the attempts have a test of their own
        await running.pool.execute(
            "INSERT INTO attempts (event_id, failures, last_reason) VALUES ($1, 4, '')", event.event_id
        )
    await broker.say(*events)

    async def all_are_there() -> bool:
        return bool(await running.pool.fetchval("SELECT count(*) = $1 FROM quarantine", len(events)))

    await eventually(all_are_there)
    return running


async def quarantine(running: Running, *words: str) -> Ran:
    return await run_tool("orders", "quarantine", *words, environment=running.environment)


async def listed(running: Running, *words: str) -> list[dict[str, Any]]:
    ran = await quarantine(running, "list", *words)
    assert ran.status == 0
    return [json.loads(line) for line in ran.printed.splitlines()]


async def settled(running: Running, number: int) -> str:
    """Give the state of an entry once nobody is asked to replay it any more."""

    async def state() -> str | None:
        found = str(await running.pool.fetchval("SELECT state FROM quarantine WHERE id = $1", number))
        return None if found == "replay" else found

    return str(await eventually(state))


async def test_the_list_names_each_message_and_its_reason_newest_first_and_shows_no_body(
    start: Starter, broker: Broker
) -> None:
    running = await put_aside(Trial(), start, broker, numbered(1), numbered(2))

    rows = await listed(running)

    assert [(row["id"], row["reason"], row["state"]) for row in rows] == [
        (2, "Unacceptable: not 2", "waiting"),
        (1, "Unacceptable: not 1", "waiting"),
    ]
    assert all(row["stream"] == "SCANS" and row["subject"] == "scans.v1.watermark" for row in rows)
    assert not any("body" in row for row in rows)


async def test_one_message_is_shown_with_its_body(start: Starter, broker: Broker) -> None:
    event = numbered(7)
    running = await put_aside(Trial(), start, broker, event)

    ran = await quarantine(running, "show", "1")

    shown = json.loads(ran.printed)
    assert json.loads(shown["body"])["records"] == 7
    assert shown["event_id"] == str(event.event_id)


async def test_a_replay_is_handled_by_the_running_service_once_it_can(start: Starter, broker: Broker) -> None:
    trial = Trial()
    running = await put_aside(trial, start, broker, numbered(7))
    trial.effect = do_nothing

    assert (await quarantine(running, "replay", "1")).status == 0

    assert await settled(running, 1) == "replayed"
    assert await effects(running) == [7]
    assert await listed(running) == []
    assert [row["state"] for row in await listed(running, "--all")] == ["replayed"]


async def test_the_same_message_is_not_replayed_twice(start: Starter, broker: Broker) -> None:
    trial = Trial()
    running = await put_aside(trial, start, broker, numbered(7))
    trial.effect = do_nothing
    await quarantine(running, "replay", "1")
    await settled(running, 1)

    again = await quarantine(running, "replay", "1")

    assert again.status == 2
    assert again.printed.startswith("nothing waits in the quarantine under 1")
    assert await effects(running) == [7]


async def test_a_replay_of_what_was_handled_in_the_meantime_changes_nothing(start: Starter, broker: Broker) -> None:
    event, trial = numbered(7), Trial()
    running = await put_aside(trial, start, broker, event)
    trial.effect = do_nothing
    await broker.put(event.subject, event.model_dump_json().encode(), uuid4().hex)

    async def is_handled() -> bool:
        return await effects(running) == [7]

    await eventually(is_handled)
    await quarantine(running, "replay", "1")

    assert await settled(running, 1) == "replayed"
    assert await effects(running) == [7]


async def test_a_replay_that_fails_again_waits_again_with_its_new_reason(start: Starter, broker: Broker) -> None:
    trial = Trial()
    running = await put_aside(trial, start, broker, numbered(7))

    async def refuse_otherwise(_: Transaction, __: Watermark) -> None:
        raise Unacceptable("still not")

    trial.effect = refuse_otherwise
    await quarantine(running, "replay", "1")

    assert await settled(running, 1) == "waiting"
    assert [row["reason"] for row in await listed(running)] == ["Unacceptable: still not"]
    assert await effects(running) == []


async def test_what_is_discarded_stays_on_record_with_its_reason_and_cannot_be_replayed(
    start: Starter, broker: Broker
) -> None:
    running = await put_aside(Trial(), start, broker, numbered(7))

    assert (await quarantine(running, "discard", "1", "--reason", "a test of the carrier's")).status == 0

    assert await listed(running) == []
    assert [(row["state"], row["note"]) for row in await listed(running, "--all")] == [
        ("discarded", "a test of the carrier's")
    ]
    assert (await quarantine(running, "replay", "1")).status == 2


async def test_discarding_needs_a_reason(start: Starter) -> None:
    running = await Trial().start(start)

    ran = await quarantine(running, "discard", "1")

    assert ran.status == 2
    assert "--reason" in ran.complained


@pytest.mark.parametrize("words", [("show", "99"), ("replay", "99"), ("discard", "99", "--reason", "why")])
async def test_an_entry_that_is_not_there_is_said_so(start: Starter, words: tuple[str, ...]) -> None:
    running = await Trial().start(start)

    ran = await quarantine(running, *words)

    assert ran.status == 2
    assert ran.printed == "nothing waits in the quarantine under 99: `quarantine list` shows what does\n"
