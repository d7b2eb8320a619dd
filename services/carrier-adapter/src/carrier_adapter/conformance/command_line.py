"""``carrier-adapter conformance``: for carriers, before they go live."""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from carrier_adapter.catalogue import of_the_environment
from carrier_adapter.conformance import kit
from carrier_adapter.conformance.cases import Sign, cases_of
from carrier_adapter.conformance.kit import CannotReach, Endpoint, Finding
from carrier_adapter.conformance.numbers import with_fresh_numbers
from carrier_adapter.conformance.samples import NoSamples, examples_of, in_folder, understood
from carrier_adapter.conformance.signing import CannotSign, forged_key, sign
from carrier_adapter.formats.format import Format
from carrier_adapter.formats.instants import zone_named
from carrier_adapter.signatures import SCHEMES


class Wrong(Exception):
    """The command was not used as it must be; the sentence says how."""


def add_commands(commands: Any) -> None:
    """Add the command to the service's tool; it needs no setting, only what it is told."""
    tool = commands.add_parser(
        "conformance", help="send a running Waybill what it must take or refuse; say what passed"
    )
    tool.add_argument("--format", required=True, help="as `carrier-adapter formats` lists them")
    tool.add_argument("--endpoint", help="https://…/v1/feeds/<endpoint>; left out: only read the samples, send nothing")
    tool.add_argument("--key", help="the account's key (default: the environment's CONFORMANCE_KEY)")
    tool.add_argument("--scheme", help="how pushes are signed (default: as the format usually is)")
    tool.add_argument("--samples", type=Path, metavar="FOLDER", help="your own sample pushes, one in each file")
    tool.add_argument("--zone", default="UTC", help="IANA zone of times that have none (default UTC)")
    tool.set_defaults(run_alone=run)


def run(options: argparse.Namespace) -> int:
    """Give 0 if all passed, 1 if something did not, 2 after a sentence where nothing could be tried."""
    try:
        findings = _offline(options) if options.endpoint is None else _online(options)
        return _print(findings)
    except (Wrong, NoSamples, CannotReach, CannotSign) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2


def _print(findings: Iterable[Finding]) -> int:
    failed = tried = 0
    for one in findings:
        tried, failed = tried + 1, failed + (not one.passed)
        print(f"ok   {one.shows}" if one.passed else f"NOT  {one.shows}: {one.why}", flush=True)
    print(f"{tried - failed} of {tried} passed")
    return 1 if failed else 0


def _offline(options: argparse.Namespace) -> Iterable[Finding]:
    if options.samples is None:
        raise Wrong("give --endpoint to try a running Waybill, --samples to check your own pushes, or both")
    try:
        zone = zone_named(options.zone)
    except ValueError as wrong:
        raise Wrong(str(wrong)) from None
    return understood(_format(options.format), in_folder(options.samples), zone)


def _online(options: argparse.Namespace) -> Iterable[Finding]:
    fmt = _format(options.format)
    scheme = options.scheme or fmt.schemes[0]
    if scheme not in SCHEMES:
        raise Wrong(f"there is no signature scheme {scheme}: it is one of {', '.join(SCHEMES)}")
    key = options.key or os.environ.get("CONFORMANCE_KEY")
    if not key:
        raise Wrong("give the account's key with --key, or in the environment as CONFORMANCE_KEY")
    own = [body for _, body in in_folder(options.samples)] if options.samples else examples_of(fmt.name)
    if not own:
        raise Wrong(f"no example of {fmt.name} comes with Waybill: give your own with --samples")
    chance = random.SystemRandom()
    samples = [with_fresh_numbers(body, fmt, chance) for body in own]
    genuine: Sign = partial(sign, scheme, key)
    forged: Sign = partial(sign, scheme, forged_key(scheme, key))
    # Real time: the Waybill that is tried compares it with its own clock.
    cases = cases_of(samples, genuine, forged, time.time(), SCHEMES[scheme])  # signature window
    return kit.run(Endpoint(options.endpoint), cases)


def _format(name: str) -> Format:
    formats = of_the_environment()
    if name not in formats:
        raise Wrong(f"there is no format {name}: it is one of {', '.join(formats)}")
    return formats[name]
