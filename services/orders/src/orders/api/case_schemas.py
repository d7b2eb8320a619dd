"""What sellers and buyers may send about requests, returns and complaints."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from orders.api.parcel_schemas import Evidence, Words
from orders.api.schemas import AddressGiven, Given, LineGiven, Money, PackedGiven, ParcelNumber, Text, TrackingText
from orders.life.cases import ComplaintKind


def _each_once(lines: list[LineGiven]) -> list[LineGiven]:
    if len({line.sku for line in lines}) < len(lines):
        raise ValueError("each SKU stands once")
    return lines


class AddressChangeGiven(Given):
    """Where the order goes instead (R10)."""

    address: AddressGiven


class LinesGiven(Given):
    """All that is ordered from now on (R11)."""

    lines: Annotated[list[LineGiven], Field(min_length=1, max_length=200), AfterValidator(_each_once)]
    paid: Annotated[Money, Field(description="What the buyer has paid on top.")] = Decimal(0)


class ApprovalGiven(Given):
    """Yes to a request; where other lines were wished, they are named."""

    lines: Annotated[list[LineGiven], Field(max_length=200), AfterValidator(_each_once)] = []
    paid: Money = Decimal(0)


class RefusalGiven(Given):
    """No, and why; whoever asked reads it."""

    reason: Words


class ReturnGiven(Given):
    """What is to be sent back, of one parcel, and why (R12)."""

    parcel: ParcelNumber
    lines: Annotated[list[PackedGiven], Field(min_length=1, max_length=200)]
    reason: Words


class ReturnApprovalGiven(Given):
    """How the return is to be packed and sent."""

    instructions: Words


class ReturnSentGiven(Given):
    """The tracking number of a return parcel."""

    carrier: Text
    number: TrackingText


class ReturnReceivedGiven(Given):
    """What of a return is as good as new: it is in stock again."""

    intact: Annotated[list[PackedGiven], Field(max_length=200)] = []


class ComplaintGiven(Given):
    """What is wrong (R14)."""

    kind: ComplaintKind
    parcel: ParcelNumber | None = None
    words: Words
    evidence: Evidence = []


class AnswerGiven(Given):
    """What the shop says to a complaint."""

    words: Words
