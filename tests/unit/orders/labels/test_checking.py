"""A label carries what its order says, and nothing else is on it (R4); an insert neither begs nor threatens (R3)."""

from dataclasses import replace
from typing import Any

import pytest
from bench.labels import HALVES, cases

from orders.labels.checking import check, check_insert
from orders.labels.label import Code, Finding, Item, Label

MUG = Item("MUG-02", "Stoneware mug No.5, 0.35 l", 2)
TRAY = Item("TRAY-1", "Oak tray", 1)
TRACKING = "JD0146000026472819"
LABEL = Label(
    recipient="Dr. Emily Smith",
    address=("Flat 3B, 14 St. James St.", "London SW1A 1AA"),
    items=(MUG, TRAY),
    tracking_number=TRACKING,
    handling=("FRAGILE",),
    phone="+44 7911 123456",
    texts={"note": "Ring bell 2.", "sender": "Cup & Co., 18 Dock Rd., Hull"},
    codes=(Code("Code128", TRACKING),),
)
ORDER: dict[str, Any] = {
    "lines": [MUG, TRAY],
    "recipient": "Dr. Emily Smith",
    "address": ["Flat 3B, 14 St. James St.", "London SW1A 1AA"],
    "tracking_numbers": [TRACKING],
    "order_number": "WB-104821",
    "fragile": {"MUG-02"},
}


def refused(label: Label, **otherwise: Any) -> list[tuple[str, str]]:
    return [(finding.rule, finding.field) for finding in check(label, **{**ORDER, **otherwise})]


def test_r4_a_label_that_carries_everything_and_nothing_else_is_let_through() -> None:
    assert check(LABEL, **ORDER) == ()


@pytest.mark.parametrize("field", ["recipient", "address", "items", "tracking_number", "handling"])
def test_r4_a_label_that_lacks_one_is_refused(field: str) -> None:
    empty: Any = "" if field in ("recipient", "tracking_number") else ()

    assert refused(replace(LABEL, **{field: empty})) == [("R4.lacks", field)]


def test_r4_a_parcel_with_nothing_fragile_needs_no_mark() -> None:
    assert refused(replace(LABEL, handling=()), fragile={"GLASS-9"}) == []


@pytest.mark.parametrize("mark", ["FRÁGIL", "Hàng dễ vỡ", "易碎品", "ระวังแตก", "PECAH BELAH", "ｆｒａｇｉｌｅ"])
def test_r4_fragile_may_be_said_in_the_buyers_language(mark: str) -> None:
    assert refused(replace(LABEL, handling=(mark,))) == []


def test_r4_a_mark_that_the_parcel_needs_is_named_where_it_lacks() -> None:
    (finding,) = check(LABEL, **{**ORDER, "handling": ["THIS SIDE UP"]})

    assert finding == Finding("handling", "", "R4.lacks", "Put the handling mark THIS SIDE UP on the label.")


def test_a_label_must_say_what_the_order_says() -> None:
    assert refused(replace(LABEL, recipient="Emily Jones")) == [("R4.differs", "recipient")]
    assert refused(replace(LABEL, address=("Flat 3B, 14 St. James St.",))) == [("R4.differs", "address")]
    assert refused(replace(LABEL, tracking_number="JD999")) == [("R4.differs", "tracking_number")]
    assert refused(replace(LABEL, items=(MUG._replace(quantity=1), TRAY))) == [("R4.differs", "items")]
    assert refused(replace(LABEL, items=(MUG,))) == [("R4.lacks", "items")]
    assert refused(replace(LABEL, items=(MUG, TRAY, Item("X-1", "Spoon", 1)))) == [("R4.differs", "items")]


