"""The benchmarks: how fast the system is on this machine, beside a peer or a limit from the same run."""
