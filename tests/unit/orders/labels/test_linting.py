"""What may not stand on a label (R4), however it is disguised, and what is ordinary on one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.labels.label import Finding
from orders.labels.linting import REASONS, lint


def rules(text: str, field: str = "note") -> set[str]:
    return {finding.rule for finding in lint({field: text})}


def words(text: str, rule: str) -> list[str]:
    return [finding.words for finding in lint({"note": text}) if finding.rule == rule]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://cupco.example/sale now", "https://cupco.example/sale"),
        ("see cupco.com now", "cupco.com"),
        ("CUPCO.COM", "CUPCO.COM"),
        ("cupandco.co.uk", "cupandco.co.uk"),
        ("see www cupco com", "www cupco"),
        ("cupco dot com", "cupco dot com"),
        ("cupco (dot) shop", "cupco (dot) shop"),
        ("cupco[.]com", "cupco[.]com"),
        ("hxxps://cupco[.]com/a", "hxxps://cupco[.]com/a"),
        ("cupco . com", "cupco . com"),
        ("c u p c o . c o m", "c u p c o . c o m"),
        ("cupco.c om", "cupco.c om"),
        ("cupco,com", "cupco,com"),
        ("ｃｕｐｃｏ．ｃｏｍ", "ｃｕｐｃｏ．ｃｏｍ"),
        ("𝐜𝐮𝐩𝐜𝐨.𝐜𝐨𝐦", "𝐜𝐮𝐩𝐜𝐨.𝐜𝐨𝐦"),
        ("ⓒⓤⓟⓒⓞ.ⓒⓞⓜ", "ⓒⓤⓟⓒⓞ.ⓒⓞⓜ"),
        ("сuрсо.соm", "сuрсо.соm"),  # Cyrillic letters
        ("c\u0336u\u0336p\u0336c\u0336o.c\u0336o\u0336m", "c\u0336u\u0336p\u0336c\u0336o.c\u0336o\u0336m"),
        ("cup\u200bco\u2060.\u00adcom", "cup\u200bco\u2060.\u00adcom"),
        ("cupco。shop", "cupco。shop"),
        ("cupco punto es", "cupco punto es"),
        ("cupco puntocom", "cupco puntocom"),
        ("tokogelas titik co titik id", "tokogelas titik co titik id"),
        ("battrang chấm vn", "battrang chấm vn"),
        ("kaew จุดคอม", "kaew จุดคอม"),
        ("taoci点com", "taoci点com"),
        ("cupco точка com", "cupco точка com"),
        ("bit.ly/3xYz", "bit.ly/3xYz"),
        ("s.id/gelas", "s.id/gelas"),
        ("1688.com", "1688.com"),
        ("http://192.168.4.20/a", "http://192.168.4.20/a"),
        ("192.168.4.20:8080", "192.168.4.20:8080"),
    ],
)
def test_r4_finds_a_link_in_its_disguise_and_names_the_very_words(text: str, link: str) -> None:
    assert words(text, "R4.link") == [link]


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("call +44 7700 900123", "+44 7700 900123"),
        ("(020) 7946 0991", "(020) 7946 0991"),
        ("0812-3456-7890", "0812-3456-7890"),
        ("0 8 1 2 3 4 5 6 7 8 9 0", "0 8 1 2 3 4 5 6 7 8 9 0"),
        ("๐๘๑ ๒๓๔ ๕๖๗๘", "๐๘๑ ๒๓๔ ๕๖๗๘"),
        ("RT 12 0812-3456-7890", "0812-3456-7890"),
        ("12 0812 3456 7890", "0812 3456 7890"),
        ("SĐT:0912345678", "0912345678"),
        ("13912345678", "13912345678"),
        ("Tfno. 954 12 34 56", "954 12 34 56"),
        ("nol delapan satu dua tiga empat lima enam", "nol delapan satu dua tiga empat lima enam"),
        ("零八一二三四五六七", "零八一二三四五六七"),
        ("sales@cupco.com", "sales@cupco.com"),
        ("sales [at] cupco [dot] com", "sales [at] cupco [dot] com"),
        ("ventas arroba cupco punto es", "ventas arroba cupco punto es"),
        ("cupco at gmail dot com", "cupco at gmail dot com"),
        ("@cupco_deals", "@cupco_deals"),
        ("Telegram: cupco_deals", "Telegram: cupco_deals"),
        ("t.me/cupco", "t.me/cupco"),
        ("wa.me/628123456789", "wa.me/628123456789"),
        ("W h a t s A p p @cupco", "@cupco"),
        ("LINE ID: cupco99", "LINE ID: cupco99"),
        ("IG: cupco.id", "IG: cupco.id"),
        ("ไลน์ไอดี: kaew_99", "ไลน์ไอดี: kaew_99"),
        ("Kết bạn Zalo nhé", "Zalo"),
        ("加V信 ciqi_shop", "V信 ciqi_shop"),
        ("薇❤：taoci888", "薇❤：taoci888"),
        ("QQ群 55667788", "QQ群 55667788"),
    ],
)
def test_r4_finds_a_contact_of_another_platform(text: str, contact: str) -> None:
    assert any(contact in found for found in words(text, "R4.contact"))


@pytest.mark.parametrize(
    "text",
    [
        "WIFI:S:shop;T:WPA;P:12345678;;",
        "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP",
        "MECARD:N:Cup;TEL:1;;",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Cup\nEND:VCARD",
        "upi://pay?pa=cup@bank",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB",
        "00020101021126570011ID.DANA.WWW011893600915300000005802ID6304A1B2",
        "█▀▀▀▀▀█ ▄▀▄ █▀▀▀▀▀█",
        "⣿⣉⣹⡇⣿⣏⡏⣿",
        "\n".join(["# # ## # ### # # #### #"] * 21),
        "Scan this QR code",
        "扫码",
    ],
)
def test_r4_finds_text_that_encodes_a_qr_code(text: str) -> None:
    assert "R4.qr" in rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "Use code MUG15 on your next order",
        "diskon 20%",
        "รับโค้ดส่วนลด",
        "khuyến mãi lớn",
        "KHUYEN MAI",
        "gran sorteo",
        "下次购买更优惠",
    ],
)
def test_r4_finds_what_is_not_about_the_order(text: str) -> None:
    assert rules(text) == {"R4.unrelated"}


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith, 14 St. James St., Flat 3B",
        "St.Louis House, No.5, 2nd floor",
        "Cup & Co., Unit 4.2, 18 Dock Rd., Hull HU1 2AB",
        "Cup Co.Ltd. and Cup Co., Ltd.",
        "USB 3.0 hub v2.1, 5.5cm x 3.2cm, 1.250kg",
        "30x20x12.5cm, 2,5 kg, 220-240V 50/60Hz",
        "Packed 28.11.2026 09:15, sent 2026-11-28, 08.00-17.00",
        "ISBN 978-0-14-028329-7",
        "Lot 2024-0815-7731",
        "COD Rp125.000, thu hộ 1.250.000đ, 1,250.00 บาท, 39,90 €",
        "Line dryer: keep upright. Hotline Miami. A-line skirt.",
        "Open Mon. Shop closes at 5 p.m. Is that right?",
        "Leave at the door.No bell",
        "Call before delivery. Signature required.",
        "Màu đỏ.Giao tầng 2. Nhà.Để ở bảo vệ",
        "Số 25 Ng. 102 Đ. Trần Duy Hưng, P. Trung Hòa, Q.1 TP.HCM 11313",
        "Giao lần sau nếu vắng. Đã chuyển khoản.",
        "Jl. Kebon Jeruk No. 12 RT 005/RW 03, Jakarta Barat 11530",
        "Temu satpam di pos 2. Jangan dibanting.",
        "C/ Mayor n.º 45, 3.º B, 28013 Madrid. Punto de recogida 12.",
        "En este punto es mejor llamar al timbre.",
        "99/12 ถ.สุขุมวิท ซ.55 กรุงเทพฯ 10110 สั่งซื้อออนไลน์",
        "静安区南京西路1266号12楼1203室 200040。送货时间8点到10点。微信支付。",
        "Musterstr. 5, 10115 Berlin. Vorsicht Glas.",
        "Gift message: happy birthday, Mum! Love, Tom & Jo",
        "Paid by PayPal. Order 20261128004512, parcel 1/2",
        "Watch out: fragile. Courier will come to your door.",
    ],
)
def test_what_is_ordinary_on_a_label_is_let_be(text: str) -> None:
    assert lint({"note": text}) == ()


@pytest.mark.parametrize(
    "title",
    [
        "Telegram pad A5",
        "Sách Zalo Marketing",
        "微信主题马克杯",
        "ตุ๊กตา LINE FRIENDS",
        "QQ糖 70g",
        "5-star grip",
        "Promo cap",
    ],
)
def test_a_thing_may_be_named_like_a_platform(title: str) -> None:
    assert lint({"items": title}) == ()


def test_an_account_in_a_things_name_is_a_contact_all_the_same() -> None:
    assert rules("Mug (Telegram: @cupco_deals)", "items") == {"R4.contact"}
    assert rules("Mug 0812-3456-7890", "items") == {"R4.contact"}


def test_digits_are_ordinary_where_numbers_are_expected() -> None:
    assert lint({"tracking_number": "0812345678901", "reference": "0812345678"}) == ()
    assert rules("0812345678") == {"R4.contact"}
    assert rules("Tel 0812345678", "reference") == {"R4.contact"}
    assert rules("+62 812 3456 7890", "reference") == {"R4.contact"}


def test_the_orders_own_numbers_are_no_phones_anywhere() -> None:
    assert lint({"note": "parcel 0812345678 of order WB-1"}, known=["0812345678"]) == ()


@pytest.mark.parametrize("phone", ["+44 7911 123456", "0812 3456 7890", "081-234-5678", ""])
def test_the_recipients_phone_may_stand_in_its_own_field(phone: str) -> None:
    assert lint({"phone": phone}) == ()


@pytest.mark.parametrize(
    ("phone", "rule"),
    [("0812 3456 7890 or cupco.com", "R4.link"), ("ask the neighbour", "R4.unrelated"), ("@cupco", "R4.contact")],
)
def test_the_phone_field_holds_a_phone_and_nothing_else(phone: str, rule: str) -> None:
    assert rule in rules(phone, "phone")


def test_each_finding_names_its_field_and_tells_what_to_do() -> None:
    assert lint({"sender": "Cup & Co., cupco.com", "note": "ring twice"}) == (
        Finding("sender", "cupco.com", "R4.link", REASONS["R4.link"]),
    )


@given(st.dictionaries(st.sampled_from(["note", "phone", "items", "reference"]), st.text(max_size=200)))
def test_any_text_can_be_read(texts: dict[str, str]) -> None:
    for finding in lint(texts):
        assert finding.words in texts[finding.field]


#: What texts of our six languages are made of, and what hides links in them.
PIECES = st.sampled_from(
    [
        *"0123456789.@:/+-()[] \n\u200b。．",
        "com",
        "dot",
        "punto",
        "จุด",
        "点",
        "www",
        "line",
        "wa",
        "QR",
        "สแกน",
        "5",
        "星",
        "đ",
        "ﬁ",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_text_made_of_what_matters_can_be_read(text: str) -> None:
    for finding in lint({"note": text}):
        assert finding.words in text


HOSTS = st.sampled_from(
    ["cupco.com", "cup-and-co.shop", "tokogelas.co.id", "battrang.vn", "kaew.in.th", "taoci.net", "bit.ly/3x"]
)
DOTS = st.sampled_from(
    [".", "．", "。", "[.]", "(dot)", " dot ", " [ dot ] ", " punto ", " titik ", " chấm ", " จุด ", "点", " . ", "․"]
)
UNSEEN = st.sampled_from(["", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad"])


def wide(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


@st.composite
def hidden_links(draw: st.DrawFn) -> str:
    """A link with its dot disguised or set apart letter by letter, invisible characters in it, maybe full-width."""
    host, dot = draw(HOSTS), draw(DOTS)
    if draw(st.booleans()):
        link = host.replace(".", dot)
    else:
        gap = draw(st.sampled_from([" ", "  ", "\u00a0"]))
        link = host if "-" in host or "/" in host else gap.join(host)
    if draw(st.booleans()):
        link = wide(link)
    if draw(st.booleans()):
        link = "".join(draw(st.sampled_from([character, character.upper()])) for character in link)
    return "".join(character + draw(UNSEEN) for character in link)


@given(
    hidden_links(),
    st.sampled_from(["", "Ring twice. ", "Leave with the porter, "]),
    st.sampled_from(["", ", please", " 5"]),
)
def test_r4_finds_a_hidden_link_always(link: str, before: str, after: str) -> None:
    assert "R4.link" in rules(before + link + after)


BAD = st.sampled_from(
    [
        "cupco.com",
        "call 0812 3456 7890",
        "sales@cupco.com",
        "WIFI:S:a;P:b;;",
        "50% off",
        "Telegram: @cupco",
        "5 stars please",
    ]
)


@given(st.dictionaries(st.sampled_from("abcd"), BAD), BAD)
def test_a_bad_text_more_takes_no_finding_away(texts: dict[str, str], bad: str) -> None:
    assert set(lint(texts)) < set(lint({**texts, "more": bad}))


@given(st.lists(BAD, min_size=1, max_size=3), BAD)
def test_bad_words_more_in_a_text_hide_no_others(lines: list[str], bad: str) -> None:
    before, after = lint({"note": "\n".join(lines)}), lint({"note": "\n".join([*lines, bad])})

    assert all(any(one.rule == two.rule and one.words in two.words for two in after) for one in before)
