"""What is generated is what the code says now: run `make docs` after a change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import carrier_adapter.app
import deadline_watcher.app
import notifier.app
import orders.app
from carrier_adapter.settings import CarrierAdapterSettings
from chassis.commands import asyncapi_document
from chassis.service import Service
from chassis.settings import ServiceSettings
from deadline_watcher.settings import DeadlineWatcherSettings
from notifier.settings import NotifierSettings
from orders.settings import OrdersSettings

MESSAGES = Path(__file__).parents[2] / "docs" / "messages"


@pytest.mark.parametrize(
    ("name", "settings", "create"),
    [
        ("orders", OrdersSettings, orders.app.create),
        ("carrier-adapter", CarrierAdapterSettings, carrier_adapter.app.create),
        ("deadline-watcher", DeadlineWatcherSettings, deadline_watcher.app.create),
        ("notifier", NotifierSettings, notifier.app.create),
    ],
)
async def test_the_asyncapi_documents_are_what_the_services_say_and_hear(
    name: str, settings: type[ServiceSettings], create: Callable[[Any], Service]
) -> None:
    assert (MESSAGES / f"{name}.json").read_text() == asyncapi_document(settings, create)
