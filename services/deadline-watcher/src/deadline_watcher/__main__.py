"""The command line of `deadline-watcher`."""

import json
import sys
from typing import Any
from uuid import UUID

from chassis import commands
from chassis.postgres import connected, load_queries
from deadline_watcher import app
from deadline_watcher.settings import DeadlineWatcherSettings

sql = load_queries("deadline_watcher")


def _add_tools(subcommands: Any) -> None:
    verbs = subcommands.add_parser("deadlines", help="the ledger").add_subparsers(required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="what is ahead of an order, and why")
    listing.add_argument("--order", required=True, type=UUID)
    listing.set_defaults(run=_list)


async def _list(settings: Any, options: Any) -> int:
    async with connected(settings.database_url.get_secret_value(), "deadline_watcher") as pool:
        for row in await pool.fetch(sql.deadlines_of, options.order):
            print(json.dumps(dict(row), default=str))
    return 0


def main() -> None:
    """Run it."""
    sys.exit(commands.run("deadline-watcher", "deadline_watcher", DeadlineWatcherSettings, app.create, _add_tools))


if __name__ == "__main__":
    main()
