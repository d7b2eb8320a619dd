"""What became of the orders of a file."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from orders.api.listing_schemas import Shown


class Fate(StrEnum):
    """What became of an order of a file."""

    TAKEN = "taken"  #: It is an order now; its clocks run.
    HERE_ALREADY = "here_already"  #: The shop has an order with that number; nothing was changed.
    REFUSED = "refused"


class WrongShown(Shown):
    """What is wrong, and where."""

    line: int = Field(description="of the file, from 1")
    column: str
    message: str


class ImportedShown(Shown):
    """What became of one order."""

    number: str
    line: int = Field(description="of its first row")
    ok: bool = Field(description="whether Waybill has the order")
    result: Fate
    message: str
    id: UUID | None = None
    errors: list[WrongShown] = []


class ImportShown(Shown):
    """What became of each, in the order of the file."""

    taken: int
    here_already: int
    refused: int
    orders: list[ImportedShown]
