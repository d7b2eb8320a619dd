"""Where races are run: shops of every kind, orders brought to the barrier by the hundred, and what became of them."""

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from nats.aio.msg import Msg

from chassis.postgres import load_queries
from orders import handlers, store
from orders.access.wall import for_shop
from orders.api.placing import place_order
from orders.api.schemas import OrderGiven
from orders.life.decide import act
from orders.shops.register import set_policy
from races.ends import LEGAL, End, Raced, assert_legal, assert_told
from races.pairs import Entrant, Pair, preparations, told_before
from support.scans import read_through
from support.selling import Seller, open_shop, order_body
from support.servers import Broker
from support.services import Running, SteppedTime
from support.stocking import add, stock
from support.waiting import eventually

sql = load_queries("orders")

WAVE = 120  #: Orders that are prepared together.
AT_ONCE = 12  #: Races under way at a time, each at its own barrier.
ON_HAND = 900_000  #: Of each SKU, in the shops that count.
SKUS = {"MUG_BLUE": "MUG-BLUE", "TEA": "TEA"}


@dataclass(frozen=True)
class Ground:
    """A shop that races are run in."""

    seller: Seller
    counts: bool  #: It counts its stock.
    until_shipped: bool  #: Its policy lets lines change until the order is shipped.


@dataclass
class Tally:
    """How the races of one pair ended."""

    pair: str
    races: int = 0
    won: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    overlapping: int = 0  #: Both were under way at the same time.
    seconds: float = 0.0

    def line(self) -> str:
        """Give it as a line of JSON."""
        return json.dumps({**vars(self), "seconds": round(self.seconds, 1)})


