"""The one NatsBroker of a service, and the one plain connection beside it.

FastStream's defaults lose messages; every one that is changed here says why.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from faststream import AckPolicy
from faststream.nats import NatsBroker, NatsNKey
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionReconnectingError

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
        security=NatsNKey.from_seed(seed),
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


class Connection(Client):
    """nats-py's client, with what is done for every message done for many at once.

    Each of the three below saves a tenth of the CPU that a reader or the relay spends. What they write goes through
    nats-py's own buffer, so that the order of things is kept.
    """

    async def acknowledge(self, messages: Sequence[Msg]) -> None:
        """Tell the broker that *messages* are dealt with; if it is away now, it delivers them again."""
        if self.is_connected:
            await self._write([f"PUB {message.reply}  0\r\n\r\n".encode() for message in messages])

    async def publish_all(self, messages: Sequence[tuple[str, Mapping[str, str], bytes]]) -> None:
        """Publish messages of (subject, headers, body), in order. Nobody hears whether they were stored."""
        if not self.is_connected:
            raise ConnectionReconnectingError
        await self._write([_publication(*message) for message in messages])

    async def _write(self, commands: Sequence[bytes]) -> None:
        await self._send_command(b"".join(commands))
        await self._flush_pending()

    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        """Leave the headers of stored messages unread: nobody looks at them.

        What the broker itself says (a pull request has ended, nobody answers) is a status line in them, and is read.
        """
        if headers is None or not headers.startswith(b"NATS/1.0 "):
            return None
        return await super()._process_headers(headers)


def _publication(subject: str, headers: Mapping[str, str], body: bytes) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    block = f"NATS/1.0\r\n{head}\r\n".encode()
    return b"HPUB %b  %d %d\r\n%b%b\r\n" % (subject.encode(), len(block), len(block) + len(body), block, body)


async def connect(url: str, seed: str, *, name: str, reconnected: Callable[[], Awaitable[None]]) -> Connection:
    """Open a plain connection as user *name*: for pulling, for the relay, for asking, for looking at consumers."""
    client = Connection()
    await client.connect(
        url,
        name=name,
        nkeys_seed_str=seed,
        inbox_prefix=inbox_prefix(name).encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,  # type: ignore[arg-type] # seconds; it takes a fraction
        error_cb=_on_error,
        reconnected_cb=reconnected,
        disconnected_cb=_on_disconnected,
    )
    return client
