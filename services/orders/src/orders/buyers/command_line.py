"""What the operator types when a buyer asks for their data, or to be forgotten."""

from argparse import ArgumentParser, _SubParsersAction
from typing import Any
from uuid import UUID

from chassis.clock import make_clock
from chassis.postgres import connected, json_text
from chassis.transactions import begin
from orders.buyers.erasing import NotOver, erase, orders_of_email
from orders.buyers.exporting import export


def add_tools(commands: "_SubParsersAction[Any]") -> None:
    """Add ``erase-buyer`` and ``export-buyer`` to the service's tool."""
    erasing = commands.add_parser("erase-buyer", help="take a buyer's data out of orders, for good")
    _add_whose(erasing)
    erasing.add_argument("--yes", action="store_true", help="really do it: it cannot be taken back")
    erasing.add_argument(
        "--force", action="store_true", help="also where orders go on: their buyer can be told nothing any more"
    )
    erasing.set_defaults(run=_erase)

    exporting = commands.add_parser("export-buyer", help="print all that is kept about a buyer, as JSON")
    _add_whose(exporting)
    exporting.set_defaults(run=_export)


def _add_whose(parser: ArgumentParser) -> None:
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--order", type=UUID, help="the buyer's data of this order alone")
    whose.add_argument("--email", help="the buyer's data of all orders with this e-mail, in all shops")


def _database(settings: Any) -> Any:
    return connected(settings.database_url.get_secret_value(), "orders")


async def _ids(connection: Any, options: Any) -> list[UUID]:
    return [options.order] if options.order else await orders_of_email(connection, options.email)


async def _erase(settings: Any, options: Any) -> int:
    if not options.yes:
        print("nothing was erased: it cannot be taken back, so say --yes (`orders export-buyer` shows what there is)")
        return 2
    try:
        async with _database(settings) as pool, begin(pool, make_clock(settings.clock_file)) as tx:
            emails = [options.email] if options.email else []
            erased = await erase(tx, await _ids(tx.connection, options), emails=emails, force=options.force)
    except NotOver as going_on:
        print(f"nothing was erased: these orders go on, and their buyer is still to be told: {going_on}")
        print("wait until they are over, or say --force: no message about them can be sent any more")
        return 2
    if options.order and not erased.orders:
        print(f"there is no order {options.order}")
        return 2
    print(json_text(erased))
    return 0


async def _export(settings: Any, options: Any) -> int:
    async with (
        _database(settings) as pool,
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        orders = await export(connection, await _ids(connection, options))
    if options.order and not orders:
        print(f"there is no order {options.order}")
        return 2
    print(json_text({"orders": orders}))
    return 0
