"""What a marketplace's notice does to an order, by the rules that everybody obeys (R10, R12, R13, R25)."""

from itertools import product
from typing import Any

import pytest

from contracts.marketplace.v1 import NoticeKind, NoticeMeaning, ReturnKind, kind_of
from contracts.orders.v1 import Happening, OrderStatus
from orders.life import commands as c
from support.noticing import Heard, noticed, packaged
from support.orders import a_life, contents, delivered, filled, in_status, money, requests, scan, shipped

M = NoticeMeaning
BEFORE_SHIPPED = ("placed", "confirmed", "processed")


def row_of(heard: Heard) -> dict[str, Any]:
    """Give the last row of the order's history, which is a notice's."""
    step = heard.life.steps[-1]
    assert step.trigger == "marketplace"
    return step.cause


# --- order status -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", BEFORE_SHIPPED)
def test_the_marketplace_cancels_an_order_until_it_is_shipped_and_all_that_was_paid_is_due(status: str) -> None:
    heard = Heard(in_status(status))

    heeded = heard.hear(noticed("cancelled", 9, raw_status="CANCEL"))

    assert (heeded.came_of, heard.life.status) == ("done", "cancelled")
    assert money(heard.life) == [("cancelled", (), "due", "12.50")]
    [told] = [one for one in heard.life.told if one.happening is Happening.CANCELLED]
    assert told.detail["by"] == "marketplace"
    assert row_of(heard) | {"notice": ""} == {
        "notice": "",
        "marketplace": "tiktok-shop",
        "said": "cancelled",
        "raw": "CANCEL",
        "at": "2026-03-02T09:00:00+00:00",
        "came_of": "done",
    }


@pytest.mark.parametrize("status", ["shipped", "delivered", "returned"])
def test_after_that_a_cancellation_is_refused_with_a_row_and_the_seller_has_to_look(status: str) -> None:
    heard = Heard(in_status(status))

    heeded = heard.hear(noticed("cancelled", 60))

    assert (heeded.came_of, heard.life.status) == ("refused", status)
    assert f"an order that is {status} cannot react to cancel" in row_of(heard)["refused"]
    assert heard.life.told[-1].happening is Happening.MARKETPLACE_NOTICE
    assert heard.life.told[-1].detail == {"what": "cancelled"}


def test_what_is_cancelled_already_stays_so_and_nothing_is_refunded_twice() -> None:
    heard = Heard(in_status("cancelled"))
    before = money(heard.life)

    heeded = heard.hear(noticed("cancelled", 9))

    assert heeded.came_of == "noted"
    assert row_of(heard)["note"] == "the order is cancelled already"
    assert money(heard.life) == before


@pytest.mark.parametrize("meaning", ["in_transit", "delivered", "returned", "lost", "completed"])
@pytest.mark.parametrize("status", ["placed", "processed", "shipped"])
def test_where_a_parcel_is_scans_say_and_a_notice_never(status: str, meaning: str) -> None:
    heard = Heard(in_status(status))
    parcels = heard.order.parcels

    heeded = heard.hear(noticed(meaning, 60))

    assert (heeded.came_of, heard.life.status) == ("noted", status)
    assert heard.order.parcels == parcels


def test_of_the_things_of_an_order_all_must_be_cancelled() -> None:
    heard = Heard(filled({"SKU-1": 2}, {"SKU-2": 1}))

    for hour, line in enumerate(("L1", "L2", "L1"), start=1):
        heeded = heard.hear(noticed("cancelled", hour, line=line))
        assert (heeded.came_of, heard.life.status) == ("noted", "placed")
        assert row_of(heard)["note"] == "one of the 3 things ordered is cancelled: change the order, or cancel it"
    assert heard.life.happenings.count(Happening.MARKETPLACE_NOTICE) == 3

    assert heard.hear(noticed("cancelled", 4, line="L3")).came_of == "done"
    assert heard.life.status == "cancelled"


# --- cancellation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", BEFORE_SHIPPED)
def test_a_buyers_request_at_the_marketplace_waits_for_the_sellers_answer(status: str) -> None:
    heard = Heard(in_status(status))

    heeded = heard.hear(noticed("cancellation_requested", 7, case="C1", by="buyer"))

    assert (heeded.came_of, heard.life.status) == ("done", status)
    assert requests(heard.life) == [("cancellation", "requested")]
    assert Happening.CANCELLATION_REQUESTED in heard.life.happenings


@pytest.mark.parametrize("status", ["shipped", "delivered"])
def test_a_request_is_refused_once_the_order_is_shipped(status: str) -> None:
    heard = Heard(in_status(status))

    heeded = heard.hear(noticed("cancellation_requested", 60, case="C1", by="buyer"))

    assert (heeded.came_of, requests(heard.life)) == ("refused", [])
    assert row_of(heard)["refused"] == f"the order is {status}: a cancellation is asked for until it is shipped"


