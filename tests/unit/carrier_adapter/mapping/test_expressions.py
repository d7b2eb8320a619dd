"""Expressions of mappings: JMESPath and XPath 1.0, and what is refused before it is used."""

import json
from typing import Any

import pytest
from lxml import etree

from carrier_adapter.mapping.expressions import is_there, is_true, jmespath_of, text_of, xpath_of
from carrier_adapter.mapping.jmespaths import BadExpression

PLACE: dict[str, Any] = {
    "push": {"a": {"b c": "1", "zero": 0, "no": False, "empty": "", "none": None}, "list": [{"n": 1}, {"n": 2}, 3]},
    "parcel": ["x", "y"],
    "scan": "text",
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('push.a."b c"', "1"),
        ("push.list[?n==`2`] | [0].n", 2),
        ("push.a.empty || push.a.none || parcel[1]", "y"),
        ("push.a.zero || scan", 0),  # 0 is true
        ("join('-', parcel)", "x-y"),
        ("push.nothing.deeper", None),
    ],
)
def test_an_expression_finds_what_the_specification_of_jmespath_says(text: str, found: object) -> None:
    assert jmespath_of(text)(PLACE) == found


@pytest.mark.parametrize(
    "text", ["sum(scan)", "join(scan, push)", "avg(push.list)", "sort_by(push.list, &n)", "ceil(scan)", "keys(scan)"]
)
def test_a_function_that_is_given_what_it_does_not_take_finds_nothing(text: str) -> None:
    assert jmespath_of(text)(PLACE) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("push.[", "is no JMESPath"),
        ("", "is no JMESPath"),
        ("join('-'", "in a list, an expression with a comma stands in quotes"),
        ("push.a || null", "in backquotes"),
        ("nothing(push)", "no function nothing"),
        ("join(push)", "join takes 2"),
        ("waybill.awb", "starts from `waybill`"),
        ("push || [awb]", "starts from `awb`"),
        ("length(awb)", "starts from `awb`"),
    ],
)
def test_an_expression_that_can_find_nothing_is_refused_when_it_is_read(text: str, said: str) -> None:
    with pytest.raises(BadExpression, match=said):
        jmespath_of(text)


def test_what_is_looked_up_further_in_may_have_any_name() -> None:
    assert jmespath_of("push.list[?n==`1`] | [0].{number: n}")(PLACE) == {"number": 1}


XML = etree.fromstring(
    '<r xmlns:s="urn:s"><s:p no="1"><e code="A">t<b>x</b></e><e code="B"/></s:p><flag>false</flag></r>'
)


def test_xpath_finds_elements_attributes_and_values() -> None:
    names = {"s": "urn:s"}
    parcel = xpath_of("s:p", names)(XML)[0]

    assert text_of(xpath_of("@no", names)(parcel)) == "1"
    assert text_of(xpath_of("e", names)(parcel)) == "tx"
    assert text_of(xpath_of("e/@code", names)(parcel)) == "A"
    assert text_of(xpath_of("e[last()]/ancestor::s:p/@no", names)(parcel)) == "1"
    assert text_of(xpath_of("count(e)", names)(parcel)) == "2"
    assert text_of(xpath_of("number('x')", names)(parcel)) is None
    assert text_of(xpath_of("concat(e[1]/@code, '-', e[2]/@code)", names)(parcel)) == "A-B"
    assert text_of(xpath_of("nothing", names)(parcel)) is None
    assert is_true(xpath_of("e/@code = 'B'", names)(parcel)) is True


def test_an_element_that_says_no_is_there_but_is_no_yes() -> None:
    flag = xpath_of("flag", {})(XML)

    assert (is_true(flag), is_there(flag)) == (False, True)


@pytest.mark.parametrize("text", ["//[", "", "t:p", "nothing()", "$x"])
def test_an_xpath_that_cannot_work_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(BadExpression, match="is no XPath"):
        xpath_of(text, {})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((" a ", "a"), ("", None), ("\t", None), (7, "7"), (7.0, "7"), (7.5, "7.5"), (True, "true"), (False, "false")),
        *((None, None), ({}, None), ([], None), (["a"], "a"), (["a", "b"], None), ([["a"]], None), (0, "0")),
        *((float("nan"), None), (float("inf"), None), (10**100, None), (1e300, None), (-1, "-1"), ("a\nb", "a b")),
    ],
)
def test_what_was_found_is_a_text_or_nothing(value: object, text: str | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", ["true", "Y", "1", "delivered", 1, True, [0], {"a": 0}, 2.5])
def test_what_means_yes(value: object) -> None:
    assert is_true(value)


@pytest.mark.parametrize(
    "value", ["false", "False", "N", "no", "0", "", " ", "null", 0, None, False, [], {}, float("nan")]
)
def test_what_means_no(value: object) -> None:
    assert not is_true(value)


def test_an_xpath_has_no_regular_expressions_which_a_sender_could_make_slow() -> None:
    with pytest.raises(BadExpression):
        xpath_of("x:test(., '(a+)+$')", {"x": "http://exslt.org/regular-expressions"})


def test_a_long_chain_of_alternatives_is_no_trouble() -> None:
    text = " || ".join(f"push.n{n}" for n in range(60))

    assert jmespath_of(text)({"push": {"n59": "x"}}) == "x"
    assert json.dumps(jmespath_of(text)({"push": {}})) == "null"
