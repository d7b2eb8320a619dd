"""An HTTP server inside a service's own event loop: up before the block, drained after it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


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
