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


async def _list(settings: Any, options: Any) -> int:
    async with connected(settings.database_url.get_secret_value(), "notifier") as pool:
        for row in await pool.fetch(sql.messages_of, options.order):
            print(json.dumps(dict(row), default=str))
    return 0


def main() -> None:
    """Run it."""
    sys.exit(commands.run("notifier", "notifier", NotifierSettings, app.create, _add_tools))


if __name__ == "__main__":
    main()
