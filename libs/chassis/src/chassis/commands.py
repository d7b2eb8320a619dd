"""What every service's command line has: ``serve``, ``quarantine …``, ``outbox …``, and its own tools."""

import argparse
import asyncio
import json
from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

from chassis import outbox, quarantine
from chassis.service import Service
from chassis.settings import ServiceSettings, load

#: Adds a service's own tools: each sets ``run`` to ``async (settings, options) -> exit status``, or ``run_alone`` to
#: ``(options) -> exit status`` where no settings are needed.
AddTools = Callable[["argparse._SubParsersAction[Any]"], None]  # noqa: SLF001 - argparse has no public name for it


def run(
    name: str,
    package: str,
    settings: type[ServiceSettings],
    create: Callable[[Any], Service],
    add_tools: AddTools | None = None,
) -> int:
    """Run the command line of service *name*; gives the exit status."""
    parser = argparse.ArgumentParser(prog=name)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the service").set_defaults(serve=True)
    document = commands.add_parser("asyncapi", help="print what the service says and hears, as AsyncAPI")
    document.set_defaults(run_alone=lambda _: _print_asyncapi(settings, create))
    quarantine.add_commands(commands, package)
    outbox.add_commands(commands, package)
    if add_tools:
        add_tools(commands)
    options = parser.parse_args()
    if alone := getattr(options, "run_alone", None):
        status: int = alone(options)
        return status
    if getattr(options, "serve", False):
        create(load(settings)).run()
        return 0
    status = asyncio.run(options.run(load(settings), options))
    return int(status)


def _print_asyncapi(settings: type[ServiceSettings], create: Callable[[Any], Service]) -> int:
    document = json.loads(create(_blank(settings)).asyncapi())
    print(json.dumps(document, indent=2, ensure_ascii=False))
    return 0


def _blank(settings: type[ServiceSettings]) -> ServiceSettings:
    """Give settings good enough to declare a service with, and for nothing else."""
    blanks: dict[Any, Any] = {str: "", int: 0, SecretStr: SecretStr("")}
    required = {name: field for name, field in settings.model_fields.items() if field.is_required()}
    values: dict[str, Any] = {name: blanks.get(field.annotation) for name, field in required.items()}
    return settings.model_construct(None, **{**values, "nats_url": "nats://nats:4222"})
