"""What every service's command line has: ``serve``, ``quarantine …``, ``outbox …``, and its own tools."""

import argparse
import asyncio
import base64
import gc
import json
import sys
from collections.abc import Callable
from typing import Any

import asyncpg
from pydantic import SecretStr

from chassis import outbox, quarantine
from chassis.postgres import TRANSIENT, CannotStart, SchemaMismatch
from chassis.service import Service
from chassis.settings import ServiceSettings, load

#: A database that is there and says no: a wrong password, or a name that it does not know.
REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)

#: Adds a service's own tools: each sets ``run`` to ``async (settings, options) -> exit status``, or ``run_alone`` to
#: ``(options) -> exit status`` where no settings are needed.
AddTools = Callable[["argparse._SubParsersAction[Any]"], None]  # noqa: SLF001 - argparse has no public name for it


def run(
    name: str,
    package: str,
    settings: type[ServiceSettings],
    create: Callable[[Any], Service],
    add_tools: AddTools | None = None,
    quarantine_as: str = "quarantine",
) -> int:
    """Run the command line of service *name*; gives the exit status.

    *quarantine_as* names the tool for messages that could not be handled; a service may have another `quarantine`.
    """
    parser = argparse.ArgumentParser(prog=name)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the service").set_defaults(serve=True)
    document = commands.add_parser("asyncapi", help="print what the service says and hears, as AsyncAPI")
    document.set_defaults(run_alone=lambda _: _print_asyncapi(settings, create))
    quarantine.add_commands(commands, package, quarantine_as)
    outbox.add_commands(commands, package)
    if add_tools:
        add_tools(commands)
    options = parser.parse_args()
    if alone := getattr(options, "run_alone", None):
        status: int = alone(options)
        return status
    try:
        if getattr(options, "serve", False):
            service = create(load(settings))
            _collect_garbage_seldom()
            service.run()
            return 0
        return int(asyncio.run(options.run(load(settings), options)))
    except (SchemaMismatch, CannotStart) as unfit:
        sys.stderr.write(f"{unfit}\n")
    except TRANSIENT as outage:
        sys.stderr.write(
            f"the database does not answer ({type(outage).__name__}): is it there, and is the URL right?\n"
        )
    except REFUSED as refusal:
        sys.stderr.write(f"the database refuses this service: {refusal}\n")
    return 2


def _collect_garbage_seldom() -> None:
    """Let a batch make its hundred thousand objects undisturbed: they live until it is done, and hardly any in cycles.

    Looking for cycles after every 700 of them, and among all that was ever imported, costs a quarter of the CPU.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def asyncapi_document(settings: type[ServiceSettings], create: Callable[[Any], Service]) -> str:
    """Give what a service says and hears as AsyncAPI, in JSON; needs no server and no setting."""
    document = json.loads(create(_blank(settings)).asyncapi())
    # Sorted: FastStream lists subscribers and publishers in the order in which a set gives them.
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _print_asyncapi(settings: type[ServiceSettings], create: Callable[[Any], Service]) -> int:
    print(asyncapi_document(settings, create), end="")
    return 0


def _blank(settings: type[ServiceSettings]) -> ServiceSettings:
    """Give settings good enough to declare a service with, and for nothing else."""
    secret = SecretStr(base64.b64encode(bytes(32)).decode())  # what is made of it at once must not be refused
    blanks: dict[Any, Any] = {str: "", int: 0, SecretStr: secret}
    required = {name: field for name, field in settings.model_fields.items() if field.is_required()}
    values: dict[str, Any] = {name: blanks.get(field.annotation) for name, field in required.items()}
    return settings.model_construct(None, **{**values, "nats_url": "nats://nats:4222"})
