"""JSON that two readers could take for different things, or that cannot be kept, is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrier_adapter.formats.record import Unparsable
from carrier_adapter.formats.strict_json import as_object, read_json


@pytest.mark.parametrize("body", [b"", b" ", b"{", b'{"a":1', b'{"a":1} x', b'{"a":1}{"a":1}', b"{'a':1}", b"\x00"])
def test_what_is_not_one_document_is_refused(body: bytes) -> None:
    with pytest.raises(Unparsable):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "place"),
    [(b'{"a":1\n "b":2}', "line 2, column 2"), (b'["\x01"]', "line 1, column 3"), (b'{"a":1} x', "line 1, column 9")],
)
def test_where_a_document_breaks_is_said(body: bytes, place: str) -> None:
    with pytest.raises(Unparsable, match=f"the body is not JSON: .* at {place}$") as refused:
        read_json(body)
    assert " at at " not in str(refused.value)


@pytest.mark.parametrize("body", [b'{"a":"\xff"}', '{"a":1}'.encode("utf-16"), '{"a":"é"}'.encode("latin-1")])
def test_another_encoding_than_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(Unparsable, match="UTF-8"):
        read_json(body)


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert read_json(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"0", b"true"])
def test_a_document_that_is_no_object_is_told_apart(body: bytes) -> None:
    with pytest.raises(Unparsable, match="not a JSON object"):
        as_object(read_json(body))


def test_deep_nesting_is_refused_before_it_is_followed() -> None:
    with pytest.raises(Unparsable, match="deep"):
        read_json(b"[" * 100_000)


def test_brackets_in_texts_hide_no_nesting() -> None:
    hidden = b'{"a":"' + b"]" * 100_000 + b'","b":' + b"[" * 50_000 + b"]" * 50_000 + b"}"

    with pytest.raises(Unparsable, match="deep"):
        read_json(hidden)
    with pytest.raises(Unparsable, match="deep"):
        read_json(b'{"":"]","b":' * 5_000 + b"1" + b"}" * 5_000)


def test_brackets_in_texts_are_no_nesting() -> None:
    text = '[{"' * 50 + '\\"' + "["

    assert read_json(json.dumps({"a": text, text: 1}).encode()) == {"a": text, text: 1}


def test_32_levels_are_read_and_33_are_not() -> None:
    assert read_json(b"[" * 32 + b"]" * 32)
    with pytest.raises(Unparsable):
        read_json(b"[" * 33 + b"]" * 33)


@pytest.mark.parametrize(
    "number", ["9" * 5_000, "-" + "9" * 5_000, "9" * 21, "1e400", "-1e400", "NaN", "Infinity", "-Infinity"]
)
def test_a_number_that_nobody_can_keep_is_refused(number: str) -> None:
    with pytest.raises(Unparsable):
        read_json(f'{{"a":{number}}}'.encode())


def test_a_number_of_twenty_digits_is_kept_whole() -> None:
    assert read_json(b"9" * 20) == 10**20 - 1


def test_a_field_named_twice_is_refused_at_any_depth() -> None:
    with pytest.raises(Unparsable, match="twice"):
        read_json(b'{"status":"a","status":"b"}')
    with pytest.raises(Unparsable, match="twice"):
        read_json(b'[{"a":{"b":1,"\\u0062":2}}]')


@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b", "\\ud800", "\\udc00\\ud800", "\\uD83D x"])
def test_nul_and_half_characters_are_refused_in_texts_and_names(text: str) -> None:
    with pytest.raises(Unparsable):
        read_json(f'{{"a":["{text}"]}}'.encode())
    with pytest.raises(Unparsable):
        read_json(f'{{"{text}":1}}'.encode())


def test_a_character_written_as_two_halves_is_whole() -> None:
    assert read_json(b'"\\ud83d\\udce6"') == "\N{PACKAGE}"


def test_a_backslash_before_u0000_makes_it_plain_text() -> None:
    assert read_json(b'"\\\\u0000"') == "\\u0000"


letters = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])  # neither can be kept
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(letters, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(letters, max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(documents, st.booleans())
def test_honest_documents_are_read_as_they_were_written(document: object, ascii_only: bool) -> None:
    assert read_json(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        document = read_json(body)
    except Unparsable:
        return
    assert json.dumps(document, ensure_ascii=False).encode()
