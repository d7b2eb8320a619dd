"""Orders of every kind, written straight into the database, and what a list of them must be, by plain Python."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.postgres import json_text
from contracts.orders.v1 import Badge, Fulfilment, OrderStatus

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CARRIERS = ("ninjavan", "jtexpress", "spx")
NAMES = ("Mei Tan", "Aisha Rahman", "李 明", "José Müller")
TITLES = ("Blue mug", "Tea pot, blue", "Kettle")


@dataclass(frozen=True)
class Given:
    """An order as it was written."""

    id: UUID
    number: str
    status: OrderStatus
    badge: Badge | None
    fulfilment: Fulfilment
    placed_at: datetime
    name: str
    email: str
    sku: str
    title: str
    carriers: dict[str, str]  #: Tracking number by carrier.
    former: dict[str, str] = field(default_factory=dict)  #: The same, of those that have it no longer.
    due_at: datetime | None = None

    def words(self) -> set[str]:
        """Give what it is found by: everything between spaces, run together, and the parts of it."""
        numbers = (*self.carriers.values(), *self.former.values())
        text = " ".join((self.number, self.name, self.email, self.sku, self.title, *numbers)).lower()
        terms = {re.sub(r"\W|_", "", term) for term in text.split()}
        return terms | set(re.split(r"[\W_]+", text))

    def has(self, text: str) -> bool:
        """Say whether a search for *text* finds it."""
        *whole, beginning = text.lower().split()
        words = self.words()
        return set(whole) <= words and any(word.startswith(beginning) for word in words)


def some_orders(seed: int, count: int) -> list[Given]:
    """Make orders; several are placed at the same instant."""
    chance = random.Random(seed)
    return [_order(chance, n) for n in range(count)]


def _order(chance: random.Random, n: int) -> Given:
    status = chance.choice(list(OrderStatus))
    bound = chance.sample(CARRIERS, chance.choice((0, 1, 1, 2)))
    former = chance.sample([one for one in CARRIERS if one not in bound], chance.choice((0, 0, 1)))
    name = chance.choice(NAMES)
    return Given(
        id=UUID(int=chance.getrandbits(128), version=4),
        number=f"TT-{1000 + n}",
        status=status,
        badge=chance.choice((None, None, *Badge)),
        fulfilment=chance.choice(list(Fulfilment)),
        placed_at=NOON + timedelta(hours=chance.randrange(20)),
        name=name,
        email=f"buyer{n % 7}@example.com",
        sku=f"SKU-{n % 5}",
        title=chance.choice(TITLES),
        carriers={carrier: f"NV{n}{carrier[0].upper()}" for carrier in bound},
        former={carrier: f"OLD{n}{carrier[0].upper()}" for carrier in former},
        due_at=chance.choice((None, NOON + timedelta(hours=chance.randrange(40)))),
    )


async def write(pool: Any, shop_id: str, orders: Iterable[Given]) -> None:
    """Write orders of a shop, as whoever writes them."""
    shop = UUID(shop_id)
    async with pool.acquire() as connection, connection.transaction():
        for one in orders:
            cancelled_at = one.placed_at if one.status is OrderStatus.CANCELLED else None
            await connection.execute(
                "INSERT INTO orders (id, shop_id, number, version, status, commanded, badge, fulfilment, payment,"
                " currency, total, prepaid, collected, shipping_fee, discount, placed_at, cancelled_at,"
                " policy_version, lines, told)"
                " VALUES ($1, $2, $3, 1, $4, 'placed', $5, $6, 'card', 'SGD', 10, 10, 0, 0, 0, $7, $8, 1, $9, '[]')",
                *(one.id, shop, one.number, one.status, one.badge, one.fulfilment, one.placed_at, cancelled_at),
                [{"sku": one.sku, "title": one.title, "quantity": 1, "unit_price": "10"}],
            )
            await connection.execute(
                "INSERT INTO buyers (order_id, name, email, locale, zone, address)"
                " VALUES ($1, $2, $3, 'en', 'UTC', '{}')",
                *(one.id, one.name, one.email),
            )
            await connection.execute(
                "INSERT INTO parcels (order_id, number, lines, state, marks)"
                """ VALUES ($1, 1, '[]', '{"number": 1}', '[]')""",
                one.id,
            )
            for numbers, until in ((one.carriers, None), (one.former, one.placed_at + timedelta(hours=1))):
                for carrier, number in numbers.items():
                    await connection.execute(
                        "INSERT INTO bindings (order_id, parcel, carrier, tracking_number, valid_from, valid_to)"
                        " VALUES ($1, 1, $2, $3, $4, $5)",
                        *(one.id, carrier, number, one.placed_at, until),
                    )
            if one.due_at is not None:
                ahead = [{"kind": "acknowledgment", "rule": "D4", "parcel": 1, "due_at": one.due_at.isoformat()}]
                await connection.execute(
                    "INSERT INTO deadlines_ahead VALUES ($1, $2, $3, 1, $4, $5::text::jsonb)",
                    *(one.id, shop, one.placed_at, one.due_at, json_text(ahead)),
                )
