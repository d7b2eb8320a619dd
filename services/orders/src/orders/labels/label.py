"""A label as it will be stuck on a parcel, and what is wrong with one (R4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Item(NamedTuple):
    """A line of what is in the parcel."""

    sku: str
    title: str
    quantity: int


class Code(NamedTuple):
    """A symbol decoded from a label's file."""

    kind: str  #: The symbology as `zxing-cpp` spells it, such as ``QRCode`` or ``Code128``.
    payload: str


@dataclass(frozen=True, slots=True)
class Label:
    """Everything that is printed on it: what R4 asks for, and the rest in *texts* by the name of its field."""

    recipient: str
    address: tuple[str, ...]
    items: tuple[Item, ...]
    tracking_number: str
    handling: tuple[str, ...] = ()
    phone: str = ""  #: The recipient's, which the carrier needs; a phone number and nothing else.
    texts: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a label or an insert is refused."""

    field: str
    words: str  #: As they stand on the label; empty where something lacks.
    rule: str  #: One of the keys of `linting.REASONS` or of `checking.REASONS`.
    reason: str  #: A sentence that tells the seller what to do.
