"""``carrier-adapter scorecard``: how good each feed was, by account and day."""

import json
from datetime import timedelta
from typing import Any

from carrier_adapter.scorecard.card import card
from chassis.clock import make_clock
from chassis.postgres import connected, load_queries

sql = load_queries("carrier_adapter")


def add_commands(commands: Any) -> None:
    """Add the command to the service's tool."""
    shown = commands.add_parser("scorecard", help="how good each feed was, a JSON line per account and day")
    shown.add_argument("--account", help="of this account alone")
    shown.add_argument("--days", type=int, default=7, help="of so many days, today included (default 7)")
    shown.set_defaults(run=_show)


async def cards(pool: Any, clock: Any, account: str | None, days: int) -> list[dict[str, Any]]:
    """Give the lines of the last so many UTC days, today included, oldest first."""
    today = clock.now().date()
    rows = await pool.fetch(sql.read_scorecard, today - timedelta(days=days - 1), today, account)
    return [card(row["account"], row["carrier"], row["day"], row["counts"]) for row in rows]


async def _show(settings: Any, options: Any) -> int:
    if not 1 <= options.days <= 400:
        print("scorecards are kept for 400 days: give --days from 1 to 400")
        return 2
    async with connected(settings.database_url.get_secret_value(), "carrier_adapter") as pool:
        for line in await cards(pool, make_clock(settings.clock_file), options.account, options.days):
            print(json.dumps(line))
    return 0
