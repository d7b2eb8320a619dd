"""Status tables: which key of a mapping speaks for a code."""

from collections.abc import Mapping

import pytest

from carrier_adapter.mapping.document import Meaning
from carrier_adapter.mapping.meanings import REMEMBERED, StatusTable


def table(keys: Mapping[str, str | None], parts: int = 9) -> StatusTable:
    meanings = {key: Meaning.model_validate(words) if words else None for key, words in keys.items()}
    return StatusTable(meanings, parts)


def meaning(of: StatusTable, *code: str) -> str | None:
    known, found = of.meaning_of(code)
    return f"{found.status}.{found.sub_status}" if found else "open" if known else None


def test_case_and_spaces_do_not_matter() -> None:
    found = table({"Out  for delivery": "out_for_delivery.loaded"})

    assert meaning(found, " OUT FOR\tDELIVERY ") == "out_for_delivery.loaded"
    assert meaning(found, "out for") is None


def test_a_key_with_fewer_parts_stands_for_every_code_that_begins_with_it() -> None:
    found = table({"UD": "in_transit.moving", "UD/Dispatched": "out_for_delivery.loaded"})

    assert meaning(found, "UD", "anything") == "in_transit.moving"
    assert meaning(found, "UD", "dispatched") == "out_for_delivery.loaded"
    assert meaning(found, "RT", "dispatched") is None


def test_the_key_that_says_more_parts_counts_and_then_the_one_that_says_the_earlier() -> None:
    found = table(
        {"*/X": "delayed.carrier", "A": "in_transit.moving", "A/*/1": "on_hold.carrier", "*": "note.information"}
    )

    assert meaning(found, "A", "X") == "in_transit.moving"
    assert meaning(found, "B", "X") == "delayed.carrier"
    assert meaning(found, "A", "Y", "1") == "on_hold.carrier"
    assert meaning(found, "B", "Y") == "note.information"


def test_a_star_within_a_text_stands_for_any_text_and_counts_less_than_the_text_itself() -> None:
    found = table(
        {
            "Received at *": "in_transit.arrived_facility",
            "Received at warehouse": "in_transit.processed",
            "Received * [*]": "picked_up.collected",
        },
        1,
    )

    assert meaning(found, "received at Jakarta / Hub 7") == "in_transit.arrived_facility"
    assert meaning(found, "Received at Warehouse") == "in_transit.processed"
    assert meaning(found, "Received by courier [Depok]") == "picked_up.collected"
    assert meaning(found, "Not received at Jakarta") is None
    assert meaning(found, "received attic") is None
    assert meaning(found, "received [") is None


def test_a_text_that_nearly_fits_many_stars_takes_no_time() -> None:
    found = table({"*".join("abababababab"): "in_transit.moving"}, 1)

    assert meaning(found, "ab" * 150 + "c") is None
    assert meaning(found, "xx".join("abababababab")) == "in_transit.moving"


def test_a_slash_or_a_star_that_is_part_of_a_code_is_written_with_a_backslash() -> None:
    found = table({r"N\/A/1": "note.information", r"\*/2": "delayed.carrier"})

    assert meaning(found, "N/A", "1") == "note.information"
    assert meaning(found, "N", "A", "1") is None
    assert meaning(found, "*", "2") == "delayed.carrier"
    assert meaning(found, "x", "2") is None


def test_a_code_of_one_part_may_have_slashes_as_they_are() -> None:
    assert meaning(table({"N/A": "note.information"}, 1), "n/a") == "note.information"


def test_null_is_known_but_left_open_and_goes_before_a_wider_key() -> None:
    found = table({"A": "in_transit.moving", "A/B": None})

    assert found.meaning_of(("A", "B")) == (True, None)
    assert meaning(found, "A", "C") == "in_transit.moving"


def test_codes_without_end_do_not_fill_the_memory() -> None:
    found = table({"to *": "in_transit.moving"}, 1)

    for n in range(REMEMBERED + 10):
        assert meaning(found, f"to {n}") == "in_transit.moving"
    assert len(found._remembered) == REMEMBERED


def test_a_code_of_other_length_is_unknown() -> None:
    assert table({"A/B": "in_transit.moving"}).meaning_of(()) == (False, None)
    assert meaning(table({"A/B": "in_transit.moving"}), "A") is None


@pytest.mark.parametrize(
    "words", ["delivered", "delivered.", "delivered.at_last", "unknown.unmapped", "arrived.home", ""]
)
def test_words_that_the_vocabulary_does_not_have_are_no_meaning(words: str) -> None:
    with pytest.raises(ValueError, match=r"is followed by one of|there is no status|write null"):
        Meaning.model_validate(words)


@pytest.mark.parametrize("sub", ["not_found", "invalid_number", "expired", "other"])
def test_that_the_source_knows_nothing_is_a_meaning_and_not_an_unmapped_code(sub: str) -> None:
    assert meaning(table({"NONE": f"unknown.{sub}"}), "NONE") == f"unknown.{sub}"
