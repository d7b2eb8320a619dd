"""RULES, "Final": every order that is not final has at least one deadline ahead. Over any life that an order can have.

The order is the real one of `orders`: commands, scans and deadlines in any order. The ledger is a model of the
watcher's: what is proposed once is not ahead any more, unless its time or its facts changed since.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.deadlines.v1 import RULE, DeadlineDue, DeadlineKind
from contracts.orders.v1 import Fulfilment, OrderState, OrderStatus, ReturnStatus
from contracts.vocabulary import Leg, ScanStatus
from deadline_watcher.deadlines import Deadline, deadlines_of
from orders.life import commands as c
from orders.life.cases import ComplaintKind
from orders.life.decide import act, judge, weigh
from orders.life.order import Order, state_of
from orders.life.outcome import Outcome
from orders.life.parcel import is_with_buyer
from support.orders import CARRIER, an_order, at, pack_all, scan
from unit.deadline_watcher.standing import seen, standing

BEFORE_SHIPPED = (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PROCESSED)
OVER = (OrderStatus.CANCELLED, OrderStatus.RETURNED)

Key = tuple[DeadlineKind, int | None, UUID | None]


@dataclass
class Entry:
    """A row of the ledger."""

    deadline: Deadline
    is_ahead: bool = True


def is_final(state: OrderState) -> bool:
    """Cancelled or Returned with its refund settled and nothing on its way back; or closed by D14.

    D14 also closes what never is Delivered (Lost for good, by the shop's policy): it is over, too.
    """
    if state.closed_at is not None:
        return True
    back = any(one.returning_at and not (one.returned_at or one.lost_in_return_at) for one in state.parcels)
    sent = any(one.status in (ReturnStatus.EXPECTED, ReturnStatus.IN_TRANSIT) for one in state.returns)
    return state.status in OVER and not (state.refund_due or state.asks or back or sent)


def exception(state: OrderState) -> str | None:
    """Say why an order that is not final may have no deadline ahead. Each is a gap of RULES' own table."""
    if state.status in OVER and state.refund_due:
        return "the refund is with the shop's payment system, which has no deadline to answer by"
    if state.disputed:
        return "a complaint clears D14, and has no deadline to be answered by"
    collected = state.first_physical_at is not None and state.shipped_at is None and state.status in BEFORE_SHIPPED
    if collected and state.fulfilment is Fulfilment.SHIP_BY_SELLER:
        return "D5 ends with the collection scan, D4 begins with Shipped, and D1 says but once that it is overdue"
    return None


class AnyWait(RuleBasedStateMachine):
    """One order, everything that can befall it, and the watcher beside it."""

    order: Order
    hour = 0.0
    records = 0
    asked = 0

    @initialize(
        parcels=st.integers(1, 3),
        tiktok=st.booleans(),
        cod=st.booleans(),
        promised=st.sampled_from([None, 96, 1500]),
        lenient=st.booleans(),
        updates=st.booleans(),
        business=st.booleans(),
        so_far=st.sampled_from(["placed", "shipped", "moving"]),
    )
    def place(
        self,
        parcels: int,
        tiktok: bool,
        cod: bool,
        promised: int | None,
        lenient: bool,
        updates: bool,
        business: bool,
        so_far: str,
    ) -> None:
        """An order is placed, and may have come some way."""
        self.ledger: dict[Key, Entry] = {}
        self.order = an_order(
            parcels=parcels,
            tiktok=tiktok,
            cod=cod,
            promised=promised,
            abnormal_cancels_ship_by_seller=not lenient,
            unsigned_becomes_delivered=not lenient,
            seller_update_clears_auto_cancel=updates,
            business_days=business,
        )
        self.hear()
        if so_far != "placed":
            self.process(("confirm", "pack", "track", "ship"))
            self.hour = 24
        if so_far == "moving":
            moving = {one.number: [self.record(ScanStatus.IN_TRANSIT, 6, None, None)] for one in self.order.parcels}
            self.came(weigh(self.order, moving, at(self.hour)))

    # --- what befalls it ----------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([6, 24, 72, 400, 1000]))
    def wait(self, hours: int) -> None:
        """Time passes; what comes due is proposed, and judged at once."""
        until = at(self.hour + hours)
        for _ in range(60):
            due = [one for one in self.ledger.values() if one.is_ahead and one.deadline.due_at <= until]
            if not due:
                break
            first = min(due, key=lambda one: (one.deadline.due_at, one.deadline.kind, one.deadline.parcel or 0))
            first.is_ahead = False
            instant = max(first.deadline.due_at, at(self.hour))
            self.came(judge(self.order, self.proposal(first.deadline), instant))
        else:
            raise AssertionError("deadlines come due without end")
        self.hour += hours

    @precondition(lambda self: self.order.status in BEFORE_SHIPPED)
    @rule(names=st.sampled_from([("confirm",), ("confirm", "pack"), ("confirm", "pack", "track", "ship")]))
    def process(self, names: tuple[str, ...]) -> None:
        """The seller takes a step, or several."""
        for name in names:
            match name:
                case "confirm":
                    self.done(c.Confirm())
                case "pack":
                    self.done(pack_all(self.order))
                case "track":
                    for parcel in self.order.parcels:
                        self.done(c.SetTracking(parcel.number, CARRIER, f"A1{parcel.number}"))
                case _:
                    self.done(c.Ship())

    @precondition(lambda self: self.order.status in (OrderStatus.PROCESSED, OrderStatus.SHIPPED))
    @rule(parcel=st.integers(1, 3), what=st.sampled_from(["hand over", "pick up", "update"]))
    def give(self, parcel: int, what: str) -> None:
        """The seller hands a parcel over, asks for it to be fetched, or says where it is."""
        match what:
            case "hand over":
                self.done(c.HandOver(parcel, CARRIER, f"A1{parcel}", "intact"))
            case "pick up":
                self.done(c.Book(parcel, pick_up=True))
            case _:
                self.done(c.RecordUpdate(parcel, "it left this morning", ("receipt",)))

    @precondition(lambda self: self.order.status in BEFORE_SHIPPED)
    @rule(by=st.sampled_from(["buyer", "seller"]))
    def cancel(self, by: str) -> None:
        """Somebody calls it off, or asks for that."""
        self.done(c.Cancel(by, "no"))

    @precondition(lambda self: self.order.requests)
    @rule(which=st.integers(0, 9), approve=st.booleans())
    def answer_request(self, which: int, approve: bool) -> None:
        """The seller answers."""
        self.done(c.DecideRequest(self.order.requests[which % len(self.order.requests)].id, approve))

    @precondition(lambda self: self.order.status is OrderStatus.SHIPPED)
    @rule(parcels=st.sampled_from([(), (1,), (2,)]))
    def receive(self, parcels: tuple[int, ...]) -> None:
        """The buyer says that it came."""
        self.done(c.ConfirmReceipt(parcels))

    @precondition(lambda self: state_of(self.order).badge is not None or self.order.status is OrderStatus.CANCELLED)
    @rule(parcels=st.sampled_from([(), (1,), (2,)]))
    def ask_for_money(self, parcels: tuple[int, ...]) -> None:
        """The buyer asks for money back."""
        self.done(c.RequestRefund("please", parcels))

    @precondition(lambda self: self.order.refunds)
    @rule(which=st.integers(0, 5), approve=st.booleans(), issue=st.booleans())
    def settle_money(self, which: int, approve: bool, issue: bool) -> None:
        """The seller decides, or the payment system pays."""
        refund = self.order.refunds[which % len(self.order.refunds)]
        self.done(c.IssueRefund(refund.id) if issue else c.DecideRefund(refund.id, approve))

    @precondition(lambda self: any(is_with_buyer(one.state) for one in self.order.parcels))
    @rule(parcel=st.integers(1, 3))
    def ask_to_send_back(self, parcel: int) -> None:
        """The buyer wants to return what is in a parcel."""
        self.done(c.AskReturn(self.new_id(), parcel, ((f"SKU-{parcel}", 1),), "too small"))

    @precondition(lambda self: self.order.returns)
    @rule(which=st.integers(0, 5), what=st.sampled_from(["approve", "refuse", "send", "receive"]))
    def go_on_with_return(self, which: int, what: str) -> None:
        """A return is answered, sent or received."""
        one = self.order.returns[which % len(self.order.returns)]
        match what:
            case "send":
                self.done(c.SendReturn(one.id, CARRIER, f"R{one.parcel.number}"))
            case "receive":
                self.done(c.ReceiveReturn(one.id, one.parcel.lines))
            case _:
                self.done(c.DecideReturn(one.id, what == "approve", "in its box"))

    @precondition(lambda self: not state_of(self.order).disputed)
    @rule(kind=st.sampled_from([ComplaintKind.NOT_RECEIVED, ComplaintKind.DAMAGED, ComplaintKind.FRAUDULENT]))
    def complain(self, kind: ComplaintKind) -> None:
        """The buyer complains."""
        self.done(c.Complain(self.new_id(), kind, None, "look"))

    @precondition(lambda self: state_of(self.order).disputed)
    @rule(uphold=st.booleans())
    def decide_complaints(self, uphold: bool) -> None:
        """The operator decides them all."""
        for one in self.order.complaints:
            self.done(c.DecideComplaint(one.id, uphold, "seen"))

    @rule(
        parcel=st.integers(0, 9),
        told=st.lists(
            st.tuples(
                st.sampled_from([*ScanStatus]),
                st.integers(-1, 60),
                st.sampled_from([None, None, None, Leg.OUTBOUND, Leg.RETURN]),
                st.sampled_from([None, None, "refused", "signed", "proof_added"]),
            ),
            min_size=1,
            max_size=3,
        ),
    )
    def see(self, parcel: int, told: list[tuple[ScanStatus, int, Leg | None, str | None]]) -> None:
        """A carrier tells something of a parcel or of a return, old or new."""
        numbers = [one.number for one in self.order.parcels]
        numbers += [one.parcel.number for one in self.order.returns if one.parcel.bindings]
        found = {numbers[parcel % len(numbers)]: [self.record(*one) for one in told]}
        self.came(weigh(self.order, found, at(self.hour)))

    @rule(which=st.integers(0, 100), status=st.sampled_from([*ScanStatus]))
    def correct(self, which: int, status: ScanStatus) -> None:
        """A carrier corrects what it told before."""
        parcels = [*self.order.parcels, *(one.parcel for one in self.order.returns)]
        told = [(parcel.number, one) for parcel in parcels for one in parcel.evidence]
        if told:
            number, wrong = told[which % len(told)]
            right = {number: [self.record(status, 0, wrong.leg, None)]}
            self.came(weigh(self.order, right, at(self.hour), frozenset({wrong.scan_id})))

    # --- how it is lived ----------------------------------------------------------------------------------------------

    def new_id(self) -> UUID:
        self.asked += 1
        return UUID(int=self.asked)

    def record(self, status: ScanStatus, ago: int, leg: Leg | None, sub: str | None) -> Any:
        self.records += 1
        identity = f"record {self.records}"
        return scan(self.hour - ago, status, sub, leg=leg, received=self.hour, identity=identity)

    def done(self, command: c.Command) -> None:
        self.came(act(self.order, command, at(self.hour)))

    def came(self, outcome: Outcome) -> None:
        changed = outcome.order.version != self.order.version
        self.order = outcome.order
        if changed:
            self.hear()

    def hear(self) -> None:
        """Set the ledger as the watcher does when it hears of the order."""
        heard = OrderState.model_validate_json(state_of(self.order).model_dump_json(exclude_none=True))
        now: dict[Key, Deadline] = {(one.kind, one.parcel, one.ask): one for one in deadlines_of(heard)}
        for key, one in now.items():
            before = self.ledger.get(key)
            if before is None or (before.deadline.due_at, before.deadline.rests_on) != (one.due_at, one.rests_on):
                self.ledger[key] = Entry(one)
        for key in self.ledger.keys() - now.keys():
            del self.ledger[key]

    def proposal(self, one: Deadline) -> DeadlineDue:
        return DeadlineDue(
            event_id=self.new_id(),
            occurred_at=one.due_at,
            kind=one.kind,
            rule=RULE[one.kind],
            order_id=self.order.id,
            shop_id=self.order.shop_id,
            parcel=one.parcel,
            ask=one.ask,
            due_at=one.due_at,
            epoch=1,
            policy_version=self.order.policy.version,
            order_version=self.order.version,
            rests_on=one.rests_on,
        )

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def an_order_that_is_not_final_has_a_deadline_ahead(self) -> None:
        """RULES, "Final"."""
        state = state_of(self.order)
        ahead = [one.deadline for one in self.ledger.values() if one.is_ahead]
        assert ahead or is_final(state) or exception(state), state


AnyWait.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestAnyWait = AnyWait.TestCase


S = ScanStatus
LEFT_ALONE: list[tuple[str, bool, bool, str, list[ScanStatus], OrderStatus, bool]] = [
    ("D4, D9: lost, and cancelled", False, False, "moving", [], OrderStatus.CANCELLED, False),
    ("D4, D9, D14: lost, and left so by policy", False, True, "moving", [], OrderStatus.SHIPPED, True),
    ("D9, D14: destroyed, and left so by policy", False, True, "moving", [S.DESTROYED], OrderStatus.SHIPPED, True),
    ("D3, D7: delayed, and cancelled", True, False, "moving", [], OrderStatus.CANCELLED, False),
    ("D10, D14: unsigned, and delivered", True, False, "moving", [S.DELIVERED], OrderStatus.DELIVERED, True),
    ("D10, D14: unsigned for ever, by policy", True, True, "moving", [S.DELIVERED], OrderStatus.SHIPPED, True),
    ("D14: delivered", False, False, "moving", [S.DELIVERED], OrderStatus.DELIVERED, True),
    ("D11: lost on the way back", False, False, "moving", [S.RETURNING], OrderStatus.RETURNED, False),
    ("returned", False, False, "moving", [S.RETURNING, S.RETURNED], OrderStatus.RETURNED, False),
    ("D5: never seen", False, False, "shipped", [], OrderStatus.CANCELLED, False),
    ("D1, D5: never shipped", True, False, "placed", [], OrderStatus.CANCELLED, False),
]


@pytest.mark.parametrize(
    ("tiktok", "lenient", "so_far", "told", "status", "closed"),
    [case[1:] for case in LEFT_ALONE],
    ids=[case[0] for case in LEFT_ALONE],
)
def test_an_order_that_everybody_leaves_alone_comes_to_its_end(
    tiktok: bool, lenient: bool, so_far: str, told: list[ScanStatus], status: OrderStatus, closed: bool
) -> None:
    """Nothing was paid, so that no refund is to be settled."""
    life = AnyWait()
    life.place(1, tiktok, True, None, lenient, False, False, so_far)
    for ago, scanned in enumerate(reversed(told)):
        life.came(weigh(life.order, {1: [life.record(scanned, ago, None, None)]}, at(life.hour)))
    for _ in range(4):
        life.an_order_that_is_not_final_has_a_deadline_ahead()
        life.wait(1000)

    state = state_of(life.order)
    assert (state.status, state.closed_at is not None) == (status, closed)
    assert is_final(state)
    assert not [one for one in life.ledger.values() if one.is_ahead]


def test_a_return_that_everybody_leaves_alone_is_approved_and_lapses_and_the_order_closes() -> None:
    """D12, D8, D14."""
    life = AnyWait()
    life.place(1, False, True, None, False, False, False, "moving")
    life.came(weigh(life.order, {1: [life.record(S.DELIVERED, 0, None, None)]}, at(life.hour)))
    life.ask_to_send_back(1)
    seen_so_far = []
    for hours in (47, 1, 14 * 24 - 1, 1, 30 * 24):
        life.wait(hours)
        life.an_order_that_is_not_final_has_a_deadline_ahead()
        seen_so_far.append(life.order.returns[0].status.value)

    assert seen_so_far == ["requested", "expected", "expected", "lapsed", "lapsed"]
    assert is_final(state_of(life.order))


def after_d1(state: OrderState) -> list[DeadlineKind]:
    return [one.kind for one in deadlines_of(state) if one.kind is not DeadlineKind.SHIP_BY]


@pytest.mark.parametrize(
    "state",
    [
        standing(seen(), shipped_at=6, status=OrderStatus.CANCELLED, cancelled_at=90, refund_due=True),
        standing(
            seen(delivered_at=90), shipped_at=6, first_physical_at=12, status=OrderStatus.DELIVERED, disputed=True
        ),
        standing(seen(), first_physical_at=12, collected_at=12),
    ],
    ids=["refund with the payment system", "complaint", "collected, and never marked shipped"],
)
def test_the_known_exceptions_are_still_exceptions(state: OrderState) -> None:
    """Each is a gap of RULES' table, D1 being over. One that has a deadline by now is to be struck off above."""
    assert not is_final(state)
    assert exception(state)
    assert after_d1(state) == []