@pytest.mark.parametrize("by", ["seller", "system"])
def test_what_is_no_buyers_request_waits_for_no_answer(by: str) -> None:
    heard = Heard(in_status("processed"))

    assert heard.hear(noticed("cancellation_requested", 7, case="C1", by=by)).came_of == "noted"
    assert requests(heard.life) == []


def test_a_request_that_is_taken_back_waits_no_more_and_nobody_is_told_that_it_was_refused() -> None:
    heard = Heard(in_status("processed"))
    heard.hear(noticed("cancellation_requested", 7, case="C1", by="buyer"))

    assert heard.hear(noticed("cancellation_withdrawn", 8, case="C1", by="buyer")).came_of == "done"

    assert (requests(heard.life), heard.life.status) == ([("cancellation", "refused")], "processed")
    assert heard.order.requests[0].reason == "taken back at the marketplace"
    assert Happening.CANCELLATION_REFUSED not in heard.life.happenings


def test_a_request_that_is_granted_cancels_the_order_and_the_refund_that_the_marketplace_paid_is_not_paid_again() -> (
    None
):
    heard = Heard(in_status("processed"))
    heard.hear(noticed("cancellation_requested", 7, case="C1", by="buyer"))

    heard.hear(noticed("cancellation_granted", 8, case="C1", by="seller"))
    assert (requests(heard.life), heard.life.status) == ([("cancellation", "applied")], "cancelled")
    assert money(heard.life) == [("cancelled", (), "due", "12.50")]

    assert heard.hear(noticed("cancellation_completed", 9, case="C1")).came_of == "done"
    assert money(heard.life) == [("cancelled", (), "issued", "12.50")]


def test_the_last_word_on_a_cancellation_is_enough_where_the_others_never_came() -> None:
    heard = Heard(in_status("confirmed"))

    assert heard.hear(noticed("cancellation_completed", 9, case="C1")).came_of == "done"

    assert heard.life.status == "cancelled"
    assert money(heard.life) == [("cancelled", (), "issued", "12.50")]


def test_a_cancellation_of_nobody_knows_how_much_cancels_nothing_until_the_orders_status_does() -> None:
    heard = Heard(filled({"SKU-1": 2}))
    heard.hear(noticed("cancellation_requested", 1, case="C1", by="buyer"))

    heeded = heard.hear(noticed("cancellation_granted", 2, case="C1"))
    assert (heeded.came_of, heard.life.status) == ("done", "placed")
    assert requests(heard.life) == [("cancellation", "applied")], "nobody waits for an answer any more"

    assert heard.hear(noticed("cancelled", 2)).came_of == "done"
    assert heard.life.status == "cancelled"
    assert heard.hear(noticed("cancellation_completed", 3, case="C1")).came_of == "done"
    assert money(heard.life) == [("cancelled", (), "issued", "20.00")]


def test_a_request_without_a_number_ends_when_the_order_goes_on_and_may_be_made_again() -> None:
    heard = Heard(in_status("processed"))

    for hour in (7, 9):
        heard.hear(noticed("cancellation_requested", hour))
        assert requests(heard.life)[-1] == ("cancellation", "requested")
        assert heard.hear(noticed("awaiting_collection", hour + 1)).came_of == "done"
        assert requests(heard.life)[-1] == ("cancellation", "refused")
    assert len(requests(heard.life)) == 2


def test_what_the_marketplace_has_paid_back_is_not_paid_again_where_that_was_told_before_the_cancellation() -> None:
    heard = Heard(filled({"SKU-1": 2}))

    heard.hear(noticed("cancellation_completed", 7))
    assert money(heard.life) == []
    heard.hear(noticed("cancelled", 8))
    assert heard.life.status == "cancelled"
    assert [state for _, _, state, _ in money(heard.life)] == ["issued"]


def test_a_refund_stays_due_until_the_marketplace_has_paid_every_thing_of_the_order_back() -> None:
    heard = Heard(filled({"SKU-1": 2}))
    lines = [{"line": line, "case": f"C-{line}"} for line in ("L1", "L2")]

    for told in lines:
        heard.hear(noticed("cancelled", 7, line=told["line"]))
    assert heard.life.status == "cancelled"
    heard.hear(noticed("cancellation_completed", 8, **lines[0]))
    assert [state for _, _, state, _ in money(heard.life)] == ["due"]
    heard.hear(noticed("cancellation_completed", 8, **lines[1]))
    assert [state for _, _, state, _ in money(heard.life)] == ["issued"]


