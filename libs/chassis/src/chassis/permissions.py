"""Who may say and hear what on the broker: one template of nats.conf, made from the manifest.

Allow-lists only. Each service publishes on its own stream's subjects, reads its own consumers, and has an inbox nobody
else may read; only the provisioner makes streams and consumers.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from chassis.broker import inbox_prefix
from contracts.streams import CONSUMERS, RPCS, SERVICES, STREAMS

USERS = (*SERVICES, "provisioner")


def may_publish(user: str) -> list[str]:
    """List every subject that *user* may publish on."""
    if user == "provisioner":
        return [
            *("$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.CREATE.*", "$JS.API.STREAM.UPDATE.*"),
            *("$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.CREATE.>", "$JS.API.CONSUMER.DURABLE.CREATE.>"),
            "$JS.API.CONSUMER.INFO.>",
        ]
    own = [spec for spec in STREAMS.values() if spec.said_by == user]
    read = [spec for spec in CONSUMERS if spec.service == user]
    subjects = [spec.space for spec in own]
    subjects += [rpc.subject for rpc in RPCS if rpc.asked_by == user]
    subjects += [f"$JS.API.STREAM.INFO.{name}" for name in sorted({s.name for s in own} | {c.stream for c in read})]
    for consumer in read:
        path = f"{consumer.stream}.{user}"
        subjects += [f"$JS.API.CONSUMER.INFO.{path}", f"$JS.API.CONSUMER.MSG.NEXT.{path}"]
        # The second shape is the one that newer servers may ask for.
        subjects += [f"$JS.ACK.{path}.>", f"$JS.ACK.*.*.{path}.>"]
    return subjects


def may_subscribe(user: str) -> list[str]:
    """List every subject that *user* may hear."""
    return [f"{inbox_prefix(user)}.>", *(rpc.subject for rpc in RPCS if rpc.answered_by == user)]


def render(
    nkeys: Mapping[str, str],
    *,
    listen: str = "0.0.0.0:4222",
    monitor: str = "127.0.0.1:8222",
    store_dir: str = "/data",
) -> str:
    """Give the text of nats.conf. *nkeys* maps each of `USERS` to its public nkey (``U…``)."""
    users = ",\n".join(_user(user, nkeys[user]) for user in USERS)
    return f"""\
# Made by `python -m chassis.permissions` from the manifest of streams; do not edit.
listen: "{listen}"
http: "{monitor}"
max_payload: 1MB
jetstream {{
  store_dir: {json.dumps(store_dir)}
  sync_interval: always  # an acknowledgement means that it is on disk
}}
accounts {{
  WAYBILL {{
    jetstream: enabled
    users: [
{users}
    ]
  }}
  SYS {{}}
}}
system_account: SYS
"""


def _user(user: str, nkey: str) -> str:
    answers = any(rpc.answered_by == user for rpc in RPCS)
    responses = ',\n        allow_responses: { max: 1, ttl: "10s" }' if answers else ""
    return f"""\
      {{ nkey: {nkey}, permissions: {{  # {user}
        publish: {{ allow: {json.dumps(may_publish(user))} }},
        subscribe: {{ allow: {json.dumps(may_subscribe(user))} }}{responses}
      }} }}"""


def main() -> None:
    """Print nats.conf for the public nkeys in a JSON file: ``{"orders": "U…", …}``."""
    parser = argparse.ArgumentParser(prog="python -m chassis.permissions")
    parser.add_argument("nkeys", type=Path, help="JSON file of public nkeys by user")
    parser.add_argument("--listen", default="0.0.0.0:4222")
    parser.add_argument("--monitor", default="0.0.0.0:8222")
    parser.add_argument("--store-dir", default="/data")
    options = parser.parse_args()
    keys = json.loads(options.nkeys.read_text())
    if missing := [user for user in USERS if user not in keys]:
        sys.exit(f"{options.nkeys} lacks the nkey of {', '.join(missing)}")
    print(render(keys, listen=options.listen, monitor=options.monitor, store_dir=options.store_dir), end="")


if __name__ == "__main__":
    main()
