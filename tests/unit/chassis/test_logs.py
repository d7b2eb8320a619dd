"""A log line has nothing in it that was not allowed by name."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from chassis import logs


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, by a process of the service ``trial``; the tests' own logging is put back afterwards."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("trial", "info")
    yield written
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    root.handlers[:], root.level = handlers, level


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_the_service_and_the_time(out: io.StringIO) -> None:
    logs.get_logger().info("push_accepted", push_id="1", count=2)

    [line] = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "push_accepted", "level": "info", "service": "trial", "push_id": "1", "count": 2}


def test_a_key_that_is_not_allowed_is_redacted(out: io.StringIO) -> None:
    logs.get_logger().warning("push_refused", email="canary@example.com", name_of_buyer="Canary", body=b"canary")

    [line] = lines(out)
    assert (line["email"], line["name_of_buyer"], line["body"]) == ("redacted", "redacted", "redacted")
    assert "anary" not in out.getvalue()


def test_what_libraries_warn_of_is_logged_the_same_way(out: io.StringIO) -> None:
    logging.getLogger("some.library").warning("went wrong", extra={"canary": "canary"})
    logging.getLogger("some.library").info("went on")

    [line] = lines(out)
    assert (line["event"], line["logger"], line["level"], line["service"]) == (
        "went wrong",
        "some.library",
        "warning",
        "trial",
    )
    assert "canary" not in out.getvalue()


def test_below_its_level_nothing_is_logged(out: io.StringIO) -> None:
    logs.get_logger().debug("detail")

    assert out.getvalue() == ""


def test_a_failure_is_one_line_too(out: io.StringIO) -> None:
    try:
        raise ValueError("wrong")
    except ValueError as failure:
        logs.get_logger().error("event_failed", exc_info=failure)

    [line] = lines(out)
    assert "ValueError: wrong" in line["exception"]
