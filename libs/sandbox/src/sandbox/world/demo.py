"""``make demo``: three weeks of a marketplace, played through the running system, and what became of every order."""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from sandbox.stack import Stack, running
from sandbox.world.buyer_stories import SOLD_OUT, buyer_stories
from sandbox.world.feeds import Account, sign
from sandbox.world.ledger import Findings, Played, Shop, check_books, check_digests, check_messages, check_order
from sandbox.world.market import CARRIERS, SCARCE, Market
from sandbox.world.particular_stories import particular_stories
from sandbox.world.payments import PaymentSystem
from sandbox.world.seller_stories import HOLDER, seller_stories
from sandbox.world.stories import Act, Story

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  #: A Monday, 08:00 in Singapore.
STEP = timedelta(hours=6)
DAYS = 21
PLACED_WITHIN = 16  #: Steps; whoever is cancelled after 15 days must still be within the three weeks.
ZONES = ("Asia/Singapore", "Asia/Bangkok", "Asia/Jakarta", "Asia/Singapore")
SELLERS_FORMATS = ("ninjavan-webhook", "easypost-event", "x12-214")
OWN_RULES = {
    "collection_marks_shipped": True,
    "attempts_before_lost": 3,
    "abnormal_cancels_ship_by_seller": False,
    "way_back_days": 5,
    "return_window_days": 7,
}
"""The policy of the last shop."""

PATIENCE = 60.0  #: Seconds for an answer: a shop's key is shown once, and asking again does not show it.


class World:
    """The marketplace, step by step."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, count: int, seed: int) -> None:
        self._stack = stack
        self._client = client
        self._market = Market(stack, client)
        self._payments = PaymentSystem()
        self._paid: set[str] = set()
        self._random = random.Random(seed)
        self._plan = self._make_plan(count)
        self._acts: dict[int, list[tuple[Played, Act]]] = {}
        self.orders: list[Played] = []

    def _make_plan(self, count: int) -> dict[int, list[Story]]:
        stories = [told for form in SELLERS_FORMATS for told in seller_stories(form)]
        stories += particular_stories() + buyer_stories()
        repeated = [told for told in stories if not told.scarce]
        chosen = stories + [repeated[n % len(repeated)] for n in range(count - len(stories))]
        self._random.shuffle(chosen)
        plan = {0: [HOLDER], PLACED_WITHIN: [SOLD_OUT]}
        for n, story in enumerate(chosen):
            plan.setdefault(n % 2 if story.early else n % PLACED_WITHIN, []).append(story)
        return plan

    async def open(self) -> None:
        """Add the shops and the carrier accounts."""
        *earlier, last = CARRIERS.items()
        shops = (self._add_shop(f"shop{n}", zone) for n, zone in enumerate(ZONES, start=1))
        accounts = (self._add_account(form, carrier) for form, carrier in earlier)
        self._market.shops, added = await asyncio.gather(asyncio.gather(*shops), asyncio.gather(*accounts))
        newest = await self._add_account(*last)
        self._market.accounts = {account.format: account for account in (*added, newest)}
        own, scarce = self._market.shops[-1], self._market.shops[0]
        await self._market.operate("POST", f"/v1/shops/{own.id}/policies", OWN_RULES, 201)
        await self._market.stock(scarce, SCARCE, 1)
        await self._until_known(newest)

    async def _add_shop(self, name: str, zone: str) -> Shop:
        email = f"{name}@example.com"
        body = {"name": name, "email": email, "zone": zone, "payment_url": self._payments.url}
        made = await self._market.operate("POST", "/v1/shops", body, 201)
        self._payments.secrets.append(made["webhook_secret"])
        return Shop(made["id"], email, zone, made["api_key"])

    async def _add_account(self, form: str, carrier: str) -> Account:
        words = ("--name", form, "--carrier", carrier, "--format", form, "--zone", "Asia/Singapore")
        made = await self._stack.tool("carrier-adapter", "accounts", "add", *words)
        return Account(made["account"], carrier, form, made["endpoint"], made["key"])

    async def _until_known(self, account: Account) -> None:
        """Wait until the door knows the newest account: push what holds no scans until it is let in."""
        empty = b'{"version": 1, "scans": []}'
        url = f"{self._stack.feeds_url}/{account.endpoint}"
        while True:
            answer = await self._market.ask("POST", url, content=empty, headers=sign(account, empty))
            if answer.status_code == 202:
                return
            await asyncio.sleep(0.1)

    def set_clock(self, now: datetime) -> None:
        """Step the business's time."""
        file = self._stack.clock_file
        assert file is not None
        new = file.with_suffix(".new")
        new.write_text(now.isoformat())
        new.replace(file)

    async def step(self, number: int) -> None:
        """Play one step: time moves, people act, and everything settles."""
        self._now = now = START + number * STEP
        # What is accepted just before a deadline is due, and cannot have been judged when it is.
        dashes = [one for one in self._acts.get(number, []) if one[1].what == "dash"]
        await asyncio.gather(*(self._market.act(*one) for one in dashes))
        self.set_clock(now)
        await self._settle(now)
        first = len(self.orders) + 1001
        new = [
            (story, f"TT-{first + n}", self._shop_for(story, n)) for n, story in enumerate(self._plan.get(number, []))
        ]
        placed = await asyncio.gather(*(self._market.place(*one, now) for one in new))
        self.orders += placed
        for played in placed:
            for act in played.story.acts:
                self._acts.setdefault(number + round(act.hour / 6), []).append((played, act))
        by_order: dict[str, list[tuple[Played, Act]]] = {}
        for one in self._acts.pop(number, []):
            if one not in dashes:
                by_order.setdefault(one[0].id, []).append(one)
        await asyncio.gather(*(self._play(acts) for acts in by_order.values()))
        await self._market.disturb(number, now)
        await self._settle(now)
        await self._pay_out()

    def _shop_for(self, story: Story, n: int) -> Shop:
        *usual, own = self._market.shops
        if story.scarce:
            return usual[0]
        return own if story.own_rules else usual[n % len(usual)]

    async def _play(self, acts: list[tuple[Played, Act]]) -> None:
        for played, act in acts:
            await self._market.act(played, act)

    async def _settle(self, now: datetime) -> None:
        await self._stack.idle(self._client, now.isoformat())

    async def _pay_out(self) -> None:
        for refund in await self._payments.new(self._paid):
            self._paid.add(refund["refund_id"])
            path = f"/v1/orders/{refund['order_id']}/refunds/{refund['refund_id']}/issued"
            for shop in self._market.shops:
                if (await self._market.order(shop, "POST", path, {})).status_code == 200:
                    break

    async def close(self) -> tuple[dict[str, Any], Findings]:
        """Read everything back, and compare it with what must be."""
        self._payments.stop()
        findings = Findings()
        outcomes: Counter[str] = Counter()
        for played in self.orders:
            shown = (await self._market.order(played.shop, "GET", f"/v1/orders/{played.id}")).json()
            check_order(played, shown, findings)
            outcomes[f"{played.story.name}: {shown['status']}"] += 1
        market = self._market
        books = await market.operate("GET", "/v1/books")
        accepted = check_books(market.records_accepted, market.records_unanswered, books, findings)
        mail = [json.loads(line) for line in self._stack.mail_file.read_text().splitlines()]
        check_messages(self.orders, mail, findings)
        check_digests(self.orders, mail, self._now, STEP, findings)
        if self._payments.refused:
            findings.illegal.append(f"{self._payments.refused} refunds were signed wrongly")
        return {
            "orders": len(self.orders),
            "outcomes": dict(sorted(outcomes.items())),
            "pushes_accepted": market.pushes_accepted,
            "scans_accepted": accepted,
            "scans_applied": books["applied"],
            "duplicates": books["duplicate"],
            "superseded": books["superseded"],
            "unmatched": books["unmatched"],
            "quarantined": books["quarantined"],
            "refused": books["refused"],
            "messages_sent": len({message["message_id"] for message in mail}),
            "lost": len(findings.lost),
            "doubled": len(findings.doubled),
            "illegal": len(findings.illegal),
            "early_deadlines": len(findings.early),
        }, findings