@dataclass
class Course:
    """A running `orders` that races are run against."""

    running: Running
    clock: SteppedTime
    random: random.Random
    grounds: list[Ground]
    told: dict[str, Counter[str]]  #: By order, the happenings that were published.
    ends: dict[str, End] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)  #: Seconds that one half of a pair takes, about.

    @classmethod
    async def laid_out(cls, running: Running, broker: Broker, clock: SteppedTime, seed: int) -> "Course":
        """Open the shops, and listen to what is said."""
        grounds = [await _open(running, counts, until) for counts in (False, True) for until in (False, True)]
        told: dict[str, Counter[str]] = defaultdict(Counter)

        async def hear(message: Msg) -> None:
            said = json.loads(message.data)
            told[said["state"]["order_id"]].update(one["happening"] for one in said["occurrences"])

        await broker.owner.subscribe("orders.v1.changed", cb=hear)
        return cls(running, clock, random.Random(seed), grounds, told)

    async def run(self, pair: Pair, races: int) -> Tally:
        """Run so many races of a pair; every end is checked."""
        tally, began = Tally(pair.name), time.perf_counter()
        while tally.races < races:
            entrants = await self._bring(pair, min(WAVE, races - tally.races))
            gate = asyncio.Semaphore(AT_ONCE)
            answers = await asyncio.gather(*(self._race(pair, one, gate, tally) for one in entrants))
            await self._judge(pair, entrants, answers, tally)
            tally.races += len(entrants)
        tally.seconds = time.perf_counter() - began
        assert all(tally.won[name] for name in pair.names), f"it was no race: {tally.line()}"
        return tally

    async def closing(self) -> None:
        """Check what holds over all races: what was said of each, and that no stock came from nowhere or was lost."""

        async def all_heard() -> bool:
            heard = (
                Counter({name: n for name, n in self.told[key].items() if name in end.told})
                for key, end in self.ends.items()
            )
            return all(told.total() >= len(end.told) for told, end in zip(heard, self.ends.values(), strict=True))

        await self.running.quiet(within=60)
        await eventually(all_heard, within=30)
        for order_id, end in self.ends.items():
            assert_told(self.told[order_id], end)
        for ground in self.grounds:
            if ground.counts:
                await self._assert_conserved(ground)

    async def _bring(self, pair: Pair, count: int) -> list[Entrant]:
        """Place orders, and have the seller do what comes before the race."""
        service = self.running.service
        placed: list[tuple[Ground, UUID]] = []
        for ground, some in zip(self.grounds, shares(count, len(self.grounds)), strict=True):
            shop_id = UUID(ground.seller.shop_id)
            async with for_shop(service, shop_id) as tx:
                for _ in range(some):
                    status, shown = await place_order(tx, shop_id, OrderGiven.model_validate(order_body()))
                    assert status == 201
                    placed.append((ground, shown.id))
        async with service.transaction() as tx:
            await tx.connection.execute(sql.change_bindings)
            orders = await store.load(tx.connection, [order_id for _, order_id in placed], lock=True)
            changes = []
            for order in orders.values():
                for command in preparations(order, pair.prepared):
                    outcome = act(order, command, tx.now)
                    assert outcome.refusal is None, outcome.refusal
                    changes.append((order, outcome))
                    order = outcome.order
            await store.save(tx, changes)
        orders = await store.load(self.running.pool, [order_id for _, order_id in placed], lock=False)
        due_at = self.clock.now + timedelta(days=15)
        if pair.waits:
            self.clock.set(due_at + timedelta(seconds=1))
            async with service.transaction() as tx:
                await handlers.on_feed(tx, [read_through(due_at, 0)])
        entrants = [
            Entrant(self.running, ground.seller, orders[order_id], self._variant(pair, n, ground), due_at)
            for n, (ground, order_id) in enumerate(placed)
        ]
        self.random.shuffle(entrants)
        return entrants

    def _variant(self, pair: Pair, n: int, ground: Ground) -> str:
        variant = pair.variants[n % len(pair.variants)]
        return f"{variant}, until shipped" if pair.names[1] == "pack" and ground.until_shipped else variant

    async def _race(
        self, pair: Pair, entrant: Entrant, gate: asyncio.Semaphore, tally: Tally
    ) -> tuple[int | None, int | None]:
        """Let both go at the barrier, one a little after the other: up to as long as either takes."""
        async with gate:
            barrier = asyncio.Barrier(2)
            spread = max(self.took.get(name, 0.005) for name in pair.names)
            lag = self.random.uniform(-spread, spread)
            first, second = await asyncio.gather(
                self._go(pair, 0, entrant, barrier, max(0.0, -lag)), self._go(pair, 1, entrant, barrier, max(0.0, lag))
            )
        tally.overlapping += first[1] < second[2] and second[1] < first[2]
        return first[0], second[0]

    async def _go(
        self, pair: Pair, half: int, entrant: Entrant, barrier: asyncio.Barrier, lag: float
    ) -> tuple[int | None, float, float]:
        await barrier.wait()
        if lag:
            await asyncio.sleep(lag)
        began = time.perf_counter()
        answer = await pair.acts[half](entrant)
        ended = time.perf_counter()
        name = pair.names[half]
        self.took[name] = 0.9 * self.took.get(name, ended - began) + 0.1 * (ended - began)
        return answer, began, ended

    async def _judge(
        self, pair: Pair, entrants: list[Entrant], answers: list[tuple[int | None, int | None]], tally: Tally
    ) -> None:
        ids = [one.order.id for one in entrants]
        pool = self.running.pool
        after = await store.load(pool, ids, lock=False)
        steps, held = defaultdict(list), defaultdict(list)
        for row in await pool.fetch("SELECT * FROM history WHERE order_id = ANY ($1) ORDER BY id", ids):
            steps[row["order_id"]].append(row)
        for row in await pool.fetch("SELECT * FROM order_stock WHERE order_id = ANY ($1)", ids):
            held[row["order_id"]].append(row)
        for entrant, answer in zip(entrants, answers, strict=True):
            key = entrant.order.id
            raced = Raced(entrant.order, after[key], steps[key], answer, held[key])
            came = [row["trigger"] for row in steps[key] if row["trigger"] in pair.triggers][-2:]
            assert sorted(came) == sorted(pair.triggers), came
            winner = pair.names[pair.triggers.index(came[0])]
            end = LEGAL[pair.name, entrant.variant, winner]
            assert_legal(raced, end)
            self.ends[str(key)] = replace(end, told=end.told | told_before(pair.prepared))
            tally.won[winner] += 1
            tally.ends[f"{winner} first: {end.status}"] += 1

    async def _assert_conserved(self, ground: Ground) -> None:
        """What left, and what is held, is what the ends say; the ledger says the same."""
        shop_id, pool = UUID(ground.seller.shop_id), self.running.pool
        rows = await pool.fetch("SELECT id FROM orders WHERE shop_id = $1", shop_id)
        ends = [self.ends[str(row["id"])] for row in rows]
        for sku in SKUS.values():
            [level] = await pool.fetch("SELECT * FROM stock WHERE shop_id = $1 AND sku = $2", shop_id, sku)
            left = sum(dict(end.lines)[sku] for end in ends if end.stock == "dispatched")
            held = sum(dict(end.lines)[sku] for end in ends if end.stock == "reserved")
            assert (level["on_hand"], level["reserved"]) == (ON_HAND - left, held)
            moves = await pool.fetch(
                "SELECT kind, sum(quantity)::int AS n FROM stock_ledger WHERE shop_id = $1 AND sku = $2 GROUP BY kind",
                *(shop_id, sku),
            )
            sums = Counter({row["kind"]: row["n"] for row in moves})
            assert sums["count"] - sums["dispatch"] == level["on_hand"]
            assert sums["reserve"] - sums["release"] - sums["dispatch"] == level["reserved"]


async def _open(running: Running, counts: bool, until_shipped: bool) -> Ground:
    seller = await open_shop(running.pool, running.service.clock, running.http)
    if until_shipped:
        async with running.service.transaction() as tx:
            await set_policy(tx, UUID(seller.shop_id), {"modification_until_shipped": True})
    if counts:
        await stock(seller, await add(seller), **dict.fromkeys(SKUS, ON_HAND))
    return Ground(seller, counts, until_shipped)


def shares(races: int, among: int) -> list[int]:
    """Divide races as evenly as can be."""
    return [races // among + (n < races % among) for n in range(among)]
