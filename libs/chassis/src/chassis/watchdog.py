"""Ends a process whose event loop has stopped turning, so that whoever supervises it starts another."""

import asyncio
import faulthandler
import os
import sys
import threading

PATIENCE = 30.0  #: Seconds without a turn of the loop before the process ends.
EXIT_STATUS = 70


def watch(loop: asyncio.AbstractEventLoop, patience: float = PATIENCE) -> threading.Event:
    """Watch *loop* from a thread; set the event that is given back to stop watching.

    A loop that spins or blocks cannot answer its own health probe, and would be kept for ever.
    """
    stop = threading.Event()

    def guard() -> None:
        while not stop.is_set():
            turned = threading.Event()
            try:
                loop.call_soon_threadsafe(turned.set)
            except RuntimeError:
                return
            if not turned.wait(patience) and not stop.is_set():
                faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
                os._exit(EXIT_STATUS)
            stop.wait(patience / 10)

    threading.Thread(target=guard, name="watchdog", daemon=True).start()
    return stop
