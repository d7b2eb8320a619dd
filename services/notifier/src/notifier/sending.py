"""Sends what waits: asks whom to write to, checks that it is still true, writes it, and records the outcome."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import time
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from chassis.logs import get_logger
from chassis.postgres import TRANSIENT, load_queries
from chassis.service import Service, Unanswered
from contracts.notices.v1 import TellingOutcome
from contracts.orders.contacts import SUBJECT, Contact, ContactsAsked, ContactsGiven, Party
from contracts.orders.v1 import Happening, OrderStatus
from notifier.channels.port import Channel, Envelope, Refused, TryLater
from notifier.messages import CODE, DIGEST, Recipient, is_urgent
from notifier.staleness import out_of_date, settling_facts, stale
from notifier.waking import next_waking
from notifier.wording import TEMPLATES_VERSION, Mail, render

log = get_logger()
sql = load_queries("notifier")

AT_ONCE = 16  #: Messages sent together: each is checked right before it is sent, not before the one ahead of it was.
MOST_ASKED = 100  #: Orders in one question.
FIRST_WAIT = 0.5  #: Seconds from the first try to the second; then twice as long each time.
LONGEST_WAIT = 900.0  #: Seconds between two tries at most.
LOOK_AGAIN = 1.0  #: Seconds: another process may have kept a message.
FINISH_WITHIN = 4.0  #: Seconds that messages under way get when the service stops.

Ends = TellingOutcome

#: The state of a message that has ended so.
STATES = {Ends.SENT: "sent", Ends.STALE: "dropped", Ends.NO_ADDRESS: "dropped", Ends.GIVEN_UP: "failed"}


class Sender:
    """The loop that sends. Many may run; the one whose session holds the lock works."""

    def __init__(
        self,
        service: Service,
        channel: Channel,
        *,
        ended: asyncio.Event,
        domain: str,
        public_url: str,
        waking: tuple[time, time],
    ) -> None:
        self._service = service
        self._channel = channel
        self._ended = ended  #: Set when messages have ended.
        self._domain = domain
        self._public_url = public_url.rstrip("/")
        self._waking = waking
        self.poke = asyncio.Event()  #: Set it when messages were kept.

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                async with self._service.pool.acquire() as session:
                    await self._serve(session)
            except TRANSIENT as outage:
                log.warning("sender_waits", error=type(outage).__name__)
                await asyncio.sleep(0.5)

    async def _serve(self, session: Any) -> None:
        while not await session.fetchval(sql.become_sender):  # noqa: ASYNC110 - another process holds it
            await asyncio.sleep(1)
        await session.execute(sql.read_in_order)
        while True:
            if not await self.run_once(session):
                await self._rest(session)

    async def _rest(self, session: Any) -> None:
        next_at = await session.fetchval(sql.next_waiting)
        if next_at is not None and next_at <= self._service.clock.now():
            # Something waits for another try, which is real time.
            await asyncio.sleep(0.2)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._service.clock.wait(next_at, self.poke), LOOK_AGAIN)

    async def run_once(self, session: Any) -> int:
        """Settle what can be settled now; gives how many messages that were."""
        rows = await session.fetch(sql.take_waiting, self._service.clock.now(), AT_ONCE)
        if not rows:
            return 0
        try:
            contacts, codes = await self._ask(rows)
        except Unanswered:
            log.warning("contacts_unanswered", count=len(rows))
            await asyncio.sleep(0.5)
            return 0
        under_way = asyncio.gather(*(self._send(row, contacts, codes) for row in rows), return_exceptions=True)
        try:
            results = await asyncio.shield(under_way)
        except asyncio.CancelledError:
            # What a mail server may have taken already is recorded, or it would be sent again.
            await asyncio.wait([under_way], timeout=FINISH_WITHIN)
            under_way.cancel()
            with suppress(asyncio.CancelledError):
                await under_way
            raise
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return sum(result for result in results if isinstance(result, int))

    async def is_done(self) -> bool:
        """Say whether no message may be sent now."""
        return not await self._service.pool.fetchval(sql.count_sendable, self._service.clock.now())

    async def _ask(self, rows: Sequence[Any]) -> tuple[dict[UUID, Contact], dict[str, str]]:
        """Ask for the orders' parties, and for the one-time codes: both are forgotten once these messages are sent."""
        ids = sorted({order_id for row in rows for order_id in _orders_of(row)})
        challenges = [UUID(part["challenge"]) for row in rows for part in row["parts"] if part["kind"] == CODE]
        found: dict[UUID, Contact] = {}
        codes: dict[str, str] = {}
        for start in range(0, len(ids), MOST_ASKED):
            question = ContactsAsked(
                order_ids=ids[start : start + MOST_ASKED], challenges=challenges if start == 0 else []
            )
            answer = await self._service.ask(SUBJECT, question.model_dump_json().encode())
            try:
                given = ContactsGiven.model_validate_json(answer)
            except ValidationError as wrong:
                raise Unanswered(SUBJECT) from wrong
            found |= {contact.state.order_id: contact for contact in given.contacts}
            codes |= given.codes
        return found, codes

    async def _send(self, row: Any, contacts: dict[UUID, Contact], codes: dict[str, str]) -> int:
        """Settle one message: sent, dropped or failed, or set for later. Gives 0 where it is to be tried again."""
        try:
            known = [contacts[one] for one in _orders_of(row) if one in contacts]
            return await self._write_and_send(row, known, codes)
        except TRANSIENT:
            raise
        except Exception as failure:  # one that cannot be written must not hold the others up
            log.error("message_not_written", message_id=str(row["id"]), error=type(failure).__name__)
            return await self._settle(row, Ends.GIVEN_UP, f"cannot be written: {type(failure).__name__}")

    async def _write_and_send(self, row: Any, known: Sequence[Contact], codes: dict[str, str]) -> int:
        if not known:
            return await self._settle(row, Ends.NO_ADDRESS, "nobody is on record for this order")
        buyer, seller = known[0].buyer, known[0].seller
        reader = buyer if row["recipient"] == Recipient.BUYER else seller
        parts, why = await self._still_true(row, known, reader, codes)
        if not parts:
            return await self._settle(row, Ends.STALE, why)
        if not reader.email:
            return await self._settle(row, Ends.NO_ADDRESS, "no address on record")
        now = self._service.clock.now()
        if not is_urgent(parts):
            awake = next_waking(now, reader.zone, *self._waking)
            if awake > now:
                await self._service.pool.execute(sql.wait_until, row["id"], awake)
                return 1
        told = [part["fact"] for part in parts]
        headers = {"X-Waybill-Facts": " ".join(told), "X-Waybill-Recipient": row["recipient"]}
        if row["order_id"]:
            headers["X-Waybill-Order"] = str(row["order_id"])
        mail = self._write(row, _with_code(parts, codes), known, reader)
        envelope = Envelope(
            message_id=f"{row['id']}@{self._domain}",
            address=reader.email,
            reply_to=seller.email if reader is buyer else None,
            sent_at=now,
            mail=mail,
            headers=headers,
        )
        return await self._hand_to_channel(row, envelope, told)

    async def _hand_to_channel(self, row: Any, envelope: Envelope, told: list[str]) -> int:
        try:
            await self._channel.send(envelope)
        except Refused as refused:
            return await self._settle(row, Ends.GIVEN_UP, str(refused))
        except TryLater as later:
            delay = min(FIRST_WAIT * 2.0 ** min(row["tries"], 20), LONGEST_WAIT)
            await self._service.pool.execute(sql.try_later, row["id"], str(later), delay)
            return 0
        return await self._settle(row, Ends.SENT, None, told, TEMPLATES_VERSION, envelope.mail.language)

    async def _still_true(
        self, row: Any, known: Sequence[Contact], reader: Party, codes: dict[str, str]
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Give the parts of a message that are still true and news, and why the last of the others is not."""
        recipient, now = Recipient(row["recipient"]), self._service.clock.now()
        parts, why = [], None
        for part in row["parts"]:
            if part["kind"] == DIGEST:
                reason = await self._digest_stale(row, known)
            elif part["kind"] == CODE:
                reason = out_of_date(part, now) or _not_wanted(part, codes)
            else:
                reason = stale(part, recipient, known[0].state, now, reader.zone)
            if part["kind"] == Happening.CORRECTED and reason is None:
                reason = await self._nothing_to_correct(row, part)
            if reason is None and (settling := settling_facts(part)):
                reason = await self._settled_since(row, settling)
            if reason is None:
                parts.append(part)
            why = reason or why
        return parts, why

    async def _digest_stale(self, row: Any, known: Sequence[Contact]) -> str | None:
        if await self._service.pool.fetchval(sql.has_newer_digest, row["shop_id"], row["place"]):
            return "there is a newer digest"
        return None if _digest(known) else "every order was seen, or is cancelled"

    async def _nothing_to_correct(self, row: Any, part: dict[str, Any]) -> str | None:
        """A correction goes to those who were told that the parcel was lost, and not otherwise since."""
        lost, corrected = (f"p{part['parcel']}:{what}:" for what in ("lost", "corrected"))
        last = await self._service.pool.fetchval(sql.last_told, row["order_id"], row["recipient"], lost, corrected)
        return None if last and last.startswith(lost) else "nobody was told that it was lost"

    async def _settled_since(self, row: Any, facts: list[str]) -> str | None:
        """What one of *facts* settled after this message was kept is old news: that one is told."""
        settled = await self._service.pool.fetchval(sql.was_settled, row["order_id"], row["place"], facts)
        return "it was settled since" if settled else None

    def _write(self, row: Any, parts: list[dict[str, Any]], known: Sequence[Contact], reader: Party) -> Mail:
        first = known[0]
        about = {
            "name": reader.name or "",
            "shop_name": first.shop_name,
            "order_number": first.order_number,
            "digest": _digest(known),
            "tracking_url": f"{self._public_url}{first.tracking_path}" if first.tracking_path else "",
            "zone": reader.zone,
        }
        return render(row["recipient"], parts, about, reader.locale)

    async def _settle(
        self,
        row: Any,
        end: TellingOutcome,
        outcome: str | None,
        told: list[str] | None = None,
        version: int | None = None,
        language: str | None = None,
    ) -> int:
        """Record what became of a message; waits for an absent database, as what was sent cannot be unsent."""
        now, state = self._service.clock.now(), STATES[end]
        values = (row["id"], state, outcome, now, told, version, language, end)
        while True:
            try:
                await self._service.pool.execute(sql.settle, *values)
                break
            except TRANSIENT as outage:
                log.warning("sender_waits", error=type(outage).__name__)
                await asyncio.sleep(0.5)
        self._ended.set()
        log.info("message_settled", message_id=str(row["id"]), state=state, outcome=outcome)
        return 1


def _orders_of(row: Any) -> list[UUID]:
    if row["order_id"] is not None:
        return [row["order_id"]]
    return [UUID(order_id) for part in row["parts"] for order_id in part["orders"]]


def _not_wanted(part: dict[str, Any], codes: dict[str, str]) -> str | None:
    return None if part["challenge"] in codes else "the code is not wanted any more"


def _with_code(parts: list[dict[str, Any]], codes: dict[str, str]) -> list[dict[str, Any]]:
    """Add the code to the values that a message is written with; it is in nothing that is kept."""
    return [{**part, "code": codes[part["challenge"]]} if part["kind"] == CODE else part for part in parts]


def _digest(known: Sequence[Contact]) -> list[str]:
    """Give the numbers of the orders that a digest still names: open, and no carrier was seen with them."""
    open_ones = (one for one in known if one.state.status is not OrderStatus.CANCELLED)
    return [one.order_number for one in open_ones if one.state.first_physical_at is None]
