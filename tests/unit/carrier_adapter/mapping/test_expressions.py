"""Expressions of mappings: JMESPath as its specification says, compiled here or not; XPath 1.0."""

import json
import random
from typing import Any

import jmespath
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
    "text",
    [
        *(
            'push.a."b c"',
            "push.list[0].n",
            "push.list[-1]",
            "push.list[7]",
            "push.list[*].n",
            "push.list[?n==`2`] | [0]",
        ),
        *("push.a.empty || push.a.none || parcel[1]", "push.a.zero || scan", "push.a.no || scan", "push.a.no && scan"),
        *("scan && parcel", "!push.a.no", "!scan", "push.a.zero == `0`", "push.a.zero == `false`", "scan == 'text'"),
        *("scan != 'text'", "push.a.none == 'x'", "push.list[0].n > `0`", "[scan, parcel[0]]", "{a: scan}"),
        *("join('-', parcel)", "length(parcel)", "scan.deeper", "parcel.name", "push.*", "parcel[0:1]", "`null`"),
        *(
            "!push.a.zero",
            "!push.a.empty",
            "!push.nothing",
            "!parcel",
            "push.list[?n]",
            "push.list[?n > `1`].n",
            "scan[?n]",
        ),
        *(
            "[push.list, parcel][]",
            "[push.nothing, parcel][]",
            "push.list[].n",
            "scan[].n",
            "scan[*].n",
            "push.list[?!n]",
        ),
        *(
            "contains(parcel, 'x')",
            "type(push.a.zero)",
            "contains(keys(push.a), 'no')",
            "push.list[?type(@) == 'object']",
        ),
        *(
            "push.list[*].[n, 'x']",
            "push.nothing.[a]",
            "starts_with(scan, 'te')",
            "push.a.*",
            "not_null(push.none, parcel)[1]",
        ),
        *("to_string(push.a)", "not_null(push.a.none, scan)", "(scan || parcel)[0]", "push.list[].n | [1]", "@.scan"),
    ],
)
def test_an_expression_finds_what_jmespath_itself_finds(text: str) -> None:
    assert jmespath_of(text)(PLACE) == jmespath.search(text, PLACE)


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


def any_expression(chance: random.Random, depth: int = 3) -> str:
    """Make an expression up, of the kinds that mappings use."""

    def inner() -> str:
        return any_expression(chance, depth - 1)

    way = chance.randrange(11 if depth else 2)
    if way == 0:
        return chance.choice(("push", "parcel", "scan", "push.a", "push.a.zero", "push.a.no", "push.a.empty", "push.q"))
    if way == 1:
        return chance.choice(("'text'", "`0`", "`null`", "`false`", "`1`", "`[]`", "push.list"))
    if way < 4:
        return f"({inner()} {chance.choice(('||', '&&'))} {inner()})"
    if way == 4:
        return f"!({inner()})"
    if way == 5:
        return f"({inner()} {chance.choice(('==', '!='))} {inner()})"
    if way == 6:
        return f"({inner()})[{chance.choice(('0', '-1', '*', '', '?n', '?@', '5'))}]"
    if way == 7:
        return f"[{inner()}, {inner()}]"
    if way < 10:
        return f"({inner()}){chance.choice(('.n', '[].n', '[*].n'))}"
    return f"{chance.choice(('type', 'to_string', 'to_array'))}({inner()})"


def test_any_expression_finds_what_jmespath_itself_finds() -> None:
    chance = random.Random(4)
    for _ in range(2_000):
        text = any_expression(chance)
        assert jmespath_of(text)(PLACE) == jmespath.search(text, PLACE), text
