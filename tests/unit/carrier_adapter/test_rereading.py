"""What a push that waits in the quarantine gives once its format has learnt more."""

from datetime import UTC, datetime
from uuid import UUID

from carrier_adapter.conformance.samples import examples_of
from carrier_adapter.formats.registry import FORMATS
from carrier_adapter.normalising import KeptPush, scan_id_of
from carrier_adapter.quarantine.replaying import WHOLE, reread
from contracts.marketplace.v1 import MarketplaceNoticed

PUSH = UUID("0194f5a0-0000-7000-8000-000000000001")
NOW = datetime(2026, 3, 2, 7, 1, tzinfo=UTC)


def webhook() -> KeptPush:
    """A TikTok Shop webhook that is understood now: it holds a notice, and no scan."""
    body = examples_of("tiktok-shop-webhook")[0]
    return KeptPush(PUSH, "shop", "tiktok", "tiktok-shop-webhook", "UTC", NOW, b"digest", body)


def test_a_record_in_whose_place_there_is_a_notice_now_is_said_as_that_and_waits_no_longer() -> None:
    """A status that nobody had mapped was set aside as record 0 of its push."""
    scan_id = scan_id_of(PUSH, 0)

    found = reread(webhook(), {0: scan_id}, NOW, FORMATS)

    assert [type(event) for event in found.say] == [MarketplaceNoticed]
    assert (found.no_scans, found.settled, found.still) == ([scan_id], [], [])


def test_a_push_that_nobody_could_parse_may_turn_out_to_be_a_notice() -> None:
    scan_id = scan_id_of(PUSH, WHOLE)

    found = reread(webhook(), {WHOLE: scan_id}, NOW, FORMATS)

    assert [type(event) for event in found.say] == [MarketplaceNoticed]
    assert (found.no_scans, found.records) == ([scan_id], None)
