"""How a push that is kept is answered, in the way that its sender wants."""

import json
from uuid import UUID

import pytest

from carrier_adapter.answers import STYLES, Kept, answer
from carrier_adapter.formats.registry import FORMATS

FIRST = UUID("0194f5a0-0000-7000-8000-000000000001")
SECOND = UUID("0194f5a0-0000-7000-8000-000000000002")
KEPT = Kept(FIRST, False, b"{}")


def test_a_receipt_is_202_and_says_whether_the_push_was_seen_before() -> None:
    told = answer("receipt", [KEPT])
    again = answer("receipt", [Kept(FIRST, True, b"{}")])

    assert (told.status, told.content_type) == (202, "application/json")
    assert json.loads(told.body) == {"receipt": str(FIRST), "seen_before": False}
    assert json.loads(again.body) == {"receipt": str(FIRST), "seen_before": True}


def test_an_upload_of_several_files_gets_a_receipt_for_each_in_their_order() -> None:
    told = json.loads(answer("receipt", [KEPT, Kept(SECOND, True, b"x")]).body)

    assert told["receipt"] == str(FIRST)
    assert told["files"] == [
        {"receipt": str(FIRST), "seen_before": False},
        {"receipt": str(SECOND), "seen_before": True},
    ]


def test_an_empty_answer_is_200_without_a_body_or_a_type() -> None:
    """TikTok Shop, Lazada and Shopee: 200 and an empty body."""
    told = answer("empty", [KEPT])

    assert (told.status, told.content_type, told.body) == (200, None, b"")


def test_sf_express_hears_that_its_routes_came_in() -> None:
    """open.sf-express.com, route push: return_code 0000, or it pushes again."""
    told = answer("sf-express", [KEPT])

    assert (told.status, told.content_type) == (200, "application/json")
    assert json.loads(told.body) == {"return_code": "0000", "return_msg": "ok"}


def test_an_x12_file_that_cannot_be_acknowledged_was_kept_all_the_same() -> None:
    told = answer("x12-997", [Kept(FIRST, False, b"no X12 file")])

    assert told.status == 202
    assert told.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"ISA", b"ISA*00*" + b"x" * 200, b"[" * 10_000])
def test_whatever_was_pushed_its_sender_is_told_that_it_is_kept(style: str, body: bytes) -> None:
    assert answer(style, [Kept(FIRST, False, body)]).status in (200, 202)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_format_s_senders_are_answered_in_a_style_that_there_is(name: str) -> None:
    assert FORMATS[name].answer in STYLES