def test_a_request_without_a_number_is_not_ended_by_a_status_of_before_it_that_comes_late() -> None:
    heard = Heard(in_status("processed"))

    heard.hear(noticed("cancellation_requested", 9))
    assert heard.hear(noticed("awaiting_collection", 8)).came_of == "noted"
    assert requests(heard.life)[-1] == ("cancellation", "requested")


def test_a_request_without_a_number_that_comes_late_is_not_opened_where_the_order_has_gone_on() -> None:
    heard = Heard(in_status("processed"))

    heard.hear(noticed("awaiting_collection", 9))
    assert heard.hear(noticed("cancellation_requested", 8)).came_of == "noted"
    assert requests(heard.life) == []


# --- returns and refunds ----------------------------------------------------------------------------------------------


def test_a_return_of_the_only_thing_is_opened_approved_and_taken_back() -> None:
    heard = Heard(in_status("delivered"))
    told: dict[str, Any] = {"case": "R1", "return_kind": ReturnKind.RETURN_AND_REFUND, "by": "buyer"}

    assert heard.hear(noticed("return_requested", 60, **told)).came_of == "done"
    assert [(one.status, one.parcel.lines) for one in heard.order.returns] == [("requested", (("SKU-1", 1),))]
    heard.hear(noticed("return_approved", 61, **told))
    assert [one.status for one in heard.order.returns] == ["expected"]
    assert heard.hear(noticed("return_shipped", 62, **told)).came_of == "noted"
    assert heard.hear(noticed("return_withdrawn", 63, **told)).came_of == "done"
    assert [one.status for one in heard.order.returns] == ["lapsed"]


def test_a_return_that_was_only_asked_for_is_refused_when_it_is_rejected_or_taken_back() -> None:
    for meaning, reason in (("return_rejected", "refused"), ("return_withdrawn", "taken back")):
        heard = Heard(in_status("delivered"))
        heard.hear(noticed("return_requested", 60, case="R1"))

        assert heard.hear(noticed(meaning, 61, case="R1")).came_of == "done"

        [one] = heard.order.returns
        assert (one.status, one.reason) == ("refused", f"{reason} at the marketplace")


def test_a_return_before_the_delivery_is_refused_as_it_is_from_anybody() -> None:
    heard = Heard(shipped())

    assert heard.hear(noticed("return_requested", 9, case="R1")).came_of == "refused"
    assert "is not delivered: there is nothing to send back" in row_of(heard)["refused"]


def test_a_return_of_what_is_not_said_is_left_to_the_seller() -> None:
    heard = Heard(delivered(filled({"SKU-1": 1, "SKU-2": 1})))

    heeded = heard.hear(noticed("return_requested", 60, case="R1"))

    assert (heeded.came_of, heard.order.returns) == ("noted", ())
    assert row_of(heard)["note"] == "what comes back is not said: look there, and open the return here"
    assert heard.life.told[-1].happening is Happening.MARKETPLACE_NOTICE


def test_a_refund_without_a_return_is_asked_for_where_the_rules_allow_it() -> None:
    told: dict[str, Any] = {"case": "R1", "return_kind": ReturnKind.REFUND}
    heard = Heard(in_status("delivered"))
    assert heard.hear(noticed("return_requested", 60, **told)).came_of == "refused"
    assert "a refund can be asked for when" in row_of(heard)["refused"]

    heard = Heard(in_status("shipped"))
    heard.life.see(scan(55, "damaged"))
    heard.hear(noticed("return_requested", 60, **told))
    assert money(heard.life) == [("request", (), "requested", "12.50")]
    heard.hear(noticed("return_granted", 61, **told))
    assert money(heard.life) == [("request", (), "approved", "12.50")]
    heard.hear(noticed("return_completed", 62, **told))
    assert money(heard.life) == [("request", (), "issued", "12.50")]


def test_a_replacement_is_no_return_here() -> None:
    heard = Heard(in_status("delivered"))

    heeded = heard.hear(noticed("return_requested", 60, case="R1", return_kind=ReturnKind.REPLACEMENT))

    assert (heeded.came_of, heard.order.returns) == ("noted", ())


# --- packages and address ---------------------------------------------------------------------------------------------


def test_a_split_into_as_many_packages_as_there_are_things_is_made() -> None:
    heard = Heard(filled({"SKU-1": 2, "SKU-2": 1}))

    assert heard.hear(packaged("packages_split", ["TT-1001"], ["TT-1001"], ["TT-1001"])).came_of == "done"

    assert [parcel.lines for parcel in heard.order.parcels] == [
        (("SKU-1", 1),),
        (("SKU-1", 1),),
        (("SKU-2", 1),),
    ]
    assert contents(heard.order) == {"SKU-1": 2, "SKU-2": 1}
    assert heard.hear(packaged("packages_split", ["TT-1001"], ["TT-1001"], ["TT-1001"], hour=2)).came_of == "noted"


