"""``carrier-adapter acknowledge``, and the answer of accounts whose senders want an X12 997."""

import sys
from pathlib import Path
from typing import Any, Final

from carrier_adapter.formats.record import Unparsable
from carrier_adapter.formats.x12_997 import acknowledge
from chassis.clock import make_clock

CONTENT_TYPE: Final = "application/edi-x12"  #: RFC 1767.


def add_commands(commands: Any) -> None:
    """Add it to the service's tool; it needs neither a server nor a setting."""
    command = commands.add_parser("acknowledge", help="print the X12 997 that answers an X12 file")
    command.add_argument("file", metavar="FILE", type=Path)
    command.set_defaults(run_alone=lambda options: acknowledge_file(options.file))


def acknowledge_file(file: Path) -> int:
    """Write the acknowledgment of *file* to standard output; gives 2, after one sentence, where there is none."""
    try:
        sys.stdout.buffer.write(acknowledge(file.read_bytes(), make_clock(None).now()))
        sys.stdout.buffer.flush()
    except Unparsable as wrong:
        sys.stderr.write(f"{file} cannot be acknowledged: {wrong}\n")
        return 2
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        sys.stderr.write(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}\n")
        return 2
    return 0


def x12_997(body: bytes) -> tuple[int, str, bytes]:
    """Give the answer to a push that was kept, for senders that want a 997: status, content type and body.

    The same push gets the same answer, so that a sender that asks again is told nothing new. One that nobody can
    acknowledge was kept all the same, and is answered with the reason.
    """
    try:
        return 200, CONTENT_TYPE, acknowledge(body)
    except Unparsable as wrong:
        return 202, "text/plain; charset=utf-8", f"kept, but not acknowledged: {wrong}\n".encode()
