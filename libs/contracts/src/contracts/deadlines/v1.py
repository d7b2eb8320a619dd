"""What `deadline-watcher` says: a deadline is due. A proposal; `orders` judges whether its facts still hold."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, JsonValue

from contracts.event import Contract, Event


class DeadlineKind(StrEnum):
    """The deadlines that are proposed to `orders`, by name; the rule's id is in `RULE`."""

    SHIP_BY = "ship_by"
    MARK_SHIPPED = "mark_shipped"
    DELIVERY_PERIOD = "delivery_period"
    ACKNOWLEDGMENT = "acknowledgment"
    TRACKING_UPDATE = "tracking_update"
    DELAY_GRACE = "delay_grace"
    ABNORMAL_GRACE = "abnormal_grace"
    SIGNATURE = "signature"
    RETURN_PARCEL = "return_parcel"
    WAY_BACK = "way_back"
    ANSWER = "answer"
    COLLECTION = "collection"
    CLOSING = "closing"


RULE = {
    DeadlineKind.SHIP_BY: "D1",
    DeadlineKind.MARK_SHIPPED: "D2",
    DeadlineKind.DELIVERY_PERIOD: "D3",
    DeadlineKind.ACKNOWLEDGMENT: "D4",
    DeadlineKind.TRACKING_UPDATE: "D5",
    DeadlineKind.DELAY_GRACE: "D7",
    DeadlineKind.ABNORMAL_GRACE: "D9",
    DeadlineKind.RETURN_PARCEL: "D8",
    DeadlineKind.SIGNATURE: "D10",
    DeadlineKind.WAY_BACK: "D11",
    DeadlineKind.ANSWER: "D12",
    DeadlineKind.COLLECTION: "D13",
    DeadlineKind.CLOSING: "D14",
}


class DeadlineDue(Event):
    """A deadline of an order, or of one of its parcels, has come."""

    stream: ClassVar[str] = "DEADLINES"
    subjects: ClassVar[tuple[str, ...]] = tuple(f"deadlines.v1.{kind}" for kind in DeadlineKind)

    kind: DeadlineKind
    rule: str  #: ``D3`` … as RULES numbers it.
    order_id: UUID
    shop_id: UUID
    parcel: int | None = None  #: Of a parcel or a return; None where the deadline is the order's.
    ask: UUID | None = None  #: What waits for an answer (D12).
    due_at: AwareDatetime
    epoch: int  #: Counts how often this deadline has been set; each (order, parcel, ask, kind, epoch) is proposed once.
    policy_version: int
    order_version: int  #: The version of the order that the facts were read from.
    rests_on: dict[str, JsonValue]
    """Names and values of the facts that must still hold: fields of `OrderState` (as ``order.<field>``), of the
    parcel's `ParcelState` (as ``parcel.<field>``), of the `ReturnState` (as ``return.<field>``) or of the `Ask` (as
    ``ask.<field>``), in JSON mode."""

    @property
    def subject(self) -> str:
        """One subject per kind."""
        return f"deadlines.v1.{self.kind}"


class ReminderDue(Event):
    """D6: a shop's orders that still lack a tracking update, once per local day."""

    stream: ClassVar[str] = "DEADLINES"
    subjects: ClassVar[tuple[str, ...]] = ("deadlines.v1.reminder",)

    shop_id: UUID
    local_date: date
    due_at: AwareDatetime
    order_ids: list[UUID]  #: Those that wait longest come first.
    more: int = 0  #: How many there are beside those.


class DeadlineAhead(Contract):
    """A deadline that an order, or one of its parcels, has ahead."""

    kind: DeadlineKind
    rule: str
    parcel: int | None = None  #: None where the deadline is the order's.
    due_at: AwareDatetime


class OrderAhead(Contract):
    """All that is ahead of one order; empty where nothing is."""

    order_id: UUID
    order_version: int  #: The version of the order that they were read from; a newer one replaces them all.
    ahead: list[DeadlineAhead]


class DeadlinesSet(Event):
    """The deadlines of orders were set anew: of those of which something else was said before, many at a time."""

    stream: ClassVar[str] = "DEADLINES"
    subjects: ClassVar[tuple[str, ...]] = ("deadlines.v1.set",)

    orders: list[OrderAhead]