def test_a_split_of_which_nobody_says_what_is_where_is_left_to_the_seller() -> None:
    heard = Heard(filled({"SKU-1": 2, "SKU-2": 1}))

    assert heard.hear(packaged("packages_split", ["TT-1001"], ["TT-1001"])).came_of == "noted"
    assert len(heard.order.parcels) == 1
    assert heard.life.told[-1].happening is Happening.MARKETPLACE_NOTICE


@pytest.mark.parametrize("meaning", ["packages_combined", "packages_unsplit"])
def test_two_parcels_become_one_again(meaning: str) -> None:
    heard = Heard(filled({"SKU-1": 1}, {"SKU-2": 1}))

    assert heard.hear(packaged(meaning, ["TT-1001"])).came_of == "done"
    assert [parcel.lines for parcel in heard.order.parcels] == [(("SKU-1", 1), ("SKU-2", 1))]


def test_orders_in_one_package_are_named_to_the_seller() -> None:
    heard = Heard(a_life())

    assert heard.hear(packaged("packages_combined", ["TT-1001", "TT-1002"])).came_of == "noted"
    assert "in one package with TT-1002" in row_of(heard)["note"]


def test_parcels_are_repacked_until_shipped_and_not_after() -> None:
    heard = Heard(in_status("shipped", parcels=2))

    assert heard.hear(packaged("packages_combined", ["TT-1001"], hour=60)).came_of == "refused"
    assert "parcels are split or combined before it is shipped" in row_of(heard)["refused"]


def test_another_address_voids_the_label_and_is_fetched_by_the_seller() -> None:
    heard = Heard(a_life())
    heard.life.do(c.Confirm(), c.PutLabel(1, ()))
    assert heard.order.parcels[0].step == "labelled"

    assert heard.hear(noticed("address_changed", 9)).came_of == "done"

    assert heard.order.parcels[0].step == "unlabelled"
    assert (
        row_of(heard)["note"]
        == "another address, which is not said: look there, change it here, and print the label then"
    )
    assert heard.life.told[-1].detail == {"what": "address_changed"}


def test_another_address_after_the_carrier_has_it_changes_nothing() -> None:
    heard = Heard(in_status("shipped"))

    assert heard.hear(noticed("address_changed", 60)).came_of == "noted"
    assert row_of(heard)["note"] == "the address changed after a carrier had it: ask the carrier"


# --- order of arrival -------------------------------------------------------------------------------------------------


def test_an_older_notice_never_undoes_a_newer_one() -> None:
    heard = Heard(in_status("processed"))
    newer = noticed("cancellation_withdrawn", 9, case="C1", by="buyer")
    heard.hear(newer)

    heeded = heard.hear(noticed("cancellation_requested", 8, case="C1", by="buyer"), hour=10)

    assert (heeded.came_of, requests(heard.life)) == ("overtaken", [])
    assert row_of(heard)["overtaken_by"] == str(newer.notice_id)


def test_of_one_second_what_comes_later_in_a_life_is_the_later() -> None:
    heard = Heard(in_status("processed"))
    heard.hear(noticed("cancellation_withdrawn", 9, case="C1", by="buyer"))

    assert heard.hear(noticed("cancellation_requested", 9, case="C1", by="buyer")).came_of == "overtaken"


def test_what_is_about_something_else_is_not_overtaken() -> None:
    heard = Heard(in_status("processed"))
    heard.hear(noticed("cancellation_withdrawn", 9, case="C1", by="buyer"))

    assert heard.hear(noticed("cancellation_requested", 8, case="C2", by="buyer")).came_of == "done"


# --- every pair -------------------------------------------------------------------------------------------------------

KINDS: dict[bool, tuple[ReturnKind | None, ...]] = {True: (None, *ReturnKind), False: (None,)}


@pytest.mark.parametrize(("status", "meaning"), list(product([one.value for one in OrderStatus], M)))
def test_every_notice_has_an_outcome_in_every_state_and_one_row_that_says_it(status: str, meaning: M) -> None:
    for return_kind in KINDS[kind_of(meaning) is NoticeKind.RETURN]:
        heard = Heard(in_status(status))
        rows = len(heard.life.steps)
        notice = noticed(meaning, 80, return_kind=return_kind, case="1")

        heeded = heard.hear(notice)

        steps = heard.life.steps[rows:]
        assert [one.trigger for one in steps].count("marketplace") == 1
        assert row_of(heard)["came_of"] == heeded.came_of
        assert (heeded.came_of == "done") == (len(heeded.changes) > 1)
        assert (heeded.came_of == "refused") == ("refused" in row_of(heard))
        assert heard.hear(notice).came_of in ("noted", "refused"), "told twice, it is done once"
