"""Builds orders, scans and deadlines for tests of the pure core. Hours count from placement."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from contracts.deadlines.v1 import RULE, DeadlineDue, DeadlineKind
from contracts.orders.v1 import Fulfilment, Handover, Happening, Occurrence, OrderStatus, ParcelState, PaymentMethod
from contracts.policy import Policy
from contracts.vocabulary import Leg, ScanStatus
from orders.life.cases import RefundState
from orders.life.commands import Cancel, Command, Confirm, Pack, SetTracking, Ship
from orders.life.decide import act, judge, place, weigh
from orders.life.evidence import terms_of
from orders.life.fold import fold
from orders.life.order import Line, Order, state_of
from orders.life.outcome import HistoryStep, Outcome
from orders.life.parcel import DerivedMark, Evidence, Parcel

PLACED_AT = datetime(2026, 3, 2, tzinfo=UTC)  #: A Monday, 08:00 in Singapore.

CARRIER = "ninjavan"

#: Each deadline's own facts: what the rules say that it is cleared by, and what it is counted from.
_DELIVERY = ("parcel.delivered_at", "parcel.awaiting_signature_at", "parcel.returning_at", "parcel.closed_at")
_GOES_ON = ("order.cancelled_at", *_DELIVERY)
FACTS = {
    DeadlineKind.DELIVERY_PERIOD: ("order.promised_at", *_GOES_ON, "parcel.collected_at", "parcel.delayed_at"),
    DeadlineKind.ACKNOWLEDGMENT: ("order.placed_at", "order.shipped_at", *_GOES_ON, "parcel.lost_at"),
    DeadlineKind.TRACKING_UPDATE: (
        *("order.placed_at", "order.shipped_at", "order.first_physical_at", "order.updated_at", "order.cancelled_at"),
    ),
    DeadlineKind.DELAY_GRACE: ("parcel.delayed_at", *_GOES_ON),
    DeadlineKind.ABNORMAL_GRACE: ("parcel.lost_at", "parcel.damaged_at", "parcel.moved_at", *_GOES_ON),
    DeadlineKind.SIGNATURE: ("parcel.disputed_at", *_GOES_ON),
    DeadlineKind.SHIP_BY: ("order.placed_at", "order.shipped_at", "order.cancelled_at"),
    DeadlineKind.MARK_SHIPPED: ("order.collected_at", "order.shipped_at", "order.cancelled_at"),
    DeadlineKind.RETURN_PARCEL: ("return.status", "return.approved_at", "return.moved_at"),
    DeadlineKind.WAY_BACK: ("parcel.returning_at", "parcel.returned_at", "parcel.lost_in_return_at"),
    DeadlineKind.ANSWER: ("ask.kind", "ask.asked_at"),
    DeadlineKind.COLLECTION: (
        *("parcel.handed_over_at", "parcel.pickup_asked_at", "parcel.first_physical_at", "parcel.delivered_at"),
        *("parcel.closed_at", "order.cancelled_at"),
    ),
    DeadlineKind.CLOSING: ("order.status", "order.closed_at", "order.disputed", "order.asks", "order.returns"),
}

#: What `FACTS` says of a parcel on its way back, said of a return.
RETURN_FACTS = ("return.status", "return.approved_at", "return.moved_at", "return.received_at")

#: Deadlines of the order itself.
_OF_ORDER = (DeadlineKind.TRACKING_UPDATE, DeadlineKind.SHIP_BY, DeadlineKind.MARK_SHIPPED)


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

    def deadline(self, kind: DeadlineKind, due: float, parcel: int | None = 1, ask: UUID | None = None) -> DeadlineDue:
        """Propose a deadline that rests on the facts as they stand."""
        return due_of(self.order, kind, at(due), parcel, ask)

    def due(self, kind: DeadlineKind, due: float, parcel: int | None = 1, ask: UUID | None = None) -> Outcome:
        """Have a deadline judged the moment it is due."""
        return self.take(judge(self.order, due_of(self.order, kind, at(due), parcel, ask), at(due)))


def due_of(
    order: Order, kind: DeadlineKind, due_at: datetime, parcel: int | None, ask: UUID | None = None
) -> DeadlineDue:
    """Propose a deadline of an order, of a parcel or return, or of an *ask*, that rests on the facts as they stand."""
    state = state_of(order).model_dump(mode="json")
    number = None if kind in _OF_ORDER or ask is not None else parcel
    parcels = {one["number"]: one for one in state["parcels"]}
    returns = {one["parcel"]: one for one in state["returns"]}
    asks = {one["id"]: one for one in state["asks"]}
    known = {f"order.{name}": value for name, value in state.items()}
    known |= {f"parcel.{name}": value for name, value in parcels.get(number, {}).items()}
    known |= {f"return.{name}": value for name, value in returns.get(number, {}).items()}
    known |= {f"ask.{name}": value for name, value in asks.get(str(ask), {}).items()}
    facts: tuple[str, ...] = FACTS[kind]
    if number in returns and kind is DeadlineKind.WAY_BACK:
        facts = RETURN_FACTS
    if kind is DeadlineKind.CLOSING and number is not None:
        facts += ("parcel.delivered_at", "parcel.returning_at")
    return DeadlineDue(
        event_id=uuid5(NAMESPACE_OID, f"{kind}/{number}/{due_at}/{order.version}"),
        occurred_at=due_at,
        kind=kind,
        rule=RULE[kind],
        order_id=order.id,
        shop_id=order.shop_id,
        parcel=number,
        ask=ask,
        due_at=due_at,
        epoch=1,
        policy_version=order.policy.version,
        order_version=order.version,
        rests_on={name: known[name] for name in facts},
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


def filled(
    *contents: Mapping[str, int], prices: Mapping[str, str] = MappingProxyType({}), adjustment: str = "0", **order: Any
) -> Life:
    """Give a new order of one parcel for each of *contents*: quantities by SKU, at 10.00 each or as *prices* says."""
    bought = Counter[str]()
    for content in contents:
        bought.update(content)
    lines = tuple(Line(sku, f"Thing {sku}", n, Decimal(prices.get(sku, "10.00"))) for sku, n in bought.items())
    total = sum((line.unit_price * line.quantity for line in lines), Decimal(adjustment))
    blank = an_order(**order)
    parcels = tuple(Parcel(n, tuple(one.items()), ParcelState(number=n)) for n, one in enumerate(contents, start=1))
    prepaid = Decimal(0) if order.get("cod") else total
    return Life(replace(blank, lines=lines, parcels=parcels, total=total, prepaid=prepaid))


def delivered(life: Life, hour: float = 54) -> Life:
    """Have every parcel of an order delivered, all at once."""
    for parcel in life.order.parcels:
        life.see(scan(hour, "delivered", signed=True), parcel=parcel.number)
    return life


def in_status(status: str, **order: Any) -> Life:
    """Give an order that has come to a status as orders do."""
    life = a_life(**order) if status in ("placed", "confirmed") else handed_over(**order)
    match status:
        case "confirmed":
            life.do(Confirm())
        case "shipped":
            life.do(Ship())
        case "delivered":
            life.see(scan(54, "delivered"))
        case "returned":
            life.see(scan(54, "returned"))
        case "cancelled":
            life.do(Cancel("seller", "changed my mind"))
    assert life.status == status
    return life


def refusal(outcome: Outcome) -> tuple[str, str | None]:
    """Give the sentence of a refusal, and the field it is about."""
    assert outcome.refusal is not None
    return outcome.refusal.sentence, outcome.refusal.field


def money(life: Life) -> list[tuple[str, tuple[int, ...], str, str]]:
    """Give the refunds of an order: cause, parcels, state, amount."""
    return [(one.cause, one.parcels, one.state.value, str(one.amount)) for one in life.order.refunds]


def given_back(order: Order) -> Decimal:
    """Give the sum of the refunds that were not refused."""
    return sum((one.amount for one in order.refunds if one.state is not RefundState.REFUSED), Decimal(0))


def contents(order: Order) -> Counter[str]:
    """Give all that is in the parcels of an order."""
    held = Counter[str]()
    for parcel in order.parcels:
        held.update(dict(parcel.lines))
    return held


def ordered(order: Order) -> Counter[str]:
    """Give all that is ordered."""
    return Counter({line.sku: line.quantity for line in order.lines})


def requests(life: Life) -> list[tuple[str, str]]:
    """Give what was asked for: kind and state."""
    return [(one.kind.value, one.state.value) for one in life.order.requests]
