"""The operators' port: alive, ready, idle, and figures for Prometheus. Each probe tests what it claims."""

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

#: Gives a sentence on what is wrong, or None.
Check = Callable[[], Awaitable[str | None]]


async def broker_syncs(monitor_url: str) -> str | None:
    """Ask the broker's monitoring port whether an acknowledgement means fsynced (``sync_interval: always``)."""

    def look() -> dict[str, Any]:
        with urllib.request.urlopen(f"{monitor_url}/jsz?config=1", timeout=2) as answer:  # noqa: S310 - our setting
            found: dict[str, Any] = json.load(answer)
            return found

    config = (await asyncio.to_thread(look)).get("config", {})
    return None if config.get("sync_always") else "the broker does not fsync before it acknowledges: sync_interval"


async def run_check(check: Check) -> str | None:
    """Run one check within two seconds; any failure becomes its sentence."""
    try:
        return await asyncio.wait_for(check(), 2)
    except TimeoutError:
        return "no answer within 2 s"
    except Exception as failure:  # a probe reports, it does not fall
        return f"{type(failure).__name__}: {failure}"[:200]


def make_app(
    checks: Mapping[str, Check],
    idle: Callable[[], Awaitable[dict[str, Any]]],
    registry: CollectorRegistry,
    refresh: Callable[[], Awaitable[None]],
) -> Starlette:
    """Build the operators' app. *refresh* brings gauges up to date before each scrape."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        answers = await asyncio.gather(*(run_check(check) for check in checks.values()))
        wrong = {name: answer for name, answer in zip(checks, answers, strict=True) if answer}
        return JSONResponse({"ready": not wrong, "wrong": wrong}, status_code=503 if wrong else 200)

    async def metrics(_: Request) -> Response:
        await refresh()
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def is_idle(_: Request) -> Response:
        return JSONResponse(await idle())

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/idle", is_idle),
        ]
    )
