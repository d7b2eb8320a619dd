"""The command line of `notifier`."""

import json
import sys
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.postgres import connected, load_queries
from notifier import app
from notifier.settings import NotifierSettings

sql = load_queries("notifier")


def _add_tools(subcommands: Any) -> None:
    verbs = subcommands.add_parser("messages", help="who was told what").add_subparsers(required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="the messages about an order, with their outcomes")
    listing.add_argument("--order", required=True, type=UUID)
    listing.set_defaults(run=_list)
    failed = verbs.add_parser("failed", help="what could not be sent and is not tried again, the latest first")
    failed.add_argument("--limit", type=int, default=50)
    failed.set_defaults(run=_list_failed)
    again = verbs.add_parser("retry", help="try a failed message again, under the same id")
    again.add_argument("id", type=UUID)
    again.set_defaults(run=_retry)


async def _list(settings: Any, options: Any) -> int:
    return await _print(settings, sql.messages_of, options.order)


async def _list_failed(settings: Any, options: Any) -> int:
    return await _print(settings, sql.failed_messages, options.limit)


async def _retry(settings: Any, options: Any) -> int:
    async with connected(settings.database_url.get_secret_value(), "notifier") as pool:
        if await pool.fetchval(sql.send_again, options.id) is None:
            sys.stderr.write("No message of that id has failed: `messages failed` lists those that have.\n")
            return 2
    print(f"{options.id} is tried again")
    return 0


async def _print(settings: Any, query: str, value: Any) -> int:
    async with connected(settings.database_url.get_secret_value(), "notifier") as pool:
        for row in await pool.fetch(query, value):
            print(json.dumps(dict(row), default=str))
    return 0


def main() -> None:
    """Run it."""
    sys.exit(commands.run("notifier", "notifier", NotifierSettings, app.create, _add_tools))


if __name__ == "__main__":
    main()
