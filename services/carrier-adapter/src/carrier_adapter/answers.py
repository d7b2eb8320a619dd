"""How a push is answered once it is committed: in the way that its sender wants. Pure.

Whatever the style, the header `Waybill-Receipt` names the receipt, so that nobody has to read the body for it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from carrier_adapter.acknowledging import x12_997


@dataclass(frozen=True, slots=True)
class Kept:
    """A push, or one file of an upload, that is committed."""

    receipt: UUID  #: Of the first push with this content.
    seen_before: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A response."""

    status: int
    content_type: str | None
    body: bytes


def _json(status: int, document: object) -> Answer:
    return Answer(status, "application/json", json.dumps(document).encode())


def _receipt(kept: Sequence[Kept]) -> Answer:
    """202 with the receipt; for an upload of several files, with one for each, in their order."""
    each = [{"receipt": str(one.receipt), "seen_before": one.seen_before} for one in kept]
    return _json(202, each[0] if len(each) == 1 else {**each[0], "files": each})


def _empty(_: Sequence[Kept]) -> Answer:
    """200 and nothing: TikTok Shop, Lazada and Shopee want it so, and most others take it."""
    return Answer(200, None, b"")


def _sf_express(_: Sequence[Kept]) -> Answer:
    """What SF Express's RoutePushService wants to hear (open.sf-express.com, route push)."""
    return _json(200, {"return_code": "0000", "return_msg": "ok"})


def _acknowledged(kept: Sequence[Kept]) -> Answer:
    """An X12 997, made of the file itself."""
    return Answer(*x12_997(kept[0].body))


STYLES: Final[Mapping[str, Callable[[Sequence[Kept]], Answer]]] = MappingProxyType(
    {"receipt": _receipt, "empty": _empty, "sf-express": _sf_express, "x12-997": _acknowledged}
)


def answer(style: str, kept: Sequence[Kept]) -> Answer:
    """Answer a push that is kept, as one or as several files."""
    return STYLES[style](kept)