def test_case_accents_and_punctuation_make_no_difference() -> None:
    label = replace(
        LABEL, recipient="DR EMILY SMITH", address=("FLAT 3B", "14 ST JAMES ST", "LONDON SW1A1AA", "UNITED KINGDOM")
    )

    assert refused(label) == []


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        (Code("QRCode", TRACKING), ["R4.qr"]),
        (Code("MicroQRCode", "1"), ["R4.qr"]),
        (Code("RMQRCode", TRACKING), ["R4.qr"]),
        (Code("QRCode", "https://cupco.com"), ["R4.qr", "R4.link"]),
        (Code("Code128", TRACKING), []),
        (Code("DataMatrix", "WB-104821"), []),
        (Code("DataMatrix", f"{TRACKING}|cupco.com"), ["R4.link"]),
        (Code("EAN13", "5012345678900"), ["R4.unrelated"]),
        (Code("Code128", ""), ["R4.unrelated"]),
    ],
)
def test_r4_no_qr_code_and_only_bar_codes_of_the_order(code: Code, rules: list[str]) -> None:
    assert refused(replace(LABEL, codes=(code,))) == [(rule, "codes") for rule in rules]


@pytest.mark.parametrize(
    ("change", "rule", "field"),
    [
        ({"recipient": "Dr. Emily Smith, cupco.com"}, "R4.link", "recipient"),
        ({"address": (*LABEL.address, "order again at cupco.com")}, "R4.link", "address"),
        ({"address": (*LABEL.address, "20% off next time")}, "R4.unrelated", "address"),
        ({"items": (MUG._replace(title="Mug, cheaper at cupco dot com"), TRAY)}, "R4.link", "items"),
        ({"handling": ("FRAGILE, call 0812 3456 7890",)}, "R4.contact", "handling"),
        ({"phone": "0812 3456 7890 Telegram: cupco_1"}, "R4.contact", "phone"),
        ({"texts": {"reference": "@cupco_deals"}}, "R4.contact", "reference"),
        ({"texts": {"note": "5 stars please"}}, "R3.review", "note"),
    ],
)
def test_r4_every_field_is_read(change: dict[str, Any], rule: str, field: str) -> None:
    assert (rule, field) in refused(replace(LABEL, **change))


def test_a_files_text_says_again_what_the_fields_say_and_nothing_else() -> None:
    again = "\n".join(["Dr. Emily Smith", *LABEL.address, TRACKING, "+44 7911 123456", MUG.title])

    assert refused(replace(LABEL, texts={"file": again})) == []
    assert refused(replace(LABEL, texts={"file": f"{again}\ncall 0812 3456 7890"})) == [("R4.contact", "file")]


@pytest.mark.parametrize(
    "text",
    [
        "Give us five stars!",
        "Kasih bintang 5 ya kak",
        "รีวิว 5 ดาว",
        "Đánh giá năm sao nhé",
        "Deje una reseña positiva",
        "五星好评返现",
        "⭐⭐⭐⭐⭐",
        "Get $10 for your review",
    ],
)
def test_r3_an_insert_may_not_solicit_positive_reviews(text: str) -> None:
    assert {(finding.rule, finding.field) for finding in check_insert(text)} == {("R3.review", "insert")}


@pytest.mark.parametrize(
    "text",
    [
        "You will regret it.",
        "We know where you live",
        "Kami laporkan ke polisi",
        "เรารู้ที่อยู่ของคุณ",
        "Liệu hồn đấy",
        "Le denunciaremos",
        "后果自负",
    ],
)
def test_r3_an_insert_may_not_threaten(text: str) -> None:
    assert {finding.rule for finding in check_insert(text)} == {"R3.threat"}


@pytest.mark.parametrize(
    "text",
    [
        "Thank you! If something is wrong, message us in the app.",
        "Share your honest opinion in the app.",
        "Five star quality craftsmanship since 1990",
        "Bạn có thể đánh giá sản phẩm trong ứng dụng",
        "Su opinión nos importa, sea cual sea",
        "欢迎如实评价",
    ],
)
def test_r3_thanks_and_an_open_question_are_let_be(text: str) -> None:
    assert check_insert(text) == ()


@pytest.mark.parametrize("case", list(cases("tuning")), ids=lambda case: case.id)
def test_the_tuning_half_of_the_label_set_is_judged_as_written(case: Any) -> None:
    found = case.check()

    assert {(one.rule, one.field) for one in found} == {(rule, field) for rule, field, _ in case.expected}


def test_the_label_set_is_halved_and_no_label_is_in_both() -> None:
    tuning, held_out = ([case.id for case in cases(half)] for half in HALVES)

    assert len(tuning) == len(held_out) >= 60
    assert len({*tuning, *held_out}) == len(tuning) + len(held_out)
