"""Labels and inserts of ours, good and bad, in six languages: how many of them are judged rightly.

``label_set/tuning.jsonl`` was run while the linter was written; ``held_out.jsonl`` was written before it, by the same
hand, and was run only when it was done. A line is a label of ``orders.json``'s order in its language, with what it says
otherwise (*label*), its other texts, its codes, what the order says otherwise (*ordered*), and each thing that is wrong
with it: rule, field, words.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orders.labels.checking import INSERT, check, check_insert
from orders.labels.label import Code, Finding, Item, Label

LABEL_SET = Path(__file__).with_name("label_set")
HALVES = ("tuning", "held_out")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int = 20  #: Over all labels, for the time one takes.


QUICK = Size(rounds=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A label or an insert, and what is wrong with it."""

    id: str
    expected: tuple[tuple[str, str, str], ...]  #: Rule, field, words.
    check: Callable[[], tuple[Finding, ...]]


def cases(half: str) -> Iterator[Case]:
    """Give the labels of a half of the set."""
    orders = json.loads((LABEL_SET / "orders.json").read_text())
    for line in (LABEL_SET / f"{half}.jsonl").read_text().splitlines():
        row = json.loads(line)
        expected = tuple((rule, field, words) for rule, field, words in row["expected"])
        yield Case(row["id"], expected, _insert(row) if row.get("kind") == INSERT else _label(row, orders))


def _insert(row: dict[str, Any]) -> Callable[[], tuple[Finding, ...]]:
    return lambda: check_insert(row["text"])


def _label(row: dict[str, Any], orders: dict[str, Any]) -> Callable[[], tuple[Finding, ...]]:
    printed = {**orders[row["language"]], **row.get("label", {})}
    ordered = {**printed, **row.get("ordered", {})}
    label = Label(
        recipient=printed["recipient"],
        address=tuple(printed["address"]),
        items=tuple(Item(*item) for item in printed["items"]),
        tracking_number=printed["tracking_number"],
        handling=tuple(printed["handling"]),
        phone=printed["phone"],
        texts=row["texts"],
        codes=tuple(Code(*code) for code in row.get("codes", ())),
    )
    lines = [Item(*item) for item in ordered["items"]]
    return lambda: check(
        label,
        lines=lines,
        recipient=ordered["recipient"],
        address=ordered["address"],
        tracking_numbers=ordered.get("tracking_numbers", [printed["tracking_number"]]),
        order_number=ordered["order_number"],
        fragile={item.sku for item in lines} if ordered.get("fragile") else (),
    )


async def run(_: Path, size: Size) -> dict[str, Any]:
    """Measure; gives the line of figures."""
    labels = {half: list(cases(half)) for half in HALVES}
    figures = {half: score(of_half) for half, of_half in labels.items()}
    checks = [case.check for of_half in labels.values() for case in of_half]
    took = []
    for _round in range(size.rounds):
        started = time.process_time()
        for one in checks:
            one()
        took.append((time.process_time() - started) / len(checks) * 1e6)
    return {"bench": "labels", **figures, "cpu_us_per_label": round(sorted(took)[len(took) // 2])}


def score(labels: list[Case]) -> dict[str, Any]:
    """Give precision and recall: of labels refused, and of findings, where rule and field must be right.

    ``words_right`` is the share of what was found at the very words, or around them.
    """
    judged = {case.id: case.check() for case in labels}
    refused, bad = {id_ for id_, found in judged.items() if found}, {case.id for case in labels if case.expected}
    found, due, right, placed, named = Counter[str](), Counter[str](), Counter[str](), 0, 0
    for case in labels:
        got = {(one.rule, one.field) for one in judged[case.id]}
        expected = {(rule, field) for rule, field, _ in case.expected}
        found.update(rule for rule, _ in got)
        due.update(rule for rule, _ in expected)
        right.update(rule for rule, _ in got & expected)
        hits = [(rule, field, words) for rule, field, words in case.expected if (rule, field) in got and words]
        named += len(hits)
        placed += sum(any(_same(hit, one) for one in judged[case.id]) for hit in hits)
    return {
        "labels": len(labels),
        "bad": len(bad),
        "precision": _share(len(refused & bad), len(refused)),
        "recall": _share(len(refused & bad), len(bad)),
        "findings": {
            rule: {
                "due": due[rule],
                "precision": _share(right[rule], found[rule]),
                "recall": _share(right[rule], due[rule]),
            }
            for rule in sorted(due | found)
        },
        "words_right": _share(placed, named),
    }


def _same(expected: tuple[str, str, str], found: Finding) -> bool:
    rule, field, words = expected
    overlap = words in found.words or found.words in words
    return found.rule == rule and found.field == field and overlap and bool(found.words)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
