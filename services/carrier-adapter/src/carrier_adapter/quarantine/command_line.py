"""``carrier-adapter quarantine``: what carriers sent and nobody understands yet, from the command line."""

import json
import os
from argparse import ArgumentTypeError, _SubParsersAction
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from carrier_adapter.accounts.register import seal_problem
from carrier_adapter.catalogue import Catalogue
from carrier_adapter.quarantine import listing, replaying
from carrier_adapter.quarantine.listing import Choice
from carrier_adapter.sealing import Seal
from chassis.clock import make_clock
from chassis.postgres import connected
from chassis.transactions import begin


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a command works with."""

    pool: Any
    seal: Seal
    formats: Catalogue
    begin: replaying.Begin


def add_commands(commands: "_SubParsersAction[Any]") -> None:
    """Add ``quarantine`` to the service's tool."""
    tool = commands.add_parser("quarantine", help="what carriers sent and nobody understands yet")
    verbs = tool.add_subparsers(required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="what waits, by account, reason and code")
    listed.add_argument("--records", type=int, metavar="N", help="the newest N records instead")
    show = verbs.add_parser("show", help="one record with its push, personal data blacked out")
    show.add_argument("scan_id", metavar="SCAN", type=_uuid)
    replay = verbs.add_parser("replay", help="read records again with what the formats have learnt since")
    discard = verbs.add_parser("discard", help="give records up, with a reason that stays on record")
    discard.add_argument("--why", required=True)
    for verb in (listed, replay, discard):
        for name in ("carrier", "account", "reason", "code"):
            verb.add_argument(f"--{name}", help=f"only of this {name}")
    for verb in (replay, discard):
        verb.add_argument("scan_ids", metavar="SCAN", type=_uuid, nargs="*", help="only these records")
    for verb, work in ((listed, _list), (show, _show), (replay, _replay), (discard, _discard)):
        verb.set_defaults(run=_run(work))


Work = Callable[[_Desk, Any], Awaitable[int]]


def _run(work: Work) -> Callable[[Any, Any], Awaitable[int]]:
    async def run(settings: Any, options: Any) -> int:
        seal = Seal(settings.sealing_key.get_secret_value())
        clock = make_clock(settings.clock_file)
        async with connected(settings.database_url.get_secret_value(), "carrier_adapter") as pool:
            if problem := await seal_problem(pool, seal):
                print(problem)
                return 2
            desk = _Desk(pool, seal, Catalogue(settings.mappings), lambda: begin(pool, clock))
            return await work(desk, options)

    return run


def _choice(options: Any) -> Choice:
    ids = tuple(getattr(options, "scan_ids", ()))
    return Choice(options.carrier, options.account, options.reason, options.code, ids or None)


def _say(found: Any) -> None:
    print(json.dumps(found, default=str, ensure_ascii=False))


async def _list(at: _Desk, options: Any) -> int:
    choice = _choice(options)
    found = await (
        listing.summary(at.pool, choice)
        if options.records is None
        else listing.records(at.pool, choice, options.records)
    )
    for one in found:
        _say(one)
    return 0


async def _show(at: _Desk, options: Any) -> int:
    found = await listing.show(at.pool, at.seal, options.scan_id)
    if found is None:
        print("there is no such record in the quarantine: `carrier-adapter quarantine list --records 50` shows some")
        return 2
    body = found.pop("body")
    _say(found)
    print(body if body is not None else "its push is not kept any more")
    return 0


async def _replay(at: _Desk, options: Any) -> int:
    _say(asdict(await replaying.replay(at.begin, at.seal, at.formats, _choice(options), _who())))
    return 0


async def _discard(at: _Desk, options: Any) -> int:
    choice = _choice(options)
    if choice.is_everything:
        print("say which records: --carrier, --account, --reason, --code, or their ids")
        return 2
    async with at.begin() as tx:
        _say({"discarded": await replaying.discard(tx, choice, _who(), options.why)})
    return 0


def _who() -> str:
    """Give who types, as far as the machine knows."""
    return f"command line: {os.environ.get('USER') or 'unknown'}"[:100]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError("a record's id is a UUID, as `quarantine list --records` shows it") from None
