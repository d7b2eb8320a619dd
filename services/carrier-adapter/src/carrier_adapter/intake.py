"""The carriers' door: verify the raw bytes, commit them, answer. What they mean is read later.

A 2xx means committed in PostgreSQL. Requests that come together share a commit: each waits for the one that is under
way, and goes with the next.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from carrier_adapter.accounts import Account, Accounts
from carrier_adapter.answers import Answer, Kept, answer
from carrier_adapter.sealing import Seal
from carrier_adapter.signatures import Refusal, check
from carrier_adapter.uploads import files_of
from chassis.clock import Clock
from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries

log = get_logger()
sql = load_queries("carrier_adapter")

PATH: Final = "/v1/feeds/"
MOST_TOGETHER = 300  #: Pushes in one commit.
START_WITHIN = 0.6  #: Seconds that a push waits for the commit it goes with to begin.
COMMIT_WITHIN = 1.1  #: Seconds; a commit that takes longer is given up. Both together: answered 503 within 2 s.
READ_WITHIN = 10.0  #: Seconds for a body to arrive.
LONGEST_LENGTH: Final = 20  #: Digits of a Content-Length.

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Message:
    """A signed message that a push came in, whole or as one of its files."""

    id: str
    digest: bytes  #: Of all that came in it; the same however its files were wrapped.


@dataclass(slots=True, eq=False)
class Push:
    """A push whose signature was right, on its way to the database."""

    account: str
    body: bytes
    digest: bytes
    message: Message | None = None  #: Where its scheme signs one's id.
    id: UUID = field(default_factory=uuid4)
    first_id: UUID | None = None
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class NotKept(Exception):
    """A push could not be committed; nothing of it is stored.

    But for one thing that nobody can know: whether a COMMIT went through whose answer was lost. Its sender sends the
    push again, and it is recognised.
    """


class GroupCommit:
    """Commits the pushes that came while the last commit was under way."""

    def __init__(self, pool: Callable[[], Any], clock: Clock, seal: Seal, contradicted: Callable[[int], None]) -> None:
        self._pool = pool
        self._clock = clock
        self._seal = seal
        self._contradicted = contradicted  # hears how many pushes came whose id had come with another content
        self._waiting: list[Push] = []
        self._arrived = asyncio.Event()
        self.committed = asyncio.Event()  #: Set after each commit: there is something to read.
        self.pushes = 0

    async def keep(self, push: Push) -> None:
        """Return once *push* is committed; raises `NotKept` if it is not."""
        self._waiting.append(push)
        self._arrived.set()
        try:
            await asyncio.wait_for(asyncio.shield(push.done), START_WITHIN)
        except TimeoutError:
            if push in self._waiting:
                self._waiting.remove(push)
                raise NotKept from None
            await push.done  # its commit is under way: giving up here could deny what is about to be stored

    async def run(self) -> None:
        """Commit until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                together, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
                try:
                    await self._commit(together)
                except (*TRANSIENT, asyncpg.PostgresError) as failure:  # type: ignore[misc] # mypy: starred tuples
                    log.warning("pushes_not_kept", count=len(together), error=type(failure).__name__)
                    for push in together:
                        if not push.done.done():
                            push.done.set_exception(NotKept())
                            push.done.exception()

    async def _commit(self, pushes: list[Push]) -> None:
        """Commit *pushes* within `COMMIT_WITHIN` and say so, or raise."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + COMMIT_WITHIN
        async with self._pool().acquire(timeout=COMMIT_WITHIN / 2) as connection:
            # Cancelling would ask a server that does not answer to cancel, and wait. Without its connection, it can
            # only roll back.
            late = loop.call_at(deadline, connection.terminate)
            try:
                contradicting = await self._keep(connection, pushes)
            finally:
                late.cancel()
            # Before the connection is given back: what may fail with that must not deny the commit.
            self.pushes += len(pushes)
            for push in pushes:
                if not push.done.done():
                    push.done.set_result(None)
            self.committed.set()
            if contradicting:
                self._contradicted(contradicting)
                log.warning("message_ids_reused", count=contradicting)

    async def _keep(self, connection: Any, pushes: list[Push]) -> int:
        """Keep *pushes* in one transaction; gives how many of them contradict an earlier one."""
        async with connection.transaction():
            await connection.execute(sql.share_intake)
            received_at = self._clock.now()  # under the lock: a watermark is never past a push it has not seen
            rows = await connection.fetch(sql.first_of, [push.digest for push in pushes])
            first = {row["digest"]: row["first_id"] for row in rows}
            sealed = []
            for push in pushes:
                push.first_id = first.setdefault(push.digest, push.id)
                seen = push.first_id != push.id
                sealed.append(None if seen else self._seal.close(push.body, push.id.bytes))
            await connection.execute(
                sql.keep_pushes,
                [push.id for push in pushes],
                [push.account for push in pushes],
                [received_at] * len(pushes),
                [push.digest for push in pushes],
                [push.first_id for push in pushes],
                sealed,
            )
            return await self._compare_ids(connection, pushes)

    async def _compare_ids(self, connection: Any, pushes: list[Push]) -> int:
        """Set aside what comes under the id of another push with another content; gives how many these are."""
        told = [(push, push.message) for push in pushes if push.message is not None]
        if not told:
            return 0
        named = [(push.id, push.account, message.id, message.digest) for push, message in told]
        contradicting: int = await connection.fetchval(sql.compare_message_ids, *zip(*named, strict=True))
        return contradicting


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back over the wire."""

    answer: Answer
    headers: tuple[tuple[bytes, bytes], ...] = ()


