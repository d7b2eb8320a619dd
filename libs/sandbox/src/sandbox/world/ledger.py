"""The world's own books: what it did, and what the system says became of it; what was lost, doubled, illegal or early.

Has its own table of legal histories, and takes deadlines from the stories' own arithmetic.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.world.stories import Story

#: From which status an order may come to which, whatever the cause.
LEGAL = {
    (None, "placed"),
    ("placed", "confirmed"),
    ("confirmed", "processed"),
    ("processed", "shipped"),
    ("placed", "cancelled"),
    ("confirmed", "cancelled"),
    ("processed", "cancelled"),
    ("shipped", "cancelled"),
    ("placed", "shipped"),
    ("confirmed", "shipped"),
    ("placed", "delivered"),
    ("confirmed", "delivered"),
    ("processed", "delivered"),
    ("shipped", "delivered"),
    ("delivered", "shipped"),
    ("delivered", "returned"),
    ("shipped", "returned"),
    ("placed", "returned"),
    ("confirmed", "returned"),
    ("processed", "returned"),
    ("returned", "delivered"),
    ("returned", "shipped"),
}

REMINDED_AT = time(9)  #: D6, in the shop's zone.
LONG = 24 * 365.0  #: Hours; longer than any story.


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop of the world."""

    id: str
    email: str
    zone: str
    api_key: str


