"""Notices of TikTok Shop, Lazada and Shopee are read as their pages say: what, of which order, when, and whether again.

Expected values are the marketplaces' own pages' (docs/feeds says which), and RULES for the rest.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_adapter.conformance.samples import EXAMPLES as FEEDS
from carrier_adapter.formats import lazada_push, shopee_push, tiktok_shop_webhook
from carrier_adapter.formats.record import Feed, Notice, Unparsable
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.normalising import KeptPush, read_push
from contracts.marketplace.v1 import MarketplaceNoticed, NoticeKind, NoticeMeaning, NoticeParty, ReturnKind, kind_of
from contracts.scans.v1 import ScanQuarantined

UTC_ZONE = ZoneInfo("UTC")
M = NoticeMeaning


def fixture(name: str) -> bytes:
    return (FEEDS / f"{name}.json").read_bytes()


def read(name: str) -> Feed:
    return FORMATS[name.partition("/")[0]].parse(fixture(name), UTC_ZONE)


def said(name: str, body: Any) -> Feed:
    return FORMATS[name].parse(json.dumps(body).encode(), UTC_ZONE)


def the_notice(feed: Feed) -> Notice:
    assert not feed.records
    assert feed.silence
    (notice,) = feed.notices
    return notice


#: Meaning, raw status, seller, orders, when, and what more it says.
FIXTURES: dict[str, tuple[M, str, str, str, datetime, dict[str, Any]]] = {
    "tiktok-shop-webhook/01-order-status": (
        *(M.CANCELLED, "CANCEL", "7490000000000000007", "580000000000000011"),
        *(datetime(2026, 3, 2, 9, 5, tzinfo=UTC), {"marketplace": "tiktok-shop", "line": None, "case": None}),
    ),
    "tiktok-shop-webhook/02-address-without-an-id": (
        *(M.ADDRESS_CHANGED, "ADDRESS_UPDATE", "7490000000000000007", "580000000000000011"),
        *(datetime(2026, 3, 2, 10, 4, 59, tzinfo=UTC), {}),
    ),
    "tiktok-shop-webhook/03-packages-split": (
        *(M.PACKAGES_SPLIT, "SPLIT", "7490000000000000007", "580000000000000011"),
        *(datetime(2026, 3, 2, 11, 5, tzinfo=UTC), {"by": NoticeParty.SELLER}),
    ),
    "tiktok-shop-webhook/04-cancellation": (  # when it moved, which is not when it was asked for
        *(M.CANCELLATION_WITHDRAWN, "CANCELLATION_REQUEST_CANCELLED", "7490000000000000007", "580000000000000011"),
        *(datetime(2026, 3, 2, 12, 5, tzinfo=UTC), {"case": "4040000000000000001", "by": NoticeParty.BUYER}),
    ),
    "tiktok-shop-webhook/05-return": (
        *(M.RETURN_WITHDRAWN, "RETURN_OR_REFUND__REQUEST_CANCELLED", "7490000000000000007", "580000000000000011"),
        datetime(2026, 3, 2, 13, 5, tzinfo=UTC),
        {"case": "4041000000000000001", "return_kind": ReturnKind.RETURN_AND_REFUND},
    ),
    "lazada-push/01-trade-order": (
        *(M.CANCELLED, "canceled", "1000200001", "710000000000101", datetime(2026, 3, 2, 9, 5, tzinfo=UTC)),
        {"marketplace": "lazada", "line": "710000000000201"},
    ),
    "lazada-push/02-reverse-order-in-numbers": (
        *(M.RETURN_REQUESTED, "RTM_INIT", "1000200001", "710000000000101", datetime(2026, 3, 2, 10, 5, tzinfo=UTC)),
        {"line": "710000000000201", "case": "720000000000201", "return_kind": ReturnKind.RETURN_AND_REFUND},
    ),
    "shopee-push/01-order-status": (
        *(M.CANCELLED, "CANCELLED", "720000001", "260302QTEST001", datetime(2026, 3, 2, 9, 5, tzinfo=UTC)),
        {"marketplace": "shopee", "line": None},
    ),
}


@pytest.mark.parametrize("name", FIXTURES)
def test_a_notice_says_what_happened_to_which_order_of_whom_and_when(name: str) -> None:
    meaning, raw, seller, order, at, more = FIXTURES[name]

    notice = the_notice(read(name))

    assert (notice.meaning, notice.raw_status, notice.seller) == (meaning, raw, seller)
    assert (notice.order_numbers, notice.happened_at) == ((order,), at)
    assert {field: getattr(notice, field) for field in more} == more


def test_a_package_names_its_orders() -> None:
    notice = the_notice(read("tiktok-shop-webhook/03-packages-split"))

    assert [(one.id, one.order_numbers) for one in notice.packages] == [
        ("1152000001", ["580000000000000011"]),
        ("1152000002", ["580000000000000011"]),
    ]


def tiktok(number: int, **data: Any) -> dict[str, Any]:
    told = {"order_id": "580000000000000011", "update_time": 1772442300, **data}
    return {"type": number, "tts_notification_id": "1", "shop_id": "7", "timestamp": 1772442301, "data": told}


#: The vendor's pages spell these in several ways: all of a row are the same.
SPELLINGS = [
    (1, "order_status", M.CANCELLED, ("CANCEL", "CANCELLED")),
    (1, "order_status", M.PARTIALLY_SHIPPED, ("PARTIALLY_SHIPPING",)),
    (11, "cancel_status", M.CANCELLATION_WITHDRAWN, ("CANCELLATION_REQUEST_CANCEL", "CANCELLATION_REQUEST_CANCELLED")),
    (
        *(12, "return_status", M.RETURN_WITHDRAWN),
        ("RETURN_OR_REFUND_REQUEST_CANCEL", "RETURN_OR_REFUND__REQUEST_CANCELLED", "RETURN_OR_REFUND_CANCEL"),
    ),
    (12, "return_status", M.RETURN_REJECTED, ("REFUND_OR_RETURN_REQUEST_REJECT", "REQUEST_REJECTED")),
    (12, "return_status", M.RETURN_GRANTED, ("RETURN_OR_REFUND_REQUEST_SUCCESS", "REQUEST_SUCCESS")),
    (12, "return_status", M.RETURN_RECEIPT_REJECTED, ("REJECT_RECEIVE_PACKAGE", "RECEIVE_REJECTED")),
]


@pytest.mark.parametrize(("number", "field", "meaning", "spellings"), SPELLINGS)
def test_the_spellings_of_one_status_mean_one_thing(
    number: int, field: str, meaning: M, spellings: tuple[str, ...]
) -> None:
    for spelling in spellings:
        notice = the_notice(said("tiktok-shop-webhook", tiktok(number, **{field: spelling})))
        assert (notice.meaning, notice.raw_status) == (meaning, spelling)


def test_a_replacement_is_told_by_its_status_whatever_the_type_says() -> None:
    body = tiktok(12, return_status="REPLACEMENT_REQUEST_PENDING", return_type="REFUND", return_id="1")

    assert the_notice(said("tiktok-shop-webhook", body)).return_kind is ReturnKind.REPLACEMENT


@pytest.mark.parametrize("number", sorted(tiktok_shop_webhook.OTHER_TYPES))
def test_a_webhook_about_something_else_is_kept_and_has_no_effect(number: int) -> None:
    feed = said("tiktok-shop-webhook", {"type": number, "shop_id": "7", "timestamp": 1, "data": {}})

    assert (feed.records, feed.notices) == ((), ())
    assert "has no effect" in (feed.silence or "")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("tiktok-shop-webhook", tiktok(999)),
        ("tiktok-shop-webhook", tiktok(1, order_status="TELEPORTED")),
        ("tiktok-shop-webhook", tiktok(11, cancel_status="TELEPORTED")),
        ("tiktok-shop-webhook", tiktok(12, return_status="TELEPORTED")),
        ("lazada-push", {"seller_id": "1", "message_type": 99, "data": {}}),
        ("lazada-push", {"seller_id": "1", "message_type": 0, "data": {"order_status": "teleported"}}),
        ("lazada-push", {"seller_id": "1", "message_type": 10, "data": {"reverse_status": "TELEPORTED"}}),
        ("shopee-push", {"shop_id": 1, "code": 30, "data": {}}),
        ("shopee-push", {"shop_id": 1, "code": 3, "data": {"status": "TELEPORTED"}}),
    ],
)
def test_what_nobody_has_mapped_is_quarantined_and_never_guessed(name: str, body: Any) -> None:
    feed = said(name, body)

    assert feed.notices == ()
    assert [record.problem for record in feed.records] == ["unmapped_code"]
    assert feed.records[0].record_id, "two different ones are not one record told twice"


def test_milliseconds_are_no_time_here() -> None:
    body = tiktok(1, order_status="DELIVERED", update_time=1772442300000) | {"timestamp": 1772442301000}

    assert [one.problem for one in said("tiktok-shop-webhook", body).records] == ["bad_time"]


def test_a_notice_without_its_time_of_change_has_that_of_its_sending() -> None:
    body = tiktok(1, order_status="DELIVERED", update_time=None)

    assert the_notice(said("tiktok-shop-webhook", body)).happened_at == datetime(2026, 3, 2, 9, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("tiktok-shop-webhook", [], "the body is not a JSON object"),
        ("tiktok-shop-webhook", {"type": "1"}, "type is not a number"),
        ("tiktok-shop-webhook", {"type": 1}, "data is not a JSON object"),
        ("tiktok-shop-webhook", tiktok(1), "order_status is missing"),
        ("tiktok-shop-webhook", tiktok(1, order_status="CANCEL", order_id=None), "order_id is missing"),
        ("tiktok-shop-webhook", tiktok(4, sc_type="SPLIT"), "package_list is not a list of packages"),
        (
            "tiktok-shop-webhook",
            tiktok(4, sc_type="COMBINE", package_list=[{"package_id": "1", "order_id_list": ["1"] * 101}]),
            "more than 100 packages or orders in one push",
        ),
        ("lazada-push", {"message_type": True}, "message_type is not a number"),
        ("lazada-push", {"message_type": 0, "data": {}}, "order_status is missing"),
        ("shopee-push", {"code": 3, "data": {"status": "SHIPPED", "update_time": 1772442300}}, "shop_id is missing"),
        ("shopee-push", {}, "code is not a number"),
        ("shopee-push", {"code": 0, "message": "Success", "data": {}}, "code is not that of a push"),
    ],
)
def test_what_is_no_push_of_that_kind_is_refused_in_a_sentence(name: str, body: Any, sentence: str) -> None:
    with pytest.raises(Unparsable) as refused:
        said(name, body)

    assert str(refused.value) == sentence


def test_the_vendors_own_example_that_lacks_a_comma_is_refused() -> None:
    with pytest.raises(Unparsable):
        FORMATS["tiktok-shop-webhook"].parse(b'{"type": 12, "data": {"create_time": 1 "update_time": 2}}', UTC_ZONE)


# --- lost pushes ------------------------------------------------------------------------------------------------------


def lost(*messages: Any) -> Feed:
    return said("shopee-push", {"error": "", "response": {"push_message_list": list(messages)}})


def test_lost_pushes_are_the_pushes_that_they_were() -> None:
    sent = json.loads(fixture("shopee-push/01-order-status"))
    (notice,) = lost({"shop_id": 720000001, "code": 3, "timestamp": 1, "data": json.dumps(sent)}).notices

    assert notice == the_notice(said("shopee-push", sent))


def test_a_lost_push_that_cannot_be_read_costs_only_itself() -> None:
    sent = fixture("shopee-push/01-order-status").decode()
    feed = lost({"data": sent}, {"data": "no JSON"}, {"data": {}}, 7, {"data": '{"code": 30, "data": {}}'})

    assert [notice.meaning for notice in feed.notices] == [M.CANCELLED]
    assert [record.problem for record in feed.records] == ["no_record", "no_record", "no_record", "unmapped_code"]
    assert len({record.record_id for record in feed.records}) == 4


def test_an_answer_without_lost_pushes_is_no_fault_and_one_of_too_many_is() -> None:
    assert (lost().silence, lost().notices) == ("0 lost pushes with 0 notices about orders: no carrier's scan", ())
    with pytest.raises(Unparsable, match="more than 1000 records in one push"):
        lost(*[{}] * 1001)
    with pytest.raises(Unparsable, match="push_message_list is not a list"):
        said("shopee-push", {"response": {"push_message_list": None}})


# --- identity ---------------------------------------------------------------------------------------------------------


def identity(name: str, body: Any) -> str:
    return the_notice(said(name, body)).identity


def test_a_notice_that_is_sent_again_is_the_same_and_another_is_not() -> None:
    first = tiktok(1, order_status="AWAITING_SHIPMENT")
    again = first | {"timestamp": 1772449999}  # a retry is sent later

    assert identity("tiktok-shop-webhook", first) == identity("tiktok-shop-webhook", again)
    # The vendor's examples all have one notification id: what differs is told apart all the same.
    other = tiktok(1, order_status="IN_TRANSIT")
    assert identity("tiktok-shop-webhook", first) != identity("tiktok-shop-webhook", other)
    assert identity("tiktok-shop-webhook", first) != identity(
        "tiktok-shop-webhook", first | {"tts_notification_id": "2"}
    )


def test_lazada_and_shopee_have_no_id_and_the_content_is_one() -> None:
    lazada = json.loads(fixture("lazada-push/01-trade-order"))
    shopee = json.loads(fixture("shopee-push/01-order-status"))
    for name, body in (("lazada-push", lazada), ("shopee-push", shopee)):
        assert identity(name, body) == identity(name, body | {"timestamp": 1772999999})
    other = lazada["data"] | {"trade_order_line_id": "2"}
    assert identity("lazada-push", lazada) != identity("lazada-push", lazada | {"data": other})


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (tiktok_shop_webhook.STATUSES, {NoticeKind.ORDER_STATUS}),
        (tiktok_shop_webhook.CANCELLATIONS, {NoticeKind.CANCELLATION}),
        (tiktok_shop_webhook.RETURNS, {NoticeKind.RETURN}),
        (tiktok_shop_webhook.PACKAGE_CHANGES, {NoticeKind.PACKAGES_SPLIT, NoticeKind.PACKAGES_COMBINED}),
        (lazada_push.STATUSES, {NoticeKind.ORDER_STATUS}),
        (
            {code: meaning for code, (meaning, _) in lazada_push.REVERSE.items()},
            {NoticeKind.CANCELLATION, NoticeKind.RETURN},
        ),
        (shopee_push.STATUSES, {NoticeKind.ORDER_STATUS, NoticeKind.CANCELLATION}),
    ],
)
def test_every_status_is_of_the_kind_that_its_table_is_about(table: dict[str, M], kind: set[NoticeKind]) -> None:
    assert {kind_of(meaning) for meaning in table.values()} == kind


TABLES: dict[str, list[Mapping[str, M]]] = {
    "tiktok-shop-webhook": [
        tiktok_shop_webhook.STATUSES,
        tiktok_shop_webhook.CANCELLATIONS,
        tiktok_shop_webhook.RETURNS,
        tiktok_shop_webhook.PACKAGE_CHANGES,
    ],
    "lazada-push": [
        lazada_push.STATUSES,
        {code: meaning for code, (meaning, _) in lazada_push.REVERSE.items()},
    ],
    "shopee-push": [shopee_push.STATUSES],
}


@pytest.mark.parametrize("name", TABLES)
def test_its_document_says_what_each_status_says(name: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "feeds" / f"{name}.md").read_text()

    rows = set(re.findall(r"^\| `([^|`]+)` \| `(\w+)` \|$", text, re.MULTILINE))
    assert rows == {(code, meaning.value) for table in TABLES[name] for code, meaning in table.items()}


# --- to events --------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


def kept(name: str) -> KeptPush:
    format_name = name.partition("/")[0]
    return KeptPush(UUID(int=5), "shop-a", "tiktok-shop", format_name, "UTC", NOW, b"digest", fixture(name))


def test_a_notice_is_an_event_that_is_the_same_however_often_its_push_is_read() -> None:
    push = kept("tiktok-shop-webhook/04-cancellation")

    (event,), unreadable = read_push(push, NOW)
    (again,), _ = read_push(push, NOW)

    assert isinstance(event, MarketplaceNoticed)
    assert isinstance(again, MarketplaceNoticed)
    assert (event.kind, event.meaning, event.case) == ("cancellation", "cancellation_withdrawn", "4040000000000000001")
    assert (event.account, event.push_id, event.received_at) == ("shop-a", push.id, NOW)
    assert (event.notice_id, event.identity) == (again.notice_id, again.identity)
    assert event.identity.startswith("shop-a:")
    assert unreadable == []


def test_a_notice_that_nobody_has_mapped_is_a_record_in_the_quarantine() -> None:
    body = json.dumps(tiktok(1, order_status="TELEPORTED")).encode()

    (event,), (one,) = read_push(replace(kept("tiktok-shop-webhook/01-order-status"), body=body), NOW)

    assert isinstance(event, ScanQuarantined)
    assert (event.reason, one.raw_code) == ("unmapped_code", "1 TELEPORTED")


# --- anything ---------------------------------------------------------------------------------------------------------

PUSHES = sorted(
    str(file.relative_to(FEEDS)).removesuffix(".json")
    for file in FEEDS.glob("*/*.json")
    if file.parent.name in ("tiktok-shop-webhook", "lazada-push", "shopee-push")
)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=90) | st.lists(st.integers(), max_size=2)


@given(name=st.sampled_from(PUSHES), field=st.integers(0, 30), value=VALUES)
def test_any_push_with_a_value_of_another_kind_is_a_feed_or_refused(name: str, field: int, value: Any) -> None:
    push = json.loads(fixture(name))
    inner = push.get("data") or push["response"]["push_message_list"][0]
    spots = [(push, key) for key in push] + [(inner, key) for key in inner]
    holder, key = spots[field % len(spots)]
    holder[key] = value

    feed = try_to_read(name.partition("/")[0], push)
    if isinstance(feed, Unparsable):
        assert 0 < len(str(feed)) < 150
        return
    assert bool(feed.records) is (feed.silence is None)
    for notice in feed.notices:
        assert notice.happened_at.tzinfo is not None
        assert all(0 < len(number) <= 64 for number in (notice.seller, *notice.order_numbers))


def try_to_read(name: str, push: Any) -> Feed | Unparsable:
    try:
        return said(name, push)
    except Unparsable as refused:
        return refused
