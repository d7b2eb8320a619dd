"""All of Waybill as processes on real servers, for the session; business time stands still until a test moves it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from support.marketplace import Marketplace
from support.servers import a_folder
from support.services import SteppedTime

MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)  #: Ten in the morning in Singapore.


@pytest.fixture(scope="session")
async def market() -> AsyncIterator[Marketplace]:
    """The running system, as those outside see it."""
    with a_folder() as folder:
        async with Marketplace.running(folder, SteppedTime(folder / "clock", MONDAY)) as market:
            yield market
