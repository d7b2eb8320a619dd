"""The pairs that race for an order: what is prepared, and what each of the two does, by the path that it really takes.

A scan and a deadline are judged as `orders` judges what it hears; ship, cancel, modify and pack are HTTP requests.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from contracts.deadlines.v1 import DeadlineKind
from orders import handlers, proposals
from orders.life import commands as c
from orders.life.order import Order
from orders.proposals import _judge as judge_taken
from orders.proposals import sql as proposals_sql
from races.ends import AS_ORDERED, ONE_LESS
from support.orders import due_of
from support.scans import reported
from support.selling import ORDER, Seller, checklist
from support.services import Running


@dataclass(frozen=True)
class Entrant:
    """An order at the barrier."""

    running: Running
    seller: Seller
    order: Order
    variant: str
    due_at: datetime  #: When its automatic cancellation is due; the feed's watermark has passed it.


#: Does one half of a race; gives the HTTP status, or None where nobody is answered.
Act = Callable[[Entrant], Awaitable[int | None]]


@dataclass(frozen=True)
class Pair:
    """Two that race."""

    names: tuple[str, str]
    triggers: tuple[str, str]  #: What a history calls what each does.
    acts: tuple[Act, Act]
    variants: tuple[str, ...]
    prepared: tuple[type[c.Command], ...]  #: What the seller did before.
    waits: bool = False  #: For the automatic cancellation to be due.

    @property
    def name(self) -> str:
        """Both names."""
        return ", ".join(self.names)


def number_of(order: Order) -> str:
    """Give the tracking number that the order's parcel has."""
    return f"NV-{order.id.hex}"


def preparations(order: Order, kinds: Sequence[type[c.Command]]) -> list[c.Command]:
    """Give what the seller does before the race."""
    ticked = {"options_match": True, "address_checked": True, "size_fits": True, "no_prohibited_insert": True}
    known: dict[type[c.Command], c.Command] = {
        c.Confirm: c.Confirm(),
        c.Pack: c.Pack(AS_ORDERED, ticked),
        c.SetTracking: c.SetTracking(1, "Ninja Van", number_of(order)),
    }
    return [known[kind] for kind in kinds]


def told_before(kinds: Sequence[type[c.Command]]) -> frozenset[str]:
    """Give what of the happenings that are watched the preparations brought."""
    return frozenset({"processed"} if c.Pack in kinds else ())


async def _scan(entrant: Entrant) -> None:
    """Judge a record that came in after the deadline was due, and tells of before."""
    now = entrant.running.service.clock.now()
    scan = reported(number_of(entrant.order), entrant.variant, entrant.due_at, received_at=now)
    async with entrant.running.service.transaction() as tx:
        await handlers.on_feed(tx, [scan])


async def _auto_cancel(entrant: Entrant) -> None:
    """Judge D5, which rests on what the order was before the race.

    It is taken in the transaction that keeps it: the loop that takes all that are due at once never sees it.
    """
    proposal = due_of(entrant.order, DeadlineKind.TRACKING_UPDATE, entrant.due_at, None)
    proposal = proposal.model_copy(update={"event_id": uuid4()})
    async with entrant.running.service.transaction() as tx:
        await proposals.keep(tx, [proposal])
        rows = await tx.connection.fetch(proposals_sql.take_proposal, proposal.event_id)
        assert await judge_taken(tx, rows) == 1


def _asks(what: str, body: Callable[[Entrant], dict[str, Any]]) -> Act:
    async def ask(entrant: Entrant) -> int:
        answer = await entrant.seller.post(f"/v1/orders/{entrant.order.id}/{what}", body(entrant))
        return answer.status_code

    return ask


def _one_mug_less(_: Entrant) -> dict[str, Any]:
    lines = [{**line, "quantity": ONE_LESS[line["sku"]]} for line in ORDER["lines"]]
    return {"lines": lines}


def _packed(entrant: Entrant) -> dict[str, Any]:
    return {"checklist": checklist(AS_ORDERED if entrant.variant.startswith("as ordered") else ONE_LESS)}


PAIRS: Final = (
    Pair(
        names=("scan", "auto-cancel"),
        triggers=("scans", "tracking_update"),
        acts=(_scan, _auto_cancel),
        variants=("in_transit", "delivered", "picked_up"),
        prepared=(c.SetTracking,),
        waits=True,
    ),
    Pair(
        names=("ship", "cancel"),
        triggers=("ship", "cancel"),
        acts=(
            _asks("ship", lambda _: {}),
            _asks("cancel", lambda _: {"by": "seller", "reason": "it broke"}),
        ),
        variants=("by the seller",),
        prepared=(c.Confirm, c.Pack, c.SetTracking),
    ),
    Pair(
        names=("modify", "pack"),
        triggers=("modify", "pack"),
        acts=(_asks("lines", _one_mug_less), _asks("pack", _packed)),
        variants=("as ordered first", "as changed"),
        prepared=(c.Confirm,),
    ),
)
