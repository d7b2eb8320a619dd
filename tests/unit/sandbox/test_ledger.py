"""The world's ledger finds what is wrong: each fault that it must notice is put before it once."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.world.ledger import Findings, Played, Shop, check_books, check_digests, check_messages, check_order
from sandbox.world.stories import Act, Story, fulfil, ready, scans, story

PLACED = datetime(2026, 3, 2, tzinfo=UTC)  # 08:00 in Singapore
SHOP = Shop("s1", "shop@example.com", "Asia/Singapore", "key")
SCANNED = PLACED + timedelta(hours=12)
STORY = Story(
    "D5",
    (Act(6, "track"), Act(6, "ship")),
    "cancelled",
    refunds=(("cancelled", "issued"),),
    dues=(("D5", 360),),
    told=("cancelled",),
    untold=("p1:delivered",),
)


def played(story: Story = STORY) -> Played:
    return Played(story, "o1", "TT-1", PLACED, SHOP, Counter({(SCANNED.isoformat(), "1"): 1}))


def step(trigger: str, before: str | None, after: str, hours: float, **cause: Any) -> dict[str, Any]:
    at = (PLACED + timedelta(hours=hours)).isoformat()
    return {"trigger": trigger, "before": before, "after": after, "at": at, "cause": cause}


def due(hours: float = 360) -> dict[str, Any]:
    return {"rule": "D5", "due_at": (PLACED + timedelta(hours=hours)).isoformat()}


def shown(**changes: Any) -> dict[str, Any]:
    """An order that is as it must be."""
    right = {
        "status": "cancelled",
        "badge": None,
        "history": [step("place", None, "placed", 0), step("tracking_update", "placed", "cancelled", 360, **due())],
        "parcels": [{"number": 1, "timeline": [{"scan_id": "a", "scanned_at": SCANNED.isoformat()}]}],
        "returns": [],
        "refunds": [{"cause": "cancelled", "state": "issued"}],
    }
    return {**right, **changes}


def found(order: dict[str, Any]) -> dict[str, int]:
    findings = Findings()
    check_order(played(), order, findings)
    return {name: len(getattr(findings, name)) for name in ("lost", "doubled", "illegal", "early")}


NOTHING = {"lost": 0, "doubled": 0, "illegal": 0, "early": 0}


def test_an_order_that_is_as_it_must_be_is_not_complained_about() -> None:
    assert found(shown()) == NOTHING


def test_a_wrong_status_or_badge_is_illegal() -> None:
    assert found(shown(status="shipped"))["illegal"] == 1
    assert found(shown(badge="lost"))["illegal"] == 1


def test_a_step_that_no_rule_allows_is_illegal() -> None:
    history = [
        step("place", None, "placed", 0),
        step("scans", "placed", "processed", 10),
        step("tracking_update", "processed", "cancelled", 360, **due()),
    ]

    assert found(shown(history=history))["illegal"] == 1


def test_a_history_with_a_gap_is_illegal() -> None:
    history = [step("place", None, "placed", 0), step("tracking_update", "shipped", "cancelled", 360, **due())]

    assert found(shown(history=history))["illegal"] == 1


@pytest.mark.parametrize(("applied", "due_at"), [(359.9, 360), (360, 359.9)])
def test_a_deadline_before_its_time_is_early(applied: float, due_at: float) -> None:
    row = step("tracking_update", "placed", "cancelled", applied, **due(due_at))

    assert found(shown(history=[step("place", None, "placed", 0), row]))["early"] == 1


def test_a_deadline_that_never_comes_is_lost_and_one_that_comes_twice_is_doubled() -> None:
    first, last = shown()["history"]
    again = step("tracking_update", "cancelled", "cancelled", 361, **due())

    assert found(shown(history=[first, step("cancel", "placed", "cancelled", 300)]))["lost"] == 1
    assert found(shown(history=[first, last, again]))["doubled"] == 1


def test_a_deadline_that_was_dropped_does_not_count() -> None:
    first, last = shown()["history"]
    dropped = step("tracking_update", "placed", "placed", 359, **due(359), dropped="no longer so")

    assert found(shown(history=[first, dropped, last])) == NOTHING


def test_a_scan_that_is_not_in_the_timeline_is_lost_and_one_that_is_there_twice_is_doubled() -> None:
    scan = {"scan_id": "a", "scanned_at": SCANNED.isoformat()}
    other = {**scan, "scan_id": "b"}

    assert found(shown(parcels=[{"number": 1, "timeline": []}]))["lost"] == 1
    assert found(shown(parcels=[{"number": 1, "timeline": [scan, other]}]))["doubled"] == 1


def test_a_refund_that_is_missing_is_lost_doubled_is_doubled_and_unfounded_is_illegal() -> None:
    right, wrong = {"cause": "cancelled", "state": "issued"}, {"cause": "lost", "state": "issued"}

    assert found(shown(refunds=[]))["lost"] == 1
    assert found(shown(refunds=[right, right]))["doubled"] == 1
    assert found(shown(refunds=[right, wrong]))["illegal"] == 1


def test_the_hours_at_which_sellers_are_alerted_follow_from_what_is_known_when() -> None:
    late = story("late", [*ready(6), *scans((130, "collected"), (200, "signed"))], "delivered", tiktok=True)
    marked = story("marked", [*fulfil(6), *scans((12, "collected"), (54, "delivered"))], "delivered")
    called_off = story("called off", [Act(6, "confirm"), Act(12, "cancel")], "cancelled")

    assert late.alerts == [("D1", 120), ("D2", 178), ("D13", 54)]
    assert marked.alerts == []
    assert called_off.alerts == []


def message(fact: str, message_id: str, recipient: str = "buyer") -> dict[str, Any]:
    return {"order": "o1", "recipient": recipient, "facts": [fact], "message_id": message_id}


def told(*mail: dict[str, Any]) -> Findings:
    findings = Findings()
    check_messages([played()], [message("placed", "m0", "seller"), *mail], findings)
    return findings


def test_one_message_id_may_come_twice_but_one_fact_has_one_id() -> None:
    assert not told(message("cancelled", "m1"), message("cancelled", "m1")).all()
    assert len(told(message("cancelled", "m1"), message("cancelled", "m2")).doubled) == 1


def test_a_message_that_never_came_is_lost_and_one_that_must_not_come_is_illegal() -> None:
    assert len(told().lost) == 1
    assert len(told(message("cancelled", "m1"), message("p1:delivered", "m2")).illegal) == 1


def digests(*mail: dict[str, Any]) -> Findings:
    findings = Findings()
    check_digests([played()], list(mail), PLACED + timedelta(days=2), timedelta(hours=6), findings)
    return findings


def digest(day: str, message_id: str, *numbers: str) -> dict[str, Any]:
    text = "\n".join(f"- {number}" for number in numbers)
    fact = f"tracking_update_digest:{day}"
    return {"to": ["shop@example.com"], "facts": [fact], "message_id": message_id, "text": text}


def test_a_digest_comes_once_on_every_morning_after_placement_and_names_the_order() -> None:
    # Placed on 2 March at 08:00 in Singapore; by 4 March, 08:00 there, one morning has come.
    assert not digests(digest("2026-03-03", "d1", "TT-1")).all()
    assert len(digests().lost) == 1
    assert len(digests(digest("2026-03-03", "d1", "TT-1"), digest("2026-03-03", "d2", "TT-1")).doubled) == 1
    assert len(digests(digest("2026-03-03", "d1", "TT-1", "TT-9")).illegal) == 1
    assert len(digests(digest("2026-03-03", "d1", "TT-1"), digest("2026-03-04", "d2", "TT-1")).illegal) == 1


def books(total: int) -> dict[str, int]:
    others = ("duplicate", "superseded", "unmatched", "quarantined", "refused")
    return {"applied": total, **dict.fromkeys(others, 0)}


@pytest.mark.parametrize(("total", "lost", "doubled"), [(9, 1, 0), (10, 0, 0), (12, 0, 0), (13, 0, 1)])
def test_the_books_hold_what_was_accepted_and_at_most_what_may_have_been(total: int, lost: int, doubled: int) -> None:
    findings = Findings()

    accepted = check_books(10, 2, books(total), findings)

    assert (len(findings.lost), len(findings.doubled)) == (lost, doubled)
    assert 10 <= accepted <= 12
