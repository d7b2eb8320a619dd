"""Any life of an order: commands, scans and deadlines in any order, against a small model of what may never happen.

The model has its own table of legal histories, its own arithmetic of deadlines and its own view of where the parcels
put the order; it looks at an order only as others see it.
"""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.deadlines.v1 import DeadlineDue, DeadlineKind
from contracts.orders.v1 import Badge, Happening, OrderState, ParcelState
from contracts.vocabulary import Leg, ScanStatus
from orders.life import commands as c
from orders.life.decide import act, judge, weigh
from orders.life.order import Evidence, Order, RefundState, state_of
from orders.life.outcome import Outcome
from support.orders import CARRIER, an_order, at, due_of, pack_all, scan

#: From which status an order may come to which; written from the rules.
LEGAL = {
    "placed": {"confirmed", "shipped", "delivered", "returned", "cancelled"},
    "confirmed": {"processed", "shipped", "delivered", "returned", "cancelled"},
    "processed": {"shipped", "delivered", "returned", "cancelled"},
    "shipped": {"delivered", "returned", "cancelled"},
    "delivered": {"shipped", "returned"},
    "returned": {"shipped", "delivered"},
    "cancelled": set(),
}

#: What may become of a refund.
MONEY = {
    "requested": {"approved", "refused", "due"},
    "approved": {"issued"},
    "due": {"issued"},
    "issued": set(),
    "refused": set(),
}

AFTER_CANCELLATION = {
    *(Happening.SCANNED_AFTER_CANCELLATION, Happening.DELIVERED_AFTER_CANCELLATION, Happening.MIX_UP),
    *(Happening.REFUND_REQUESTED, Happening.REFUND_ISSUED, Happening.REFUND_REFUSED),
}


def deadlines(state: OrderState) -> list[tuple[DeadlineKind, int | None, datetime]]:
    """The deadlines of an order, from the table of the rules; with the policy's defaults."""
    found: list[tuple[DeadlineKind, int | None, datetime]] = []
    if state.status == "cancelled":
        return found
    tiktok = state.fulfilment == "ship_by_tiktok"
    three_days_on = state.shipped_at + timedelta(days=3) if state.shipped_at else state.placed_at
    if state.first_physical_at is None:
        found.append((DeadlineKind.TRACKING_UPDATE, None, max(state.placed_at + timedelta(days=15), three_days_on)))
    for parcel in state.parcels:
        if parcel.closed_at:
            continue
        if parcel.awaiting_signature_at:
            found.append((DeadlineKind.SIGNATURE, parcel.number, parcel.awaiting_signature_at + timedelta(hours=72)))
        if parcel.delivered_at or parcel.awaiting_signature_at or parcel.returning_at:
            continue
        period = parcel.collected_at + timedelta(days=6) if tiktok and parcel.collected_at else None
        if not parcel.delayed_at and (end := state.promised_at or period):
            found.append((DeadlineKind.DELIVERY_PERIOD, parcel.number, end))
        if parcel.delayed_at and tiktok:
            found.append((DeadlineKind.DELAY_GRACE, parcel.number, parcel.delayed_at + timedelta(hours=72)))
        if not tiktok and state.shipped_at and parcel.first_physical_at and not parcel.lost_at:
            end = max(state.placed_at + timedelta(days=12), three_days_on)
            found.append((DeadlineKind.ACKNOWLEDGMENT, parcel.number, end))
        troubles = [since for since in (parcel.lost_at, parcel.damaged_at) if since]
        if still := [since for since in troubles if not (parcel.moved_at and parcel.moved_at > since)]:
            found.append((DeadlineKind.ABNORMAL_GRACE, parcel.number, min(still) + timedelta(hours=24)))
    return found


def is_open(parcel: ParcelState) -> bool:
    """It may still come: not there, not given up, not on its way back, not destroyed."""
    over = (parcel.delivered_at, parcel.closed_at, parcel.returning_at, parcel.place == ScanStatus.DESTROYED)
    return not any(over)