async def play(count: int, seed: int, kill: Sequence[str], folder: Path | None) -> int:
    """Play the demo; gives 0 if nothing was lost, doubled, illegal or early, and the books balance."""
    with tempfile.TemporaryDirectory(prefix="waybill-") as temporary:
        figures, findings = await _play(count, seed, kill, folder or Path(temporary) / "demo")
    _print_table(figures)
    for sentence in findings.all():
        print(sentence, file=sys.stderr)
    print(json.dumps(figures))
    return 1 if findings.all() else 0


async def _play(count: int, seed: int, kill: Sequence[str], folder: Path) -> tuple[dict[str, Any], Findings]:
    started = time.monotonic()
    clock = folder.with_name(f"{folder.name}.clock")
    clock.parent.mkdir(parents=True, exist_ok=True)
    clock.write_text(START.isoformat())
    _say("starting NATS, PostgreSQL and the four services")
    async with running(folder, clock) as stack, httpx.AsyncClient(timeout=PATIENCE) as client:
        world = World(stack, client, count, seed)
        await world.open()
        steps = DAYS * 4
        killed_at = {steps * n // (len(kill) + 1): name for n, name in enumerate(kill, start=1)}
        for number in range(steps + 1):
            await asyncio.gather(world.step(number), _kill_soon(stack, killed_at.get(number)))
            if number % 4 == 0:
                seconds = time.monotonic() - started
                _say(f"day {number // 4:2} of {DAYS}: {len(world.orders)} orders, {seconds:.0f} s")
        return await world.close()


async def _kill_soon(stack: Stack, name: str | None) -> None:
    if name is not None:
        await asyncio.sleep(0.05)  # into the step's work
        _say(f"kill -9 {name}")
        stack.kill(name)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _print_table(figures: dict[str, Any]) -> None:
    width = max(len(name) for name in figures["outcomes"])
    print(f"\n{'what became of the orders':{width}}  orders")
    for name, count in figures["outcomes"].items():
        print(f"{name:{width}}  {count:6}")
    print()
    for name, value in figures.items():
        if name != "outcomes":
            print(f"{name.replace('_', ' '):20} {value:8}")
    print()
