#!/usr/bin/env python3
"""Inside a service's container: print what /readyz says; exit 0 if it is ready. `docker compose exec orders ready`."""

import sys
import urllib.error
import urllib.request

READYZ = "http://127.0.0.1:9100/readyz"  #: Every service's operators' port, as docker-compose.yml sets it.


def main() -> int:
    """Ask once."""
    try:
        with urllib.request.urlopen(READYZ, timeout=4) as answer:
            print(answer.read().decode())
            return 0
    except urllib.error.HTTPError as refusal:
        print(refusal.read().decode())
    except OSError as silence:
        print(f"nothing answers at {READYZ}: {silence}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
