"""What sellers may send about parcels."""

import re
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from orders.api.schemas import Code, Given, PackedGiven, ParcelNumber, Phone, Quantity, Text, plain_text
from orders.life.cases import Party


def _words(text: str) -> str:
    """Take a text of several lines."""
    lines = (plain_text(line) if line.strip() else "" for line in re.split(r"\r?\n", text))
    if not (written := "\n".join(lines).strip()):
        raise ValueError("must not be blank")
    return written


Words = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_words)]
Evidence = Annotated[list[UUID], Field(max_length=20, description="Files, as `POST /v1/files` took them.")]


class LabelItemGiven(Given):
    """A line of the label's list of items."""

    sku: Code
    title: Text = Field("-", description="As it is printed; it is read for what does not belong on a label.")
    quantity: Quantity


class LabelGiven(Given):
    """All that is printed on a label (R4)."""

    recipient: Annotated[str, Field(max_length=200)] = ""
    address: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=8)] = []
    items: Annotated[list[LabelItemGiven], Field(max_length=200)] = []
    tracking_number: Annotated[str, Field(max_length=64)] = ""
    handling: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=20)] = []
    phone: Phone | None = None
    texts: Annotated[
        dict[Annotated[str, Field(max_length=64), AfterValidator(plain_text)], Annotated[str, Field(max_length=2_000)]],
        Field(max_length=40, description="Every other text on it, by name: note, sender, reference …"),
    ] = {}
    file: Annotated[UUID | None, Field(description="Its picture or PDF; what is in it is read too.")] = None


class InsertGiven(Given):
    """The text of what is put into a parcel beside the goods (R3)."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class BookingGiven(Given):
    """A parcel that is to be fetched, or will be dropped off (R5)."""

    kind: Literal["pick_up", "drop_off"]
    place: Annotated[UUID | None, Field(description="The location to fetch it at, or the drop-off point.")] = None
    window: Annotated[Text | None, Field(description="When, as it was agreed.")] = None


class UpdateGiven(Given):
    """A tracking update of the seller's own (R23)."""

    words: Words
    evidence: Annotated[list[UUID], Field(min_length=1, max_length=20, description="Files that show it.")]


class SplitGiven(Given):
    """What goes into a parcel of its own."""

    lines: Annotated[list[PackedGiven], Field(min_length=1, max_length=200)]


class CombineGiven(Given):
    """Which parcels go into which."""

    into: ParcelNumber
    parcels: Annotated[list[ParcelNumber], Field(min_length=1, max_length=20)]


class FaultGiven(Given):
    """Whose fault it is, and who bears the cost (R24)."""

    fault: Party
    bears: Party
    words: Words
    evidence: Evidence = []
