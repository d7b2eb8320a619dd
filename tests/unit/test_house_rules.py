"""Rules of the house that a reader relies on, and that no type checker sees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = {"orders", "carrier_adapter", "deadline_watcher", "notifier"}
PURE = {
    "orders": (
        "access/delays",
        "access/passwords",
        "access/scopes",
        "life",
        "stock/carriers",
        "stock/holding",
        "stock/moves",
        "stock/nearness",
        "stock/sheet",
        "listing/filters",
        "listing/reading",
        "marketplace/heeding",
        "marketplace/meaning",
    ),
    "deadline_watcher": ("deadlines", "reminders"),
    "notifier": ("messages", "staleness", "waking"),
    "carrier_adapter": ("signatures", "formats", "mapping", "drafting", "recognising"),
}
INPUT_OUTPUT = {"asyncpg", "nats", "faststream", "httpx", "aiosmtplib", "starlette", "fastapi", "chassis", "asyncio"}


def modules() -> Iterator[tuple[str, Path]]:
    for package in sorted(SERVICES):
        for file in sorted((ROOT / "services" / package.replace("_", "-") / "src" / package).rglob("*.py")):
            yield package, file


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def test_services_never_import_each_other() -> None:
    for package, file in modules():
        assert not imports(file) & (SERVICES - {package}), file


@pytest.mark.parametrize(("package", "module"), [(p, m) for p, names in PURE.items() for m in names])
def test_the_pure_core_does_no_input_or_output(package: str, module: str) -> None:
    folder = ROOT / "services" / package.replace("_", "-") / "src" / package
    files = [folder / f"{module}.py", *(folder / module).glob("*.py")]

    assert any(file.exists() for file in files)
    assert not {name for file in files if file.exists() for name in imports(file)} & INPUT_OUTPUT


def test_only_the_clock_tells_the_business_time() -> None:
    for _, file in modules():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"utcnow", "today"}:
                raise AssertionError(f"{file}:{node.lineno}")
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"datetime.now", "datetime.datetime.now"}:
                raise AssertionError(f"{file}:{node.lineno}")


def test_no_module_name_says_nothing() -> None:
    names = {file.stem for folder in ("services", "libs") for file in (ROOT / folder).rglob("*.py")}

    assert not names & {"utils", "util", "common", "helpers", "manager", "misc", "base"}


def test_every_module_is_one_idea() -> None:
    long = [
        file
        for folder in ("services", "libs", "bench")
        for file in (ROOT / folder).rglob("*.py")
        if len(file.read_text().splitlines()) > 400
    ]

    assert not long
