"""YAML as mapping files use it: texts, lists and objects, each with its place in the file; nothing clever.

Every scalar but null is a text, so that codes such as 010, NO or 1e5 mean themselves. A key that stands twice, a tag, a
document that unfolds to more than a file could hold, or that holds itself, is an error.
"""

from dataclasses import dataclass
from typing import Any, Final

import yaml

MOST_NODES: Final = 50_000  #: Of a file with its aliases unfolded.
LONGEST: Final = 1_000_000  #: Characters of a file.
DEEPEST: Final = 30

_NULLS: Final = ("", "~", "null", "Null", "NULL")
_TAGS: Final = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:null")


class BadYaml(ValueError):
    """A file that is no such YAML; knows where."""

    def __init__(self, sentence: str, line: int = 0, column: int = 0) -> None:
        super().__init__(sentence)
        self.line = line  #: From 0, as the column.
        self.column = column


class _Loader(yaml.CSafeLoader):
    """The scanner and parser of libyaml, with no scalar but text."""

    yaml_implicit_resolvers: dict[Any, Any] = {}


@dataclass(slots=True)
class Read:
    """A YAML file, read."""

    node: Any
    value: Any = None
    nodes_left: int = MOST_NODES

    def mark(self, path: list[Any]) -> tuple[int, int]:
        """Give line and column, from 0, of what *path* leads to; of what it ends in where there is nothing such."""
        node, mark = self.node, self.node.start_mark
        for part in path:
            if isinstance(node, yaml.MappingNode):
                pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
                if pair is None:
                    break
                mark, node = pair[0].start_mark, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                mark = node.start_mark
        return mark.line, mark.column


def read_yaml(text: str) -> Read:
    """Read a YAML document. Raises `BadYaml`."""
    if len(text) > LONGEST:
        raise BadYaml(f"the file has more than {LONGEST} characters")
    try:
        _check_depth(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise BadYaml(str(wrong.problem or wrong.context), *((mark.line, mark.column) if mark else ())) from None
    except BadYaml:
        raise
    except (yaml.YAMLError, ValueError) as wrong:
        raise BadYaml(f"this is no YAML text: {str(wrong).splitlines()[0]}") from None
    if node is None:
        raise BadYaml("the file is empty")
    read = Read(node)
    read.value = _value(read, node, 0)
    return read


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise _wrong(f"this is nested more than {DEEPEST} deep", event)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(read: Read, node: Any, depth: int) -> Any:
    read.nodes_left -= 1
    if read.nodes_left < 0 or depth > DEEPEST:
        raise _wrong("the aliases of this file unfold without end: write out what they stand for", node)
    if node.tag not in _TAGS and node.tag != "!":
        raise _wrong(f"the tag {node.tag} means nothing here: write a plain text", node)
    if isinstance(node, yaml.MappingNode):
        return _object(read, node, depth)
    if isinstance(node, yaml.SequenceNode):
        return [_value(read, one, depth + 1) for one in node.value]
    return None if not node.style and node.value in _NULLS else node.value


def _object(read: Read, node: Any, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _wrong("a key is a plain text", key)
        if key.value in found:
            raise _wrong(f"{key.value} stands here a second time: keep one of the two", key)
        found[key.value] = _value(read, value, depth + 1)
    return found


def _wrong(sentence: str, node: Any) -> BadYaml:
    return BadYaml(sentence, node.start_mark.line, node.start_mark.column)
