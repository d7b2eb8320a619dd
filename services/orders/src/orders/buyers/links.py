"""Tracking links: whoever holds one may look. Only their digests are kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.postgres import load_queries

sql = load_queries("orders")

LIFETIME = timedelta(days=90)


async def mint_links(connection: Any, order_ids: Sequence[UUID], now: datetime) -> dict[UUID, str]:
    """Make a new link for each order; gives its path, which is kept nowhere."""
    tokens = {order_id: secrets.token_urlsafe(16) for order_id in order_ids}
    digests = [hashlib.sha256(token.encode()).digest() for token in tokens.values()]
    await connection.execute(sql.insert_links, digests, list(tokens), [now + LIFETIME] * len(tokens))
    return {order_id: f"/t/{token}" for order_id, token in tokens.items()}


async def order_of_link(connection: Any, token: str, now: datetime) -> UUID | None:
    """Give the order that a link opens; None for one that is unknown or expired."""
    found: UUID | None = await connection.fetchval(
        sql.order_of_link, hashlib.sha256(token.encode("utf-8", "replace")).digest(), now
    )
    return found
