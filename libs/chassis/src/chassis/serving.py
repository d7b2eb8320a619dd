"""An HTTP server inside a service's own event loop: up before the block, drained after it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD: Final = 64 * 1024  #: Bytes of a request before its body.
MOST_HEADERS: Final = 100  #: Of one request.


class _Http(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, but with an end to what comes before a body: the parser takes headers for ever."""

    _is_in_head = False
    _read = 0  # bytes since a request began whose head is not complete
    _size = 0  # bytes of its headers

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_in_head and not self.transport.is_closing():
            self._read += len(data)
            if self._read > LARGEST_HEAD:
                self.send_400_response("the headers are too large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._read, self._size = True, 0, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._size += len(name) + len(value)
        if self._size > LARGEST_HEAD or len(self.headers) > MOST_HEADERS:
            raise ValueError("too many headers")  # the parser gives up, and 400 is answered

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        super().on_headers_complete()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service: it stops its parts in order."""
        yield


class HttpServer:
    """Serves one ASGI app on one address."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve inside the block; on leaving it, requests in flight are answered first (5 s at most)."""
        server = _Server(
            uvicorn.Config(
                self._app,
                host=self._host,
                port=self._port,
                http=_Http,
                loop="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,
                backlog=2048,
            )
        )
        serving = asyncio.create_task(server.serve(), name=f"http {self._port}")
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        if serving.done():
            await serving
            raise OSError(f"nothing can be served on {self._host}:{self._port}: is the port taken?")
        try:
            yield
        finally:
            server.should_exit = True
            await serving
