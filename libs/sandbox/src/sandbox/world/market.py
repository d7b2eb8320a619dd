"""The people of the world: sellers, buyers and carriers, acting over HTTP. They try again when nobody answers."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from sandbox.stack import Stack
from sandbox.world.feeds import Account, Scan, can_say, sign, write
from sandbox.world.ledger import Played, Shop
from sandbox.world.stories import Act, Story

CARRIERS = {
    "ninjavan-webhook": "Ninja Van",
    "easypost-event": "ParcelPost",
    "x12-214": "Road Freight",
    "ship-by-tiktok": "Marketplace Logistics",
}
CLAIMED = "NVCLAIMED1"  #: A number that one order holds and others try for.


class WorldStopped(Exception):
    """Somebody got an answer that the world does not know how to go on from."""


class Market:
    """Everybody who uses the system."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient) -> None:
        self._stack = stack
        self._client = client
        self.shops: list[Shop] = []
        self.accounts: dict[str, Account] = {}
        self.pushes_accepted = 0
        self.records_accepted = 0
        self.records_unanswered = 0  #: Of pushes whose answer was lost: they may have been accepted too.
        self.refused = 0  #: Pushes with a wrong signature that were refused, as they must be.
        self._requests = 0

    # --- asking and answering ----------------------------------------------------------------------------------

    async def ask(self, method: str, url: str, **rest: Any) -> httpx.Response:
        """Send a request until somebody answers it."""
        for _ in range(600):
            try:
                answer = await self._client.request(method, url, **rest)
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code not in (502, 503, 504):
                return answer
            await asyncio.sleep(0.2)
        raise WorldStopped(f"nobody answers {method} {url}")

    async def order(self, shop: Shop, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask the sellers' API, with a key that makes asking again harmless."""
        self._requests += 1
        headers = {"Authorization": f"Bearer {shop.api_key}", "Idempotency-Key": f"world-{self._requests}"}
        return await self.ask(method, f"{self._stack.orders_url}{path}", json=body, headers=headers)

    async def push(self, account: Account, body: bytes, records: int, *, key: Account | None = None) -> None:
        """Push a feed until it is accepted; every acceptance counts, a repeated one too."""
        for _ in range(600):
            try:
                answer = await self._client.post(
                    f"{self._stack.feeds_url}/{account.endpoint}", content=body, headers=sign(key or account, body)
                )
            except httpx.ConnectError:  # it never arrived
                await asyncio.sleep(0.2)
                continue
            except httpx.HTTPError:
                self.records_unanswered += records
                await asyncio.sleep(0.2)
                continue
            if answer.status_code != 503:
                break
            await asyncio.sleep(0.2)
        else:
            raise WorldStopped("nobody takes a push")
        if key is not None and answer.status_code == 401:
            self.refused += 1
        elif answer.status_code != 202:
            raise WorldStopped(f"a push was answered {answer.status_code} {answer.text}")
        else:
            self.pushes_accepted += 1
            self.records_accepted += records

    # --- acting ------------------------------------------------------------------------------------------------

    async def place(self, story: Story, number: str, shop: Shop, now: datetime) -> Played:
        """A buyer places an order."""
        cod = story.cod
        quantity = story.parcels
        body: dict[str, Any] = {
            "number": number,
            "buyer": {"name": f"Buyer {number}", "email": f"{number.lower()}@example.com", "zone": "Asia/Singapore"},
            "address": {"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"},
            "lines": [{"sku": "MUG", "title": "Mug", "quantity": quantity, "unit_price": "12.50"}],
            "currency": "SGD",
            "payment": {
                "method": "cash_on_delivery" if cod else "card",
                "prepaid": "0" if cod else str(12.5 * quantity),
            },
            "fulfilment": {"type": "ship_by_tiktok", "handover": "drop_off" if story.drop_off else "pick_up"}
            if story.tiktok
            else {"type": "ship_by_seller"},
            "parcels": [{"lines": [{"sku": "MUG", "quantity": 1}]} for _ in range(quantity)],
        }
        if story.promised is not None:
            body["promised_at"] = (now + timedelta(hours=story.promised)).isoformat()
        answer = await self.order(shop, "POST", "/v1/orders", body)
        if answer.status_code != 201:
            raise WorldStopped(f"an order was answered {answer.status_code} {answer.text}")
        return Played(story, answer.json()["id"], number, now, shop)

    async def act(self, played: Played, act: Act) -> None:
        """Do what a story says next."""
        shop, path = played.shop, f"/v1/orders/{played.id}"
        carrier = CARRIERS[played.story.format]
        match act.what:
            case "confirm" | "ship":
                await self._must(shop, "POST", f"{path}/{act.what}", {})
            case "pack":
                checklist = {"counts": {"MUG": played.story.parcels}}
                await self._must(shop, "POST", f"{path}/pack", {"checklist": checklist})
            case "track":
                for parcel in range(1, played.story.parcels + 1):
                    body = {"carrier": carrier, "number": tracking_number(played, parcel)}
                    await self._must(shop, "PUT", f"{path}/parcels/{parcel}/tracking", body)
            case "handover":
                for parcel in range(1, played.story.parcels + 1):
                    body = {"carrier": carrier, "condition": "intact"}
                    await self._must(shop, "POST", f"{path}/parcels/{parcel}/handover", body)
            case "claim" | "steal":  # the second is refused (R14)
                body = {"carrier": "Ninja Van", "number": CLAIMED}
                await self._must(shop, "PUT", f"{path}/parcels/1/tracking", body, 200 if act.what == "claim" else 409)
            case "cancel":
                body = {"by": act.details["by"], "reason": "changed my mind"}
                await self._must(shop, "POST", f"{path}/cancel", body, 409 if act.details.get("refused") else 200)
            case "confirm_carrier":
                body = {"carrier": self._stranger(played).carrier}
                await self._must(shop, "POST", f"{path}/parcels/1/carriers", body)
            case "collect":
                await self._must(shop, "POST", f"{path}/collected", {"amount": "12.50"})
            case "receive":
                await self._must(shop, "POST", f"{path}/received", {})
            case "ask_refund":
                await self._must(shop, "POST", f"{path}/refunds", {"reason": "it never came"})
            case "approve_refund":
                shown = (await self.order(shop, "GET", path)).json()
                refund = shown["refunds"][0]["id"]
                await self._must(shop, "POST", f"{path}/refunds/{refund}/approve", {})
            case _:
                await self._carry(played, act)

    async def _must(self, shop: Shop, method: str, path: str, body: Any, status: int = 200) -> None:
        answer = await self.order(shop, method, path, body)
        if answer.status_code != status:
            raise WorldStopped(f"{method} {path} was answered {answer.status_code} {answer.text}, not {status}")

    # --- carrying ----------------------------------------------------------------------------------------------

    def _stranger(self, played: Played) -> Account:
        """Another carrier than the parcel's."""
        return self.accounts["x12-214" if played.story.format != "x12-214" else "ninjavan-webhook"]

    async def _carry(self, played: Played, act: Act) -> None:
        details = act.details
        parcel = details.get("parcel", 1)
        account = self.accounts[played.story.format]
        if act.what == "backlog":
            backlog = [self._scan(played, parcel, hour, kind) for hour, kind in details["pairs"]]
            for scan in reversed(backlog):
                self._expect(played, scan, parcel)
                await self._push(account, [scan], twice=True)
            if account.format != "ninjavan-webhook":  # whose pushes hold one scan each
                await self._push(account, backlog)
        elif act.what == "list":
            listed = [self._scan(played, parcel, hour, kind) for hour, kind in details["pairs"]]
            self._expect(played, listed[-1], parcel)
            await self._push(account, listed)
        elif act.what == "correct":
            was = self._scan(played, parcel, details["was"], details["kind"])
            now = Scan(was.number, was.kind, self._at(played, details["at"]), was.id)
            played.applied[was.at.isoformat(), str(parcel)] -= 1
            self._expect(played, now, parcel)
            await self._push(account, [now])
        else:
            if details.get("stranger"):
                account = self._stranger(played)
            elif details.get("aggregator"):
                account = self.accounts["easypost-event"]
            at = details.get("at", act.hour)
            scan = self._scan(played, parcel, at, details["kind"], CARRIERS[played.story.format])
            if not details.get("refused") and not details.get("quarantined"):
                self._expect(played, scan, parcel)
            await self._push(account, [scan])

    def _at(self, played: Played, hour: float) -> datetime:
        return played.placed_at + timedelta(hours=hour)

    def _scan(self, played: Played, parcel: int, hour: float, kind: str, carrier: str | None = None) -> Scan:
        number = tracking_number(played, parcel)
        return Scan(number, kind, self._at(played, hour), f"{number}-{kind}-{hour}", carrier)

    def _expect(self, played: Played, scan: Scan, parcel: int) -> None:
        played.applied[scan.at.isoformat(), str(parcel)] += 1

    async def _push(self, account: Account, scans: Sequence[Scan], *, twice: bool = False) -> None:
        assert all(can_say(account.format, scan.kind) for scan in scans)
        body = write(account, scans)
        for _ in range(2 if twice else 1):
            await self.push(account, body, len(scans))

    async def disturb(self, step: int, now: datetime) -> None:
        """Push what no order is waiting for: unknown numbers, garbage, wrong signatures, a feed sent again."""
        stray = Scan(f"STRAY{step}", "moving", now, f"stray-{step}")
        for account in self.accounts.values():
            match step % 4:
                case 0:
                    await self._push(account, [stray], twice=step % 8 == 0)
                case 1:
                    await self.push(account, f"this is no feed {step}".encode(), 1)
                case 2:
                    wrong = Account(account.name, account.carrier, account.format, account.endpoint, "d3JvbmcA" * 6)
                    await self.push(account, write(account, [stray]), 1, key=wrong)
                case _:
                    pass


def tracking_number(played: Played, parcel: int) -> str:
    """Give the number of an order's parcel."""
    return f"WB{played.number.replace('-', '')}P{parcel}"
