"""Any life of an order: commands, scans and deadlines in any order, against a small model of what may never happen.

The model (support/order_model) has its own table of legal histories, its own arithmetic of deadlines and its own view
of where parcels and returns put the order; here are its ledgers of what was paid and of what was sent back.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.deadlines.v1 import DeadlineDue, DeadlineKind
from contracts.orders.v1 import Badge, Happening
from contracts.vocabulary import Leg, ScanStatus
from orders.life import commands as c
from orders.life.cases import ComplaintKind, Party
from orders.life.decide import act, judge, weigh
from orders.life.order import Order, state_of
from orders.life.outcome import Outcome
from orders.life.parcel import Evidence
from support.order_model import (
    AFTER_CANCELLATION,
    ALERTS,
    LEGAL,
    MONEY,
    Ahead,
    Sent,
    deadlines,
    standing,
)
from support.orders import CARRIER, at, contents, due_of, filled, given_back, ordered, pack_all, scan

#: Where a way back ends; told more often than by chance.
ENDINGS = (ScanStatus.DELIVERED, ScanStatus.RETURNED, ScanStatus.LOST)


class AnyLife(RuleBasedStateMachine):
    """One order, and everything that can befall it."""

    order: Order
    hour = 0.0
    commanded = "placed"
    records = 0
    asked = 0

    @initialize(
        parcels=st.integers(1, 3),
        tiktok=st.booleans(),
        cod=st.booleans(),
        promised=st.sampled_from([None, 96]),
        fee=st.sampled_from(["0", "1.99"]),
        lenient=st.booleans(),
        strict=st.booleans(),
        far=st.sampled_from(["placed", "placed", "processed", "processed", "shipped", "delivered", "delivered"]),
    )
    def place(
        self,
        parcels: int,
        tiktok: bool,
        cod: bool,
        promised: int | None,
        fee: str,
        lenient: bool,
        strict: bool,
        far: str,
    ) -> None:
        """An order is placed, and may go far before anything befalls it."""
        holding = ({"SKU-1": 2, "SKU-2": 1}, {"SKU-2": 1}, {"SKU-3": 1})[:parcels]
        self.order = filled(
            *holding,
            prices={"SKU-1": "9.99", "SKU-2": "20.00", "SKU-3": "0.33"},
            tiktok=tiktok,
            cod=cod,
            promised=promised,
            adjustment=fee,
            abnormal_cancels_ship_by_seller=not lenient,
            unsigned_becomes_delivered=not lenient,
            modification_until_shipped=lenient,
            label_required=strict,
        ).order
        self.kept: list[DeadlineDue] = []
        self.fired: set[Ahead] = set()
        self.facts = ["placed"]
        self.paid = self.order.prepaid
        self.sent: Sent = {}
        if far != "placed":
            self.process(("confirm", "pack"))
            for parcel in self.order.parcels:
                self.done(c.SetTracking(parcel.number, CARRIER, f"A1{parcel.number}"))
        if far in ("shipped", "delivered"):
            self.process(("ship",))
        if far == "delivered":
            for parcel in self.order.parcels:
                self.weighed({parcel.number: [scan(0, "delivered", signed=True, identity=f"first {parcel.number}")]})

    # --- what befalls it ----------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 1, 6, 24, 72, 340]))
    def wait(self, hours: int) -> None:
        """Time passes, and what comes due is proposed and judged."""
        self.hour += hours
        for _ in range(30):
            state = state_of(self.order)
            due = [one for one in deadlines(state) if one[2] <= at(self.hour) and one not in self.fired]
            if not due:
                return
            first = min(due, key=lambda one: (one[2], one[0], one[1] or 0, one[3] or UUID(int=0)))
            self.fired.add(first)
            self.judged(due_of(self.order, first[0], first[2], first[1], first[3]))
        raise AssertionError("deadlines come due without end")

    @precondition(lambda self: bool(deadlines(state_of(self.order))))
    @rule(which=st.integers(0, 20))
    def propose(self, which: int) -> None:
        """A deadline comes due, but is judged only when much may have changed."""
        ahead = deadlines(state_of(self.order))
        kind, parcel, due_at, ask = ahead[which % len(ahead)]
        self.kept.append(due_of(self.order, kind, due_at, parcel, ask))

    @precondition(lambda self: self.kept)
    @rule(which=st.integers(0, 20))
    def judge_late(self, which: int) -> None:
        """A proposal is judged late, and perhaps once more; it counts only if every fact it names is as it was."""
        proposal = self.kept[which % len(self.kept)]
        self.judged(proposal)
        once = self.order
        self.judged(proposal)
        assert self.order == once, "applied twice is applied once"

    @rule(names=st.sampled_from([("confirm",), ("pack",), ("ship",), ("confirm", "pack"), ("confirm", "pack", "ship")]))
    def process(self, names: tuple[str, ...]) -> None:
        """The seller takes a step, or several."""
        steps: dict[str, c.Command] = {"confirm": c.Confirm(), "pack": pack_all(self.order), "ship": c.Ship()}
        for name in names:
            self.done(steps[name])

    @rule(by=st.sampled_from(["buyer", "buyer", "seller"]), sure=st.integers(0, 2))
    def cancel(self, by: str, sure: int) -> None:
        """Somebody calls it off; but not so often that hardly any order goes on."""
        if by == "seller" and not sure:
            return
        before, paid = self.order.status.value, self.order.prepaid + self.order.collected
        refusal = self.done(c.Cancel(by, "no")).refusal
        assert (refusal is None) == (before in {"placed", "confirmed", "processed", "cancelled"})
        asked = before == "processed" and by == "buyer"  # R25: by request, from Processed until Shipped
        if asked:
            assert self.order.status.value == "processed"
            assert [one.kind for one in state_of(self.order).asks if one.kind == "cancellation"] == ["cancellation"]
        elif before in {"placed", "confirmed", "processed"}:
            assert given_back(self.order) == paid, "cancelled before Shipped: all that was paid is due at once"
            assert all(one.state != "requested" for one in self.order.refunds)

    @rule(
        parcel=st.integers(1, 4),
        findings=st.sampled_from([(), (), (("note", "it holds a hyperlink"),)]),
        pick_up=st.booleans(),
    )
    def prepare(self, parcel: int, findings: tuple[tuple[str, str], ...], pick_up: bool) -> None:
        """A parcel gets its label, and is booked."""
        outcome = self.done(c.PutLabel(parcel, findings))
        assert outcome.refusal is not None or not findings
        self.done(c.Book(parcel, pick_up))

    @rule(parcel=st.integers(1, 4))
    def update(self, parcel: int) -> None:
        """The seller says how a parcel fares."""
        before = state_of(self.order)
        self.done(c.RecordUpdate(parcel, "it waits", ("photo",)))
        assert before.updated_at in (None, state_of(self.order).updated_at), "the first one counts"
        assert [one.place for one in state_of(self.order).parcels] == [one.place for one in before.parcels]

    @rule(parcel=st.integers(1, 4), sku=st.integers(1, 3), others=st.sampled_from([(1,), (2,), (1, 3), (4,)]))
    def repack(self, parcel: int, sku: int, others: tuple[int, ...]) -> None:
        """Parcels are split and combined."""
        number = self.number(parcel)
        self.done(c.SplitParcel(number, ((self.some_sku(number, sku), 1),)))
        self.done(c.CombineParcels(parcel, others))

    @rule(by=st.sampled_from(["buyer", "seller"]))
    def move_house(self, by: str) -> None:
        """The address changes (R10)."""
        status = self.order.status.value
        given = any(one.state.first_physical_at or one.step == "handed_over" for one in self.order.parcels)
        outcome = self.done(c.ChangeAddress(self.new_id(), by))
        assert (outcome.refusal is None) == (status in {"placed", "confirmed", "processed"} and not given)

    @rule(sku=st.integers(1, 3), quantity=st.integers(0, 3), short=st.integers(0, 7), wish=st.booleans())
    def modify(self, sku: int, quantity: int, short: int, wish: bool) -> None:
        """Other quantities are ordered, or wished and then applied (R11)."""
        before = self.order
        lines = tuple(
            one
            for line in before.lines
            if (one := replace(line, quantity=quantity if line.sku == f"SKU-{sku}" else line.quantity)).quantity
        )
        more = sum((one.unit_price * one.quantity for one in lines), Decimal(0)) - sum(
            (one.unit_price * one.quantity for one in before.lines), Decimal(0)
        )
        paid = max(more, Decimal(0)) if before.payment == "card" else Decimal(0)
        missing = ("SKU-1: 0 of 1",) if short == 7 else ()
        request = self.new_id()
        if wish:
            self.done(c.WishModification(request, "more"))
            outcome = self.done(c.DecideRequest(request, True, None, lines, paid, missing))
        else:
            outcome = self.done(c.Modify(request, "seller", lines, paid, missing))
        if outcome.refusal is None:
            assert before.status in ("placed", "confirmed", "processed")
            assert at(self.hour) < before.placed_at + timedelta(hours=24)
            assert not missing
            assert self.order.lines == lines
            assert self.order.total == before.total + more
            self.paid += paid
            assert given_back(self.order) >= min(self.paid, self.paid - self.order.total), "overpaid is due"
            self.commanded = "confirmed" if before.status == "processed" else self.commanded

    @precondition(lambda self: self.order.requests)
    @rule(which=st.integers(0, 5), approve=st.booleans())
    def answer(self, which: int, approve: bool) -> None:
        """The seller answers a request, or repeats itself."""
        request = self.order.requests[which % len(self.order.requests)]
        before = self.order.status.value
        outcome = self.done(c.DecideRequest(request.id, approve, "because"))
        if request.kind == "cancellation" and request.state == "requested":
            assert outcome.refusal is None
            assert self.order.status.value == ("cancelled" if approve else before)

    @precondition(lambda self: any(one.state.delivered_at for one in self.order.parcels))
    @rule(
        parcel=st.integers(1, 4), sku=st.integers(1, 3), quantity=st.integers(0, 2), far=st.sampled_from([0, 1, 2, 3])
    )
    def send_back(self, parcel: int, sku: int, quantity: int, far: int) -> None:
        """The buyer asks to send something back (R12)."""
        parcel = self.number(parcel)
        (whole,) = (one.lines for one in self.order.parcels if one.number == parcel)
        lines = ((self.some_sku(parcel, sku), quantity),) if quantity else whole
        command = c.AskReturn(self.new_id(), parcel, lines, "too small")
        if self.done(command).refusal is None:
            asked = self.order.returns[-1]
            self.sent[asked.parcel.number] = (parcel, Counter(dict(command.lines)))
            (came,) = (one for one in self.order.parcels if one.number == parcel)
            assert came.state.delivered_at is not None
            assert at(self.hour) < came.state.delivered_at + timedelta(days=30)
            back = Counter[str]()
            for one in self.order.returns:
                if one.of_parcel == parcel and one.status not in ("refused", "lapsed"):
                    back.update(self.sent[one.parcel.number][1])
            assert back <= Counter(dict(came.lines)), "no more comes back than was delivered"
            steps = (
                c.DecideReturn(asked.id, True, "in its box"),
                c.SendReturn(asked.id, CARRIER, f"RT{asked.parcel.number}"),
            )
            for step in steps[:far]:
                assert self.done(step).refusal is None
            if far > len(steps):
                self.weighed({asked.parcel.number: [self.record(ScanStatus.IN_TRANSIT, 0, None, None, None)]})
                assert self.order.returns[-1].status == "in_transit"

    @precondition(lambda self: self.order.returns)
    @rule(
        which=st.integers(0, 5),
        what=st.sampled_from(["approve", "approve", "refuse", "send", "receive", "receive", "damaged"]),
    )
    def handle_return(self, which: int, what: str) -> None:
        """Something is done about a return."""
        one = self.order.returns[which % len(self.order.returns)]
        commands: dict[str, c.Command] = {
            "approve": c.DecideReturn(one.id, True, "in its box"),
            "refuse": c.DecideReturn(one.id, False, "worn"),
            "send": c.SendReturn(one.id, CARRIER, f"RT{one.parcel.number}"),
            "receive": c.ReceiveReturn(one.id, one.parcel.lines),
            "damaged": c.ReceiveReturn(one.id, ()),
        }
        outcome = self.done(commands[what])
        assert Counter(dict(outcome.checked_in)) <= self.sent[one.parcel.number][1]
        if one.intact:
            assert not outcome.checked_in, "in stock again once (R2)"

    @precondition(lambda self: self.order.returns)
    @rule(
        which=st.integers(0, 5),
        status=st.sampled_from([*ENDINGS, *ENDINGS, *ENDINGS, *ScanStatus]),
        leg=st.sampled_from([None, *Leg]),
    )
    def see_return(self, which: int, status: ScanStatus, leg: Leg | None) -> None:
        """A carrier tells something of a return."""
        one = self.order.returns[which % len(self.order.returns)]
        self.weighed({one.parcel.number: [self.record(status, 0, leg, None, None)]})

    @rule(kind=st.sampled_from([*ComplaintKind]), parcel=st.sampled_from([None, 1, 2]))
    def complain(self, kind: ComplaintKind, parcel: int | None) -> None:
        """The buyer complains (R14); no status moves by it."""
        before = self.order.status
        self.done(c.Complain(self.new_id(), kind, parcel, "bad"))
        assert self.order.status == before

    @precondition(lambda self: self.order.complaints)
    @rule(which=st.integers(0, 5), what=st.sampled_from(["answer", "uphold", "refuse"]))
    def settle_complaint(self, which: int, what: str) -> None:
        """The seller answers, the operator decides."""
        one = self.order.complaints[which % len(self.order.complaints)]
        if what == "answer":
            self.done(c.AnswerComplaint(one.id, "we packed it"))
        else:
            self.done(c.DecideComplaint(one.id, what == "uphold", "seen"))

    @rule(parcel=st.integers(1, 5), party=st.sampled_from([*Party]))
    def blame(self, parcel: int, party: Party) -> None:
        """Somebody says whose fault it was (R24)."""
        self.done(c.AssignFault(parcel, party, Party.UNKNOWN, "it was so"))

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
        amount = Decimal(cents).scaleb(-2)
        if self.done(c.CollectPayment(amount)).refusal is None:
            self.paid += amount

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
        self.weighed({self.number(parcel): [self.record(*one) for one in told]})

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
        number, before = self.number(parcel), self.order
        stranger = self.record(ScanStatus.DELIVERED, 0, None, None, None, carrier="stranger")
        self.came(weigh(before, {}, at(self.hour), mixed_up=[(number, stranger)]))
        assert (self.order.parcels, self.order.status) == (before.parcels, before.status)

    # --- what must hold of everything that comes of it --------------------------------------------------------------

    def new_id(self) -> UUID:
        self.asked += 1
        return UUID(int=1000 + self.asked)

    def number(self, parcel: int) -> int:
        """The number of one of the order's parcels; they are not always 1, 2, 3."""
        return self.order.parcels[parcel % len(self.order.parcels)].number

    def some_sku(self, number: int, which: int) -> str:
        """Something that is in a parcel; or, where it is empty, is not."""
        (lines,) = (one.lines for one in self.order.parcels if one.number == number)
        return lines[which % len(lines)][0] if lines else "SKU-1"

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
        assert outcome.steps[0].trigger == "scans"
        assert outcome.refusal is None

    def judged(self, proposal: DeadlineDue) -> None:
        state, before = state_of(self.order).model_dump(mode="json"), self.order
        facts = {f"order.{name}": state[name] for name in state}
        for kind, subjects, key in (("parcel", "parcels", "number"), ("return", "returns", "parcel")):
            subject: dict[str, Any] = next((one for one in state[subjects] if one[key] == proposal.parcel), {})
            facts |= {f"{kind}.{name}": subject[name] for name in subject}
        ask: dict[str, Any] = next((one for one in state["asks"] if one["id"] == str(proposal.ask)), {})
        facts |= {f"ask.{name}": ask[name] for name in ask}
        holds = all(name in facts and facts[name] == value for name, value in proposal.rests_on.items())
        outcome = self.came(judge(self.order, proposal, max(at(self.hour), proposal.due_at)))
        assert outcome.steps
        if not holds:
            assert "dropped" in outcome.steps[0].cause
        if proposal.kind in ALERTS:
            assert (self.order.status, self.order.refunds) == (before.status, before.refunds)
        if proposal.kind is DeadlineKind.WAY_BACK:
            assert (self.order.status == "cancelled") == (before.status == "cancelled"), "never a cancellation (D11)"
        if "dropped" in outcome.steps[0].cause:
            assert not [one for one in outcome.occurrences if one.happening is not Happening.SIGNATURE_MISSING]

    def done(self, command: c.Command) -> Outcome:
        before = self.order
        outcome = self.came(act(before, command, at(self.hour)))
        if outcome.refusal is not None:
            assert replace(self.order, version=before.version, requests=before.requests) == before
            assert [step.cause for step in outcome.steps] == [{"refused": outcome.refusal.sentence}]
            assert not outcome.occurrences
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
        whole = [(one.cause, one.parcels) for one in now.refunds if not one.lines and one.cause != "modified"]
        assert len(known) == len(now.refunds)
        assert len(set(whole)) == len(whole), "one refund per cause and parcels (R13)"
        assert all(one.amount > 0 for one in now.refunds)

    @invariant()
    def no_more_is_given_back_than_was_paid(self) -> None:
        """R13: refundable = prepaid + collected at the door - refunded."""
        assert self.order.prepaid + self.order.collected == self.paid
        assert given_back(self.order) <= self.paid

    @invariant()
    def parcels_hold_what_is_ordered(self) -> None:
        """R11: nothing lost, nothing doubled; and parcels and returns share one count."""
        assert contents(self.order) == ordered(self.order)
        numbers = [one.number for one in (*self.order.parcels, *(back.parcel for back in self.order.returns))]
        assert len(set(numbers)) == len(numbers)

    @invariant()
    def what_came_back_is_owed(self) -> None:
        """R12: what was received is refunded, and nobody decides about it any more where all of it came back."""
        if self.order.status == "returned" and not any(one.status == "lost" for one in self.order.returns):
            lost = any(one.state.lost_in_return_at or one.state.closed_at for one in self.order.parcels)
            stranded = any(one.state.returning_at and not one.state.returned_at for one in self.order.parcels)
            unpaid = self.order.payment != "card"  # what is collected later is not asked for by itself
            gone = any(one.state.place == ScanStatus.DESTROYED for one in self.order.parcels)
            if not (lost or stranded or unpaid or gone):
                assert given_back(self.order) == self.paid

    @invariant()
    def requests_wait_only_where_they_can_be_granted(self) -> None:
        """R11, R25: what was overtaken is closed."""
        if any(one.state == "requested" for one in self.order.requests):
            assert self.order.status in ("placed", "confirmed", "processed")
        asked = [one for one in self.order.requests if one.kind == "cancellation" and one.state == "requested"]
        assert len(asked) <= 1

    @invariant()
    def nobody_is_told_a_fact_twice(self) -> None:
        """Messages: at most one per fact; and nothing is corrected that was not told."""
        assert not [fact for fact, count in Counter(self.facts).items() if count > 1]
        assert self.order.told == frozenset(self.facts)
        for number in {fact.split(":")[0] for fact in self.facts}:
            kinds = [fact.split(":")[1] for fact in self.facts if fact.startswith(f"{number}:")]
            assert kinds.count("corrected") == 0 or kinds.count("lost") > 0

    @invariant()
    def the_order_is_where_its_parcels_are(self) -> None:
        """RULES, "Order from its parcels"; a cancelled order stays cancelled."""
        state = state_of(self.order)
        assert (state.status == "cancelled") == (state.cancelled_at is not None)
        if state.status != "cancelled":
            assert state.status == standing(self.order, self.commanded, self.sent)
        else:
            assert state.badge is None

    @invariant()
    def a_badge_stands_beside_what_deserves_it(self) -> None:
        """R1: the worst of the open parcels'."""
        state = state_of(self.order)
        beside = [one for one in state.parcels if not one.closed_at and not one.returned_at]
        if state.status != "cancelled":
            assert (state.badge is Badge.LOST) == any(one.lost_at for one in beside)


AnyLife.TestCase.settings = settings(max_examples=300, stateful_step_count=40)
TestAnyLife = AnyLife.TestCase
