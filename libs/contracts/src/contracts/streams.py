"""The one manifest of streams, consumers and who may say what. Plain data; `chassis.topology` applies it."""

from dataclasses import dataclass
from typing import Final

from contracts.deadlines import v1 as deadlines
from contracts.event import Contract, Event
from contracts.marketplace import v1 as marketplace
from contracts.notices import v1 as notices
from contracts.orders import contacts
from contracts.orders import v1 as orders
from contracts.scans import v1 as scans


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream: its name, the service that alone may publish to it, and every event on it."""

    name: str
    said_by: str
    space: str
    events: tuple[type[Event], ...]

    def known(self) -> dict[str, type[Event]]:
        """Map each subject of the stream to its class."""
        return {subject: event for event in self.events for subject in event.subjects}


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A durable consumer: which service reads which stream, and which of its subjects (all of them if none)."""

    stream: str
    service: str
    filters: tuple[str, ...] = ()


STREAMS: Final = {
    spec.name: spec
    for spec in (
        StreamSpec(
            "SCANS",
            "carrier-adapter",
            "scans.v1.>",
            (scans.ScanReported, scans.ScanQuarantined, scans.Watermark, scans.FeedLinked, scans.FeedAlarmed),
        ),
        StreamSpec(
            "ORDERS",
            "orders",
            "orders.v1.>",
            (
                *(orders.OrderChanged, orders.ScansJudged, orders.ParcelsUnheard),
                *(orders.PolicyPublished, orders.CodeAsked, orders.BuyerErased),
            ),
        ),
        StreamSpec(
            "DEADLINES",
            "deadline-watcher",
            "deadlines.v1.>",
            (deadlines.DeadlineDue, deadlines.ReminderDue, deadlines.DeadlinesSet),
        ),
        StreamSpec("NOTICES", "notifier", "notices.v1.>", (notices.MessagesTold,)),
        StreamSpec("MARKETPLACE", "carrier-adapter", "marketplace.v1.>", (marketplace.MarketplaceNoticed,)),
    )
}

CONSUMERS: Final = (
    ConsumerSpec("SCANS", "orders"),
    ConsumerSpec(
        "DEADLINES",
        "orders",
        (*(f"deadlines.v1.{kind}" for kind in deadlines.DeadlineKind), *deadlines.DeadlinesSet.subjects),
    ),
    ConsumerSpec("ORDERS", "deadline-watcher", ("orders.v1.changed",)),
    ConsumerSpec("ORDERS", "notifier", ("orders.v1.changed", "orders.v1.code_asked")),
    ConsumerSpec("DEADLINES", "notifier", ("deadlines.v1.reminder",)),
    ConsumerSpec(
        "ORDERS", "carrier-adapter", ("orders.v1.scans_judged", "orders.v1.parcels_unheard", "orders.v1.buyer_erased")
    ),
    ConsumerSpec("NOTICES", "orders"),
    ConsumerSpec("MARKETPLACE", "orders"),
)

SERVICES: Final = ("orders", "carrier-adapter", "deadline-watcher", "notifier")


@dataclass(frozen=True, slots=True)
class RpcSpec:
    """A question that one service may ask another over core NATS."""

    subject: str
    asked_by: str
    answered_by: str
    question: type[Contract]
    answer: type[Contract]


RPCS: Final = (RpcSpec(contacts.SUBJECT, "notifier", "orders", contacts.ContactsAsked, contacts.ContactsGiven),)
