"""The one NatsBroker of a service, and the one plain connection beside it.

FastStream's defaults lose messages; every one that is changed here says why.
"""

import logging
from collections.abc import Awaitable, Callable

import nats
from faststream import AckPolicy
from faststream.nats import NatsBroker
from nats.aio.client import Client

from chassis.logs import get_logger

log = get_logger()


def inbox_prefix(user: str) -> str:
    """Name the inbox that only *user* may read."""
    return f"_INBOX_{user.replace('-', '_')}"


async def _on_error(error: Exception) -> None:
    log.error("broker_refused", error=type(error).__name__, reason=str(error)[:200])


async def _on_disconnected() -> None:
    log.warning("broker_disconnected")


def make_broker(url: str, seed: str, *, name: str) -> NatsBroker:
    """Build the broker of service *name*; connects when it is started."""
    return NatsBroker(
        url,
        name=name,
        nkeys_seed_str=seed,
        inbox_prefix=inbox_prefix(name),
        max_reconnect_attempts=-1,  # the default gives up after two minutes and leaves a loop that spins
        reconnect_time_wait=1,
        allow_reconnect=True,
        graceful_timeout=8,  # none at all would cut handlers in mid-transaction
        ack_policy=AckPolicy.MANUAL,  # the default throws a message away when its handler raises
        apply_types=False,  # bodies are decoded once for the batch, by the chassis
        error_cb=_on_error,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
    )


async def connect(url: str, seed: str, *, name: str, reconnected: Callable[[], Awaitable[None]]) -> Client:
    """Open a plain connection as user *name*: for pulling, for the relay, for asking, for looking at consumers."""
    return await nats.connect(
        url,
        name=name,
        nkeys_seed_str=seed,
        inbox_prefix=inbox_prefix(name).encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        error_cb=_on_error,
        reconnected_cb=reconnected,
        disconnected_cb=_on_disconnected,
    )
