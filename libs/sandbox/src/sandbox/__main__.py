"""``python -m sandbox up | demo``."""

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from sandbox.servers import SERVICES
from sandbox.up import up


def main() -> None:
    """Run the system in real time, or play a simulated marketplace through it."""
    parser = argparse.ArgumentParser(prog="python -m sandbox")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("up", help="run everything in real time").set_defaults(command="up")
    demo = commands.add_parser("demo", help="play three weeks of a marketplace")
    demo.set_defaults(command="demo")
    demo.add_argument("--orders", type=int, default=220, help="how many orders are placed at least")
    demo.add_argument("--seed", type=int, default=7)
    demo.add_argument(
        "--kill",
        nargs="+",
        default=[],
        choices=[*SERVICES, "nats", "postgres"],
        metavar="PART",
        help="kill -9 these, one after the other: services, nats, postgres",
    )
    demo.add_argument("--folder", type=Path, help="keep logs and data there")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        if options.command == "up":
            asyncio.run(up())
        else:
            from sandbox.world.demo import play

            sys.exit(asyncio.run(play(options.orders, options.seed, options.kill, options.folder)))


if __name__ == "__main__":
    main()
