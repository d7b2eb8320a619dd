"""When an order is final (RULES, "Final")."""

from decimal import Decimal

from contracts.deadlines.v1 import DeadlineKind
from orders.buyers.erasing import is_final
from orders.life import commands as c
from support.orders import a_life, scan, shipped


def test_an_order_that_goes_on_is_not_final() -> None:
    assert not is_final(a_life().order)
    assert not is_final(shipped().order)


def test_a_cancelled_order_is_final_once_its_refund_is_settled() -> None:
    life = a_life()
    life.do(c.Cancel("seller", "no stock"))
    assert not is_final(life.order)

    life.do(c.IssueRefund(life.order.refunds[0].id))

    assert is_final(life.order)


def test_a_cancelled_order_that_nothing_was_paid_for_is_final() -> None:
    life = a_life(cod=True)
    life.do(c.Cancel("seller", "no stock"))

    assert is_final(life.order)


def test_a_delivered_order_is_final_once_its_return_window_is_over() -> None:
    """D14."""
    life = shipped()
    life.see(scan(24, "delivered"))
    assert life.status == "delivered"
    assert not is_final(life.order)

    life.due(DeadlineKind.CLOSING, 24 + 30 * 24, None)

    assert life.order.closed_at is not None
    assert is_final(life.order)


def test_a_cash_on_delivery_order_waits_for_what_was_collected_to_be_given_back() -> None:
    """R13: refundable is what was prepaid and what was collected at the door."""
    life = a_life(cod=True)
    life.do(c.CollectPayment(Decimal("1.00")), c.Cancel("seller", "no stock"))

    assert is_final(life.order) == (not life.order.refunds)
