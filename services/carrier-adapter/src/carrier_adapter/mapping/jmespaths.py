"""JMESPath, read once: an expression that can never find anything is refused before it is used."""

from collections.abc import Callable, Collection
from typing import Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.visitor import TreeInterpreter

Step = Callable[[Any], Any]  #: From a value to what is found in it; None for nothing.

_INTERPRETER: Final = TreeInterpreter()  #: One for all: `search` of a compiled expression makes one for every value.
_SAME_PLACE: Final = ("or_expression", "and_expression", "not_expression", "comparator", "function_expression")
_BUILDS: Final = ("multi_select_list", "multi_select_dict", "key_val_pair")


class BadExpression(ValueError):
    """An expression that cannot be read; the sentence says what to write."""


def compiled(text: str, names: Collection[str] | None = None) -> Step:
    """Compile a JMESPath expression to a function that never raises.

    Raises `BadExpression`, also where it starts from another name than *names*, which would never be found.
    """
    try:
        expression = jmespath.compile(text)
    except (JMESPathError, RecursionError) as wrong:
        said = (str(wrong) or "nested too deeply").splitlines()[0]
        if text.count("(") != text.count(")"):
            said = "a bracket is missing; in a list, an expression with a comma stands in quotes"
        raise BadExpression(f"{text!r} is no JMESPath: {said}") from None
    tree = expression.parsed
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

    def search(value: Any) -> Any:
        try:
            return _INTERPRETER.visit(tree, value)
        except Exception:  # a function was given what it does not take: nothing is found, and that is all
            return None

    return search


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
