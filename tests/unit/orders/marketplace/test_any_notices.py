"""Any notices in any order, repeated at will, between whatever else befalls an order: it ends as the rules allow."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.marketplace.v1 import MarketplaceNoticed, NoticedPackage, NoticeMeaning, NoticeParty, ReturnKind
from orders.life import commands as c
from orders.life.order import Order
from support.noticing import Heard, noticed
from support.order_model import LEGAL, MONEY
from support.orders import CARRIER, Life, contents, filled, given_back, ordered, pack_all, scan

M = NoticeMeaning
HOURS = st.integers(1, 200)
PACKAGES = st.lists(st.lists(st.sampled_from(["TT-1001", "TT-1002"]), min_size=1, max_size=2, unique=True), max_size=3)


@st.composite
def notices(draw: Any) -> MarketplaceNoticed:
    """Give any notice about the order."""
    packages = [NoticedPackage(id=f"P{n}", order_numbers=one) for n, one in enumerate(draw(PACKAGES))]
    return noticed(
        draw(st.sampled_from(M)),
        draw(HOURS),
        packages=packages,
        line=draw(st.sampled_from([None, None, "L1", "L2", "L3"])),
        case=draw(st.sampled_from([None, "1", "2"])),
        return_kind=draw(st.sampled_from([None, *ReturnKind])),
        by=draw(st.sampled_from([None, *NoticeParty])),
    )


Step = Callable[[Life, int], Any]

#: What else befalls an order.
OTHERS: tuple[Step, ...] = (
    lambda life, hour: life.do(c.Confirm(), hour=hour),
    lambda life, hour: life.do(pack_all(life.order), hour=hour),
    lambda life, hour: life.do(c.SetTracking(life.order.parcels[0].number, CARRIER, "A1"), hour=hour),
    lambda life, hour: life.do(c.Ship(), hour=hour),
    lambda life, hour: life.do(c.Cancel("buyer", "no"), hour=hour),
    lambda life, hour: life.see(scan(hour, "delivered", signed=True), parcel=life.order.parcels[0].number),
    lambda life, hour: life.see(scan(hour, "damaged"), parcel=life.order.parcels[0].number),
    lambda life, hour: life.see(scan(hour, "returned"), parcel=life.order.parcels[0].number),
)

STEPS = st.lists(st.one_of(notices(), notices(), st.tuples(st.sampled_from(OTHERS), HOURS)), max_size=12)
ORDERS = st.sampled_from([({"SKU-1": 1},), ({"SKU-1": 2, "SKU-2": 1},), ({"SKU-1": 1}, {"SKU-2": 1})])


@given(packed=ORDERS, steps=STEPS, cod=st.booleans())
def test_any_notices_end_as_the_rules_allow(packed: Any, steps: list[Any], cod: bool) -> None:
    heard = Heard(filled(*packed, cod=cod))
    for step in steps:
        before = heard.order
        if isinstance(step, MarketplaceNoticed):
            assert not heard.hear(step).changes[-1][1].refusal
        else:
            befall, hour = step
            befall(heard.life, hour)
        check(before, heard.order)


@given(packed=ORDERS, told=st.lists(notices(), min_size=1, max_size=6), twice=st.integers(0, 5))
def test_a_notice_that_is_told_again_changes_nothing_more(
    packed: Any, told: list[MarketplaceNoticed], twice: int
) -> None:
    heard = Heard(filled(*packed))
    for notice in told:
        heard.hear(notice)
    once = heard.order

    heard.hear(told[twice % len(told)])

    assert plain(heard.order) == plain(once)


def plain(order: Order) -> Order:
    """Give an order without the count of its changes and what was announced."""
    return replace(order, version=0, told=frozenset())


def check(before: Order, after: Order) -> None:
    """What may never happen."""
    path = after.status.value
    assert path == before.status.value or _reaches(before.status.value, path)
    assert contents(after) == ordered(after)
    assert given_back(after) <= after.prepaid + after.collected
    was = {one.id: one.state for one in before.refunds}
    for refund in after.refunds:
        earlier = was.pop(refund.id, refund.state)
        assert refund.state == earlier or _pays(earlier, refund.state)
    assert not was, "no refund is forgotten"
    assert len({one.id for one in after.requests}) == len(after.requests)
    assert len({one.id for one in after.returns}) == len(after.returns)


def _reaches(start: str, end: str) -> bool:
    return end in LEGAL[start] or any(end in LEGAL[between] for between in LEGAL[start])


def _pays(start: str, end: str) -> bool:
    return end in MONEY[start] or any(end in MONEY[between] for between in MONEY[start])
