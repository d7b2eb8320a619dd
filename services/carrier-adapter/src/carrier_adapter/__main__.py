"""The command line of `carrier-adapter`."""

import sys
from argparse import _SubParsersAction
from typing import Any

from carrier_adapter import acknowledging, app, trying
from carrier_adapter.accounts import command_line as accounts
from carrier_adapter.conformance import command_line as conformance
from carrier_adapter.quarantine import command_line as quarantine
from carrier_adapter.scorecard import command_line as scorecard
from carrier_adapter.settings import CarrierAdapterSettings
from chassis import commands


def add_tools(commands: "_SubParsersAction[Any]") -> None:
    """Add the service's own tools."""
    trying.add_commands(commands)
    acknowledging.add_commands(commands)
    accounts.add_commands(commands)
    quarantine.add_commands(commands)
    scorecard.add_commands(commands)
    conformance.add_commands(commands)


def main() -> None:
    """Run it. `quarantine` is of what carriers sent; of our own messages there is `message-quarantine`."""
    name, package = "carrier-adapter", "carrier_adapter"
    sys.exit(commands.run(name, package, CarrierAdapterSettings, app.create, add_tools, "message-quarantine"))


if __name__ == "__main__":
    main()
