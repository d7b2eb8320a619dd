"""Logs: one JSON object a line, with nothing in it that was not allowed by name.

A key that is not on the list is written as ``redacted``: a log line cannot leak what nobody thought of.
"""

import logging
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

#: Every key that may appear in a log line. None of them ever holds a name, an address, a body or a token.
ALLOWED: Final = frozenset(
    {
        *("event", "level", "timestamp", "service", "logger", "error", "reason", "exc_info", "exception", "stack"),
        *("stream", "subject", "consumer", "sequence", "event_id", "count", "fresh", "duplicates", "attempts"),
        *("order_id", "shop_id", "parcel", "version", "status", "trigger", "kind", "rule", "epoch", "due_at", "facts"),
        *("push_id", "scan_id", "account", "carrier", "format", "verdict", "endpoint", "records", "through"),
        *("message_id", "recipient", "channel", "outcome", "refund_id", "state", "delay", "seconds", "bytes"),
        *("host", "port", "url", "method", "path", "code", "name", "now", "package", "check", "signal", "happening"),
    }
)


def _only_allowed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: value if key in ALLOWED else "redacted" for key, value in event.items()}


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def configure(service: str, level: str) -> None:
    """Send this process's logs, and its libraries' warnings, to standard output as JSON."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            *_shared(),
            structlog.processors.format_exc_info,
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _only_allowed,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def get_logger() -> Any:
    """Give a logger: ``log.info("push_accepted", push_id=…)``; events are snake_case names, not prose."""
    return structlog.get_logger()