def _error(status: int, sentence: str, *headers: tuple[bytes, bytes]) -> Response:
    return Response(Answer(status, "application/json", json.dumps({"error": sentence}).encode()), headers)


_NOT_KEPT: Final = _error(503, "not kept: send it again", (b"retry-after", b"5"))
_CLOSE: Final = (b"connection", b"close")

#: (account, or None where there is no such endpoint; why) -> nothing: hears of each push that is not genuine.
TurnedAway = Callable[[Account | None, Refusal], None]


class Intake:
    """The ASGI app of the carriers' endpoint; plain, because it is the hottest path there is."""

    def __init__(self, accounts: Accounts, commits: GroupCommit, largest_body: int, turned_away: TurnedAway) -> None:
        self._accounts = accounts
        self._commits = commits
        self._largest = largest_body
        self._turned_away = turned_away
        # An unknown endpoint is checked against this, so that it takes as long as a known one.
        self._nobody = Account("", "", "", "hmac-sha256", "UTC", (b"\x00" * 32,))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._respond(scope, receive)
        answered = response.answer
        head = [(b"content-length", str(len(answered.body)).encode()), *response.headers]
        if answered.content_type is not None:
            head.append((b"content-type", answered.content_type.encode()))
        await send({"type": "http.response.start", "status": answered.status, "headers": head})
        await send({"type": "http.response.body", "body": answered.body})

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        path: str = scope["path"]
        if not path.startswith(PATH) or "/" in path[len(PATH) :]:
            return _error(404, f"push feeds to {PATH}<endpoint>")
        if scope["method"] != "POST":
            return _error(405, "push with POST", (b"allow", b"POST"))
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers):
            return _error(415, "send the body as it is, without Content-Encoding")
        body = await self._read(headers, receive)
        if isinstance(body, Response):
            return body
        if not self._accounts.loaded:
            return _NOT_KEPT
        account = self._accounts.at(path[len(PATH) :])
        checked = account or self._nobody
        # Real time, not the business's: it bounds how long a captured request can be replayed.
        refusal = check(checked.scheme, headers, body, checked.keys, time.time())  # signature window
        if account is None or refusal is not None:
            self._turned_away(account, refusal or Refusal.WRONG)
            return _error(401, "the signature is missing or wrong for this endpoint")
        pushes = _pushes(account, headers, body)
        try:
            if len(pushes) == 1:  # as nearly all are: no task is made for it
                await self._commits.keep(pushes[0])
            else:
                await asyncio.gather(*(self._commits.keep(push) for push in pushes))
        except NotKept:
            return _NOT_KEPT
        kept = [Kept(push.first_id or push.id, push.first_id != push.id, push.body) for push in pushes]
        receipts = ", ".join(str(one.receipt) for one in kept)
        return Response(answer(account.answer, kept), ((b"waybill-receipt", receipts.encode()),))

    async def _read(self, headers: list[tuple[bytes, bytes]], receive: Receive) -> bytes | Response:
        too_large = _error(413, f"a push has {self._largest} bytes at most: split it", _CLOSE)
        announced = next((value for name, value in headers if name == b"content-length"), b"0")
        # Its digits are counted first: Python makes no number of thousands of them.
        if len(announced) > LONGEST_LENGTH or not announced.isdigit() or int(announced) > self._largest:
            return too_large
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(READ_WITHIN):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return _error(400, "the body did not arrive")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._largest:
                        return too_large
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            return _error(408, "the body took too long", _CLOSE)


def _pushes(account: Account, headers: list[tuple[bytes, bytes]], body: bytes) -> list[Push]:
    """Give the pushes in a request: one, or one for each file of an upload."""
    files = [(file, _digest(account.name, file)) for file in files_of(headers, body)]
    message = None
    if account.scheme == "standard-webhooks":
        message_id = next((value.decode("ascii") for name, value in headers if name == b"webhook-id"), None)
        digests = [digest for _, digest in files]
        whole = digests[0] if len(digests) == 1 else _digest(account.name, b"".join(digests))
        message = Message(message_id, whole) if message_id else None
    return [Push(account.name, file, digest, message) for file, digest in files]


def _digest(account: str, content: bytes) -> bytes:
    return hashlib.sha256(account.encode() + b"\x00" + content).digest()
