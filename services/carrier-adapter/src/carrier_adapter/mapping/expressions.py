"""Where a part of a scan is: JMESPath for what is read as JSON, CSV or fixed-width lines, XPath for XML.

A JMESPath expression sees `push`, `shipment`, `parcel` and `scan`: the whole document, and what lies on the way to the
scan.
An XPath expression starts at the scan's element; `ancestor::` leads back.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

from lxml import etree

from carrier_adapter.formats.record import clean
from carrier_adapter.mapping.jmespaths import BadExpression, compiled

Expression = Callable[[Any], Any]  #: From a place in the document to what is found there; None for nothing.

ROOTS: Final = ("push", "shipment", "parcel", "scan")  #: What an expression may start from, where everything is known.
_NO: Final = ("", "false", "0", "n", "no", "null", "none")


def jmespath_of(text: str, names: Collection[str] = ROOTS) -> Expression:
    """Read a JMESPath expression that starts from *names*. Raises `BadExpression`."""
    return compiled(text, names)


def xpath_of(text: str, namespaces: dict[str, str]) -> Expression:
    """Read an XPath 1.0 expression. Raises `BadExpression`."""
    try:
        path = etree.XPath(text, namespaces=namespaces, smart_strings=False, regexp=False)
        path(etree.Element("any"))  # names of prefixes and functions are only looked up at work
    except (etree.XPathError, TypeError, ValueError) as wrong:
        raise BadExpression(f"{text!r} is no XPath: {wrong}") from None

    def search(place: Any) -> Any:
        try:
            found = path(place)
            return found[0] if isinstance(found, list) and found and isinstance(found[0], str) else found
        except (etree.XPathError, TypeError, ValueError):  # a place that is no element, or a test that cannot be made
            return None

    return search


def text_of(value: Any) -> str | None:
    """Give what an expression found as a text; None for what is none."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        value = value[0] if len(value) == 1 or (value and hasattr(value[0], "itertext")) else None
    if hasattr(value, "itertext"):
        value = "".join(value.itertext())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        value = _digits(value)
    return clean(value)


def _digits(number: float) -> str | None:
    """Give a number as a feed would write it; None for what is too long to be anything, or not a number."""
    if not -1e40 < number < 1e40:
        return None
    return str(int(number)) if isinstance(number, int) or number.is_integer() else repr(number)


def is_true(value: Any) -> bool:
    """Say whether an expression found something that means yes."""
    if isinstance(value, list) and len(value) == 1 and (isinstance(value[0], str) or hasattr(value[0], "itertext")):
        value = text_of(value) or ""
    if isinstance(value, str):
        return value.strip().casefold() not in _NO
    return bool(value) and value == value  # NaN is no yes


def is_there(value: Any) -> bool:
    """Say whether an expression found something at all: an element, whatever it holds, or something that means yes."""
    return bool(value) if isinstance(value, list) else is_true(value)