@dataclass
class Played:
    """An order of the world: its story, and what was done for it."""

    story: Story
    id: str
    number: str
    placed_at: datetime
    shop: Shop
    applied: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(instant, parcel's tracking number): how many distinct records there say so, and must be in its timeline."""


@dataclass
class Findings:
    """What is wrong, in sentences; nothing, if all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    illegal: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """Give every sentence."""
        return [
            f"{kind}: {sentence}"
            for kind in ("lost", "doubled", "illegal", "early")
            for sentence in getattr(self, kind)
        ]


def check_order(played: Played, shown: dict[str, Any], findings: Findings) -> None:
    """Compare an order, as the API shows it, with its story."""
    story, name = played.story, f"{played.number} ({played.story.name})"
    if shown["status"] != story.status:
        findings.illegal.append(f"{name} is {shown['status']}, and must be {story.status}")
    if shown["badge"] != story.badge:
        findings.illegal.append(f"{name} has the badge {shown['badge']}, and must have {story.badge}")
    _check_history(played, shown["history"], findings)
    _check_timeline(played, [*shown["parcels"], *shown["returns"]], findings)
    refunds = Counter((refund["cause"], refund["state"]) for refund in shown["refunds"])
    for refund in story.refunds:
        if not refunds[refund]:
            findings.lost.append(f"{name} has no refund {refund}, only {sorted(refunds)}")
    for refund, count in refunds.items():
        if refund not in story.refunds:
            findings.illegal.append(f"{name} has a refund {refund} that no rule gives")
        elif count > 1:
            findings.doubled.append(f"{name} has {count} refunds {refund}")


def _check_history(played: Played, history: list[dict[str, Any]], findings: Findings) -> None:
    name = f"{played.number} ({played.story.name})"
    status = None
    dues: dict[str, list[float]] = defaultdict(list)
    for rule, hour in (*played.story.dues, *played.story.alerts):
        dues[rule].append(hour)
    fired: Counter[str] = Counter()
    for row in history:
        before, after = row["before"], row["after"]
        if before != status:
            findings.illegal.append(f"{name}: {row['trigger']} starts from {before}, but it was {status}")
        if before != after and (before, after) not in LEGAL:
            findings.illegal.append(f"{name}: from {before} to {after} by {row['trigger']}")
        status = after
        rule = row["cause"].get("rule")
        if rule and "due_at" in row["cause"] and "dropped" not in row["cause"]:
            fired[rule] += 1
            _check_due(played, rule, row, dues, findings)
    for rule, hours in dues.items():
        if fired[rule] < len(hours):
            findings.lost.append(f"{name}: {rule} came {fired[rule]} times, not {len(hours)}")
        elif fired[rule] > len(hours):
            findings.doubled.append(f"{name}: {rule} came {fired[rule]} times, not {len(hours)}")


def _check_due(
    played: Played, rule: str, row: dict[str, Any], dues: dict[str, list[float]], findings: Findings
) -> None:
    name = f"{played.number} ({played.story.name})"
    if rule not in dues:
        findings.illegal.append(f"{name}: {rule} was applied, and must not be")
        return
    due = played.placed_at + timedelta(hours=min(dues[rule]))
    for what, text in (("applied", row["at"]), ("due", row["cause"]["due_at"])):
        if datetime.fromisoformat(text) < due:
            findings.early.append(f"{name}: {rule} is {what} at {text}, before {due.isoformat()}")


def _check_timeline(played: Played, parcels: list[dict[str, Any]], findings: Findings) -> None:
    name = f"{played.number} ({played.story.name})"
    seen: Counter[tuple[str, str]] = Counter()
    ids: Counter[str] = Counter()
    for parcel in parcels:
        for scan in parcel["timeline"]:
            ids[scan["scan_id"]] += 1
            at = datetime.fromisoformat(scan["scanned_at"]).isoformat()
            seen[at, str(parcel["number"])] += 1
    for key, count in played.applied.items():
        if seen[key] < count:
            findings.lost.append(f"{name}: {count - seen[key]} scans at {key[0]} of parcel {key[1]} are not there")
    for key, count in seen.items():
        if count > played.applied[key]:
            findings.doubled.append(f"{name}: {count} scans at {key[0]} of parcel {key[1]}, not {played.applied[key]}")
    findings.doubled += [f"{name}: scan {scan_id} is there twice" for scan_id, count in ids.items() if count > 1]


def check_messages(orders: list[Played], mail: list[dict[str, Any]], findings: Findings) -> None:
    """Compare the mail sink with what the stories say people must be told; one fact has one message id."""
    by_order: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in mail:
        by_order[message["order"]].append(message)
    for played in orders:
        name = f"{played.number} ({played.story.name})"
        facts: dict[tuple[str, str], set[str]] = defaultdict(set)
        for message in by_order[played.id]:
            for fact in message["facts"]:
                facts[message["recipient"], fact].add(message["message_id"])
        for (recipient, fact), ids in facts.items():
            if len(ids) > 1:
                findings.doubled.append(f"{name}: the {recipient} was told {fact} in {len(ids)} messages")
            if any(fact.startswith(start) for start in played.story.untold):
                findings.illegal.append(f"{name}: the {recipient} was told {fact}")
        for recipient, wanted in (("buyer", played.story.told), ("seller", ("placed", *played.story.told_seller))):
            for start in wanted:
                if not any(who == recipient and fact.startswith(start) for who, fact in facts):
                    findings.lost.append(f"{name}: the {recipient} was never told {start}")


def check_digests(
    orders: list[Played], mail: list[dict[str, Any]], until: datetime, step: timedelta, findings: Findings
) -> None:
    """Compare the sellers' daily digests (D6) with the orders that no carrier was seen with at nine in the morning.

    Time moves in steps, so that a digest goes out up to a step after nine; an order that is over by then may be left
    out of it, and need not be.
    """
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    allowed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for played in orders:
        zone = ZoneInfo(played.shop.zone)
        day = played.placed_at.astimezone(zone).date() + timedelta(days=1)
        end = played.placed_at + timedelta(hours=min(played.story.seen_at, played.story.over_at, LONG))
        while (nine := datetime.combine(day, REMINDED_AT, tzinfo=zone)) < min(end, until):
            key = played.shop.email, day.isoformat()
            allowed[key].add(played.number)
            if nine + step < end:
                wanted[key].add(played.number)
            day += timedelta(days=1)
    found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(dict)
    for message in mail:
        for fact in message["facts"]:
            kind, _, day_told = fact.partition(":")
            if kind == "tracking_update_digest":
                numbers = {word for word in message["text"].split() if word.startswith("TT-")}
                found[message["to"][0], day_told][message["message_id"]] = numbers
    for key in wanted.keys() | found.keys():
        name = f"the digest of {key[1]} for {key[0]}"
        told = set().union(*found[key].values())
        findings.lost += [f"{name} does not name {number}" for number in sorted(wanted[key] - told)]
        findings.illegal += [f"{name} names {number}" for number in sorted(told - allowed[key])]
        if len(found[key]) > 1:
            findings.doubled.append(f"{name} came in {len(found[key])} messages")


def check_books(accepted: int, unanswered: int, books: dict[str, int], findings: Findings) -> int:
    """Compare the books with the records that were accepted; gives how many those are.

    *unanswered* records were pushed by tries whose answer was lost in an outage: each may have been accepted or not.
    """
    buckets = ("applied", "duplicate", "superseded", "unmatched", "quarantined", "refused")
    total = sum(books[name] for name in buckets)
    if total < accepted:
        findings.lost.append(f"{accepted} records were accepted, and {total} are in the books")
    if total > accepted + unanswered:
        findings.doubled.append(f"{accepted + unanswered} records were accepted at most, and {total} are in the books")
    return min(max(total, accepted), accepted + unanswered)
