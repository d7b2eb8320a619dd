"""What processes cost: their CPU time, as the kernel counts it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.stack import Stack

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


def _fields(pid: int) -> list[str]:
    """Give /proc/<pid>/stat after the name, which may hold blanks; nothing for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _fields(int(entry.name))[1:2] == [str(parent)]:
            yield int(entry.name)


def cpu_us(pid: int) -> float:
    """Give the CPU time that a process and its children have used so far, in microseconds."""
    own, ended = slice(11, 13), slice(13, 15)
    ticks = sum(int(ticks) for part in (own, ended) for ticks in _fields(pid)[part])
    ticks += sum(int(ticks) for child in _children(pid) for ticks in _fields(child)[own])
    return ticks * TICK_US


def pids(stack: Stack) -> dict[str, int]:
    """Give the processes of a stack by name: the services, PostgreSQL and NATS."""
    found = {name: process.pid for name, process in stack.processes.items() if name != "mail"}
    servers = {"postgres": stack.postgres.pid, "nats": stack.nats.pid}
    return {**found, **{name: pid for name, pid in servers.items() if pid is not None}}


class CpuMeter:
    """The CPU time of several processes since `start`."""

    def __init__(self, watched: Mapping[str, int]) -> None:
        self._watched = dict(watched)
        self._before = {name: cpu_us(pid) for name, pid in watched.items()}

    def us_per(self, count: int) -> dict[str, int]:
        """Give what each process has used, in microseconds for each of *count* things."""
        return {name: round((cpu_us(pid) - self._before[name]) / count) for name, pid in self._watched.items()}
