"""``python -m bench [--quick] [NAME ...]``: prints the figures as JSON lines."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench import bulk, ingest, labels, listing, parsing, pipeline
from chassis import logs

BENCHMARKS = {
    "pipeline": (pipeline.run, pipeline.Size(), pipeline.QUICK),
    "bulk": (bulk.run, bulk.Size(), bulk.QUICK),
    "ingest": (ingest.run, ingest.Size(), ingest.QUICK),
    "parsing": (parsing.run, parsing.Size(), parsing.QUICK),
    "labels": (labels.run, labels.Size(), labels.QUICK),
    "listing": (listing.run, listing.Size(), listing.QUICK),
}


def main() -> int:
    """Run them; gives 2, after one sentence, where something is missing that they need."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a smoke test: the figures mean nothing")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        sys.stderr.write(f"there is no benchmark {unknown[0]}: there are {', '.join(BENCHMARKS)}\n")
        return 2
    names = options.names or list(BENCHMARKS)
    if "ingest" in names and ingest.wrk() is None:
        sys.stderr.write(f"{ingest.NO_WRK}\n")
        return 2
    logs.configure("bench", "error")  # standard output is for the figures
    for name in names:
        run, full, quick = BENCHMARKS[name]
        with tempfile.TemporaryDirectory(prefix="waybill-bench-") as folder:
            figures = asyncio.run(run(Path(folder) / "stack", quick if options.quick else full))  # type: ignore[operator]
        for line in figures if isinstance(figures, list) else [figures]:
            print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