def standing(state: OrderState, commanded: str) -> str:
    """Where the parcels put an order that is not cancelled (RULES, "Order from its parcels")."""
    if not any(map(is_open, state.parcels)):
        if any(parcel.delivered_at and not parcel.returning_at for parcel in state.parcels):
            return "delivered"
        if any(parcel.returned_at for parcel in state.parcels):
            return "returned"
    return "shipped" if state.shipped_at else commanded


class AnyLife(RuleBasedStateMachine):
    """One order, and everything that can befall it."""

    order: Order
    hour = 0.0
    commanded = "placed"
    records = 0

    @initialize(
        parcels=st.integers(1, 3),
        tiktok=st.booleans(),
        cod=st.booleans(),
        promised=st.sampled_from([None, 96]),
        fee=st.sampled_from(["0", "1.99"]),
        lenient=st.booleans(),
    )
    def place(self, parcels: int, tiktok: bool, cod: bool, promised: int | None, fee: str, lenient: bool) -> None:
        """An order is placed."""
        self.order = an_order(
            parcels=parcels,
            tiktok=tiktok,
            cod=cod,
            promised=promised,
            adjustment=fee,
            prices=("9.99", "20.00"),
            abnormal_cancels_ship_by_seller=not lenient,
            unsigned_becomes_delivered=not lenient,
        )
        self.kept: list[DeadlineDue] = []
        self.fired: set[tuple[DeadlineKind, int | None, datetime]] = set()
        self.facts = ["placed"]

    # --- what befalls it ----------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 6, 24, 72]))
    def wait(self, hours: int) -> None:
        """Time passes, and what comes due is proposed and judged."""
        self.hour += hours
        for _ in range(20):
            state = state_of(self.order)
            due = [one for one in deadlines(state) if one[2] <= at(self.hour) and one not in self.fired]
            if not due:
                return
            first = min(due, key=lambda one: (one[2], one[0], one[1] or 0))
            self.fired.add(first)
            self.judged(due_of(self.order, first[0], first[2], first[1]))
        raise AssertionError("deadlines come due without end")

    @precondition(lambda self: bool(deadlines(state_of(self.order))))
    @rule(which=st.integers(0, 20))
    def propose(self, which: int) -> None:
        """A deadline comes due, but is judged only when much may have changed."""
        ahead = deadlines(state_of(self.order))
        kind, parcel, due_at = ahead[which % len(ahead)]
        self.kept.append(due_of(self.order, kind, due_at, parcel))

    @precondition(lambda self: self.kept)
    @rule(which=st.integers(0, 20))
    def judge_late(self, which: int) -> None:
        """A proposal is judged late; it counts only if every fact it names is as it was."""
        self.judged(self.kept.pop(which % len(self.kept)))

    @rule(names=st.sampled_from([("confirm",), ("pack",), ("ship",), ("confirm", "pack"), ("confirm", "pack", "ship")]))
    def process(self, names: tuple[str, ...]) -> None:
        """The seller takes a step, or several."""
        steps: dict[str, c.Command] = {"confirm": c.Confirm(), "pack": pack_all(self.order), "ship": c.Ship()}
        for name in names:
            self.done(steps[name])

    @rule(by=st.sampled_from(["buyer", "seller"]))
    def cancel(self, by: str) -> None:
        """Somebody calls it off."""
        before, paid = self.order.status.value, self.order.prepaid + self.order.collected
        refusal = self.done(c.Cancel(by, "no")).refusal
        allowed = {"placed", "confirmed", *(["processed"] if by == "seller" else [])}
        assert (refusal is None) == (before in {*allowed, "cancelled"})
        if before in allowed:
            given = sum(one.amount for one in self.order.refunds if one.state != "refused")
            assert given == paid, "cancelled before Shipped: all that was paid is due at once"
            assert all(one.state != "requested" for one in self.order.refunds)

    @rule(parcel=st.integers(1, 4), number=st.sampled_from(["A1", "B2"]), carrier=st.sampled_from([CARRIER, "other"]))
    def track(self, parcel: int, number: str, carrier: str) -> None:
        """A parcel gets a number."""
        self.done(c.SetTracking(parcel, carrier, f"{number}{parcel}"))

    @rule(parcel=st.integers(1, 4), carrier=st.sampled_from([CARRIER, "other"]))
    def hand_over(self, parcel: int, carrier: str) -> None:
        """A parcel is handed over, or another carrier confirmed."""
        self.done(c.HandOver(parcel, carrier, f"A1{parcel}", "intact"))
        self.done(c.ConfirmCarrier(parcel, "third"))

    @rule(parcels=st.sampled_from([(), (1,), (2,)]))
    def receive(self, parcels: tuple[int, ...]) -> None:
        """The buyer says that it came."""
        self.done(c.ConfirmReceipt(parcels))

    @rule(parcels=st.sampled_from([(), (1,), (2,), (1, 2)]))
    def ask(self, parcels: tuple[int, ...]) -> None:
        """The buyer asks for money back."""
        self.done(c.RequestRefund("please", parcels))

    @precondition(lambda self: self.order.refunds)
    @rule(which=st.integers(0, 5), approve=st.booleans(), issue=st.booleans())
    def settle_money(self, which: int, approve: bool, issue: bool) -> None:
        """The seller decides, or the payment system pays."""
        refund = self.order.refunds[which % len(self.order.refunds)]
        self.done(c.IssueRefund(refund.id) if issue else c.DecideRefund(refund.id, approve))

    @rule(cents=st.integers(1, 3000))
    def collect(self, cents: int) -> None:
        """Cash is paid at the door."""
        self.done(c.CollectPayment(Decimal(cents).scaleb(-2)))

    @rule(
        parcel=st.integers(1, 3),
        told=st.lists(
            st.tuples(
                st.sampled_from([*ScanStatus]),
                st.integers(-30, 60),
                st.sampled_from([None, None, None, Leg.OUTBOUND, Leg.RETURN]),
                st.sampled_from([None, None, "refused", "signed", "proof_added", "damaged"]),
                st.sampled_from([None, None, 1, 2]),
            ),
            min_size=1,
            max_size=3,
        ),
    )
    def see(self, parcel: int, told: list[tuple[ScanStatus, int, Leg | None, str | None, int | None]]) -> None:
        """A carrier tells something, old or new."""
        number = min(parcel, len(self.order.parcels))
        self.weighed({number: [self.record(*one) for one in told]})

    @rule(which=st.integers(0, 100), status=st.sampled_from([*ScanStatus]))
    def correct(self, which: int, status: ScanStatus) -> None:
        """A carrier corrects what it told before."""
        told = [(parcel.number, one) for parcel in self.order.parcels for one in parcel.evidence]
        if told:
            number, wrong = told[which % len(told)]
            right = self.record(status, 0, None, None, None)
            self.weighed({number: [right]}, gone=frozenset({wrong.scan_id}))

    @rule(parcel=st.integers(1, 3))
    def mix_up(self, parcel: int) -> None:
        """A carrier that has nothing to do with it scans a parcel."""
        number = min(parcel, len(self.order.parcels))
        before = self.order
        stranger = self.record(ScanStatus.DELIVERED, 0, None, None, None, carrier="stranger")
        self.came(weigh(before, {}, at(self.hour), mixed_up=[(number, stranger)]))
        assert (self.order.parcels, self.order.status) == (before.parcels, before.status)

    # --- what must hold of everything that comes of it --------------------------------------------------------------

    def record(
        self,
        status: ScanStatus,
        ago: int,
        leg: Leg | None,
        sub: str | None,
        attempt: int | None,
        carrier: str = CARRIER,
    ) -> Evidence:
        self.records += 1
        return scan(
            self.hour - ago,
            status,
            sub,
            leg=leg,
            attempt_no=attempt,
            carrier=carrier,
            received=self.hour,
            identity=f"record {self.records}",
        )

    def weighed(self, found: dict[int, list[Evidence]], gone: frozenset[object] = frozenset()) -> None:
        outcome = self.came(weigh(self.order, found, at(self.hour), gone))  # type: ignore[arg-type]
        assert len(outcome.steps) == 1

    def judged(self, proposal: DeadlineDue) -> None:
        before = state_of(self.order).model_dump(mode="json")
        parcels = {
            f"parcel.{name}": one[name] for one in before["parcels"] if one["number"] == proposal.parcel for name in one
        }
        facts = {**{f"order.{name}": before[name] for name in before}, **parcels}
        holds = all(name in facts and facts[name] == value for name, value in proposal.rests_on.items())
        outcome = self.came(judge(self.order, proposal, max(at(self.hour), proposal.due_at)))
        assert outcome.steps
        if not holds:
            assert "dropped" in outcome.steps[0].cause
        if "dropped" in outcome.steps[0].cause:
            assert not [one for one in outcome.occurrences if one.happening is not Happening.SIGNATURE_MISSING]

    def done(self, command: c.Command) -> Outcome:
        before = self.order
        outcome = self.came(act(before, command, at(self.hour)))
        if outcome.refusal is not None:
            assert self.order is before
            assert outcome.steps[0].cause == {"refused": outcome.refusal.sentence}
        elif isinstance(command, c.Confirm | c.Pack | c.Ship) and outcome.steps:
            self.commanded = self.order.status.value
        return outcome

    def came(self, outcome: Outcome) -> Outcome:
        was, now = self.order, outcome.order
        assert now.version - was.version in (0, 1)
        assert (now.version == was.version) == (now == was), "a new version is a change, and a change a new version"
        if now.version == was.version:
            assert not outcome.occurrences
        status = was.status.value
        for step in outcome.steps:
            assert step.before == status
            assert step.after == step.before or step.after.value in LEGAL[step.before]
            status = step.after.value
        assert now.status == status, "the history tells every change of status"
        if was.status == "cancelled":
            assert {one.happening for one in outcome.occurrences} <= AFTER_CANCELLATION
        self.facts += [one.fact for one in outcome.occurrences]
        self.money(was, now)
        if was.shipped_at is not None:
            assert now.shipped_at is not None
            assert now.shipped_at <= was.shipped_at
        self.order = now
        return outcome

    def money(self, was: Order, now: Order) -> None:
        known = {one.id: one for one in now.refunds}
        for one in was.refunds:
            after = known[one.id]
            assert (after.amount, after.cause, after.parcels) == (one.amount, one.cause, one.parcels)
            assert after.state == one.state or after.state.value in MONEY[one.state]
        assert len(known) == len(now.refunds) == len({(one.cause, one.parcels) for one in now.refunds})
        assert all(one.amount > 0 for one in now.refunds)

    @invariant()
    def no_more_is_given_back_than_was_paid(self) -> None:
        """R13: refundable = prepaid + collected at the door - refunded."""
        given = sum((one.amount for one in self.order.refunds if one.state is not RefundState.REFUSED), Decimal(0))
        assert given <= self.order.prepaid + self.order.collected <= self.order.total

    @invariant()
    def nobody_is_told_a_fact_twice(self) -> None:
        """Messages: at most one per fact; and nothing is corrected that was not told."""
        assert not [fact for fact, count in Counter(self.facts).items() if count > 1]
        assert self.order.told == frozenset(self.facts)
        for number in range(1, 4):
            kinds = [fact.split(":")[1] for fact in self.facts if fact.startswith(f"p{number}:")]
            assert kinds.count("corrected") == 0 or kinds.count("lost") > 0

    @invariant()
    def the_order_is_where_its_parcels_are(self) -> None:
        """RULES, "Order from its parcels"; a cancelled order stays cancelled."""
        state = state_of(self.order)
        assert (state.status == "cancelled") == (state.cancelled_at is not None)
        if state.status != "cancelled":
            assert state.status == standing(state, self.commanded)
        else:
            assert state.badge is None

    @invariant()
    def a_badge_stands_beside_what_deserves_it(self) -> None:
        """R1: the worst of the open parcels'."""
        state = state_of(self.order)
        beside = [one for one in state.parcels if not one.closed_at and not one.returned_at]
        if state.status != "cancelled":
            assert (state.badge is Badge.LOST) == any(one.lost_at for one in beside)


AnyLife.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestAnyLife = AnyLife.TestCase
