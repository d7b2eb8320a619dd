"""The people of the world: sellers, buyers and carriers, acting over HTTP. They try again when nobody answers."""

import asyncio
import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from sandbox.stack import Stack
from sandbox.world.buyers import Buyers
from sandbox.world.feeds import Account, Scan, can_say, sign, write
from sandbox.world.ledger import Played, Shop
from sandbox.world.stories import Act, Story

CARRIERS = {
    "ninjavan-webhook": "Ninja Van",
    "easypost-event": "ParcelPost",
    "x12-214": "Road Freight",
    "ship-by-tiktok": "Marketplace Logistics",
}
SCARCE = "LAST-MUG"  #: There is one of it.
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)  #: A picture of one pixel.

#: What buyers say, act by act.
BUYERS_WORDS: dict[str, Any] = {
    "buyer_address": {
        "address": {"lines": ["2 Other Street"], "city": "Singapore", "postcode": "049213", "country": "SG"}
    },
    "buyer_less": {"quantities": {"MUG": 1}},
    "buyer_wish": {"wish": "the red one, please"},
    "buyer_not_received": {"words": "there was no parcel at my door"},
    "buyer_return": {"parcel": 1, "quantities": {"MUG": 1}, "reason": "too small"},
}
CLAIMED = "NVCLAIMED1"  #: A number that one order holds and others try for.

