"""The words of tracking fold spellings, and cover each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import PHYSICAL, SUB_STATUSES, ScanClass, ScanStatus, carrier_slug, scan_class, tracking_key


def test_there_are_18_statuses_in_three_classes() -> None:
    classes = [scan_class(status) for status in ScanStatus]

    assert len(classes) == 18
    assert classes.count(ScanClass.CONDITION) == 3
    assert classes.count(ScanClass.NOTE) == 1


def test_every_status_has_subs() -> None:
    assert set(SUB_STATUSES) == set(ScanStatus)


def test_a_label_a_note_an_unknown_and_a_cancelled_booking_are_no_physical_scans() -> None:
    assert not PHYSICAL & {
        *(ScanStatus.PRE_TRANSIT, ScanStatus.NOTE, ScanStatus.UNKNOWN, ScanStatus.CANCELLED, ScanStatus.LOST),
        *(ScanStatus.DELAYED, ScanStatus.ON_HOLD),
    }


@pytest.mark.parametrize(
    ("spelt", "key"),
    [
        ("1Z 999 AA1-0123456784", "1Z999AA10123456784"),
        ("nvsg-001\n", "NVSG001"),
        ("ＮＶ１２３", "NV123"),
        ("../../x", "X"),
        ("orders.>", "ORDERS"),
    ],
)
def test_spellings_of_a_tracking_number_are_one(spelt: str, key: str) -> None:
    """B2."""
    assert key == tracking_key(spelt)


@given(st.text(max_size=50))
def test_a_key_has_letters_and_digits_only_and_is_its_own_key(number: str) -> None:
    key = tracking_key(number)

    assert key == "" or key.isalnum()
    assert key == tracking_key(key)


@pytest.mark.parametrize("spelt", ["Canada Post", "CanadaPost", "canada-post", "CANADA_POST"])
def test_spellings_of_a_carrier_are_one(spelt: str) -> None:
    assert carrier_slug(spelt) == "canadapost"
