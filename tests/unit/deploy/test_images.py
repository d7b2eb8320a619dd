"""Images hold what the code in them needs: requirements/ goes with the members' pyproject.toml and imports."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
MEMBERS = {"contracts": "libs", "chassis": "libs"} | dict.fromkeys(
    ("orders", "carrier-adapter", "deadline-watcher", "notifier"), "services"
)
IMAGES = [name for name in MEMBERS if name != "contracts"]


def pinned(image: str) -> set[str]:
    """Give the packages that are installed into an image."""
    text = (ROOT / "requirements" / f"{image}.txt").read_text()
    return {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def members_in(image: str) -> set[str]:
    return {"contracts", "chassis", image}


def declared(member: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / MEMBERS[member] / member / "pyproject.toml").read_text())["project"]
    return [Requirement(text) for text in project["dependencies"]]


def wanted(requirements: list[Requirement], seen: set[tuple[str, str]]) -> Iterator[str]:
    """Give the packages asked for, and those that they ask for, extras too."""
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if name in MEMBERS:
            continue
        yield name
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                theirs = [Requirement(text) for text in metadata.requires(requirement.name) or ()]
                yield from wanted([r for r in theirs if not r.marker or r.marker.evaluate({"extra": extra})], seen)


@pytest.mark.parametrize("image", IMAGES)
def test_everything_that_a_member_declares_is_pinned(image: str) -> None:
    requirements = [requirement for member in members_in(image) for requirement in declared(member)]

    assert not set(wanted(requirements, set())) - pinned(image), "run `make lock`"


@pytest.mark.parametrize("image", IMAGES)
def test_everything_that_a_member_imports_is_pinned(image: str) -> None:
    providers = metadata.packages_distributions()
    for member in members_in(image):
        for file in (ROOT / MEMBERS[member] / member / "src").rglob("*.py"):
            for module in imports(file) - sys.stdlib_module_names - {name.replace("-", "_") for name in MEMBERS}:
                packages = {canonicalize_name(name) for name in providers.get(module, [module])}
                assert packages & pinned(image), f"{file} imports {module}"


def imports(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {name.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return plain | {n.module.split(".")[0] for n in nodes if isinstance(n, ast.ImportFrom) and n.module and not n.level}


@pytest.mark.parametrize("image", IMAGES)
def test_every_package_in_an_image_has_a_hash(image: str) -> None:
    text = (ROOT / "requirements" / f"{image}.txt").read_text()
    entries = re.split(r"^(?=[A-Za-z])", text, flags=re.MULTILINE)[1:]

    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_images_run_as_nobody_in_particular() -> None:
    recipe = (ROOT / "Dockerfile").read_text()

    assert recipe.rstrip().endswith("USER waybill")
    assert not re.search(r"^# *syntax=", recipe, re.MULTILINE)
