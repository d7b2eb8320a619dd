"""The command line of `orders`."""

import sys

from chassis import commands
from orders import app
from orders.settings import OrdersSettings
from orders.shops.command_line import add_tools


def main() -> None:
    """Run it."""
    sys.exit(commands.run("orders", "orders", OrdersSettings, app.create, add_tools))


if __name__ == "__main__":
    main()
