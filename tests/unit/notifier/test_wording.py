"""What messages say: in R1's words, of one parcel or many, with the money and the link that belong there."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from contracts.orders.v1 import AskKind, Happening, ReturnStatus
from notifier.messages import TO_BUYER, TO_SELLER, Recipient, code_of, digest_of
from notifier.wording import Mail, language_for, plain, render
from unit.notifier.happened import (
    DETAILS,
    LINK,
    about,
    code_asked,
    mail_of,
    occurrence,
    parcel,
    reminder,
    sent_back,
    standing,
    waiting,
    with_detail,
)

H = Happening
BUYER, SELLER = Recipient.BUYER, Recipient.SELLER
EVERYTHING = [*((BUYER, kind) for kind in TO_BUYER), *((SELLER, kind) for kind in TO_SELLER)]
ANY = standing(tiktok=True)
TWO = standing(parcel(1), parcel(2), tiktok=True)


def test_the_details_above_are_the_only_ones_that_wording_asks_for() -> None:
    for recipient, kind in EVERYTHING:
        mail_of(recipient, occurrence(kind), state=ANY)


@pytest.mark.parametrize(("recipient", "kind"), EVERYTHING)
def test_every_message_names_its_order_and_reads_as_a_text(recipient: Recipient, kind: Happening) -> None:
    mail = mail_of(recipient, occurrence(kind), state=ANY)

    assert "TT-1001" in mail.subject
    assert "TT-1001" in mail.text
    assert mail.subject == mail.subject.strip()
    assert "\n" not in mail.subject
    assert mail.text.startswith("Hello Mei Tan,\n\n")
    paragraphs = mail.text.rstrip("\n").split("\n\n")
    assert len(paragraphs) >= 3
    assert all(one == one.strip() and one for one in paragraphs)
    assert not re.search(r"  |[{}]|\bNone\b| [.,]", mail.text)
    assert all(word in mail.html for word in ("<h1", "Hello Mei Tan,"))


@pytest.mark.parametrize(("recipient", "kind"), [one for one in EVERYTHING if occurrence(one[1]).parcel])
def test_of_an_order_of_several_parcels_a_message_says_which(recipient: Recipient, kind: Happening) -> None:
    mail = mail_of(recipient, occurrence(kind, 2), state=TWO)

    assert "parcel 2 of 2" in mail.subject
    assert "arcel 2 of 2 of" in mail.text
    assert "parcel 1" not in mail.text


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        *((H.PROCESSED, "Processed"), (H.SHIPPED, "Shipped"), (H.DELIVERED, "Delivered"), (H.CANCELLED, "Cancelled")),
        *((H.RETURNED, "Returned"), (H.DELAYED, "Delayed"), (H.LOST, "Lost"), (H.DAMAGED, "Damaged")),
    ],
)
def test_buyers_read_the_words_of_r1_first(kind: Happening, word: str) -> None:
    assert mail_of(BUYER, occurrence(kind)).subject.startswith(f"{word}: ")


@pytest.mark.parametrize("kind", [H.DELAYED, H.LOST, H.DAMAGED, H.AWAITING_SIGNATURE, H.CANCELLED])
def test_sellers_read_the_same_words(kind: Happening) -> None:
    word = kind.value.replace("_", " ").capitalize()

    assert mail_of(SELLER, occurrence(kind)).subject.startswith(f"{word}: ")


@pytest.mark.parametrize("kind", [H.SHIPPED, H.OUT_FOR_DELIVERY, H.ATTEMPT_FAILED, H.READY_FOR_PICKUP, H.DELAYED])
def test_what_is_on_its_way_can_be_followed(kind: Happening) -> None:
    mail = mail_of(BUYER, occurrence(kind))

    assert mail.text.count(LINK) == 1
    assert mail.html.count(f'href="{LINK}"') == 1


@pytest.mark.parametrize("kind", TO_BUYER)
def test_without_a_link_nothing_speaks_of_one(kind: Happening) -> None:
    mail = mail_of(BUYER, occurrence(kind), tracking_url="")

    assert "Follow" not in mail.text
    assert "href" not in mail.html


@pytest.mark.parametrize("kind", TO_SELLER)
def test_a_sellers_message_has_no_buyers_link(kind: Happening) -> None:
    mail = mail_of(SELLER, occurrence(kind), state=ANY)

    assert LINK not in mail.text + mail.html


# --- money: only what applies to that sum -----------------------------------------------------------------------------

CANCELLATIONS: list[tuple[dict[str, str], list[str], list[str]]] = [
    ({"by": "D5", "refund": "due", "amount": "27.00 SGD"}, ["27.00 SGD is being refunded", "no carrier"], ["ask"]),
    (
        {"by": "buyer", "refund": "due", "amount": "27.00 SGD"},
        ["27.00 SGD is being refunded", "as you asked"],
        ["ask "],
    ),
    ({"by": "seller", "refund": "due", "amount": "5.00 SGD"}, ["5.00 SGD is being refunded", "by Blue Mug"], ["ask"]),
    (
        {"by": "D9", "refund": "on_request", "amount": "27.00 SGD"},
        ["ask Blue Mug Shop to refund", "27.00 SGD"],
        ["being"],
    ),
    (
        {"by": "D7", "refund": "on_request", "amount": "27.00 SGD"},
        ["ask Blue Mug Shop to refund", "in time"],
        ["being"],
    ),
    ({"by": "D9", "refund": "none"}, ["lost or damaged"], ["refund", "SGD"]),
]


@pytest.mark.parametrize(("detail", "said", "unsaid"), CANCELLATIONS)
def test_a_cancellation_says_why_and_what_becomes_of_the_money(
    detail: dict[str, str], said: list[str], unsaid: list[str]
) -> None:
    one = occurrence(H.CANCELLED).model_copy(update={"detail": detail})

    text = mail_of(BUYER, one).text

    assert all(words in text for words in said)
    assert not any(words in text for words in unsaid)


@pytest.mark.parametrize("kind", [H.LOST, H.DAMAGED, H.DELAYED, H.PARCEL_CLOSED, H.COMPLAINT_UPHELD])
def test_a_buyer_who_paid_reads_how_to_ask_for_a_refund(kind: Happening) -> None:
    text = mail_of(BUYER, occurrence(kind)).text

    assert re.search(r"ask Blue Mug Shop (for a|to) refund", text)
    assert "reply to this message" in text


@pytest.mark.parametrize(("recipient", "kind"), [one for one in EVERYTHING if "refund" not in one[1].value])
def test_of_cash_on_delivery_nothing_is_refunded(recipient: Recipient, kind: Happening) -> None:
    detail = {**DETAILS.get(kind, {}), "refund": "none"}
    detail.pop("amount", None)
    if kind is H.PARCEL_CLOSED:
        detail["amount"] = "0.00 SGD"
    one = occurrence(kind).model_copy(update={"detail": detail})

    mail = mail_of(recipient, one, state=standing(cod=True, tiktok=True))

    text = mail.text.replace("Nothing was refunded", "")
    assert "refund" not in text
    assert "SGD" not in text


def test_who_pays_at_the_door_is_told_so() -> None:
    assert "payment ready" in mail_of(BUYER, occurrence(H.OUT_FOR_DELIVERY), state=standing(cod=True)).text
    assert "payment" not in mail_of(BUYER, occurrence(H.OUT_FOR_DELIVERY)).text
    unpaid = occurrence(H.CANCELLED).model_copy(update={"detail": {"by": "D5", "refund": "none"}})
    assert "do not have to pay" in mail_of(BUYER, unpaid, state=standing(cod=True)).text


@pytest.mark.parametrize(
    ("recipient", "kind", "words"),
    [
        (BUYER, H.REFUND_ISSUED, "Your refund of 27.00 SGD for order TT-1001 has been paid out"),
        (BUYER, H.REFUND_REFUSED, "refused your request for a refund of 27.00 SGD for order TT-1001"),
        (BUYER, H.PARCEL_CLOSED, "refund 12.50 SGD"),
        (SELLER, H.REFUND_REQUESTED, "asks for 27.00 SGD back"),
        (SELLER, H.CANCELLED, "27.00 SGD is being refunded"),
        (SELLER, H.DELIVERED_AFTER_CANCELLATION, "The buyer has the refund."),
    ],
)
def test_money_is_named_where_it_moves(recipient: Recipient, kind: Happening, words: str) -> None:
    assert words in mail_of(recipient, occurrence(kind)).text


@pytest.mark.parametrize(
    ("given_sum", "shown"),
    [("12.5 SGD", "12.50 SGD"), ("12.50 SGD", "12.50 SGD"), ("1200 JPY", "1200 JPY"), ("1.125 KWD",) * 2],
)
def test_money_is_written_with_its_cents(given_sum: str, shown: str) -> None:
    assert f" {shown} for order" in mail_of(BUYER, occurrence(H.REFUND_ISSUED, amount=given_sum)).text


def test_what_came_back_is_refunded_only_where_something_was_paid() -> None:
    paid = mail_of(BUYER, occurrence(H.RETURNED), state=standing(refund_due=True, refundable=False))
    unpaid = mail_of(BUYER, occurrence(H.RETURNED), state=standing(cod=True))

    assert "is being refunded" in paid.text
    assert "refund" not in unpaid.text


# --- what else a buyer needs to know ----------------------------------------------------------------------------------


def test_a_new_order_asks_to_check_the_address_and_says_how_to_change_it() -> None:
    text = mail_of(BUYER, occurrence(H.PLACED)).text

    assert "Pending" in text
    assert "check the address" in text
    assert "reply to this message" in text


def test_a_delay_says_sorry_why_and_the_new_date_where_there_is_one() -> None:
    known = parcel(delayed_at=25.5, carrier_delay=True, estimated_at=97)
    unknown = parcel(delayed_at=25.5)

    text = mail_of(BUYER, occurrence(H.DELAYED), state=standing(known)).text
    assert "sorry" in text
    assert "should have been delivered by Tuesday 3 March at 09:30" in text
    assert "reports a delay on the way, and now expects to deliver it on Friday 6 March at 09:00" in text

    text = mail_of(BUYER, occurrence(H.DELAYED), state=standing(unknown)).text
    assert "There is no new date yet" in text
    assert "reports a delay" not in text


def test_a_date_before_the_delay_is_no_new_date() -> None:
    state = standing(parcel(delayed_at=25.5, estimated_at=24))

    assert "There is no new date yet" in mail_of(BUYER, occurrence(H.DELAYED), state=state).text


def test_days_and_hours_are_the_readers() -> None:
    one = occurrence(H.DELIVERED, hour=20)  # 20:00 UTC on 2 March

    assert "Tuesday 3 March at 04:00" in mail_of(BUYER, one).text
    assert "Monday 2 March at 15:00" in mail_of(BUYER, one, zone="America/New_York").text


def test_a_delivery_has_two_neutral_questions_and_no_wish_for_praise() -> None:
    text = mail_of(BUYER, occurrence(H.DELIVERED)).text

    assert text.count("?") == 1
    assert "Two short questions" in text
    assert not re.search(r"positive|stars?|good review|rate us|happy", text)


def test_progress_is_told_of_several_parcels_once() -> None:
    there = standing(parcel(1, delivered_at=25), parcel(2, delivered_at=25), parcel(3))

    both = mail_of(BUYER, occurrence(H.DELIVERED, 1), occurrence(H.DELIVERED, 2), state=there)

    assert both.subject == "Delivered: 2 of 3 parcels, order TT-1001"
    assert both.text.count("Delivered so far: 2 of 3 parcels.") == 1
    assert both.text.count("Two short questions") == 1


def test_all_parcels_at_once_are_the_order() -> None:
    there = standing(parcel(1, delivered_at=25), parcel(2, delivered_at=25))

    both = mail_of(BUYER, occurrence(H.DELIVERED, 1), occurrence(H.DELIVERED, 2), state=there)

    assert both.subject == "Delivered: your order TT-1001"


def test_a_pick_up_point_is_named_where_it_is_known() -> None:
    assert "Locker 12" in mail_of(BUYER, occurrence(H.READY_FOR_PICKUP, place="Locker 12")).text
    assert "the pick-up point." in mail_of(BUYER, occurrence(H.READY_FOR_PICKUP)).text


def test_a_pick_up_says_until_when_where_it_is_known() -> None:
    there = mail_of(BUYER, occurrence(H.READY_FOR_PICKUP, place="Locker 12", until="2026-03-05T10:00:00Z")).text

    assert "collect it by Thursday 5 March at 18:00: after that" in there
    assert "within the next few days" in mail_of(BUYER, occurrence(H.READY_FOR_PICKUP)).text


# --- requests, changes, returns, complaints ---------------------------------------------------------------------------

ASKED = standing(asks=[waiting(kind, number=number) for number, kind in enumerate(AskKind)], tiktok=True)


@pytest.mark.parametrize(
    ("recipient", "kind", "words"),
    [
        (
            BUYER,
            H.CANCELLATION_REQUESTED,
            "until Wednesday 4 March at 09:30 to answer. If they do not, it is cancelled",
        ),
        (SELLER, H.CANCELLATION_REQUESTED, "by Wednesday 4 March at 09:30: without an answer by then, it is cancelled"),
        (SELLER, H.RETURN_REQUESTED, "by Thursday 5 March at 09:30: without an answer by then, it is approved"),
        (SELLER, H.REFUND_REQUESTED, "by Thursday 5 March at 09:30: without an answer by then, it is approved"),
    ],
)
def test_a_request_says_by_when_it_is_answered_and_what_becomes_of_it_else(
    recipient: Recipient, kind: Happening, words: str
) -> None:
    assert words in mail_of(recipient, occurrence(kind), state=ASKED).text
    assert "without an answer" not in mail_of(recipient, occurrence(kind)).text


@pytest.mark.parametrize(
    ("recipient", "kind", "what", "words"),
    [
        (BUYER, H.CHANGE_APPLIED, "address", "goes to another address now"),
        (BUYER, H.CHANGE_APPLIED, "lines", "its items are different now"),
        (BUYER, H.CHANGE_REFUSED, "address", "could not change the address of your order"),
        (BUYER, H.CHANGE_REFUSED, "lines", "could not change the items of your order"),
        (SELLER, H.CHANGE_REQUESTED, "address", "asks to change the delivery address"),
        (SELLER, H.CHANGE_REQUESTED, "lines", "asks to change the items"),
        (SELLER, H.CHANGE_APPLIED, "address", "print a new one"),  # R10: a change voids a printed label
        (SELLER, H.CHANGE_APPLIED, "lines", "A label and a checklist that are done already are void"),  # R11
    ],
)
def test_a_change_says_what_it_is_of(recipient: Recipient, kind: Happening, what: str, words: str) -> None:
    assert words in mail_of(recipient, occurrence(kind, what=what)).text


@pytest.mark.parametrize(("by", "words"), [("buyer", "as you asked"), ("seller", "by Blue Mug Shop")])
def test_a_change_says_who_made_it_and_what_to_do_if_it_is_not_wanted(by: str, words: str) -> None:
    text = mail_of(BUYER, occurrence(H.CHANGE_APPLIED, by=by)).text

    assert words in text
    assert "If you did not ask for this, reply to this message at once" in text


def test_a_change_that_makes_an_order_cheaper_says_what_is_given_back() -> None:
    assert "3.00 SGD too much" in mail_of(BUYER, occurrence(H.CHANGE_APPLIED, what="lines", amount="3.00 SGD")).text
    assert "too much" not in mail_of(BUYER, occurrence(H.CHANGE_APPLIED, what="lines")).text


def test_an_approved_return_says_until_when_and_links_to_how_it_is_packed() -> None:
    mail = mail_of(BUYER, occurrence(H.RETURN_APPROVED))

    assert "by Tuesday 17 March at 09:30: after that, the return is closed" in mail.text
    assert f"How to pack it and where to send it:\n{LINK}" in mail.text
    assert mail.html.count(f'href="{LINK}"') == 1
    assert "how to pack it" in mail_of(BUYER, occurrence(H.RETURN_APPROVED), tracking_url="").text


@pytest.mark.parametrize(
    ("detail", "due", "said", "unsaid"),
    [
        ({"refund": "due", "amount": "12.50 SGD"}, False, "12.50 SGD is being refunded", "ask"),
        ({"refund": "issued", "amount": "12.50 SGD"}, False, "12.50 SGD has been refunded", "being"),
        ({"refund": "requested"}, False, "now decides about your refund", "being"),
        ({"refund": "none"}, True, "has received", "refund"),
        ({}, True, "What you paid for it is being refunded", "ask"),
        ({}, False, "has received", "refund"),
    ],
)
def test_a_return_that_arrived_says_what_becomes_of_the_money(
    detail: dict[str, str], due: bool, said: str, unsaid: str
) -> None:
    state = standing(returns=[sent_back(ReturnStatus.RECEIVED)], refund_due=due, refundable=False)

    text = mail_of(BUYER, with_detail(occurrence(H.RETURN_RECEIVED), **detail), state=state).text

    assert said in text
    assert unsaid not in text


COMPLAINTS = {
    "empty": "was empty",
    "incomplete": "is missing",
    "wrong_item": "something else came",
    "damaged": "is damaged",
    "fraudulent": "deceived",
    "hazardous": "dangerous",
    "false_label": "label",
    "not_received": "never received",
}


@pytest.mark.parametrize(("kind", "words"), COMPLAINTS.items())
def test_a_complaint_says_in_plain_words_what_it_is_about(kind: str, words: str) -> None:
    assert words in mail_of(SELLER, occurrence(H.COMPLAINT_OPENED, kind=kind)).text


def test_a_complaint_of_a_kind_nobody_knows_is_a_complaint_all_the_same() -> None:
    text = mail_of(SELLER, occurrence(H.COMPLAINT_OPENED, kind="https://evil.example")).text

    assert "complains about order TT-1001. Answer" in text


@pytest.mark.parametrize(
    ("kind", "to_do"),
    [
        (H.SHIP_OVERDUE, "Hand it over to the carrier and mark it shipped now"),  # D1
        (H.MARK_SHIPPED_OVERDUE, "Mark it shipped now"),  # D2
        (H.COLLECTION_OVERDUE, "Ask the carrier whether they have it"),  # D13
        (H.LOST_IN_RETURN, "decide about the buyer's refund"),  # D11
    ],
)
def test_what_is_overdue_says_what_to_do_next(kind: Happening, to_do: str) -> None:
    assert to_do in mail_of(SELLER, occurrence(kind)).text


def code_mail(code: str = "048213") -> Mail:
    [part] = code_of(code_asked(until=1)).parts
    return render(BUYER, [{**part, "code": code}], about(), "en")


def test_a_code_is_in_the_body_and_not_in_the_subject() -> None:
    mail = code_mail()

    assert mail.subject == "Your code for order TT-1001"
    assert "Your code is 048213." in mail.text
    assert "048213" in mail.html
    assert "by Monday 2 March at 09:00" in mail.text
    assert "give it to nobody" in mail.text
    assert LINK not in mail.text


@given(st.integers(0, 999_999))
def test_no_code_is_ever_in_the_subject(number: int) -> None:
    code = f"{number:06d}"

    mail = code_mail(code)

    assert code not in mail.subject
    assert f"Your code is {code}." in mail.text


@pytest.mark.parametrize("name", ["", "   ", "\u200b"])
def test_who_has_no_name_is_greeted_without_one(name: str) -> None:
    assert mail_of(BUYER, occurrence(H.PLACED), name=name).text.startswith("Hello,\n")


@pytest.mark.parametrize(
    ("numbers", "more", "subject"),
    [(["A"], 0, "1 order without"), (["A", "B"], 0, "2 orders without"), (["A", "B"], 40, "42 orders without")],
)
def test_a_digest_counts_and_names_the_orders(numbers: list[str], more: int, subject: str) -> None:
    parts = list(digest_of(reminder(1, 2, more=more)).parts)

    mail = render(SELLER, parts, about(digest=numbers), "en")

    assert mail.subject.startswith(subject)
    assert "\n- A\n" in mail.text
    assert ("\n- B\n" in mail.text) == ("B" in numbers)
    assert (f"and {more} more." in mail.text) == bool(more)
    assert "<li>A</li>" in mail.html


# --- what others chose is inert ---------------------------------------------------------------------------------------

HOSTILE = [
    "Mei\r\nBcc: all@example.com",
    "{{ 7 * 7 }}{% raw %}",
    "<script>alert(1)</script>",
    '"><a href="https://evil.example">x</a>',
    "https://evil.example/pay",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "a\u200b\u2066b\u0000c\u2028d",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("recipient", "kind"), EVERYTHING)
def test_hostile_names_are_inert(recipient: Recipient, kind: Happening, text: str) -> None:
    """B30."""
    one = occurrence(kind, place=text, what=text, until=text)
    one = one.model_copy(update={"detail": {"kind": text, **one.detail}})

    mail = mail_of(recipient, one, state=ANY, name=text, shop_name=text, order_number=text)

    assert_inert(mail.subject, mail.text, mail.html)


@given(st.text(max_size=60).filter(plain))
def test_no_text_whatever_gets_out_of_its_line(text: str) -> None:
    mail = mail_of(BUYER, occurrence(H.SHIPPED), name=text, shop_name=text, order_number=text)

    assert_inert(mail.subject, mail.text, mail.html)
    assert mail.text.count("\n") == 8


class Tags(HTMLParser):
    """Lists the tags of a page, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of one."""
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]


def assert_inert(subject: str, text: str, html: str) -> None:
    assert subject.isprintable()
    assert len(subject) < 200
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert re.findall(r"https?://\S+", text) in ([], [LINK])
    page = Tags(html)
    assert page.tags <= {"html", "head", "meta", "title", "body", "div", "h1", "p", "br", "ul", "li", "a"}
    assert page.links in ([], [LINK])


def test_a_template_in_a_name_is_not_run() -> None:
    mail = mail_of(BUYER, occurrence(H.PLACED), name="{{ 7 * 7 }}", order_number="{% raw %}")

    assert "Hello {{ 7 * 7 }}," in mail.text
    assert mail.subject == "We have your order {% raw %}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mei Tan", "Mei Tan"),
        ("  陳 美玲 \n", "陳 美玲"),
        ("Ærøskøbing 🎁", "Ærøskøbing 🎁"),
        ("a\tb\r\nc", "a b c"),
        ("x" * 101, "x" * 99 + "…"),
    ],
)
def test_plain_text_stays_as_it_is(text: str, shown: str) -> None:
    assert plain(text) == shown


# --- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["en", "en-GB", "de", "de-AT", "xx-XX", "", "../../etc", "en/../en"])
def test_who_reads_a_language_that_there_is_none_of_reads_english(locale: str) -> None:
    assert language_for(locale) == "en"
    assert mail_of(BUYER, occurrence(H.PLACED), locale=locale).language == "en"


def test_a_template_that_asks_for_what_is_not_there_says_so() -> None:
    values: dict[str, Any] = about()
    del values["shop_name"]

    with pytest.raises(UndefinedError):
        render(BUYER, [{"kind": "confirmed", "parcel": None, "parcels": 1}], values, "en")


def test_a_seller_reads_what_the_marketplace_says_and_that_something_is_left_to_do() -> None:
    one = occurrence(H.MARKETPLACE_NOTICE).model_copy(update={"detail": {"what": "address_changed"}})

    text = mail_of(SELLER, one, state=ANY).text

    assert "it goes to another address" in text
    assert "look at the order's history" in text


def test_a_seller_reads_that_the_marketplace_cancelled() -> None:
    detail = {"by": "marketplace", "refund": "none"}
    one = occurrence(H.CANCELLED).model_copy(update={"detail": detail})

    assert "has been cancelled by the marketplace." in mail_of(SELLER, one, state=ANY).text
