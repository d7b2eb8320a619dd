"""Builds orders, scans and deadlines for tests of the pure core. Hours count from placement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from contracts.deadlines.v1 import RULE, DeadlineDue, DeadlineKind
from contracts.orders.v1 import Fulfilment, Handover, Happening, Occurrence, OrderStatus, ParcelState, PaymentMethod
from contracts.policy import Policy
from contracts.vocabulary import Leg, ScanStatus
from orders.life.commands import Command, Confirm, Pack, SetTracking, Ship
from orders.life.decide import act, judge, place, weigh
from orders.life.evidence import terms_of
from orders.life.order import DerivedMark, Evidence, Line, Order, Parcel, state_of
from orders.life.outcome import HistoryStep, Outcome
from orders.life.parcel import fold

PLACED_AT = datetime(2026, 3, 2, tzinfo=UTC)  #: A Monday, 08:00 in Singapore.

CARRIER = "ninjavan"

#: Each deadline's own facts: what the rules say that it is cleared by, and what it is counted from.
_DELIVERY = ("parcel.delivered_at", "parcel.awaiting_signature_at", "parcel.returning_at", "parcel.closed_at")
FACTS = {
    DeadlineKind.DELIVERY_PERIOD: ("order.promised_at", *_DELIVERY, "parcel.collected_at", "parcel.delayed_at"),
    DeadlineKind.ACKNOWLEDGMENT: ("order.placed_at", "order.shipped_at", *_DELIVERY, "parcel.lost_at"),
    DeadlineKind.TRACKING_UPDATE: ("order.placed_at", "order.shipped_at", "order.first_physical_at"),
    DeadlineKind.DELAY_GRACE: ("parcel.delayed_at", *_DELIVERY),
    DeadlineKind.ABNORMAL_GRACE: ("parcel.lost_at", "parcel.damaged_at", "parcel.moved_at", *_DELIVERY),
    DeadlineKind.SIGNATURE: _DELIVERY,
}


def at(hours: float) -> datetime:
    """Give the instant so many hours after placement."""
    return PLACED_AT + timedelta(hours=hours)


def scan(
    hour: float | None,
    status: str,
    sub_status: str | None = None,
    *,
    carrier: str = CARRIER,
    leg: Leg | None = None,
    signed: bool = False,
    attempt_no: int | None = None,
    received: float | None = None,
    identity: str | None = None,
) -> Evidence:
    """Build a record; two with the same content are the same record. It is received when it is scanned, or as told."""
    identity = identity or f"{carrier}/{hour}/{status}/{sub_status}/{leg}/{signed}/{attempt_no}"
    got = received if received is not None else hour
    assert got is not None
    return Evidence(
        scan_id=uuid5(NAMESPACE_OID, f"{identity}/{received}"),
        identity=identity,
        carrier=carrier,
        status=ScanStatus(status),
        scanned_at=None if hour is None else at(hour),
        received_at=at(got),
        sub_status=sub_status,
        leg=leg,
        signed=signed,
        attempt_no=attempt_no,
    )


def an_order(
    *,
    parcels: int = 1,
    tiktok: bool = False,
    cod: bool = False,
    prepaid: str | None = None,
    prices: Sequence[str] = ("12.50",),
    adjustment: str = "0",
    promised: float | None = None,
    zone: str = "Asia/Singapore",
    **terms: Any,
) -> Order:
    """Place an order of *parcels* parcels with one thing in each, of *prices* in turn.

    *adjustment* is shipping less discount; *terms* are the policy's. All is prepaid unless told otherwise.
    """
    bought = [Line(f"SKU-{n}", f"Thing {n}", 1, Decimal(prices[(n - 1) % len(prices)])) for n in range(1, parcels + 1)]
    total = sum((line.unit_price for line in bought), Decimal(adjustment))
    order = Order(
        id=UUID(int=1),
        shop_id=UUID(int=2),
        number="TT-1001",
        version=0,
        status=OrderStatus.PLACED,
        commanded=OrderStatus.PLACED,
        fulfilment=Fulfilment.SHIP_BY_TIKTOK if tiktok else Fulfilment.SHIP_BY_SELLER,
        handover=Handover.PICK_UP if tiktok else None,
        service=None,
        payment=PaymentMethod.CASH_ON_DELIVERY if cod else PaymentMethod.CARD,
        currency="SGD",
        total=total,
        prepaid=Decimal(0) if cod else total if prepaid is None else Decimal(prepaid),
        collected=Decimal(0),
        placed_at=PLACED_AT,
        promised_at=None if promised is None else at(promised),
        shipped_at=None,
        cancelled_at=None,
        zone=zone,
        policy=Policy(**terms),
        lines=tuple(bought),
        parcels=tuple(Parcel(n, ((f"SKU-{n}", 1),), ParcelState(number=n)) for n in range(1, parcels + 1)),
    )
    return place(order, PLACED_AT).order


def folded(scans: Iterable[Evidence], marks: Iterable[DerivedMark] = (), **order: Any) -> ParcelState:
    """Fold the evidence of a parcel of an order that is built as `an_order` does."""
    return fold(1, CARRIER, scans, marks, terms_of(an_order(**order)))


def pack_all(order: Order) -> Pack:
    """Pack all that was ordered."""
    return Pack({line.sku: line.quantity for line in order.lines}, {"address_checked": True})


@dataclass
class Life:
    """An order as it is lived through: every decision about it is kept."""

    order: Order
    steps: list[HistoryStep] = field(default_factory=list)
    told: list[Occurrence] = field(default_factory=list)

    @property
    def parcel(self) -> ParcelState:
        """The state of the first parcel."""
        return self.order.parcels[0].state

    @property
    def status(self) -> str:
        """Where the order stands."""
        return self.order.status.value

    @property
    def facts(self) -> list[str]:
        """The facts that were announced."""
        return [one.fact for one in self.told]

    @property
    def happenings(self) -> list[Happening]:
        """The happenings that were announced."""
        return [one.happening for one in self.told]

    def take(self, outcome: Outcome) -> Outcome:
        """Go on from what came of a decision."""
        self.order = outcome.order
        self.steps += outcome.steps
        self.told += outcome.occurrences
        return outcome

    def do(self, *commands: Command, hour: float = 6) -> Outcome:
        """Act on it, and give what came of the last command."""
        for command in commands:
            outcome = self.take(act(self.order, command, at(hour)))
        return outcome

    def see(self, *scans: Evidence, parcel: int = 1, hour: float | None = None) -> Outcome:
        """Bring records of one parcel to it, all at once."""
        now = at(hour) if hour is not None else max(one.received_at for one in scans)
        return self.take(weigh(self.order, {parcel: scans}, now))

    def deadline(self, kind: DeadlineKind, due: float, parcel: int | None = 1) -> DeadlineDue:
        """Propose a deadline that rests on the facts as they stand."""
        return due_of(self.order, kind, at(due), parcel)

    def due(self, kind: DeadlineKind, due: float, parcel: int | None = 1) -> Outcome:
        """Have a deadline judged the moment it is due."""
        return self.take(judge(self.order, self.deadline(kind, due, parcel), at(due)))


def due_of(order: Order, kind: DeadlineKind, due_at: datetime, parcel: int | None) -> DeadlineDue:
    """Propose a deadline of an order that rests on the facts as they stand."""
    state = state_of(order).model_dump(mode="json")
    number = None if kind is DeadlineKind.TRACKING_UPDATE else parcel
    parcels = {one["number"]: one for one in state["parcels"]}
    known = {f"order.{name}": value for name, value in state.items()}
    known |= {f"parcel.{name}": value for name, value in parcels.get(number, {}).items()}
    return DeadlineDue(
        event_id=uuid5(NAMESPACE_OID, f"{kind}/{number}/{due_at}/{order.version}"),
        occurred_at=due_at,
        kind=kind,
        rule=RULE[kind],
        order_id=order.id,
        shop_id=order.shop_id,
        parcel=number,
        due_at=due_at,
        epoch=1,
        policy_version=order.policy.version,
        order_version=order.version,
        rests_on={name: known[name] for name in (*FACTS[kind], "order.cancelled_at")},
    )


def a_life(**order: Any) -> Life:
    """Give a new order to live through."""
    return Life(an_order(**order))


def handed_over(**order: Any) -> Life:
    """Give an order that is confirmed and packed, each parcel with its number."""
    life = a_life(**order)
    numbers = [SetTracking(parcel.number, CARRIER, f"NV{parcel.number}") for parcel in life.order.parcels]
    life.do(Confirm(), pack_all(life.order), *numbers)
    return life


def shipped(**order: Any) -> Life:
    """Give an order that the seller has marked shipped."""
    life = handed_over(**order)
    life.do(Ship())
    return life
