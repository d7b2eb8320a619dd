"""Sends what waits: asks whom to write to, checks that it is still true, writes it, and records the outcome."""

import asyncio
from collections.abc import Sequence
from datetime import time
from typing import Any
from uuid import UUID

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.service import Service, Unanswered
from contracts.orders.contacts import SUBJECT, Contact, ContactsAsked, ContactsGiven
from notifier.channels.port import Channel, Envelope, Refused, TryLater
from notifier.messages import DIGEST, Recipient
from notifier.staleness import stale
from notifier.waking import next_waking
from notifier.wording import render

log = get_logger()
sql = load_queries("notifier")

TOGETHER = 100  #: Messages taken at a time.
MOST_ASKED = 100  #: Orders in one question.
AT_ONCE = 8  #: Conversations with the mail server.
LONGEST_WAIT = 900.0  #: Seconds between two tries at most.


class Sender:
    """The loop that sends."""

    def __init__(
        self, service: Service, channel: Channel, *, domain: str, public_url: str, waking: tuple[time, time]
    ) -> None:
        self._service = service
        self._channel = channel
        self._domain = domain
        self._public_url = public_url.rstrip("/")
        self._waking = waking
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.poke = asyncio.Event()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                while await self.run_once():
                    pass
                await self._rest()
            except TRANSIENT as outage:
                log.warning("sender_waits", error=type(outage).__name__)
                await asyncio.sleep(0.5)

    async def _rest(self) -> None:
        now = self._service.clock.now()
        next_at = await self._service.pool.fetchval(sql.next_waiting)
        if next_at is not None and next_at <= now:
            # Something waits for another try, which is real time.
            await asyncio.sleep(0.2)
        else:
            await self._service.clock.wait(next_at, self.poke)

    async def run_once(self) -> int:
        """Settle what can be settled now; gives how many messages that were."""
        rows = await self._service.pool.fetch(sql.take_waiting, self._service.clock.now(), TOGETHER)
        if not rows:
            return 0
        try:
            contacts = await self._ask(rows)
        except Unanswered:
            log.warning("contacts_unanswered", count=len(rows))
            await asyncio.sleep(0.5)
            return 0
        return sum(await asyncio.gather(*(self._send(row, contacts) for row in rows)))

    async def is_done(self) -> bool:
        """Say whether no message may be sent now."""
        return not await self._service.pool.fetchval(sql.count_sendable, self._service.clock.now())

    async def _ask(self, rows: Sequence[Any]) -> dict[UUID, Contact]:
        ids = sorted({order_id for row in rows for order_id in _orders_of(row)})
        found: dict[UUID, Contact] = {}
        for start in range(0, len(ids), MOST_ASKED):
            question = ContactsAsked(order_ids=ids[start : start + MOST_ASKED])
            answer = await self._service.ask(SUBJECT, question.model_dump_json().encode())
            given = ContactsGiven.model_validate_json(answer)
            found |= {contact.state.order_id: contact for contact in given.contacts}
        return found

    async def _send(self, row: Any, contacts: dict[UUID, Contact]) -> int:
        """Settle one message: sent, dropped or failed. Gives 0 where it has to wait."""
        known = [contacts[order_id] for order_id in _orders_of(row) if order_id in contacts]
        parts = [part for part in row["parts"] if await self._is_true(row, part, known)] if known else []
        if not known:
            return await self._settle(row, "dropped", "nobody is on record for this order")
        if not parts:
            return await self._settle(row, "dropped", "no longer true")
        party = known[0].buyer if row["recipient"] == Recipient.BUYER else known[0].seller
        if not party.email:
            return await self._settle(row, "dropped", "no address on record")
        if not row["urgent"]:
            awake = next_waking(self._service.clock.now(), party.zone, *self._waking)
            if awake > self._service.clock.now():
                await self._service.pool.execute(sql.wait_until, row["id"], awake)
                return 1
        about = self._about(row, known, party.name or "")
        mail = render(row["recipient"], parts, {**about, "zone": party.zone}, party.locale)
        headers = {"X-Waybill-Facts": " ".join(row["facts"]), "X-Waybill-Recipient": row["recipient"]}
        if row["order_id"]:
            headers["X-Waybill-Order"] = str(row["order_id"])
        envelope = Envelope(f"{row['id']}@{self._domain}", party.email, mail, headers)
        return await self._hand_to_channel(row, envelope)

    async def _hand_to_channel(self, row: Any, envelope: Envelope) -> int:
        try:
            async with self._slots:
                await self._channel.send(envelope)
        except Refused as refused:
            return await self._settle(row, "failed", str(refused))
        except TryLater as later:
            delay = min(0.5 * 2.0 ** row["tries"], LONGEST_WAIT)
            await self._service.pool.execute(sql.try_later, row["id"], str(later), delay)
            return 0
        return await self._settle(row, "sent", None)

    async def _is_true(self, row: Any, part: dict[str, Any], known: Sequence[Contact]) -> bool:
        kind, parcel = part["kind"], part.get("parcel")
        if kind == DIGEST:
            return any(contact.state.first_physical_at is None for contact in known)
        if kind == "corrected":
            lost = f"p{parcel}:lost:%"
            if not await self._service.pool.fetchval(sql.told_before, row["order_id"], row["recipient"], lost):
                return False
        return stale(kind, parcel, known[0].state) is None

    def _about(self, row: Any, known: Sequence[Contact], name: str) -> dict[str, Any]:
        first = known[0]
        return {
            "name": name,
            "shop_name": first.shop_name,
            "order_number": first.order_number,
            "order_numbers": [one.order_number for one in known if one.state.first_physical_at is None],
            "tracking_url": f"{self._public_url}{first.tracking_path or ''}",
        }

    async def _settle(self, row: Any, state: str, outcome: str | None) -> int:
        await self._service.pool.execute(sql.settle, row["id"], state, outcome, self._service.clock.now())
        log.info("message_settled", message_id=str(row["id"]), state=state, outcome=outcome)
        return 1


def _orders_of(row: Any) -> list[UUID]:
    if row["order_id"] is not None:
        return [row["order_id"]]
    return [UUID(order_id) for part in row["parts"] for order_id in part.get("orders", [])]
