"""JMESPath, read once: which names it starts from, and a function that follows it.

The library's interpreter walks the syntax tree anew for every value. The kinds of node that mappings are full of
(names, alternatives, comparisons) become plain Python functions here, which give the same and cost a tenth; the rest is
left to the interpreter.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.visitor import TreeInterpreter

Step = Callable[[Any], Any]  #: From a value to what is found in it; None for nothing.

_INTERPRETER: Final = TreeInterpreter()
_FUNCTIONS: Final = Functions()
_SAME_PLACE: Final = ("or_expression", "and_expression", "not_expression", "comparator", "function_expression")
_BUILDS: Final = ("multi_select_list", "multi_select_dict", "key_val_pair")


class BadExpression(ValueError):
    """An expression that cannot be read; the sentence says what to write."""


def compiled(text: str, names: Collection[str] | None = None) -> Step:
    """Compile a JMESPath expression to a function that never raises.

    Raises `BadExpression`, also where it starts from another name than *names*, which would never be found.
    """
    try:
        tree = jmespath.compile(text).parsed
    except (JMESPathError, RecursionError) as wrong:
        said = (str(wrong) or "nested too deeply").splitlines()[0]
        if text.count("(") != text.count(")"):
            said = "a bracket is missing; in a list, an expression with a comma stands in quotes"
        raise BadExpression(f"{text!r} is no JMESPath: {said}") from None
    for name, given in _functions(tree):
        _check_function(text, name, given)
    for name in sorted(_roots(tree)) if names is not None else ():
        if names is not None and name not in names:
            known = tuple(names)
            if name in ("null", "true", "false"):
                raise BadExpression(f"{text!r}: {name} as a value stands in backquotes, as in `{name}`")
            raise BadExpression(
                f"{text!r} starts from `{name}`: start from {' or '.join(known)}, as in {known[-1]}.{name}"
            )
    return _step(tree)


def _functions(node: Any) -> list[tuple[str, int]]:
    if not isinstance(node, dict):
        return []
    own = [(node["value"], len(node["children"]))] if node["type"] == "function_expression" else []
    return own + [found for child in node["children"] for found in _functions(child)]


def _check_function(text: str, name: str, given: int) -> None:
    known = Functions.FUNCTION_TABLE.get(name)
    if known is None:
        raise BadExpression(f"{text!r}: JMESPath has no function {name}")
    wanted = known["signature"]
    if given < len(wanted) or (given > len(wanted) and not any(one.get("variadic") for one in wanted)):
        raise BadExpression(f"{text!r}: {name} takes {len(wanted)} argument(s)")


def _roots(node: Any) -> set[str]:
    """Give the names that an expression looks up where it starts."""
    if not isinstance(node, dict):
        return set()
    kind, children = node["type"], node["children"]
    if kind == "field":
        return {node["value"]}
    if kind in _SAME_PLACE or kind in _BUILDS:
        return {name for child in children for name in _roots(child)}
    return _roots(children[0]) if children and kind != "expref" else set()


def _step(node: Any) -> Step:
    """Give the function of a node; falls back to the interpreter for a kind that is not made here."""
    make = _MAKERS.get(node["type"])
    return _interpreted(node) if make is None else make(node)


def _interpreted(node: Any) -> Step:
    def search(value: Any) -> Any:
        try:
            return _INTERPRETER.visit(node, value)
        except Exception:  # a function was given what it does not take: nothing is found, and that is all
            return None

    return search


def _field(node: Any) -> Step:
    name = node["value"]
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _index(node: Any) -> Step:
    at = node["value"]
    return lambda value: value[at] if isinstance(value, list) and -len(value) <= at < len(value) else None


def _chain(node: Any) -> Step:
    children = _flat(node)
    if all(child["type"] == "field" for child in children):
        return _names(tuple(child["value"] for child in children))
    steps = [_step(child) for child in children]

    def follow(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return follow


def _flat(node: Any) -> list[Any]:
    if node["type"] not in ("subexpression", "index_expression", "pipe"):
        return [node]
    return [part for child in node["children"] for part in _flat(child)]


def _names(names: tuple[str, ...]) -> Step:
    def follow(value: Any) -> Any:
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return follow


def is_false(value: Any) -> bool:
    """Say whether JMESPath takes *value* for false: nothing, or something empty; 0 is true."""
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)


def _or(node: Any) -> Step:
    left, right = (_step(child) for child in node["children"])

    def either(value: Any) -> Any:
        found = left(value)
        return right(value) if is_false(found) else found

    return either


def _and(node: Any) -> Step:
    left, right = (_step(child) for child in node["children"])

    def both(value: Any) -> Any:
        found = left(value)
        return found if is_false(found) else right(value)

    return both


def _literal(node: Any) -> Step:
    said = node["value"]
    return lambda _: said


def _comparator(node: Any) -> Step:
    left, right = node["children"]
    text = right["value"] if right["type"] == "literal" else None
    if node["value"] not in ("eq", "ne") or not isinstance(text, str):
        return _interpreted(node)  # numbers and booleans compare in ways of JMESPath's own
    found, equal = _step(left), node["value"] == "eq"
    return lambda value: (found(value) == text) is equal


def _not(node: Any) -> Step:
    (inner,) = (_step(child) for child in node["children"])

    def opposite(value: Any) -> Any:
        found = inner(value)
        return not found and (isinstance(found, bool) or not isinstance(found, int | float))  # 0 is true, so !0 is not

    return opposite


def _filter(node: Any) -> Step:
    base, each, wanted = (_step(child) for child in node["children"])

    def select(value: Any) -> Any:
        items = base(value)
        if not isinstance(items, list):
            return None
        found = (each(item) for item in items if not is_false(wanted(item)))
        return [one for one in found if one is not None]

    return select


def _projection(node: Any) -> Step:
    base, each = (_step(child) for child in node["children"])

    def project(value: Any) -> Any:
        items = base(value)
        return [one for item in items if (one := each(item)) is not None] if isinstance(items, list) else None

    return project


def _flatten(node: Any) -> Step:
    (base,) = (_step(child) for child in node["children"])

    def flat(value: Any) -> Any:
        items = base(value)
        if not isinstance(items, list):
            return None
        return [one for item in items for one in (item if isinstance(item, list) else (item,))]

    return flat


def _several(node: Any) -> Step:
    steps = [_step(child) for child in node["children"]]
    return lambda value: None if value is None else [step(value) for step in steps]


def _function(node: Any) -> Step:
    name, children = node["value"], node["children"]
    if any(child["type"] == "expref" for child in children):
        return _interpreted(node)
    steps = [_step(child) for child in children]

    def call(value: Any) -> Any:
        try:
            return _FUNCTIONS.call_function(name, [step(value) for step in steps])
        except Exception:  # as above
            return None

    return call


_MAKERS: Final[dict[str, Callable[[Any], Step]]] = {
    "field": _field,
    "index": _index,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "or_expression": _or,
    "and_expression": _and,
    "literal": _literal,
    "comparator": _comparator,
    "not_expression": _not,
    "filter_projection": _filter,
    "projection": _projection,
    "flatten": _flatten,
    "multi_select_list": _several,
    "function_expression": _function,
    "identity": lambda _: lambda value: value,
    "current": lambda _: lambda value: value,
}
