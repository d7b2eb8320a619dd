"""The command line of `carrier-adapter`."""

import sys

from carrier_adapter import accounts, app
from carrier_adapter.settings import CarrierAdapterSettings
from chassis import commands


def main() -> None:
    """Run it."""
    sys.exit(commands.run("carrier-adapter", "carrier_adapter", CarrierAdapterSettings, app.create, accounts.add_tools))


if __name__ == "__main__":
    main()
