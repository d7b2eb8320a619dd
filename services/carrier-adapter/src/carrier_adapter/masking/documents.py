"""JSON and XML with the personal data blacked out."""

import json
from typing import Any, Final

from lxml import etree

from carrier_adapter.masking.policy import Kind, kind_of, mask_number, mask_value

DEEPEST: Final = 60  #: Levels; beneath, nothing is shown.


def mask_json(text: str) -> str | None:
    """Mask a JSON text; None for what is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return json.dumps(_masked(document, Kind.UNKNOWN, DEEPEST), ensure_ascii=False, indent=1)


def _masked(value: Any, kind: Kind, levels: int) -> Any:
    if levels == 0:
        return "…"
    match value:
        case dict():
            # A list or an object has no value itself: its members' names say what they are, unless it is a person's.
            return {key: _masked(one, _within(kind, key), levels - 1) for key, one in value.items()}
        case list():
            return [_masked(one, kind, levels - 1) for one in value]
        case str():
            return _nested(value, kind, levels)
        case bool() | None:
            return value
        case _:
            return mask_number(value, kind)


def _within(outer: Kind, key: str) -> Kind:
    return Kind.PERSON if outer is Kind.PERSON else kind_of(key)


def _nested(value: str, kind: Kind, levels: int) -> str:
    """Mask a string, which may be JSON in its turn: some marketplaces wrap theirs."""
    if value[:1] in ("{", "[") and kind is not Kind.PERSON:
        try:
            return json.dumps(_masked(json.loads(value), kind, levels - 1), ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return mask_value(value, kind)


def mask_xml(text: str) -> str | None:
    """Mask an XML text; None for what is none. Comments, instructions and declarations of entities are left out."""
    if not text.lstrip().startswith("<"):
        return None
    # No entity is followed, and none is resolved: what they stand for is never shown.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.lstrip().encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return _without_declaration(text, parser)
    return _masked_xml(root)


def _without_declaration(text: str, parser: Any) -> str | None:
    """Try again without the declaration: it may name another character set than the text is in by now."""
    start = text.lstrip()
    if not start.startswith("<?xml"):
        return None
    try:
        root = etree.fromstring(start.partition("?>")[2].lstrip().encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return _masked_xml(root)


def _masked_xml(root: Any) -> str:
    for element in root.iter():
        if element.tail:
            element.tail = mask_value(element.tail, Kind.UNKNOWN)
        if not isinstance(element.tag, str):  # an entity: its name is shown, and not what it stands for
            continue
        kind = _kind_of_element(element)
        if element.text:
            element.text = mask_value(element.text, kind)
        for name, value in element.attrib.items():
            element.set(name, mask_value(value, _within(kind, etree.QName(name).localname)))
    return str(etree.tostring(root, encoding="unicode"))


def _kind_of_element(element: Any) -> Kind:
    """Give what an element is: a person's where it, or what it stands in, is."""
    kinds = [
        kind_of(etree.QName(one).localname) for one in (element, *element.iterancestors()) if isinstance(one.tag, str)
    ]
    return Kind.PERSON if Kind.PERSON in kinds else kinds[0]
