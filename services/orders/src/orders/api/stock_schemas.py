"""What is said and answered about locations and stock."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from orders.api.schemas import AddressGiven, Code, Given, Text, Zone
from orders.stock.sheet import MAX_ON_HAND

Region = Annotated[
    str,
    Field(
        pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,10})?$",
        description="A country and the first characters of its postcodes: SG-01, or SG for all of it.",
    ),
]


class LocationGiven(Given):
    """A place that orders ship from (R21)."""

    name: Text
    address: AddressGiven
    zone: Zone
    region: Region | None = Field(None, description="What counts as near; taken from the address where it is left out.")
    pick_up_point: bool = False
    active: bool = Field(True, description="Orders are filled from active locations only.")

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.region is not None and not self.region.startswith(self.address.country):
            raise ValueError("region: begins with the country of the address")
        return self


class LocationShown(BaseModel):
    """A location as it stands."""

    id: UUID
    name: str
    address: AddressGiven
    zone: str
    region: str
    pick_up_point: bool
    active: bool


class LocationsShown(BaseModel):
    """A page of locations, by name."""

    locations: list[LocationShown]
    next: str | None


class DropOffPointGiven(Given):
    """A place where a carrier takes parcels in (R5, R21)."""

    name: Text
    address: AddressGiven
    carrier: Text
    opening_hours: Text | None = None


class DropOffPointShown(BaseModel):
    """A drop-off point as it stands."""

    id: UUID
    name: str
    address: AddressGiven
    carrier: str = Field(description="The carrier's slug.")
    opening_hours: str | None


class DropOffPointsShown(BaseModel):
    """A page of drop-off points, by name."""

    drop_off_points: list[DropOffPointShown]
    next: str | None


class CountGiven(Given):
    """A stock-taking of one SKU."""

    on_hand: Annotated[int, Field(ge=0, le=MAX_ON_HAND, strict=True)]


class AdjustmentGiven(Given):
    """A correction, and why."""

    delta: Annotated[int, Field(ge=-MAX_ON_HAND, le=MAX_ON_HAND, strict=True)]
    reason: Text

    @model_validator(mode="after")
    def _say_something(self) -> Self:
        if self.delta == 0:
            raise ValueError("delta: is more or less than 0")
        return self


class LevelShown(BaseModel):
    """What there is of a SKU at a location."""

    sku: Code
    location_id: UUID
    on_hand: int
    reserved: int = Field(description="Held by orders that have not left.")
    available: int


class ListedLevel(LevelShown):
    """A level, with the name of its location."""

    location: str


class StockShown(BaseModel):
    """A page of levels, by SKU and location."""

    stock: list[ListedLevel]
    next: str | None


class CountedLine(BaseModel):
    """What became of one line of a file."""

    line: int
    sku: str
    before: int = Field(description="On hand until now.")
    on_hand: int
    reserved: int


class StockImported(BaseModel):
    """What became of a file: all of it was taken."""

    lines: list[CountedLine]


class MoveShown(BaseModel):
    """A row of the ledger."""

    id: int
    location_id: UUID
    kind: Literal["reserve", "release", "dispatch", "check_in", "count", "adjust"]
    quantity: int
    order_id: UUID | None
    at: datetime
    why: str


class LedgerShown(BaseModel):
    """A page of what happened to a SKU, newest first."""

    ledger: list[MoveShown]
    next: int | None


class HeldShown(BaseModel):
    """What an order holds of one SKU."""

    sku: str
    location_id: UUID | None
    quantity: int
    reserved: int
    state: Literal["short", "reserved", "dispatched", "released"]
    checked_in: int


class LackShown(BaseModel):
    """What a location has too little of."""

    sku: str
    available: int
    needed: int


class RankedLocation(BaseModel):
    """A location that the order could ship from."""

    id: UUID
    name: str
    nearness: Literal["same_zone", "same_country", "elsewhere"]
    has_all: bool
    lacks: list[LackShown]
    reason: str


class RankedCarrier(BaseModel):
    """A carrier with its record on the lane."""

    carrier: str
    delivered: int
    judged: int = Field(description="Of them, those with a date to be measured by.")
    on_time_share: float | None
    median_hours: float | None = Field(description="From the first physical scan until Delivered.")
    reason: str


class RecommendationShown(BaseModel):
    """From where an order had best ship, and by whom (R21)."""

    order_id: UUID
    stock: list[HeldShown] = Field(description="What the order holds now; nothing where the shop counts none of it.")
    locations: list[RankedLocation]
    lane: str | None = Field(description="What the carriers' record is of.")
    carriers: list[RankedCarrier]
    carriers_note: str | None