#: The packing checklist of somebody who has looked.
TICKED = {"options_match": True, "address_checked": True, "size_fits": True, "no_prohibited_insert": True}


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
        self.buyers = Buyers(self.ask, stack.orders_url, stack.mail_file)

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

    async def stock(self, shop: Shop, sku: str, on_hand: int) -> None:
        """The seller opens a warehouse, and puts something into it (R21)."""
        address = {"lines": ["7 Harbour Lane"], "city": "Singapore", "postcode": "018956", "country": "SG"}
        body = {"name": "Warehouse", "zone": shop.zone, "address": address}
        answer = await self.order(shop, "POST", "/v1/locations", body)
        if answer.status_code != 201:
            raise WorldStopped(f"a location was answered {answer.status_code} {answer.text}")
        path = f"/v1/locations/{answer.json()['id']}/stock/{sku}"
        await self._must(shop, "PUT", path, {"on_hand": on_hand})

    async def place(self, story: Story, number: str, shop: Shop, now: datetime) -> Played:
        """A buyer places an order."""
        cod = story.cod
        quantity, sku = story.parcels + story.extra, SCARCE if story.scarce else "MUG"
        packed = [1] * story.parcels
        packed[0] += story.extra
        body: dict[str, Any] = {
            "number": number,
            "buyer": {"name": f"Buyer {number}", "email": f"{number.lower()}@example.com", "zone": "Asia/Singapore"},
            "address": {"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"},
            "lines": [{"sku": sku, "title": "Mug", "quantity": quantity, "unit_price": "12.50"}],
            "currency": "SGD",
            "payment": {
                "method": "cash_on_delivery" if cod else "card",
                "prepaid": "0" if cod else str(12.5 * quantity),
            },
            "fulfilment": {"type": "ship_by_tiktok", "handover": "drop_off" if story.drop_off else "pick_up"}
            if story.tiktok
            else {"type": "ship_by_seller"},
        }
        if not story.together:
            body["parcels"] = [{"lines": [{"sku": sku, "quantity": pieces}]} for pieces in packed]
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
                await self._must(shop, "POST", f"{path}/{act.what}", {}, 409 if act.details.get("refused") else 200)
            case "pack":
                ordered = (await self.order(shop, "GET", path)).json()["lines"]
                checklist = {"counts": {line["sku"]: line["quantity"] for line in ordered}, **TICKED}
                await self._must(shop, "POST", f"{path}/pack", {"checklist": checklist})
            case "split":
                await self._must(shop, "POST", f"{path}/parcels/1/split", {"lines": [{"sku": "MUG", "quantity": 1}]})
            case "label":
                await self._label(played, wrong=bool(act.details.get("refused")))
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
            case "update":
                file = await self._upload(shop)
                update = {"words": "the driver has it and will scan it tonight", "evidence": [file]}
                await self._must(shop, "POST", f"{path}/parcels/1/updates", update)
            case "approve_refund":
                shown = (await self.order(shop, "GET", path)).json()
                refund = shown["refunds"][0]["id"]
                await self._must(shop, "POST", f"{path}/refunds/{refund}/approve", {})
            case "approve_return" | "refuse_return" | "check_in" | "grant_wish" | "refuse_request" | "answer_complaint":
                await self._answer(played, act.what)
            case "uphold" | "refuse_complaint":
                await self._decide(played, act.what)
            case what if what.startswith("buyer_") or what == "send_return":
                await self._as_buyer(played, what, 409 if act.details.get("refused") else 200)
            case _:
                await self._carry(played, act)

    async def _label(self, played: Played, *, wrong: bool) -> None:
        """Have the label of the first parcel checked (R4)."""
        path = f"/v1/orders/{played.id}"
        shown = (await self.order(played.shop, "GET", path)).json()
        parcel, buyer = shown["parcels"][0], shown["buyer"]
        address = buyer["address"]
        body: dict[str, Any] = {
            "recipient": buyer["name"],
            "address": [*address["lines"], address["city"], address["postcode"]],
            "items": [{"title": "Mug", **line} for line in parcel["lines"]],
            "tracking_number": parcel["bindings"][-1]["number"],
            "texts": {"note": "next time order at mugs dot example dot com"} if wrong else {},
        }
        await self._must(played.shop, "POST", f"{path}/parcels/1/label", body, 422 if wrong else 200)

    async def _upload(self, shop: Shop) -> str:
        """Keep a photo."""
        self._requests += 1
        headers = {"Authorization": f"Bearer {shop.api_key}", "Idempotency-Key": f"world-{self._requests}"}
        url = f"{self._stack.orders_url}/v1/files?kind=photo"
        answer = await self.ask("POST", url, content=PHOTO, headers=headers | {"Content-Type": "image/png"})
        if answer.status_code not in (200, 201):
            raise WorldStopped(f"a photo was answered {answer.status_code} {answer.text}")
        return str(answer.json()["id"])

    async def _answer(self, played: Played, what: str) -> None:
        """The seller answers what the buyer asked for."""
        shop, path = played.shop, f"/v1/orders/{played.id}"
        shown = (await self.order(shop, "GET", path)).json()
        match what:
            case "approve_return":
                body: Any = {"instructions": "Wrap it twice, and put the slip in."}
                where = f"returns/{shown['returns'][0]['id']}/approve"
            case "refuse_return":
                body, where = {"reason": "It was used."}, f"returns/{shown['returns'][0]['id']}/refuse"
            case "check_in":
                intact = [{"sku": line["sku"], "quantity": line["quantity"]} for line in shown["returns"][0]["lines"]]
                body, where = {"intact": intact}, f"returns/{shown['returns'][0]['id']}/received"
            case "grant_wish":
                line = {"sku": "MUG-RED", "title": "Red mug", "quantity": 1, "unit_price": "12.50"}
                body, where = {"lines": [line]}, f"requests/{shown['requests'][0]['id']}/approve"
            case "refuse_request":
                body, where = {"reason": "The courier is at the door."}, f"requests/{shown['requests'][0]['id']}/refuse"
            case _:
                body, where = {"words": "We ask the carrier."}, f"complaints/{shown['complaints'][0]['id']}/answer"
        await self._must(shop, "POST", f"{path}/{where}", body)

    async def _decide(self, played: Played, what: str) -> None:
        """The operator decides a complaint."""
        shown = (await self.order(played.shop, "GET", f"/v1/orders/{played.id}")).json()
        verdict = "uphold" if what == "uphold" else "refuse"
        path = f"/v1/complaints/{shown['complaints'][0]['id']}/{verdict}"
        await self.operate("POST", path, {"words": "The carrier has been asked."})

    async def operate(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Ask as the operator; gives the answer."""
        self._requests += 1
        headers = {
            "Authorization": f"Bearer {self._stack.operator_key}",
            "Idempotency-Key": f"operator-{self._requests}",
        }
        answer = await self.ask(method, f"{self._stack.orders_url}{path}", json=body, headers=headers)
        if answer.status_code != status:
            raise WorldStopped(f"{method} {path} was answered {answer.status_code} {answer.text}, not {status}")
        return answer.json()

    async def _as_buyer(self, played: Played, what: str, status: int) -> None:
        """The buyer acts, by the link and a one-time code."""
        method, body = "POST", BUYERS_WORDS.get(what, {"reason": "changed my mind"})
        where = f"/{what.removeprefix('buyer_').replace('_', '-')}"
        match what:
            case "buyer_less" | "buyer_wish":
                where = "/lines"
            case "buyer_return":
                where = "/returns"
            case "buyer_refund":
                where = "/refunds"
            case "send_return":
                shown = (await self.order(played.shop, "GET", f"/v1/orders/{played.id}")).json()
                method, where = "PUT", f"/returns/{shown['returns'][0]['id']}/tracking"
                body = {"carrier": CARRIERS[played.story.format], "number": tracking_number(played, 2)}
        answer = await self.buyers.act(played, method, where, body)
        if answer.status_code != status:
            raise WorldStopped(f"{what} was answered {answer.status_code} {answer.text}, not {status}")

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
