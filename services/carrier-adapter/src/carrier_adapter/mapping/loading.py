"""Mapping files from YAML, with errors that say where."""

from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from carrier_adapter.formats.format import Format
from carrier_adapter.mapping.compiled import format_of
from carrier_adapter.mapping.document import Language, MappingFile
from carrier_adapter.mapping.yaml_nodes import BadYaml, Read, read_yaml

BUILT_IN: Final = Path(__file__).parents[1] / "formats" / "mappings"

_SENTENCES: Final = {
    "missing": "is missing: add it",
    "extra_forbidden": "is no field of a mapping file here: take it out, or look for a slip in its name",
    "string_type": "is a text: write one",
    "tuple_type": "is a list: write one",
    "dict_type": "has lines of `name: value`: write them below it",
    "model_type": "has lines of `name: value`: write them below it",
    "model_attributes_type": "has lines of `name: value`: write them below it",
    "too_short": "is empty: write at least one",
    "string_pattern_mismatch": "is written with small letters, digits and dashes, 63 at most",
    "bool_parsing": "is true or false",
    "int_parsing": "is a whole number",
}


class BadMapping(Exception):
    """A mapping file that cannot be used; one line of text for each thing that is wrong, with line and column."""


def load(text: str, name: str) -> Format:
    """Compile the mapping file with this text; *name* is what errors call it. Raises `BadMapping`."""
    return format_of(read(text, name))


def read(text: str, name: str) -> MappingFile:
    """Read a mapping file. Raises `BadMapping`."""
    try:
        yaml = read_yaml(text.removeprefix("\ufeff"))
    except BadYaml as wrong:
        raise BadMapping(f"{name}:{wrong.line + 1}:{wrong.column + 1}: {wrong}") from None
    try:
        return MappingFile.model_validate(yaml.value, context=_language(yaml.value))
    except ValidationError as wrong:
        raise BadMapping("\n".join(_sentence(name, yaml, error) for error in _innermost(wrong.errors()))) from None


def _innermost(errors: list[Any]) -> list[Any]:
    """Leave out what is only wrong because something in it is."""
    paths = [error["loc"] for error in errors]
    return [one for one in errors if not any(p != one["loc"] and p[: len(one["loc"])] == one["loc"] for p in paths)]


def _language(value: Any) -> Language:
    reads, prefixes = (value.get("reads"), value.get("namespaces")) if isinstance(value, dict) else (None, None)
    known = isinstance(prefixes, dict) and all(isinstance(uri, str) for uri in prefixes.values())
    return Language(str(reads), prefixes if known and isinstance(prefixes, dict) else {})


def _sentence(name: str, yaml: Read, error: Any) -> str:
    path = list(error["loc"])
    line, column = yaml.mark(path)
    words = _SENTENCES.get(error["type"]) or error["msg"].removeprefix("Value error, ").replace("Input should be", "is")
    what = ".".join(str(part) for part in path)
    return f"{name}:{line + 1}:{column + 1}: {f'{what}: ' if what else ''}{words}"


def built_in() -> list[Format]:
    """Give the formats that come with us as mapping files."""
    return [load(file.read_text("utf-8"), file.name) for file in sorted(BUILT_IN.glob("*.yaml"))]
