"""The command line of `orders`."""

import sys

from chassis import commands
from orders import app, shops
from orders.settings import OrdersSettings


def main() -> None:
    """Run it."""
    sys.exit(commands.run("orders", "orders", OrdersSettings, app.create, shops.add_tools))


if __name__ == "__main__":
    main()
