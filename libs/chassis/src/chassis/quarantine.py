"""The quarantine: messages that could not be handled, for a person to list, read, replay or discard."""

import asyncio
import json
from argparse import _SubParsersAction
from collections.abc import Mapping
from typing import Any

from chassis.batches import BatchConsumer
from chassis.postgres import connected, load_queries

sql = load_queries("chassis")


async def replay_asked(pool: Any, consumers: Mapping[str, BatchConsumer]) -> int:
    """Handle again what a person asked for; gives how many messages that were."""
    rows = await pool.fetch(sql.take_replays)
    for row in rows:
        consumer = consumers.get(row["stream"])
        failure = await consumer.replay(row["subject"], row["body"]) if consumer else "nobody here reads this stream"
        await pool.execute(sql.settle_replay, row["id"], "waiting" if failure else "replayed", failure)
    return len(rows)


async def replay_forever(pool: Any, consumers: Mapping[str, BatchConsumer]) -> None:
    """Look for replays every second, until cancelled."""
    while True:
        await replay_asked(pool, consumers)
        await asyncio.sleep(1)


def add_commands(commands: "_SubParsersAction[Any]", package: str, name: str) -> None:
    """Add ``quarantine list|show|replay|discard``, under *name*, to a service's tool."""
    tool = commands.add_parser(name, help="messages that could not be handled")
    verbs = tool.add_subparsers(required=True, metavar="VERB")

    listing = verbs.add_parser("list", help="what waits, newest first")
    listing.add_argument("--all", action="store_true", help="settled ones too")
    listing.add_argument("--limit", type=int, default=50)
    show = verbs.add_parser("show", help="one message with its body")
    replay = verbs.add_parser("replay", help="have the running service handle it again")
    discard = verbs.add_parser("discard", help="give it up, with a reason that stays on record")
    for verb in (show, replay, discard):
        verb.add_argument("id", type=int)
    discard.add_argument("--reason", required=True)

    for verb, work in ((listing, _list), (show, _show), (replay, _replay), (discard, _discard)):
        verb.set_defaults(run=_on_database(work, package))


def _on_database(work: Any, package: str) -> Any:
    async def run(settings: Any, options: Any) -> int:
        async with connected(settings.database_url.get_secret_value(), package) as pool:
            status: int = await work(pool, options)
            return status

    return run


def _say(row: Any) -> None:
    print(json.dumps({key: _plain(value) for key, value in dict(row).items() if key != "digest"}))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, int | str | None) else str(value)


async def _list(pool: Any, options: Any) -> int:
    states = ["waiting", "replay", "replayed", "discarded"] if options.all else ["waiting", "replay"]
    for row in await pool.fetch(sql.list_quarantine, states, options.limit):
        _say(row)
    return 0


async def _show(pool: Any, options: Any) -> int:
    row = await pool.fetchrow(sql.show_quarantined, options.id)
    if row is None:
        return _missing(options.id)
    _say(row)
    return 0


async def _replay(pool: Any, options: Any) -> int:
    if await pool.fetchval(sql.ask_replay, options.id) is None:
        return _missing(options.id)
    print(f"{options.id} will be handled again by the running service within a second or two")
    return 0


async def _discard(pool: Any, options: Any) -> int:
    if await pool.fetchval(sql.discard, options.id, options.reason) is None:
        return _missing(options.id)
    print(f"{options.id} is discarded")
    return 0


def _missing(number: int) -> int:
    print(f"nothing waits in the quarantine under {number}: `quarantine list` shows what does")
    return 2
